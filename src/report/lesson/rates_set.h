/* A set of photographs whose pairs are counted. */
#ifndef LK_REPORT_LESSON_RATES_SET_H
#define LK_REPORT_LESSON_RATES_SET_H

#include "report/frame/parts.h"
#include "report/lesson/numbers.h"

/* Rows [first, first + n) of e. */
typedef struct lk_rates_set {
    const lk_embedded *e;
    const size_t *person; /* of all rows of e */
    size_t first, n, people;
} lk_rates_set;

double lk_rates_distance(const lk_rates_set *s, size_t i, size_t j);
/* The first step whose threshold a distance does not exceed; `steps` if none. */
size_t lk_rates_step(const lk_threshold_part *p, double distance);

#endif

/* False matches and false non-matches of the people and of every group, at many thresholds. */
#ifndef LK_REPORT_LESSON_RATES_H
#define LK_REPORT_LESSON_RATES_H

#include "report/frame/parts.h"
#include "report/lesson/numbers.h"

typedef struct lk_lesson_rates {
    lk_threshold_part part; /* its rows borrow what follows and the groups' names */
    lk_threshold_row *rows;
    double *thresholds, *counts;
    lk_part_rate *rates;
    bool by_people; /* the threshold shown first: where the people's two rates are equal;
                       else one in a hundred of the groups' pairs are wrong at most */
} lk_lesson_rates;

/* part.row_count 0: there is no pair to count. `people`: what the people's row is called. */
lk_status lk_lesson_rates_create(lk_lesson_rates *out, const lk_lesson *lesson,
                                 const lk_lesson_numbers *numbers, const char *people) LK_MUST_USE;
void lk_lesson_rates_clear(lk_lesson_rates *rates);

/* False matches of a group at one threshold, a Euclidean distance. */
lk_status lk_lesson_rate_at(lk_part_rate *out, const lk_lesson_numbers *numbers, size_t group,
                            double threshold) LK_MUST_USE;

#endif

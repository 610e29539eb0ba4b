/* What every analysis asks of its input. */
#ifndef LK_STATS_CHECK_H
#define LK_STATS_CHECK_H

#include <likeness/stats.h>

/* x[n, d] is there, its size fits and every number is finite; `what` names the
 * caller in the error text. */
lk_status lk_stats_check(const char *what, const double *x, size_t n, size_t d) LK_MUST_USE;

/* The same of a population's rows, and every row is of a person below `people`. */
lk_status lk_stats_check_people(const lk_bias_rows *rows) LK_MUST_USE;

/* Room for one element of `size` bytes for each pair of n rows, *count of them. Errors:
 * LK_ERROR_MEMORY with a text that says how much it would take. */
lk_status lk_stats_alloc_pairs(void *out, size_t *count, size_t n, size_t size) LK_MUST_USE;

/* The squared Euclidean distance of two rows of d numbers, summed as lanes.h says. */
double lk_stats_squared_distance(const double *a, const double *b, size_t d);

#endif

/* What every analysis asks of its input. */
#ifndef LK_STATS_CHECK_H
#define LK_STATS_CHECK_H

#include <likeness/base.h>

/* x[n, d] is there, its size fits and every number is finite; `what` names the
 * caller in the error text. */
lk_status lk_stats_check(const char *what, const double *x, size_t n, size_t d) LK_MUST_USE;

/* The squared Euclidean distance of two rows of d numbers. */
double lk_stats_squared_distance(const double *a, const double *b, size_t d);

#endif

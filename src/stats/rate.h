/* What the audit needs of rates beside the public calls. */
#ifndef LK_STATS_RATE_H
#define LK_STATS_RATE_H

#include <likeness/audit.h>

/* Wrong pairs that a rate, a comparison and a threshold of one's own need. */
enum { LK_ERRORS_FOR_RATE = 10, LK_ERRORS_FOR_RATIO = 5, LK_ERRORS_FOR_WHAT_IF = 50 };

/* A rate's limits that leave out `tail` where its own leave out 0.05. Not of a rate without
 * pairs. */
void lk_rate_limits(double *low, double *high, const lk_rate *rate, double tail);

/* A rate whose variance is known, of people enough. */
void lk_rate_of_variance(lk_rate *out, double errors, double pairs, size_t people, double variance);

/* A test that was not done. */
lk_test lk_test_none(void);
/* Sets `adjusted` of tests[count] by Holm's rule; tests without a p are left out. `order` is
 * room for as many numbers. */
void lk_test_adjust(lk_test *tests, size_t count, size_t *order);

#endif

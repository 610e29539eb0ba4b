/* What bootstraps share: drawing people, and intervals from replicates. */
#ifndef LK_STATS_INTERVAL_H
#define LK_STATS_INTERVAL_H

#include <likeness/stats.h>

#include "base/random.h"

/* weights[people]: how often each came up in as many draws with replacement. */
void lk_draw_people(double *weights, size_t people, lk_random *random);

/* The percentile interval of out->mean: replicate r's number is values[r * stride].
 * `column` is room for `replicates` numbers. Replicates in which the number does not
 * exist (NaN) are left out; more than one in twenty, and *out keeps what it had. */
void lk_interval_set(lk_estimate *out, double *column, const double *values, size_t stride,
                     size_t replicates, double level);

#endif

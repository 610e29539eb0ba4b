#include "stats/interval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void lk_draw_people(double *weights, size_t people, lk_random *random)
{
    memset(weights, 0, people * sizeof *weights);
    for (size_t i = 0; i < people; i++)
        weights[lk_random_below(random, people)] += 1;
}

static int interval_by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Of sorted numbers, on the straight line between neighbours. */
static double quantile(const double *sorted, size_t count, double q)
{
    double at = q * (double)(count - 1);
    size_t below = (size_t)at;
    if (below + 1 >= count)
        return sorted[count - 1];
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

void lk_interval_set(lk_estimate *out, double *column, const double *values, size_t stride,
                     size_t replicates, double level)
{
    size_t count = 0;
    for (size_t r = 0; r < replicates; r++)
        if (!isnan(values[r * stride]))
            column[count++] = values[r * stride];
    if (isnan(out->mean) || count < 2 || count * 20 < replicates * 19)
        return;
    qsort(column, count, sizeof *column, interval_by_size);
    out->low = quantile(column, count, (1 - level) / 2);
    out->high = quantile(column, count, (1 + level) / 2);
}

#include "stats/curve.h"

#include <stdlib.h>

static int by_distance(const void *a, const void *b)
{
    double x = ((const lk_step *)a)->distance, y = ((const lk_step *)b)->distance;
    return (x > y) - (x < y);
}

void lk_curve_sort(lk_step *steps, size_t count)
{
    qsort(steps, count, sizeof *steps, by_distance);
}

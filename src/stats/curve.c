#include "stats/curve.h"

#include <stdlib.h>

static int by_distance(const void *a, const void *b)
{
    double x = ((const lk_pair *)a)->distance, y = ((const lk_pair *)b)->distance;
    return (x > y) - (x < y);
}

void lk_curve_sort(lk_pair *pairs, size_t count)
{
    qsort(pairs, count, sizeof *pairs, by_distance);
}

#include <math.h>

#include "plot/curves.h"

/* The first, lowest, highest and last of a run, in their order, moved to
 * out[]; returns how many that are. */
static size_t keep_extremes(lk_point *out, const lk_point *run, size_t count)
{
    size_t low = 0, high = 0, kept = 0;
    for (size_t i = 1; i < count; i++) {
        low = run[i].y < run[low].y ? i : low;
        high = run[i].y > run[high].y ? i : high;
    }
    const size_t order[] = {0, low < high ? low : high, low < high ? high : low, count - 1};
    for (size_t k = 0; k < 4; k++)
        if (k == 0 || order[k] != order[k - 1])
            out[kept++] = run[order[k]]; /* never behind the run's own place */
    return kept;
}

size_t lk_curve_thin(lk_point *points, size_t count)
{
    size_t kept = 0;
    for (size_t begin = 0, end; begin < count; begin = end) {
        double column = floor(points[begin].x);
        for (end = begin + 1; end < count && floor(points[end].x) == column;)
            end++;
        kept += keep_extremes(points + kept, points + begin, end - begin);
    }
    return kept;
}

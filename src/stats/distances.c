/* All pairs, the plain way: difference, square, sum. The usual shortcut
 * |a|^2 + |b|^2 - 2ab loses half the digits of near-equal rows and makes the
 * diagonal nearly 0 instead of 0; a lesson's matrices are small enough to be
 * exact. Each pair is computed once, so the result is symmetric to the bit and
 * does not depend on the number of threads. */
#include <math.h>

#include <likeness/stats.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "stats/check.h"

static void fill_row(double *out, const double *x, size_t n, size_t d, size_t i)
{
    out[i * n + i] = 0;
    for (size_t j = i + 1; j < n; j++)
        out[i * n + j] = sqrt(lk_stats_squared_distance(x + i * d, x + j * d, d));
}

lk_status lk_stats_distances(double *out, const double *x, size_t n, size_t d)
{
    size_t count;
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "lk_stats_distances: NULL output");
    LK_TRY(lk_stats_check("distances", x, n, d));
    LK_REQUIRE(lk_mul(n, n, &count), LK_ERROR_MEMORY, "distances: %zu rows do not fit", n);
#pragma omp parallel num_threads(lk_threads())
    {
        /* Later rows are shorter, so they are dealt out as threads get free. */
#pragma omp for schedule(dynamic, 8)
        for (size_t i = 0; i < n; i++)
            fill_row(out, x, n, d, i);
#pragma omp for schedule(static)
        for (size_t i = 1; i < n; i++)
            for (size_t j = 0; j < i; j++)
                out[i * n + j] = out[j * n + i];
    }
    return LK_OK;
}

/* A group's spread. The sum of squares grows with the group, so it comes with
 * figures that do not: per degree of freedom, and means over all pairs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/stats.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "stats/check.h"

static double wss_dot(const double *a, const double *b, size_t d)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < d; k++)
        sum += a[k] * b[k];
    return sum;
}

static double wss_sum_of_squares(double *mean, const double *x, size_t n, size_t d)
{
    memset(mean, 0, d * sizeof *mean);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < d; k++)
            mean[k] += x[i * d + k];
    for (size_t k = 0; k < d; k++)
        mean[k] /= (double)n;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += lk_stats_squared_distance(x + i * d, mean, d);
    return sum;
}

/* Row i against all later rows. A row of zeros has no direction: its cosines
 * count as 0. */
static void wss_add_row(double *cosine, double *distance, const double *x, const double *norms,
                        size_t n, size_t d, size_t i)
{
    for (size_t j = i + 1; j < n; j++) {
        double scale = norms[i] * norms[j];
        if (scale > 0)
            *cosine += wss_dot(x + i * d, x + j * d, d) / scale;
        *distance += sqrt(lk_stats_squared_distance(x + i * d, x + j * d, d));
    }
}

/* scratch[3n]: norms, then each row's sums, which are added up in row order so
 * that the result does not depend on the number of threads. */
static void average_pairs(lk_wss *out, double *scratch, const double *x, size_t n, size_t d)
{
    double *norms = scratch, *cosines = scratch + n, *distances = scratch + 2 * n;
    for (size_t i = 0; i < n; i++)
        norms[i] = sqrt(wss_dot(x + i * d, x + i * d, d));
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic, 8)
    for (size_t i = 0; i < n; i++)
        wss_add_row(&cosines[i], &distances[i], x, norms, n, d, i);
    double pairs = (double)n * (double)(n - 1) / 2, cosine = 0, distance = 0;
    for (size_t i = 0; i < n; i++) {
        cosine += cosines[i];
        distance += distances[i];
    }
    out->mean_cosine = cosine / pairs;
    out->mean_distance = distance / pairs;
}

lk_status lk_stats_wss(lk_wss *out, const double *x, size_t n, size_t d)
{
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "lk_stats_wss: NULL output");
    LK_TRY(lk_stats_check("within-group sum of squares", x, n, d));
    size_t rows, count;
    LK_REQUIRE(lk_mul(n, 3, &rows) && lk_add(rows, d, &count), LK_ERROR_MEMORY,
               "within-group sum of squares: %zu rows do not fit", n);
    double *scratch;
    LK_TRY(lk_alloc(&scratch, count, sizeof *scratch));
    lk_wss result = {.n = n, .wss_per_df = NAN, .mean_cosine = NAN, .mean_distance = NAN};
    result.wss = wss_sum_of_squares(scratch + rows, x, n, d);
    if (n > 1) {
        result.wss_per_df = result.wss / (double)(n - 1);
        average_pairs(&result, scratch, x, n, d);
    }
    free(scratch);
    *out = result;
    return LK_OK;
}

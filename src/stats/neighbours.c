/* What a matrix of distances says about its rows' neighbours. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/stats.h>

#include "base/error.h"
#include "base/memory.h"

lk_status lk_stats_nearest(size_t *index, double *distance, const double *distances, size_t n)
{
    LK_REQUIRE(index && distances, LK_ERROR_ARGUMENT, "lk_stats_nearest: NULL argument");
    LK_REQUIRE(n >= 2, LK_ERROR_ARGUMENT, "nearest rows: found %zu rows, expected 2 or more", n);
    for (size_t i = 0; i < n; i++) {
        size_t best = i == 0;
        for (size_t j = 0; j < n; j++)
            if (j != i && distances[i * n + j] < distances[i * n + best])
                best = j;
        index[i] = best;
        if (distance)
            distance[i] = distances[i * n + best];
    }
    return LK_OK;
}

/* One row's silhouette; sums[groups] is scratch, sizes[groups] the groups'. */
static double row_silhouette(double *sums, const double *distances, const size_t *group,
                             const size_t *sizes, size_t n, size_t groups, size_t row)
{
    size_t own = group[row];
    if (sizes[own] < 2)
        return 0;
    memset(sums, 0, groups * sizeof *sums);
    for (size_t j = 0; j < n; j++)
        sums[group[j]] += distances[row * n + j];
    double inside = sums[own] / (double)(sizes[own] - 1), outside = INFINITY;
    for (size_t g = 0; g < groups; g++)
        if (g != own && sizes[g] > 0)
            outside = fmin(outside, sums[g] / (double)sizes[g]);
    double larger = fmax(inside, outside);
    return larger > 0 ? (outside - inside) / larger : 0;
}

lk_status lk_stats_silhouette(double *out, const double *distances, const size_t *group, size_t n)
{
    LK_REQUIRE(out && distances && group && n > 0, LK_ERROR_ARGUMENT,
               "lk_stats_silhouette: NULL argument");
    size_t groups = 0, used = 0;
    for (size_t i = 0; i < n; i++) {
        LK_REQUIRE(group[i] < n, LK_ERROR_ARGUMENT,
                   "silhouette: row %zu: found group %zu, expected one below %zu", i, group[i], n);
        groups = group[i] >= groups ? group[i] + 1 : groups;
    }
    double *sums;
    size_t *sizes;
    LK_TRY(lk_alloc(&sums, groups, sizeof *sums));
    lk_status status = lk_alloc(&sizes, groups, sizeof *sizes);
    if (status != LK_OK) {
        free(sums);
        return status;
    }
    for (size_t i = 0; i < n; i++)
        used += sizes[group[i]]++ == 0;
    double sum = 0;
    for (size_t i = 0; i < n && used > 1; i++)
        sum += row_silhouette(sums, distances, group, sizes, n, groups, i);
    *out = used > 1 ? sum / (double)n : NAN;
    free(sums);
    free(sizes);
    return LK_OK;
}

/* Verification curves: how well distances tell same from different. */
#include <math.h>
#include <stdlib.h>

#include <likeness/stats.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/check.h"
#include "stats/curve.h"

struct lk_roc {
    lk_roc_point *points;
    size_t count;
};

static void keep_point(void *user, const lk_roc_point *before, const lk_roc_point *now)
{
    lk_roc *roc = user;
    (void)before;
    roc->points[roc->count++] = *now;
}

lk_status lk_curve_create(lk_roc **out, lk_step *steps, size_t n)
{
    uint64_t same = 0, different = 0;
    for (size_t i = 0; i < n; i++) {
        LK_REQUIRE(isfinite(steps[i].distance), LK_ERROR_NUMBER, "distance %zu is %g", i,
                   steps[i].distance);
        same += steps[i].same;
        different += steps[i].different;
    }
    LK_REQUIRE(same > 0 && different > 0, LK_ERROR_ARGUMENT,
               "%zu same and %zu different pairs: a curve needs both", (size_t)same,
               (size_t)different);
    lk_curve_sort(steps, n);
    lk_roc *roc;
    LK_TRY(lk_alloc(&roc, 1, sizeof *roc));
    lk_status status = lk_alloc(&roc->points, n + 1, sizeof *roc->points);
    if (status != LK_OK) {
        free(roc);
        return status;
    }
    roc->points[roc->count++] = (lk_roc_point){-INFINITY, 0, 0};
    lk_curve_walk(steps, n, same, different, keep_point, roc);
    *out = roc;
    return LK_OK;
}

lk_status lk_stats_roc_create(lk_roc **out, const double *distance, const bool *same, size_t n)
{
    LK_REQUIRE(out && distance && same, LK_ERROR_ARGUMENT, "lk_stats_roc_create: NULL argument");
    lk_step *steps;
    LK_TRY(lk_alloc(&steps, n, sizeof *steps));
    for (size_t i = 0; i < n; i++)
        steps[i] = (lk_step){distance[i], same[i], !same[i]};
    lk_status status = lk_curve_create(out, steps, n);
    free(steps);
    return status;
}

lk_status lk_stats_roc_of_rows(lk_roc **out, const double *x, const size_t *group, size_t n,
                               size_t d)
{
    LK_REQUIRE(out && x && group, LK_ERROR_ARGUMENT, "lk_stats_roc_of_rows: NULL argument");
    LK_REQUIRE(n >= 2, LK_ERROR_ARGUMENT, "verification: expected at least two rows, found %zu", n);
    LK_TRY(lk_stats_check("verification", x, n, d));
    lk_step *steps;
    size_t count;
    LK_TRY(lk_stats_alloc_pairs(&steps, &count, n, sizeof *steps));
    count = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            steps[count++] = (lk_step){sqrt(lk_stats_squared_distance(x + i * d, x + j * d, d)),
                                       group[i] == group[j], group[i] != group[j]};
    lk_status status = lk_curve_create(out, steps, count);
    free(steps);
    return status;
}

void lk_stats_roc_destroy(lk_roc *roc)
{
    if (!roc)
        return;
    free(roc->points);
    free(roc);
}

const lk_roc_point *lk_stats_roc_points(const lk_roc *roc, size_t *count)
{
    if (!roc)
        return NULL;
    *count = roc->count;
    return roc->points;
}

double lk_stats_roc_auc(const lk_roc *roc)
{
    if (!roc)
        return NAN;
    double area = 0;
    for (size_t i = 1; i < roc->count; i++)
        area += lk_curve_area(&roc->points[i - 1], &roc->points[i]);
    return area;
}

double lk_stats_roc_eer(const lk_roc *roc, double *threshold)
{
    double rate = NAN;
    if (!roc)
        return NAN;
    size_t i = 1; /* the last point has far 1, miss 0: the search ends */
    while (!lk_curve_crosses(&rate, &roc->points[i - 1], &roc->points[i]))
        i++;
    if (threshold)
        *threshold = roc->points[i].threshold;
    return rate;
}

double lk_stats_roc_tar(const lk_roc *roc, double far, double *threshold)
{
    if (!roc)
        return NAN;
    size_t i = 0;
    while (i + 1 < roc->count && roc->points[i + 1].far <= far)
        i++;
    if (threshold)
        *threshold = roc->points[i].threshold;
    return roc->points[i].tar;
}

lk_status lk_stats_spread(double *out, const double *x, size_t n, size_t d)
{
    LK_REQUIRE(out && x && n, LK_ERROR_ARGUMENT, "lk_stats_spread: NULL or empty argument");
    double *mean, sum = 0;
    LK_TRY(lk_alloc(&mean, d, sizeof *mean));
    for (size_t i = 0; i < n * d; i++)
        mean[i % d] += x[i] / (double)n;
    for (size_t i = 0; i < n * d; i++)
        sum += (x[i] - mean[i % d]) * (x[i] - mean[i % d]);
    free(mean);
    LK_REQUIRE(isfinite(sum), LK_ERROR_NUMBER, "lk_stats_spread: a NaN or infinity among the rows");
    *out = sum / (double)n;
    return LK_OK;
}

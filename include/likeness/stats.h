/* likeness/stats.h: distances, PCA and within-group sum of squares, in float64.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_STATS_H
#define LIKENESS_STATS_H

#include <likeness/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Pairwise Euclidean distances: x[n, d] f64 row-major, out[n, n] f64, symmetric,
 * diagonal exactly 0. Differences are squared and summed, never expanded into
 * products, so that near-equal rows keep their digits. Errors: LK_ERROR_ARGUMENT,
 * LK_ERROR_NUMBER (a NaN or infinity in x). Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_distances(double *out, const double *x, size_t n, size_t d);

/* Principal components, as scikit-learn's PCA(components, svd_solver="full"),
 * its sign rule included. x[n, d]; out[n, components]; variance[components] and
 * ratio[components] (share of the total variance) may be NULL. Errors:
 * LK_ERROR_ARGUMENT (components above min(n, d), or 0), LK_ERROR_NUMBER,
 * LK_ERROR_MEMORY, LK_ERROR_INTERNAL. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_pca(double *out, double *variance, double *ratio,
                                          const double *x, size_t n, size_t d, size_t components);

/* One group's spread. */
typedef struct lk_wss {
    size_t n;             /* rows */
    double wss;           /* sum of squared distances to the group's mean */
    double wss_per_df;    /* wss / (n - 1); NaN for n below 2 */
    double mean_cosine;   /* over all pairs; NaN for n below 2 */
    double mean_distance; /* Euclidean, over all pairs; NaN for n below 2 */
} lk_wss;

/* The within-group sum of squares of x[n, d]. */
LK_API LK_MUST_USE lk_status lk_stats_wss(lk_wss *out, const double *x, size_t n, size_t d);

/* For every row of distances[n, n] the nearest other row (the first of equals):
 * index[n] and, unless NULL, distance[n]. Errors: LK_ERROR_ARGUMENT (n below 2).
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_nearest(size_t *index, double *distance,
                                              const double *distances, size_t n);

/* The mean silhouette of groups under distances[n, n]: group[n] numbers the
 * rows' groups from 0. Per row (b - a) / max(a, b), a its mean distance to its
 * own group, b to the nearest other one; 0 in a group of one. NaN when there
 * are fewer than two groups. Errors: LK_ERROR_ARGUMENT (a group number of n or
 * above), LK_ERROR_MEMORY. Threads: any. Source: Rousseeuw 1987. */
LK_API LK_MUST_USE lk_status lk_stats_silhouette(double *out, const double *distances,
                                                 const size_t *group, size_t n);

/* One point of a verification curve: pairs with distance <= threshold pass. */
typedef struct lk_roc_point {
    double threshold; /* of the first point -infinity */
    double tar;       /* share of the same pairs that pass */
    double far;       /* share of the different pairs that pass */
} lk_roc_point;

/* How well distances tell same from different, at every threshold. */
typedef struct lk_roc lk_roc;

/* From pairs: distance[n], same[n]. Ownership: lk_stats_roc_destroy releases it.
 * Errors: LK_ERROR_ARGUMENT (pairs of one kind only), LK_ERROR_NUMBER,
 * LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_roc_create(lk_roc **out, const double *distance,
                                                 const bool *same, size_t n);
/* From all pairs of rows of x[n, d] (Euclidean); same where group[n] is equal. */
LK_API LK_MUST_USE lk_status lk_stats_roc_of_rows(lk_roc **out, const double *x,
                                                  const size_t *group, size_t n, size_t d);
LK_API void lk_stats_roc_destroy(lk_roc *roc);

/* The points by rising threshold, from (0, 0) to (1, 1); borrowed. */
LK_API const lk_roc_point *lk_stats_roc_points(const lk_roc *roc, size_t *count);
/* Area under the curve: the chance that a same pair is nearer than a different
 * one, equals counting half. */
LK_API double lk_stats_roc_auc(const lk_roc *roc);
/* The rate at which false accepts equal false rejects, on the straight line between
 * the points around it; *threshold (NULL: not wanted) is the upper point's. */
LK_API double lk_stats_roc_eer(const lk_roc *roc, double *threshold);
/* The largest TAR whose FAR is at most `far`, and its threshold (NULL: not wanted).
 * A `far` below 1 / (different pairs) means: none may pass. */
LK_API double lk_stats_roc_tar(const lk_roc *roc, double far, double *threshold);

/* The mean squared distance of x[n, d] to its mean; of unit rows in [0, 1], and
 * towards 0 when an embedding collapses. Errors: LK_ERROR_ARGUMENT,
 * LK_ERROR_NUMBER, LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_spread(double *out, const double *x, size_t n, size_t d);

#ifdef __cplusplus
}
#endif

#endif

/* The one walk along a verification curve. A pair is accepted when its distance is at most
 * the threshold. The curve has one point a distinct distance, so equal distances are accepted
 * together and the area under it counts them half, as the Mann-Whitney statistic does. */
#ifndef LK_STATS_CURVE_H
#define LK_STATS_CURVE_H

#include <math.h>

#include <likeness/stats.h>

/* So many pairs of either kind have this distance. Of different pairs with no same pair among
 * them the last one's will do: what is between is a straight line. */
typedef struct lk_step {
    double distance;
    uint64_t same, different;
} lk_step;

/* Sorts by distance. */
void lk_curve_sort(lk_step *steps, size_t count);

/* What is done with each point but the first, and the one before it. */
typedef void lk_curve_take(void *user, const lk_roc_point *before, const lk_roc_point *now);

/* steps[count], sorted, in all `same` and `different` pairs, of both at least one. */
static inline void lk_curve_walk(const lk_step *steps, size_t count, uint64_t same,
                                 uint64_t different, lk_curve_take *take, void *user)
{
    uint64_t passed[2] = {0, 0};
    lk_roc_point before = {-INFINITY, 0, 0};
    for (size_t i = 0; i < count; i++) {
        passed[0] += steps[i].different;
        passed[1] += steps[i].same;
        if (i + 1 < count && steps[i + 1].distance == steps[i].distance)
            continue;
        const lk_roc_point now = {steps[i].distance, (double)passed[1] / (double)same,
                                  (double)passed[0] / (double)different};
        take(user, &before, &now);
        before = now;
    }
}

/* A curve of steps, which are sorted. Ownership: lk_stats_roc_destroy. Errors:
 * LK_ERROR_ARGUMENT (pairs of one kind only), LK_ERROR_NUMBER, LK_ERROR_MEMORY. */
lk_status lk_curve_create(lk_roc **out, lk_step *steps, size_t count) LK_MUST_USE;

/* The area under the curve between two points. */
static inline double lk_curve_area(const lk_roc_point *before, const lk_roc_point *now)
{
    return (now->far - before->far) * (now->tar + before->tar) / 2;
}

/* Whether both errors become equally frequent between two points, and at which rate. */
static inline bool lk_curve_crosses(double *rate, const lk_roc_point *before,
                                    const lk_roc_point *now)
{
    double lower = before->far - (1 - before->tar), upper = now->far - (1 - now->tar);
    if (!(lower < 0 && upper >= 0))
        return false;
    *rate = before->far + (now->far - before->far) * lower / (lower - upper);
    return true;
}

#endif

/* The one walk along a verification curve. A pair is accepted when its distance is at most
 * the threshold. The curve has one point a distinct distance, so equal distances are accepted
 * together and the area under it counts them half, as the Mann-Whitney statistic does.
 *
 * In a header, for the bootstrap walks the pairs thousands of times. */
#ifndef LK_STATS_CURVE_H
#define LK_STATS_CURVE_H

#include <math.h>

#include <likeness/stats.h>

/* Two photographs, and whose they are: of one person where a equals b. */
typedef struct lk_pair {
    double distance;
    uint32_t a, b;
} lk_pair;

/* Sorts by distance. */
void lk_curve_sort(lk_pair *pairs, size_t count);

/* What is done with each point but the first, and the one before it. */
typedef void lk_curve_take(void *user, const lk_roc_point *before, const lk_roc_point *now);

/* weights[people]: how often each person counts; NULL: once. same, different: what all pairs
 * of either kind weigh together, above 0. */
static inline void lk_curve_walk(const lk_pair *pairs, size_t count, const double *weights,
                                 double same, double different, lk_curve_take *take, void *user)
{
    double passed[2] = {0, 0};
    lk_roc_point before = {-INFINITY, 0, 0};
    for (size_t i = 0; i < count; i++) {
        const lk_pair *p = &pairs[i];
        bool own = p->a == p->b;
        passed[own] += !weights ? 1 : own ? weights[p->a] : weights[p->a] * weights[p->b];
        if (i + 1 < count && p[1].distance == p->distance)
            continue;
        const lk_roc_point now = {p->distance, passed[1] / same, passed[0] / different};
        take(user, &before, &now);
        before = now;
    }
}

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

/* LFW's protocol: a threshold is chosen on nine folds and tried on the tenth. */
#include <math.h>
#include <string.h>

#include <likeness/evaluate.h>

#include "base/error.h"
#include "stats/special.h"

enum { STEPS = 400 };

/* right[fold, step]: pairs of a fold that are taken for what they are; pairs[fold]. */
typedef struct fold_counts {
    size_t right[LK_FOLDS_MOST][STEPS], pairs[LK_FOLDS_MOST];
} fold_counts;

double lk_stats_probit(double share)
{
    if (share == 0 || share == 1)
        return share == 0 ? -INFINITY : INFINITY;
    return share > 0 && share < 1 ? lk_normal_quantile(share) : NAN;
}

static double step_threshold(size_t step)
{
    return (double)step * 0.01;
}

static lk_status fold_check(const double *distance, const bool *same, const size_t *fold, size_t n)
{
    LK_REQUIRE(distance && same && fold && n, LK_ERROR_ARGUMENT, "folds: no pairs");
    for (size_t i = 0; i < n; i++) {
        LK_REQUIRE(isfinite(distance[i]), LK_ERROR_NUMBER, "folds: the distance of pair %zu is %g",
                   i, distance[i]);
        LK_REQUIRE(fold[i] < LK_FOLDS_MOST, LK_ERROR_ARGUMENT,
                   "folds: pair %zu is of fold %zu, expected below %d", i, fold[i], LK_FOLDS_MOST);
    }
    return LK_OK;
}

static void fold_count(fold_counts *counts, const double *distance, const bool *same,
                       const size_t *fold, size_t n)
{
    memset(counts, 0, sizeof *counts);
    for (size_t i = 0; i < n; i++) {
        double squared = distance[i] * distance[i];
        counts->pairs[fold[i]]++;
        for (size_t s = 0; s < STEPS; s++)
            counts->right[fold[i]][s] += (squared < step_threshold(s)) == same[i];
    }
}

/* The first step that is right most often outside a fold. */
static size_t fold_best(const fold_counts *counts, size_t fold)
{
    size_t best = 0, most = 0;
    for (size_t s = 0; s < STEPS; s++) {
        size_t right = 0;
        for (size_t f = 0; f < LK_FOLDS_MOST; f++)
            right += f == fold ? 0 : counts->right[f][s];
        if (right > most) {
            most = right;
            best = s;
        }
    }
    return best;
}

static void fold_mean(lk_folds *out)
{
    double sum = 0, squares = 0, count = (double)out->folds;
    for (size_t f = 0; f < LK_FOLDS_MOST; f++)
        sum += isnan(out->accuracy[f]) ? 0 : out->accuracy[f];
    double mean = sum / count;
    for (size_t f = 0; f < LK_FOLDS_MOST; f++)
        if (!isnan(out->accuracy[f]))
            squares += (out->accuracy[f] - mean) * (out->accuracy[f] - mean);
    out->deviation = sqrt(squares / count);
    if (!(squares > 0)) { /* nothing is known of how folds differ */
        double bound = pow(0.05, 1 / count);
        out->mean = mean == 1   ? (lk_estimate){1, bound, 1}
                    : mean == 0 ? (lk_estimate){0, 0, 1 - bound}
                                : (lk_estimate){mean, NAN, NAN};
        return;
    }
    double half = lk_t_two_sided(0.95, count - 1) * sqrt(squares / (count - 1) / count);
    out->mean = (lk_estimate){mean, fmax(0, mean - half), fmin(1, mean + half)};
}

lk_status lk_stats_folds(lk_folds *out, const double *distance, const bool *same,
                         const size_t *fold, size_t n)
{
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "lk_stats_folds: NULL output");
    LK_TRY(fold_check(distance, same, fold, n));
    fold_counts counts;
    lk_folds found = {0};
    fold_count(&counts, distance, same, fold, n);
    for (size_t f = 0; f < LK_FOLDS_MOST; f++) {
        size_t best = fold_best(&counts, f);
        bool any = counts.pairs[f] > 0;
        found.folds += any;
        found.accuracy[f] = any ? (double)counts.right[f][best] / (double)counts.pairs[f] : NAN;
        found.threshold[f] = any ? step_threshold(best) : NAN;
    }
    LK_REQUIRE(found.folds >= 2, LK_ERROR_ARGUMENT,
               "folds: %zu of them with pairs, at least 2 are needed", found.folds);
    fold_mean(&found);
    *out = found;
    return LK_OK;
}

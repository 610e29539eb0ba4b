/* Single numbers for all groups, and what the only one to be shown would be by chance. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "stats/audit.h"

static const lk_audit_index_about about[LK_AUDIT_INDICES] = {
    [LK_AUDIT_MAX_OVER_MEAN] =
        {"max over geometric mean",
         "the highest group's FMR over the geometric mean of all groups' FMR, each from its "
         "effective pairs with half a wrong match added",
         "Grother, FRVT Part 8: Summarizing Demographic Differentials, NIST IR 8429 (draft, 2022), "
         "where "
         "it is the leading candidate",
         "above 1 by chance even where all groups are alike: compare it with its null median and "
         "95 %"},
    [LK_AUDIT_MAX_OVER_MIN] =
        {"max over min", "the highest group's FMR over the lowest's",
         "Grother, Ngan and Hanaoka, NIST IR 8280 (2019)",
         "does not exist where a group has no wrong match, and grows with the number of groups and "
         "with small samples where all groups are alike"},
    [LK_AUDIT_INEQUITY] =
        {"inequity rate",
         "sqrt(max FMR / min FMR) sqrt(max FNMR / min FNMR), exponents of one half each",
         "Grother, NIST IR 8429 (draft, 2022); as in Howard et al. (2022), arXiv:2203.05051",
         "as max over min, twice; a gap in one of the two errors can hide in the product"},
    [LK_AUDIT_FDR] =
        {"discrepancy rate (FDR)",
         "1 - (largest difference of FMR + largest difference of FNMR) / 2",
         "de Freitas Pereira and Marcel (2021), doi:10.1109/TBIOM.2021.3102862, with alpha one "
         "half",
         "FMR is small beside FNMR, so a tenfold gap in FMR hardly shows, and noise in FNMR does"},
    [LK_AUDIT_GINI] =
        {"Gini coefficient of FMR",
         "k / (k - 1) times the mean difference of two groups' FMR over twice their mean, k groups",
         "Howard, Laird, Rubin, Sirotin, Tipton and Vemury (2022), arXiv:2203.05051",
         "above 0 by chance even where all groups are alike; blind to which group is worst"},
    [LK_AUDIT_GARBE] =
        {"GARBE", "(Gini coefficient of FMR + that of FNMR) / 2",
         "Howard, Laird, Rubin, Sirotin, Tipton and Vemury (2022), arXiv:2203.05051, with alpha "
         "one half",
         "adds two errors that cannot be weighed against each other without a use in mind"},
};

const lk_audit_index_about *lk_audit_index_describe(lk_audit_index_kind kind)
{
    return (unsigned)kind < LK_AUDIT_INDICES ? &about[kind] : NULL;
}

/* ---- plain indices ---- */

typedef struct range {
    double least, most, gini;
} range;

/* Of the groups that have the rate; NaN throughout below two. */
static range range_of(const lk_rate *rates, size_t groups)
{
    range r = {INFINITY, -INFINITY, NAN};
    double sum = 0, apart = 0, count = 0;
    for (size_t g = 0; g < groups; g++) {
        if (rates[g].state == LK_RATE_NONE)
            continue;
        r.least = fmin(r.least, rates[g].rate);
        r.most = fmax(r.most, rates[g].rate);
        sum += rates[g].rate;
        count++;
        for (size_t h = 0; h < g; h++)
            if (rates[h].state != LK_RATE_NONE)
                apart += fabs(rates[g].rate - rates[h].rate);
    }
    if (count < 2)
        return (range){NAN, NAN, NAN};
    if (sum > 0)
        r.gini = apart / (count - 1) / sum;
    return r;
}

/* A quotient that exists. */
static double over(double a, double b)
{
    return b > 0 ? a / b : NAN;
}

static void plain_indices(lk_audit_index *out, const lk_audit_level *l, size_t groups)
{
    range match = range_of(l->fmr, groups), non = range_of(l->fnmr, groups);
    out[LK_AUDIT_MAX_OVER_MIN].value = over(match.most, match.least);
    out[LK_AUDIT_INEQUITY].value = sqrt(over(match.most, match.least) * over(non.most, non.least));
    out[LK_AUDIT_FDR].value = 1 - (match.most - match.least + non.most - non.least) / 2;
    out[LK_AUDIT_GINI].value = match.gini;
    out[LK_AUDIT_GARBE].value = (match.gini + non.gini) / 2;
}

/* ---- max over geometric mean ---- */

/* Effective pairs of a group; where none is wrong, as for the other groups together. */
static double effective_pairs(const lk_rate *r, double effect)
{
    return r->effective > 0 ? r->effective : r->pairs / effect;
}

/* How many pairs an effective one stands for, over all groups. */
static double design_effect(const lk_rate *rates, size_t groups)
{
    double pairs = 0, effective = 0;
    for (size_t g = 0; g < groups; g++)
        if (rates[g].effective > 0) {
            pairs += rates[g].pairs;
            effective += rates[g].effective;
        }
    return effective > 0 ? pairs / effective : 1;
}

/* Wrong among n pairs by chance: exactly where few are expected, else the normal
 * distribution with the binomial's skewness. */
static double draw_binomial(lk_random *random, double n, double rate)
{
    enum { EXACT_BELOW = 30 };
    double mean = n * rate, spread = sqrt(mean * (1 - rate));
    if (mean >= EXACT_BELOW) {
        double z = lk_random_normal(random);
        double k = mean + spread * z + (1 - 2 * rate) * (z * z - 1) / 6;
        return fmin(fmax(round(k), 0), n);
    }
    double left = lk_random_unit(random), chance = exp(n * log1p(-rate)), k = 0;
    for (; left >= chance && k < n; k++) {
        left -= chance;
        chance *= (n - k) / (k + 1) * rate / (1 - rate);
        if (!(chance > 0))
            break;
    }
    return k;
}

/* wrong[count] of pairs[count]. */
static double max_over_mean(const double *wrong, const double *pairs, size_t count)
{
    double most = 0, logs = 0;
    for (size_t g = 0; g < count; g++) {
        double rate = (wrong[g] + 0.5) / (pairs[g] + 1);
        most = fmax(most, rate);
        logs += log(rate);
    }
    return most / exp(logs / (double)count);
}

static int index_by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void draw_null(lk_audit_index *out, double *values, double *wrong, const double *pairs,
                      size_t count, double rate, const lk_audit_options *options)
{
    lk_random random;
    lk_random_init(&random, options->seed, 1);
    for (size_t k = 0; k < options->draws; k++) {
        for (size_t g = 0; g < count; g++)
            wrong[g] = draw_binomial(&random, round(pairs[g]), rate);
        values[k] = max_over_mean(wrong, pairs, count);
    }
    qsort(values, options->draws, sizeof *values, index_by_size);
    out->null_median = values[options->draws / 2];
    out->null_high = values[(size_t)((double)(options->draws - 1) * 0.95)];
}

/* room[2 groups + draws] */
static void index_shown(lk_audit_index *out, double *room, const lk_audit_level *l, size_t groups,
                        const lk_audit_options *options)
{
    double *wrong = room, *pairs = room + groups, effect = design_effect(l->fmr, groups);
    size_t count = 0;
    for (size_t g = 0; g < groups; g++) {
        const lk_rate *r = &l->fmr[g];
        if (r->state == LK_RATE_NONE || isnan(r->variance))
            continue;
        pairs[count] = effective_pairs(r, effect);
        wrong[count] = r->rate * pairs[count];
        count++;
    }
    if (count < 2 || !(l->pooled.rate > 0 && l->pooled.rate < 1))
        return;
    out->value = max_over_mean(wrong, pairs, count);
    if (options->draws > 0)
        draw_null(out, room + 2 * groups, wrong, pairs, count, l->pooled.rate, options);
}

lk_status lk_audit_index_all(lk_audit_level *level, size_t groups, const lk_audit_options *options)
{
    double *room;
    size_t twice, cells;
    if (!lk_mul(groups, 2, &twice) || !lk_add(twice, options->draws, &cells))
        return LK_ERROR_MEMORY;
    LK_TRY(lk_alloc(&room, cells, sizeof *room));
    for (size_t k = 0; k < LK_AUDIT_INDICES; k++)
        level->indices[k] = (lk_audit_index){NAN, NAN, NAN};
    plain_indices(level->indices, level, groups);
    index_shown(&level->indices[LK_AUDIT_MAX_OVER_MEAN], room, level, groups, options);
    free(room);
    return LK_OK;
}

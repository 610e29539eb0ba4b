/* Which groups differ at a threshold, as far as the sample tells. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/audit.h"
#include "stats/rate.h"
#include "stats/special.h"

/* Wrong pairs that a group would have at the common rate. */
static double expected_at(const lk_rate *r, const lk_rate *pooled)
{
    return r->state == LK_RATE_NONE || pooled->state == LK_RATE_NONE ? 0 : r->pairs * pooled->rate;
}

/* ---- groups added up ---- */

/* Groups have nobody in common, so their variances add. */
typedef struct sum_of_groups {
    double errors, pairs, variance; /* variance: of errors */
    double own, binomial;           /* variances of the rates, and of as many independent pairs */
    size_t groups, people;
} sum_of_groups;

static void compare_add_group(sum_of_groups *sum, const lk_rate *r)
{
    sum->errors += r->errors;
    sum->pairs += r->pairs;
    sum->variance += r->variance * r->pairs * r->pairs;
    sum->own += r->variance;
    sum->binomial += r->rate * (1 - r->rate) / r->pairs;
    sum->groups++;
    sum->people += r->people;
}

/* Of the groups but `without` that expect `least` wrong pairs. */
static sum_of_groups compare_add_groups(const lk_audit_level *l, size_t groups, size_t without,
                                        double least)
{
    sum_of_groups sum = {0};
    for (size_t g = 0; g < groups; g++)
        if (g != without && !isnan(l->fmr[g].variance) &&
            expected_at(&l->fmr[g], &l->pooled) >= least)
            compare_add_group(&sum, &l->fmr[g]);
    return sum;
}

static bool takes_part(const lk_audit_level *l, size_t g)
{
    return !isnan(l->fmr[g].variance) && expected_at(&l->fmr[g], &l->pooled) >= LK_ERRORS_FOR_RATIO;
}

/* ---- tests ---- */

static lk_test omnibus_of(const lk_audit_level *l, size_t groups, const sum_of_groups *all)
{
    double rate = all->errors / all->pairs, statistic = 0;
    if (all->groups < 2 || !(all->binomial > 0 && all->own > 0))
        return lk_test_none();
    double effect = all->own / all->binomial;
    for (size_t g = 0; g < groups; g++)
        if (takes_part(l, g)) {
            double away = l->fmr[g].rate - rate;
            statistic += away * away * l->fmr[g].pairs / (effect * rate * (1 - rate));
        }
    double df = (double)(all->groups - 1);
    return (lk_test){statistic, df, lk_chi2_tail(statistic, df), NAN};
}

/* A group against all others that take part. */
static lk_test rest_of(const lk_audit_level *l, size_t groups, size_t g, const sum_of_groups *all)
{
    if (!takes_part(l, g) || all->groups < 2 || !(all->binomial > 0 && all->own > 0))
        return lk_test_none();
    sum_of_groups rest = compare_add_groups(l, groups, g, LK_ERRORS_FOR_RATIO);
    double rate = all->errors / all->pairs, effect = all->own / all->binomial;
    double error = sqrt(effect * rate * (1 - rate) * (1 / l->fmr[g].pairs + 1 / rest.pairs));
    double z = (l->fmr[g].rate - rest.errors / rest.pairs) / error;
    double df = (double)l->fmr[g].people - 1; /* of many groups tails are looked at */
    return (lk_test){z, df, lk_t_tails(z, df), NAN};
}

static lk_contrast rest_ratio_of(const lk_audit_level *l, size_t groups, size_t g)
{
    sum_of_groups others = compare_add_groups(l, groups, g, 0);
    lk_rate rest;
    lk_rate_of_variance(&rest, others.errors, others.pairs, others.people,
                        others.variance / (others.pairs * others.pairs));
    return lk_rate_ratio(&l->fmr[g], &rest, 2);
}

static lk_status compare_rest(lk_audit_level *l, size_t groups)
{
    size_t *order;
    LK_TRY(lk_alloc(&order, groups, sizeof *order));
    sum_of_groups all = compare_add_groups(l, groups, SIZE_MAX, LK_ERRORS_FOR_RATIO);
    l->omnibus = omnibus_of(l, groups, &all);
    for (size_t g = 0; g < groups; g++) {
        l->rest_ratio[g] = rest_ratio_of(l, groups, g);
        l->rest[g] = rest_of(l, groups, g, &all);
    }
    lk_test_adjust(l->rest, groups, order);
    free(order);
    return LK_OK;
}

/* ---- extremes ---- */

/* Whether a group's rate is more than a guess. */
static bool is_comparable(const lk_rate *r, double expected)
{
    return r->state == LK_RATE_ESTIMATED ||
           (r->state == LK_RATE_ZERO && expected >= LK_ERRORS_FOR_RATE);
}

static lk_audit_extremes extremes_of(const lk_rate *rates, size_t groups, double common)
{
    lk_audit_extremes e = {.ratio = {NAN, NAN, NAN, false}, .difference = {NAN, NAN, NAN, false}};
    for (size_t g = 0; g < groups; g++) {
        if (!is_comparable(&rates[g], common * rates[g].pairs))
            continue;
        if (e.groups == 0 || rates[g].rate > rates[e.worst].rate)
            e.worst = g;
        if (e.groups == 0 || rates[g].rate < rates[e.best].rate)
            e.best = g;
        e.groups++;
    }
    if (e.groups >= 2) {
        e.ratio = lk_rate_ratio(&rates[e.worst], &rates[e.best], e.groups);
        e.difference = lk_rate_difference(&rates[e.worst], &rates[e.best]);
    }
    return e;
}

static lk_audit_verdict verdict_of(const lk_audit_extremes *e)
{
    if (e->groups < 2)
        return LK_AUDIT_TOO_FEW;
    return e->ratio.low > 1 ? LK_AUDIT_CAN_TELL : LK_AUDIT_CANNOT_TELL;
}

/* All groups' pairs of one person together. */
static double common_miss(const lk_rate *fnmr, size_t groups)
{
    double errors = 0, pairs = 0;
    for (size_t g = 0; g < groups; g++)
        if (fnmr[g].state != LK_RATE_NONE) {
            errors += fnmr[g].errors;
            pairs += fnmr[g].pairs;
        }
    return pairs > 0 ? errors / pairs : NAN;
}

lk_status lk_audit_compare(lk_audit_level *l, size_t groups)
{
    LK_TRY(compare_rest(l, groups));
    double common = l->pooled.state == LK_RATE_NONE ? NAN : l->pooled.rate;
    l->fmr_extremes = extremes_of(l->fmr, groups, common);
    l->fnmr_extremes = extremes_of(l->fnmr, groups, common_miss(l->fnmr, groups));
    l->verdict = verdict_of(&l->fmr_extremes);
    return LK_OK;
}

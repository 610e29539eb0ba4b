/* What thresholds would do that one half of the people sets and the other is judged by, from
 * the bins: at any rate, without going through the pairs again. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/audit.h"
#include "stats/rate.h"

/* ---- room ---- */

lk_status lk_audit_what_if_make(lk_audit_what_if *out, size_t groups)
{
    LK_TRY(lk_alloc(&out->own, groups, sizeof *out->own));
    LK_TRY(lk_alloc(&out->global_fmr, groups, sizeof(lk_rate)));
    LK_TRY(lk_alloc(&out->global_fnmr, groups, sizeof(lk_rate)));
    LK_TRY(lk_alloc(&out->own_fmr, groups, sizeof(lk_rate)));
    return lk_alloc(&out->own_fnmr, groups, sizeof(lk_rate));
}

void lk_audit_what_if_clear(lk_audit_what_if *w)
{
    if (!w)
        return;
    void *owned[] = {w->own, w->global_fmr, w->global_fnmr, w->own_fmr, w->own_fnmr};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    *w = (lk_audit_what_if){0};
}

/* ---- bins ---- */

static double sum_of_bins(const double *bins, size_t count)
{
    double sum = 0;
    for (size_t b = 0; b < count; b++)
        sum += bins[b];
    return sum;
}

/* How many bins may pass such that their share is not above the rate. */
static size_t bins_at_rate(const double *bins, double rate)
{
    double all = sum_of_bins(bins, LK_AUDIT_BINS), passing = 0;
    size_t b = 0;
    while (b < LK_AUDIT_BINS && passing + bins[b] <= rate * all)
        passing += bins[b++];
    return b;
}

static double edge_behind(const lk_audit_counts *counts, size_t bins)
{
    return bins > 0 ? counts->edges[bins - 1] : 0;
}

/* ---- rates ---- */

static lk_rate rate_of_counts(double errors, double pairs)
{
    lk_rate rate;
    lk_rate_of_variance(&rate, errors, pairs, 0, NAN);
    rate.low = rate.high = rate.guaranteed = rate.effective = NAN;
    if (rate.state == LK_RATE_ZERO)
        rate.state = LK_RATE_FEW;
    else if (rate.state == LK_RATE_FEW && !rate.few_errors)
        rate.state = LK_RATE_ESTIMATED;
    return rate;
}

/* Of group g, where half h is judged with bins[h] passing. */
static void judge_halves(lk_rate *fmr, lk_rate *fnmr, const lk_audit_halves *halves, size_t g,
                         const size_t bins[2])
{
    double matches = 0, impostors = 0, misses = 0, genuine = 0;
    for (size_t h = 0; h < 2; h++) {
        const double *match = halves->impostor + (2 * g + h) * LK_AUDIT_BINS;
        const double *same = halves->genuine + (2 * g + h) * LK_AUDIT_BINS;
        matches += sum_of_bins(match, bins[h]);
        impostors += sum_of_bins(match, LK_AUDIT_BINS);
        misses += sum_of_bins(same + bins[h], LK_AUDIT_BINS - bins[h]);
        genuine += sum_of_bins(same, LK_AUDIT_BINS);
    }
    *fmr = rate_of_counts(matches, impostors);
    *fnmr = rate_of_counts(misses, genuine);
}

static void find_at_rate(lk_audit_what_if *w, const lk_audit_counts *counts, size_t groups,
                         double fmr)
{
    const lk_audit_halves *halves = &counts->halves;
    size_t bins[2]; /* that a half lets pass in the other */
    for (size_t h = 0; h < 2; h++) {
        bins[1 - h] = bins_at_rate(halves->all + h * LK_AUDIT_BINS, fmr);
        w->global[h] = edge_behind(counts, bins[1 - h]);
    }
    for (size_t g = 0; g < groups; g++)
        judge_halves(&w->global_fmr[g], &w->global_fnmr[g], halves, g, bins);
    for (size_t g = 0; g < groups; g++) {
        for (size_t h = 0; h < 2; h++) {
            bins[1 - h] = bins_at_rate(halves->impostor + (2 * g + h) * LK_AUDIT_BINS, fmr);
            w->own[g][h] = edge_behind(counts, bins[1 - h]);
        }
        judge_halves(&w->own_fmr[g], &w->own_fnmr[g], halves, g, bins);
    }
}

lk_status lk_audit_what_if_at(lk_audit_what_if *out, const lk_audit_findings *f, double fmr)
{
    LK_REQUIRE(out && f, LK_ERROR_ARGUMENT, "lk_audit_what_if_at: NULL argument");
    LK_REQUIRE(f->counts.halves.impostor, LK_ERROR_ARGUMENT,
               "what-if: no distances are counted of %zu groups, expected at most %d", f->groups,
               LK_AUDIT_MATRIX_GROUPS);
    LK_REQUIRE(fmr > 0 && fmr <= 1, LK_ERROR_ARGUMENT,
               "what-if: a rate of %g, expected one above 0, at most 1", fmr);
    lk_audit_what_if found = {.least_expected = f->counts.halves.least * fmr};
    found.done = found.least_expected >= LK_ERRORS_FOR_WHAT_IF;
    lk_status status = found.done ? lk_audit_what_if_make(&found, f->groups) : LK_OK;
    if (status != LK_OK) {
        lk_audit_what_if_clear(&found);
        return status;
    }
    if (found.done)
        find_at_rate(&found, &f->counts, f->groups, fmr);
    *out = found;
    return LK_OK;
}

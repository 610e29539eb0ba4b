/* The audit's thresholds: of all pairs within groups, and, to see what a threshold does to
 * people who had no part in it, of either half of every group's people. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "stats/audit.h"
#include "stats/cut.h"
#include "stats/rate.h"

enum { UNPARTED = 2 };

/* ---- pairs that set thresholds ---- */

/* Rows i and j of a walk are rows row[i] and row[j] of `s`; row NULL: the same. */
typedef struct selection {
    const lk_audit_sorted *s;
    const size_t *row;
} selection;

static bool set_wanted(void *user, size_t i, size_t j)
{
    const selection *of = user;
    if (of->row) {
        i = of->row[i];
        j = of->row[j];
    }
    return of->s->person[i] != of->s->person[j] && lk_audit_share_group(of->s, i, j);
}

static bool set_wanted_in_one_group(void *user, size_t i, size_t j)
{
    const selection *of = user;
    return of->s->person[of->row[i]] != of->s->person[of->row[j]];
}

static lk_status set_pooled(lk_audit_setting *out, const lk_audit_sorted *s, const lk_walk *walk)
{
    selection of = {.s = s};
    lk_cut cuts[LK_AUDIT_LEVELS];
    LK_TRY(lk_walk_cuts(cuts, out->target, out->levels, walk, set_wanted, &of));
    for (size_t t = 0; t < out->levels; t++)
        out->threshold[t] = cuts[t].threshold;
    return LK_OK;
}

/* ---- halves ---- */

/* In every group, in a random order, people go into one half and the other by turns. */
static lk_status part_people(unsigned char *half, const lk_audit_sorted *s, uint64_t seed)
{
    size_t *people;
    LK_TRY(lk_alloc(&people, s->people, sizeof *people));
    memset(half, UNPARTED, s->people);
    for (size_t g = 0; g < s->groups; g++) {
        lk_random random;
        lk_random_init(&random, seed, g);
        size_t count = 0, start = s->group_start[g];
        for (size_t k = start; k < s->group_start[g + 1]; k++)
            people[count++] = s->member_person[s->group_member[k]];
        unsigned char turn = (unsigned char)lk_random_below(&random, 2);
        for (size_t left = count; left > 0; left--) {
            size_t at = lk_random_below(&random, left), p = people[at];
            people[at] = people[left - 1];
            if (half[p] == UNPARTED)
                half[p] = turn ^= 1;
        }
    }
    free(people);
    return LK_OK;
}

/* Pairs of different people within one half of a group. */
static double half_pairs(const lk_audit_sorted *s, const unsigned char *half, size_t g, int which)
{
    double rows = 0, squares = 0;
    for (size_t k = s->group_start[g]; k < s->group_start[g + 1]; k++) {
        size_t m = s->group_member[k];
        double n = (double)s->member_rows[m];
        if (half[s->member_person[m]] != which)
            continue;
        rows += n;
        squares += n * n;
    }
    return (rows * rows - squares) / 2;
}

static double least_half(const lk_audit_sorted *s, const unsigned char *half)
{
    double least = INFINITY;
    for (size_t g = 0; g < s->groups; g++)
        for (int which = 0; which < 2; which++)
            least = fmin(least, half_pairs(s, half, g, which));
    return least;
}

/* Copies the rows of one half, of group g or (g == groups) of all; *count of them. */
static size_t take_half(double *x, size_t *row, const lk_audit_sorted *s, const unsigned char *half,
                        size_t g, int which)
{
    size_t count = 0;
    for (size_t i = 0; i < s->n; i++) {
        bool in = g == s->groups;
        for (size_t k = s->row_start[i]; k < s->row_start[i + 1]; k++)
            in |= s->member_group[s->row_member[k]] == g;
        if (!in || half[s->person[i]] != which)
            continue;
        memcpy(x + count * s->d, s->x + i * s->d, s->d * sizeof *x);
        row[count++] = i;
    }
    return count;
}

static lk_status set_half(lk_audit_setting *out, const lk_audit_sorted *s, const lk_walk *walk,
                          double *x, size_t *row, size_t g, int which)
{
    lk_cut cuts[LK_AUDIT_LEVELS];
    double rates[LK_AUDIT_LEVELS];
    size_t count = 0;
    for (size_t t = 0; t < out->levels; t++)
        if (out->what_if[t])
            rates[count++] = out->target[t];
    lk_walk part = *walk;
    part.x = x;
    part.n = take_half(x, row, s, out->half, g, which);
    part.ends = NULL;
    selection of = {s, row};
    LK_TRY(lk_walk_cuts(cuts, rates, count, &part,
                        g == s->groups ? set_wanted : set_wanted_in_one_group, &of));
    for (size_t t = 0, k = 0; t < out->levels; t++)
        if (out->what_if[t] && g == s->groups)
            out->global[t][which] = cuts[k++].threshold;
        else if (out->what_if[t])
            out->own[(t * s->groups + g) * 2 + (size_t)which] = cuts[k++].threshold;
    return LK_OK;
}

static lk_status set_halves(lk_audit_setting *out, const lk_audit_sorted *s, const lk_walk *walk)
{
    double *x;
    size_t *row = NULL;
    LK_TRY(lk_alloc(&out->own, out->levels * s->groups * 2, sizeof *out->own));
    LK_TRY(lk_alloc(&x, s->n * s->d, sizeof *x));
    lk_status status = lk_alloc(&row, s->n, sizeof *row);
    for (size_t g = 0; g <= s->groups && status == LK_OK; g++)
        for (int which = 0; which < 2 && status == LK_OK; which++)
            status = set_half(out, s, walk, x, row, g, which);
    free(row);
    free(x);
    return status;
}

static lk_status set_what_if(lk_audit_setting *out, const lk_audit_sorted *s, const lk_walk *walk)
{
    bool any = false;
    for (size_t t = 0; t < out->levels; t++) {
        out->least_expected[t] = out->least_half * out->target[t];
        any |= out->what_if[t] = out->least_expected[t] >= LK_ERRORS_FOR_WHAT_IF;
    }
    if (!any)
        return LK_OK;
    out->columns = 3 * out->levels;
    return set_halves(out, s, walk);
}

/* ---- all of it ---- */

lk_status lk_audit_set(lk_audit_setting *out, const lk_audit_sorted *s, const lk_audit_rows *rows,
                       const lk_audit_options *options, const lk_walk *walk)
{
    bool given = rows->threshold_count > 0;
    LK_REQUIRE(rows->threshold_count <= LK_AUDIT_LEVELS && (!given || rows->thresholds),
               LK_ERROR_ARGUMENT, "audit: %zu thresholds, expected at most %d",
               rows->threshold_count, LK_AUDIT_LEVELS);
    *out = (lk_audit_setting){.levels = given ? rows->threshold_count : options->fmr_count};
    out->columns = out->levels;
    for (size_t t = 0; t < out->levels; t++) {
        out->target[t] = given ? NAN : options->fmr[t];
        out->threshold[t] = given ? rows->thresholds[t] : NAN;
        LK_REQUIRE(!given || isfinite(out->threshold[t]), LK_ERROR_NUMBER,
                   "audit: found a threshold of %g, expected a finite number", out->threshold[t]);
    }
    LK_TRY(lk_alloc(&out->half, s->people, sizeof *out->half));
    LK_TRY(part_people(out->half, s, options->seed));
    out->least_half = least_half(s, out->half);
    if (given)
        return LK_OK;
    LK_TRY(set_pooled(out, s, walk));
    return set_what_if(out, s, walk);
}

void lk_audit_setting_clear(lk_audit_setting *setting)
{
    free(setting->own);
    free(setting->half);
    *setting = (lk_audit_setting){0};
}

/* A level of the audit: rates of everybody with everybody, and what follows. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/audit.h"
#include "stats/rate.h"

/* What a level is made from. */
typedef struct finding {
    lk_audit_level *out;
    size_t level;
    const lk_audit_sorted *s;
    const lk_audit_setting *set;
    const lk_audit_tally *tally;
    lk_audit_room room;
} finding;

/* ---- rates ---- */

static lk_dyads find_dyads(const finding *f, size_t a, size_t b)
{
    return lk_audit_dyads_of(&f->room, f->s, f->set, f->tally, f->level, a, b);
}

/* The rate that groups are expected to have: the target, or what they have together. */
static double common_rate(const finding *f)
{
    return isnan(f->out->target) ? f->out->pooled.rate : f->out->target;
}

static void find_rates(const finding *f)
{
    lk_audit_level *l = f->out;
    lk_dyads all = lk_audit_dyads_pooled(&f->room, f->s, f->set, f->tally, f->level);
    lk_rate_of_dyads(&l->pooled, &all, NAN);
    for (size_t g = 0; g < f->s->groups; g++) {
        lk_dyads d = find_dyads(f, g, g);
        lk_rate_of_dyads(&l->fmr[g], &d, common_rate(f) * d.pairs);
        lk_audit_genuine_of(&l->fnmr[g], &f->room, f->s, f->set, f->tally, f->level, g);
    }
}

static void find_matrix(const finding *f)
{
    size_t groups = f->s->groups;
    for (size_t a = 0; a < groups; a++)
        for (size_t b = a; b < groups; b++) {
            lk_rate *cell = &f->out->matrix[a * groups + b];
            lk_dyads d = find_dyads(f, a, b);
            lk_rate_of_dyads(cell, &d, common_rate(f) * d.pairs);
            f->out->matrix[b * groups + a] = *cell;
        }
}

/* ---- how unequal people are ---- */

static double sum_of_people(const lk_dyads *d, double rate)
{
    double sum = 0;
    for (size_t i = 0; i < d->count; i++) {
        double e = d->person_errors[i] - rate * d->person_pairs[i];
        sum += e * e;
    }
    return sum;
}

/* NaN unless everyone has one photograph. */
static double find_inequality(const finding *f)
{
    double sum = 0, triples = 0;
    for (size_t m = 0; m < f->s->members; m++)
        if (f->s->member_rows[m] != 1)
            return NAN;
    for (size_t g = 0; g < f->s->groups; g++) {
        if (f->out->fmr[g].state == LK_RATE_NONE || f->out->fmr[g].few_errors)
            continue;
        lk_dyads d = find_dyads(f, g, g);
        double rate = d.errors / d.pairs, n = (double)d.count;
        double pairs = d.errors_squared - 2 * rate * d.product + rate * rate * d.pairs_squared;
        sum += (sum_of_people(&d, rate) - 2 * pairs) / (rate * rate);
        triples += n * (n - 1) * (n - 2);
    }
    return triples > 0 ? fmax(sum / triples, 0) : NAN;
}

static void find_plan(const finding *f)
{
    lk_audit_level *l = f->out;
    double rate = common_rate(f);
    l->cv2 = find_inequality(f);
    l->plan = (lk_audit_plan_numbers){0};
    if (rate > 0 && lk_audit_plan(&l->plan, rate, 1.5, isnan(l->cv2) ? 1 : l->cv2) != LK_OK)
        l->plan = (lk_audit_plan_numbers){0};
}

/* ---- what if ---- */

static lk_status find_what_if(const finding *f)
{
    lk_audit_what_if *w = &f->out->what_if;
    size_t groups = f->s->groups, first = f->set->levels + 2 * f->level;
    w->least_expected = isnan(f->out->target) ? NAN : f->set->least_expected[f->level];
    w->done = f->set->what_if[f->level];
    if (!w->done)
        return LK_OK;
    LK_TRY(lk_audit_what_if_make(w, groups));
    lk_rate *match[] = {w->global_fmr, w->own_fmr}, *non[] = {w->global_fnmr, w->own_fnmr};
    for (size_t half = 0; half < 2; half++)
        w->global[half] = f->set->global[f->level][half];
    for (size_t g = 0; g < groups; g++) {
        for (size_t half = 0; half < 2; half++)
            w->own[g][half] = f->set->own[(f->level * groups + g) * 2 + half];
        for (size_t way = 0; way < 2; way++) {
            lk_dyads d = lk_audit_dyads_of_halves(&f->room, f->s, f->set, f->tally, first + way, g);
            lk_rate_of_dyads(&match[way][g], &d, f->out->target * d.pairs);
            lk_audit_genuine_of(&non[way][g], &f->room, f->s, f->set, f->tally, first + way, g);
        }
    }
    return LK_OK;
}

/* ---- all of it ---- */

static lk_status level_allocate(lk_audit_level *l, size_t groups, bool wide)
{
    LK_TRY(lk_alloc(&l->fmr, groups, sizeof *l->fmr));
    LK_TRY(lk_alloc(&l->fnmr, groups, sizeof *l->fnmr));
    LK_TRY(lk_alloc(&l->rest, groups, sizeof *l->rest));
    LK_TRY(lk_alloc(&l->rest_ratio, groups, sizeof *l->rest_ratio));
    if (wide)
        LK_TRY(lk_alloc(&l->matrix, groups * groups, sizeof *l->matrix));
    return LK_OK;
}

static lk_status find_all(finding *f, const lk_audit_options *options)
{
    LK_TRY(level_allocate(f->out, f->s->groups, f->tally->wide));
    find_rates(f);
    if (f->tally->wide)
        find_matrix(f);
    LK_TRY(lk_audit_compare(f->out, f->s->groups));
    LK_TRY(lk_audit_index_all(f->out, f->s->groups, options));
    find_plan(f);
    return find_what_if(f);
}

lk_status lk_audit_find(lk_audit_level *out, size_t level, const lk_audit_sorted *s,
                        const lk_audit_setting *setting, const lk_audit_tally *tally,
                        const lk_audit_options *options)
{
    *out =
        (lk_audit_level){.target = setting->target[level], .threshold = setting->threshold[level]};
    finding f = {.out = out, .level = level, .s = s, .set = setting, .tally = tally};
    LK_TRY(lk_alloc(&f.room.pairs, s->people, 2 * sizeof *f.room.pairs));
    f.room.errors = f.room.pairs + s->people;
    lk_status status = find_all(&f, options);
    free(f.room.pairs);
    return status;
}

void lk_audit_level_clear(lk_audit_level *l)
{
    void *owned[] = {l->fmr, l->fnmr, l->matrix, l->rest_ratio, l->rest};
    lk_audit_what_if_clear(&l->what_if);
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    *l = (lk_audit_level){0};
}

/* What-if at many rates of false matches: exactly, with intervals, where the sample is small enough
 * for the pairs to be gone through again and again; else from the distances that were counted. */
#include <math.h>
#include <stdlib.h>

#include "audit.h"

enum { MOST_TARGETS = 50, MOST_ROWS = 1500, MOST_GROUPS = 12 };
static const double HIGHEST = 0.5, EXPECTED = 50; /* wrong matches in a half */

static int settings_order(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Upwards to three digits, so that no rate falls below the least. */
static double settings_round(double rate)
{
    double unit = pow(10, floor(log10(rate)) - 2);
    return ceil(rate / unit - 1e-9) * unit;
}

/* Even steps of the logarithm, and the rates that were asked for. */
static size_t settings_choose(double targets[MOST_TARGETS + LK_AUDIT_LEVELS],
                              const lk_audit_findings *f)
{
    double least = EXPECTED / f->counts.halves.least, all[MOST_TARGETS + LK_AUDIT_LEVELS];
    size_t count = 0, kept = 0;
    if (!f->counts.halves.impostor || !(least <= HIGHEST))
        return 0;
    for (size_t i = 0; i < f->levels; i++)
        if (f->level[i].target >= least && f->level[i].target <= HIGHEST)
            all[count++] = f->level[i].target;
    size_t steps = MOST_TARGETS - count;
    for (size_t i = 0; i < steps; i++)
        all[count++] =
            settings_round(least * pow(HIGHEST / least, (double)i / (double)(steps - 1)));
    qsort(all, count, sizeof *all, settings_order);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || all[i] > targets[kept - 1] * (1 + 1e-9))
            targets[kept++] = all[i];
    return kept;
}

static lk_status settings_run(audit_settings *s, const audit_data *data, const double *targets,
                              size_t count)
{
    s->runs = cli_alloc(count / LK_AUDIT_LEVELS + 1, sizeof *s->runs);
    for (size_t at = 0; at < count; at += LK_AUDIT_LEVELS) {
        size_t left = count - at, some = left < LK_AUDIT_LEVELS ? left : LK_AUDIT_LEVELS;
        lk_audit_findings *run = &s->runs[s->run_count];
        lk_status status = audit_run_for(run, data, targets + at, some);
        if (status != LK_OK)
            return status;
        s->run_count++;
        for (size_t i = 0; i < some; i++)
            if (run->level[i].what_if.done)
                s->settings[s->count++] =
                    (lk_audit_page_setting){run->level[i].target, &run->level[i].what_if};
    }
    return LK_OK;
}

static lk_status settings_count(audit_settings *s, const lk_audit_findings *f,
                                const double *targets, size_t count)
{
    s->counted = cli_alloc(count, sizeof *s->counted);
    for (size_t i = 0; i < count; i++) {
        lk_status status = lk_audit_what_if_at(&s->counted[i], f, targets[i]);
        if (status != LK_OK)
            return status;
        s->counted_count++;
        if (s->counted[i].done)
            s->settings[s->count++] = (lk_audit_page_setting){targets[i], &s->counted[i]};
    }
    return LK_OK;
}

/* The rate of the level that is put first, or the nearest to it. */
static void settings_start(audit_settings *s, double fmr)
{
    for (size_t i = 0; i < s->count; i++)
        if (fabs(log(s->settings[i].fmr / fmr)) < fabs(log(s->settings[s->start].fmr / fmr)))
            s->start = i;
}

lk_status audit_settings_find(audit_settings *out, const audit_data *data,
                              const lk_audit_findings *headline)
{
    double targets[MOST_TARGETS + LK_AUDIT_LEVELS];
    const lk_audit_level *first = &headline->level[audit_first_level(headline)];
    *out = (audit_settings){0};
    size_t count = settings_choose(targets, headline);
    if (!count)
        return LK_OK;
    out->settings = cli_alloc(count, sizeof *out->settings);
    bool small = data->vectors.n <= MOST_ROWS && headline->groups <= MOST_GROUPS;
    lk_status status = small ? settings_run(out, data, targets, count)
                             : settings_count(out, headline, targets, count);
    settings_start(out, isnan(first->target) ? first->pooled.rate : first->target);
    return status;
}

void audit_settings_clear(audit_settings *s)
{
    for (size_t i = 0; i < s->run_count; i++)
        lk_audit_clear(&s->runs[i]);
    for (size_t i = 0; i < s->counted_count; i++)
        lk_audit_what_if_clear(&s->counted[i]);
    free(s->runs);
    free(s->counted);
    free(s->settings);
    *s = (audit_settings){0};
}

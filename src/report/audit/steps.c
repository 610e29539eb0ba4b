/* The thresholds that the slider stops at, and the rates there: those that the program was
 * told, with their intervals, or what the bins count. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/audit/sections.h"

enum { FROM_BINS = 64 };

static lk_status steps_make_room(lk_audit_steps *s, size_t groups, bool matrix)
{
    LK_TRY(lk_alloc(&s->thresholds, s->count, sizeof *s->thresholds));
    LK_TRY(lk_alloc(&s->ratio, s->count, sizeof *s->ratio));
    LK_TRY(lk_alloc(&s->fmr, s->count, groups * sizeof *s->fmr));
    LK_TRY(lk_alloc(&s->fnmr, s->count, groups * sizeof *s->fnmr));
    return matrix ? lk_alloc(&s->matrix, s->count, groups * groups * sizeof *s->matrix) : LK_OK;
}

/* ---- as they were told ---- */

static void steps_copy(lk_audit_steps *s, size_t step, const lk_audit_level *level, size_t groups)
{
    s->thresholds[step] = level->threshold;
    s->ratio[step] = level->fmr_extremes.groups >= 2
                         ? level->fmr_extremes.ratio
                         : (lk_contrast){.value = NAN, .low = NAN, .high = NAN};
    memcpy(s->fmr + step * groups, level->fmr, groups * sizeof *s->fmr);
    memcpy(s->fnmr + step * groups, level->fnmr, groups * sizeof *s->fnmr);
    if (s->matrix)
        memcpy(s->matrix + step * groups * groups, level->matrix,
               groups * groups * sizeof *s->matrix);
}

static lk_status steps_take(lk_audit_steps *s, const lk_audit_page *p)
{
    size_t groups = p->headline->groups;
    bool matrix = true;
    s->count = p->step_count;
    s->intervals = true;
    for (size_t i = 0; i < s->count; i++)
        matrix = matrix && p->steps[i]->matrix;
    LK_TRY(steps_make_room(s, groups, matrix));
    for (size_t i = 0; i < s->count; i++)
        steps_copy(s, i, p->steps[i], groups);
    return LK_OK;
}

/* ---- as the bins count ---- */

static double steps_sum(const double *bins, size_t count)
{
    double sum = 0;
    for (size_t b = 0; b < count; b++)
        sum += bins[b];
    return sum;
}

static lk_rate steps_rate(double errors, double pairs)
{
    return (lk_rate){.state = pairs > 0 ? LK_RATE_ESTIMATED : LK_RATE_NONE,
                     .few_errors = errors<10, .rate = pairs> 0 ? errors / pairs : NAN,
                     .low = NAN,
                     .high = NAN,
                     .errors = errors,
                     .pairs = pairs};
}

/* Up to an edge the bins know; `bins` of them lie below. */
static void steps_count(lk_audit_steps *s, size_t step, size_t bins, const lk_audit_findings *f)
{
    size_t g = f->groups;
    s->thresholds[step] = f->counts.edges[bins - 1];
    s->ratio[step] = (lk_contrast){.value = NAN, .low = NAN, .high = NAN};
    for (size_t a = 0; a < g; a++) {
        for (size_t b = 0; b < g; b++) {
            const double *counts = f->counts.impostor + (a * g + b) * LK_AUDIT_BINS;
            s->matrix[(step * g + a) * g + b] =
                steps_rate(steps_sum(counts, bins), steps_sum(counts, LK_AUDIT_BINS));
        }
        const double *genuine = f->counts.genuine + a * LK_AUDIT_BINS;
        double pairs = steps_sum(genuine, LK_AUDIT_BINS);
        s->fmr[step * g + a] = s->matrix[(step * g + a) * g + a];
        s->fnmr[step * g + a] = steps_rate(pairs - steps_sum(genuine, bins), pairs);
    }
}

void lk_audit_bins_used(size_t *first, size_t *last, const lk_audit_findings *f)
{
    *first = LK_AUDIT_BINS;
    *last = 0;
    for (size_t i = 0; i < f->groups * (f->groups + 1) * LK_AUDIT_BINS; i++) {
        size_t within = f->groups * f->groups * LK_AUDIT_BINS, b = i % LK_AUDIT_BINS;
        if (!((i < within ? f->counts.impostor[i] : f->counts.genuine[i - within]) > 0))
            continue;
        *first = b < *first ? b : *first;
        *last = b >= *last ? b + 1 : *last;
    }
}

void lk_audit_bins_shown(size_t *first, size_t *last, const lk_audit_findings *f)
{
    lk_audit_bins_used(first, last, f);
    if (*first >= *last) {
        *first = 0;
        *last = LK_AUDIT_BINS;
    }
}

/* The first level among equal steps over the bins that hold anything. */
static lk_status steps_from_bins(lk_audit_steps *s, const lk_audit_page *p)
{
    const lk_audit_findings *f = p->headline;
    const lk_audit_level *level = &f->level[p->first];
    size_t first, last, before = 0;
    lk_audit_bins_shown(&first, &last, f);
    size_t stride = (last - first) / FROM_BINS + 1;
    s->count = (last - first) / stride + 2;
    LK_TRY(steps_make_room(s, f->groups, true));
    size_t edges = s->count - 1, step = 0;
    while (before < edges && f->counts.edges[first + before * stride] < level->threshold)
        before++;
    for (size_t i = 0; i <= edges; i++) {
        if (i == before)
            steps_copy(s, step++, level, f->groups);
        size_t bins = first + i * stride + 1;
        if (i < edges)
            steps_count(s, step++, bins < LK_AUDIT_BINS ? bins : LK_AUDIT_BINS, f);
    }
    return LK_OK;
}

static size_t steps_find(const lk_audit_steps *s, double threshold)
{
    size_t best = 0;
    for (size_t i = 0; i < s->count; i++)
        if (fabs(s->thresholds[i] - threshold) < fabs(s->thresholds[best] - threshold))
            best = i;
    return best;
}

lk_status lk_audit_steps_create(lk_audit_steps *out, const lk_audit_page *page)
{
    const lk_audit_findings *f = page->headline;
    lk_audit_steps s = {0};
    lk_status status = LK_OK;
    if (page->step_count)
        status = steps_take(&s, page);
    else if (f->counts.impostor && f->level[page->first].matrix)
        status = steps_from_bins(&s, page);
    s.start = s.count ? steps_find(&s, f->level[page->first].threshold) : 0;
    if (status == LK_OK)
        *out = s;
    else
        lk_audit_steps_clear(&s);
    return status;
}

void lk_audit_steps_clear(lk_audit_steps *steps)
{
    free(steps->thresholds);
    free(steps->fmr);
    free(steps->fnmr);
    free(steps->matrix);
    free(steps->ratio);
    *steps = (lk_audit_steps){0};
}

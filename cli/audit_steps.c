/* Rates at many thresholds, by the same count of people and pairs as the headline's. */
#include <stdlib.h>

#include <likeness-program/audit_page.h>

#include "audit.h"

/* Beyond so many rows or groups the pairs are gone through for the headline only: the page
 * would take many times as long as the audit. */
enum { MOST_STEPS = 96, MOST_ROWS = 1500, MOST_GROUPS = 12 };

/* Edges of bins, so that what is drawn and what is counted part at the same distances. */
static size_t steps_choose(double edges[MOST_STEPS], const lk_audit_findings *f)
{
    size_t first, last, count = 0;
    lk_audit_bins_used(&first, &last, f);
    if (first >= last)
        return 0;
    size_t stride = (last - first + MOST_STEPS - 1) / MOST_STEPS;
    for (size_t b = first; b < last && count < MOST_STEPS; b += stride)
        edges[count++] = f->counts.edges[b];
    return count;
}

static int steps_order(const void *a, const void *b)
{
    const lk_audit_level *const *x = a, *const *y = b;
    return ((*x)->threshold > (*y)->threshold) - ((*x)->threshold < (*y)->threshold);
}

static void steps_gather(audit_steps *steps, const lk_audit_findings *headline)
{
    for (size_t i = 0; i < headline->levels; i++)
        steps->levels[steps->count++] = &headline->level[i];
    for (size_t r = 0; r < steps->run_count; r++)
        for (size_t i = 0; i < steps->runs[r].levels; i++)
            steps->levels[steps->count++] = &steps->runs[r].level[i];
    qsort(steps->levels, steps->count, sizeof(lk_audit_level *), steps_order);
}

lk_status audit_steps_find(audit_steps *out, const audit_data *data,
                           const lk_audit_findings *headline)
{
    double edges[MOST_STEPS];
    *out = (audit_steps){0};
    if (!headline->counts.impostor || data->vectors.n > MOST_ROWS || headline->groups > MOST_GROUPS)
        return LK_OK;
    size_t count = steps_choose(edges, headline), most = count / LK_AUDIT_LEVELS + 1;
    out->levels = cli_alloc(count + headline->levels, sizeof(lk_audit_level *));
    out->runs = cli_alloc(most, sizeof *out->runs);
    for (size_t at = 0; at < count; at += LK_AUDIT_LEVELS) {
        size_t left = count - at;
        lk_status status = audit_run_at(&out->runs[out->run_count], data, edges + at,
                                        left < LK_AUDIT_LEVELS ? left : LK_AUDIT_LEVELS);
        if (status != LK_OK)
            return status;
        out->run_count++;
    }
    steps_gather(out, headline);
    return LK_OK;
}

void audit_steps_clear(audit_steps *steps)
{
    for (size_t r = 0; r < steps->run_count; r++)
        lk_audit_clear(&steps->runs[r]);
    free(steps->runs);
    free(steps->levels);
    *steps = (audit_steps){0};
}

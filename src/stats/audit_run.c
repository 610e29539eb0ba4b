/* The audit from beginning to end: rows sorted, thresholds found, pairs counted, findings. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "stats/audit.h"
#include "stats/rate.h"

/* ---- groups ---- */

static void describe_group(lk_audit_group *out, const lk_audit_sorted *s, size_t g)
{
    double rows = 0, squares = 0;
    for (size_t k = s->group_start[g]; k < s->group_start[g + 1]; k++) {
        size_t m = s->group_member[k], p = s->member_person[m];
        double n = (double)s->member_rows[m];
        rows += n;
        squares += n * n;
        out->people++;
        out->genuine_people += n > 1;
        out->shared_people += s->member_start[p + 1] - s->member_start[p] > 1;
    }
    out->rows = (size_t)rows;
    out->impostor = (rows * rows - squares) / 2;
    out->genuine = (squares - rows) / 2;
}

/* Every two groups, and Holm over all of them. */
static lk_status compare_spreads(lk_audit_findings *f)
{
    size_t n = f->groups, count = 0, *order;
    lk_test *each;
    LK_TRY(lk_alloc(&f->spread, n * n, sizeof *f->spread));
    LK_TRY(lk_alloc(&each, n * n, sizeof *each));
    lk_status status = lk_alloc(&order, n * n, sizeof *order);
    for (size_t a = 0; a < n; a++)
        for (size_t b = a + 1; b < n; b++)
            each[count++] = lk_audit_welch(&f->group[a].spread, &f->group[b].spread);
    if (status == LK_OK)
        lk_test_adjust(each, count, order);
    for (size_t a = 0, k = 0; a < n; a++) {
        f->spread[a * n + a] = lk_test_none();
        for (size_t b = a + 1; b < n; b++, k++) {
            f->spread[a * n + b] = f->spread[b * n + a] = each[k];
            f->spread[b * n + a].statistic = -each[k].statistic;
        }
    }
    free(order);
    free(each);
    return status;
}

/* ---- all of it ---- */

static lk_status run_groups(lk_audit_findings *f, const lk_audit_sorted *s)
{
    f->rows = s->n;
    f->people = s->people;
    LK_TRY(lk_alloc(&f->group, f->groups, sizeof *f->group));
    for (size_t g = 0; g < f->groups; g++) {
        describe_group(&f->group[g], s, g);
        LK_TRY(lk_audit_spread(&f->group[g].spread, s, g));
    }
    return f->groups <= LK_AUDIT_MATRIX_GROUPS ? compare_spreads(f) : LK_OK;
}

static lk_status run_levels(lk_audit_findings *f, const lk_audit_sorted *s,
                            const lk_audit_setting *set, lk_audit_tally *tally,
                            const lk_audit_options *options)
{
    LK_TRY(lk_alloc(&f->level, set->levels, sizeof *f->level));
    for (; f->levels < set->levels; f->levels++) {
        lk_status status = lk_audit_find(&f->level[f->levels], f->levels, s, set, tally, options);
        if (status != LK_OK) {
            f->levels++; /* half of it is to be cleared, too */
            return status;
        }
    }
    f->counts = tally->counts;
    tally->counts = (lk_audit_counts){.impostor = NULL};
    return LK_OK;
}

static lk_status run_sorted(lk_audit_findings *f, const lk_audit_sorted *s,
                            const lk_audit_rows *rows, const lk_audit_options *options)
{
    lk_audit_setting set = {0};
    lk_audit_tally tally = {0};
    const lk_walk walk = {.what = "audit",
                          .x = s->x,
                          .n = s->n,
                          .d = s->d,
                          .metric = options->metric,
                          .threads = lk_walk_threads(),
                          .progress = rows->progress,
                          .progress_user = rows->progress_user};
    lk_status status = run_groups(f, s);
    if (status == LK_OK)
        status = lk_audit_set(&set, s, rows, options, &walk);
    if (status == LK_OK)
        status = lk_audit_count(&tally, s, &set, &walk);
    if (status == LK_OK)
        status = run_levels(f, s, &set, &tally, options);
    lk_audit_tally_clear(&tally);
    lk_audit_setting_clear(&set);
    return status;
}

lk_status lk_audit_run(lk_audit_findings *out, const lk_audit_rows *rows,
                       const lk_audit_options *options)
{
    lk_audit_options taken;
    lk_audit_sorted sorted;
    LK_REQUIRE(out && rows, LK_ERROR_ARGUMENT, "lk_audit_run: NULL argument");
    LK_TRY(lk_options_take(lk_audit_options_table(), &taken, options));
    LK_TRY(lk_audit_sort(&sorted, rows, taken.metric));
    lk_audit_findings found = {.groups = sorted.groups};
    lk_status status = run_sorted(&found, &sorted, rows, &taken);
    lk_audit_sorted_clear(&sorted);
    if (status == LK_OK)
        *out = found;
    else
        lk_audit_clear(&found);
    return status;
}

void lk_audit_clear(lk_audit_findings *f)
{
    if (!f)
        return;
    for (size_t t = 0; t < f->levels; t++)
        lk_audit_level_clear(&f->level[t]);
    free(f->level);
    free(f->group);
    free(f->spread);
    free(f->counts.impostor);
    free(f->counts.genuine);
    free(f->counts.halves.impostor);
    *f = (lk_audit_findings){0};
}

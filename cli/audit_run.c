/* The analyses: without what is there twice, with it, and of groups thinned to be alike. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "inputs.h"

/* Which photographs are in which of the groups that are compared. */
typedef struct run_rows {
    size_t *person, *group, *start; /* as lk_audit_rows has them */
} run_rows;

static void run_rows_clear(run_rows *rows)
{
    free(rows->person);
    free(rows->group);
    free(rows->start);
}

/* keep[member_count], or NULL: all; `copies`: also what is there already. */
static run_rows run_rows_make(const audit_data *data, const bool *keep, bool copies)
{
    size_t n = data->vectors.n, *of_row = cli_alloc(n, sizeof *of_row), count = 0;
    run_rows rows = {cli_alloc(n, sizeof *rows.person),
                     cli_alloc(data->member_count, sizeof *rows.group),
                     cli_alloc(n + 1, sizeof *rows.start)};
    for (size_t i = 0; i < data->count; i++)
        if (data->photos[i].row != SIZE_MAX)
            of_row[data->photos[i].row] = i;
    for (size_t row = 0; row < n; row++) {
        const audit_photo *photo = &data->photos[of_row[row]];
        bool taken = copies || photo->same_as == SIZE_MAX;
        rows.start[row] = count;
        rows.person[row] = photo->person;
        for (size_t m = photo->first; taken && m < photo->first + photo->count; m++) {
            size_t place = data->groups[data->member[m]].place;
            if (place != SIZE_MAX && (!keep || keep[m]))
                rows.group[count++] = place;
        }
    }
    rows.start[n] = count;
    free(of_row);
    return rows;
}

/* Thresholds count 0: found by the options. */
static lk_status run_with(lk_audit_findings *out, const audit_data *data, const run_rows *rows,
                          const lk_audit_options *options, const double *thresholds, size_t count)
{
    return lk_audit_run(out,
                        &(lk_audit_rows){.x = data->vectors.x,
                                         .n = data->vectors.n,
                                         .d = data->vectors.d,
                                         .person = rows->person,
                                         .people = data->person_count,
                                         .group = rows->group,
                                         .group_start = rows->start,
                                         .groups = data->compared_count,
                                         .thresholds = count ? thresholds : NULL,
                                         .threshold_count = count},
                        options);
}

static lk_audit_options run_options(const audit_data *data)
{
    lk_audit_options options = data->options->audit;
    options.metric = data->metric;
    options.seed = data->options->embed.how.common.seed;
    return options;
}

lk_status audit_run_at(lk_audit_findings *out, const audit_data *data, const double *thresholds,
                       size_t count)
{
    run_rows rows = run_rows_make(data, NULL, false);
    lk_audit_options options = run_options(data);
    options.draws = 0;
    lk_status status = run_with(out, data, &rows, &options, thresholds, count);
    run_rows_clear(&rows);
    return status;
}

lk_status audit_run_for(lk_audit_findings *out, const audit_data *data, const double *fmr,
                        size_t count)
{
    run_rows rows = run_rows_make(data, NULL, false);
    lk_audit_options options = run_options(data);
    options.draws = 0;
    options.fmr_count = count;
    memcpy(options.fmr, fmr, count * sizeof *fmr);
    lk_status status = run_with(out, data, &rows, &options, NULL, 0);
    run_rows_clear(&rows);
    return status;
}

static lk_status run_once(lk_audit_findings *out, const audit_data *data, const bool *keep,
                          bool copies)
{
    const audit_options *o = data->options;
    run_rows rows = run_rows_make(data, keep, copies);
    lk_audit_options options = run_options(data);
    lk_status status = run_with(out, data, &rows, &options, o->thresholds, o->threshold_count);
    run_rows_clear(&rows);
    return status;
}

/* ---- matched ---- */

static bool run_may_match(const audit_data *data, const audit_photo *photo, size_t member)
{
    return photo->row != SIZE_MAX && photo->same_as == SIZE_MAX &&
           data->groups[data->member[member]].place != SIZE_MAX;
}

/* Fills in out->kept; an exit status. */
static int run_match(audit_findings *out, const audit_data *data)
{
    const audit_options *o = data->options;
    size_t k = o->match_count, n = 0, *members = cli_alloc(data->member_count, sizeof *members);
    size_t *groups = cli_alloc(data->member_count, sizeof *groups), kept = 0;
    double *values = cli_alloc(data->member_count * k, sizeof *values);
    bool *keep = cli_alloc(data->member_count, sizeof *keep);
    for (size_t i = 0; i < data->count; i++)
        for (size_t m = data->photos[i].first; m < data->photos[i].first + data->photos[i].count;
             m++) {
            if (!run_may_match(data, &data->photos[i], m))
                continue;
            for (size_t j = 0; j < k; j++)
                values[n * k + j] = audit_measures[o->match[j]].of(&data->photos[i]);
            groups[n] = data->groups[data->member[m]].place;
            members[n++] = m;
        }
    lk_status status = lk_quality_match(keep, values, groups, n, k, data->compared_count,
                                        AUDIT_MATCH_BINS, o->embed.how.common.seed);
    out->kept = cli_alloc(data->member_count, sizeof *out->kept);
    for (size_t i = 0; i < n && status == LK_OK; i++) {
        out->kept[members[i]] = keep[i];
        kept += keep[i];
    }
    if (status == LK_OK && !kept)
        out->no_match = cli_strdup("no photographs are left that are alike in all groups");
    free(members);
    free(groups);
    free(values);
    free(keep);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

static int run_matched(audit_findings *out, const audit_data *data)
{
    int result = run_match(out, data);
    if (result != CLI_OK || out->no_match)
        return result;
    lk_status status = run_once(&out->matched, data, out->kept, false);
    out->has_matched = status == LK_OK;
    if (status == LK_ERROR_ARGUMENT) { /* too few are left */
        out->no_match = cli_strdup(lk_error_text());
        return CLI_OK;
    }
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

/* ---- all ---- */

static bool has_copies(const audit_data *data)
{
    for (size_t g = 0; g < data->compared_count; g++)
        if (data->groups[data->compared[g]].left_out)
            return true;
    return false;
}

int audit_run(audit_findings *out, const audit_data *data)
{
    *out = (audit_findings){0};
    lk_status status = run_once(&out->headline, data, NULL, false);
    if (status == LK_OK && has_copies(data)) {
        status = run_once(&out->with_all, data, NULL, true);
        out->has_all = status == LK_OK;
    }
    if (status != LK_OK && data->options->table)
        return cli_fail_vectors(status, data->options->table);
    if (status != LK_OK)
        return cli_fail_input(status);
    return data->options->match_count ? run_matched(out, data) : CLI_OK;
}

void audit_findings_clear(audit_findings *findings)
{
    lk_audit_clear(&findings->headline);
    lk_audit_clear(&findings->with_all);
    lk_audit_clear(&findings->matched);
    free(findings->kept);
    free(findings->no_match);
    *findings = (audit_findings){0};
}

static bool all_estimated(const lk_audit_findings *f, const lk_audit_level *level)
{
    for (size_t g = 0; g < f->groups; g++)
        if (level->fmr[g].state != LK_RATE_ESTIMATED)
            return false;
    return true;
}

/* The lowest threshold at which every group has a rate, else the highest of all. */
size_t audit_first_level(const lk_audit_findings *f)
{
    size_t best = 0;
    bool good = false;
    for (size_t i = 0; i < f->levels; i++) {
        bool here = all_estimated(f, &f->level[i]);
        bool lower = f->level[i].threshold < f->level[best].threshold;
        if (i == 0 || (here && (!good || lower)) || (!here && !good && !lower))
            best = i;
        good = good || here;
    }
    return best;
}

/* The audit on a terminal: what was audited, what is wrong with the data, what was found. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"

enum { MOST_SHOWN = 20, NAME = 24 };

static const char *text_in(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* ---- what was audited ---- */

static void say_model(const audit_data *data)
{
    const json_t *model = json_object_get(data->about, "model");
    const char *name = text_in(model, "name"), *digest = text_in(model, "sha256");
    if (name)
        cli_line(stdout, "model       %s, SHA-256 %s%s", name, digest ? digest : "not known",
                 json_is_true(json_object_get(model, "unpublished"))
                     ? ", not the published file of this name"
                     : "");
    else
        cli_line(stdout, "model       not known: no E.json beside %s says", data->options->table);
    cli_line(stdout, "distance    %s, of %zu numbers a face",
             data->metric == LK_METRIC_COSINE ? "cosine (1 minus the cosine)" : "euclidean",
             data->vectors.d);
}

static void say_thresholds(const lk_audit_findings *f)
{
    for (size_t i = 0; i < f->levels; i++) {
        const lk_audit_level *level = &f->level[i];
        if (isnan(level->target))
            cli_line(stdout, "threshold   %.6g, as given", level->threshold);
        else
            cli_line(stdout,
                     "threshold   %.6g, set so that %g of all groups' pairs of different people "
                     "together match",
                     level->threshold, level->target);
    }
    if (f->levels && !isnan(f->level[0].target))
        cli_line(stdout,
                 "            the rate of all groups together is so by construction, and no "
                 "finding; one global threshold serves all groups%s",
                 f->groups == 2 ? "; of two equal groups the two rates are one number" : "");
}

static void say_counts(const audit_data *data, const lk_audit_findings *f)
{
    size_t photos = 0, enrolled = 0;
    for (size_t i = 0; i < data->count; i++) {
        photos += data->photos[i].count && data->photos[i].print.face == 0;
        enrolled += data->photos[i].count && data->photos[i].row != SIZE_MAX;
    }
    cli_line(stdout, "audited     %zu %s, %zu %s embedded; compared: %zu %s of %zu %s in %zu %s",
             photos, cli_word(photos, "photograph", "photographs"), enrolled,
             cli_word(enrolled, "face", "faces"), f->rows, cli_word(f->rows, "face", "faces"),
             f->people, cli_word(f->people, "person", "people"), f->groups,
             cli_word(f->groups, "group", "groups"));
    cli_line(stdout, "groups      by %s", data->group_reason ? data->group_reason : "the list");
    cli_line(stdout, "people      %s", data->rule_reason);
}

static void say_groups(const audit_data *data, const lk_audit_findings *f)
{
    cli_end_line(stdout);
    cli_cell(stdout, "group", NAME);
    cli_line(stdout, "  %7s  %11s  %8s  %12s  %10s  %s", "people", "photographs", "enrolled",
             "pairs apart", "pairs same", "failure to enrol");
    for (size_t g = 0; g < data->group_count && g < MOST_SHOWN; g++) {
        const audit_group *group = &data->groups[g];
        bool compared = group->place != SIZE_MAX;
        const lk_audit_group *found = compared ? &f->group[group->place] : NULL;
        cli_cell(stdout, group->name, NAME);
        cli_print(stdout, "  %7zu  %11zu  %8zu  %12.0f  %10.0f  ", group->people, group->photos,
                  group->enrolled, found ? found->impostor : 0, found ? found->genuine : 0);
        if (group->failure.state == LK_RATE_ZERO)
            cli_line(stdout, "0 (at most %.3g)", group->failure.high);
        else
            cli_line(stdout, "%.3g (%.3g to %.3g)", group->failure.rate, group->failure.low,
                     group->failure.high);
    }
    if (data->group_count > MOST_SHOWN)
        cli_line(stdout, "and %zu more: groups.csv", data->group_count - MOST_SHOWN);
}

/* ---- what is wrong with the data ---- */

static void say_copies(const audit_data *data)
{
    size_t shown = 0, twice = 0;
    for (size_t i = 0; i < data->count; i++) {
        const audit_photo *photo = &data->photos[i];
        if (photo->same_as == SIZE_MAX || twice++ >= MOST_SHOWN)
            continue;
        shown++;
        cli_line(stdout, "            %s repeats %s (same %s, distance %.3g)", photo->path,
                 data->photos[photo->same_as].path, audit_same_name(photo->how), photo->distance);
    }
    if (twice > shown)
        cli_line(stdout, "            and %zu more: left_out.csv", twice - shown);
}

static void say_problems(const audit_data *data)
{
    cli_end_line(stdout);
    if (data->problem_count == 0)
        cli_line(stdout, "data        nothing wrong was found with it");
    for (size_t i = 0; i < data->problem_count && i < MOST_SHOWN; i++) {
        cli_line(stdout, "%-10s  %s", i ? "" : "data", data->problems[i].text);
        if (strcmp(data->problems[i].kind, "duplicates") == 0)
            say_copies(data);
    }
    if (data->problem_count > MOST_SHOWN)
        cli_line(stdout, "            and %zu more: audit.json", data->problem_count - MOST_SHOWN);
}

/* The nearest of all: to be looked at. */
static void say_near(const audit_data *data)
{
    enum { SHOWN = 5 };
    if (data->near_count == 0 || !data->photos_at_hand)
        return;
    cli_line(stdout, "            the nearest pairs of different people; is one of them one person "
                     "under two names?");
    for (size_t i = 0; i < data->near_count && i < SHOWN; i++)
        cli_line(stdout, "            %s and %s, distance %.3g",
                 data->photos[data->near[i].first].path, data->photos[data->near[i].second].path,
                 data->near[i].distance);
}

/* Of any of the first groups that are compared. */
static bool say_is_measured(const audit_data *data, const audit_measure *measure, const bool *keep,
                            size_t groups)
{
    for (size_t i = 0; i < groups; i++)
        if (audit_measure_of_group(data, measure, data->compared[i], keep).count)
            return true;
    return false;
}

/* Medians side by side, of groups that can stand so. */
static void say_quality(const audit_data *data, const bool *keep, const char *title)
{
    enum { MOST = 5, WIDTH = 14 };
    size_t count = data->compared_count < MOST ? data->compared_count : MOST;
    if (!data->photos_at_hand)
        return;
    cli_end_line(stdout);
    cli_cell(stdout, title, 44);
    for (size_t i = 0; i < count; i++) {
        cli_print(stdout, "  ");
        char *name = cli_shorten(audit_place_name(data, i), WIDTH);
        cli_cell(stdout, name, WIDTH);
        free(name);
    }
    cli_end_line(stdout);
    for (size_t m = 0; m < audit_measure_count; m++) {
        const audit_measure *measure = &audit_measures[m];
        if (!say_is_measured(data, measure, keep, count))
            continue;
        char *text = cli_format("%s (%s)", measure->title, measure->unit);
        char *cell = cli_shorten(text, 44);
        cli_cell(stdout, cell, 44);
        free(cell);
        free(text);
        for (size_t i = 0; i < count; i++) {
            audit_quartiles q = audit_measure_of_group(data, measure, data->compared[i], keep);
            if (q.count)
                cli_print(stdout, "  %-14.4g", q.middle);
            else
                cli_print(stdout, "  %-14s", "-");
        }
        cli_end_line(stdout);
    }
}

/* ---- what was found ---- */

static void say_missed(const lk_rate *fnmr)
{
    if (fnmr->state == LK_RATE_NONE)
        return;
    cli_print(stdout, "    Of %.0f %s of photographs of one person ", fnmr->pairs,
              fnmr->pairs == 1 ? "pair" : "pairs");
    if (fnmr->state == LK_RATE_ZERO)
        cli_line(stdout, "none is missed: FNMR at most %.2g.", fnmr->high);
    else if (fnmr->state == LK_RATE_ESTIMATED)
        cli_line(stdout, "%.0f are missed: FNMR %.2g (%.2g to %.2g).", fnmr->errors, fnmr->rate,
                 fnmr->low, fnmr->high);
    else
        cli_line(stdout, "%.0f %s missed, too few for a rate: FNMR at most %.2g.", fnmr->errors,
                 fnmr->errors == 1 ? "is" : "are", fnmr->high);
}

static void say_rates(const audit_data *data, const lk_audit_findings *f,
                      const lk_audit_level *level)
{
    size_t shown = f->groups < MOST_SHOWN ? f->groups : MOST_SHOWN;
    for (size_t g = 0; g < shown; g++) {
        char *sentence = audit_rate_sentence(&level->fmr[g], audit_place_name(data, g));
        cli_line(stdout, "  %s", sentence);
        free(sentence);
        say_missed(&level->fnmr[g]);
    }
    if (shown < f->groups)
        cli_line(stdout, "  and %zu more groups: groups.csv", f->groups - shown);
}

/* "6.7", "760"; "760,000" would claim digits that nobody has. The caller frees it. */
static char *times(double ratio)
{
    return ratio < 100 ? cli_format("%.2g", ratio) : cli_format("%.0f", ratio);
}

static void say_interval(const lk_contrast *ratio)
{
    char *low = times(ratio->low), *high = times(ratio->high);
    if (isnan(ratio->low))
        cli_line(stdout, " (no interval).");
    else if (!isfinite(ratio->high))
        cli_line(stdout, " (%s times or more).", low);
    else
        cli_line(stdout, " (%s to %s times; 1 is no difference).", low, high);
    free(low);
    free(high);
}

static void say_verdict(const audit_data *data, const lk_audit_findings *f,
                        const lk_audit_level *level)
{
    static const char *const words[] = {[LK_AUDIT_CANNOT_TELL] = "Cannot tell",
                                        [LK_AUDIT_CAN_TELL] = "Can tell",
                                        [LK_AUDIT_TOO_FEW] = "Too few to tell"};
    const lk_audit_extremes *x = &level->fmr_extremes;
    if (f->groups < 2)
        return;
    if (x->groups < 2) {
        cli_line(stdout, "  %s: fewer than two groups have a rate.", words[level->verdict]);
        return;
    }
    char *ratio = isnan(x->ratio.value) ? NULL : times(x->ratio.value);
    cli_print(stdout, "  %s: the highest rate, of group %s, is %s%s the lowest, of group %s",
              words[level->verdict], audit_place_name(data, x->worst), ratio ? ratio : "above",
              ratio ? " times" : "", audit_place_name(data, x->best));
    free(ratio);
    say_interval(&x->ratio);
}

static void say_level(const audit_data *data, const lk_audit_findings *f, size_t at)
{
    const lk_audit_level *level = &f->level[at];
    cli_end_line(stdout);
    if (isnan(level->target))
        cli_line(stdout, "This model, at the threshold %.6g, on these images:", level->threshold);
    else
        cli_line(stdout,
                 "This model, at the threshold %.6g (FMR %g), on these images:", level->threshold,
                 level->target);
    say_rates(data, f, level);
    say_verdict(data, f, level);
}

/* One line for an analysis beside the first one, at the same place in its list. */
static void say_beside(const audit_data *data, const lk_audit_findings *f, size_t at,
                       const char *title)
{
    cli_end_line(stdout);
    cli_line(stdout, "%s, at the threshold %.6g:", title, f->level[at].threshold);
    say_rates(data, f, &f->level[at]);
    say_verdict(data, f, &f->level[at]);
}

static void say_matched(const audit_data *data, const audit_findings *findings, size_t at)
{
    if (findings->no_match) {
        cli_end_line(stdout);
        cli_line(stdout, "matched     not done: %s", findings->no_match);
        return;
    }
    if (!findings->has_matched)
        return;
    say_quality(data, findings->kept, "medians of the matched");
    char *title = cli_format(
        "Of %zu faces that are alike in what --match names, drawn by seed %llu",
        findings->matched.rows, (unsigned long long)data->options->embed.how.common.seed);
    say_beside(data, &findings->matched, at, title);
    free(title);
}

void audit_say(const audit_data *data, const audit_findings *findings)
{
    const lk_audit_findings *f = &findings->headline;
    size_t first = audit_first_level(f);
    say_counts(data, f);
    say_model(data);
    say_thresholds(f);
    say_groups(data, f);
    say_problems(data);
    say_near(data);
    say_quality(data, NULL, "medians");
    for (size_t i = 0; i < f->levels; i++)
        if (i == first)
            say_level(data, f, i);
    for (size_t i = 0; i < f->levels; i++)
        if (i != first)
            say_level(data, f, i);
    if (findings->has_all)
        say_beside(data, &findings->with_all, first, "With the photographs that repeat others");
    say_matched(data, findings, first);
    cli_end_line(stdout);
    cli_line(stdout, "These are rates of one model on one set of images, and no property of "
                     "people.");
    cli_line(stdout, "page        %s/index.html", data->options->output);
    cli_line(stdout,
             "numbers     %s/audit.json, groups.csv, matrix.csv, left_out.csv, quality.csv, "
             "what_if.csv, distributions.csv",
             data->options->output);
}

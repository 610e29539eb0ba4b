/* audit.json: everything. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "json.h"
#include "metric.h"

enum { AUDIT_VERSION = 1 };

static json_t *whole_number(size_t value)
{
    return json_integer((json_int_t)value);
}

static void set_number(json_t *object, const char *key, double value)
{
    cli_json_set(object, key, cli_json_number(value));
}

/* ---- rates ---- */

static json_t *json_rate(const lk_rate *rate)
{
    json_t *object = json_object();
    cli_json_set(object, "state", json_string(audit_state_name(rate->state)));
    cli_json_set(object, "few_errors", json_boolean(rate->few_errors));
    set_number(object, "rate", rate->rate);
    set_number(object, "low", rate->low);
    set_number(object, "high", rate->high);
    set_number(object, "guaranteed", rate->guaranteed);
    set_number(object, "errors", rate->errors);
    set_number(object, "pairs", rate->pairs);
    cli_json_set(object, "people", whole_number(rate->people));
    set_number(object, "variance", rate->variance);
    set_number(object, "effective_pairs", rate->effective);
    return object;
}

static json_t *json_rates(const lk_rate *rates, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; rates && i < count; i++)
        cli_json_append(array, json_rate(&rates[i]));
    return array;
}

static json_t *json_contrast(const lk_contrast *contrast)
{
    json_t *object = json_object();
    set_number(object, "value", contrast->value);
    set_number(object, "low", contrast->low);
    set_number(object, "high", contrast->high);
    cli_json_set(object, "by_limits", json_boolean(contrast->by_limits));
    return object;
}

static json_t *json_test(const lk_test *test)
{
    json_t *object = json_object();
    set_number(object, "statistic", test->statistic);
    set_number(object, "df", test->df);
    set_number(object, "p", test->p);
    set_number(object, "p_adjusted", test->adjusted);
    return object;
}

static json_t *json_extremes(const audit_data *data, const lk_audit_extremes *x)
{
    json_t *object = json_object();
    bool there = x->groups >= 2;
    cli_json_set(object, "groups", whole_number(x->groups));
    cli_json_set(object, "worst",
                 there ? cli_json_text(audit_place_name(data, x->worst)) : json_null());
    cli_json_set(object, "best",
                 there ? cli_json_text(audit_place_name(data, x->best)) : json_null());
    cli_json_set(object, "ratio", there ? json_contrast(&x->ratio) : json_null());
    cli_json_set(object, "difference", there ? json_contrast(&x->difference) : json_null());
    return object;
}

static json_t *json_indices(const lk_audit_level *level)
{
    json_t *array = json_array();
    for (int i = 0; i < LK_AUDIT_INDICES; i++) {
        const lk_audit_index_about *about = lk_audit_index_describe((lk_audit_index_kind)i);
        json_t *object = json_object();
        cli_json_set(object, "name", json_string(about->name));
        set_number(object, "value", level->indices[i].value);
        set_number(object, "null_median", level->indices[i].null_median);
        set_number(object, "null_95_percent", level->indices[i].null_high);
        cli_json_set(object, "definition", json_string(about->definition));
        cli_json_set(object, "source", json_string(about->source));
        cli_json_set(object, "trap", json_string(about->trap));
        cli_json_append(array, object);
    }
    return array;
}

/* ---- what if ---- */

static json_t *json_what_if(const lk_audit_what_if *w, size_t groups)
{
    json_t *object = json_object(), *global = json_array(), *own = json_array();
    cli_json_set(object, "done", json_boolean(w->done));
    set_number(object, "least_expected_errors", w->least_expected);
    for (size_t half = 0; w->done && half < 2; half++)
        cli_json_append(global, cli_json_number(w->global[half]));
    for (size_t g = 0; w->done && g < groups; g++)
        cli_json_append(
            own, json_pack("[o,o]", cli_json_number(w->own[g][0]), cli_json_number(w->own[g][1])));
    size_t count = w->done ? groups : 0;
    cli_json_set(object, "global_thresholds", global);
    cli_json_set(object, "own_thresholds", own);
    cli_json_set(object, "global_fmr", json_rates(w->global_fmr, count));
    cli_json_set(object, "global_fnmr", json_rates(w->global_fnmr, count));
    cli_json_set(object, "own_fmr", json_rates(w->own_fmr, count));
    cli_json_set(object, "own_fnmr", json_rates(w->own_fnmr, count));
    return object;
}

/* ---- levels ---- */

static json_t *json_matrix(const lk_audit_level *level, size_t groups)
{
    json_t *rows = json_array();
    if (!level->matrix) {
        json_decref(rows);
        return json_null();
    }
    for (size_t a = 0; a < groups; a++)
        cli_json_append(rows, json_rates(level->matrix + a * groups, groups));
    return rows;
}

static json_t *json_level_groups(const audit_data *data, const lk_audit_findings *f,
                                 const lk_audit_level *level)
{
    json_t *array = json_array();
    for (size_t g = 0; g < f->groups; g++) {
        json_t *object = json_object();
        char *sentence = audit_rate_sentence(&level->fmr[g], audit_place_name(data, g));
        cli_json_set(object, "group", cli_json_text(audit_place_name(data, g)));
        cli_json_set(object, "fmr", json_rate(&level->fmr[g]));
        cli_json_set(object, "fnmr", json_rate(&level->fnmr[g]));
        cli_json_set(object, "fmr_over_rest",
                     level->rest_ratio ? json_contrast(&level->rest_ratio[g]) : json_null());
        cli_json_set(object, "test_against_rest",
                     level->rest ? json_test(&level->rest[g]) : json_null());
        cli_json_set(object, "sentence", cli_json_text(sentence));
        free(sentence);
        cli_json_append(array, object);
    }
    return array;
}

static json_t *json_plan(const lk_audit_plan_numbers *plan)
{
    json_t *object = json_object();
    cli_json_set(object, "people_a_group", whole_number(plan->people));
    cli_json_set(object, "for_the_width", whole_number(plan->width));
    cli_json_set(object, "for_10_errors", whole_number(plan->errors));
    return object;
}

static json_t *json_level(const audit_data *data, const lk_audit_findings *f,
                          const lk_audit_level *level)
{
    json_t *object = json_object();
    set_number(object, "fmr_target", level->target);
    set_number(object, "threshold", level->threshold);
    cli_json_set(object, "threshold_from",
                 json_string(isnan(level->target) ? "given" : "pooled pairs within groups"));
    cli_json_set(object, "verdict", json_string(audit_verdict_name(level->verdict)));
    cli_json_set(object, "pooled_fmr", json_rate(&level->pooled));
    cli_json_set(object, "groups", json_level_groups(data, f, level));
    cli_json_set(object, "fmr_worst_and_best", json_extremes(data, &level->fmr_extremes));
    cli_json_set(object, "fnmr_worst_and_best", json_extremes(data, &level->fnmr_extremes));
    cli_json_set(object, "omnibus", json_test(&level->omnibus));
    cli_json_set(object, "matrix", json_matrix(level, f->groups));
    cli_json_set(object, "indices", json_indices(level));
    set_number(object, "cv2", level->cv2);
    cli_json_set(object, "plan", json_plan(&level->plan));
    cli_json_set(object, "what_if", json_what_if(&level->what_if, f->groups));
    return object;
}

/* ---- an analysis ---- */

static json_t *json_spread(const lk_spread *spread)
{
    json_t *object = json_object();
    set_number(object, "wss_per_df", spread->wss);
    set_number(object, "wss_per_df_low", spread->wss_low);
    set_number(object, "wss_per_df_high", spread->wss_high);
    set_number(object, "variance", spread->variance);
    set_number(object, "mean_cosine", spread->cosine);
    set_number(object, "mean_cosine_low", spread->cosine_low);
    set_number(object, "mean_cosine_high", spread->cosine_high);
    return object;
}

static json_t *json_found_group(const audit_data *data, const lk_audit_findings *f, size_t g)
{
    const lk_audit_group *group = &f->group[g];
    json_t *object = json_object();
    cli_json_set(object, "group", cli_json_text(audit_place_name(data, g)));
    cli_json_set(object, "faces", whole_number(group->rows));
    cli_json_set(object, "people", whole_number(group->people));
    cli_json_set(object, "people_with_two_photographs", whole_number(group->genuine_people));
    cli_json_set(object, "people_in_other_groups_too", whole_number(group->shared_people));
    set_number(object, "pairs_of_different_people", group->impostor);
    set_number(object, "pairs_of_one_person", group->genuine);
    cli_json_set(object, "spread", json_spread(&group->spread));
    return object;
}

static json_t *json_spread_tests(const lk_audit_findings *f)
{
    if (!f->spread)
        return json_null();
    json_t *rows = json_array();
    for (size_t a = 0; a < f->groups; a++) {
        json_t *row = json_array();
        for (size_t b = 0; b < f->groups; b++)
            cli_json_append(row, json_test(&f->spread[a * f->groups + b]));
        cli_json_append(rows, row);
    }
    return rows;
}

static json_t *json_counts(const double *counts, size_t lists)
{
    if (!counts)
        return json_null();
    json_t *rows = json_array();
    for (size_t i = 0; i < lists; i++) {
        json_t *row = json_array();
        for (size_t b = 0; b < LK_AUDIT_BINS; b++)
            cli_json_append(row, cli_json_number(counts[i * LK_AUDIT_BINS + b]));
        cli_json_append(rows, row);
    }
    return rows;
}

/* Within groups only: those between are in distributions.csv. */
static json_t *json_distributions(const lk_audit_findings *f)
{
    json_t *object = json_object(), *edges = json_array();
    double *within = NULL;
    if (f->counts.impostor) {
        within = cli_alloc(f->groups * LK_AUDIT_BINS, sizeof *within);
        for (size_t g = 0; g < f->groups; g++)
            memcpy(within + g * LK_AUDIT_BINS,
                   f->counts.impostor + (g * f->groups + g) * LK_AUDIT_BINS,
                   LK_AUDIT_BINS * sizeof *within);
    }
    for (size_t b = 0; b < LK_AUDIT_BINS; b++)
        cli_json_append(edges, cli_json_number(f->counts.edges[b]));
    cli_json_set(object, "upper_edges", edges);
    cli_json_set(object, "different_people", json_counts(within, f->groups));
    cli_json_set(object, "one_person", json_counts(f->counts.genuine, f->groups));
    free(within);
    return object;
}

static json_t *json_analysis(const audit_data *data, const lk_audit_findings *f)
{
    json_t *object = json_object(), *groups = json_array(), *levels = json_array();
    for (size_t g = 0; g < f->groups; g++)
        cli_json_append(groups, json_found_group(data, f, g));
    for (size_t i = 0; i < f->levels; i++)
        cli_json_append(levels, json_level(data, f, &f->level[i]));
    cli_json_set(object, "faces", whole_number(f->rows));
    cli_json_set(object, "people", whole_number(f->people));
    cli_json_set(object, "groups", groups);
    cli_json_set(object, "levels", levels);
    cli_json_set(object, "spread_tests", json_spread_tests(f));
    cli_json_set(object, "distributions", json_distributions(f));
    return object;
}

/* ---- the data ---- */

static json_t *json_quartiles(const audit_quartiles *q)
{
    json_t *object = json_object();
    cli_json_set(object, "count", whole_number(q->count));
    set_number(object, "lower_quartile", q->low);
    set_number(object, "median", q->middle);
    set_number(object, "upper_quartile", q->high);
    return object;
}

static json_t *json_measures(const audit_data *data, size_t group, const bool *keep)
{
    json_t *object = json_object();
    for (size_t m = 0; m < audit_measure_count; m++) {
        audit_quartiles q = audit_measure_of_group(data, &audit_measures[m], group, keep);
        if (q.count)
            cli_json_set(object, audit_measures[m].name, json_quartiles(&q));
    }
    return object;
}

static json_t *json_group(const audit_data *data, size_t g, const audit_findings *findings)
{
    const audit_group *group = &data->groups[g];
    json_t *object = json_object();
    cli_json_set(object, "name", cli_json_text(group->name));
    cli_json_set(object, "photographs", whole_number(group->photos));
    cli_json_set(object, "people", whole_number(group->people));
    cli_json_set(object, "faces", whole_number(group->enrolled));
    cli_json_set(object, "people_enrolled", whole_number(group->enrolled_people));
    cli_json_set(object, "no_face", whole_number(group->no_face));
    cli_json_set(object, "unreadable", whole_number(group->failed));
    cli_json_set(object, "several_faces", whole_number(group->several));
    cli_json_set(object, "left_out_as_duplicates", whole_number(group->left_out));
    cli_json_set(object, "compared", json_boolean(group->place != SIZE_MAX));
    cli_json_set(object, "failure_to_enrol", json_rate(&group->failure));
    cli_json_set(object, "measures", json_measures(data, g, NULL));
    if (findings->has_matched)
        cli_json_set(object, "measures_matched", json_measures(data, g, findings->kept));
    return object;
}

static json_t *json_problems(const audit_data *data)
{
    json_t *array = json_array();
    for (size_t i = 0; i < data->problem_count; i++) {
        json_t *object = json_object();
        cli_json_set(object, "kind", json_string(data->problems[i].kind));
        cli_json_set(object, "count", whole_number(data->problems[i].count));
        cli_json_set(object, "text", cli_json_text(data->problems[i].text));
        cli_json_append(array, object);
    }
    return array;
}

static json_t *json_duplicates(const audit_data *data)
{
    json_t *array = json_array();
    for (size_t i = 0; i < data->count; i++) {
        const audit_photo *photo = &data->photos[i];
        if (photo->same_as == SIZE_MAX)
            continue;
        const audit_photo *first = &data->photos[photo->same_as];
        json_t *object = json_object();
        cli_json_set_path(object, "path", photo->path);
        cli_json_set_path(object, "same_as", first->path);
        cli_json_set(object, "row", whole_number(photo->row));
        cli_json_set(object, "same_as_row", whole_number(first->row));
        cli_json_set(object, "how", json_string(audit_same_name(photo->how)));
        set_number(object, "correlation", photo->correlation);
        set_number(object, "distance", photo->distance);
        cli_json_set(object, "one_person", json_boolean(photo->person == first->person));
        cli_json_append(array, object);
    }
    return array;
}

static json_t *json_near(const audit_data *data)
{
    json_t *array = json_array();
    for (size_t i = 0; i < data->near_count; i++) {
        const audit_photo *a = &data->photos[data->near[i].first];
        const audit_photo *b = &data->photos[data->near[i].second];
        json_t *object = json_object();
        cli_json_set_path(object, "path", a->path);
        cli_json_set_path(object, "other_path", b->path);
        cli_json_set(object, "row", whole_number(a->row));
        cli_json_set(object, "other_row", whole_number(b->row));
        cli_json_set(object, "person", cli_json_text(data->persons[a->person]));
        cli_json_set(object, "other_person", cli_json_text(data->persons[b->person]));
        set_number(object, "distance", data->near[i].distance);
        cli_json_append(array, object);
    }
    return array;
}

static json_t *json_groups(const audit_data *data, const audit_findings *findings)
{
    json_t *array = json_array();
    for (size_t g = 0; g < data->group_count; g++)
        cli_json_append(array, json_group(data, g, findings));
    return array;
}

static json_t *json_definitions(void)
{
    json_t *object = json_object();
    static const char *const words[][2] = {
        {"fmr", "false match rate: share of the pairs of different people that are at most the "
                "threshold apart"},
        {"fnmr", "false non-match rate: share of the pairs of photographs of one person that are "
                 "further apart than the threshold"},
        {"interval", "95 %, counting people, not pairs (dyadic variance; Clopper and Pearson on "
                     "the effective number of pairs)"},
        {"state", "estimated; few_errors: fewer than 10 wrong pairs, only the upper limit is to be "
                  "shown; no_error: none, `high` is a bound; no_pair"},
        {"failure_to_enrol", "share of the photographs without a face or not readable; its "
                             "interval counts people"},
        {"turn", "how far the nose lies beside the middle of the eyes, in distances of the eyes; "
                 "no angle"},
        {"sharpness", "variance of the Laplacian of the face's luma at 112 x 112 pixels"},
        {"jpeg", "quality at which the Independent JPEG Group's library would have made the first "
                 "quantisation table, or the nearest"},
        {"duplicates", "same bytes; same pixels; same picture: hashes of 64 frequencies differ in "
                       "at most 10 and thumbnails correlate with .98; same vector: 1e-5 of the "
                       "usual length apart"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        cli_json_set(object, words[i][0], json_string(words[i][1]));
    return object;
}

static json_t *json_matching(const audit_data *data, const audit_findings *findings)
{
    json_t *object = json_object(), *names = json_array();
    const audit_options *o = data->options;
    if (!o->match_count) {
        json_decref(object);
        json_decref(names);
        return json_null();
    }
    for (size_t i = 0; i < o->match_count; i++)
        cli_json_append(names, json_string(audit_measures[o->match[i]].name));
    cli_json_set(object, "by", names);
    cli_json_set(object, "parts", json_integer(AUDIT_MATCH_BINS));
    cli_json_set(object, "not_done",
                 findings->no_match ? cli_json_text(findings->no_match) : json_null());
    cli_json_set(object, "analysis",
                 findings->has_matched ? json_analysis(data, &findings->matched) : json_null());
    return object;
}

json_t *audit_json(const audit_data *data, const audit_findings *findings)
{
    json_t *object = json_object();
    char *program = cli_format("likeness %s", lk_version());
    const json_t *model = json_object_get(data->about, "model");
    cli_json_set(object, "format", json_string("likeness audit"));
    cli_json_set(object, "version", json_integer(AUDIT_VERSION));
    cli_json_set(object, "program", json_string(program));
    cli_json_set(object, "seed", json_integer((json_int_t)data->options->embed.how.common.seed));
    cli_json_set_path(object, "table", data->options->table);
    cli_json_set(object, "model", model ? json_deep_copy(model) : json_null());
    cli_json_set(object, "metric", json_string(cli_metric_name(data->metric)));
    cli_json_set(object, "dimensions", whole_number(data->vectors.d));
    cli_json_set(object, "groups_by", cli_json_text(data->group_reason ? data->group_reason : ""));
    cli_json_set(object, "people_by", json_string(audit_rule_name(data->rule)));
    cli_json_set(object, "people_by_why", cli_json_text(data->rule_reason));
    cli_json_set(object, "problems", json_problems(data));
    cli_json_set(object, "duplicates", json_duplicates(data));
    cli_json_set(object, "nearest_pairs_of_different_people", json_near(data));
    cli_json_set(object, "groups", json_groups(data, findings));
    cli_json_set(object, "headline_level", whole_number(audit_first_level(&findings->headline)));
    cli_json_set(object, "headline", json_analysis(data, &findings->headline));
    cli_json_set(object, "with_duplicates",
                 findings->has_all ? json_analysis(data, &findings->with_all) : json_null());
    cli_json_set(object, "matched", json_matching(data, findings));
    cli_json_set(object, "definitions", json_definitions());
    free(program);
    return object;
}

/* likeness audit: how often a model mistakes the people of a group for each other, and how
 * sure that is. */
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "json.h"
#include "metric.h"
#include "outputs.h"
#include "rows.h"
#include "sidecar.h"
#include "signals.h"

enum {
    KEY_GROUP = CLI_KEY_OWN,
    KEY_GROUPS,
    KEY_LABELS,
    KEY_GROUP_COLUMN,
    KEY_PERSON,
    KEY_METRIC,
    KEY_THRESHOLD,
    KEY_FMR,
    KEY_MATCH,
    KEY_NO_PHOTOS,
    KEY_FORCE,
    KEY_JSON
};

static const char table_name[] = "embeddings.npy";

/* ---- options ---- */

static void audit_take_group(struct argp_state *state, audit_options *o, char *text)
{
    char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        cli_usage(state, "--group takes NAME=PATTERN, as 'A=photos/a*', not '%s'", text);
    if (o->glob_count == AUDIT_MOST_GLOBS)
        cli_usage(state, "at most %d times --group; --groups FILE.csv takes more",
                  AUDIT_MOST_GLOBS);
    if (!o->globs) {
        o->globs = cli_alloc(AUDIT_MOST_GLOBS, sizeof *o->globs);
        o->patterns = cli_alloc(AUDIT_MOST_GLOBS, sizeof *o->patterns);
    }
    *equals = '\0';
    o->globs[o->glob_count] = text;
    o->patterns[o->glob_count++] = equals + 1;
}

static void take_column(struct argp_state *state, audit_options *o, const char *text)
{
    if (o->column_count == AUDIT_MOST_COLUMNS)
        cli_usage(state, "at most %d times --group-column", AUDIT_MOST_COLUMNS);
    o->columns[o->column_count++] = text;
}

static int measure_named(const char *name)
{
    for (size_t i = 0; i < audit_measure_count; i++)
        if (strcmp(audit_measures[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* "age, face_size and inside"; the caller frees it. */
static char *audit_measure_names(void)
{
    char *names = cli_strdup(audit_measures[0].name);
    for (size_t i = 1; i < audit_measure_count; i++) {
        char *more = cli_format("%s%s%s", names, i + 1 < audit_measure_count ? ", " : " and ",
                                audit_measures[i].name);
        free(names);
        names = more;
    }
    return names;
}

/* Cuts the text at its commas. */
static void take_match(struct argp_state *state, audit_options *o, char *text)
{
    o->match_count = 0;
    for (char *comma; text; text = comma) {
        comma = strchr(text, ',');
        if (comma)
            *comma++ = '\0';
        if (o->match_count == AUDIT_MOST_MATCHES)
            cli_usage(state, "--match takes at most %d measures", AUDIT_MOST_MATCHES);
        int measure = measure_named(text);
        if (measure < 0)
            cli_usage(state, "--match takes %s, not '%s'", audit_measure_names(), text);
        o->match[o->match_count++] = measure;
    }
}

static void audit_check(struct argp_state *state, audit_options *o)
{
    bool by_path = o->glob_count || o->list;
    cli_need_folder(state, o->output);
    if (o->embed.how.detect.keep_all)
        cli_usage(state, "an audit takes one face a photograph: it has no --keep-all; embed "
                         "with it, and audit E.npy");
    if (o->glob_count && o->list)
        cli_usage(state, "--group and --groups: which of them?");
    if (o->column_count && o->glob_count)
        cli_usage(state, "--group-column is of a table's groups, and --group makes its own");
    if (!o->table && !by_path)
        cli_usage(state, "say which photographs are in which group: --group NAME=GLOB for each, or "
                         "--groups FILE.csv");
    if (!o->table && o->labels)
        cli_usage(state, "--labels goes with E.npy");
}

static bool is_table(const char *path)
{
    size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, ".npy") == 0;
}

static void take_arguments(struct argp_state *state, audit_options *o)
{
    cli_paths *paths = &o->embed.how.paths;
    cli_take_paths(state, paths, 1, SIZE_MAX, "photographs, folders of them, or E.npy");
    for (size_t i = 0; i < paths->count; i++)
        if (is_table(paths->items[i]))
            o->table = paths->items[i];
    if (o->table && paths->count > 1)
        cli_usage(state, "E.npy is audited by itself, not with other paths");
}

static void take_setting(struct argp_state *state, audit_options *o, int key, char *text)
{
    switch (key) {
    case KEY_METRIC:
        cli_row_set(state, "--metric", lk_audit_options_table(), &o->audit, "metric", text);
        o->metric_given = true;
        break;
    case KEY_FMR:
        cli_row_set(state, "--fmr", lk_audit_options_table(), &o->audit, "fmr", text);
        break;
    case KEY_THRESHOLD:
        o->threshold_count = cli_parse_numbers(state, "--threshold", text, -1e9, 1e9, o->thresholds,
                                               LK_AUDIT_LEVELS);
        break;
    default:
        if (!audit_rule_parse(&o->person, text))
            cli_usage(state, "--person takes auto, photograph, first, last or path, not '%s'",
                      text);
    }
}

static error_t audit_parse(int key, char *text, struct argp_state *state)
{
    audit_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: lk_audit_options_init(&o->audit); break;
    case 'o': o->output = cli_folder_name(text); break;
    case KEY_GROUP: audit_take_group(state, o, text); break;
    case KEY_GROUPS: o->list = text; break;
    case KEY_LABELS: o->labels = text; break;
    case KEY_GROUP_COLUMN: take_column(state, o, text); break;
    case KEY_PERSON:
    case KEY_METRIC:
    case KEY_THRESHOLD:
    case KEY_FMR: take_setting(state, o, key, text); break;
    case KEY_MATCH: take_match(state, o, text); break;
    case KEY_NO_PHOTOS: o->no_photos = true; break;
    case KEY_FORCE: o->embed.force = true; break;
    case KEY_JSON: o->json = true; break;
    case ARGP_KEY_NO_ARGS:
    case ARGP_KEY_ARGS: take_arguments(state, o); break;
    case ARGP_KEY_SUCCESS: audit_check(state, o); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option audit_argp_options[] = {
    {"output", 'o', "DIR", 0, "Write audit.json and the tables into DIR", 1},
    {"group", KEY_GROUP, "NAME=GLOB", 0,
     "A group: the photographs whose whole path matches the pattern, in which * crosses slashes, "
     "or that lie in the folder of this name. Quote it; repeat for each",
     0},
    {"groups", KEY_GROUPS, "FILE.csv", 0,
     "Groups from a table with the columns path and group, and person and age where they are "
     "known; paths count from the table's folder, or else from the working directory",
     0},
    {"labels", KEY_LABELS, "E.csv", 0,
     "Of E.npy: who is in its rows, columns row, person (else label) and group (default: the .csv "
     "of its name beside it)",
     0},
    {"group-column", KEY_GROUP_COLUMN, "NAME", 0,
     "The column of the table that has the groups (default: group). Twice or more: the groups are "
     "the combinations",
     0},
    {"person", KEY_PERSON, "RULE", 0,
     "Who is one person: first, last or path, folders as for --label-from of 'likeness embed'; "
     "photograph, each photograph somebody else; auto, a column that says it, else photograph "
     "where each group lies in one folder, else the innermost folder (default: auto)",
     0},
    {"fmr", KEY_FMR, "R,R,...", 0,
     "False match rates of all groups together that set a threshold each (default: "
     "0.01,0.001,0.0001)",
     0},
    {"threshold", KEY_THRESHOLD, "T,T,...", 0, "Thresholds, distances, in their place", 0},
    {"metric", KEY_METRIC, "NAME", 0,
     "What a distance is: euclidean, or cosine, which is 1 minus the cosine (default: as E.json "
     "says, else euclidean)",
     0},
    {"match", KEY_MATCH, "MEASURE,...", 0,
     "Audit once more groups that are thinned until they are alike in these: age, face_size, "
     "eye_distance, turn, tilt, brightness, contrast, sharpness, jpeg, inside",
     0},
    {"no-photos", KEY_NO_PHOTOS, NULL, 0,
     "Do not open the photographs to measure them and to find copies", 0},
    {"force", KEY_FORCE, NULL, 0, "Embed anew what was embedded or interrupted", 0},
    {"json", KEY_JSON, NULL, 0, "Print what audit.json holds, on one line, and no text", 0},
    {0},
};

static const char audit_doc[] =
    "Compares groups of people: how often a model mistakes different people of a group for each "
    "other at one threshold for all (FMR), how often it misses that two photographs show one "
    "person (FNMR), how many photographs it finds no face in; and how sure each of these is, which "
    "depends on the number of people, not of pairs. Photographs are embedded first, as 'likeness "
    "embed' does it, into DIR/embeddings.npy; or E.npy is given, of any model. What is wrong with "
    "the data comes first: photographs that are there twice are listed and left out of the "
    "headline figures, which are also given with them. Writes audit.json, groups.csv, matrix.csv, "
    "left_out.csv, quality.csv, what_if.csv, distributions.csv and index.html, a page of it all, "
    "into DIR. 'likeness audit plan' "
    "says how many people are needed."
    "\vExamples:\n"
    "  likeness audit p/ --group 'A=p/a/*' --group 'B=p/b/*' -o audit/\n"
    "  likeness audit E.npy --group-column sex --group-column age_band -o audit/\n"
    "  likeness audit plan --fmr 1e-3 --factor 1.5\n";

/* ---- embedding ---- */

/* Leaves only the photographs that are in a group. */
static int keep_grouped(cli_inputs *inputs, const audit_options *o)
{
    audit_members members;
    size_t kept = 0;
    const char **paths = cli_alloc(inputs->count, sizeof *paths);
    for (size_t i = 0; i < inputs->count; i++)
        paths[i] = inputs->files[i].path;
    int status = audit_members_find(&members, o, paths, inputs->count);
    free(paths);
    if (status != CLI_OK)
        return status;
    for (size_t i = 0; i < inputs->count; i++)
        if (members.start[i + 1] > members.start[i])
            inputs->files[kept++] = inputs->files[i];
    if (kept < inputs->count)
        cli_say("%zu of %zu photographs are in no group and are left out", inputs->count - kept,
                inputs->count);
    inputs->count = kept;
    audit_members_clear(&members);
    return CLI_OK;
}

static lk_label_rule label_rule(audit_rule rule)
{
    return rule == AUDIT_FIRST  ? LK_LABEL_FIRST
           : rule == AUDIT_PATH ? LK_LABEL_PATH
                                : LK_LABEL_LAST;
}

static int audit_check_outputs(const audit_options *o, const cli_inputs *inputs)
{
    cli_outputs outputs = {0};
    cli_outputs_read(&outputs, o->list);
    cli_outputs_read(&outputs, o->labels);
    if (o->table) {
        char *list = cli_sidecar_path(o->table, ".csv"),
             *about = cli_sidecar_path(o->table, ".json");
        cli_outputs_read(&outputs, o->table);
        cli_outputs_read(&outputs, list);
        cli_outputs_read(&outputs, about);
        free(list);
        free(about);
        for (size_t i = 0; i < AUDIT_FILES; i++) {
            char *path = cli_format("%s/%s", o->output, audit_file_names[i]);
            cli_outputs_write(&outputs, path);
            free(path);
        }
        return cli_outputs_check(&outputs);
    }
    cli_embedding_read(&outputs, &o->embed.how, inputs);
    cli_outputs_write_in(&outputs, o->output, table_name);
    for (size_t i = 0; i < AUDIT_FILES; i++)
        cli_outputs_write_in(&outputs, o->output, audit_file_names[i]);
    return cli_outputs_check(&outputs);
}

/* Photographs that cannot be used are failures to enrol, which the audit counts: *embedded
 * whether there is a table now. */
static int embed_photographs(audit_options *o, cli_inputs *inputs, bool *embedded)
{
    inputs->label = o->embed.labels.rule;
    int status = cli_inputs_add_all(inputs, &o->embed.how.paths);
    int missing = cli_embedding_needs(&o->embed.how);
    if (missing != CLI_OK || inputs->count == 0)
        return cli_worse(status, missing);
    int grouped = keep_grouped(inputs, o);
    if (grouped == CLI_OK)
        grouped = audit_check_outputs(o, inputs);
    if (grouped != CLI_OK)
        return cli_worse(status, grouped);
    int made = CLI_OK;
    if (audit_is_embedded(o, inputs))
        cli_say("%s holds these photographs by this model: not embedded again (--force does)",
                o->embed.output);
    else
        made = embed_files(&o->embed, inputs);
    *embedded = made <= CLI_SOME_FAILED && !cli_interrupted();
    cli_inputs_tell_skipped(inputs);
    return cli_worse(status, made);
}

/* ---- the audit ---- */

static int audit_data_look(audit_data *data)
{
    int status = audit_people_find(data);
    if (status != CLI_OK)
        return status;
    if (!data->options->no_photos)
        audit_photos_measure(data);
    if (cli_interrupted())
        return CLI_OK;
    status = audit_same_find(data);
    lk_status near = audit_near_find(data);
    if (near != LK_OK)
        return cli_fail_vectors(near, data->options->table);
    audit_groups_sum(data);
    audit_problems_find(data);
    if (status == CLI_OK && data->compared_count == 0) {
        cli_error("%s: no group has two people: there is nobody to be mistaken for another",
                  data->options->table);
        for (size_t i = 0; i < data->problem_count; i++)
            cli_error("%s", data->problems[i].text);
        return CLI_SOME_FAILED;
    }
    return status;
}

static int audit_check_thresholds(const audit_data *data)
{
    const audit_options *o = data->options;
    for (size_t i = 0; i < o->threshold_count; i++)
        if (!cli_metric_takes(data->metric, "--threshold", o->thresholds[i]))
            return CLI_USAGE;
    return CLI_OK;
}

static int audit_table(const audit_options *o)
{
    audit_data data = {0};
    audit_findings findings = {0};
    int status = audit_data_read(&data, o);
    if (status == CLI_OK)
        status = audit_check_thresholds(&data);
    if (status == CLI_OK)
        status = audit_data_look(&data);
    if (status == CLI_OK && !cli_interrupted())
        status = audit_run(&findings, &data);
    if (status == CLI_OK && !cli_interrupted())
        status = audit_write(&data, &findings);
    if (status == CLI_OK && !cli_interrupted()) {
        if (o->json)
            cli_json_print(stdout, audit_json(&data, &findings));
        else
            audit_say(&data, &findings);
        status = data.failed ? CLI_SOME_FAILED : CLI_OK;
    }
    audit_findings_clear(&findings);
    audit_data_clear(&data);
    return status;
}

static int audit_all(audit_options *o, cli_inputs *inputs)
{
    char *made = NULL;
    lk_lock *lock = NULL;
    bool ready = o->table;
    int status = ready ? audit_check_outputs(o, inputs) : CLI_OK;
    if (status != CLI_OK)
        return status;
    if (!o->table) {
        made = cli_format("%s/%s", o->output, table_name);
        o->embed.output = made;
        o->embed.within = true;
        o->embed.labels = (cli_label_options){label_rule(o->person), true};
        status = embed_photographs(o, inputs, &ready);
        o->table = made;
    }
    if (ready) {
        lk_status locked = lk_lock_folder(&lock, o->output, 0);
        status = cli_worse(status, locked == LK_OK ? audit_table(o) : cli_fail(locked));
    }
    lk_lock_release(lock);
    free(made);
    return status;
}

int cmd_audit(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "plan") == 0)
        return audit_plan(argc, argv);
    audit_options o = {0};
    cli_inputs inputs = {0};
    static const cli_part parts[] = {{&cli_embedding_argp, offsetof(audit_options, embed.how)},
                                     {0}};
    const struct argp argp = {.options = audit_argp_options,
                              .parser = audit_parse,
                              .args_doc = "PATH...|E.npy",
                              .doc = audit_doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_signals_catch();
    int status = audit_all(&o, &inputs);
    cli_inputs_clear(&inputs);
    free(o.globs);
    free(o.patterns);
    return status;
}

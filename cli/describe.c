#include "describe.h"

#include <stdlib.h>
#include <string.h>

#include "inputs.h"
#include "json.h"
#include "model_json.h"
#include "outputs.h"
#include "rows.h"

/* ---- the command line ---- */

static void describe_keep(cli_describe_options *o, const lk_option *row, const char *text)
{
    size_t at = 0;
    while (at < o->count && o->given[at].row != row)
        at++;
    if (at == CLI_MOST_TRAITS)
        return;
    o->given[at].row = row;
    o->given[at].text = text ? text : "on";
    o->count += at == o->count;
}

static error_t describe_parse(int key, char *text, struct argp_state *state)
{
    lk_model_traits trial;
    lk_model_traits_init(&trial);
    if (key == ARGP_KEY_INIT)
        *(cli_describe_options *)state->input = (cli_describe_options){0};
    error_t result = cli_rows_take(state, key, text, lk_model_traits_table(), &trial);
    if (result == 0)
        describe_keep(state->input, cli_row_of(key, NULL), text);
    return result;
}

static struct argp_option describe_rows[] = {
    {NULL, 0, NULL, 0, "Of describe, what FILE.json is to say:", 20},
    CLI_ROW_IN_GROUP("name", 20),
    CLI_ROW("size"),
    CLI_ROW("margin"),
    CLI_ROW("resize"),
    CLI_ROW("align"),
    CLI_ROW("colours"),
    CLI_ROW("mean"),
    CLI_ROW("deviation"),
    CLI_ROW("width"),
    CLI_ROW("unit"),
    CLI_ROW("metric"),
    CLI_ROW("threshold"),
    CLI_ROW("threshold-source"),
    {0},
};

const struct argp cli_describe_argp = {.options = describe_rows, .parser = describe_parse};

/* ---- printing ---- */

static const char *source_words(const lk_model_traits *traits)
{
    switch (traits->source) {
    case LK_TRAITS_IN_FILE: return "the file";
    case LK_TRAITS_BESIDE: return "the .json beside it";
    default: return "its kind of network";
    }
}

static const char *source_name(const lk_model_traits *traits)
{
    static const char *const names[] = {
        [LK_TRAITS_OF_KIND] = "kind", [LK_TRAITS_IN_FILE] = "file", [LK_TRAITS_BESIDE] = "beside"};
    return names[traits->source];
}

static int print_trait(const lk_model_traits *traits, const lk_option *row)
{
    char *text = NULL;
    lk_status status = lk_option_get(&text, lk_model_traits_table(), traits, row->name);
    if (status != LK_OK)
        return cli_fail(status);
    bool unknown = !*text || (row->preset_words && strcmp(text, row->preset) == 0);
    const char *unit = row->unit && !unknown ? row->unit : "";
    cli_line(stdout, "  %-17s  %s%s%s", row->name,
             !unknown            ? text
             : row->preset_words ? row->preset_words
                                 : "not known",
             *unit ? " " : "", unit);
    lk_free(text);
    return CLI_OK;
}

static int print_traits(const char *path, const lk_model_traits *traits)
{
    const lk_options_table *table = lk_model_traits_table();
    int status = CLI_OK;
    cli_line(stdout, "%s, as %s says:", path, source_words(traits));
    for (size_t i = 0; i < lk_options_count(table) && status == CLI_OK; i++)
        status = print_trait(traits, lk_options_row(table, i));
    return status;
}

static int print_known(const char *path, const lk_model_traits *traits, bool json)
{
    if (!json)
        return print_traits(path, traits);
    json_t *object = json_object(), *model = cli_model_json(traits);
    cli_json_set_path(object, "path", path);
    cli_json_set(object, "source", json_string(source_name(traits)));
    if (json_object_update(object, model) != 0)
        cli_out_of_memory();
    json_decref(model);
    cli_json_print(stdout, object);
    return CLI_OK;
}

/* ---- the work ---- */

static bool is_given(const cli_describe_options *o, const char *name)
{
    for (size_t i = 0; i < o->count; i++)
        if (strcmp(o->given[i].row->name, name) == 0)
            return true;
    return false;
}

static int describe_write(const cli_describe_options *o, const lk_model_traits *known,
                          const char *path)
{
    lk_model_traits said = *known; /* whose texts are borrowed */
    said.struct_size = sizeof said;
    lk_status status = LK_OK;
    for (size_t i = 0; i < o->count && status == LK_OK; i++)
        status =
            lk_option_set(lk_model_traits_table(), &said, o->given[i].row->name, o->given[i].text);
    if (!is_given(o, "threshold") && said.metric != known->metric)
        said.threshold = 0; /* it was of the other metric */
    if (said.threshold == 0 || (is_given(o, "threshold") && !is_given(o, "threshold_source")))
        said.threshold_source = NULL;
    if (status == LK_OK)
        status = lk_model_traits_write(&said, path);
    if (status == LK_ERROR_ARGUMENT) {
        cli_error("%s", lk_error_text());
        return CLI_USAGE;
    }
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

static int describe_check_outputs(const char *path)
{
    cli_outputs outputs = {0};
    char *beside = cli_format("%s.json", path);
    cli_outputs_read(&outputs, path);
    cli_outputs_write(&outputs, beside);
    free(beside);
    return cli_outputs_check(&outputs);
}

static int describe_file(const cli_describe_options *o, const char *path, bool json)
{
    lk_model_traits *known = NULL;
    int status = o->count ? describe_check_outputs(path) : CLI_OK;
    if (status == CLI_OK)
        status = cli_check_input(path);
    if (status != CLI_OK)
        return status;
    lk_status found = lk_model_traits_find(&known, path);
    if (found == LK_OK && o->count) {
        status = describe_write(o, known, path);
        lk_model_traits_destroy(known);
        if (status != CLI_OK)
            return status;
        found = lk_model_traits_find(&known, path);
    }
    if (found != LK_OK)
        return cli_fail_input(found);
    status = print_known(path, known, json);
    lk_model_traits_destroy(known);
    return status;
}

/* What a name stands for says itself what it takes, and lies where the user did not ask for
 * anything to be written. */
static bool describe_may_write(const cli_describe_options *o, const char *name, const char *path)
{
    if (!o->count || strcmp(name, path) == 0)
        return true;
    cli_error("%s: is a name, and what is said of a model is written beside its file: give the "
              "file, or a copy of it, in its place (%s)",
              name, path);
    return false;
}

int cli_describe(const cli_describe_options *options, const char *name, bool json)
{
    char *path = NULL;
    lk_status found = lk_store_find_weights(&path, name);
    if (found != LK_OK)
        return cli_fail(found);
    int status =
        describe_may_write(options, name, path) ? describe_file(options, path, json) : CLI_USAGE;
    lk_free(path);
    return status;
}

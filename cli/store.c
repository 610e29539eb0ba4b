#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "nearest.h"
#include "needs.h"
#include "pip.h"
#include "progress.h"
#include "signals.h"

enum { KEY_JSON = CLI_KEY_OWN };

static error_t store_parse(int key, char *text, struct argp_state *state)
{
    cli_store_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case KEY_JSON: o->json = true; break;
    case ARGP_KEY_ARG:
        if (o->action)
            return ARGP_ERR_UNKNOWN; /* the rest comes by ARGP_KEY_ARGS */
        o->action = text;
        break;
    case ARGP_KEY_ARGS:
        o->operands = state->argv + state->next;
        o->operand_count = (size_t)(state->argc - state->next);
        break;
    case ARGP_KEY_NO_ARGS: cli_usage(state, "an action is missing"); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"json", KEY_JSON, NULL, 0, "One JSON object per line", 0},
    {0},
};

static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};

const struct argp cli_store_argp = {
    .options = options, .parser = store_parse, .children = children};

bool cli_store_is(const cli_store_options *o, const char *action, size_t least, size_t most)
{
    if (strcmp(o->action, action) != 0)
        return false;
    if (o->operand_count >= least && o->operand_count <= most)
        return true;
    cli_error("'%s' takes %s, not %zu", action,
              most == 0      ? "no arguments"
              : least < most ? "one name or more"
              : least == 1   ? "one argument"
                             : "two arguments",
              o->operand_count);
    exit(CLI_USAGE);
}

int cli_store_unknown(const cli_store_options *o, const char *command, const char *actions)
{
    cli_error("'%s %s' is not there; %s", command, o->action, actions);
    return CLI_USAGE;
}

/* What is known of the file: nothing as long as none is here, unless nothing can be. */
static const char *trust_text(const lk_store_entry *entry, bool here)
{
    lk_store_trust trust = lk_store_get_trust(entry->name);
    return here || trust == LK_STORE_FIRST_USE ? lk_store_trust_text(trust) : NULL;
}

static void store_print_json(const lk_store_entry *entry, const char *path)
{
    const char *trust = trust_text(entry, path);
    json_t *object = json_object();
    cli_json_set(object, "name", cli_json_text(entry->name));
    cli_json_set(object, "summary", cli_json_text(entry->summary));
    cli_json_set(object, "address", cli_json_text(entry->address));
    cli_json_set(object, "licence", entry->licence ? cli_json_text(entry->licence) : json_null());
    if (path)
        cli_json_set_path(object, "path", path);
    else
        cli_json_set(object, "path", json_null());
    cli_json_set(object, "trust", trust ? cli_json_text(trust) : json_null());
    cli_json_print(stdout, object);
}

static void store_print_text(const lk_store_entry *entry, const char *where, bool here)
{
    const char *trust = trust_text(entry, here);
    cli_line(stdout, "%-14s  %s", entry->name, entry->summary);
    cli_line(stdout, "%14s  %s", "", where);
    if (trust)
        cli_line(stdout, "%14s  %s", "", trust);
}

/* What keeps all of them from being found is told once, by *told. */
static void print_entry(const lk_store_entry *entry, bool json, char **told)
{
    char *path = NULL;
    lk_status status = lk_store_find(&path, entry->name);
    bool here = status == LK_OK;
    bool general = status == LK_ERROR_IO || status == LK_ERROR_MEMORY;
    if (general)
        (void)cli_fail_once(status, told);
    if (json)
        store_print_json(entry, here ? path : NULL);
    else
        store_print_text(entry,
                         here                                    ? path
                         : general || status == LK_ERROR_MISSING ? "not here yet"
                                                                 : lk_error_text(),
                         here);
    lk_free(path);
}

int cli_store_list(const cli_store_options *o, lk_store_kind kind)
{
    char *told = NULL;
    for (size_t i = 0; i < lk_store_count(); i++)
        if (lk_store_get(i)->kind == kind)
            print_entry(lk_store_get(i), o->json, &told);
    int status = told ? CLI_ENVIRONMENT : CLI_OK;
    free(told);
    return status;
}

const lk_store_entry *cli_store_entry(const char *name)
{
    for (size_t i = 0; i < lk_store_count(); i++)
        if (strcmp(lk_store_get(i)->name, name) == 0)
            return lk_store_get(i);
    return NULL;
}

/* `models pull faces` is a mistake, and says so. */
static bool is_of_kind(const char *name, lk_store_kind kind)
{
    const lk_store_entry *entry = cli_store_entry(name);
    if (entry && entry->kind == kind)
        return true;
    if (entry) {
        cli_error("'%s' is a %s: 'likeness %s pull %s' gets it", name,
                  entry->kind == LK_STORE_MODEL ? "model" : "data set",
                  entry->kind == LK_STORE_MODEL ? "models" : "data", name);
        return false;
    }
    cli_nearest nearest = {.name = name};
    for (size_t i = 0; i < lk_store_count(); i++)
        if (lk_store_get(i)->kind == kind)
            cli_nearest_try(&nearest, lk_store_get(i)->name);
    bool model = kind == LK_STORE_MODEL;
    char *hint = cli_did_you_mean(nearest.best, model ? "; 'likeness models list' lists them"
                                                      : "; 'likeness data list' lists them");
    cli_error("the store knows no %s '%s'%s", model ? "model" : "data set", name, hint);
    free(hint);
    return false;
}

static bool is_here(const char *name)
{
    char *path = NULL;
    bool here = lk_store_find(&path, name) == LK_OK;
    lk_free(path);
    return here;
}

/* Failures are told together at the end, *problem: what could not be had. The licence of
 * what has just come is said once. */
static int pull_one(const char *name, char **problem)
{
    const char *licence = is_here(name) ? NULL : cli_store_entry(name)->licence;
    char *path = NULL;
    cli_note("pulling %s", name);
    cli_needs_tell_refused(name);
    cli_progress_begin(name, 0);
    lk_status status = lk_store_pull(&path, name, cli_pip_fetch, cli_progress_bytes, NULL);
    cli_progress_end();
    if (status == LK_OK) {
        cli_line(stdout, "%s", path);
        lk_free(path);
        if (licence && lk_store_get_trust(name) == LK_STORE_PUBLISHED)
            cli_say("%s: %s", name, licence);
    } else if (status != LK_ERROR_CANCELLED) {
        *problem = cli_strdup(lk_error_text());
    }
    return cli_exit_of(status);
}

int cli_store_pull(const cli_store_options *o, lk_store_kind kind)
{
    for (size_t i = 0; i < o->operand_count; i++)
        if (!is_of_kind(o->operands[i], kind))
            return CLI_USAGE;
    cli_signals_catch_to_save(); /* Ctrl-C leaves the part file, to be continued */
    char **problems = cli_alloc(o->operand_count, sizeof *problems);
    int status = CLI_OK;
    for (size_t i = 0; i < o->operand_count && !cli_interrupted(); i++)
        status = cli_worse(status, pull_one(o->operands[i], &problems[i]));
    for (size_t i = 0; i < o->operand_count; i++) {
        bool again =
            i > 0 && problems[i] && problems[i - 1] && strcmp(problems[i], problems[i - 1]) == 0;
        if (problems[i] && !again)
            cli_error("%s", problems[i]);
    }
    for (size_t i = 0; i < o->operand_count; i++)
        free(problems[i]);
    free(problems);
    return status;
}

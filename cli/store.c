#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "progress.h"
#include "signals.h"

enum { KEY_JSON = CLI_KEY_OWN };

static error_t parse(int key, char *text, struct argp_state *state)
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
    case ARGP_KEY_NO_ARGS: argp_error(state, "an action is missing"); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"json", KEY_JSON, NULL, 0, "One JSON object a line", 0},
    {0},
};

static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};

const struct argp cli_store_argp = {.options = options, .parser = parse, .children = children};

error_t cli_store_pass(int key, char *text, struct argp_state *state)
{
    (void)text;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = state->input;
    return 0;
}

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

static void print_json(const lk_store_entry *entry, const char *path)
{
    json_t *object = json_object();
    cli_json_set(object, "name", cli_json_text(entry->name));
    cli_json_set(object, "summary", cli_json_text(entry->summary));
    cli_json_set(object, "address", cli_json_text(entry->address));
    cli_json_set(object, "path", path ? cli_json_text(path) : json_null());
    cli_json_print(stdout, object);
}

static void print_entry(const lk_store_entry *entry, bool json)
{
    char *path = NULL;
    lk_status status = lk_store_find(&path, entry->name);
    bool here = status == LK_OK;
    if (json)
        print_json(entry, here ? path : NULL);
    else
        printf("%-14s  %s\n%14s  %s\n", entry->name, entry->summary, "",
               here                         ? path
               : status == LK_ERROR_MISSING ? "not here yet"
                                            : lk_error_text());
    lk_string_free(path);
}

int cli_store_list(const cli_store_options *o, lk_store_kind kind)
{
    for (size_t i = 0; i < lk_store_count(); i++)
        if (lk_store_get(i)->kind == kind)
            print_entry(lk_store_get(i), o->json);
    return CLI_OK;
}

/* `models pull faces` is a mistake, and says so. */
static bool is_of_kind(const char *name, lk_store_kind kind)
{
    for (size_t i = 0; i < lk_store_count(); i++) {
        const lk_store_entry *entry = lk_store_get(i);
        if (strcmp(entry->name, name) != 0)
            continue;
        if (entry->kind == kind)
            return true;
        cli_error("'%s' is a %s: 'likeness %s pull %s' gets it", name,
                  entry->kind == LK_STORE_MODEL ? "model" : "data set",
                  entry->kind == LK_STORE_MODEL ? "models" : "data", name);
        return false;
    }
    cli_error("the store knows no %s '%s'; 'likeness %s list' lists them",
              kind == LK_STORE_MODEL ? "model" : "data set", name,
              kind == LK_STORE_MODEL ? "models" : "data");
    return false;
}

static int pull_one(const char *name)
{
    char *path = NULL;
    cli_note("pulling %s", name);
    cli_progress_begin(name, 0);
    lk_status status = lk_store_pull(&path, name, cli_progress_bytes, NULL);
    cli_progress_end();
    if (status != LK_OK)
        return cli_fail(status);
    printf("%s\n", path);
    lk_string_free(path);
    return CLI_OK;
}

int cli_store_pull(const cli_store_options *o, lk_store_kind kind)
{
    for (size_t i = 0; i < o->operand_count; i++)
        if (!is_of_kind(o->operands[i], kind))
            return CLI_USAGE;
    cli_signals_catch_to_save(); /* Ctrl-C leaves the part file, to be continued */
    int status = CLI_OK;
    for (size_t i = 0; i < o->operand_count && !cli_interrupted(); i++)
        status = cli_worse(status, pull_one(o->operands[i]));
    return status;
}

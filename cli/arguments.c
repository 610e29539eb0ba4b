/* argp, kept from echoing arguments as they are: a file's name that begins with a
 * hyphen may stand among them, as the shell found it. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "nearest.h"
#include "rows.h"
#include "visible.h"

enum { LONG = 0x1000 }; /* values of long options start here, above all letters */

/* What argp_parse will hand to getopt. */
typedef struct table {
    struct option *longs;
    size_t count, capacity;
    char shorts[3 * 256];
    size_t short_count;
} table;

static void arguments_add(table *t, const char *name, int key, int argument)
{
    t->longs = cli_grow(t->longs, &t->capacity, t->count + 2, sizeof *t->longs);
    if (name) {
        t->longs[t->count] = (struct option){name, argument, NULL, LONG + (int)t->count};
        t->count++;
    }
    t->longs[t->count] = (struct option){0};
    if (key <= ' ' || key > '~' || t->short_count + 4 > sizeof t->shorts)
        return;
    t->shorts[t->short_count++] = (char)key;
    for (int i = 0; i < argument; i++)
        t->shorts[t->short_count++] = ':';
}

static void arguments_add_all(table *t, const struct argp *argp)
{
    /* a header has a text only, the end has not even that */
    for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc); o++)
        arguments_add(t, o->name, o->key,
                      !o->arg                          ? no_argument
                      : o->flags & OPTION_ARG_OPTIONAL ? optional_argument
                                                       : required_argument);
    for (const struct argp_child *child = argp->children; child && child->argp; child++)
        arguments_add_all(t, child->argp);
}

/* argp's own. */
static void add_common(table *t)
{
    arguments_add(t, "help", 0, no_argument);
    arguments_add(t, "usage", 0, no_argument);
    arguments_add(t, "version", 'V', no_argument);
    arguments_add(t, "program-name", 0, required_argument);
    arguments_add(t, "HANG", 0, optional_argument);
}

/* What getopt will not know and would echo: an argument or `letter`, whose second
 * character is set. NULL when nothing is. */
static const char *find_unknown(const table *t, int argc, char **argv, char *letter)
{
    int key;
    opterr = 0;
    optind = 0; /* from the beginning */
    do
        key = getopt_long(argc, argv, t->shorts, t->longs, NULL);
    while (key != -1 && key != '?');
    if (key == -1 || optopt >= LONG) /* all are known; one lacks its value or has none */
        return NULL;
    letter[1] = (char)optopt;
    return optopt == 0 ? argv[optind - 1] : letter;
}

static char *arguments_make_visible(const char *text)
{
    char *visible = cli_escape(text, CLI_VISIBLE);
    if (!visible)
        cli_out_of_memory();
    return visible;
}

/* Mostly a variable of the shell's that is not set. A note may be empty. */
static void refuse_empty(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value = strncmp(argv[i], "--", 2) == 0 ? strchr(argv[i], '=') : NULL;
        bool empty = value ? !value[1] : !*argv[i];
        const char *option = value ? argv[i] : argv[i - 1];
        if (!empty || strncmp(option, "--note", strlen("--note")) == 0)
            continue;
        if (value || (i > 1 && option[0] == '-' && option[1]))
            cli_error("%s is given an empty name or value", option);
        else
            cli_error("argument %d of '%s' is empty, expected a name", i, argv[0]);
        exit(CLI_USAGE);
    }
}

/* The option that an unknown one may have meant; NULL where nothing is near, or where it
 * begins several, which argp tells. */
static const char *find_nearest(const table *t, const char *unknown)
{
    char *name = cli_strdup(unknown);
    name[strcspn(name, "=")] = '\0';
    bool begins = strlen(name) < 4;
    for (size_t i = 0; i < t->count; i++)
        begins = begins || strncmp(t->longs[i].name, name + 2, strlen(name + 2)) == 0;
    cli_nearest nearest = {.name = name + 2};
    for (size_t i = 0; i < t->count && !begins && strncmp(name, "--", 2) == 0; i++)
        cli_nearest_try(&nearest, t->longs[i].name);
    free(name);
    return nearest.best;
}

/* Leaves. */
static void refuse_unknown(const char *unknown, const char *nearest, const char *program)
{
    char *option = nearest ? cli_format("--%s", nearest) : NULL;
    char *otherwise = cli_format("; '%s --help' lists the options", program);
    char *hint = cli_did_you_mean(option, otherwise);
    cli_error("unrecognized option '%s'%s", unknown, hint);
    free(hint);
    free(otherwise);
    free(option);
    exit(CLI_USAGE);
}

enum { MOST_PARTS = 8 };

/* A command with the parts that it shares. */
typedef struct arguments_whole {
    const cli_part *parts;
    char *input;
} arguments_whole;

/* Each finds its values. */
static error_t arguments_hand_out(int key, char *text, struct argp_state *state)
{
    const arguments_whole *whole = state->input;
    (void)text;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = whole->input;
    for (size_t i = 0; whole->parts[i].argp; i++)
        state->child_inputs[i + 1] = whole->input + whole->parts[i].offset;
    return 0;
}

static void arguments_read(const struct argp *argp, int argc, char **argv, void *input)
{
    const char *command = strrchr(argv[0], ' ');
    refuse_empty(argc, argv);
    cli_rows_fill(argp, command ? command + 1 : argv[0]);
    table t = {0};
    char letter[] = "-?", **copy = cli_alloc((size_t)argc + 1, sizeof *copy);
    memcpy(copy, argv, (size_t)argc * sizeof *copy); /* getopt sorts it */
    arguments_add_all(&t, argp);
    add_common(&t);
    const char *unknown = find_unknown(&t, argc, copy, letter);
    char *visible = unknown ? arguments_make_visible(unknown) : NULL;
    const char *nearest = unknown ? find_nearest(&t, unknown) : NULL;
    if (unknown && (nearest || strcmp(visible, unknown) != 0))
        refuse_unknown(unknown, nearest, argv[0]);
    free(visible);
    free(copy);
    free(t.longs);
    error_t failed = argp_parse(argp, argc, argv, 0, NULL, input);
    if (failed == ENOMEM)
        cli_out_of_memory();
    if (failed) {
        cli_error("the arguments cannot be read: %s", strerror(failed));
        exit(CLI_ENVIRONMENT);
    }
}

void cli_parse(const struct argp *argp, const cli_part *parts, int argc, char **argv, void *input)
{
    arguments_whole whole = {parts, input};
    struct argp_child children[MOST_PARTS + 2] = {{0}};
    struct argp own = *argp;
    own.args_doc = own.doc = NULL; /* the whole's to say */
    children[0].argp = &own;
    for (size_t i = 0; i < MOST_PARTS && parts[i].argp; i++)
        children[i + 1].argp = parts[i].argp;
    const struct argp all = {.parser = arguments_hand_out,
                             .args_doc = argp->args_doc,
                             .doc = argp->doc,
                             .children = children};
    arguments_read(&all, argc, argv, &whole);
}

void cli_usage(const struct argp_state *state, const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        cli_out_of_memory();
    va_end(arguments);
    char *visible = arguments_make_visible(text);
    argp_error(state, "%s", visible); /* leaves */
    free(visible);
    free(text);
}

char *cli_shell_word(const char *text)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-_./,:=+@%";
    if (*text && strspn(text, harmless) == strlen(text))
        return cli_strdup(text);
    char *word = cli_alloc(4 * strlen(text) + 3, 1), *to = word;
    *to++ = '\'';
    for (; *text; text++)
        if (*text == '\'')
            to = stpcpy(to, "'\\''");
        else
            *to++ = *text;
    *to = '\'';
    return word;
}

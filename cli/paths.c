/* The arguments that are paths, and lists of them on standard input. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static error_t paths_parse(int key, char *text, struct argp_state *state)
{
    cli_paths *paths = state->input;
    (void)text;
    switch (key) {
    case ARGP_KEY_INIT: *paths = (cli_paths){.lists = true, .end = '\n'}; break;
    case '0': paths->end = '\0'; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"null", '0', NULL, 0,
     "Paths on standard input (the path -) end in zero bytes, as 'find -print0' writes them, "
     "instead of newlines",
     1},
    {0},
};

const struct argp cli_paths_argp = {.options = options, .parser = paths_parse};

static error_t paths_take(int key, char *text, struct argp_state *state)
{
    (void)text;
    if (key != ARGP_KEY_NO_ARGS && key != ARGP_KEY_ARGS)
        return ARGP_ERR_UNKNOWN;
    cli_take_paths(state, state->input, 1, SIZE_MAX, "at least one photograph or folder");
    return 0;
}

const struct argp cli_photographs_argp = {.parser = paths_take};

const char *cli_folder_name(char *text)
{
    size_t length = strlen(text);
    while (length > 1 && text[length - 1] == '/')
        text[--length] = '\0';
    return text;
}

void cli_need_folder(const struct argp_state *state, const char *folder)
{
    if (!folder)
        cli_usage(state, "name the folder to write into: -o DIR");
}

/* Those from standard input, and the arguments around them; to the program's end. */
static char **all;
static size_t count, capacity;

static void paths_add(char *path)
{
    all = cli_grow(all, &capacity, count + 1, sizeof *all);
    all[count++] = path;
}

static void paths_read_list(int end)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getdelim(&line, &room, end, stdin)) > 0) {
        if (line[length - 1] == end)
            line[length - 1] = '\0';
        if (*line)
            paths_add(cli_strdup(line));
    }
    if (length < 0 && !ferror(stdin) && !feof(stdin))
        cli_out_of_memory();
    free(line);
    if (!ferror(stdin))
        return;
    cli_error("standard input: cannot read: %s", strerror(errno));
    exit(CLI_ENVIRONMENT);
}

static void expand(cli_paths *paths)
{
    bool listed = false;
    for (size_t i = 0; i < paths->count; i++) {
        bool list = strcmp(paths->items[i], "-") == 0;
        listed = listed || list;
        if (list)
            paths_read_list(paths->end);
        else
            paths_add(paths->items[i]);
    }
    if (listed && count == 0) {
        cli_error("standard input: names no file");
        exit(CLI_SOME_FAILED);
    }
    paths->items = all;
    paths->count = count;
}

void cli_take_paths(struct argp_state *state, cli_paths *paths, size_t low, size_t high,
                    const char *what)
{
    paths->items = state->argv + state->next;
    paths->count = (size_t)(state->argc - state->next);
    if (paths->lists)
        expand(paths);
    if (paths->count < low || paths->count > high)
        cli_usage(state, "name %s%s", what, paths->count > high ? ", no more" : "");
}

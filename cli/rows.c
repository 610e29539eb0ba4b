#include "rows.h"

#include <stdlib.h>
#include <string.h>

/* A row that a key stands for: CLI_KEY_ROWS + its index here. Rows stay for as long as
 * the program runs, as do their words. */
typedef struct known_row {
    const lk_options_table *table;
    const lk_option *row;
} known_row;

static known_row *known;
static size_t known_count, known_capacity;

const lk_option *cli_row_of(int key, const lk_options_table **table)
{
    size_t index = (size_t)(key - CLI_KEY_ROWS);
    if (key < CLI_KEY_ROWS || index >= known_count)
        return NULL;
    if (table)
        *table = known[index].table;
    return known[index].row;
}

/* ---- finding ---- */

/* Whether `word` is one of the words of a list with spaces between them. */
static bool rows_holds(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; at && (at = strstr(at, word)); at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return true;
    return false;
}

static bool rows_find(known_row *out, const char *command, const char *word)
{
    const lk_options_table *table;
    for (size_t t = 0; (table = lk_options_table_at(t)); t++)
        for (size_t i = 0; i < lk_options_count(table); i++) {
            const lk_option *row = lk_options_row(table, i);
            if (row->word && strcmp(row->word, word) == 0 && rows_holds(row->commands, command)) {
                *out = (known_row){table, row};
                return true;
            }
        }
    return false;
}

/* ---- words ---- */

/* Takes `more` over. */
static void rows_append(char **text, char *more)
{
    char *longer = cli_format("%s%s", *text, more);
    free(more);
    free(*text);
    *text = longer;
}

/* Not where the help explains them one by one anyway. */
static void append_choices(char **text, const lk_option *row)
{
    bool told = true;
    for (size_t i = 0; row->choices[i]; i++)
        told = told && strstr(row->help, row->choices[i]);
    for (size_t i = 0; row->choices[i] && !told; i++) {
        rows_append(text, cli_format("%s%s",
                                     i == 0                ? ": "
                                     : row->choices[i + 1] ? ", "
                                                           : " or ",
                                     row->choices[i]));
    }
}

/* "75 to 4096"; nothing where any number from 0 on will do, or where the end is only
 * there to keep absurd numbers out, which the error message is for. */
static char *range(const lk_option *row)
{
    enum { ABSURD = 100000 };
    const char *above = row->above ? "above " : "";
    if (row->type != LK_OPTION_WHOLE && row->type != LK_OPTION_REAL)
        return cli_strdup("");
    if (row->most < ABSURD)
        return cli_format("%s%.15g to %s%.15g", above, row->least, row->below ? "below " : "",
                          row->most);
    return row->above ? cli_format("above %.15g", row->least) : cli_strdup("");
}

static const char *preset(const lk_option *row)
{
    if (row->type == LK_OPTION_FLAG)
        return NULL;
    return row->preset_words ? row->preset_words : row->preset;
}

const char *cli_row_help(const lk_option *row)
{
    char *text = cli_strdup(row->help), *bounds = range(row);
    const char *usual = preset(row);
    if (row->type == LK_OPTION_CHOICE)
        append_choices(&text, row);
    if (*bounds || usual)
        rows_append(&text, cli_format(" (%s%s%s%s)", bounds, *bounds && usual ? "; " : "",
                                      usual ? "default: " : "", usual ? usual : ""));
    if (row->type == LK_OPTION_FLAG && strcmp(row->preset, "on") == 0)
        rows_append(&text, cli_strdup(" (the default)"));
    free(bounds);
    return text;
}

/* ---- filling ---- */

static void fill_option(struct argp_option *option, const char *command)
{
    known_row found;
    if (!rows_find(&found, command, option->name))
        return;
    known = cli_grow(known, &known_capacity, known_count + 1, sizeof *known);
    known[known_count] = found;
    option->key = CLI_KEY_ROWS + (int)known_count++;
    option->arg = found.row->argument;
    option->doc = cli_row_help(found.row);
}

void cli_rows_fill(const struct argp *argp, const char *command)
{
    /* An array with rows is not constant: CLI_ROW says so. */
    struct argp_option *option = (struct argp_option *)(uintptr_t)argp->options;
    for (; option && (option->name || option->key || option->doc); option++)
        if (option->name && !option->key && !option->doc)
            fill_option(option, command);
    for (const struct argp_child *child = argp->children; child && child->argp; child++)
        cli_rows_fill(child->argp, command);
}

/* ---- taking ---- */

void cli_row_set(struct argp_state *state, const char *option, const lk_options_table *table,
                 void *options, const char *name, const char *text)
{
    if (lk_option_set(table, options, name, text) != LK_OK)
        cli_usage(state, "%s%s", option, lk_error_text() + strlen(name));
}

error_t cli_rows_take(struct argp_state *state, int key, const char *text,
                      const lk_options_table *table, void *options)
{
    const lk_options_table *its;
    const lk_option *row = cli_row_of(key, &its);
    if (!row || its != table)
        return ARGP_ERR_UNKNOWN;
    char *option = cli_format("--%s", row->word);
    cli_row_set(state, option, table, options, row->name, text ? text : "on");
    free(option);
    return 0;
}

/* ---- completion ---- */

static void print_words(const char *words)
{
    for (size_t length; *words; words += length + (words[length] == ' ')) {
        length = strcspn(words, " ");
        cli_line(stdout, "%.*s", (int)length, words);
    }
}

int cli_complete(int argc, char **argv)
{
    static const struct {
        const char *option, *words;
    } own[] = {{"device", "cpu cuda auto"},
               {"compat", "facenet-pytorch none"},
               {"detector", "mtcnn yunet"},
               {"match", "age face_size eye_distance turn tilt brightness contrast sharpness jpeg "
                         "inside"},
               {"metric", "euclidean cosine"},
               {"person", "auto photograph first last path"}};
    known_row found;
    if (argc != 3 || strncmp(argv[2], "--", 2) != 0)
        return CLI_USAGE;
    const char *word = argv[2] + 2;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(own[i].option, word) == 0)
            print_words(own[i].words);
    if (rows_find(&found, argv[1], word) && found.row->choices)
        for (size_t i = 0; found.row->choices[i]; i++)
            if (strcmp(found.row->choices[i], "file") != 0)
                cli_line(stdout, "%s", found.row->choices[i]);
    return CLI_OK;
}

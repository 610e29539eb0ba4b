/* What the library's tables of options promise about the program, a line each, for
 * tests/cli/options.sh; --manual prints the section of the manual page that lists them.
 *
 *   help|COMMAND|WORD|TEXT           --help says TEXT of it
 *   bad|COMMAND|WORD|VALUE|MESSAGE   is refused with this message
 *   good|COMMAND|WORD|VALUE          is taken
 *   choice|COMMAND|WORD|NAME         is one of the names to choose from */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <likeness/likeness.h>

enum { MOST_ROWS = 256 };

static void print_bad(const char *command, const lk_option *row, const char *value)
{
    char takes[256];
    lk_option_takes(takes, sizeof takes, row);
    printf("bad|%s|%s|%s|--%s takes %s, not '%s'\n", command, row->word, value, row->word, takes,
           value);
}

/* A number as often as the row wants it. */
static const char *repeat(const lk_option *row, double number)
{
    static char value[256];
    size_t length = 0;
    for (size_t i = 0; i < (row->count && !row->counted ? row->count : 1); i++)
        length += (size_t)snprintf(value + length, sizeof value - length, "%s%.15g", i ? "," : "",
                                   number);
    return value;
}

static void print_good(const char *command, const lk_option *row, const char *value)
{
    printf("good|%s|%s|%s\n", command, row->word, value);
}

static void print_bound(const char *command, const lk_option *row, double bound, bool open,
                        double beyond)
{
    if (open)
        print_bad(command, row, repeat(row, bound));
    else
        print_good(command, row, repeat(row, bound));
    print_bad(command, row, repeat(row, beyond));
}

static void print_limits(const char *command, const lk_option *row)
{
    double step = row->type == LK_OPTION_WHOLE ? 1 : 0.001;
    print_bound(command, row, row->least, row->above, row->least - step);
    if (isfinite(row->most))
        print_bound(command, row, row->most, row->below, row->most + step);
    print_bad(command, row, "many");
}

/* `all`: of one command. The others parse it by the same code. */
static void print_checks(const char *command, const lk_option *row, bool all)
{
    const char *usual = row->preset_words ? row->preset_words : row->preset;
    if (row->type != LK_OPTION_FLAG && usual)
        printf("help|%s|%s|default: %s)\n", command, row->word, usual);
    if (row->type == LK_OPTION_WHOLE || row->type == LK_OPTION_REAL) {
        if (all)
            print_limits(command, row);
        else
            print_bad(command, row, "many");
    }
    for (size_t i = 0; all && row->choices && row->choices[i]; i++)
        if (strcmp(row->choices[i], "file") != 0)
            printf("choice|%s|%s|%s\n", command, row->word, row->choices[i]);
    if (row->choices && !strstr(row->argument, "FILE"))
        print_bad(command, row, "hope");
}

/* Whether a table before has the same row: parts of structs have tables of their own. */
static bool is_told(size_t before, const lk_option *row)
{
    for (size_t t = 0; t < before; t++) {
        const lk_options_table *table = lk_options_table_at(t);
        for (size_t i = 0; i < lk_options_count(table); i++) {
            const lk_option *other = lk_options_row(table, i);
            if (other->word && strcmp(other->word, row->word) == 0 &&
                strcmp(other->commands, row->commands) == 0)
                return true;
        }
    }
    return false;
}

/* Every row with a word that a command has, in the order of the tables. */
static size_t list_rows(const lk_option *rows[MOST_ROWS])
{
    const lk_options_table *table;
    size_t count = 0;
    for (size_t t = 0; (table = lk_options_table_at(t)); t++)
        for (size_t i = 0; i < lk_options_count(table) && count < MOST_ROWS; i++) {
            const lk_option *row = lk_options_row(table, i);
            if (row->word && !is_told(t, row))
                rows[count++] = row;
        }
    return count;
}

static void print_promises(const lk_option *row)
{
    char commands[256], *rest = commands, *command;
    snprintf(commands, sizeof commands, "%s", row->commands);
    while ((command = strsep(&rest, " ")))
        print_checks(command, row, command == commands);
}

/* ---- the manual ---- */

/* A hyphen that is none of a word's own, and nothing that troff would read. */
static void print_troff(const char *text)
{
    for (; *text; text++)
        printf(*text == '-' ? "\\-" : *text == '\\' ? "\\e" : "%c", *text);
}

static void print_manual_row(const lk_option *row)
{
    char takes[256];
    const char *usual = row->preset_words ? row->preset_words : row->preset;
    lk_option_takes(takes, sizeof takes, row);
    printf(".TP\n.B \\-\\-");
    print_troff(row->word);
    if (row->argument) {
        printf(" \\fI");
        print_troff(row->argument);
        printf("\\fR");
    }
    printf("\n");
    print_troff(row->help);
    if (row->type != LK_OPTION_FLAG &&
        (usual || (row->type != LK_OPTION_TEXT && row->type != LK_OPTION_TEXTS)))
        printf(".");
    if (row->type == LK_OPTION_WHOLE || row->type == LK_OPTION_REAL ||
        row->type == LK_OPTION_CHOICE) {
        printf(" It takes ");
        print_troff(takes);
        printf(".");
    }
    if (row->type != LK_OPTION_FLAG && usual) {
        printf(" Default: ");
        print_troff(usual);
    }
    printf(".\n");
}

/* Rows of the same commands together. */
static void print_manual(const lk_option *const *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool first = true;
        for (size_t k = 0; k < i; k++)
            first = first && strcmp(rows[k]->commands, rows[i]->commands) != 0;
        if (first)
            printf(".SS \"%s\"\n", rows[i]->commands);
        for (size_t k = i; first && k < count; k++)
            if (strcmp(rows[k]->commands, rows[i]->commands) == 0)
                print_manual_row(rows[k]);
    }
}

int main(int argc, char **argv)
{
    const lk_option *rows[MOST_ROWS];
    size_t count = list_rows(rows);
    if (argc > 1 && strcmp(argv[1], "--manual") == 0)
        print_manual(rows, count);
    else
        for (size_t i = 0; i < count; i++)
            print_promises(rows[i]);
    return 0;
}

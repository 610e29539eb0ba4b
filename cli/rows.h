/* Options of a command that are rows of the library's tables.
 *
 * A command names them among its own, in the order of its help:
 *
 *   static struct argp_option options[] = {
 *       {"json", KEY_JSON, NULL, 0, "Print one JSON object per pair", 1},
 *       CLI_ROW("factor"),
 *       {0},
 *   };
 *
 * What they take, their help, range and default are the row's, whose commands hold this
 * one; cli_parse fills the array in. The parser of the array asks cli_rows_take. */
#ifndef LK_CLI_ROWS_H
#define LK_CLI_ROWS_H

#include "cli.h"

#define CLI_ROW(word)                                                                              \
    {                                                                                              \
        word, 0, NULL, 0, NULL, 0                                                                  \
    }
#define CLI_ROW_IN_GROUP(word, group)                                                              \
    {                                                                                              \
        word, 0, NULL, 0, NULL, group                                                              \
    }

/* Fills in the rows among the options of `argp` and its children, for a command such as
 * "train". */
void cli_rows_fill(const struct argp *argp, const char *command);

/* A row that a key stands for, or NULL; *table (NULL: not wanted) is its table. */
const lk_option *cli_row_of(int key, const lk_options_table **table);

/* Sets the option of `table` that `key` stands for; `text` NULL: a flag, which is on.
 * Leaves with a usage error in the library's words where it does not take the text.
 * Returns 0, or ARGP_ERR_UNKNOWN where the key is no row of this table. */
error_t cli_rows_take(struct argp_state *state, int key, const char *text,
                      const lk_options_table *table, void *options);

/* The same by name, with `option` as what the user has typed, such as "--augment: blur". */
void cli_row_set(struct argp_state *state, const char *option, const lk_options_table *table,
                 void *options, const char *name, const char *text);

/* What --help says of a row, of memory that is not freed: "Smallest face looked for
 * (1 to 100000; default: 20)". */
const char *cli_row_help(const lk_option *row);

/* likeness --complete COMMAND OPTION: what can be chosen there, a line each. For shells'
 * completion, and not in the help. */
int cli_complete(int argc, char **argv);

#endif

/* What `models` and `data` share: listing and pulling what the store knows. */
#ifndef LK_CLI_STORE_H
#define LK_CLI_STORE_H

#include "cli.h"

/* Arguments of both commands: an action and what it works on. */
typedef struct cli_store_options {
    cli_common common;
    const char *action;
    char **operands;
    size_t operand_count;
    bool json;
} cli_store_options;

/* Takes action, operands and --json; its child is cli_common_argp. */
extern const struct argp cli_store_argp;

/* Whether this is the action; when it is, leaves with a usage error unless it
 * has between `least` and `most` operands. */
bool cli_store_is(const cli_store_options *options, const char *action, size_t least, size_t most);
/* Reports an action that the command does not have. */
int cli_store_unknown(const cli_store_options *options, const char *command, const char *actions);

/* What the store knows by this name; NULL: nothing. */
const lk_store_entry *cli_store_entry(const char *name);

int cli_store_list(const cli_store_options *options, lk_store_kind kind);
int cli_store_pull(const cli_store_options *options, lk_store_kind kind);

#endif

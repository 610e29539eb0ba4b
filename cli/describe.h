/* likeness models describe: what is known of a model, and FILE.json that says it. */
#ifndef LK_CLI_DESCRIBE_H
#define LK_CLI_DESCRIBE_H

#include "cli.h"

enum { CLI_MOST_TRAITS = 32 };

typedef struct cli_describe_options {
    struct {
        const lk_option *row;
        const char *text;
    } given[CLI_MOST_TRAITS]; /* what the command line says, each once */
    size_t count;
} cli_describe_options;

/* Parses what can be said of a model; its input is a cli_describe_options. */
extern const struct argp cli_describe_argp;

/* Prints what is known of a model; what was given is written into FILE.json first. An exit
 * status; a failure has been reported. */
int cli_describe(const cli_describe_options *options, const char *name, bool json);

#endif

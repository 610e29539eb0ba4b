/* The way of a command that works on any number of photographs. */
#ifndef LK_CLI_PHOTO_COMMAND_H
#define LK_CLI_PHOTO_COMMAND_H

#include "inputs.h"

typedef struct cli_photo_command {
    const cli_paths *paths;
    lk_label_rule label;
    bool labels;   /* they matter: say what the rule did */
    bool json;     /* tell what could not be listed as JSON on standard output */
    bool failures; /* `run` tells that, so that it is called where nothing else was listed */
    const char *const *own; /* as cli_inputs says */
    /* NULL, or leaves out photographs that are listed; `run` is called where none is left, too. */
    void (*narrow)(void *options, cli_inputs *inputs);
    /* What is missing, and outputs that are inputs. An exit status. */
    int (*check)(void *options, const cli_inputs *inputs);
    int (*run)(void *options, const cli_inputs *inputs);
} cli_photo_command;

/* Lists the photographs, checks, runs, and tells what was skipped. What can be done is done,
 * unless the usage is wrong or something is missing. Returns the exit status. */
int cli_photo_command_run(const cli_photo_command *command, void *options);

#endif

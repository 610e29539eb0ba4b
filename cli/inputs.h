/* The photographs that a command line names. */
#ifndef LK_CLI_INPUTS_H
#define LK_CLI_INPUTS_H

#include "cli.h"

/* An argument that could not be listed, and why. */
typedef struct cli_input_failure {
    char *path, *error;
} cli_input_failure;

/* Files in the order of the arguments; zero-initialise, set the label rule where it is not
 * the first, then add. */
typedef struct cli_inputs {
    lk_label_rule label;
    lk_file *files; /* strings borrowed from the lists */
    size_t count, capacity;
    lk_file_list **lists;
    size_t list_count, list_capacity;
    cli_input_failure *failures; /* [failure_count], reported already */
    size_t failure_count, failure_capacity;
    const char *const *own; /* the command's own files, NULL at the end: not skipped, or NULL */
    size_t failed;          /* arguments, and what lies in them, that could not be listed */
} cli_inputs;

/* Adds a file, or all photographs in a directory. One that is not there is
 * reported and counted, and so are a directory without a photograph, and what in it
 * cannot be read. */
void cli_inputs_add(cli_inputs *inputs, const char *path);
/* All arguments; returns CLI_OK or CLI_SOME_FAILED. */
int cli_inputs_add_all(cli_inputs *inputs, const cli_paths *paths);
/* For the end of a command: tells what was skipped, see cli_skipped_tell. */
void cli_inputs_tell_skipped(const cli_inputs *inputs);
/* Says what the rule for labels did, see cli_labels_tell. */
void cli_inputs_tell_labels(const cli_inputs *inputs);
void cli_inputs_clear(cli_inputs *inputs);

/* The exit status when an input (not an output) failed: 1, or 4 where the
 * memory did not suffice. Reports the library's error text. */
int cli_fail_input(lk_status status);
/* Looks ahead whether a file can be opened, where the call that reads it writes, too, so
 * that its status would not tell which of the two failed. */
int cli_check_input(const char *path);

/* Makes an output whole, or removes it: unless `whole`, and after a signal.
 * Returns the status to leave with. NULL does nothing. */
int cli_output_finish(lk_output *output, bool whole, int status);

#endif

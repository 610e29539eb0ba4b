/* What lists of files have left out. */
#ifndef LK_CLI_SKIPPED_H
#define LK_CLI_SKIPPED_H

#include "cli.h"

/* Reports what could not be read, a line each; returns how many photographs and folders
 * are missing, those that this build does not read included. */
size_t cli_skipped_report(const lk_file_list *list);

/* One line of bounded length, for the end of a command: "3 files were skipped: 2 .heic
 * (only read by ...), notes.txt". With -v also what systems leave behind, a line each.
 * own: files that the command itself has written, up to a NULL, are no such files; may be
 * NULL. */
void cli_skipped_tell(lk_file_list *const *lists, size_t count, const char *const *own);

#endif

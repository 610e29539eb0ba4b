/* Text from outside (names, labels, tensors, error texts) in which nothing is hidden.
 * Text is taken for UTF-8, whatever the locale says. */
#ifndef LK_CLI_VISIBLE_H
#define LK_CLI_VISIBLE_H

#include <stddef.h>
#include <stdint.h>

typedef enum cli_escaping {
    /* For a terminal: all that would steer it, turn the direction of writing or not be
     * seen, and bytes that are not UTF-8, as \n, \r, \t, \x1b (a byte) or \u202e (a
     * character). What is visible stays, a backslash, too: a second time changes
     * nothing, and error texts of the library come escaped already. */
    CLI_VISIBLE,
    /* For a file or pipe that is read line by line: \n, \r and \t, nothing else. */
    CLI_ONE_LINE,
    /* For a JSON document: the characters of CLI_VISIBLE as JSON's own \u202E, but
     * for the line ends between values. No reader sees a difference. */
    CLI_IN_JSON
} cli_escaping;

/* The caller frees it; NULL where the memory does not suffice. Threads: any. */
char *cli_escape(const char *text, cli_escaping how);

#endif

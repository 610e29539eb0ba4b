#ifndef LK_CLI_MESSAGE_H
#define LK_CLI_MESSAGE_H

#include <stdbool.h>

/* Set once, by the common options. */
void cli_message_level(bool quiet, bool verbose);

#endif

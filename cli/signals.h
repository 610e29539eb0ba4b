/* Ctrl-C, termination and a closed pipe end the work in good order: unfinished
 * outputs are removed, and the process then dies of the same signal. */
#ifndef LK_CLI_SIGNALS_H
#define LK_CLI_SIGNALS_H

#include <stdbool.h>

/* From here on SIGINT, SIGTERM and SIGPIPE are noted instead of deadly; a second
 * SIGINT or SIGTERM kills. A command that calls this must look at
 * cli_interrupted() in its loops. */
void cli_signals_catch(void);
bool cli_interrupted(void);
/* When a signal was noted: dies of it. Otherwise does nothing. */
void cli_signals_finish(void);

#endif

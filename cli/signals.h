/* Ctrl-C, termination, a terminal that is closed and a pipe that is closed: unfinished
 * outputs are removed, and the process then dies of the same signal. */
#ifndef LK_CLI_SIGNALS_H
#define LK_CLI_SIGNALS_H

#include <stdbool.h>

/* From here on SIGINT, SIGTERM, SIGHUP (unless ignored, as by nohup) and SIGPIPE end
 * the process so, at once. Before any command. */
void cli_signals_start(void);

/* From here on they are noted, and the command ends in good order: it must look at
 * cli_interrupted() in its loops. After a second, or at a second SIGINT or SIGTERM,
 * the process ends all the same. */
void cli_signals_catch(void);
/* The same for a command that saves its work first, however long that takes: only a
 * second SIGINT or SIGTERM ends it. */
void cli_signals_catch_to_save(void);
/* While it is on not even a second signal ends it: what has been learned is saved first. */
void cli_signals_hold(bool on);
bool cli_interrupted(void);
/* When a signal was noted: dies of it. Otherwise does nothing. */
void cli_signals_finish(void);

#endif

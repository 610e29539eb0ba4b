/* A progress bar with rate and time left, on standard error, when that is a
 * terminal, the work takes longer than half a second and -q was not given. */
#ifndef LK_CLI_PROGRESS_H
#define LK_CLI_PROGRESS_H

#include <likeness/base.h>

/* There is one bar; beginning another ends the first. `what` is a word like
 * "detecting" and must outlive the bar; total 0: not known. */
void cli_progress_begin(const char *what, uint64_t total);
void cli_progress_step(uint64_t crop_done);
/* Takes the bar off the screen. */
void cli_progress_end(void);

/* A line of one's own in the bar's place, on the same conditions, at most ten times
 * a second. */
void cli_progress_line(const char *text);

/* Takes the bar off the screen until its next step, before other output. */
void cli_progress_hide(void);
void cli_progress_silence(void);

/* For library calls with a progress callback (`user` is not looked at): draws
 * the bar, and asks the job to stop after Ctrl-C. The second counts bytes. */
bool cli_progress_callback(void *user, const char *what, uint64_t detect_done, uint64_t total);
bool cli_progress_bytes(void *user, const char *what, uint64_t embed_done, uint64_t total);

#endif

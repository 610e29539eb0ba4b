/* How long idle threads spin before they sleep. */
#ifndef LK_CLI_WAIT_H
#define LK_CLI_WAIT_H

/* Lets threads spin briefly (docs/measurements.md, "A busy machine"), unless the
 * environment already says how they wait. OpenMP reads that once, before main, so the
 * program starts itself anew with it; where that cannot be done it goes on as it is. */
void cli_wait_briefly(char **argv);

#endif

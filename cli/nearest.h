/* What somebody may have meant by a name that there is not. */
#ifndef LK_CLI_NEAREST_H
#define LK_CLI_NEAREST_H

#include <stddef.h>

/* Say the name, try all that there are; `best` is the nearest, NULL when none is near. */
typedef struct cli_nearest {
    const char *name;
    const char *best;
    size_t edits; /* from one to the other */
} cli_nearest;

void cli_nearest_try(cli_nearest *nearest, const char *candidate);

/* "; did you mean 'embed'?", or `otherwise` where nothing is near; the caller frees it. */
char *cli_did_you_mean(const char *nearest, const char *otherwise);

#endif

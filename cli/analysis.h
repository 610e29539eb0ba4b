/* What pca, distances and wss share: one .npy of vectors, perhaps labels, an
 * output, perhaps a figure. */
#ifndef LK_CLI_ANALYSIS_H
#define LK_CLI_ANALYSIS_H

#include "vectors.h"

typedef struct cli_analysis_options {
    cli_common common;
    const char *input, *labels, *output, *plot;
    bool json;
} cli_analysis_options;

/* The argument E.npy, --labels, --json, -q and the like; the commands' own
 * parsers have it as their child. */
extern const struct argp cli_analysis_argp;
/* -o FILE and --plot FILE, input as above. */
extern const struct argp cli_analysis_output_argp;

/* Compares -o and --plot with what is read, before that; an exit status. */
int cli_analysis_check(const cli_analysis_options *options);

/* Where the numbers go: standard error where the figure has standard output. */
FILE *cli_analysis_stream(const cli_analysis_options *options);

/* Writes a figure unless making it failed before. Returns an exit status. */
int cli_plot_finish(lk_plot *plot, lk_status made, const char *path);

#endif

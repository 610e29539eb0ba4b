/* What pca, distances, wss and roc share: one .npy of vectors, perhaps labels, an
 * output, perhaps a figure. */
#ifndef LK_CLI_ANALYSIS_H
#define LK_CLI_ANALYSIS_H

#include "vectors.h"

typedef struct cli_analysis_options {
    cli_common common;
    const char *input, *labels, *output, *plot;
    char *beside; /* the list that stands beside E.npy, where `labels` is that */
    bool json, no_labels;
} cli_analysis_options;

/* The argument E.npy, --labels, --no-labels, --json, -q and the like; the commands'
 * own parsers have it as their child. */
extern const struct argp cli_analysis_argp;
/* -o FILE and --plot FILE, input as above; one of them is needed. */
extern const struct argp cli_analysis_output_argp;
/* --plot FILE alone. */
extern const struct argp cli_analysis_plot_argp;

/* Reads the vectors and their labels: those of --labels, else of E.csv beside E.npy,
 * which is said, else none. Before that -o and --plot are compared with what is read.
 * An exit status; a failure has been reported. */
int cli_analysis_read(cli_vectors *out, cli_analysis_options *options);

/* Where the numbers go: standard error where the figure has standard output. */
FILE *cli_analysis_stream(const cli_analysis_options *options);

/* Writes a figure unless making it failed before. Returns an exit status. */
int cli_plot_finish(lk_plot *plot, lk_status made, const char *path);

#endif

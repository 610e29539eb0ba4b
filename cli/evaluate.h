/* The protocols of `likeness evaluate`, a file each. */
#ifndef LK_CLI_EVALUATE_H
#define LK_CLI_EVALUATE_H

#include "verification.h"

typedef struct cli_evaluate_options {
    cli_verification_options how;
    const char *list; /* E.csv, also where it was found beside E.npy */
    const char *pairs, *gallery, *gallery_labels, *clusters, *det;
} cli_evaluate_options;

/* Each reads what it needs beside the vectors, which are prepared for the metric, measures and
 * prints. An exit status, reported. */
int cli_evaluate_rows(const cli_vectors *v, lk_metric metric, const cli_evaluate_options *o);
int cli_evaluate_pairs(const cli_vectors *v, lk_metric metric, const cli_evaluate_options *o);
int cli_evaluate_gallery(const cli_vectors *v, lk_metric metric, const cli_evaluate_options *o);
int cli_evaluate_clusters(const cli_vectors *v, const cli_evaluate_options *o);

/* Where the numbers go: standard error where a figure has standard output. */
FILE *cli_evaluate_stream(const cli_evaluate_options *o);
/* Draws --plot and --det. */
int cli_evaluate_draw(const lk_verification *found, const lk_roc *curve,
                      const cli_evaluate_options *o);

#endif

/* How the rows of a table are compared: E.json beside E.npy says it, --metric otherwise.
 *
 * Whoever computes distances from rows of `vectors` does it so:
 *
 *   lk_metric metric = cli_metric_of(&options, &vectors);
 *   status = cli_metric_prepare(&vectors, metric, path);
 *   ... Euclidean distances, d ...
 *   cli_metric_distance(metric, d)
 *
 * since of rows of length 1 the cosine distance, 1 - cos, is half the square of the
 * Euclidean one. So order, AUC, EER and rates are those of either; only distances and
 * thresholds are to be converted. */
#ifndef LK_CLI_METRIC_H
#define LK_CLI_METRIC_H

#include "vectors.h"

typedef struct cli_metric_options {
    bool given; /* --metric was */
    lk_metric metric;
} cli_metric_options;

/* --metric euclidean|cosine; its input is a cli_metric_options. */
extern const struct argp cli_metric_argp;

/* "euclidean", "cosine": as --metric takes it and JSON says it. */
const char *cli_metric_name(lk_metric metric);
/* "Euclidean distance", "cosine distance". */
const char *cli_metric_words(lk_metric metric);

lk_metric cli_metric_of(const cli_metric_options *options, const cli_vectors *vectors);
/* For the cosine brings the rows to length 1; a row of zeros has no direction, which is
 * reported. An exit status. */
int cli_metric_prepare(cli_vectors *vectors, lk_metric metric, const char *path);
/* Whether distances of the metric can be `threshold`; says so of `option` where not. */
bool cli_metric_takes(lk_metric metric, const char *option, double threshold);
/* The distance of two prepared rows from their Euclidean one. */
double cli_metric_distance(lk_metric metric, double euclidean);

#endif

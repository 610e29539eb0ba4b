/* What roc and evaluate say of verification. */
#ifndef LK_CLI_VERIFICATION_H
#define LK_CLI_VERIFICATION_H

#include "analysis.h"
#include "json.h"
#include "metric.h"

typedef struct cli_verification_options {
    cli_analysis_options analysis;
    lk_verification_options rates;
    cli_metric_options metric;
} cli_verification_options;

/* E.npy with labels, --metric, --far and --plot. */
extern const struct argp cli_verification_argp;

/* These report a failure and return an exit status. Reads rows that have labels. */
int cli_verification_read(cli_vectors *out, cli_verification_options *options);
/* All pairs of rows that are prepared for the metric. *curve is the caller's, see
 * lk_stats_roc_destroy. */
int cli_verification_measure(lk_verification *out, lk_roc **curve, const cli_vectors *v,
                             const cli_verification_options *options);
/* Draws --plot; nothing without. */
int cli_verification_draw(const lk_verification *found, const lk_roc *curve,
                          const cli_verification_options *options);
/* Thresholds from Euclidean distances of prepared rows to the metric's. */
void cli_verification_convert(lk_verification *v, lk_metric metric,
                              const cli_verification_options *options);

/* A table of AUC, EER and the rates, with intervals and what they stand on. Thresholds as in
 * `v`. */
void cli_verification_print(FILE *stream, const lk_verification *v,
                            const lk_verification_options *o);
/* The same as members of a JSON object. */
void cli_verification_json(json_t *object, const lk_verification *v,
                           const lk_verification_options *o, lk_metric metric);
/* {"estimate", "low", "high"}. */
json_t *cli_estimate_json(const lk_estimate *e);

#endif

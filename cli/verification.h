/* What roc and evaluate say of verification. */
#ifndef LK_CLI_VERIFICATION_H
#define LK_CLI_VERIFICATION_H

#include "cli.h"
#include "json.h"

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

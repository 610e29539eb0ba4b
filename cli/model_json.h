/* What is known of a model, as JSON. */
#ifndef LK_CLI_MODEL_JSON_H
#define LK_CLI_MODEL_JSON_H

#include <jansson.h>

#include "cli.h"

/* The members of traits.h, those that are known. */
json_t *cli_model_json(const lk_model_traits *traits);

#endif

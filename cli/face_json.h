/* Photographs and their faces as JSON, alike in all commands. */
#ifndef LK_CLI_FACE_JSON_H
#define LK_CLI_FACE_JSON_H

#include <jansson.h>

#include "photos.h"

/* Puts "box", "prob" (null where it is not known) and "landmarks" into an object. */
void cli_json_set_face(json_t *object, const lk_face *face);
/* What --border says; null where boxes are known and no detector runs. */
json_t *cli_json_border(const cli_detect_options *options);
/* What became of a photograph that could not be used: its "path" and "error". */
json_t *cli_json_failure(const char *path, const char *error);
/* The same of every path that could not be listed, into an output; NULL: the standard one. */
void cli_json_failures(lk_output *output, const cli_inputs *inputs);

#endif

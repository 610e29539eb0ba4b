/* Photographs and their faces as JSON, alike in all commands. */
#ifndef LK_CLI_FACE_JSON_H
#define LK_CLI_FACE_JSON_H

#include <jansson.h>

#include "inputs.h"

/* Puts "box", "prob" (null where it is not known) and "landmarks" into an object. */
void cli_json_set_face(json_t *object, const lk_face *face);
/* Prints what became of a photograph that could not be used: its "path" and "error". */
void cli_json_print_failure(FILE *stream, const char *path, const char *error);
/* The same of all arguments that could not be listed. */
void cli_json_print_failures(FILE *stream, const cli_inputs *inputs);

#endif

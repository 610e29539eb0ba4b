/* JSON for the output of commands: one object per line. */
#ifndef LK_CLI_JSON_H
#define LK_CLI_JSON_H

#include <jansson.h>
#include <stdio.h>

#include <likeness/files.h>

/* A string; bytes that are not UTF-8 become the replacement character, see lk_json_text. */
json_t *cli_json_text(const char *text);
/* A number, null where it is not finite. It is written as short as it reads back as the
 * same float64, or, of the second, as the same float32. */
json_t *cli_json_number(double value);
json_t *cli_json_float(float value);
/* What a text says; NULL where it is no JSON. */
json_t *cli_json_parse(const char *text, size_t length);
/* Puts a new value into an object, takes the reference. */
void cli_json_set(json_t *object, const char *key, json_t *value);
void cli_json_append(json_t *array, json_t *value);
/* The name of a file; where it is not UTF-8 its bytes follow as KEY_base64. */
void cli_json_set_path(json_t *object, const char *key, const char *path);
/* Writes a value and a line end; jansson's flags. Characters that a terminal must not
 * get are escaped, wherever it goes: no reader sees a difference. */
void cli_json_write(FILE *stream, const json_t *value, size_t flags);
void cli_json_put(lk_output *output, const json_t *value, size_t flags);
/* Prints a value on one line and releases it. The line goes out at once and in one piece,
 * so that several processes can write to one file or pipe. */
void cli_json_print(FILE *stream, json_t *value);
void cli_json_send(lk_output *output, json_t *value);

#endif

/* Options as JSON, by the names of their rows. */
#ifndef LK_BASE_OPTIONS_JSON_H
#define LK_BASE_OPTIONS_JSON_H

#include <jansson.h>

#include <likeness-program/json.h>

#include "base/options.h"

json_t *lk_json_texts(const char *const *texts, size_t count);
/* The texts of an array of strings, at most `most`: *out and *count grow together, so
 * that the caller can release what is there after an error, too. */
lk_status lk_json_read_texts(char ***out, size_t *count, const json_t *array, const char *what,
                             size_t most, const char *path) LK_MUST_USE;

/* An object with all options of a struct of this library's size. */
json_t *lk_options_to_json(const lk_options_table *table, const void *options);
/* Reads what is there into such a struct and leaves the rest as it is. Texts are new
 * memory of the caller's, after an error, too. Ranges are not checked. `path` stands
 * before errors: LK_ERROR_FORMAT (something of another type), LK_ERROR_MEMORY. */
lk_status lk_options_from_json(const lk_options_table *table, void *options, const json_t *object,
                               const char *path) LK_MUST_USE;

#endif

/* What a checkpoint says beside its tensors, as JSON: options by the names of their
 * fields, the photographs' fingerprint, and how far the run is. Reals are written with
 * 17 digits, which read back as the same double. What a text lacks keeps its default;
 * what it has must be of its type: it may come from anywhere. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <jansson.h>

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/options_json.h"
#include "train/trainer.h"

static const char format_name[] = "likeness trainer";
enum { FORMAT_VERSION = 1, MOST_STRINGS = 1 << 20, MOST_OTHERS = 1000 };

static json_t *indices(const size_t *list, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_integer((json_int_t)list[i]));
    return array;
}

lk_status lk_trainer_write_state(char **out, const lk_trainer_saved *saved)
{
    const char *const *paths = (const char *const *)saved->paths;
    json_t *state = json_pack(
        "{s:s, s:i, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:f}", "format", format_name, "version",
        FORMAT_VERSION, "options", lk_options_to_json(lk_trainer_options_table(), &saved->options),
        "paths", lk_json_texts(paths, saved->path_count), "unreadable",
        indices(saved->unreadable, saved->unreadable_count), "people",
        (json_int_t)saved->data.people, "photos", (json_int_t)saved->data.photos, "fingerprint",
        (json_int_t)saved->data.fingerprint, "threads", (json_int_t)saved->threads, "step",
        (json_int_t)saved->step, "seconds", saved->seconds);
    char *written = state ? json_dumps(state, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(state);
    LK_REQUIRE(written, LK_ERROR_MEMORY, "no memory for the state of the run");
    lk_status status = lk_strdup(out, written);
    free(written);
    return status;
}

/* ---- reading ---- */

static bool read_integer(json_int_t *out, const json_t *value, json_int_t least, json_int_t most)
{
    if (!json_is_integer(value))
        return false;
    *out = json_integer_value(value);
    return *out >= least && *out <= most;
}

static lk_status read_options(lk_trainer_options *options, const json_t *object, const char *path)
{
    lk_trainer_options_init(options);
    options->label = LK_LABEL_LAST; /* of runs from before there was a choice */
    LK_REQUIRE(json_object_get(object, "frozen"), LK_ERROR_FORMAT,
               "%s: \"frozen\" is no list of texts", path);
    return lk_options_from_json(lk_trainer_options_table(), options, object, path);
}

/* Checkpoints of earlier versions lack it. */
static lk_status read_unreadable(lk_trainer_saved *saved, const json_t *array, const char *path)
{
    size_t count = json_array_size(array);
    json_int_t index = -1;
    if (!array)
        return LK_OK;
    LK_TRY(lk_alloc(&saved->unreadable, count, sizeof *saved->unreadable));
    for (size_t i = 0; i < count; i++) {
        LK_REQUIRE(read_integer(&index, json_array_get(array, i), index + 1, INT32_MAX),
                   LK_ERROR_FORMAT, "%s: \"unreadable\" is no list of ascending numbers", path);
        saved->unreadable[saved->unreadable_count++] = (size_t)index;
    }
    LK_REQUIRE(json_is_array(array), LK_ERROR_FORMAT, "%s: \"unreadable\" is no list", path);
    saved->unreadable_known = true;
    return LK_OK;
}

static lk_status read_count(uint64_t *out, const json_t *state, const char *name, const char *path)
{
    json_int_t number;
    LK_REQUIRE(read_integer(&number, json_object_get(state, name), 0, INT64_MAX), LK_ERROR_FORMAT,
               "%s: \"%s\" is no number from 0 on", path, name);
    *out = (uint64_t)number;
    return LK_OK;
}

static lk_status read_members(lk_trainer_saved *saved, const json_t *state, const char *path)
{
    const char *format = json_string_value(json_object_get(state, "format"));
    LK_REQUIRE(format && strcmp(format, format_name) == 0, LK_ERROR_FORMAT,
               "%s: not the checkpoint of a training run", path);
    json_int_t version = json_integer_value(json_object_get(state, "version"));
    LK_REQUIRE(version == FORMAT_VERSION, LK_ERROR_UNSUPPORTED,
               "%s: a checkpoint of version %lld, expected %d", path, (long long)version,
               FORMAT_VERSION);
    LK_TRY(read_options(&saved->options, json_object_get(state, "options"), path));
    LK_TRY(lk_json_read_texts(&saved->paths, &saved->path_count, json_object_get(state, "paths"),
                              "paths", MOST_STRINGS, path));
    LK_TRY(read_unreadable(saved, json_object_get(state, "unreadable"), path));
    LK_TRY(read_count(&saved->data.people, state, "people", path));
    LK_TRY(read_count(&saved->data.photos, state, "photos", path));
    LK_TRY(read_count(&saved->threads, state, "threads", path));
    LK_TRY(read_count(&saved->step, state, "step", path));
    saved->data.fingerprint = (uint64_t)json_integer_value(json_object_get(state, "fingerprint"));
    saved->seconds = json_number_value(json_object_get(state, "seconds"));
    return LK_OK;
}

lk_status lk_trainer_read_state(lk_trainer_saved *saved, const char *json, const char *path)
{
    LK_REQUIRE(lk_json_is_small(json, strlen(json), MOST_OTHERS, MOST_STRINGS + MOST_OTHERS),
               LK_ERROR_LIMIT, "%s: the state has more than %d values", path,
               MOST_STRINGS + MOST_OTHERS);
    json_error_t error;
    errno = 0;
    json_t *state = json_loads(json, JSON_REJECT_DUPLICATES, &error);
    if (errno == ENOMEM) { /* jansson leaves out letters that it had no memory for */
        json_decref(state);
        return lk_fail(LK_ERROR_MEMORY, "%s: out of memory for its state", path);
    }
    LK_REQUIRE(state, LK_ERROR_FORMAT, "%s: the state is not JSON: line %d: %s", path, error.line,
               error.text);
    lk_status status = read_members(saved, state, path);
    json_decref(state);
    LK_TRY(status);
    lk_trainer_options trial;
    lk_status checked = lk_trainer_take_options(&trial, &saved->options);
    return checked == LK_OK ? LK_OK : lk_fail_prefix(checked, path);
}

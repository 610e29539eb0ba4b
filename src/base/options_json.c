/* Options as JSON. It may come from anywhere: what is there must be of its type. */
#include "base/options_json.h"

#include <math.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"

enum { MOST_TEXTS = 1 << 20 };

json_t *lk_json_text(const char *text)
{
    json_t *value = text ? json_string(text) : json_null();
    if (value)
        return value;
    lk_buffer clean = {0};
    lk_buffer_add(&clean, "", 0);
    for (size_t length; *text; text += length ? length : 1) {
        uint32_t code;
        length = lk_utf8_decode(&code, text);
        lk_buffer_add(&clean, length ? text : "\xef\xbf\xbd", length ? length : 3);
    }
    value = clean.status == LK_OK ? json_string(clean.data) : NULL;
    lk_buffer_clear(&clean);
    return value;
}

json_t *lk_json_texts(const char *const *texts, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, lk_json_text(texts[i]));
    return array;
}

lk_status lk_json_read_texts(char ***out, size_t *count, const json_t *array, const char *what,
                             size_t most, const char *path)
{
    size_t wanted = json_array_size(array);
    LK_REQUIRE(json_is_array(array) && wanted <= most, LK_ERROR_FORMAT,
               "%s: \"%s\" is no list of texts", path, what);
    LK_TRY(lk_alloc(out, wanted, sizeof **out));
    for (; *count < wanted; (*count)++) {
        const char *text = json_string_value(json_array_get(array, *count));
        LK_REQUIRE(text, LK_ERROR_FORMAT, "%s: \"%s\" is no list of texts", path, what);
        LK_TRY(lk_strdup(&(*out)[*count], text));
    }
    return LK_OK;
}

/* ---- writing ---- */

static json_t *write_whole(const void *at, const lk_option *option)
{
    if (option->bytes == sizeof(int))
        return json_integer(*(const int *)at);
    return json_integer((json_int_t) * (const uint64_t *)at);
}

static json_t *write_reals(const void *at, const lk_option *option)
{
    const double *reals = at;
    if (!option->count)
        return json_real(*reals);
    json_t *array = json_array();
    for (size_t i = 0; i < option->count; i++)
        json_array_append_new(array, json_real(reals[i]));
    return array;
}

static json_t *write_option(const void *at, const lk_option *option)
{
    unsigned choice;
    const size_t *count = (const size_t *)(const void *)((const char *)at + option->bytes);
    switch (option->type) {
    case LK_OPTION_FLAG: return json_boolean(*(const bool *)at);
    case LK_OPTION_WHOLE: return write_whole(at, option);
    case LK_OPTION_REAL: return write_reals(at, option);
    case LK_OPTION_CHOICE:
        choice = *(const unsigned *)at;
        return json_string(option->choices[choice]);
    case LK_OPTION_TEXT: return lk_json_text(*(const char *const *)at);
    case LK_OPTION_TEXTS: return lk_json_texts(*(const char *const *const *)at, *count);
    }
    return NULL;
}

json_t *lk_options_to_json(const lk_options_table *table, const void *options)
{
    json_t *object = json_object();
    for (size_t i = 0; i < table->count; i++) {
        const lk_option *row = &table->rows[i];
        json_object_set_new(object, row->name,
                            write_option((const char *)options + row->offset, row));
    }
    return object;
}

/* ---- reading ---- */

/* Numbers without a bound use all 64 bits, and JSON's have a sign. */
static bool read_whole(void *at, const lk_option *option, const json_t *value)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || (number < 0 && isfinite(option->most)))
        return false;
    if (option->bytes != sizeof(int))
        *(uint64_t *)at = (uint64_t)number;
    else if (number <= INT32_MAX)
        *(int *)at = (int)number;
    return option->bytes != sizeof(int) || number <= INT32_MAX;
}

static bool read_real(double *at, const json_t *value)
{
    *at = json_number_value(value);
    return json_is_number(value) && isfinite(*at);
}

static bool read_reals(double *at, const lk_option *option, const json_t *value)
{
    if (!option->count)
        return read_real(at, value);
    if (json_array_size(value) != option->count)
        return false;
    for (size_t i = 0; i < option->count; i++)
        if (!read_real(at + i, json_array_get(value, i)))
            return false;
    return true;
}

static bool options_json_read_plain(void *at, const lk_option *option, const json_t *value)
{
    switch (option->type) {
    case LK_OPTION_FLAG: *(bool *)at = json_is_true(value); return json_is_boolean(value);
    case LK_OPTION_WHOLE: return read_whole(at, option, value);
    case LK_OPTION_REAL: return read_reals(at, option, value);
    case LK_OPTION_CHOICE:
        return json_is_string(value) && lk_option_parse(at, option, json_string_value(value));
    case LK_OPTION_TEXT:
    case LK_OPTION_TEXTS: break;
    }
    return false;
}

static lk_status options_json_read_text(const char **at, const json_t *value)
{
    char *copy = NULL;
    if (json_is_string(value))
        LK_TRY(lk_strdup(&copy, json_string_value(value)));
    *at = copy;
    return LK_OK;
}

static lk_status read_texts(void *at, const lk_option *option, const json_t *value,
                            const char *path)
{
    char **texts = NULL;
    size_t *count = (size_t *)(void *)((char *)at + option->bytes);
    lk_status status = lk_json_read_texts(&texts, count, value, option->name, MOST_TEXTS, path);
    *(const char *const **)at = (const char *const *)texts;
    return status;
}

static lk_status read_option(void *at, const lk_option *option, const json_t *value,
                             const char *path)
{
    if (option->type == LK_OPTION_TEXTS)
        return read_texts(at, option, value, path);
    if (option->type == LK_OPTION_TEXT && (json_is_string(value) || json_is_null(value)))
        return options_json_read_text(at, value);
    LK_REQUIRE(options_json_read_plain(at, option, value), LK_ERROR_FORMAT,
               "%s: the option \"%s\" is not what it should be", path, option->name);
    return LK_OK;
}

lk_status lk_options_from_json(const lk_options_table *table, void *options, const json_t *object,
                               const char *path)
{
    LK_REQUIRE(json_is_object(object), LK_ERROR_FORMAT, "%s: holds no options", path);
    for (size_t i = 0; i < table->count; i++) {
        const lk_option *row = &table->rows[i];
        const json_t *value = json_object_get(object, row->name);
        if (value)
            LK_TRY(read_option((char *)options + row->offset, row, value, path));
    }
    return LK_OK;
}

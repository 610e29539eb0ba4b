/* What models say of themselves, read and written. It may come from anywhere: every member
 * must be known, of its type and within its range. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/options_json.h"
#include "base/utf8.h"
#include "embed/traits.h"

static const char traits_format[] = "likeness model";
enum { TRAITS_VERSION = 1, MOST_CONTAINERS = 8, MOST_VALUES = 64, MOST_TEXT = 200 };

lk_status lk_traits_set_text(const char **member, const char *text)
{
    char *copy = NULL;
    if (text)
        LK_TRY(lk_strdup(&copy, text));
    free((char *)*member);
    *member = copy;
    return LK_OK;
}

/* ---- reading ---- */

static lk_status refuse_member(const char *key, const char *takes, const json_t *value,
                               const char *where)
{
    char *found = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    lk_json_shorten(found);
    lk_fail(LK_ERROR_FORMAT, "%s: \"%s\" is %s, expected %s", where, key,
            LK_SHORT(found ? found : "another", 40), takes);
    free(found);
    return LK_ERROR_FORMAT;
}

static lk_status traits_check_format(const json_t *object, const char *where)
{
    LK_REQUIRE(json_is_object(object), LK_ERROR_FORMAT, "%s: is no JSON object", where);
    const json_t *format = json_object_get(object, "format");
    const json_t *version = json_object_get(object, "version");
    LK_REQUIRE(format, LK_ERROR_FORMAT,
               "%s: does not say \"format\": \"%s\", as what describes a model does", where,
               traits_format);
    if (!json_is_string(format) || strcmp(json_string_value(format), traits_format) != 0)
        return refuse_member("format", "\"likeness model\"", format, where);
    if (!json_is_integer(version) || json_integer_value(version) != TRAITS_VERSION)
        return refuse_member("version", "1", version, where);
    return LK_OK;
}

/* null: it is not known. */
static lk_status traits_forget(lk_model_traits *traits, const lk_option *row)
{
    void *at = (char *)traits + row->offset;
    if (row->type == LK_OPTION_TEXT)
        return lk_traits_set_text(at, NULL);
    traits->threshold = 0;
    return LK_OK;
}

/* A threshold is of one metric, and whoever said it said no other. */
static lk_status settle_threshold(lk_model_traits *traits, const json_t *object, lk_metric before)
{
    bool said = json_object_get(object, "threshold");
    if (!said && traits->metric != before)
        traits->threshold = 0;
    if (traits->threshold == 0 || (said && !json_object_get(object, "threshold_source")))
        return lk_traits_set_text(&traits->threshold_source, NULL);
    return LK_OK;
}

static lk_status read_member(lk_model_traits *traits, const lk_option *row, json_t *value,
                             const char *where)
{
    char takes[256];
    bool text = row->type == LK_OPTION_TEXT;
    void *at = (char *)traits + row->offset;
    lk_option_takes(takes, sizeof takes, row);
    if (json_is_null(value) && (text || at == &traits->threshold))
        return traits_forget(traits, row);
    if (text && (!json_is_string(value) || json_string_length(value) > MOST_TEXT))
        return refuse_member(row->name, "a text of at most 200 bytes", value, where);
    if (text)
        return lk_traits_set_text(at, json_string_value(value));
    json_t *alone = json_pack("{s:O}", row->name, value);
    LK_REQUIRE(alone, LK_ERROR_MEMORY, "%s: out of memory", where);
    lk_status status = lk_options_from_json(lk_model_traits_table(), traits, alone, where);
    json_decref(alone);
    if (status == LK_ERROR_MEMORY)
        return status;
    if (status != LK_OK || !lk_option_is_valid(at, row))
        return refuse_member(row->name, takes, value, where);
    return LK_OK;
}

lk_status lk_traits_check(const lk_model_traits *traits)
{
    LK_REQUIRE(traits->margin < traits->size, LK_ERROR_ARGUMENT,
               "a margin of %zu pixels is not smaller than the face's %zu", traits->margin,
               traits->size);
    LK_REQUIRE(traits->align == LK_ALIGN_NONE || traits->margin == 0, LK_ERROR_ARGUMENT,
               "a margin of %zu pixels, but faces that are aligned have none", traits->margin);
    LK_REQUIRE(traits->metric != LK_METRIC_COSINE || traits->threshold <= 2, LK_ERROR_ARGUMENT,
               "a threshold of %g, cosine distances go from 0 to 2", traits->threshold);
    return LK_OK;
}

static lk_status traits_read_members(lk_model_traits *traits, json_t *object, const char *where)
{
    const char *key;
    json_t *value;
    lk_metric before = traits->metric;
    json_object_foreach(object, key, value)
    {
        const lk_option *row = lk_option_find(lk_model_traits_table(), key);
        if (row)
            LK_TRY(read_member(traits, row, value, where));
        else
            LK_REQUIRE(strcmp(key, "format") == 0 || strcmp(key, "version") == 0, LK_ERROR_FORMAT,
                       "%s: says \"%s\", which nothing here knows: a word misspelt?", where,
                       LK_SHORT(key, 40));
    }
    LK_TRY(settle_threshold(traits, object, before));
    if (lk_traits_check(traits) != LK_OK)
        return lk_fail(LK_ERROR_FORMAT, "%s: %s", where, LK_SHORT(lk_error_text(), 200));
    return LK_OK;
}

lk_status lk_traits_read(lk_model_traits *traits, const char *text, size_t length,
                         const char *where)
{
    LK_REQUIRE(lk_json_is_small(text, length, MOST_CONTAINERS, MOST_VALUES), LK_ERROR_LIMIT,
               "%s: more than %d values", where, MOST_VALUES);
    json_error_t error;
    errno = 0;
    json_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (errno == ENOMEM) { /* jansson leaves out letters that it had no memory for */
        json_decref(object);
        return lk_fail(LK_ERROR_MEMORY, "%s: out of memory", where);
    }
    LK_REQUIRE(object, LK_ERROR_FORMAT, "%s: line %d: %s", where, error.line,
               LK_SHORT(error.text, 120));
    lk_status status = traits_check_format(object, where);
    if (status == LK_OK)
        status = traits_read_members(traits, object, where);
    json_decref(object);
    return status;
}

/* ---- writing ---- */

/* What is not known: a width follows from the network, most weights are no whole numbers, all else
 * is null. */
static void put_unknown(json_t *object, const lk_model_traits *traits)
{
    if (!traits->width)
        json_object_del(object, "width");
    if (!traits->quantised_from)
        json_object_del(object, "quantised_from");
    if (traits->threshold == 0)
        json_object_set_new(object, "threshold", json_null());
}

lk_status lk_traits_write(char **out, const lk_model_traits *traits, size_t flags)
{
    json_t *object =
        json_pack("{s:s, s:i}", "format", traits_format, "version", (int)TRAITS_VERSION);
    json_t *members = lk_options_to_json(lk_model_traits_table(), traits);
    if (members)
        put_unknown(members, traits);
    bool whole = object && members && json_object_update(object, members) == 0;
    char *text = whole ? json_dumps(object, flags) : NULL;
    json_decref(object);
    json_decref(members);
    LK_REQUIRE(text, LK_ERROR_MEMORY, "out of memory for what is known of a model");
    lk_json_shorten(text);
    *out = text;
    return LK_OK;
}

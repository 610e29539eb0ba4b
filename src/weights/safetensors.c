/* safetensors: eight bytes with the length of a JSON object, the object
 *
 *   {"name": {"dtype": "F32", "shape": [2,3], "data_offsets": [0,24]}, ...}
 *
 * and the bytes, which the tensors cover without holes or overlaps. Of an optional
 * "__metadata__" only the text "likeness.model" is read, and kept as it is.
 * Source: the format's description, huggingface/safetensors README. */
#include "weights/safetensors.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "weights/cursor.h"
#include "weights/tensors.h"

/* Real headers stay below 1 MiB; a tensor has three arrays and objects and at most
 * eleven other values. */
enum {
    MAX_HEADER = 8 << 20,
    MAX_MODEL = 1 << 16,
    MAX_CONTAINERS = 3 * LK_MAX_TENSORS,
    MAX_VALUES = 12 * LK_MAX_TENSORS
};

const char *const lk_safetensors_dtypes[LK_DTYPE_COUNT] = {
    [LK_F32] = "F32", [LK_F64] = "F64", [LK_F16] = "F16",   [LK_BF16] = "BF16", [LK_I64] = "I64",
    [LK_I32] = "I32", [LK_U8] = "U8",   [LK_BOOL] = "BOOL", [LK_I8] = "I8",     [LK_I16] = "I16",
};

typedef struct span {
    size_t begin, end; /* of one tensor, in the bytes behind the header */
} span;

typedef struct span_list {
    span *items;
    size_t count, capacity;
} span_list;

bool lk_safetensors_detect(const lk_mapping *mapping)
{
    return mapping->size >= 9 && mapping->bytes[8] == '{';
}

/* A JSON integer of zero or more. */
static bool get_size(const json_t *value, size_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (size_t)json_integer_value(value);
    return true;
}

static lk_status read_dtype(lk_tensor_view *view, const json_t *entry)
{
    const char *text = json_string_value(json_object_get(entry, "dtype"));
    LK_REQUIRE(text, LK_ERROR_FORMAT, "has no dtype");
    for (int i = 0; i < LK_DTYPE_COUNT; i++)
        if (strcmp(text, lk_safetensors_dtypes[i]) == 0) {
            view->dtype = (lk_dtype)i;
            return LK_OK;
        }
    return lk_fail(LK_ERROR_UNSUPPORTED, "has the type %s, which is not read", LK_SHORT(text, 20));
}

static lk_status safetensors_read_shape(lk_tensor_view *view, const json_t *entry)
{
    const json_t *shape = json_object_get(entry, "shape");
    LK_REQUIRE(json_is_array(shape), LK_ERROR_FORMAT, "has no shape");
    view->rank = json_array_size(shape);
    LK_REQUIRE(view->rank <= LK_MAX_RANK, LK_ERROR_UNSUPPORTED, "has %zu axes, at most %d are read",
               view->rank, LK_MAX_RANK);
    for (size_t i = 0; i < view->rank; i++)
        LK_REQUIRE(get_size(json_array_get(shape, i), &view->shape[i]), LK_ERROR_FORMAT,
                   "size %zu is not a number of zero or more", i);
    lk_contiguous_strides(view);
    return LK_OK;
}

static lk_status read_span(lk_tensor_view *view, span *out, const json_t *entry,
                           const lk_cursor *data)
{
    const json_t *offsets = json_object_get(entry, "data_offsets");
    span at;
    LK_REQUIRE(json_array_size(offsets) == 2 && get_size(json_array_get(offsets, 0), &at.begin) &&
                   get_size(json_array_get(offsets, 1), &at.end),
               LK_ERROR_FORMAT, "has no data_offsets of two numbers");
    LK_REQUIRE(at.begin <= at.end && at.end <= data->size, LK_ERROR_FORMAT,
               "lies at bytes %zu to %zu, the file has %zu: cut short?", at.begin, at.end,
               data->size);
    size_t expected;
    LK_REQUIRE(lk_mul_all(view->shape, view->rank, &view->storage_count) &&
                   lk_mul(view->storage_count, lk_dtype_size(view->dtype), &expected) &&
                   expected == at.end - at.begin,
               LK_ERROR_FORMAT, "has %zu bytes, its shape and type need another number",
               at.end - at.begin);
    view->storage = data->bytes + at.begin;
    *out = at;
    return LK_OK;
}

static lk_status read_entry(lk_tensor_view *view, span *out, const json_t *entry,
                            const lk_cursor *data)
{
    LK_REQUIRE(json_is_object(entry), LK_ERROR_FORMAT, "is not an object");
    LK_TRY(read_dtype(view, entry));
    LK_TRY(safetensors_read_shape(view, entry));
    return read_span(view, out, entry, data);
}

static lk_status safetensors_add_entry(lk_tensors *tensors, span_list *spans, const char *name,
                                       const json_t *entry, const lk_cursor *data)
{
    lk_tensor_view view = {.name = name, .name_length = strlen(name)};
    LK_TRY(lk_grow(&spans->items, &spans->capacity, spans->count + 1, sizeof *spans->items));
    lk_status status = read_entry(&view, &spans->items[spans->count], entry, data);
    if (status != LK_OK)
        return lk_fail(status, "tensor \"%s\" %s", LK_SHORT(name, 80), lk_error_text());
    spans->count++;
    return lk_tensors_append(tensors, &view);
}

static int compare_spans(const void *a, const void *b)
{
    const span *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* Every byte belongs to one tensor: what the format demands, so that a file
 * hides nothing. */
static lk_status check_cover(span_list *spans, size_t size)
{
    if (spans->count)
        qsort(spans->items, spans->count, sizeof *spans->items, compare_spans);
    size_t end = 0;
    for (size_t i = 0; i < spans->count; i++) {
        LK_REQUIRE(spans->items[i].begin == end, LK_ERROR_FORMAT, "has %s at data byte %zu",
                   spans->items[i].begin < end ? "overlapping tensors" : "a hole between tensors",
                   spans->items[i].begin < end ? spans->items[i].begin : end);
        end = spans->items[i].end;
    }
    LK_REQUIRE(end == size, LK_ERROR_FORMAT, "has %zu data bytes, its tensors take %zu", size, end);
    return LK_OK;
}

static lk_status read_metadata(lk_tensors *tensors, const json_t *metadata)
{
    const json_t *model = json_object_get(metadata, LK_SAFETENSORS_MODEL);
    if (!model)
        return LK_OK;
    LK_REQUIRE(json_is_string(model) && json_string_length(model) <= MAX_MODEL, LK_ERROR_FORMAT,
               "its metadata \"" LK_SAFETENSORS_MODEL "\" is no text of at most %d bytes",
               MAX_MODEL);
    return lk_strdup(&tensors->model, json_string_value(model));
}

static lk_status read_entries(lk_tensors *tensors, span_list *spans, json_t *header,
                              const lk_cursor *data)
{
    const char *name;
    json_t *entry;
    json_object_foreach(header, name, entry) if (strcmp(name, LK_SAFETENSORS_METADATA) != 0)
        LK_TRY(safetensors_add_entry(tensors, spans, name, entry, data));
    LK_TRY(read_metadata(tensors, json_object_get(header, LK_SAFETENSORS_METADATA)));
    LK_TRY(check_cover(spans, data->size));
    return lk_tensors_finish(tensors);
}

/* Parses the header; `file` then stands at the first data byte. */
static lk_status parse_header(json_t **out, lk_cursor *file)
{
    uint64_t length = 0;
    const uint8_t *text = NULL;
    LK_REQUIRE(lk_cursor_number(file, 8, &length) && length <= MAX_HEADER, LK_ERROR_LIMIT,
               "says that its header has %llu bytes, at most %d are read",
               (unsigned long long)length, MAX_HEADER);
    LK_REQUIRE(lk_cursor_take(file, length, &text), LK_ERROR_FORMAT,
               "is cut short: its header has %llu bytes and only %zu are left",
               (unsigned long long)length, file->size - file->at);
    LK_REQUIRE(lk_json_is_small((const char *)text, length, MAX_CONTAINERS, MAX_VALUES),
               LK_ERROR_LIMIT, "its header has more than %d values, or %d arrays and objects",
               MAX_VALUES, MAX_CONTAINERS);
    json_error_t error;
    errno = 0;
    json_t *header = json_loadb((const char *)text, length, JSON_REJECT_DUPLICATES, &error);
    if (errno == ENOMEM) { /* jansson leaves out letters that it had no memory for */
        json_decref(header);
        return lk_fail(LK_ERROR_MEMORY, "out of memory for its header");
    }
    LK_REQUIRE(header, LK_ERROR_FORMAT, "its header is not JSON: %s", LK_SHORT(error.text, 120));
    if (!json_is_object(header)) {
        json_decref(header);
        return lk_fail(LK_ERROR_FORMAT, "its header is not a JSON object");
    }
    *out = header;
    return LK_OK;
}

lk_status lk_safetensors_read(lk_tensors *tensors)
{
    lk_cursor file = {.bytes = tensors->mapping.bytes, .size = tensors->mapping.size};
    json_t *header = NULL;
    LK_TRY(parse_header(&header, &file));
    lk_cursor data = {.bytes = file.bytes + file.at, .size = file.size - file.at};
    span_list spans = {0};
    lk_status status = read_entries(tensors, &spans, header, &data);
    free(spans.items);
    json_decref(header);
    return status;
}

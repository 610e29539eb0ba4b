/* NumPy's .npy format: "\x93NUMPY", a version, the length of a Python dict
 *
 *   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
 *
 * padded with spaces and ended by a newline, then the elements. The length has
 * two bytes in version 1 and four in versions 2 and 3. The dict is parsed as
 * what it is, three known keys, not as Python.
 * Source: numpy.lib.format (its description). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/cursor.h"
#include "weights/dtype.h"
#include "weights/npy_type.h"
#include "weights/tensors.h"

enum { MAX_HEADER = 1 << 16, PREFIX = 8, WRITE_ALIGNMENT = 64 };

static const char MAGIC[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};

/* What is written; bfloat16 has no name in NumPy. */
static const char *const DESCRIPTIONS[LK_DTYPE_COUNT] = {
    [LK_F32] = "<f4", [LK_F64] = "<f8",  [LK_F16] = "<f2", [LK_I64] = "<i8", [LK_I32] = "<i4",
    [LK_U8] = "|u1",  [LK_BOOL] = "|b1", [LK_I8] = "|i1",  [LK_I16] = "<i2",
};

static bool next_is(lk_cursor *text, char c)
{
    while (text->at < text->size && (text->bytes[text->at] == ' ' || text->bytes[text->at] == '\n'))
        text->at++;
    if (text->at == text->size || text->bytes[text->at] != (uint8_t)c)
        return false;
    text->at++;
    return true;
}

/* The word `expected` comes next. */
static bool next_is_word(lk_cursor *text, const char *expected)
{
    size_t start = text->at, length = strlen(expected);
    next_is(text, '\0'); /* spaces */
    const uint8_t *bytes;
    if (lk_cursor_take(text, length, &bytes) && memcmp(bytes, expected, length) == 0)
        return true;
    text->at = start;
    return false;
}

/* 'text' or "text", without escapes. */
static bool next_string(lk_cursor *text, char *out, size_t room)
{
    char quote = next_is(text, '\'') ? '\'' : next_is(text, '"') ? '"' : '\0';
    const uint8_t *start = text->bytes + text->at;
    const uint8_t *end = quote ? memchr(start, quote, text->size - text->at) : NULL;
    if (!end || (size_t)(end - start) >= room)
        return false;
    memcpy(out, start, (size_t)(end - start));
    out[end - start] = '\0';
    text->at += (size_t)(end - start) + 1;
    return true;
}

static bool next_number(lk_cursor *text, size_t *out)
{
    next_is(text, '\0'); /* spaces */
    size_t start = text->at, number = 0;
    for (; text->at < text->size; text->at++) {
        unsigned digit = (unsigned)text->bytes[text->at] - '0';
        if (digit > 9)
            break;
        if (!lk_mul(number, 10, &number) || !lk_add(number, digit, &number))
            return false;
    }
    *out = number;
    return text->at > start;
}

/* What the header says. */
typedef struct description {
    lk_npy_type type;
    bool fortran; /* first axis fastest */
    lk_tensor_view view;
} description;

static lk_status read_descr(lk_cursor *text, description *out)
{
    char descr[16];
    LK_REQUIRE(next_string(text, descr, sizeof descr), LK_ERROR_UNSUPPORTED,
               "'descr' is not a simple type");
    LK_TRY(lk_npy_type_parse(&out->type, descr));
    out->view.dtype = out->type.dtype;
    return LK_OK;
}

static lk_status read_order(lk_cursor *text, description *out)
{
    out->fortran = next_is_word(text, "True");
    LK_REQUIRE(out->fortran || next_is_word(text, "False"), LK_ERROR_FORMAT,
               "'fortran_order' is neither True nor False");
    return LK_OK;
}

/* (), (3,), (3, 4), (3, 4,) */
static lk_status npy_read_shape(lk_cursor *text, lk_tensor_view *view)
{
    LK_REQUIRE(next_is(text, '('), LK_ERROR_FORMAT, "'shape' is not a tuple");
    view->rank = 0;
    bool more = true;
    while (!next_is(text, ')')) {
        LK_REQUIRE(view->rank < LK_MAX_RANK, LK_ERROR_UNSUPPORTED, "has more than %d axes",
                   LK_MAX_RANK);
        LK_REQUIRE(more && next_number(text, &view->shape[view->rank]), LK_ERROR_FORMAT,
                   "'shape' is not a tuple of numbers");
        view->rank++;
        more = next_is(text, ',');
    }
    return LK_OK;
}

static lk_status npy_read_dict(lk_cursor *text, description *out)
{
    bool descr = false, order = false, shape = false, more = true;
    LK_REQUIRE(next_is(text, '{'), LK_ERROR_FORMAT, "its header is not a dict");
    while (!next_is(text, '}')) {
        char key[16] = "";
        LK_REQUIRE(more && next_string(text, key, sizeof key) && next_is(text, ':'),
                   LK_ERROR_FORMAT, "its header is not a dict of names and values");
        bool *seen = strcmp(key, "descr") == 0           ? &descr
                     : strcmp(key, "fortran_order") == 0 ? &order
                     : strcmp(key, "shape") == 0         ? &shape
                                                         : NULL;
        LK_REQUIRE(seen && !*seen, LK_ERROR_FORMAT, "its header has the unexpected key '%s'", key);
        *seen = true;
        if (seen == &descr)
            LK_TRY(read_descr(text, out));
        else if (seen == &order)
            LK_TRY(read_order(text, out));
        else
            LK_TRY(npy_read_shape(text, &out->view));
        more = next_is(text, ',');
    }
    LK_REQUIRE(descr && order && shape, LK_ERROR_FORMAT,
               "its header lacks 'descr', 'fortran_order' or 'shape'");
    return LK_OK;
}

/* Moves `file` behind the header, which `text` then covers. */
static lk_status find_header(lk_cursor *file, lk_cursor *text)
{
    const uint8_t *start;
    LK_REQUIRE(lk_cursor_take(file, PREFIX, &start) && memcmp(start, MAGIC, sizeof MAGIC) == 0,
               LK_ERROR_FORMAT, "is not an .npy file");
    unsigned version = start[6];
    LK_REQUIRE(version >= 1 && version <= 3, LK_ERROR_UNSUPPORTED,
               "has the .npy version %u, expected 1 to 3", version);
    uint64_t length = 0;
    LK_REQUIRE(lk_cursor_number(file, version == 1 ? 2 : 4, &length), LK_ERROR_FORMAT,
               "is cut short in its header");
    LK_REQUIRE(length <= MAX_HEADER, LK_ERROR_LIMIT,
               "has a header of %llu bytes, at most %d are read", (unsigned long long)length,
               MAX_HEADER);
    LK_REQUIRE(lk_cursor_take(file, length, &text->bytes), LK_ERROR_FORMAT,
               "is cut short in its header");
    text->size = length;
    text->at = 0;
    return LK_OK;
}

static void set_strides(description *array)
{
    lk_tensor_view *view = &array->view;
    lk_contiguous_strides(view);
    size_t stride = 1; /* no overflow: the size has been computed */
    for (size_t i = 0; array->fortran && i < view->rank; i++) {
        view->strides[i] = stride;
        stride *= view->shape[i] ? view->shape[i] : 1;
    }
}

/* Elements of a type that we do not have become a copy of one that we have, which
 * belongs to the set; the types are chosen so that it is at most twice as large. */
static lk_status append_converted(lk_tensors *tensors, description *array)
{
    lk_tensor_view *view = &array->view;
    uint8_t *copy;
    LK_TRY(lk_alloc(&copy, view->storage_count, lk_dtype_size(view->dtype)));
    lk_npy_type_convert(copy, view->storage, &array->type, view->storage_count);
    view->storage = copy;
    lk_status status = lk_tensors_append(tensors, view);
    if (status != LK_OK || tensors->entries[0].owned) /* which is then in C order */
        free(copy);
    else
        tensors->entries[0].owned = copy;
    return status;
}

lk_status lk_npy_read(lk_tensors *tensors)
{
    lk_cursor file = {.bytes = tensors->mapping.bytes, .size = tensors->mapping.size};
    lk_cursor text = {0};
    LK_TRY(find_header(&file, &text));
    description array = {.view = {.name = ""}};
    lk_tensor_view *view = &array.view;
    LK_TRY(npy_read_dict(&text, &array));
    size_t bytes, left = file.size - file.at;
    LK_REQUIRE(lk_mul_all(view->shape, view->rank, &view->storage_count) &&
                   lk_mul(view->storage_count, array.type.size, &bytes),
               LK_ERROR_FORMAT, "its size overflows");
    LK_REQUIRE(bytes == left, LK_ERROR_FORMAT, "has %zu bytes of data, its shape and type need %zu",
               left, bytes);
    view->storage = file.bytes + file.at;
    set_strides(&array);
    if (lk_npy_type_is_plain(&array.type))
        LK_TRY(lk_tensors_append(tensors, view));
    else
        LK_TRY(append_converted(tensors, &array));
    return lk_tensors_finish(tensors);
}

/* The dict, without padding, into text[room]. */
static size_t format_dict(char *text, size_t room, lk_dtype dtype, const size_t *shape, size_t rank)
{
    size_t at = (size_t)snprintf(text, room, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                                 DESCRIPTIONS[dtype]);
    for (size_t i = 0; i < rank; i++)
        at += (size_t)snprintf(text + at, room - at, i + 1 < rank ? "%zu, " : "%zu", shape[i]);
    at += (size_t)snprintf(text + at, room - at, rank == 1 ? ",), }" : "), }");
    return at;
}

static void npy_write_header(lk_output *output, lk_dtype dtype, const size_t *shape, size_t rank)
{
    char dict[512];
    size_t length = format_dict(dict, sizeof dict, dtype, shape, rank);
    size_t before = PREFIX + 2;
    size_t total = (before + length + 1 + WRITE_ALIGNMENT - 1) / WRITE_ALIGNMENT * WRITE_ALIGNMENT;
    size_t header = total - before;
    const uint8_t version_and_size[] = {1, 0, header & 0xff, (uint8_t)(header >> 8)};
    lk_output_write(output, MAGIC, sizeof MAGIC);
    lk_output_write(output, version_and_size, sizeof version_and_size);
    lk_output_printf(output, "%-*s\n", (int)header - 1, dict);
}

lk_status lk_npy_begin(lk_output *output, lk_dtype dtype, const size_t *shape, size_t rank)
{
    LK_REQUIRE(output && (shape || rank == 0) && rank <= LK_MAX_RANK && lk_dtype_size(dtype),
               LK_ERROR_ARGUMENT, "lk_npy_begin: NULL argument, unknown type or rank above 8");
    const char *path = lk_output_path(output);
    LK_REQUIRE(DESCRIPTIONS[dtype], LK_ERROR_UNSUPPORTED, "%s: .npy has no type for %s", path,
               lk_dtype_name(dtype));
    size_t count, bytes;
    LK_REQUIRE(lk_mul_all(shape, rank, &count) && lk_mul(count, lk_dtype_size(dtype), &bytes),
               LK_ERROR_ARGUMENT, "%s: the array's size overflows", path);
    npy_write_header(output, dtype, shape, rank);
    return LK_OK;
}

lk_status lk_npy_put(lk_output *output, lk_dtype dtype, const void *data, const size_t *shape,
                     size_t rank)
{
    size_t count;
    bool empty = (shape || rank == 0) && lk_mul_all(shape, rank, &count) && count == 0;
    LK_REQUIRE(data || empty, LK_ERROR_ARGUMENT, "lk_npy_put: no data");
    LK_TRY(lk_npy_begin(output, dtype, shape, rank));
    LK_REQUIRE(lk_mul_all(shape, rank, &count), LK_ERROR_ARGUMENT, "lk_npy_put: too large");
    lk_output_write(output, data, count * lk_dtype_size(dtype));
    return LK_OK;
}

lk_status lk_npy_write(const char *path, lk_dtype dtype, const void *data, const size_t *shape,
                       size_t rank)
{
    lk_output *output;
    LK_REQUIRE(path, LK_ERROR_ARGUMENT, "lk_npy_write: NULL path");
    LK_TRY(lk_output_open(&output, path));
    lk_status status = lk_npy_put(output, dtype, data, shape, rank);
    if (status == LK_OK)
        return lk_output_commit(output);
    lk_output_discard(output);
    return status;
}

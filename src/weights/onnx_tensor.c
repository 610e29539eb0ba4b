/* Tensors of an ONNX file. Their numbers are raw bytes, or lie in one of five lists by
 * type, which are brought to the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "weights/dtype.h"
#include "weights/onnx.h"
#include "weights/onnx_fields.h"
#include "weights/onnx_wire.h"

/* Bits of an element; 0: not read. */
static size_t onnx_bits(int64_t type)
{
    switch (type) {
    case LK_ONNX_UINT4:
    case LK_ONNX_INT4: return 4;
    case LK_ONNX_UINT8:
    case LK_ONNX_INT8:
    case LK_ONNX_BOOL: return 8;
    case LK_ONNX_UINT16:
    case LK_ONNX_INT16:
    case LK_ONNX_FLOAT16:
    case LK_ONNX_BFLOAT16: return 16;
    case LK_ONNX_FLOAT:
    case LK_ONNX_INT32:
    case LK_ONNX_UINT32: return 32;
    case LK_ONNX_INT64:
    case LK_ONNX_DOUBLE:
    case LK_ONNX_UINT64: return 64;
    default: return 0;
    }
}

/* What is found while a message is read. */
typedef struct tensor_parts {
    lk_onnx_tensor *tensor;
    int64_t type;
    size_t capacity, bytes; /* of tensor->owned: room, used */
    bool raw;
    size_t raw_size;
} tensor_parts;

static lk_status onnx_add_dims(lk_onnx_tensor *tensor, lk_wire_field *field)
{
    uint64_t extent;
    bool more;
    for (;;) {
        LK_TRY(lk_wire_number(field, LK_WIRE_VARINT, &extent, &more));
        if (!more)
            return LK_OK;
        LK_REQUIRE(tensor->rank < LK_MAX_RANK, LK_ERROR_UNSUPPORTED, "has more than %d directions",
                   LK_MAX_RANK);
        LK_REQUIRE(extent <= INT64_MAX, LK_ERROR_FORMAT, "has the extent %lld", (long long)extent);
        tensor->shape[tensor->rank++] = (size_t)extent;
    }
}

/* Appends a list's numbers, `size` bytes of each. */
static lk_status onnx_add_numbers(tensor_parts *parts, lk_wire_field *field, lk_wire_type type,
                                  size_t size)
{
    uint64_t value;
    bool more;
    for (;;) {
        LK_TRY(lk_wire_number(field, type, &value, &more));
        if (!more)
            return LK_OK;
        LK_TRY(lk_grow(&parts->tensor->owned, &parts->capacity, parts->bytes + sizeof value, 1));
        memcpy(parts->tensor->owned + parts->bytes, &value, size);
        parts->bytes += size;
    }
}

/* Which list a type's numbers are in, and how they are written there. */
static lk_status onnx_add_list(tensor_parts *parts, lk_wire_field *field)
{
    size_t size = lk_ceil_div(onnx_bits(parts->type), 8);
    int64_t type = parts->type;
    uint64_t expected = type == LK_ONNX_FLOAT    ? LK_ONNX_TENSOR_FLOAT_DATA
                        : type == LK_ONNX_DOUBLE ? LK_ONNX_TENSOR_DOUBLE_DATA
                        : type == LK_ONNX_INT64  ? LK_ONNX_TENSOR_INT64_DATA
                        : type == LK_ONNX_UINT32 || type == LK_ONNX_UINT64
                            ? LK_ONNX_TENSOR_UINT64_DATA
                            : LK_ONNX_TENSOR_INT32_DATA;
    LK_REQUIRE(field->number == expected, LK_ERROR_FORMAT,
               "has its numbers in field %llu, expected field %llu for type %lld",
               (unsigned long long)field->number, (unsigned long long)expected, (long long)type);
    return onnx_add_numbers(parts, field,
                            expected == LK_ONNX_TENSOR_FLOAT_DATA    ? LK_WIRE_FIXED32
                            : expected == LK_ONNX_TENSOR_DOUBLE_DATA ? LK_WIRE_FIXED64
                                                                     : LK_WIRE_VARINT,
                            size);
}

static lk_status onnx_tensor_field(tensor_parts *parts, lk_wire_field *field)
{
    switch (field->number) {
    case LK_ONNX_TENSOR_DIMS: return onnx_add_dims(parts->tensor, field);
    case LK_ONNX_TENSOR_RAW_DATA:
        LK_REQUIRE(field->type == LK_WIRE_BYTES, LK_ERROR_FORMAT, "has raw data that are none");
        parts->raw = true;
        parts->tensor->data = field->inside.bytes;
        parts->raw_size = field->inside.size;
        return LK_OK;
    case LK_ONNX_TENSOR_FLOAT_DATA:
    case LK_ONNX_TENSOR_INT32_DATA:
    case LK_ONNX_TENSOR_INT64_DATA:
    case LK_ONNX_TENSOR_DOUBLE_DATA:
    case LK_ONNX_TENSOR_UINT64_DATA: return onnx_add_list(parts, field);
    case LK_ONNX_TENSOR_STRING_DATA:
        return lk_fail(LK_ERROR_UNSUPPORTED, "holds strings, expected numbers");
    case LK_ONNX_TENSOR_SEGMENT: return lk_fail(LK_ERROR_UNSUPPORTED, "is a part of a tensor");
    case LK_ONNX_TENSOR_EXTERNAL_DATA:
        return lk_fail(LK_ERROR_UNSUPPORTED,
                       "has its numbers in another file (external data); save the model as one "
                       "file: onnx.save(onnx.load(...), ...)");
    case LK_ONNX_TENSOR_DATA_LOCATION:
        LK_REQUIRE(field->value == 0, LK_ERROR_UNSUPPORTED,
                   "has its numbers in another file (external data); save the model as one file: "
                   "onnx.save(onnx.load(...), ...)");
        return LK_OK;
    default: return LK_OK;
    }
}

/* Type and name first: lists may stand before them. */
static lk_status onnx_tensor_head(tensor_parts *parts, lk_cursor message)
{
    lk_wire_field field;
    bool more;
    for (;;) {
        LK_TRY(lk_wire_next(&message, &field, &more));
        if (!more)
            return LK_OK;
        if (field.number == LK_ONNX_TENSOR_DATA_TYPE && field.type == LK_WIRE_VARINT)
            parts->type = (int64_t)field.value;
        if (field.number == LK_ONNX_TENSOR_NAME && field.type == LK_WIRE_BYTES)
            parts->tensor->name =
                (lk_onnx_text){(const char *)field.inside.bytes, field.inside.size};
    }
}

static lk_status onnx_tensor_body(tensor_parts *parts, lk_cursor message)
{
    lk_onnx_tensor *tensor = parts->tensor;
    size_t bits = onnx_bits(parts->type), bytes;
    lk_wire_field field;
    bool more;
    LK_REQUIRE(bits, LK_ERROR_UNSUPPORTED, "has the element type %lld, which is not read",
               (long long)parts->type);
    tensor->type = (lk_onnx_type)parts->type;
    for (;;) {
        LK_TRY(lk_wire_next(&message, &field, &more));
        if (!more)
            break;
        LK_TRY(onnx_tensor_field(parts, &field));
    }
    LK_REQUIRE(lk_mul_all(tensor->shape, tensor->rank, &tensor->count) &&
                   lk_mul(tensor->count, bits, &bytes) && lk_add(bytes, 7, &bytes),
               LK_ERROR_FORMAT, "has a size that overflows");
    bytes /= 8;
    size_t found = parts->raw ? parts->raw_size : parts->bytes;
    /* Lists hold a number of 4 bits in a byte, or two. */
    LK_REQUIRE(found == bytes, LK_ERROR_FORMAT, "has %zu bytes of numbers, its shape wants %zu",
               found, bytes);
    if (!parts->raw)
        tensor->data = tensor->owned;
    return LK_OK;
}

lk_status lk_onnx_read_tensor(lk_onnx_tensor *out, lk_cursor message)
{
    *out = (lk_onnx_tensor){0};
    tensor_parts parts = {.tensor = out};
    lk_status status = onnx_tensor_head(&parts, message);
    if (status == LK_OK)
        status = onnx_tensor_body(&parts, message);
    if (status == LK_OK)
        return LK_OK;
    const char *name = LK_SHORT_OF(out->name.bytes, out->name.length, 80);
    lk_onnx_tensor_clear(out);
    return lk_fail(status, "tensor \"%s\" %s", name, lk_error_text());
}

size_t lk_onnx_tensor_bytes(const lk_onnx_tensor *tensor)
{
    return lk_ceil_div(tensor->count * onnx_bits(tensor->type), 8);
}

void lk_onnx_tensor_clear(lk_onnx_tensor *tensor)
{
    free(tensor->owned);
    *tensor = (lk_onnx_tensor){0};
}

bool lk_onnx_is_whole(const lk_onnx_tensor *tensor)
{
    switch (tensor->type) {
    case LK_ONNX_FLOAT:
    case LK_ONNX_FLOAT16:
    case LK_ONNX_BFLOAT16:
    case LK_ONNX_DOUBLE: return false;
    default: return true;
    }
}

bool lk_onnx_floats(const lk_onnx_tensor *tensor, float *out)
{
    lk_dtype type = tensor->type == LK_ONNX_FLOAT16    ? LK_F16
                    : tensor->type == LK_ONNX_BFLOAT16 ? LK_BF16
                    : tensor->type == LK_ONNX_DOUBLE   ? LK_F64
                                                       : LK_F32;
    if (lk_onnx_is_whole(tensor))
        return false;
    lk_convert_f32(out, tensor->data, type, tensor->count);
    return true;
}

#define WHOLE(TYPE)                                                                                \
    do {                                                                                           \
        for (size_t i = 0; i < tensor->count; i++) {                                               \
            TYPE x;                                                                                \
            memcpy(&x, tensor->data + i * sizeof x, sizeof x);                                     \
            out[i] = (int64_t)x;                                                                   \
        }                                                                                          \
    } while (0)

/* Two a byte, the first in the lower half. */
static void onnx_halves(const lk_onnx_tensor *tensor, int64_t *out)
{
    for (size_t i = 0; i < tensor->count; i++) {
        int64_t half = tensor->data[i / 2] >> (i % 2 * 4) & 15;
        out[i] = tensor->type == LK_ONNX_INT4 && half > 7 ? half - 16 : half;
    }
}

bool lk_onnx_whole(const lk_onnx_tensor *tensor, int64_t *out)
{
    switch (tensor->type) {
    case LK_ONNX_INT8: WHOLE(int8_t); return true;
    case LK_ONNX_UINT8:
    case LK_ONNX_BOOL: WHOLE(uint8_t); return true;
    case LK_ONNX_INT16: WHOLE(int16_t); return true;
    case LK_ONNX_UINT16: WHOLE(uint16_t); return true;
    case LK_ONNX_INT32: WHOLE(int32_t); return true;
    case LK_ONNX_UINT32: WHOLE(uint32_t); return true;
    case LK_ONNX_INT64: WHOLE(int64_t); return true;
    case LK_ONNX_UINT64: WHOLE(uint64_t); return true;
    case LK_ONNX_UINT4:
    case LK_ONNX_INT4: onnx_halves(tensor, out); return true;
    default: return false;
    }
}

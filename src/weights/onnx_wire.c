/* Source: protobuf.dev, "Encoding". */
#include "weights/onnx_wire.h"

#include "base/error.h"

static lk_status wire_varint(lk_cursor *message, uint64_t *out)
{
    enum { MOST_BYTES = 10, BITS = 7 };
    uint64_t value = 0;
    for (unsigned i = 0; i < MOST_BYTES; i++) {
        const uint8_t *byte;
        LK_REQUIRE(lk_cursor_take(message, 1, &byte), LK_ERROR_FORMAT,
                   "is cut short: a number has no end");
        if (i == MOST_BYTES - 1)
            LK_REQUIRE(*byte <= 1, LK_ERROR_FORMAT, "has a number of more than 64 bits");
        value |= (uint64_t)(*byte & 0x7f) << (BITS * i);
        if (!(*byte & 0x80)) {
            *out = value;
            return LK_OK;
        }
    }
    return lk_fail(LK_ERROR_FORMAT, "has a number of more than 10 bytes");
}

static lk_status wire_fixed(lk_cursor *message, size_t bytes, uint64_t *out)
{
    LK_REQUIRE(lk_cursor_number(message, bytes, out), LK_ERROR_FORMAT,
               "is cut short: %zu of a number's %zu bytes are left", message->size - message->at,
               bytes);
    return LK_OK;
}

static lk_status wire_value(lk_cursor *message, lk_wire_type type, uint64_t *out)
{
    if (type == LK_WIRE_VARINT)
        return wire_varint(message, out);
    return wire_fixed(message, type == LK_WIRE_FIXED64 ? 8 : 4, out);
}

static lk_status wire_bytes(lk_cursor *message, lk_wire_field *field)
{
    uint64_t size;
    LK_TRY(wire_varint(message, &size));
    field->inside = (lk_cursor){.size = (size_t)size};
    LK_REQUIRE(lk_cursor_take(message, (size_t)size, &field->inside.bytes), LK_ERROR_FORMAT,
               "is cut short, or no ONNX file: a field of %llu bytes where %zu are left",
               (unsigned long long)size, message->size - message->at);
    return LK_OK;
}

lk_status lk_wire_next(lk_cursor *message, lk_wire_field *field, bool *more)
{
    uint64_t tag;
    *field = (lk_wire_field){0};
    *more = message->at < message->size;
    if (!*more)
        return LK_OK;
    LK_TRY(wire_varint(message, &tag));
    field->number = tag >> 3;
    field->type = (lk_wire_type)(tag & 7);
    LK_REQUIRE(field->number, LK_ERROR_FORMAT, "has a field without a number");
    switch (field->type) {
    case LK_WIRE_VARINT:
    case LK_WIRE_FIXED64:
    case LK_WIRE_FIXED32: return wire_value(message, field->type, &field->value);
    case LK_WIRE_BYTES: return wire_bytes(message, field);
    default:
        return lk_fail(LK_ERROR_FORMAT, "has field %llu of the unknown type %d",
                       (unsigned long long)field->number, (int)field->type);
    }
}

lk_status lk_wire_number(lk_wire_field *field, lk_wire_type type, uint64_t *out, bool *more)
{
    if (field->type == LK_WIRE_BYTES) {
        *more = field->inside.at < field->inside.size;
        return *more ? wire_value(&field->inside, type, out) : LK_OK;
    }
    LK_REQUIRE(field->type == type, LK_ERROR_FORMAT,
               "has field %llu of type %d, expected numbers of type %d",
               (unsigned long long)field->number, (int)field->type, (int)type);
    *more = field->number != 0;
    *out = field->value;
    field->number = 0; /* read */
    return LK_OK;
}

/* Fields of protobuf messages, one by one, from memory that ends. Nothing is copied. */
#ifndef LK_WEIGHTS_ONNX_WIRE_H
#define LK_WEIGHTS_ONNX_WIRE_H

#include <likeness/base.h>

#include "weights/cursor.h"

typedef enum lk_wire_type {
    LK_WIRE_VARINT = 0,
    LK_WIRE_FIXED64 = 1,
    LK_WIRE_BYTES = 2,
    LK_WIRE_FIXED32 = 5
} lk_wire_type;

typedef struct lk_wire_field {
    uint64_t number;
    lk_wire_type type;
    uint64_t value;   /* of a number, its bits */
    lk_cursor inside; /* of bytes: a text, a message, or numbers */
} lk_wire_field;

/* The next field; *more is false at the end. Errors: LK_ERROR_FORMAT, without the file's
 * name. */
lk_status lk_wire_next(lk_cursor *message, lk_wire_field *field, bool *more) LK_MUST_USE;

/* The next number of a field that holds several of them one after the other (packed), of
 * `type`; or the one of a field that holds one. *more is false at the end; the field
 * changes. */
lk_status lk_wire_number(lk_wire_field *field, lk_wire_type type, uint64_t *out,
                         bool *more) LK_MUST_USE;

#endif

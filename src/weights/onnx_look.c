/* What a node's attributes say. */
#include <string.h>

#include "base/error.h"
#include "weights/onnx.h"
#include "weights/onnx_wire.h"

const lk_onnx_attribute *lk_onnx_attribute_of(const lk_onnx_node *node, const char *name)
{
    for (size_t i = 0; i < node->attribute_count; i++)
        if (lk_onnx_text_is(node->attributes[i].name, name))
            return &node->attributes[i];
    return NULL;
}

lk_status lk_onnx_integers(const lk_onnx_attribute *attribute, int64_t *out, size_t most,
                           size_t *count)
{
    enum { INTEGERS = 8 };
    lk_cursor message = attribute->message;
    lk_wire_field field;
    bool more, another;
    uint64_t value;
    for (*count = 0;;) {
        LK_TRY(lk_wire_next(&message, &field, &more));
        if (!more)
            return LK_OK;
        for (another = field.number == INTEGERS; another;) {
            LK_TRY(lk_wire_number(&field, LK_WIRE_VARINT, &value, &another));
            if (!another)
                break;
            LK_REQUIRE(*count < most, LK_ERROR_FORMAT, "a list has more than %zu numbers", most);
            out[(*count)++] = (int64_t)value;
        }
    }
}

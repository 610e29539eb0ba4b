/* Whether a file is ONNX. */
#include "base/error.h"
#include "weights/onnx.h"
#include "weights/onnx_wire.h"

/* ONNX has no magic number: it is a message whose first field is its version, a small
 * number, and that holds a graph. */
bool lk_onnx_detect(const lk_mapping *mapping)
{
    enum { VERSION = 1, GRAPH = 7, LARGEST = 25, MOST_VERSION = 30 };
    lk_cursor message = {.bytes = mapping->bytes, .size = mapping->size};
    lk_wire_field field;
    bool more = true, graph = false, version = false;
    while (more) {
        if (lk_wire_next(&message, &field, &more) != LK_OK)
            return version && (graph || field.number == GRAPH); /* cut short */
        if (!more)
            break;
        if (field.number > LARGEST)
            return false;
        version |= field.number == VERSION && field.type == LK_WIRE_VARINT && field.value &&
                   field.value <= MOST_VERSION;
        graph |= field.number == GRAPH && field.type == LK_WIRE_BYTES;
    }
    return graph && version;
}

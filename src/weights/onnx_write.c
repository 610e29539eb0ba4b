#include "weights/onnx_write.h"

#include <string.h>

#include "weights/onnx_wire.h"

static void onnx_put_varint(lk_buffer *out, uint64_t value)
{
    enum { BITS = 7 };
    for (; value >> BITS; value >>= BITS)
        lk_buffer_add(out, &(char){(char)(value | 0x80)}, 1);
    lk_buffer_add(out, &(char){(char)value}, 1);
}

static void onnx_put_tag(lk_buffer *out, unsigned field, lk_wire_type type)
{
    onnx_put_varint(out, (uint64_t)field << 3 | type);
}

void lk_onnx_put_number(lk_buffer *out, unsigned field, uint64_t number)
{
    onnx_put_tag(out, field, LK_WIRE_VARINT);
    onnx_put_varint(out, number);
}

void lk_onnx_put_bytes(lk_buffer *out, unsigned field, const void *bytes, size_t count)
{
    onnx_put_tag(out, field, LK_WIRE_BYTES);
    onnx_put_varint(out, count);
    if (count)
        lk_buffer_add(out, bytes, count);
}

static void onnx_put_text(lk_buffer *out, unsigned field, lk_onnx_text text)
{
    lk_onnx_put_bytes(out, field, text.bytes, text.length);
}

void lk_onnx_put_message(lk_buffer *out, unsigned field, lk_buffer *message)
{
    lk_onnx_put_bytes(out, field, message->data, message->count);
    if (out->status == LK_OK)
        out->status = message->status;
    lk_buffer_clear(message);
}

void lk_onnx_put_tensor(lk_buffer *out, unsigned field, const lk_onnx_tensor *tensor)
{
    lk_buffer message = {0};
    for (size_t i = 0; i < tensor->rank; i++)
        lk_onnx_put_number(&message, LK_ONNX_TENSOR_DIMS, tensor->shape[i]);
    lk_onnx_put_number(&message, LK_ONNX_TENSOR_DATA_TYPE, tensor->type);
    onnx_put_text(&message, LK_ONNX_TENSOR_NAME, tensor->name);
    lk_onnx_put_bytes(&message, LK_ONNX_TENSOR_RAW_DATA, tensor->data,
                      lk_onnx_tensor_bytes(tensor));
    lk_onnx_put_message(out, field, &message);
}

static void onnx_put_integer(lk_buffer *out, const char *name, int64_t integer)
{
    enum { NAME = 1, INTEGER = 3, TYPE = 20, IS_INTEGER = 2 };
    lk_buffer message = {0};
    lk_onnx_put_bytes(&message, NAME, name, strlen(name));
    lk_onnx_put_number(&message, INTEGER, (uint64_t)integer);
    lk_onnx_put_number(&message, TYPE, IS_INTEGER);
    lk_onnx_put_message(out, LK_ONNX_NODE_ATTRIBUTE, &message);
}

void lk_onnx_put_node(lk_buffer *out, const lk_onnx_new_node *node)
{
    lk_buffer message = {0};
    for (size_t i = 0; i < node->input_count; i++)
        onnx_put_text(&message, LK_ONNX_NODE_INPUT, node->inputs[i]);
    for (size_t i = 0; i < node->output_count; i++)
        onnx_put_text(&message, LK_ONNX_NODE_OUTPUT, node->outputs[i]);
    onnx_put_text(&message, LK_ONNX_NODE_NAME, node->name);
    onnx_put_text(&message, LK_ONNX_NODE_OPERATION, node->operation);
    for (size_t i = 0; i < node->attribute_count; i++)
        lk_onnx_put_bytes(&message, LK_ONNX_NODE_ATTRIBUTE, node->attributes[i].message.bytes,
                          node->attributes[i].message.size);
    if (node->integer_name)
        onnx_put_integer(&message, node->integer_name, node->integer);
    lk_onnx_put_message(out, LK_ONNX_GRAPH_NODE, &message);
}

/* TensorShapeProto: an extent that is not known is a dimension of nothing. */
static void onnx_put_shape(lk_buffer *out, unsigned field, const lk_onnx_end *end)
{
    lk_buffer message = {0};
    for (size_t i = 0; i < end->rank; i++) {
        lk_buffer extent = {0};
        if (end->shape[i] > 0)
            lk_onnx_put_number(&extent, 1, (uint64_t)end->shape[i]);
        lk_onnx_put_message(&message, 1, &extent);
    }
    lk_onnx_put_message(out, field, &message);
}

/* ValueInfoProto: name (1), TypeProto (2: tensor (1)). */
void lk_onnx_put_end(lk_buffer *out, unsigned field, lk_onnx_text name, const lk_onnx_end *end)
{
    enum { ELEMENT = 1, SHAPE = 2 };
    lk_buffer message = {0}, type = {0}, tensor = {0};
    lk_onnx_put_number(&tensor, ELEMENT, LK_ONNX_FLOAT);
    if (end->shaped)
        onnx_put_shape(&tensor, SHAPE, end);
    lk_onnx_put_message(&type, 1, &tensor);
    onnx_put_text(&message, 1, name);
    lk_onnx_put_message(&message, 2, &type);
    lk_onnx_put_message(out, field, &message);
}

/* Writing ONNX files: a message is its fields, one after the other. A buffer keeps the first
 * failure. */
#ifndef LK_WEIGHTS_ONNX_WRITE_H
#define LK_WEIGHTS_ONNX_WRITE_H

#include "base/buffer.h"
#include "weights/onnx.h"
#include "weights/onnx_fields.h"

void lk_onnx_put_number(lk_buffer *out, unsigned field, uint64_t number);
void lk_onnx_put_bytes(lk_buffer *out, unsigned field, const void *bytes, size_t count);
/* And clears the message. */
void lk_onnx_put_message(lk_buffer *out, unsigned field, lk_buffer *message);
void lk_onnx_put_tensor(lk_buffer *out, unsigned field, const lk_onnx_tensor *tensor);

/* A node: its inputs and outputs by name. */
typedef struct lk_onnx_new_node {
    lk_onnx_text name, operation;
    const lk_onnx_text *inputs, *outputs;
    size_t input_count, output_count;
    const lk_onnx_attribute *attributes; /* as they were read */
    size_t attribute_count;
    const char *integer_name; /* one attribute more, or NULL */
    int64_t integer;
} lk_onnx_new_node;
void lk_onnx_put_node(lk_buffer *out, const lk_onnx_new_node *node);
/* An input or output of floats. */
void lk_onnx_put_end(lk_buffer *out, unsigned field, lk_onnx_text name, const lk_onnx_end *end);

#endif

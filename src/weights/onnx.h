/* ONNX files, as they are written: nodes in their order, initialisers, inputs and outputs.
 * What they mean is for src/onnx. Nothing is believed: names may be missing, twice there or
 * of nothing, shapes are checked against the numbers that are there. */
#ifndef LK_WEIGHTS_ONNX_H
#define LK_WEIGHTS_ONNX_H

#include <likeness/weights.h>

#include "weights/cursor.h"
#include "weights/mapping.h"

enum {
    LK_ONNX_MAX_NODES = 20000,
    LK_ONNX_MAX_TENSORS = 100000,
    LK_ONNX_MAX_VALUES = 200000, /* names */
    LK_ONNX_MAX_EDGES = 200000   /* inputs and outputs of all nodes */
};

/* Bytes of the file, without an end. */
typedef struct lk_onnx_text {
    const char *bytes;
    size_t length;
} lk_onnx_text;

/* ONNX's numbers of element types. */
typedef enum lk_onnx_type {
    LK_ONNX_FLOAT = 1,
    LK_ONNX_UINT8 = 2,
    LK_ONNX_INT8 = 3,
    LK_ONNX_UINT16 = 4,
    LK_ONNX_INT16 = 5,
    LK_ONNX_INT32 = 6,
    LK_ONNX_INT64 = 7,
    LK_ONNX_BOOL = 9,
    LK_ONNX_FLOAT16 = 10,
    LK_ONNX_DOUBLE = 11,
    LK_ONNX_UINT32 = 12,
    LK_ONNX_UINT64 = 13,
    LK_ONNX_BFLOAT16 = 16,
    LK_ONNX_UINT4 = 21,
    LK_ONNX_INT4 = 22
} lk_onnx_type;

typedef struct lk_onnx_tensor {
    lk_onnx_text name;
    lk_onnx_type type;
    size_t rank, shape[LK_MAX_RANK], count;
    const uint8_t *data; /* `count` little-endian elements; two a byte where they have 4 bits */
    uint8_t *owned;      /* the same where they do not lie so in the file */
} lk_onnx_tensor;

typedef struct lk_onnx_attribute {
    lk_onnx_text name, text;
    int64_t integer;
    float real;
    lk_onnx_tensor *tensor; /* NULL: none */
    bool graph;             /* holds a graph of its own: control flow */
    lk_cursor message;      /* for lk_onnx_integers */
} lk_onnx_attribute;

/* Values are known by numbers below lk_onnx.value_count; the empty name is 0: no value. */
typedef struct lk_onnx_node {
    lk_onnx_text name, operation, domain;
    const size_t *inputs, *outputs;
    size_t input_count, output_count;
    const lk_onnx_attribute *attributes;
    size_t attribute_count;
} lk_onnx_node;

typedef struct lk_onnx_initializer {
    size_t value;
    lk_onnx_tensor tensor;
} lk_onnx_initializer;

/* An input or output of the graph. */
typedef struct lk_onnx_end {
    size_t value;
    bool shaped;
    size_t rank;
    int64_t shape[LK_MAX_RANK]; /* 0: not said, or by a name */
} lk_onnx_end;

typedef struct lk_onnx {
    char *path;
    lk_mapping mapping;
    int64_t opset; /* of ONNX's own operators */
    lk_onnx_node *nodes;
    lk_onnx_initializer *initializers;
    lk_onnx_end *inputs, *outputs;
    lk_onnx_text *values; /* names */
    size_t node_count, initializer_count, input_count, output_count, value_count;
    struct lk_onnx_room *room; /* what the reader needs, and the memory of the above */
} lk_onnx;

/* Whether the bytes are fields of a protobuf message as ONNX files have them. */
bool lk_onnx_detect(const lk_mapping *mapping);

/* Reads a file; the texts of errors begin with its path. Errors: LK_ERROR_IO,
 * LK_ERROR_FORMAT, LK_ERROR_UNSUPPORTED (numbers in other files, strings, sparse tensors),
 * LK_ERROR_LIMIT, LK_ERROR_MEMORY. */
lk_status lk_onnx_open(lk_onnx **out, const char *path) LK_MUST_USE;
/* The same of bytes that outlive it; `name` stands for the path. */
lk_status lk_onnx_open_bytes(lk_onnx **out, const void *bytes, size_t count,
                             const char *name) LK_MUST_USE;
void lk_onnx_close(lk_onnx *onnx);

/* Converts a tensor's elements. A float16, bfloat16 or double becomes a float; false: it is
 * of whole numbers, or for the second, of others than whole ones. */
bool lk_onnx_floats(const lk_onnx_tensor *tensor, float *out);
bool lk_onnx_whole(const lk_onnx_tensor *tensor, int64_t *out);
bool lk_onnx_is_whole(const lk_onnx_tensor *tensor);

/* The attribute of that name; NULL: none. */
const lk_onnx_attribute *lk_onnx_attribute_of(const lk_onnx_node *node, const char *name);
/* An attribute's list of whole numbers; at most `most` are taken. LK_ERROR_FORMAT for more. */
lk_status lk_onnx_integers(const lk_onnx_attribute *attribute, int64_t *out, size_t most,
                           size_t *count) LK_MUST_USE;
bool lk_onnx_text_is(lk_onnx_text text, const char *expected);
/* Bytes of a tensor's numbers. */
size_t lk_onnx_tensor_bytes(const lk_onnx_tensor *tensor);

/* Private to onnx_*.c ----------------------------------------------------- */

/* A tensor's message; `owned` is freed by lk_onnx_tensor_clear. The texts name the tensor. */
lk_status lk_onnx_read_tensor(lk_onnx_tensor *out, lk_cursor message) LK_MUST_USE;
void lk_onnx_tensor_clear(lk_onnx_tensor *tensor);

#endif

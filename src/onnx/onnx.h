/* onnx.h: from the graph of an ONNX file to a network of our own layers. What depends on
 * no input is computed at once, what follows a convolution is left to nn to take in. */
#ifndef LK_ONNX_ONNX_H
#define LK_ONNX_ONNX_H

#include "base/buffer.h"
#include "nn/nn.h"
#include "weights/onnx.h"

/* One output of the network. */
typedef struct lk_onnx_result {
    lk_onnx_text name;
    size_t rank, shape[4]; /* as the file has it, for one image: shape[0] is 1 */
} lk_onnx_result;

typedef struct lk_onnx_network {
    lk_nn_model *model;       /* the caller's; convolutions that the file has in whole numbers are
                               * set so (lk_nn_model_unset_int8 takes it back) */
    size_t channels;          /* 1 to 4, of the input */
    size_t height, width;     /* that it was made for */
    float scale[4], shift[4]; /* what is to be done to the input's channels first */
    size_t result_count;
    lk_onnx_result results[LK_NN_MAX_OUTPUTS];
} lk_onnx_network;

/* Makes the network. height and width: 0 as the file says, which then has to say it.
 * Errors, naming the node and its operator: LK_ERROR_UNSUPPORTED (an operator, or what it
 * is to do), LK_ERROR_SHAPE (what does not fit), LK_ERROR_FORMAT (a node that reads what no
 * node before it makes), LK_ERROR_LIMIT, LK_ERROR_NUMBER, LK_ERROR_MEMORY; the texts begin
 * with the file's path. */
lk_status lk_onnx_network_create(lk_onnx_network *out, const lk_onnx *onnx, size_t height,
                                 size_t width) LK_MUST_USE;

/* The weights of a layer in whole numbers: of a convolution or a linear one; or of a product by a
 * constant matrix, whose columns are the rows here. */
typedef struct lk_onnx_rounded {
    size_t layer;        /* of the network */
    const int8_t *whole; /* a row for each number of the result, as the layer has them */
    const float *scale;  /* [rows], that they are multiplied by */
    const float *bias;   /* [rows]; NULL of a product */
    lk_nn_scale input;   /* of what a convolution reads; scale 0: floats */
} lk_onnx_rounded;

/* Writes the file anew, with the weights of these layers as whole numbers behind
 * DequantizeLinear, and what the convolutions read through QuantizeLinear and back; what
 * nothing depends on any more is left out. height and width: as above. Errors: those of
 * lk_onnx_network_create; *out is to be cleared in any case. */
lk_status lk_onnx_write_rounded(lk_buffer *out, const lk_onnx *onnx, size_t height, size_t width,
                                const lk_onnx_rounded *layers, size_t count) LK_MUST_USE;

#endif

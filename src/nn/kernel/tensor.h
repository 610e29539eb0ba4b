/* tensor.h: the loops of the layers that networks from elsewhere are made of. They read
 * activations that lie in blocks or plainly, and write them plainly (one lane), but for
 * what says otherwise; a view of one image serves all images. */
#ifndef LK_NN_KERNEL_TENSOR_H
#define LK_NN_KERNEL_TENSOR_H

#include "nn/kernel/loops.h"

/* layer->function of every number; in and out alike. */
void lk_nn_loop_activate(const lk_nn_view *out, const lk_nn_view *in, const lk_nn_layer *layer);

/* Both inputs lie in equal blocks, and the second has the first's shape or one pixel. */
bool lk_nn_binary_in_blocks(const lk_nn_map *a, const lk_nn_map *b);
/* layer->arithmetic; out plain, or as the inputs where the above says so. */
void lk_nn_loop_binary(const lk_nn_map *out, const lk_nn_map *a, const lk_nn_map *b,
                       lk_nn_arithmetic arithmetic);

/* These write plainly: of each channel a product of matrices, sums in float32; another
 * order of directions; the same numbers in memory's order; layer->reduction, sums in
 * float64; along a direction; a part of one; with numbers around. */
void lk_nn_loop_matmul(const lk_nn_map *out, const lk_nn_map *a, const lk_nn_map *b);
void lk_nn_loop_transpose(const lk_nn_map *out, const lk_nn_map *in, const lk_nn_layer *layer);
void lk_nn_loop_reshape(const lk_nn_map *out, const lk_nn_map *in);
void lk_nn_loop_reduce(const lk_nn_map *out, const lk_nn_map *in, const lk_nn_layer *layer);
void lk_nn_loop_softmax(const lk_nn_map *out, const lk_nn_map *in, size_t direction);
void lk_nn_loop_slice(const lk_nn_map *out, const lk_nn_map *in, const lk_nn_layer *layer);
void lk_nn_loop_pad(const lk_nn_map *out, const lk_nn_map *in, const lk_nn_layer *layer);

/* Blocks to equal blocks. */
void lk_nn_loop_upsample(const lk_nn_map *out, const lk_nn_map *in, const size_t times[2]);

#endif

/* depthwise.h: the inner loop of grouped.h where each channel is a group. */
#ifndef LK_NN_KERNEL_DEPTHWISE_H
#define LK_NN_KERNEL_DEPTHWISE_H

#include "nn/kernel/grouped_conv.h"

/* Rows `from` (an even one) to `to` - 1 of one block's plane of the result from its plane of
 * the input. `stream`: the result goes past the caches, which it would only pass through. */
typedef void lk_nn_depthwise_fn(const lk_nn_grouped *conv, float *out, const float *plane,
                                size_t block, size_t from, size_t to, bool stream);

/* The best for a convolution; NULL: none. */
lk_nn_depthwise_fn *lk_nn_depthwise_of(const lk_nn_grouped *conv);

/* Two rows at a time, of 16 lanes; NULL for what it can't do. Only where there is AVX-512. */
lk_nn_depthwise_fn *lk_nn_depthwise_pairs_of(const lk_nn_grouped *conv);

#endif

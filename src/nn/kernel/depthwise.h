/* depthwise.h: the inner loop of grouped.h where each channel is a group. */
#ifndef LK_NN_KERNEL_DEPTHWISE_H
#define LK_NN_KERNEL_DEPTHWISE_H

#include "nn/kernel/grouped_conv.h"

/* Row `y` of the result, out[out[1]][lanes], from one block's plane. */
typedef void lk_nn_depthwise_row_fn(const lk_nn_grouped *conv, float *out, const float *plane,
                                    size_t block, size_t y);

/* The best for so many lanes; NULL: none. */
lk_nn_depthwise_row_fn *lk_nn_depthwise_row_of(size_t lanes);

#endif

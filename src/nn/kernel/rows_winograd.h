/* rows_winograd.h: 3x3 convolutions with 2.25 times fewer multiplications. */
#ifndef LK_NN_KERNEL_ROWS_WINOGRAD_H
#define LK_NN_KERNEL_ROWS_WINOGRAD_H

#include "nn/kernel/rows.h"

enum { LK_NN_ROW_POSITIONS = 16, LK_NN_ROW_TILES = 25 };

/* Weights of a 3x3 convolution in the transformed domain; bias and slopes stay
 * with the convolution they come from. */
typedef struct lk_nn_row_winograd {
    lk_nn_row_conv positions[LK_NN_ROW_POSITIONS]; /* 1x1, without bias and PReLU */
} lk_nn_row_winograd;

lk_status lk_nn_row_winograd_create(lk_nn_row_winograd *winograd,
                                    const lk_nn_row_conv *conv) LK_MUST_USE;
void lk_nn_row_winograd_clear(lk_nn_row_winograd *winograd);

/* The floats of scratch that a run needs, for maps of at most
 * LK_NN_ROW_TILES * 2 + 2 pixels a side. */
size_t lk_nn_row_winograd_scratch(size_t in_stride, size_t out_channels);

/* The convolution of a square map: out[side - 2][side - 2][out_channels] from
 * in[side][side][stride]; stride is a multiple of 16, scratch has
 * lk_nn_row_winograd_scratch floats, all memory lies on 64-byte boundaries. */
void lk_nn_row_winograd_run(const lk_nn_row_winograd *winograd, const lk_nn_row_conv *conv,
                            const lk_nn_row_kernels *kernels, float *out, const float *in,
                            size_t side, size_t stride, float *scratch);

#endif

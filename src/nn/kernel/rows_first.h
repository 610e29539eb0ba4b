/* rows_first.h: 3x3 convolutions of three colours and the pooling behind them, a pair of rows at
 * a time.
 *
 * Winograd's F(2x2, 3x3), whose few inputs let all products of a tile stay in registers. A tile
 * is a window of a pooling by 2x2 at a step of 2, too, and most of one by 3x3. */
#ifndef LK_NN_KERNEL_ROWS_FIRST_H
#define LK_NN_KERNEL_ROWS_FIRST_H

#include "nn/kernel/rows.h"

enum {
    LK_NN_ROW_COLOURS = 3,
    LK_NN_ROW_FIRST_POSITIONS = 16,
    LK_NN_ROW_FIRST_SLACK = 32 /* floats behind a row that are read, and count for nothing */
};

/* Weights of the convolution in the transformed domain, for lk_nn_row_first_fn:
 * [out_channels / 16][positions][colours][16]. Released by lk_free_aligned. */
lk_status lk_nn_row_first_create(float **weights, const lk_nn_row_conv *conv) LK_MUST_USE;

#endif

/* rows_winograd.h: 3x3 convolutions with up to 4 times fewer multiplications. */
#ifndef LK_NN_KERNEL_ROWS_WINOGRAD_H
#define LK_NN_KERNEL_ROWS_WINOGRAD_H

#include "nn/kernel/rows.h"
#include "nn/kernel/winograd_transforms.h"

enum {
    LK_NN_ROW_TILE_MOST = LK_NN_ROW_TILE_LEAST + LK_NN_ROW_TILE_KINDS - 1,
    LK_NN_ROW_POSITIONS = (LK_NN_ROW_TILE_MOST + 2) * (LK_NN_ROW_TILE_MOST + 2),
    LK_NN_ROW_TILES = 25 /* at once */
};

/* Weights of a 3x3 convolution in the transformed domain; bias and slopes stay
 * with the convolution they come from. */
typedef struct lk_nn_row_winograd {
    size_t outputs;                                /* of a tile, a side: 3 or 4 */
    lk_nn_row_conv positions[LK_NN_ROW_POSITIONS]; /* [outputs + 2] squared of them, 1x1 */
} lk_nn_row_winograd;

lk_status lk_nn_row_winograd_create(lk_nn_row_winograd *winograd, const lk_nn_row_conv *conv,
                                    size_t outputs) LK_MUST_USE;
void lk_nn_row_winograd_clear(lk_nn_row_winograd *winograd);

/* The floats of scratch that a run needs. */
#define LK_NN_ROW_WINOGRAD_SCRATCH(outputs, in_stride, out_channels)                               \
    (((outputs) + 2) * ((outputs) + 2) * LK_NN_ROW_TILES * ((in_stride) + (out_channels)))

/* The convolution of a square map: out[side - 2][side - 2][out_channels] from
 * in[side][side][stride]; stride is a multiple of 16, scratch has
 * LK_NN_ROW_WINOGRAD_SCRATCH floats, all memory lies on 64-byte boundaries. At most
 * LK_NN_ROW_TILES tiles a side. */
void lk_nn_row_winograd_run(const lk_nn_row_winograd *winograd, const lk_nn_row_conv *conv,
                            const lk_nn_row_kernels *kernels, float *out, const float *in,
                            size_t side, size_t stride, float *scratch);

/* The rows of outputs that one row of tiles gives, out_count <= outputs of them, each
 * [width - 2][out_channels], from in[outputs + 2][width][stride]; rows of input that nothing but
 * dropped rows of output reads may be any. A tile's numbers depend on its inputs alone. */
void lk_nn_row_winograd_band(const lk_nn_row_winograd *winograd, const lk_nn_row_conv *conv,
                             const lk_nn_row_kernels *kernels, float *const *out, size_t out_count,
                             const float *const *in, size_t width, size_t stride, float *scratch);

#endif

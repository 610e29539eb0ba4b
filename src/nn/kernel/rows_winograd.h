/* rows_winograd.h: 3x3 and 2x2 convolutions with up to 4 times fewer multiplications. */
#ifndef LK_NN_KERNEL_ROWS_WINOGRAD_H
#define LK_NN_KERNEL_ROWS_WINOGRAD_H

#include "nn/kernel/rows.h"
#include "nn/kernel/winograd_transforms.h"

enum {
    LK_NN_ROW_TILE_MOST = LK_NN_ROW_TILE_LEAST + LK_NN_ROW_TILE_KINDS - 1,
    LK_NN_ROW_POSITIONS = LK_NN_ROW_TILE_MOST * LK_NN_ROW_TILE_MOST,
    LK_NN_ROW_TILES = 25 /* at once */
};

/* Weights of a convolution in the transformed domain; bias and slopes stay with the convolution
 * they come from. */
typedef struct lk_nn_row_winograd {
    size_t outputs, inputs;                        /* of a tile, a side */
    lk_nn_row_conv positions[LK_NN_ROW_POSITIONS]; /* inputs squared of them, 1x1 */
} lk_nn_row_winograd;

/* Tiles of 3x3 or 4x4 outputs of a 3x3 convolution, of 3x3 of a 2x2 one. */
lk_status lk_nn_row_winograd_create(lk_nn_row_winograd *winograd, const lk_nn_row_conv *conv,
                                    size_t outputs) LK_MUST_USE;
void lk_nn_row_winograd_clear(lk_nn_row_winograd *winograd);

/* The floats of scratch that a run needs. */
#define LK_NN_ROW_WINOGRAD_SCRATCH(inputs, in_stride, out_channels)                                \
    ((inputs) * (inputs)*LK_NN_ROW_TILES * ((in_stride) + (out_channels)))

/* The convolution of a square map: out[s][s][out_channels], s = side - kernel + 1, from
 * in[side][side][stride]; stride is a multiple of 16, scratch has
 * LK_NN_ROW_WINOGRAD_SCRATCH floats, all memory lies on 64-byte boundaries. At most
 * LK_NN_ROW_TILES tiles a side. */
void lk_nn_row_winograd_run(const lk_nn_row_winograd *winograd, const lk_nn_row_conv *conv,
                            const lk_nn_row_kernels *kernels, float *out, const float *in,
                            size_t side, size_t stride, float *scratch);

/* The rows of outputs that one row of tiles gives, out_count <= outputs of them, each
 * [width - kernel + 1][out_channels], from in[inputs][width][stride]; rows of input that nothing
 * but dropped rows of output reads may be any. A tile's numbers depend on its inputs alone. */
void lk_nn_row_winograd_band(const lk_nn_row_winograd *winograd, const lk_nn_row_conv *conv,
                             const lk_nn_row_kernels *kernels, float *const *out, size_t out_count,
                             const float *const *in, size_t width, size_t stride, float *scratch);

/* The convolutions of maps that are one tile each: out[count][outputs][outputs][out_channels] from
 * in[count][inputs][inputs][stride], so that weights pass by once for many maps. */
void lk_nn_row_winograd_maps(const lk_nn_row_winograd *winograd, const lk_nn_row_conv *conv,
                             const lk_nn_row_kernels *kernels, float *out, const float *in,
                             size_t count, size_t stride, float *scratch);

#endif

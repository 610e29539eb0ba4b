/* Winograd's F(2x2, 3x3) (Lavin, Gray: "Fast Algorithms for Convolutional Neural
 * Networks", 2016) over channel-last maps: a tile of 2x2 outputs comes from 4x4 inputs
 * d by
 *
 *   out = A' [ (G g G') * (B' d B) ] A
 *
 * where * is elementwise over 16 positions and summed over input channels: for
 * each position a product of a [tiles, in] and an [in, out] matrix, which is the
 * 1x1 convolution that we have. The filters' part is that of winograd.h, whose tiles
 * are of blocked planes and need AVX-512; these run on any processor. It pays from
 * about 28 channels on, so in R-Net and O-Net; rounding stays close to the direct
 * sum's, as all factors are small. */
#include "nn/kernel/rows_winograd.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/kernel/winograd_transforms.h"

/* The filters of one input channel to one block of output channels. */
static void rows_transform_block(lk_nn_row_winograd *winograd, const lk_nn_row_conv *conv,
                                 size_t block, size_t in)
{
    double taps[LK_NN_WINOGRAD_WINDOW][LK_NN_LANES];
    float positions[LK_NN_ROW_POSITIONS * LK_NN_LANES];
    for (size_t w = 0; w < LK_NN_WINOGRAD_WINDOW; w++)
        for (size_t o = 0; o < LK_NN_LANES; o++)
            taps[w][o] =
                (double)*lk_nn_row_conv_weight(conv, block * LK_NN_LANES + o, w / 3, w % 3, in);
    lk_nn_winograd_filter(LK_NN_WINOGRAD_3X3_1_2, positions, LK_NN_LANES, taps);
    for (size_t p = 0; p < LK_NN_ROW_POSITIONS; p++)
        memcpy(lk_nn_row_conv_weight(&winograd->positions[p], block * LK_NN_LANES, 0, 0, in),
               positions + p * LK_NN_LANES, LK_NN_LANES * sizeof *positions);
}

lk_status lk_nn_row_winograd_create(lk_nn_row_winograd *winograd, const lk_nn_row_conv *conv)
{
    for (size_t p = 0; p < LK_NN_ROW_POSITIONS; p++)
        LK_TRY(lk_nn_row_conv_create(&winograd->positions[p], 1, conv->in_channels,
                                     conv->out_channels));
    for (size_t block = 0; block < conv->out_channels / LK_NN_LANES; block++)
        for (size_t in = 0; in < conv->in_channels; in++)
            rows_transform_block(winograd, conv, block, in);
    return LK_OK;
}

void lk_nn_row_winograd_clear(lk_nn_row_winograd *winograd)
{
    for (size_t p = 0; p < LK_NN_ROW_POSITIONS; p++)
        lk_nn_row_conv_clear(&winograd->positions[p]);
}

size_t lk_nn_row_winograd_scratch(size_t in_stride, size_t out_channels)
{
    return LK_NN_ROW_POSITIONS * (size_t)LK_NN_ROW_TILES * (in_stride + out_channels);
}

void lk_nn_row_winograd_run(const lk_nn_row_winograd *winograd, const lk_nn_row_conv *conv,
                            const lk_nn_row_kernels *kernels, float *out, const float *in,
                            size_t side, size_t stride, float *scratch)
{
    const lk_nn_row_map map = {side, stride};
    size_t out_side = side - 2, tiles = (out_side + 1) / 2, channels = conv->out_channels;
    size_t rows_at_once = LK_NN_ROW_TILES / tiles;
    for (size_t first = 0; first < tiles; first += rows_at_once) {
        size_t rows = lk_smaller(rows_at_once, tiles - first), count = rows * tiles;
        size_t in_step = count * stride, out_step = count * channels;
        float *products = scratch + LK_NN_ROW_POSITIONS * in_step;
        for (size_t row = 0; row < rows; row++)
            kernels->read_tiles(scratch + row * tiles * stride, in_step, in, &map, first + row,
                                tiles);
        for (size_t p = 0; p < LK_NN_ROW_POSITIONS; p++) {
            const float *matrix = scratch + p * in_step;
            kernels->conv_row(&winograd->positions[p], products + p * out_step, &matrix, stride,
                              count);
        }
        for (size_t row = 0; row < rows; row++)
            kernels->write_tiles(conv, out, products + row * tiles * channels, out_step, out_side,
                                 first + row, tiles);
    }
}

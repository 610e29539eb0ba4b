/* Winograd's minimal filtering F(2x2, 3x3) (Lavin, Gray: "Fast Algorithms for
 * Convolutional Neural Networks", 2016): a tile of 2x2 outputs comes from 4x4
 * inputs d by
 *
 *   out = A' [ (G g G') * (B' d B) ] A
 *
 * where * is elementwise over 16 positions and summed over input channels: for
 * each position a product of a [tiles, in] and an [in, out] matrix, which is the
 * 1x1 convolution that we have. B and A hold only 0, 1 and -1. The weights' part
 * is computed once, in double. It pays from about 28 channels on, so in R-Net and
 * O-Net; rounding stays close to the direct sum's, as all factors are small. */
#include "detect/winograd.h"

#include "base/error.h"
#include "base/memory.h"
#include "image/simd.h"

enum { TILE = 2, WINDOW = 4, LANES = LK_CONV_BLOCK };

/* One block of channels; the compiler splits it where vectors are narrower. */
typedef float lanes __attribute__((vector_size(64), may_alias));
typedef int32_t mask __attribute__((vector_size(64)));

/* out = G g G' of one pair of channels. */
static void transform_weights(double out[WINDOW][WINDOW], double weights[3][3])
{
    static const double g[WINDOW][3] = {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}};
    for (size_t i = 0; i < WINDOW; i++)
        for (size_t j = 0; j < WINDOW; j++) {
            out[i][j] = 0;
            for (size_t r = 0; r < 3; r++)
                for (size_t c = 0; c < 3; c++)
                    out[i][j] += g[i][r] * weights[r][c] * g[j][c];
        }
}

lk_status lk_winograd_create(lk_winograd *winograd, const lk_conv *conv)
{
    for (size_t p = 0; p < LK_WINOGRAD_POSITIONS; p++)
        LK_TRY(lk_conv_create(&winograd->positions[p], 1, conv->in_channels, conv->out_channels));
    for (size_t o = 0; o < conv->out_channels; o++)
        for (size_t i = 0; i < conv->in_channels; i++) {
            double weights[3][3], transformed[WINDOW][WINDOW];
            for (size_t r = 0; r < 3; r++)
                for (size_t c = 0; c < 3; c++)
                    weights[r][c] = *lk_conv_weight(conv, o, r, c, i);
            transform_weights(transformed, weights);
            for (size_t p = 0; p < LK_WINOGRAD_POSITIONS; p++)
                *lk_conv_weight(&winograd->positions[p], o, 0, 0, i) =
                    (float)transformed[p / WINDOW][p % WINDOW];
        }
    return LK_OK;
}

void lk_winograd_clear(lk_winograd *winograd)
{
    for (size_t p = 0; p < LK_WINOGRAD_POSITIONS; p++)
        lk_conv_clear(&winograd->positions[p]);
}

size_t lk_winograd_scratch(size_t in_stride, size_t out_channels)
{
    return LK_WINOGRAD_POSITIONS * (size_t)LK_WINOGRAD_TILES * (in_stride + out_channels);
}

/* A map of `side` pixels of `stride` floats. */
typedef struct square {
    size_t side, stride;
} square;

/* B' d B of `count` tiles of one row of tiles: out[16][..][stride], positions
 * `step` floats apart. A window that reaches over the border repeats the last
 * pixel: it counts only for outputs that are dropped. */
LK_SIMD_BODY void transform_in_body(float *out, size_t step, const float *in, const square *map,
                                    size_t tile_row, size_t count)
{
    for (size_t tile = 0; tile < count; tile++)
        for (size_t channel = 0; channel < map->stride; channel += LANES) {
            lanes d[WINDOW][WINDOW], t[WINDOW][WINDOW];
#pragma GCC unroll 4
            for (size_t r = 0; r < WINDOW; r++)
#pragma GCC unroll 4
                for (size_t c = 0; c < WINDOW; c++) {
                    size_t y = lk_smaller(TILE * tile_row + r, map->side - 1);
                    size_t x = lk_smaller(TILE * tile + c, map->side - 1);
                    d[r][c] = *(const lanes *)(in + (y * map->side + x) * map->stride + channel);
                }
#pragma GCC unroll 4
            for (size_t c = 0; c < WINDOW; c++) {
                t[0][c] = d[0][c] - d[2][c];
                t[1][c] = d[1][c] + d[2][c];
                t[2][c] = d[2][c] - d[1][c];
                t[3][c] = d[1][c] - d[3][c];
            }
#pragma GCC unroll 4
            for (size_t r = 0; r < WINDOW; r++) {
                float *to = out + WINDOW * r * step + tile * map->stride + channel;
                *(lanes *)(to) = t[r][0] - t[r][2];
                *(lanes *)(to + step) = t[r][1] + t[r][2];
                *(lanes *)(to + 2 * step) = t[r][2] - t[r][1];
                *(lanes *)(to + 3 * step) = t[r][1] - t[r][3];
            }
        }
}

/* Bias and PReLU of one block. */
LK_SIMD_BODY void finish(float *out, const lanes *sum, const float *bias, const float *slope)
{
    lanes value = *sum + *(const lanes *)bias, below = value * *(const lanes *)slope;
    mask negative = value < 0;
    *(lanes *)out = (lanes)(((mask)below & negative) | ((mask)value & ~negative));
}

/* A' m A of `count` tiles of one row of tiles, into the output map. */
LK_SIMD_BODY void transform_out_body(const lk_conv *conv, float *out, const float *in, size_t step,
                                     size_t side, size_t tile_row, size_t count)
{
    size_t channels = conv->out_channels;
    for (size_t tile = 0; tile < count; tile++)
        for (size_t channel = 0; channel < channels; channel += LANES) {
            lanes t[TILE][WINDOW], sums[TILE][TILE];
            const float *m = in + tile * channels + channel;
#pragma GCC unroll 4
            for (size_t c = 0; c < WINDOW; c++) {
                lanes m0 = *(const lanes *)(m + c * step),
                      m1 = *(const lanes *)(m + (4 + c) * step),
                      m2 = *(const lanes *)(m + (8 + c) * step),
                      m3 = *(const lanes *)(m + (12 + c) * step);
                t[0][c] = m0 + m1 + m2;
                t[1][c] = m1 - m2 - m3;
            }
#pragma GCC unroll 2
            for (size_t r = 0; r < TILE; r++) {
                sums[r][0] = t[r][0] + t[r][1] + t[r][2];
                sums[r][1] = t[r][1] - t[r][2] - t[r][3];
            }
#pragma GCC unroll 2
            for (size_t r = 0; r < TILE; r++)
#pragma GCC unroll 2
                for (size_t c = 0; c < TILE; c++) {
                    size_t y = TILE * tile_row + r, x = TILE * tile + c;
                    if (y < side && x < side)
                        finish(out + (y * side + x) * channels + channel, &sums[r][c],
                               conv->bias + channel, conv->slope + channel);
                }
        }
}

LK_SIMD_VARIANTS(transform_in,
                 (float *out, size_t step, const float *in, const square *map, size_t tile_row,
                  size_t count),
                 (out, step, in, map, tile_row, count))
LK_SIMD_VARIANTS(transform_out,
                 (const lk_conv *conv, float *out, const float *in, size_t step, size_t side,
                  size_t tile_row, size_t count),
                 (conv, out, in, step, side, tile_row, count))

void lk_winograd_run(const lk_winograd *winograd, const lk_conv *conv,
                     const lk_conv_kernels *kernels, float *out, const float *in, size_t side,
                     size_t stride, float *scratch)
{
    const square map = {side, stride};
    size_t out_side = side - 2, tiles = (out_side + 1) / 2, channels = conv->out_channels;
    size_t rows_at_once = LK_WINOGRAD_TILES / tiles;
    for (size_t first = 0; first < tiles; first += rows_at_once) {
        size_t rows = lk_smaller(rows_at_once, tiles - first), count = rows * tiles;
        size_t in_step = count * stride, out_step = count * channels;
        float *products = scratch + LK_WINOGRAD_POSITIONS * in_step;
        for (size_t row = 0; row < rows; row++)
            transform_in(scratch + row * tiles * stride, in_step, in, &map, first + row, tiles);
        for (size_t p = 0; p < LK_WINOGRAD_POSITIONS; p++) {
            const float *matrix = scratch + p * in_step;
            kernels->conv_row(&winograd->positions[p], products + p * out_step, &matrix, stride,
                              count);
        }
        for (size_t row = 0; row < rows; row++)
            transform_out(conv, out, products + row * tiles * channels, out_step, out_side,
                          first + row, tiles);
    }
}

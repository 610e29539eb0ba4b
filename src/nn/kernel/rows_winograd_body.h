/* rows_winograd_body.h: the transforms of rows_winograd.c, included once an
 * instruction set behind rows_vector.h, which TARGET is from. B and A hold only 0, 1
 * and -1, so that there is nothing to fuse: every set gives the same bits. */

#include "base/memory.h"

/* One block of channels; the compiler splits it where vectors are narrower. */
typedef float lanes __attribute__((vector_size(64), may_alias));
typedef int32_t mask __attribute__((vector_size(64)));

enum { TILE_SIDE = 2, WINDOW_SIDE = 4 };

/* B' d B of `count` tiles of one row of tiles: out[16][..][stride], positions
 * `step` floats apart. A window that reaches over the border repeats the last
 * pixel: it counts only for outputs that are dropped. */
TARGET static void rows_read_tiles(float *out, size_t step, const float *in,
                                   const lk_nn_row_map *map, size_t tile_row, size_t count)
{
    for (size_t tile = 0; tile < count; tile++)
        for (size_t channel = 0; channel < map->stride; channel += LK_NN_LANES) {
            lanes d[WINDOW_SIDE][WINDOW_SIDE], t[WINDOW_SIDE][WINDOW_SIDE];
#pragma GCC unroll 4
            for (size_t r = 0; r < WINDOW_SIDE; r++)
#pragma GCC unroll 4
                for (size_t c = 0; c < WINDOW_SIDE; c++) {
                    size_t y = lk_smaller(TILE_SIDE * tile_row + r, map->side - 1);
                    size_t x = lk_smaller(TILE_SIDE * tile + c, map->side - 1);
                    d[r][c] = *(const lanes *)(in + (y * map->side + x) * map->stride + channel);
                }
#pragma GCC unroll 4
            for (size_t c = 0; c < WINDOW_SIDE; c++) {
                t[0][c] = d[2][c] - d[0][c];
                t[1][c] = d[1][c] + d[2][c];
                t[2][c] = d[2][c] - d[1][c];
                t[3][c] = d[1][c] - d[3][c];
            }
#pragma GCC unroll 4
            for (size_t r = 0; r < WINDOW_SIDE; r++) {
                float *to = out + WINDOW_SIDE * r * step + tile * map->stride + channel;
                *(lanes *)(to) = t[r][2] - t[r][0];
                *(lanes *)(to + step) = t[r][1] + t[r][2];
                *(lanes *)(to + 2 * step) = t[r][2] - t[r][1];
                *(lanes *)(to + 3 * step) = t[r][1] - t[r][3];
            }
        }
}

/* Bias and PReLU of one block. */
static inline __attribute__((always_inline)) TARGET void
rows_finish(float *out, const lanes *sum, const float *bias, const float *slope)
{
    lanes value = *sum + *(const lanes *)bias, below = value * *(const lanes *)slope;
    mask negative = value < 0;
    *(lanes *)out = (lanes)(((mask)below & negative) | ((mask)value & ~negative));
}

/* A' m A of `count` tiles of one row of tiles, into the output map. */
TARGET static void rows_write_tiles(const lk_nn_row_conv *conv, float *out, const float *in,
                                    size_t step, size_t side, size_t tile_row, size_t count)
{
    size_t channels = conv->out_channels;
    for (size_t tile = 0; tile < count; tile++)
        for (size_t channel = 0; channel < channels; channel += LK_NN_LANES) {
            lanes t[TILE_SIDE][WINDOW_SIDE], sums[TILE_SIDE][TILE_SIDE];
            const float *m = in + tile * channels + channel;
#pragma GCC unroll 4
            for (size_t c = 0; c < WINDOW_SIDE; c++) {
                lanes m0 = *(const lanes *)(m + c * step),
                      m1 = *(const lanes *)(m + (4 + c) * step),
                      m2 = *(const lanes *)(m + (8 + c) * step),
                      m3 = *(const lanes *)(m + (12 + c) * step);
                t[0][c] = m0 + m1 + m2;
                t[1][c] = m1 - m2 - m3;
            }
#pragma GCC unroll 2
            for (size_t r = 0; r < TILE_SIDE; r++) {
                sums[r][0] = t[r][0] + t[r][1] + t[r][2];
                sums[r][1] = t[r][1] - t[r][2] - t[r][3];
            }
#pragma GCC unroll 2
            for (size_t r = 0; r < TILE_SIDE; r++)
#pragma GCC unroll 2
                for (size_t c = 0; c < TILE_SIDE; c++) {
                    size_t y = TILE_SIDE * tile_row + r, x = TILE_SIDE * tile + c;
                    if (y < side && x < side)
                        rows_finish(out + (y * side + x) * channels + channel, &sums[r][c],
                                    conv->bias + channel, conv->slope + channel);
                }
        }
}

/* The tiles in AVX-512: blocks x pixels sums stay in registers while
 * the inputs pass by. Each step loads a vector of weights a block, broadcasts an
 * input a pixel and does blocks x pixels fused multiply-adds. */
#include "nn/kernel/tile.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET        __attribute__((target("avx512f")))
#define ALWAYS_INLINE static inline __attribute__((always_inline)) TARGET

enum { UNROLL = 2, LINE = 16 };
#ifndef FETCH_HINT
#define FETCH_HINT _MM_HINT_T1
#endif

/* In place, always: left to itself the compiler moves sums between registers. */
ALWAYS_INLINE void tile_add_product(__m512 *sum, __m512 a, __m512 b)
{
    __asm__("vfmadd231ps %1, %2, %0" : "+v"(*sum) : "v"(a), "v"(b));
}

/* Keeps a loaded value in its register: the compiler would rather load it again. */
ALWAYS_INLINE __m512 tile_held(__m512 value)
{
    __asm__("" : "+v"(value));
    return value;
}

ALWAYS_INLINE void tile_load_sums(__m512 sums[LK_NN_MAX_BLOCKS][LK_NN_MAX_PIXELS],
                                  const lk_nn_tile *tile, const int blocks, const int pixels)
{
#pragma GCC unroll 16
    for (int b = 0; b < blocks; b++) {
        const float *out = tile->out + (size_t)b * tile->out_block;
        __m512 bias = _mm512_loadu_ps(tile->bias + b * LK_NN_LANES);
#pragma GCC unroll 16
        for (int p = 0; p < pixels; p++)
            sums[b][p] = bias;
        if (tile->sum)
#pragma GCC unroll 16
            for (int p = 0; p < pixels; p++)
                sums[b][p] =
                    _mm512_add_ps(bias, _mm512_loadu_ps(out + (size_t)p * tile->out_pixel));
    }
}

/* A PReLU. */
ALWAYS_INLINE void tile_bend_sums(__m512 sums[LK_NN_MAX_BLOCKS][LK_NN_MAX_PIXELS],
                                  const lk_nn_tile *tile, const int blocks, const int pixels)
{
#pragma GCC unroll 16
    for (int b = 0; b < blocks; b++) {
        __m512 slope = _mm512_loadu_ps(tile->slope + b * LK_NN_LANES);
#pragma GCC unroll 16
        for (int p = 0; p < pixels; p++) {
            __mmask16 below = _mm512_cmp_ps_mask(sums[b][p], _mm512_setzero_ps(), _CMP_LT_OQ);
            sums[b][p] = _mm512_mask_mul_ps(sums[b][p], below, sums[b][p], slope);
        }
    }
}

ALWAYS_INLINE void tile_store_sums(__m512 sums[LK_NN_MAX_BLOCKS][LK_NN_MAX_PIXELS],
                                   const lk_nn_tile *tile, const int blocks, const int pixels)
{
    __m512 floor = _mm512_set1_ps(tile->relu ? 0.0f : -__builtin_inff());
    if (tile->slope)
        tile_bend_sums(sums, tile, blocks, pixels);
#pragma GCC unroll 16
    for (int b = 0; b < blocks; b++) {
        float *out = tile->out + (size_t)b * tile->out_block;
#pragma GCC unroll 16
        for (int p = 0; p < pixels; p++)
            _mm512_storeu_ps(out + (size_t)p * tile->out_pixel, _mm512_max_ps(floor, sums[b][p]));
    }
}

/* One tap of one input block: in[pixels][16], `step` floats apart, by
 * weights[blocks][16 in][16], `weight_out` floats apart. */
ALWAYS_INLINE void tile_add_tap(__m512 sums[LK_NN_MAX_BLOCKS][LK_NN_MAX_PIXELS], const float *in,
                                const float *weights, const size_t weight_out, const int step,
                                const int blocks, const int pixels)
{
    const float *row[LK_NN_MAX_BLOCKS];
#pragma GCC unroll 16
    for (int b = 0; b < blocks; b++)
        row[b] = weights + (size_t)b * weight_out;
#pragma GCC unroll 1
    for (int c = 0; c < LK_NN_LANES; c += UNROLL) {
#pragma GCC unroll 16
        for (int u = 0; u < UNROLL; u++) {
            __m512 weight[LK_NN_MAX_BLOCKS];
#pragma GCC unroll 16
            for (int b = 0; b < blocks; b++)
                weight[b] = tile_held(_mm512_loadu_ps(row[b] + u * LK_NN_LANES));
#pragma GCC unroll 16
            for (int p = 0; p < pixels; p++) {
                __m512 input = tile_held(_mm512_set1_ps(in[p * step + u]));
#pragma GCC unroll 16
                for (int b = 0; b < blocks; b++)
                    tile_add_product(&sums[b][p], input, weight[b]);
            }
        }
#pragma GCC unroll 16
        for (int b = 0; b < blocks; b++)
            row[b] += UNROLL * LK_NN_LANES;
        in += UNROLL;
    }
}

ALWAYS_INLINE void tile_fetch_weights(const lk_nn_tile *tile, size_t offset, const int blocks)
{
    for (int line = tile->ahead_first; line < tile->ahead_last; line++)
#pragma GCC unroll 16
        for (int b = 0; b < blocks; b++)
            _mm_prefetch((const char *)(tile->ahead + offset + (size_t)b * tile->ahead_out +
                                        (size_t)line * LINE),
                         FETCH_HINT);
}

ALWAYS_INLINE void tile_run_tile(const lk_nn_tile *tile, const int step, const int blocks,
                                 const int pixels)
{
    __m512 sums[LK_NN_MAX_BLOCKS][LK_NN_MAX_PIXELS];
    tile_load_sums(sums, tile, blocks, pixels);
    for (size_t k = 0; k < tile->blocks; k++)
        for (size_t y = tile->first[0]; y < tile->last[0]; y++)
            for (size_t x = tile->first[1]; x < tile->last[1]; x++) {
                size_t tap =
                    k * tile->weight_in + (y * tile->kernel_width + x) * LK_NN_LANES * LK_NN_LANES;
                tile_fetch_weights(tile, tap, blocks);
                const float *in = tile->in + k * tile->in_block +
                                  (y - tile->first[0]) * tile->in_tap[0] +
                                  (x - tile->first[1]) * tile->in_tap[1];
                tile_add_tap(sums, in, tile->weights + tap, tile->weight_out, step, blocks, pixels);
            }
    tile_store_sums(sums, tile, blocks, pixels);
}

#define TILE(blocks, pixels)                                                                       \
    TARGET static void tile_##blocks##_##pixels(const lk_nn_tile *tile)                            \
    {                                                                                              \
        if (tile->in_pixel == LK_NN_LANES)                                                         \
            tile_run_tile(tile, LK_NN_LANES, blocks, pixels);                                      \
        else                                                                                       \
            tile_run_tile(tile, 2 * LK_NN_LANES, blocks, pixels);                                  \
    }

#define TILES_6(blocks)                                                                            \
    TILE(blocks, 1)                                                                                \
    TILE(blocks, 2)                                                                                \
    TILE(blocks, 3)                                                                                \
    TILE(blocks, 4)                                                                                \
    TILE(blocks, 5)                                                                                \
    TILE(blocks, 6)

#define TILES_8(blocks)                                                                            \
    TILES_6(blocks)                                                                                \
    TILE(blocks, 7)                                                                                \
    TILE(blocks, 8)

#define TILES_13(blocks)                                                                           \
    TILES_8(blocks)                                                                                \
    TILE(blocks, 9)                                                                                \
    TILE(blocks, 10)                                                                               \
    TILE(blocks, 11)                                                                               \
    TILE(blocks, 12)                                                                               \
    TILE(blocks, 13)

TILES_13(1)
TILES_13(2)
TILES_8(3)
TILES_6(4)

#define NAMES_6(blocks)                                                                            \
    tile_##blocks##_1, tile_##blocks##_2, tile_##blocks##_3, tile_##blocks##_4, tile_##blocks##_5, \
        tile_##blocks##_6
#define NAMES_8(blocks) NAMES_6(blocks), tile_##blocks##_7, tile_##blocks##_8
#define NAMES_13(blocks)                                                                           \
    NAMES_8(blocks), tile_##blocks##_9, tile_##blocks##_10, tile_##blocks##_11,                    \
        tile_##blocks##_12, tile_##blocks##_13

lk_nn_tile_fn *lk_nn_tile_get(size_t blocks, size_t pixels)
{
    static lk_nn_tile_fn *const tiles[LK_NN_MAX_BLOCKS][LK_NN_MAX_PIXELS] = {
        {NAMES_13(1)}, {NAMES_13(2)}, {NAMES_8(3)}, {NAMES_6(4)}};
    return tiles[blocks - 1][pixels - 1];
}

size_t lk_nn_tile_pixels(size_t blocks)
{
    static const size_t most[LK_NN_MAX_BLOCKS] = {13, 13, 8, 6};
    return most[blocks - 1];
}

bool lk_nn_tile_available(void)
{
    return __builtin_cpu_supports("avx512f");
}
#else
lk_nn_tile_fn *lk_nn_tile_get(size_t blocks, size_t pixels)
{
    (void)blocks;
    (void)pixels;
    return NULL;
}

size_t lk_nn_tile_pixels(size_t blocks)
{
    (void)blocks;
    return 1;
}

bool lk_nn_tile_available(void)
{
    return false;
}
#endif

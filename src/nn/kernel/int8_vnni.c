/* Sums of products in AVX512_VNNI: four channels of a pixel, 16 times, by four weights of
 * each of 16 output channels. */
#include "nn/kernel/int8.h"

#include "base/memory.h"

#if defined(__x86_64__)
#include "nn/kernel/int8_ends.h"

enum { QUAD = 4, LINE = 64 };

typedef int32_t __attribute__((may_alias, aligned(1))) quad;

/* In place, always: left to itself the compiler moves sums between registers. */
ALWAYS_INLINE void int8_add_product(__m512i *sum, __m512i pixel, __m512i weight)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(*sum) : "v"(pixel), "v"(weight));
}

/* One tap of one input block. */
ALWAYS_INLINE void int8_add_tap(int8_sums sums, const uint8_t *in, const size_t *at,
                                const int8_t *weights, size_t weight_out, const int blocks,
                                const int pixels)
{
    const int8_t *row[LK_NN_INT8_BLOCKS];
#pragma GCC unroll 16
    for (int b = 0; b < blocks; b++)
        row[b] = weights + (size_t)b * weight_out;
#pragma GCC unroll 4
    for (int k = 0; k < LK_NN_LANES / QUAD; k++) {
        __m512i weight[LK_NN_INT8_BLOCKS];
#pragma GCC unroll 16
        for (int b = 0; b < blocks; b++)
            weight[b] = int8_held(_mm512_loadu_si512(row[b] + k * LINE));
#pragma GCC unroll 16
        for (int p = 0; p < pixels; p++) {
            const quad *four = (const quad *)(const void *)(in + at[p] + k * QUAD);
            __m512i pixel = int8_held(_mm512_set1_epi32(*four));
#pragma GCC unroll 16
            for (int b = 0; b < blocks; b++)
                int8_add_product(&sums[b][p], pixel, weight[b]);
        }
    }
}

/* ---- tiles ---- */

/* A part of the weights that come next. */
ALWAYS_INLINE void int8_fetch_weights(const lk_nn_int8_tile *tile, size_t offset, const int blocks)
{
    for (int line = tile->ahead_first; line < tile->ahead_last; line++)
#pragma GCC unroll 16
        for (int b = 0; b < blocks; b++)
            _mm_prefetch(
                (const char *)(tile->ahead + offset + (size_t)b * tile->ahead_out + line * LINE),
                _MM_HINT_T1);
}

ALWAYS_INLINE void int8_run_tile(const lk_nn_int8_tile *tile, const int8_end end, const int blocks,
                                 const int pixels)
{
    enum { TAP = LK_NN_LANES * LK_NN_LANES };
    int8_sums sums;
    size_t at[LK_NN_INT8_PIXELS];
#pragma GCC unroll 16
    for (int p = 0; p < pixels; p++)
        at[p] = tile->at[p];
#pragma GCC unroll 16
    for (int b = 0; b < blocks; b++)
#pragma GCC unroll 16
        for (int p = 0; p < pixels; p++)
            sums[b][p] = _mm512_setzero_si512();
    for (size_t k = 0; k < tile->blocks; k++)
        for (size_t y = 0; y < tile->rows; y++) {
            const uint8_t *in = tile->in + k * tile->in_block + y * tile->in_row;
            size_t tap = k * tile->weight_in + y * tile->weight_row;
            for (size_t x = 0; x < tile->columns; x++, tap += TAP) {
                int8_fetch_weights(tile, tap, blocks);
                int8_add_tap(sums, in + x * LK_NN_LANES, at, tile->weights + tap, tile->weight_out,
                             blocks, pixels);
            }
        }
    if (end == STRAIGHT) {
        int8_end_straight(tile, sums, blocks, pixels);
        return;
    }
    if (end == WIDE || (end == TRUNK && tile->count == (size_t)pixels)) { /* added to once */
        int8_end_wide(tile, sums, end == TRUNK, blocks, pixels);
        return;
    }
    __m512i kept[LK_NN_INT8_BLOCKS * LK_NN_INT8_PIXELS];
#pragma GCC unroll 16
    for (int b = 0; b < blocks; b++)
#pragma GCC unroll 16
        for (int p = 0; p < pixels; p++)
            kept[b * pixels + p] = sums[b][p];
    int8_end_any(tile, kept, (size_t)pixels);
}

#define TILE(end, blocks, pixels)                                                                  \
    TARGET static void int8_tile_##end##_##blocks##_##pixels(const lk_nn_int8_tile *tile)          \
    {                                                                                              \
        int8_run_tile(tile, end, blocks, pixels);                                                  \
    }

#define TILES(end)                                                                                 \
    TILE(end, 1, 12)                                                                               \
    TILE(end, 2, 12)                                                                               \
    TILE(end, 3, 8)                                                                                \
    TILE(end, 4, 4)                                                                                \
    TILE(end, 4, 5)                                                                                \
    TILE(end, 4, 6)

TILES(ANY)
TILES(STRAIGHT)
TILES(WIDE)
TILES(TRUNK)

#define NAMES(end)                                                                                 \
    {                                                                                              \
        int8_tile_##end##_1_12, int8_tile_##end##_2_12, int8_tile_##end##_3_8,                     \
            int8_tile_##end##_4_4, int8_tile_##end##_4_5, int8_tile_##end##_4_6                    \
    }

lk_nn_int8_tile_fn *lk_nn_int8_tile_get(const lk_nn_int8 *conv, size_t blocks, size_t left,
                                        size_t *pixels)
{
    enum { LEAST = 4, MOST = 6, SHAPES = LK_NN_INT8_BLOCKS + MOST - LEAST };
    static lk_nn_int8_tile_fn *const all[ENDS][SHAPES] = {NAMES(ANY), NAMES(STRAIGHT), NAMES(WIDE),
                                                          NAMES(TRUNK)};
    static const size_t most[SHAPES] = {12, 12, 8, 4, 5, 6};
    size_t shape = blocks - 1;
    if (blocks == LK_NN_INT8_BLOCKS) { /* of several tiles none is much smaller */
        size_t each = lk_ceil_div(left, lk_ceil_div(left, MOST));
        shape += each > LEAST ? each - LEAST : 0;
    }
    *pixels = most[shape];
    return all[int8_end_of(conv)][shape];
}

TARGET void lk_nn_int8_quantise(uint8_t *out, const float *in, size_t count, lk_nn_scale scale)
{
    __m512 inverse = _mm512_set1_ps(1.0f / scale.scale), zero = _mm512_set1_ps(scale.zero);
    for (size_t i = 0; i < count; i += LK_NN_LANES) {
        __m512i q = int8_round(_mm512_loadu_ps(in + i), inverse, zero);
        int8_store(out + i, q);
    }
}

bool lk_nn_int8_available(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
}
#else
lk_nn_int8_tile_fn *lk_nn_int8_tile_get(const lk_nn_int8 *conv, size_t blocks, size_t left,
                                        size_t *pixels)
{
    (void)conv;
    (void)blocks;
    (void)left;
    (void)pixels;
    return NULL;
}

void lk_nn_int8_quantise(uint8_t *out, const float *in, size_t count, lk_nn_scale scale)
{
    (void)out;
    (void)in;
    (void)count;
    (void)scale;
}

bool lk_nn_int8_available(void)
{
    return false;
}
#endif

/* tile_body.h: the tiles of tile.h for one kind of number. Who includes it defines
 *   NAMED(name)           the names of its functions
 *   TARGET                the processor's features
 *   NUMBER                float or lk_bf16
 *   PAIR                  input channels that one multiply-add takes
 *   ADD_PRODUCT           the instruction
 *   BROADCAST(in)         a pixel's next PAIR channels, 16 times
 *   READ(out, wide), WRITE(out, wide, sums)
 * A step loads a vector of weights a block, broadcasts an input a pixel and does
 * blocks x pixels multiply-adds. */
#include <immintrin.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline)) TARGET

/* Under a sanitizer forty tiles written out take minutes to compile: there all are one
 * function with loops, which does the same. */
#ifdef LK_SANITIZED
#define WRITTEN_OUT static __attribute__((noinline)) TARGET
#else
#define WRITTEN_OUT ALWAYS_INLINE
#endif

enum { UNROLL = 2, LINE = 64 / sizeof(NUMBER) };
#ifndef FETCH_HINT
#define FETCH_HINT _MM_HINT_T1
#endif

/* In place, always: left to itself the compiler moves sums between registers. */
ALWAYS_INLINE void NAMED(add_product)(__m512 *sum, __m512 a, __m512 b)
{
    __asm__(ADD_PRODUCT " %1, %2, %0" : "+v"(*sum) : "v"(a), "v"(b));
}

/* Keeps a loaded value in its register: the compiler would rather load it again. */
ALWAYS_INLINE __m512 NAMED(held)(__m512 value)
{
    __asm__("" : "+v"(value));
    return value;
}

ALWAYS_INLINE void NAMED(load_sums)(__m512 sums[LK_NN_MAX_BLOCKS][LK_NN_MAX_PIXELS],
                                    const lk_nn_tile *tile, const int blocks, const int pixels)
{
#pragma GCC unroll 16
    for (int b = 0; b < blocks; b++) {
        size_t out = (size_t)b * tile->out_block;
        __m512 bias = _mm512_loadu_ps(tile->bias + b * LK_NN_LANES);
#pragma GCC unroll 16
        for (int p = 0; p < pixels; p++)
            sums[b][p] = bias;
        if (tile->sum)
#pragma GCC unroll 16
            for (int p = 0; p < pixels; p++)
                sums[b][p] = _mm512_add_ps(bias, READ(tile, out + (size_t)p * tile->out_pixel));
    }
}

/* A PReLU. */
ALWAYS_INLINE void NAMED(bend_sums)(__m512 sums[LK_NN_MAX_BLOCKS][LK_NN_MAX_PIXELS],
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

ALWAYS_INLINE void NAMED(store_sums)(__m512 sums[LK_NN_MAX_BLOCKS][LK_NN_MAX_PIXELS],
                                     const lk_nn_tile *tile, const int blocks, const int pixels)
{
    __m512 floor = _mm512_set1_ps(tile->relu ? 0.0f : -__builtin_inff());
    if (tile->slope)
        NAMED(bend_sums)(sums, tile, blocks, pixels);
#pragma GCC unroll 16
    for (int b = 0; b < blocks; b++) {
        size_t out = (size_t)b * tile->out_block;
#pragma GCC unroll 16
        for (int p = 0; p < pixels; p++)
            WRITE(tile, out + (size_t)p * tile->out_pixel, _mm512_max_ps(floor, sums[b][p]));
    }
}

/* One tap of one input block: in[pixels][16], `step` numbers apart, by
 * weights[blocks][16 in][16], `weight_out` numbers apart. */
ALWAYS_INLINE void NAMED(add_tap)(__m512 sums[LK_NN_MAX_BLOCKS][LK_NN_MAX_PIXELS], const NUMBER *in,
                                  const NUMBER *weights, const size_t weight_out, const int step,
                                  const int blocks, const int pixels)
{
    const NUMBER *row[LK_NN_MAX_BLOCKS];
#pragma GCC unroll 16
    for (int b = 0; b < blocks; b++)
        row[b] = weights + (size_t)b * weight_out;
#pragma GCC unroll 1
    for (int c = 0; c < LK_NN_LANES; c += PAIR * UNROLL) {
#pragma GCC unroll 16
        for (int u = 0; u < UNROLL; u++) {
            __m512 weight[LK_NN_MAX_BLOCKS];
#pragma GCC unroll 16
            for (int b = 0; b < blocks; b++)
                weight[b] = NAMED(held)(_mm512_loadu_ps(row[b] + u * PAIR * LK_NN_LANES));
#pragma GCC unroll 16
            for (int p = 0; p < pixels; p++) {
                __m512 input = NAMED(held)(BROADCAST(in + p * step + u * PAIR));
#pragma GCC unroll 16
                for (int b = 0; b < blocks; b++)
                    NAMED(add_product)(&sums[b][p], input, weight[b]);
            }
        }
#pragma GCC unroll 16
        for (int b = 0; b < blocks; b++)
            row[b] += UNROLL * PAIR * LK_NN_LANES;
        in += UNROLL * PAIR;
    }
}

ALWAYS_INLINE void NAMED(fetch_weights)(const lk_nn_tile *tile, size_t offset, const int blocks)
{
    const NUMBER *ahead = tile->ahead;
    for (int line = tile->ahead_first / PAIR; line < tile->ahead_last / PAIR; line++)
#pragma GCC unroll 16
        for (int b = 0; b < blocks; b++)
            _mm_prefetch(
                (const char *)(ahead + offset + (size_t)b * tile->ahead_out + (size_t)line * LINE),
                FETCH_HINT);
}

WRITTEN_OUT void NAMED(run_tile)(const lk_nn_tile *tile, const int step, const int blocks,
                                 const int pixels)
{
    __m512 sums[LK_NN_MAX_BLOCKS][LK_NN_MAX_PIXELS];
    const NUMBER *weights = tile->weights, *inputs = tile->in;
    NAMED(load_sums)(sums, tile, blocks, pixels);
    for (size_t k = 0; k < tile->blocks; k++)
        for (size_t y = tile->first[0]; y < tile->last[0]; y++)
            for (size_t x = tile->first[1]; x < tile->last[1]; x++) {
                size_t tap =
                    k * tile->weight_in + (y * tile->kernel_width + x) * LK_NN_LANES * LK_NN_LANES;
                NAMED(fetch_weights)(tile, tap, blocks);
                const NUMBER *in = inputs + k * tile->in_block +
                                   (y - tile->first[0]) * tile->in_tap[0] +
                                   (x - tile->first[1]) * tile->in_tap[1];
                NAMED(add_tap)(sums, in, weights + tap, tile->weight_out, step, blocks, pixels);
            }
    NAMED(store_sums)(sums, tile, blocks, pixels);
}

#define TILE(blocks, pixels)                                                                       \
    TARGET static void NAMED(blocks##_##pixels)(const lk_nn_tile *tile)                            \
    {                                                                                              \
        if (tile->in_pixel == LK_NN_LANES)                                                         \
            NAMED(run_tile)(tile, LK_NN_LANES, blocks, pixels);                                    \
        else                                                                                       \
            NAMED(run_tile)(tile, 2 * LK_NN_LANES, blocks, pixels);                                \
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
    NAMED(blocks##_1), NAMED(blocks##_2), NAMED(blocks##_3), NAMED(blocks##_4), NAMED(blocks##_5), \
        NAMED(blocks##_6)
#define NAMES_8(blocks) NAMES_6(blocks), NAMED(blocks##_7), NAMED(blocks##_8)
#define NAMES_13(blocks)                                                                           \
    NAMES_8(blocks), NAMED(blocks##_9), NAMED(blocks##_10), NAMED(blocks##_11),                    \
        NAMED(blocks##_12), NAMED(blocks##_13)

static lk_nn_tile_fn *const NAMED(all)[LK_NN_MAX_BLOCKS][LK_NN_MAX_PIXELS] = {
    {NAMES_13(1)}, {NAMES_13(2)}, {NAMES_8(3)}, {NAMES_6(4)}};

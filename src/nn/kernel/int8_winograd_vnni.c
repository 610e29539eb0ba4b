/* The transforms and products of int8_winograd.h in AVX-512. */
#include "nn/kernel/int8_winograd.h"

#if defined(__x86_64__)
#include "base/memory.h"
#include "nn/kernel/int8_ends.h"

enum { IN = LK_NN_INT8_TILE_IN, OUT = LK_NN_INT8_TILE_OUT, PAIRS = LK_NN_LANES / 2, LINE = 32 };

typedef int32_t __attribute__((may_alias, aligned(2))) pair;

ALWAYS_INLINE __m256i int8_four_times(__m256i x)
{
    return _mm256_slli_epi16(x, 2);
}

/* The values of polynomials at 0, 1, -1, 2, -2 and infinity, in place. */
ALWAYS_INLINE void int8_read_line(__m256i *x)
{
    __m256i even = _mm256_sub_epi16(x[4], int8_four_times(x[2]));
    __m256i odd = _mm256_sub_epi16(x[3], int8_four_times(x[1]));
    __m256i even_2 = _mm256_sub_epi16(x[4], x[2]), odd_2 = _mm256_sub_epi16(x[3], x[1]);
    odd_2 = _mm256_add_epi16(odd_2, odd_2);
    x[0] = _mm256_add_epi16(int8_four_times(x[0]), _mm256_sub_epi16(even, x[2]));
    x[5] = _mm256_sub_epi16(_mm256_sub_epi16(x[5], int8_four_times(x[3])), odd);
    x[1] = _mm256_add_epi16(even, odd);
    x[2] = _mm256_sub_epi16(even, odd);
    x[3] = _mm256_add_epi16(even_2, odd_2);
    x[4] = _mm256_sub_epi16(even_2, odd_2);
}

TARGET void lk_nn_int8_winograd_read(int16_t *out, size_t position, const uint8_t *in, size_t row)
{
    __m256i all[IN][IN]; /* by columns, then rows */
#pragma GCC unroll 6
    for (int x = 0; x < IN; x++) {
#pragma GCC unroll 6
        for (int y = 0; y < IN; y++)
            all[x][y] = _mm256_cvtepu8_epi16(
                _mm_loadu_si128((const void *)(in + (size_t)y * row + x * LK_NN_LANES)));
        int8_read_line(all[x]);
    }
#pragma GCC unroll 6
    for (int y = 0; y < IN; y++) {
        __m256i line[IN];
#pragma GCC unroll 6
        for (int x = 0; x < IN; x++)
            line[x] = all[x][y];
        int8_read_line(line);
#pragma GCC unroll 6
        for (int x = 0; x < IN; x++)
            _mm256_storeu_si256((void *)(out + (size_t)(y * IN + x) * position), line[x]);
    }
}

/* ---- products ---- */

ALWAYS_INLINE void int8_add_pairs(__m512i *sum, __m512i pixel, __m512i weight)
{
    __asm__("vpdpwssd %2, %1, %0" : "+v"(*sum) : "v"(pixel), "v"(weight));
}

/* Tiles from `first` on; those behind the last are the last again. */
ALWAYS_INLINE void int8_multiply_tile(const lk_nn_int8_products *products, size_t first,
                                      const int blocks, const int tiles)
{
    int8_sums sums;
    const int16_t *at[LK_NN_INT8_PIXELS], *weights = products->weights;
#pragma GCC unroll 16
    for (int p = 0; p < tiles; p++) {
        size_t tile = first + (size_t)p;
        at[p] = products->in + (tile < products->tiles ? tile : products->tiles - 1) * LK_NN_LANES;
    }
#pragma GCC unroll 16
    for (int b = 0; b < blocks; b++)
#pragma GCC unroll 16
        for (int p = 0; p < tiles; p++)
            sums[b][p] = _mm512_setzero_si512();
    size_t fetch[2] = {PAIRS * first / products->tiles,
                       PAIRS * (first + (size_t)tiles) / products->tiles};
    fetch[1] = products->far ? lk_smaller(fetch[1], PAIRS) : fetch[0];
    for (size_t k = 0; k < products->in_blocks; k++, weights += PAIRS * LINE) {
        size_t in = k * products->in_block;
        for (size_t c = fetch[0]; c < fetch[1]; c++) /* of the next position */
#pragma GCC unroll 16
            for (int b = 0; b < blocks; b++)
                _mm_prefetch((const char *)(weights + (size_t)b * products->weight_out +
                                            products->in_blocks * PAIRS * LINE + c * LINE),
                             _MM_HINT_T1);
#pragma GCC unroll 8
        for (int c = 0; c < PAIRS; c++) {
            __m512i weight[LK_NN_INT8_BLOCKS];
#pragma GCC unroll 16
            for (int b = 0; b < blocks; b++)
                weight[b] = int8_held(
                    _mm512_loadu_si512(weights + (size_t)b * products->weight_out + c * LINE));
#pragma GCC unroll 16
            for (int p = 0; p < tiles; p++) {
                const pair *two = (const pair *)(const void *)(at[p] + in + 2 * c);
                __m512i pixel = int8_held(_mm512_set1_epi32(*two));
#pragma GCC unroll 16
                for (int b = 0; b < blocks; b++)
                    int8_add_pairs(&sums[b][p], pixel, weight[b]);
            }
        }
    }
#pragma GCC unroll 16
    for (int b = 0; b < blocks; b++)
#pragma GCC unroll 16
        for (int p = 0; p < tiles; p++)
            _mm512_storeu_si512(products->out + (size_t)b * products->out_block +
                                    (first + (size_t)p) * LK_NN_LANES,
                                sums[b][p]);
}

#define MULTIPLY(blocks, most)                                                                     \
    TARGET static void int8_multiply_##blocks(const lk_nn_int8_products *products)                 \
    {                                                                                              \
        for (size_t i = 0; i < products->tiles; i += most)                                         \
            int8_multiply_tile(products, i, blocks, most);                                         \
    }

MULTIPLY(1, 12)
MULTIPLY(2, 12)
MULTIPLY(3, 8)
MULTIPLY(4, 6)

void lk_nn_int8_winograd_multiply(const lk_nn_int8_products *products)
{
    static void (*const all[])(const lk_nn_int8_products *) = {int8_multiply_1, int8_multiply_2,
                                                               int8_multiply_3, int8_multiply_4};
    all[products->blocks - 1](products);
}

/* ---- results ---- */

/* 24 times a polynomial's coefficients, of its values as filters scale them, in place. */
ALWAYS_INLINE void int8_write_line(__m512i *x)
{
    __m512i sum = _mm512_add_epi32(x[1], x[2]), difference = _mm512_sub_epi32(x[1], x[2]);
    __m512i sum_2 = _mm512_add_epi32(x[3], x[4]), difference_2 = _mm512_sub_epi32(x[3], x[4]);
    __m512i last = _mm512_add_epi32(x[5], _mm512_slli_epi32(x[5], 1));
    x[0] = _mm512_add_epi32(x[0], _mm512_add_epi32(sum, sum_2));
    x[1] = _mm512_add_epi32(difference, _mm512_slli_epi32(difference_2, 1));
    x[2] = _mm512_add_epi32(sum, _mm512_slli_epi32(sum_2, 2));
    x[3] = _mm512_add_epi32(_mm512_add_epi32(difference, _mm512_slli_epi32(difference_2, 3)), last);
}

/* Of 576 times a number of 26 bits. */
ALWAYS_INLINE __m512i int8_of_576(__m512i x)
{
    enum { NINTH = 0x38e38e39, SIXTY_FOUR = 6 }; /* modulo 2^32 */
    return _mm512_srai_epi32(_mm512_mullo_epi32(x, _mm512_set1_epi32(NINTH)), SIXTY_FOUR);
}

TARGET void lk_nn_int8_winograd_write(const lk_nn_int8 *conv, size_t block, size_t to,
                                      const size_t size[2], const int32_t *sums, size_t position)
{
    __m512i all[IN][OUT]; /* by columns, then rows */
    lk_nn_int8_tile tile = {.conv = conv, .out_block = block, .out_blocks = 1, .count = size[1]};
    bool straight = int8_end_of(conv) == STRAIGHT && size[1] == OUT;
#pragma GCC unroll 6
    for (int x = 0; x < IN; x++) {
        __m512i line[IN];
#pragma GCC unroll 6
        for (int y = 0; y < IN; y++)
            line[y] = _mm512_loadu_si512(sums + (size_t)(y * IN + x) * position);
        int8_write_line(line);
#pragma GCC unroll 4
        for (int y = 0; y < OUT; y++)
            all[x][y] = line[y];
    }
    for (size_t y = 0; y < size[0]; y++, to += conv->out[1] * LK_NN_LANES) {
        int8_sums row;
#pragma GCC unroll 6
        for (int x = 0; x < IN; x++)
            row[0][x] = all[x][y];
        int8_write_line(row[0]);
#pragma GCC unroll 4
        for (int x = 0; x < OUT; x++) {
            row[0][x] = int8_of_576(row[0][x]);
            tile.to[x] = to + (size_t)x * LK_NN_LANES;
        }
        if (straight)
            int8_end_straight(&tile, row, 1, OUT);
        else
            int8_end_any(&tile, row[0], OUT);
    }
}
#else
void lk_nn_int8_winograd_read(int16_t *out, size_t position, const uint8_t *in, size_t row)
{
    (void)out;
    (void)position;
    (void)in;
    (void)row;
}

void lk_nn_int8_winograd_multiply(const lk_nn_int8_products *products)
{
    (void)products;
}

void lk_nn_int8_winograd_write(const lk_nn_int8 *conv, size_t block, size_t to,
                               const size_t size[2], const int32_t *sums, size_t position)
{
    (void)conv;
    (void)block;
    (void)to;
    (void)size;
    (void)sums;
    (void)position;
}
#endif

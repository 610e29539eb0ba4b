/* Sums of products in AVX512_VNNI: four channels of a pixel, 16 times, by four weights of
 * each of 16 output channels. */
#include "nn/kernel/int8.h"
#include "nn/kernel/tile.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET        __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define ALWAYS_INLINE static inline __attribute__((always_inline)) TARGET

enum { QUAD = 4, LINE = 64 };

typedef int32_t __attribute__((may_alias, aligned(1))) quad;

/* In place, always: left to itself the compiler moves sums between registers. */
ALWAYS_INLINE void int8_add_product(__m512i *sum, __m512i pixel, __m512i weight)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(*sum) : "v"(pixel), "v"(weight));
}

/* Keeps a loaded value in its register: the compiler would rather load it again. */
ALWAYS_INLINE __m512i int8_held(__m512i value)
{
    __asm__("" : "+v"(value));
    return value;
}

/* One tap of one input block. */
ALWAYS_INLINE void int8_add_tap(__m512i sums[LK_NN_INT8_BLOCKS][LK_NN_INT8_PIXELS],
                                const uint8_t *in, const size_t *at, const int8_t *weights,
                                size_t weight_out, const int blocks, const int pixels)
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

ALWAYS_INLINE void int8_sum(int32_t *out, const lk_nn_int8_tile *tile, const int blocks,
                            const int pixels)
{
    enum { TAP = LK_NN_LANES * LK_NN_LANES };
    __m512i sums[LK_NN_INT8_BLOCKS][LK_NN_INT8_PIXELS];
    size_t at[LK_NN_INT8_PIXELS];
    const int8_t *weights = tile->weights;
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
            for (size_t x = 0; x < tile->columns; x++, weights += TAP)
                int8_add_tap(sums, in + x * LK_NN_LANES, at, weights, tile->weight_out, blocks,
                             pixels);
        }
#pragma GCC unroll 16
    for (int b = 0; b < blocks; b++)
#pragma GCC unroll 16
        for (int p = 0; p < pixels; p++)
            _mm512_storeu_si512(out + (b * pixels + p) * LK_NN_LANES, sums[b][p]);
}

#define SUMS(blocks, pixels)                                                                       \
    TARGET static void int8_sums_##blocks(int32_t *sums, const lk_nn_int8_tile *tile)              \
    {                                                                                              \
        int8_sum(sums, tile, blocks, pixels);                                                      \
    }

SUMS(1, 12)
SUMS(2, 12)
SUMS(3, 8)
SUMS(4, 6)

lk_nn_int8_sums_fn *lk_nn_int8_sums(size_t blocks, size_t *pixels)
{
    static lk_nn_int8_sums_fn *const all[] = {int8_sums_1, int8_sums_2, int8_sums_3, int8_sums_4};
    static const size_t most[] = {12, 12, 8, 6};
    *pixels = most[blocks - 1];
    return all[blocks - 1];
}

ALWAYS_INLINE __m512i int8_round(__m512 x, __m512 inverse, __m512 zero)
{
    __m512 q = _mm512_add_ps(_mm512_mul_ps(x, inverse), zero);
    q = _mm512_min_ps(_mm512_max_ps(q, _mm512_setzero_ps()), _mm512_set1_ps(255));
    return _mm512_cvtps_epi32(q);
}

/* What the epilogue of a block keeps in registers. */
typedef struct int8_constants {
    __m512 scale, bias, slope, least, inverse, zero;
} int8_constants;

ALWAYS_INLINE __m512 int8_read(const void *in, const lk_nn_int8 *conv)
{
    if (conv->wide_out)
        return _mm512_loadu_ps(in);
    __m512 q = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(in)));
    return _mm512_mul_ps(_mm512_sub_ps(q, _mm512_set1_ps(conv->trunk.zero)),
                         _mm512_set1_ps(conv->trunk.scale));
}

ALWAYS_INLINE void int8_finish_pixel(void *to, uint8_t *twin, const lk_nn_int8 *conv,
                                     const int8_constants *c, const int32_t *sums)
{
    __m512 x = _mm512_cvtepi32_ps(_mm512_loadu_si512(sums));
    x = _mm512_add_ps(_mm512_mul_ps(x, c->scale), c->bias);
    if (conv->sum)
        x = _mm512_add_ps(x, int8_read(to, conv));
    x = _mm512_max_ps(c->least, x);
    if (conv->slope) {
        __mmask16 below = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
        x = _mm512_mask_mul_ps(x, below, x, c->slope);
    }
    if (conv->wide_out)
        _mm512_storeu_ps(to, x);
    if (twin)
        _mm_storeu_si128((void *)twin, _mm512_cvtepi32_epi8(int8_round(x, c->inverse, c->zero)));
}

TARGET void lk_nn_int8_finish(const lk_nn_int8_end *end, const int32_t *sums, size_t count)
{
    const lk_nn_int8 *conv = end->conv;
    const int8_constants c = {.scale = _mm512_loadu_ps(end->scale),
                              .bias = _mm512_loadu_ps(end->bias),
                              .slope =
                                  end->slope ? _mm512_loadu_ps(end->slope) : _mm512_setzero_ps(),
                              .least = _mm512_set1_ps(conv->relu ? 0.0f : -__builtin_inff()),
                              .inverse = _mm512_set1_ps(1.0f / conv->to.scale),
                              .zero = _mm512_set1_ps(conv->to.zero)};
    for (size_t p = 0; p < count; p++) {
        size_t at = end->at[p];
        void *to = lk_nn_number_put_at(end->to, at, conv->wide_out ? LK_NN_F32 : LK_NN_U8);
        uint8_t *twin = !conv->wide_out ? to : end->twin ? end->twin + at : NULL;
        int8_finish_pixel(to, twin, conv, &c, sums + p * LK_NN_LANES);
    }
}

TARGET void lk_nn_int8_quantise(uint8_t *out, const float *in, size_t count, lk_nn_scale scale)
{
    __m512 inverse = _mm512_set1_ps(1.0f / scale.scale), zero = _mm512_set1_ps(scale.zero);
    for (size_t i = 0; i < count; i += LK_NN_LANES) {
        __m512i q = int8_round(_mm512_loadu_ps(in + i), inverse, zero);
        _mm_storeu_si128((void *)(out + i), _mm512_cvtepi32_epi8(q));
    }
}

bool lk_nn_int8_available(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
}
#else
lk_nn_int8_sums_fn *lk_nn_int8_sums(size_t blocks, size_t *pixels)
{
    (void)blocks;
    (void)pixels;
    return NULL;
}

void lk_nn_int8_finish(const lk_nn_int8_end *end, const int32_t *sums, size_t count)
{
    (void)end;
    (void)sums;
    (void)count;
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

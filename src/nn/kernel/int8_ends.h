/* int8_ends.h: what becomes of sums of whole numbers, 16 channels at once, in AVX-512. */
#ifndef LK_NN_KERNEL_INT8_ENDS_H
#define LK_NN_KERNEL_INT8_ENDS_H

#include <immintrin.h>

#include "nn/kernel/int8.h"
#include "nn/kernel/tile.h"

#define TARGET        __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define ALWAYS_INLINE static inline __attribute__((always_inline)) TARGET

typedef __m512i int8_sums[LK_NN_INT8_BLOCKS][LK_NN_INT8_PIXELS];

/* Keeps a loaded value in its register: the compiler would rather load it again. */
ALWAYS_INLINE __m512i int8_held(__m512i value)
{
    __asm__("" : "+v"(value));
    return value;
}

/* From 0 on; what is too large is cut by int8_store. */
ALWAYS_INLINE __m512i int8_round(__m512 x, __m512 inverse, __m512 zero)
{
    __m512 q = _mm512_add_ps(_mm512_mul_ps(x, inverse), zero);
    return _mm512_cvtps_epi32(_mm512_max_ps(q, _mm512_setzero_ps()));
}

/* Behind 2^31 a conversion gives the first bit alone, which is no sign here: cut as well. */
ALWAYS_INLINE void int8_store(uint8_t *out, __m512i whole)
{
    _mm_storeu_si128((void *)out, _mm512_cvtusepi32_epi8(whole));
}

/* ---- any end ---- */

/* What a block's sums are multiplied by, and what is added. */
ALWAYS_INLINE void int8_factors(const lk_nn_int8 *conv, size_t block, __m512 *scale, __m512 *bias)
{
    *scale = _mm512_loadu_ps(conv->scale + block * LK_NN_LANES);
    *bias = _mm512_loadu_ps(conv->bias + block * LK_NN_LANES);
    if (!lk_nn_int8_straight(conv))
        return;
    __m512 inverse = _mm512_set1_ps(1.0f / conv->to.scale);
    *scale = _mm512_mul_ps(*scale, inverse);
    *bias = _mm512_add_ps(_mm512_mul_ps(*bias, inverse), _mm512_set1_ps(conv->to.zero));
}

ALWAYS_INLINE __m512 int8_read(const lk_nn_int8 *conv, size_t at)
{
    if (conv->wide_out)
        return _mm512_loadu_ps((const float *)conv->dst + at);
    const void *whole = (const uint8_t *)conv->dst + at;
    __m512 q = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(whole)));
    return _mm512_mul_ps(_mm512_sub_ps(q, _mm512_set1_ps(conv->trunk.zero)),
                         _mm512_set1_ps(conv->trunk.scale));
}

/* x is what sums by scale and bias have given; it goes to number `at`. */
ALWAYS_INLINE void int8_end_pixel(const lk_nn_int8 *conv, size_t block, size_t at, __m512 x)
{
    bool straight = lk_nn_int8_straight(conv);
    uint8_t *whole = conv->wide_out ? conv->twin : conv->dst;
    if (conv->sum)
        x = _mm512_add_ps(x, int8_read(conv, at));
    if (conv->relu)
        x = _mm512_max_ps(_mm512_set1_ps(straight ? conv->to.zero : 0), x);
    if (conv->slope) {
        __mmask16 below = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
        x = _mm512_mask_mul_ps(x, below, x, _mm512_loadu_ps(conv->slope + block * LK_NN_LANES));
    }
    if (conv->wide_out)
        _mm512_storeu_ps((float *)conv->dst + at, x);
    if (straight)
        int8_store(whole + at, _mm512_cvtps_epi32(_mm512_max_ps(x, _mm512_setzero_ps())));
    else if (whole)
        int8_store(whole + at, int8_round(x, _mm512_set1_ps(1.0f / conv->to.scale),
                                          _mm512_set1_ps(conv->to.zero)));
}

/* sums[out_blocks][pixels][16] */
TARGET static void int8_end_any(const lk_nn_int8_tile *tile, const __m512i *sums, size_t pixels)
{
    const lk_nn_int8 *conv = tile->conv;
    size_t plane = conv->out[0] * conv->out[1] * LK_NN_LANES;
    for (size_t b = 0; b < tile->out_blocks; b++) {
        size_t block = tile->out_block + b;
        __m512 scale, bias;
        int8_factors(conv, block, &scale, &bias);
        for (size_t p = 0; p < tile->count; p++) {
            __m512 x = _mm512_cvtepi32_ps(sums[b * pixels + p]);
            x = _mm512_add_ps(_mm512_mul_ps(x, scale), bias);
            int8_end_pixel(conv, block, block * plane + tile->to[p], x);
        }
    }
}

/* ---- the ends that there are most of, in registers ---- */

/* Four pixels lie side by side: none comes from another image, none is there twice. */
ALWAYS_INLINE bool int8_in_a_row(const size_t *to)
{
    return to[1] - to[0] == LK_NN_LANES && to[2] - to[1] == LK_NN_LANES &&
           to[3] - to[2] == LK_NN_LANES;
}

/* Cuts `count` times 16 numbers, 4 at most, and stores them as whole ones, at to[count]. */
ALWAYS_INLINE void int8_store_some(uint8_t *out, const size_t *to, const __m512i *x,
                                   const int count)
{
    const __m512i order = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
    __m512i low = _mm512_packs_epi32(x[0], x[1 % count]), high = low;
    if (count > 2)
        high = _mm512_packs_epi32(x[2], x[3 % count]);
    __m512i all = _mm512_permutexvar_epi32(order, _mm512_packus_epi16(low, high));
    if (count == 4 && int8_in_a_row(to)) {
        _mm512_storeu_si512(out + to[0], all);
        return;
    }
    _mm_storeu_si128((void *)(out + to[0]), _mm512_castsi512_si128(all));
    if (count > 1)
        _mm_storeu_si128((void *)(out + to[1]), _mm512_extracti32x4_epi32(all, 1));
    if (count > 2)
        _mm_storeu_si128((void *)(out + to[2]), _mm512_extracti32x4_epi32(all, 2));
    if (count > 3)
        _mm_storeu_si128((void *)(out + to[3]), _mm512_extracti32x4_epi32(all, 3));
}

/* All 16 times `pixels`, in place of which they are. */
ALWAYS_INLINE void int8_store_all(uint8_t *out, const size_t *to, const __m512i *x,
                                  const int pixels)
{
#pragma GCC unroll 16
    for (int p = 0; p + 4 <= pixels; p += 4)
        int8_store_some(out, to + p, x + p, 4);
    if (pixels % 4)
        int8_store_some(out, to + pixels / 4 * 4, x + pixels / 4 * 4, pixels % 4);
}

/* Straight to whole numbers, which are cut below 0 alone. */
ALWAYS_INLINE void int8_end_straight(const lk_nn_int8_tile *tile, int8_sums sums, const int blocks,
                                     const int pixels)
{
    const lk_nn_int8 *conv = tile->conv;
    size_t plane = conv->out[0] * conv->out[1] * LK_NN_LANES;
    uint8_t *out = (uint8_t *)conv->dst + tile->out_block * plane;
#pragma GCC unroll 16
    for (int b = 0; b < blocks; b++, out += plane) {
        __m512 scale, bias;
        int8_factors(conv, tile->out_block + (size_t)b, &scale, &bias);
#pragma GCC unroll 16
        for (int p = 0; p < pixels; p++) {
            __m512 x = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[b][p]), scale);
            sums[b][p] = _mm512_cvtps_epi32(_mm512_add_ps(x, bias));
        }
        int8_store_all(out, tile->to, sums[b], pixels);
    }
}

/* To floats, which get a twin; or onto such. */
ALWAYS_INLINE void int8_end_wide(const lk_nn_int8_tile *tile, int8_sums sums, const bool sum,
                                 const int blocks, const int pixels)
{
    const lk_nn_int8 *conv = tile->conv;
    size_t plane = conv->out[0] * conv->out[1] * LK_NN_LANES, first = tile->out_block * plane;
    float *out = (float *)conv->dst + first;
    uint8_t *twin = conv->twin + first;
    __m512 least = _mm512_set1_ps(conv->relu ? 0.0f : -__builtin_inff());
    __m512 inverse = _mm512_set1_ps(1.0f / conv->to.scale), zero = _mm512_set1_ps(conv->to.zero);
#pragma GCC unroll 16
    for (int b = 0; b < blocks; b++, out += plane, twin += plane) {
        __m512 scale, bias;
        int8_factors(conv, tile->out_block + (size_t)b, &scale, &bias);
#pragma GCC unroll 16
        for (int p = 0; p < pixels; p++) {
            __m512 x = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[b][p]), scale);
            x = _mm512_add_ps(x, bias);
            if (sum)
                x = _mm512_add_ps(x, _mm512_loadu_ps(out + tile->to[p]));
            x = _mm512_max_ps(least, x);
            _mm512_storeu_ps(out + tile->to[p], x);
            __m512 q = _mm512_add_ps(_mm512_mul_ps(x, inverse), zero);
            sums[b][p] = _mm512_cvtps_epi32(_mm512_min_ps(_mm512_set1_ps(255), q));
        }
        int8_store_all(twin, tile->to, sums[b], pixels);
    }
}

typedef enum int8_end { ANY = 0, STRAIGHT, WIDE, TRUNK, ENDS } int8_end;

static int8_end int8_end_of(const lk_nn_int8 *conv)
{
    if (lk_nn_int8_straight(conv) && conv->small && !(conv->relu && conv->to.zero > 0))
        return STRAIGHT;
    if (!conv->wide_out || !conv->twin || conv->slope)
        return ANY;
    return conv->sum ? TRUNK : WIDE;
}

#endif

/* narrow.h: bf16, the upper half of a float: its range, with 8 bits of precision.
 *
 * Where a kernel is told to be narrow, inputs, outputs and weights are bf16 and what is
 * summed is float. Memory holds as many numbers in the same order, in half the bytes;
 * only weights lie otherwise: of two input channels after each other, one pair for each
 * of 16 output channels, which is what the processor multiplies at once. */
#ifndef LK_NN_KERNEL_NARROW_H
#define LK_NN_KERNEL_NARROW_H

#include <string.h>

#include <likeness/base.h>

typedef uint16_t lk_bf16;

static inline float lk_nn_widen(lk_bf16 x)
{
    uint32_t bits = (uint32_t)x << 16;
    float wide;
    memcpy(&wide, &bits, sizeof wide);
    return wide;
}

/* The nearest, of two the even one. A NaN stays one. */
static inline lk_bf16 lk_nn_narrow(float x)
{
    enum { QUIET = 0x40, HALF = 0x7fff };
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if (x != x)
        return (lk_bf16)(bits >> 16 | QUIET);
    return (lk_bf16)((bits + HALF + (bits >> 16 & 1)) >> 16);
}

/* How numbers lie in memory. Where only the first two can be, a bool says which. */
typedef enum lk_nn_format {
    LK_NN_F32 = 0,
    LK_NN_BF16 = 1,
    LK_NN_U8 = 2 /* int8.h */
} lk_nn_format;

static inline size_t lk_nn_number_size(lk_nn_format format)
{
    return sizeof(float) >> format;
}

/* Where number `index` of an array lies. */
static inline const void *lk_nn_number_at(const void *numbers, size_t index, lk_nn_format format)
{
    return (const char *)numbers + index * lk_nn_number_size(format);
}

static inline void *lk_nn_number_put_at(void *numbers, size_t index, lk_nn_format format)
{
    return (char *)numbers + index * lk_nn_number_size(format);
}

/* Floats whose memory holds `count` numbers. */
static inline size_t lk_nn_number_floats(size_t count, lk_nn_format format)
{
    return (count * lk_nn_number_size(format) + sizeof(float) - 1) / sizeof(float);
}

/* This processor multiplies pairs of bf16 (AVX512_BF16). */
bool lk_nn_narrow_available(void);

/* As lk_nn_narrow and lk_nn_widen, `count` times; any processor. */
void lk_nn_narrow_all(lk_bf16 *out, const float *in, size_t count);

/* weights[rows][16], a row an input channel, rounded to pairs: out[rows / 2][16][2]. */
void lk_nn_narrow_pairs(lk_bf16 *out, const float *weights, size_t rows);

#endif

/* winograd_lines.h: one direction of a tile's transforms, 16 channels at once, in AVX-512. */
#ifndef LK_NN_KERNEL_WINOGRAD_LINES_H
#define LK_NN_KERNEL_WINOGRAD_LINES_H

#include <immintrin.h>

#include "nn/kernel/winograd_transforms.h"

/* The points, and their squares. */
#define A      LK_NN_WINOGRAD_A
#define B      LK_NN_WINOGRAD_B
#define SIX_A  LK_NN_WINOGRAD_SIX_A
#define SIX_B  LK_NN_WINOGRAD_SIX_B
#define SIX_C  LK_NN_WINOGRAD_SIX_C
#define SIX_A2 (SIX_A * SIX_A)
#define SIX_B2 (SIX_B * SIX_B)
#define SIX_C2 (SIX_C * SIX_C)
#define A2     (A * A)
#define B2     (B * B)

#define LINE_INLINE static inline __attribute__((always_inline, target("avx512f")))

enum { LANES = 16, THREE = 6, MOST = 8 }; /* THREE: positions of three taps */

/* For four taps, points of few binary digits: their transforms round little. */
enum { FOUR = 7 }; /* positions: 0, 1/2, -1/2, 1, -1, 3 and infinity */
static const double four_read[FOUR][FOUR] = {
    {-.75, .25, 3.75, -1.25, -3, 1, 0}, {0, 1.5, 2.5, -2.5, -2.5, 1, 0},
    {0, -1.5, 3.5, .5, -3.5, 1, 0},     {0, .75, .5, -3.25, -2, 1, 0},
    {0, -.75, 1, 2.75, -4, 1, 0},       {0, .25, 0, -1.25, 0, 1, 0},
    {0, -.75, .25, 3.75, -1.25, -3, 1},
};
static const double four_write[4][FOUR] = {
    {1, 1, 1, 1, 1, 1, 0},
    {0, .5, -.5, 1, -1, 3, 0},
    {0, .25, .25, 1, 1, 9, 0},
    {0, .125, -.125, 1, -1, 27, 1},
};

LINE_INLINE __m512 transform_times(double factor, __m512 x)
{
    return _mm512_mul_ps(_mm512_set1_ps((float)factor), x);
}

/* x + factor * y */
LINE_INLINE __m512 transform_plus(__m512 x, double factor, __m512 y)
{
    return _mm512_fmadd_ps(_mm512_set1_ps((float)factor), y, x);
}

/* Eight outputs of seven taps are two times four. The first four taps over pixels 0 to 6 and
 * the last three over 4 to 9 give the one half, over 4 to 10 and 8 to 13 the other. What both
 * halves need, all seven taps over 4 to 10 (M), is done once (Karatsuba's way): M and the first
 * four over 0 to 6 less 4 to 10; M and the last three over 8 to 13 less 4 to 9. That is 7 + 7
 * + 6 positions. */

/* Values at the points 0, 1, -1 and infinity: two outputs of three taps, or three
 * of two. */
LINE_INLINE void transform_read_4(__m512 *out, __m512 x0, __m512 x1, __m512 x2, __m512 x3)
{
    out[0] = _mm512_sub_ps(x2, x0);
    out[1] = _mm512_add_ps(x2, x1);
    out[2] = _mm512_sub_ps(x2, x1);
    out[3] = _mm512_sub_ps(x3, x1);
}

/* z - (p + q) y + p q x: a pair of points' even or odd part. */
LINE_INLINE __m512 transform_part(__m512 z, __m512 y, __m512 x, double p, double q)
{
    return transform_plus(transform_plus(z, -(p + q), y), p * q, x);
}

LINE_INLINE __m512 transform_end(__m512 z, __m512 y, __m512 x, __m512 w)
{
    return transform_plus(transform_plus(transform_plus(z, -(SIX_A2 + SIX_B2 + SIX_C2), y),
                                         SIX_A2 * SIX_B2 + SIX_A2 * SIX_C2 + SIX_B2 * SIX_C2, x),
                          -SIX_A2 * SIX_B2 * SIX_C2, w);
}

LINE_INLINE void transform_read_8(__m512 *x)
{
    __m512 a = transform_part(x[6], x[4], x[2], SIX_B2, SIX_C2),
           a_odd = transform_part(x[5], x[3], x[1], SIX_B2, SIX_C2);
    __m512 b = transform_part(x[6], x[4], x[2], SIX_A2, SIX_C2),
           b_odd = transform_part(x[5], x[3], x[1], SIX_A2, SIX_C2);
    __m512 c = transform_part(x[6], x[4], x[2], SIX_A2, SIX_B2),
           c_odd = transform_part(x[5], x[3], x[1], SIX_A2, SIX_B2);
    x[0] = transform_end(x[6], x[4], x[2], x[0]);
    x[7] = transform_end(x[7], x[5], x[3], x[1]);
    x[1] = transform_plus(a, SIX_A, a_odd);
    x[2] = transform_plus(a, -SIX_A, a_odd);
    x[3] = transform_plus(b, SIX_B, b_odd);
    x[4] = transform_plus(b, -SIX_B, b_odd);
    x[5] = transform_plus(c, SIX_C, c_odd);
    x[6] = transform_plus(c, -SIX_C, c_odd);
}

LINE_INLINE __m512 transform_three(__m512 a, double p, __m512 b, double q, __m512 c, double r)
{
    return transform_plus(transform_plus(transform_times(p, a), q, b), r, c);
}

LINE_INLINE void transform_write_8(__m512 *x)
{
    __m512 a = _mm512_add_ps(x[1], x[2]), a_odd = _mm512_sub_ps(x[1], x[2]);
    __m512 b = _mm512_add_ps(x[3], x[4]), b_odd = _mm512_sub_ps(x[3], x[4]);
    __m512 c = _mm512_add_ps(x[5], x[6]), c_odd = _mm512_sub_ps(x[5], x[6]);
    x[0] = _mm512_add_ps(_mm512_add_ps(x[0], a), _mm512_add_ps(b, c));
    x[1] = transform_three(a_odd, SIX_A, b_odd, SIX_B, c_odd, SIX_C);
    x[2] = transform_three(a, SIX_A2, b, SIX_B2, c, SIX_C2);
    x[3] = transform_three(a_odd, SIX_A2 * SIX_A, b_odd, SIX_B2 * SIX_B, c_odd, SIX_C2 * SIX_C);
    x[4] = transform_three(a, SIX_A2 * SIX_A2, b, SIX_B2 * SIX_B2, c, SIX_C2 * SIX_C2);
    x[5] = _mm512_add_ps(x[7],
                         transform_three(a_odd, SIX_A2 * SIX_A2 * SIX_A, b_odd,
                                         SIX_B2 * SIX_B2 * SIX_B, c_odd, SIX_C2 * SIX_C2 * SIX_C));
}

/* x[n] to n positions, in place. */
LINE_INLINE void transform_read_line(lk_nn_winograd_kind kind, __m512 *x)
{
    __m512 even, odd, first;
    switch (kind) {
    case LK_NN_WINOGRAD_3X3_1_4:
        first = transform_plus(transform_plus(x[4], -(A2 + B2), x[2]), A2 * B2, x[0]);
        x[5] = transform_plus(transform_plus(x[5], -(A2 + B2), x[3]), A2 * B2, x[1]);
        even = transform_plus(x[4], -A2, x[2]);
        odd = transform_plus(x[3], -A2, x[1]);
        x[4] = transform_plus(x[4], -B2, x[2]);
        x[3] = transform_plus(x[3], -B2, x[1]);
        x[0] = first;
        x[1] = transform_plus(x[4], A, x[3]);
        x[2] = transform_plus(x[4], -A, x[3]);
        x[3] = transform_plus(even, B, odd);
        x[4] = transform_plus(even, -B, odd);
        break;
    case LK_NN_WINOGRAD_3X3_1_2: transform_read_4(x, x[0], x[1], x[2], x[3]); break;
    case LK_NN_WINOGRAD_3X3_2_3:
        even = x[5];
        odd = x[3];
        first = x[1];
        transform_read_4(x, x[0], x[2], x[4], x[6]);
        x[4] = first;
        x[5] = odd;
        x[6] = even;
        break;
    case LK_NN_WINOGRAD_3X3_2_2:
        odd = x[1];
        first = x[2];
        x[0] = _mm512_sub_ps(x[2], x[0]);
        x[2] = _mm512_sub_ps(x[4], x[2]);
        x[4] = x[3];
        x[1] = first;
        x[3] = odd;
        break;
    case LK_NN_WINOGRAD_3X3_1_6: transform_read_8(x); break;
    default: break;
    }
}

/* x[n] to m outputs, in place. */
LINE_INLINE void transform_write_line(lk_nn_winograd_kind kind, __m512 *x)
{
    __m512 sum = _mm512_add_ps(x[1], x[2]), difference = _mm512_sub_ps(x[1], x[2]);
    __m512 sum_b, difference_b;
    switch (kind) {
    case LK_NN_WINOGRAD_3X3_1_4:
        sum_b = _mm512_add_ps(x[3], x[4]);
        difference_b = _mm512_sub_ps(x[3], x[4]);
        x[0] = _mm512_add_ps(_mm512_add_ps(x[0], sum), sum_b);
        x[1] = transform_plus(transform_times(A, difference), B, difference_b);
        x[2] = transform_plus(transform_times(A2, sum), B2, sum_b);
        x[3] = transform_plus(transform_plus(x[5], A2 * A, difference), B2 * B, difference_b);
        break;
    case LK_NN_WINOGRAD_3X3_1_2:
        x[0] = _mm512_add_ps(x[0], sum);
        x[1] = _mm512_add_ps(difference, x[3]);
        break;
    case LK_NN_WINOGRAD_3X3_2_3:
        x[0] = _mm512_add_ps(_mm512_add_ps(x[0], sum), x[4]);
        x[1] = _mm512_add_ps(difference, x[5]);
        x[2] = _mm512_add_ps(_mm512_add_ps(sum, x[3]), x[6]);
        break;
    case LK_NN_WINOGRAD_3X3_2_2:
        x[0] = _mm512_add_ps(_mm512_add_ps(x[0], x[1]), x[3]);
        x[1] = _mm512_add_ps(sum, x[4]);
        break;
    case LK_NN_WINOGRAD_3X3_1_6: transform_write_8(x); break;
    default: break;
    }
}

#endif

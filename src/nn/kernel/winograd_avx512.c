/* The transforms of winograd.h in AVX-512: 16 channels at once. */
#include "nn/kernel/winograd_transforms.h"

/* The points, and their squares. */
#define A  LK_NN_WINOGRAD_A
#define B  LK_NN_WINOGRAD_B
#define A2 (A * A)
#define B2 (B * B)

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET        __attribute__((target("avx512f")))
#define ALWAYS_INLINE static inline __attribute__((always_inline)) TARGET

enum { LANES = 16, THREE = 6, MOST = 7 }; /* THREE: positions of three taps */

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

ALWAYS_INLINE __m512 transform_times(double factor, __m512 x)
{
    return _mm512_mul_ps(_mm512_set1_ps((float)factor), x);
}

/* x + factor * y */
ALWAYS_INLINE __m512 transform_plus(__m512 x, double factor, __m512 y)
{
    return _mm512_fmadd_ps(_mm512_set1_ps((float)factor), y, x);
}

/* Values at the points 0, 1, -1 and infinity: two outputs of three taps, or three
 * of two. */
ALWAYS_INLINE void transform_read_4(__m512 *out, __m512 x0, __m512 x1, __m512 x2, __m512 x3)
{
    out[0] = _mm512_sub_ps(x2, x0);
    out[1] = _mm512_add_ps(x2, x1);
    out[2] = _mm512_sub_ps(x2, x1);
    out[3] = _mm512_sub_ps(x3, x1);
}

/* x[n] to n positions, in place. */
ALWAYS_INLINE void transform_read_line(lk_nn_winograd_kind kind, __m512 *x)
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
    default: break;
    }
}

/* x[n] to m outputs, in place. */
ALWAYS_INLINE void transform_write_line(lk_nn_winograd_kind kind, __m512 *x)
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
    default: break;
    }
}

/* A window of 3x3: both directions alike, n positions to m outputs. */
ALWAYS_INLINE void transform_read_tile(lk_nn_winograd_kind kind, const size_t n, float *out,
                                       size_t position, const float *in, size_t row)
{
    __m512 at[MOST][MOST], line[MOST];
#pragma GCC unroll 7
    for (size_t x = 0; x < n; x++) {
#pragma GCC unroll 7
        for (size_t y = 0; y < n; y++)
            line[y] = _mm512_loadu_ps(in + y * row + x * LANES);
        transform_read_line(kind, line);
#pragma GCC unroll 7
        for (size_t y = 0; y < n; y++)
            at[y][x] = line[y];
    }
#pragma GCC unroll 7
    for (size_t y = 0; y < n; y++) {
        transform_read_line(kind, at[y]);
#pragma GCC unroll 7
        for (size_t x = 0; x < n; x++)
            _mm512_storeu_ps(out + (y * n + x) * position, at[y][x]);
    }
}

ALWAYS_INLINE void transform_write_tile(lk_nn_winograd_kind kind, const size_t n, const size_t m,
                                        float *out, const float *in, size_t position,
                                        const float *bias, bool relu)
{
    __m512 at[4][MOST], line[MOST];
    __m512 add = _mm512_loadu_ps(bias), floor = _mm512_set1_ps(relu ? 0.0f : -__builtin_inff());
#pragma GCC unroll 7
    for (size_t x = 0; x < n; x++) {
#pragma GCC unroll 7
        for (size_t y = 0; y < n; y++)
            line[y] = _mm512_loadu_ps(in + (y * n + x) * position);
        transform_write_line(kind, line);
#pragma GCC unroll 7
        for (size_t y = 0; y < m; y++)
            at[y][x] = line[y];
    }
#pragma GCC unroll 7
    for (size_t y = 0; y < m; y++) {
        transform_write_line(kind, at[y]);
#pragma GCC unroll 7
        for (size_t x = 0; x < m; x++)
            _mm512_storeu_ps(out + (y * m + x) * LANES,
                             _mm512_max_ps(floor, _mm512_add_ps(add, at[y][x])));
    }
}

/* A window of seven: the first four taps see the first seven pixels, the other
 * three the six from the fifth pixel on. */
ALWAYS_INLINE void transform_read_seven(float *out, size_t position, const float *in, size_t step)
{
    __m512 x[LK_NN_WINOGRAD_INPUTS];
#pragma GCC unroll 10
    for (size_t i = 0; i < LK_NN_WINOGRAD_INPUTS; i++)
        x[i] = _mm512_loadu_ps(in + i * step);
#pragma GCC unroll 7
    for (size_t p = 0; p < FOUR; p++) {
        __m512 sum = _mm512_setzero_ps();
#pragma GCC unroll 7
        for (size_t i = 0; i < FOUR; i++)
            if (four_read[p][i] != 0)
                sum = transform_plus(sum, four_read[p][i], x[i]);
        _mm512_storeu_ps(out + p * position, sum);
    }
    transform_read_line(LK_NN_WINOGRAD_3X3_1_4, x + 4);
#pragma GCC unroll 7
    for (size_t p = 0; p < THREE; p++)
        _mm512_storeu_ps(out + (FOUR + p) * position, x[4 + p]);
}

TARGET static void transform_write_seven(float *out, const float *in, size_t position,
                                         const float *bias, bool relu)
{
    __m512 x[FOUR], rest[THREE];
    __m512 add = _mm512_loadu_ps(bias), floor = _mm512_set1_ps(relu ? 0.0f : -__builtin_inff());
#pragma GCC unroll 7
    for (size_t p = 0; p < FOUR; p++)
        x[p] = _mm512_loadu_ps(in + p * position);
#pragma GCC unroll 7
    for (size_t p = 0; p < THREE; p++)
        rest[p] = _mm512_loadu_ps(in + (FOUR + p) * position);
    transform_write_line(LK_NN_WINOGRAD_3X3_1_4, rest);
#pragma GCC unroll 4
    for (size_t k = 0; k < 4; k++) {
        __m512 sum = _mm512_add_ps(add, rest[k]);
#pragma GCC unroll 7
        for (size_t p = 0; p < FOUR; p++)
            if (four_write[k][p] != 0)
                sum = transform_plus(sum, four_write[k][p], x[p]);
        _mm512_storeu_ps(out + k * LANES, _mm512_max_ps(floor, sum));
    }
}

TARGET static void transform_finish(float *out, const float *in, size_t count, const float *slope,
                                    bool sum, bool relu)
{
    __m512 floor = _mm512_set1_ps(relu ? 0.0f : -__builtin_inff());
    __m512 factor = slope ? _mm512_loadu_ps(slope) : _mm512_set1_ps(1);
    for (size_t i = 0; i < count; i++) {
        __m512 x = _mm512_loadu_ps(in + i * LANES);
        if (sum)
            x = _mm512_add_ps(x, _mm512_loadu_ps(out + i * LANES));
        __mmask16 below = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
        if (slope)
            x = _mm512_mask_mul_ps(x, below, x, factor);
        _mm512_storeu_ps(out + i * LANES, _mm512_max_ps(floor, x));
    }
}

#define TRANSFORMS(name, kind, n, m)                                                               \
    TARGET static void transform_read_##name(float *out, size_t position, const float *in,         \
                                             size_t row)                                           \
    {                                                                                              \
        transform_read_tile(kind, n, out, position, in, row);                                      \
    }                                                                                              \
    TARGET static void transform_write_##name(float *out, const float *in, size_t position,        \
                                              const float *bias, bool relu)                        \
    {                                                                                              \
        transform_write_tile(kind, n, m, out, in, position, bias, relu);                           \
    }

TRANSFORMS(1_4, LK_NN_WINOGRAD_3X3_1_4, 6, 4)
TRANSFORMS(1_2, LK_NN_WINOGRAD_3X3_1_2, 4, 2)
TRANSFORMS(2_3, LK_NN_WINOGRAD_3X3_2_3, 7, 3)
TRANSFORMS(2_2, LK_NN_WINOGRAD_3X3_2_2, 5, 2)

TARGET static void transform_read_row(float *out, size_t position, const float *in, size_t row)
{
    (void)row;
    transform_read_seven(out, position, in, LANES);
}

TARGET static void transform_read_column(float *out, size_t position, const float *in, size_t row)
{
    transform_read_seven(out, position, in, row);
}
#define FUNCTIONS(read, write) read, write, transform_finish
#else
#define FUNCTIONS(read, write) NULL, NULL, NULL
#endif

const lk_nn_winograd_transforms *lk_nn_winograd_get(lk_nn_winograd_kind kind)
{
    static const lk_nn_winograd_transforms all[LK_NN_WINOGRAD_KINDS] = {
        {FUNCTIONS(transform_read_1_4, transform_write_1_4)},
        {FUNCTIONS(transform_read_1_2, transform_write_1_2)},
        {FUNCTIONS(transform_read_2_3, transform_write_2_3)},
        {FUNCTIONS(transform_read_2_2, transform_write_2_2)},
        {FUNCTIONS(transform_read_row, transform_write_seven)},
        {FUNCTIONS(transform_read_column, transform_write_seven)},
    };
    return &all[kind];
}

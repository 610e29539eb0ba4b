/* The transforms of winograd.h in AVX-512: 16 channels at once. */
#include "nn/kernel/winograd_transforms.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET        __attribute__((target("avx512f")))
#define ALWAYS_INLINE static inline __attribute__((always_inline)) TARGET

#define NAMED(name)   transform_read_##name
#define NUMBER_IN     float
#define NUMBER_OUT    float
#define LOAD(in)      _mm512_loadu_ps(in)
#define STORE(out, x) _mm512_storeu_ps(out, x)
#include "nn/kernel/winograd_read.h"

static const double four_write[4][FOUR] = {
    {1, 1, 1, 1, 1, 1, 0},
    {0, .5, -.5, 1, -1, 3, 0},
    {0, .25, .25, 1, 1, 9, 0},
    {0, .125, -.125, 1, -1, 27, 1},
};

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

TARGET static void transform_finish(void *to, const float *in, size_t count, const float *slope,
                                    bool sum, bool relu)
{
    float *out = to;
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

#define WRITE(name, kind, n, m)                                                                    \
    TARGET static void transform_write_##name(float *out, const float *in, size_t position,        \
                                              const float *bias, bool relu)                        \
    {                                                                                              \
        transform_write_tile(kind, n, m, out, in, position, bias, relu);                           \
    }

WRITE(1_4, LK_NN_WINOGRAD_3X3_1_4, 6, 4)
WRITE(1_2, LK_NN_WINOGRAD_3X3_1_2, 4, 2)
WRITE(2_3, LK_NN_WINOGRAD_3X3_2_3, 7, 3)
WRITE(2_2, LK_NN_WINOGRAD_3X3_2_2, 5, 2)

typedef void transform_write_fn(float *out, const float *in, size_t position, const float *bias,
                                bool relu);
static transform_write_fn *const transform_writes[LK_NN_WINOGRAD_KINDS] = {
    transform_write_1_4, transform_write_1_2,   transform_write_2_3,
    transform_write_2_2, transform_write_seven, transform_write_seven,
};

lk_nn_winograd_transforms lk_nn_winograd_get(lk_nn_winograd_kind kind)
{
    return (lk_nn_winograd_transforms){transform_read_all[kind], transform_writes[kind],
                                       transform_finish};
}
#else
lk_nn_winograd_transforms lk_nn_winograd_get(lk_nn_winograd_kind kind)
{
    (void)kind;
    return (lk_nn_winograd_transforms){NULL, NULL, NULL};
}
#endif

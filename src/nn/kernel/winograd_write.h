/* winograd_write.h: positions back to tiles of outputs. Who includes it defines NAMED(name),
 * TARGET, NUMBER_OUT and STORE(out, x); NAMED(all) then has a function a kind; with FEW_KINDS as in
 * winograd_read.h. */
#include "nn/kernel/winograd_lines.h"

#define WRITE_INLINE static inline __attribute__((always_inline)) TARGET

/* down[] and across[]: positions, outputs. */
WRITE_INLINE void NAMED(both)(lk_nn_winograd_kind by_column, const size_t down[2],
                              lk_nn_winograd_kind by_row, const size_t across[2], NUMBER_OUT *out,
                              size_t row, const float *in, size_t position, const float *bias,
                              bool relu)
{
    __m512 at[6][MOST], line[MOST];
    __m512 add = _mm512_loadu_ps(bias), floor = _mm512_set1_ps(relu ? 0.0f : -__builtin_inff());
#pragma GCC unroll 8
    for (size_t x = 0; x < across[0]; x++) {
#pragma GCC unroll 8
        for (size_t y = 0; y < down[0]; y++)
            line[y] = _mm512_loadu_ps(in + (y * across[0] + x) * position);
        transform_write_line(by_column, line);
#pragma GCC unroll 8
        for (size_t y = 0; y < down[1]; y++)
            at[y][x] = line[y];
    }
#pragma GCC unroll 8
    for (size_t y = 0; y < down[1]; y++) {
        transform_write_line(by_row, at[y]);
#pragma GCC unroll 8
        for (size_t x = 0; x < across[1]; x++)
            STORE(out + y * row + x * LANES, _mm512_max_ps(floor, _mm512_add_ps(add, at[y][x])));
    }
}

WRITE_INLINE void NAMED(tile)(lk_nn_winograd_kind kind, const size_t n, const size_t m,
                              NUMBER_OUT *out, size_t row, const float *in, size_t position,
                              const float *bias, bool relu)
{
    const size_t side[2] = {n, m};
    NAMED(both)(kind, side, kind, side, out, row, in, position, bias, relu);
}

/* The four outputs of four taps, added to those that are there. */
WRITE_INLINE void NAMED(four)(__m512 *sums, const float *in, size_t position)
{
    __m512 x[FOUR];
#pragma GCC unroll 7
    for (size_t p = 0; p < FOUR; p++)
        x[p] = _mm512_loadu_ps(in + p * position);
#pragma GCC unroll 4
    for (size_t k = 0; k < 4; k++)
#pragma GCC unroll 7
        for (size_t p = 0; p < FOUR; p++)
            if (four_write[k][p] != 0)
                sums[k] = transform_plus(sums[k], four_write[k][p], x[p]);
}

/* Those of three taps, with `more` added. */
WRITE_INLINE void NAMED(three)(__m512 *sums, const float *in, size_t position, const __m512 *more)
{
    __m512 x[THREE];
#pragma GCC unroll 7
    for (size_t p = 0; p < THREE; p++)
        x[p] = _mm512_loadu_ps(in + p * position);
    transform_write_line(LK_NN_WINOGRAD_3X3_1_4, x);
#pragma GCC unroll 4
    for (size_t k = 0; k < 4; k++)
        sums[k] = _mm512_add_ps(more[k], x[k]);
}

WRITE_INLINE void NAMED(store_four)(NUMBER_OUT *out, size_t step, const __m512 *sums, bool relu)
{
    __m512 floor = _mm512_set1_ps(relu ? 0.0f : -__builtin_inff());
#pragma GCC unroll 4
    for (size_t k = 0; k < 4; k++)
        STORE(out + k * step, _mm512_max_ps(floor, sums[k]));
}

WRITE_INLINE void NAMED(seven)(NUMBER_OUT *out, size_t step, const float *in, size_t position,
                               const float *bias, bool relu)
{
    __m512 add = _mm512_loadu_ps(bias), sums[4] = {add, add, add, add};
    NAMED(three)(sums, in + FOUR * position, position, sums);
    NAMED(four)(sums, in, position);
    NAMED(store_four)(out, step, sums, relu);
}

#ifndef FEW_KINDS
WRITE_INLINE void NAMED(eight)(NUMBER_OUT *out, size_t step, const float *in, size_t position,
                               const float *bias, bool relu)
{
    __m512 add = _mm512_loadu_ps(bias), middle[4] = {add, add, add, add}, sums[4];
    NAMED(four)(middle, in, position);
    NAMED(three)(sums, in + 2 * FOUR * position, position, middle);
    NAMED(store_four)(out + 4 * step, step, sums, relu);
    NAMED(four)(middle, in + FOUR * position, position);
    NAMED(store_four)(out, step, middle, relu);
}
#endif

#define WRITE(name, kind, n, m)                                                                    \
    TARGET static void NAMED(name)(void *out, size_t row, const float *in, size_t position,        \
                                   const float *bias, bool relu)                                   \
    {                                                                                              \
        NAMED(tile)(kind, n, m, out, row, in, position, bias, relu);                               \
    }

WRITE(1_4, LK_NN_WINOGRAD_3X3_1_4, 6, 4)
WRITE(1_2, LK_NN_WINOGRAD_3X3_1_2, 4, 2)
WRITE(2_3, LK_NN_WINOGRAD_3X3_2_3, 7, 3)
WRITE(2_2, LK_NN_WINOGRAD_3X3_2_2, 5, 2)

TARGET static void NAMED(row)(void *out, size_t row, const float *in, size_t position,
                              const float *bias, bool relu)
{
    (void)row;
    NAMED(seven)(out, LANES, in, position, bias, relu);
}

TARGET static void NAMED(column)(void *out, size_t row, const float *in, size_t position,
                                 const float *bias, bool relu)
{
    NAMED(seven)(out, row, in, position, bias, relu);
}

#ifndef FEW_KINDS
WRITE(1_6, LK_NN_WINOGRAD_3X3_1_6, 8, 6)

TARGET static void NAMED(1_46)(void *out, size_t row, const float *in, size_t position,
                               const float *bias, bool relu)
{
    static const size_t down[2] = {6, 4}, across[2] = {8, 6};
    NAMED(both)
    (LK_NN_WINOGRAD_3X3_1_4, down, LK_NN_WINOGRAD_3X3_1_6, across, out, row, in, position, bias,
     relu);
}

TARGET static void NAMED(long_row)(void *out, size_t row, const float *in, size_t position,
                                   const float *bias, bool relu)
{
    (void)row;
    NAMED(eight)(out, LANES, in, position, bias, relu);
}

TARGET static void NAMED(long_column)(void *out, size_t row, const float *in, size_t position,
                                      const float *bias, bool relu)
{
    NAMED(eight)(out, row, in, position, bias, relu);
}
#endif

static lk_nn_winograd_write_fn *const NAMED(all)[LK_NN_WINOGRAD_KINDS] = {
    NAMED(1_4),      NAMED(1_2),         NAMED(2_3), NAMED(2_2),  NAMED(row), NAMED(column),
#ifndef FEW_KINDS
    NAMED(long_row), NAMED(long_column), NAMED(1_6), NAMED(1_46),
#endif
};

#undef WRITE
#undef WRITE_INLINE
#undef NAMED
#undef NUMBER_OUT
#undef STORE

/* winograd_read.h: tiles of inputs to positions, for one kind of number each way. Who
 * includes it defines NAMED(name), TARGET, NUMBER_IN, NUMBER_OUT, LOAD(in) and STORE(out, x);
 * NAMED(all) then has a function a kind; with FEW_KINDS not
 * for those that bf16 is never done by. */
#include "nn/kernel/winograd_lines.h"

#define READ_INLINE static inline __attribute__((always_inline)) TARGET

/* A window of 3x3: columns of `down` positions by one kind, then rows of `across` by another. */
READ_INLINE void NAMED(both)(lk_nn_winograd_kind by_column, const size_t down,
                             lk_nn_winograd_kind by_row, const size_t across, NUMBER_OUT *out,
                             size_t position, const NUMBER_IN *in, size_t row)
{
    __m512 at[MOST][MOST], line[MOST];
#pragma GCC unroll 8
    for (size_t x = 0; x < across; x++) {
#pragma GCC unroll 8
        for (size_t y = 0; y < down; y++)
            line[y] = LOAD(in + y * row + x * LANES);
        transform_read_line(by_column, line);
#pragma GCC unroll 8
        for (size_t y = 0; y < down; y++)
            at[y][x] = line[y];
    }
#pragma GCC unroll 8
    for (size_t y = 0; y < down; y++) {
        transform_read_line(by_row, at[y]);
#pragma GCC unroll 8
        for (size_t x = 0; x < across; x++)
            STORE(out + (y * across + x) * position, at[y][x]);
    }
}

READ_INLINE void NAMED(tile)(lk_nn_winograd_kind kind, const size_t n, NUMBER_OUT *out,
                             size_t position, const NUMBER_IN *in, size_t row)
{
    NAMED(both)(kind, n, kind, n, out, position, in, row);
}

READ_INLINE void NAMED(four)(NUMBER_OUT *out, size_t position, const __m512 *x)
{
#pragma GCC unroll 7
    for (size_t p = 0; p < FOUR; p++) {
        __m512 sum = _mm512_setzero_ps();
#pragma GCC unroll 7
        for (size_t i = 0; i < FOUR; i++)
            if (four_read[p][i] != 0)
                sum = transform_plus(sum, four_read[p][i], x[i]);
        STORE(out + p * position, sum);
    }
}

READ_INLINE void NAMED(three)(NUMBER_OUT *out, size_t position, __m512 *x)
{
    transform_read_line(LK_NN_WINOGRAD_3X3_1_4, x);
#pragma GCC unroll 7
    for (size_t p = 0; p < THREE; p++)
        STORE(out + p * position, x[p]);
}

/* A window of seven: the first four taps see the first seven pixels, the other
 * three the six from the fifth pixel on. */
READ_INLINE void NAMED(seven)(NUMBER_OUT *out, size_t position, const NUMBER_IN *in, size_t step)
{
    __m512 x[FOUR + 3];
#pragma GCC unroll 10
    for (size_t i = 0; i < FOUR + 3; i++)
        x[i] = LOAD(in + i * step);
    NAMED(four)(out, position, x);
    NAMED(three)(out + FOUR * position, position, x + 4);
}

#ifndef FEW_KINDS
/* Two times four outputs: winograd_lines.h says how. */
READ_INLINE void NAMED(eight)(NUMBER_OUT *out, size_t position, const NUMBER_IN *in, size_t step)
{
    __m512 middle[FOUR], x[FOUR];
#pragma GCC unroll 7
    for (size_t i = 0; i < FOUR; i++)
        middle[i] = LOAD(in + (4 + i) * step);
    NAMED(four)(out, position, middle);
#pragma GCC unroll 7
    for (size_t i = 0; i < FOUR; i++)
        x[i] = _mm512_sub_ps(LOAD(in + i * step), middle[i]);
    NAMED(four)(out + FOUR * position, position, x);
#pragma GCC unroll 7
    for (size_t i = 0; i < THREE; i++)
        x[i] = _mm512_sub_ps(LOAD(in + (8 + i) * step), middle[i]);
    NAMED(three)(out + 2 * FOUR * position, position, x);
}
#endif

#define READ(name, kind, n)                                                                        \
    TARGET static void NAMED(name)(void *out, size_t position, const void *in, size_t row)         \
    {                                                                                              \
        NAMED(tile)(kind, n, out, position, in, row);                                              \
    }

READ(1_4, LK_NN_WINOGRAD_3X3_1_4, 6)
READ(1_2, LK_NN_WINOGRAD_3X3_1_2, 4)
READ(2_3, LK_NN_WINOGRAD_3X3_2_3, 7)
READ(2_2, LK_NN_WINOGRAD_3X3_2_2, 5)

TARGET static void NAMED(row)(void *out, size_t position, const void *in, size_t row)
{
    (void)row;
    NAMED(seven)(out, position, in, LANES);
}

TARGET static void NAMED(column)(void *out, size_t position, const void *in, size_t row)
{
    NAMED(seven)(out, position, in, row);
}

#ifndef FEW_KINDS
READ(1_6, LK_NN_WINOGRAD_3X3_1_6, 8)

TARGET static void NAMED(1_46)(void *out, size_t position, const void *in, size_t row)
{
    NAMED(both)(LK_NN_WINOGRAD_3X3_1_4, 6, LK_NN_WINOGRAD_3X3_1_6, 8, out, position, in, row);
}

TARGET static void NAMED(long_row)(void *out, size_t position, const void *in, size_t row)
{
    (void)row;
    NAMED(eight)(out, position, in, LANES);
}

TARGET static void NAMED(long_column)(void *out, size_t position, const void *in, size_t row)
{
    NAMED(eight)(out, position, in, row);
}
#endif

static lk_nn_winograd_read_fn *const NAMED(all)[LK_NN_WINOGRAD_KINDS] = {
    NAMED(1_4),      NAMED(1_2),         NAMED(2_3), NAMED(2_2),  NAMED(row), NAMED(column),
#ifndef FEW_KINDS
    NAMED(long_row), NAMED(long_column), NAMED(1_6), NAMED(1_46),
#endif
};

#undef READ
#undef READ_INLINE
#undef NAMED
#undef NUMBER_IN
#undef NUMBER_OUT
#undef LOAD
#undef STORE

/* rows_winograd_body.h: the transforms of rows_winograd.c, included once an
 * instruction set behind rows_vector.h, which VECTOR and its operations are from. */

#include "base/memory.h"
#include "nn/kernel/rows_winograd.h"

enum { TILE_MOST = LK_NN_ROW_TILE_MOST - 2, WINDOW_MOST = LK_NN_ROW_TILE_MOST };

/* Outputs a side of a tile of n inputs. */
#define ROWS_OUTPUTS(n) ((n) == 4 ? 3 : (n)-2)

/* x + factor * y */
#define PLUS(x, factor, y) FMA(SPREAD((float)(factor)), y, x)

/* One direction: x[4] to the values of polynomials at 0, 1, -1 and infinity, in place. */
ALWAYS_INLINE void rows_read_line_4(VECTOR *x)
{
    VECTOR x1 = x[1], x2 = x[2];
    x[0] = x2 - x[0];
    x[1] = x2 + x1;
    x[2] = x2 - x1;
    x[3] = x[3] - x1;
}

/* x[4] to three outputs. */
ALWAYS_INLINE void rows_write_line_4(VECTOR *x)
{
    VECTOR sum = x[1] + x[2], difference = x[1] - x[2];
    x[0] = x[0] + sum;
    x[1] = difference;
    x[2] = sum + x[3];
}

/* x[5] at 0, 1/2, -1, 3/2 and infinity. */
ALWAYS_INLINE void rows_read_line_5(VECTOR *x)
{
    VECTOR x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
    x[0] = PLUS(PLUS(x3 - x2, -1.25, x1), .75, x0);
    x[1] = PLUS(PLUS(x3, -.5, x2), -1.5, x1);
    x[2] = PLUS(PLUS(x3, -2, x2), .75, x1);
    x[3] = PLUS(PLUS(x3, .5, x2), -.5, x1);
    x[4] = PLUS(PLUS(x[4] - x3, -1.25, x2), .75, x1);
}

/* x[5] to three outputs. */
ALWAYS_INLINE void rows_write_line_5(VECTOR *x)
{
    VECTOR x1 = x[1], x2 = x[2], x3 = x[3];
    x[0] = x[0] + x1 + (x2 + x3);
    x[1] = PLUS(PLUS(SPREAD(.5F) * x1, 1.5, x3), -1, x2);
    x[2] = PLUS(PLUS(x[4] + x2, .25, x1), 2.25, x3);
}

#define A  LK_NN_WINOGRAD_A
#define B  LK_NN_WINOGRAD_B
#define A2 (A * A)
#define B2 (B * B)

/* x[6], at 0, A, -A, B, -B and infinity. */
ALWAYS_INLINE void rows_read_line_6(VECTOR *x)
{
    VECTOR even_a = PLUS(x[4], -B2, x[2]), odd_a = PLUS(x[3], -B2, x[1]);
    VECTOR even_b = PLUS(x[4], -A2, x[2]), odd_b = PLUS(x[3], -A2, x[1]);
    x[0] = PLUS(PLUS(x[4], -(A2 + B2), x[2]), A2 * B2, x[0]);
    x[5] = PLUS(PLUS(x[5], -(A2 + B2), x[3]), A2 * B2, x[1]);
    x[1] = PLUS(even_a, A, odd_a);
    x[2] = PLUS(even_a, -A, odd_a);
    x[3] = PLUS(even_b, B, odd_b);
    x[4] = PLUS(even_b, -B, odd_b);
}

/* x[6] to four outputs. */
ALWAYS_INLINE void rows_write_line_6(VECTOR *x)
{
    VECTOR sum_a = x[1] + x[2], difference_a = x[1] - x[2];
    VECTOR sum_b = x[3] + x[4], difference_b = x[3] - x[4];
    x[0] = x[0] + sum_a + sum_b;
    x[1] = PLUS(SPREAD((float)A) * difference_a, B, difference_b);
    x[2] = PLUS(SPREAD((float)A2) * sum_a, B2, sum_b);
    x[3] = PLUS(PLUS(x[5], A2 * A, difference_a), B2 * B, difference_b);
}

ALWAYS_INLINE void rows_read_line(const size_t n, VECTOR *x)
{
    if (n == 4)
        rows_read_line_4(x);
    else if (n == 5)
        rows_read_line_5(x);
    else
        rows_read_line_6(x);
}

ALWAYS_INLINE void rows_write_line(const size_t n, VECTOR *x)
{
    if (n == 4)
        rows_write_line_4(x);
    else if (n == 5)
        rows_write_line_5(x);
    else
        rows_write_line_6(x);
}

/* One vector of channels of one tile, columns `columns` floats from a row's start. */
ALWAYS_INLINE void rows_read_one(const size_t n, float *out, size_t step, const float *const *rows,
                                 const size_t *columns)
{
    VECTOR at[WINDOW_MOST][WINDOW_MOST], line[WINDOW_MOST];
#pragma GCC unroll 6
    for (size_t x = 0; x < n; x++) {
#pragma GCC unroll 6
        for (size_t y = 0; y < n; y++)
            line[y] = LOAD(rows[y] + columns[x]);
        rows_read_line(n, line);
#pragma GCC unroll 6
        for (size_t y = 0; y < n; y++)
            at[y][x] = line[y];
    }
#pragma GCC unroll 6
    for (size_t y = 0; y < n; y++) {
        rows_read_line(n, at[y]);
#pragma GCC unroll 6
        for (size_t x = 0; x < n; x++)
            STORE(out + (y * n + x) * step, at[y][x]);
    }
}

ALWAYS_INLINE void rows_read_tiles(const size_t n, float *out, size_t step,
                                   const float *const *rows, size_t stride, size_t width,
                                   size_t first, size_t count)
{
    for (size_t tile = 0; tile < count; tile++) {
        size_t columns[WINDOW_MOST];
        for (size_t x = 0; x < n; x++)
            columns[x] = lk_smaller((first + tile) * ROWS_OUTPUTS(n) + x, width - 1) * stride;
        for (size_t channel = 0; channel < stride; channel += LANES) {
            rows_read_one(n, out + tile * stride + channel, step, rows, columns);
            for (size_t x = 0; x < n; x++)
                columns[x] += LANES;
        }
    }
}

/* One vector of channels of one tile, `wide` columns and `high` rows of whose outputs count. */
ALWAYS_INLINE void rows_write_one(const size_t n, const lk_nn_row_conv *conv, float *const *rows,
                                  size_t high, size_t wide, size_t at_float, const float *in,
                                  size_t step, size_t channel)
{
    const size_t m = ROWS_OUTPUTS(n);
    VECTOR at[TILE_MOST][WINDOW_MOST], line[WINDOW_MOST];
    VECTOR bias = LOAD(conv->bias + channel), slope = LOAD(conv->slope + channel);
#pragma GCC unroll 6
    for (size_t x = 0; x < n; x++) {
#pragma GCC unroll 6
        for (size_t y = 0; y < n; y++)
            line[y] = LOAD(in + (y * n + x) * step);
        rows_write_line(n, line);
#pragma GCC unroll 6
        for (size_t y = 0; y < m; y++)
            at[y][x] = line[y];
    }
#pragma GCC unroll 4
    for (size_t y = 0; y < m; y++) {
        if (y >= high)
            break;
        rows_write_line(n, at[y]);
#pragma GCC unroll 4
        for (size_t x = 0; x < m; x++) {
            VECTOR value = at[y][x] + bias;
            if (x < wide)
                STORE(rows[y] + at_float + x * conv->out_channels, PRELU(value, slope));
        }
    }
}

ALWAYS_INLINE void rows_write_tiles(const size_t n, const lk_nn_row_conv *conv, float *const *rows,
                                    size_t row_count, const float *in, size_t step, size_t width,
                                    size_t first, size_t count)
{
    const size_t m = ROWS_OUTPUTS(n), channels = conv->out_channels;
    for (size_t tile = 0; tile < count; tile++)
        for (size_t channel = 0; channel < channels; channel += LANES)
            rows_write_one(n, conv, rows, row_count, width - (first + tile) * m,
                           (first + tile) * m * channels + channel, in + tile * channels + channel,
                           step, channel);
}

#define ROWS_TILES(n)                                                                              \
    TARGET static void rows_read_##n(float *out, size_t step, const float *const *rows,            \
                                     size_t stride, size_t width, size_t first, size_t count)      \
    {                                                                                              \
        rows_read_tiles(n, out, step, rows, stride, width, first, count);                          \
    }                                                                                              \
    TARGET static void rows_write_##n(const lk_nn_row_conv *conv, float *const *rows,              \
                                      size_t row_count, const float *in, size_t step,              \
                                      size_t width, size_t first, size_t count)                    \
    {                                                                                              \
        rows_write_tiles(n, conv, rows, row_count, in, step, width, first, count);                 \
    }

ROWS_TILES(4)
ROWS_TILES(5)
ROWS_TILES(6)

#define ROWS_READ                                                                                  \
    {                                                                                              \
        rows_read_4, rows_read_5, rows_read_6                                                      \
    }
#define ROWS_WRITE                                                                                 \
    {                                                                                              \
        rows_write_4, rows_write_5, rows_write_6                                                   \
    }

#undef A
#undef B
#undef A2
#undef B2
#undef ROWS_OUTPUTS

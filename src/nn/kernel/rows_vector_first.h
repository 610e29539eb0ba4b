/* rows_vector_first.h: the kernels of rows_first.h and the products of one row of weights,
 * included once an instruction set behind rows_vector.h. FIRST_TILES: how many tiles' sums fit
 * into the registers; LOAD_ANY loads from anywhere, SUM adds up a vector. */

#include "base/memory.h"
#include "nn/kernel/rows_first.h"

enum {
    FIRST_SIDE = 4,                 /* of a tile's inputs and positions */
    FIRST_AT_ONCE = 16,             /* tiles: what is transformed stays in the nearest cache */
    FIRST_STEP = LK_NN_ROW_COLOURS, /* floats from tile to tile */
    FIRST_FLOATS = FIRST_AT_ONCE * FIRST_STEP
};

/* The positions of `count` tiles, the first of which begins at `at`: [down][across]
 * [tile][colours]. */
ALWAYS_INLINE void rows_first_read(float (*out)[FIRST_SIDE][FIRST_FLOATS], const float *const *rows,
                                   size_t odd, size_t at, size_t count)
{
    for (size_t i = 0; i < count * FIRST_STEP; i += LANES) {
        VECTOR t[FIRST_SIDE][FIRST_SIDE];
#pragma GCC unroll 4
        for (size_t x = 0; x < FIRST_SIDE; x++) {
            size_t from = at + i + x / 2 * LK_NN_ROW_COLOURS + x % 2 * odd;
            VECTOR d0 = LOAD_ANY(rows[0] + from), d1 = LOAD_ANY(rows[1] + from);
            VECTOR d2 = LOAD_ANY(rows[2] + from), d3 = LOAD_ANY(rows[3] + from);
            t[0][x] = d2 - d0;
            t[1][x] = d2 + d1;
            t[2][x] = d2 - d1;
            t[3][x] = d3 - d1;
        }
#pragma GCC unroll 4
        for (size_t y = 0; y < FIRST_SIDE; y++) {
            STORE(out[y][0] + i, t[y][2] - t[y][0]);
            STORE(out[y][1] + i, t[y][2] + t[y][1]);
            STORE(out[y][2] + i, t[y][2] - t[y][1]);
            STORE(out[y][3] + i, t[y][3] - t[y][1]);
        }
    }
}

/* sums[tile] += the products of one position. */
ALWAYS_INLINE void rows_first_product(VECTOR *sums, const float *weights, const float *in)
{
#pragma GCC unroll 3
    for (size_t c = 0; c < LK_NN_ROW_COLOURS; c++) {
        VECTOR weight = LOAD(weights + c * LK_NN_LANES);
#pragma GCC unroll 4
        for (int i = 0; i < FIRST_TILES; i++)
            sums[i] = FMA(SPREAD(in[(size_t)i * FIRST_STEP + c]), weight, sums[i]);
    }
}

/* One column of positions to two rows: the first, second and third position add up to the upper
 * one, the second less the third and the fourth to the lower one. `add` to the second. */
ALWAYS_INLINE void rows_first_column(VECTOR *upper, VECTOR *lower, const float *weights,
                                     float (*in)[FIRST_SIDE][FIRST_FLOATS], size_t x, VECTOR add,
                                     size_t tile)
{
    enum { STEP = LK_NN_ROW_COLOURS * LK_NN_LANES };
    VECTOR second[FIRST_TILES], third[FIRST_TILES];
#pragma GCC unroll 4
    for (int i = 0; i < FIRST_TILES; i++) {
        upper[i] = third[i] = SPREAD(0.0F);
        second[i] = add;
    }
    rows_first_product(upper, weights + x * STEP, in[0][x] + tile * FIRST_STEP);
    rows_first_product(second, weights + (4 + x) * STEP, in[1][x] + tile * FIRST_STEP);
    rows_first_product(third, weights + (8 + x) * STEP, in[2][x] + tile * FIRST_STEP);
#pragma GCC unroll 4
    for (int i = 0; i < FIRST_TILES; i++) {
        upper[i] = upper[i] + (second[i] + third[i]);
        lower[i] = second[i] - third[i];
    }
    rows_first_product(lower, weights + (12 + x) * STEP, in[3][x] + tile * FIRST_STEP);
}

/* out[row][column][tile], without PReLU. What is added at the second position both ways is in
 * each output once: the bias. */
ALWAYS_INLINE void rows_first_tiles(VECTOR out[2][2][FIRST_TILES], const float *weights,
                                    VECTOR bias, float (*in)[FIRST_SIDE][FIRST_FLOATS], size_t tile)
{
    VECTOR line[2][FIRST_TILES];
    const VECTOR zero = SPREAD(0.0F);
    rows_first_column(out[0][0], out[1][0], weights, in, 0, zero, tile);
    rows_first_column(out[0][1], out[1][1], weights, in, 1, bias, tile);
#pragma GCC unroll 2
    for (size_t y = 0; y < 2; y++)
#pragma GCC unroll 4
        for (int i = 0; i < FIRST_TILES; i++)
            out[y][0][i] = out[y][0][i] + out[y][1][i];
    rows_first_column(line[0], line[1], weights, in, 2, zero, tile);
#pragma GCC unroll 2
    for (size_t y = 0; y < 2; y++)
#pragma GCC unroll 4
        for (int i = 0; i < FIRST_TILES; i++) {
            out[y][0][i] = out[y][0][i] + line[y][i];
            out[y][1][i] = out[y][1][i] - line[y][i];
        }
    rows_first_column(line[0], line[1], weights, in, 3, zero, tile);
#pragma GCC unroll 2
    for (size_t y = 0; y < 2; y++)
#pragma GCC unroll 4
        for (int i = 0; i < FIRST_TILES; i++)
            out[y][1][i] = out[y][1][i] + line[y][i];
}

/* What a row of tiles is pooled to, and how much of it there is. */
typedef struct rows_first_out {
    const lk_nn_row_conv *conv;
    float *row, *above;  /* above: see lk_nn_row_first_fn; NULL: none */
    size_t count, width; /* rows and columns of the convolution */
} rows_first_out;

/* The largest of a tile's numbers that lie within the map. */
ALWAYS_INLINE VECTOR rows_first_most(VECTOR value[2][2][FIRST_TILES], size_t i, size_t high,
                                     size_t wide)
{
    VECTOR most = value[0][0][i];
    if (wide > 1)
        most = MAX(most, value[0][1][i]);
    if (high > 1)
        most = MAX(most, value[1][0][i]);
    if (wide > 1 && high > 1)
        most = MAX(most, value[1][1][i]);
    return most;
}

ALWAYS_INLINE void rows_first_pool_apart(const rows_first_out *to, VECTOR value[2][2][FIRST_TILES],
                                         size_t tile, size_t channel)
{
#pragma GCC unroll 4
    for (size_t i = 0; i < FIRST_TILES; i++) {
        size_t x = 2 * (tile + i);
        if (x >= to->width)
            break;
        STORE(to->row + x / 2 * to->conv->out_channels + channel,
              rows_first_most(value, i, to->count, to->width - x));
    }
}

ALWAYS_INLINE void rows_first_raise(float *at, VECTOR value)
{
    STORE(at, MAX(LOAD(at), value));
}

/* A tile counts for its own window, its left column for the window before, its upper line for
 * those of the row above. */
ALWAYS_INLINE void rows_first_pool_over(const rows_first_out *to, VECTOR value[2][2][FIRST_TILES],
                                        size_t tile, size_t channel)
{
    const size_t channels = to->conv->out_channels, tiles = to->width / 2;
    float *row = to->row + tile * channels + channel;
    float *above = to->above ? to->above + tile * channels + channel : NULL;
    if (tile)
        rows_first_raise(row - channels, MAX(value[0][0][0], value[1][0][0]));
    if (tile && above)
        rows_first_raise(above - channels, value[0][0][0]);
#pragma GCC unroll 4
    for (size_t i = 0; i < FIRST_TILES; i++) {
        if (tile + i >= tiles)
            break;
        VECTOR upper = MAX(value[0][0][i], value[0][1][i]);
        VECTOR lower = MAX(value[1][0][i], value[1][1][i]);
        if (i + 1 < FIRST_TILES && tile + i + 1 < tiles) {
            upper = MAX(upper, value[0][0][i + 1]);
            lower = MAX(lower, value[1][0][i + 1]);
        }
        STORE(row + i * channels, MAX(upper, lower));
        if (above)
            rows_first_raise(above + i * channels, upper);
    }
}

ALWAYS_INLINE void rows_first_write(const rows_first_out *to, VECTOR out[2][2][FIRST_TILES],
                                    size_t tile, size_t channel, size_t pool)
{
    VECTOR slope = LOAD(to->conv->slope + channel);
#pragma GCC unroll 2
    for (size_t y = 0; y < 2; y++)
#pragma GCC unroll 2
        for (size_t x = 0; x < 2; x++)
#pragma GCC unroll 4
            for (size_t i = 0; i < FIRST_TILES; i++)
                out[y][x][i] = PRELU(out[y][x][i], slope);
    if (pool == 2)
        rows_first_pool_apart(to, out, tile, channel);
    else
        rows_first_pool_over(to, out, tile, channel);
}

/* FIRST_TILES tiles from `tile` on of those in `in`, the first of which is the row's tile
 * `first`; those behind the row's last count for nothing. */
ALWAYS_INLINE void rows_first_group(const rows_first_out *to, const float *weights,
                                    float (*in)[FIRST_SIDE][FIRST_FLOATS], size_t first,
                                    size_t tile, size_t channel, size_t pool)
{
    VECTOR sums[2][2][FIRST_TILES];
    rows_first_tiles(sums, weights, LOAD(to->conv->bias + channel), in, tile);
    rows_first_write(to, sums, first + tile, channel, pool);
}

TARGET static void rows_first_pair(const lk_nn_row_conv *conv, const float *weights, float *out,
                                   float *above, size_t count, const float *const *rows, size_t odd,
                                   size_t width, size_t pool)
{
    enum { STEP = LK_NN_ROW_FIRST_POSITIONS * LK_NN_ROW_COLOURS * LK_NN_LANES };
    const rows_first_out to = {conv, out, above, count, width};
    const size_t tiles = (width + 1) / 2;
    _Alignas(64) float in[FIRST_SIDE][FIRST_SIDE][FIRST_FLOATS];
    for (size_t first = 0; first < tiles; first += FIRST_AT_ONCE) {
        size_t here = lk_smaller(FIRST_AT_ONCE, tiles - first);
        rows_first_read(in, rows, odd, first * FIRST_STEP,
                        (here + FIRST_TILES - 1) / FIRST_TILES * FIRST_TILES);
        for (size_t channel = 0; channel < conv->out_channels; channel += LANES) {
            const float *of = weights + channel / LK_NN_LANES * STEP + channel % LK_NN_LANES;
            for (size_t tile = 0; tile < here; tile += FIRST_TILES)
                rows_first_group(&to, of, in, first, tile, channel, pool);
        }
    }
}

/* out[width] = bias + the products of in[width][channels] with weights[channels]. */
TARGET static void rows_dot(float *out, const float *in, const float *weights, float bias,
                            size_t channels, size_t width)
{
    for (size_t x = 0; x < width; x++) {
        VECTOR sum = SPREAD(0.0F);
        for (size_t c = 0; c < channels; c += LANES)
            sum = FMA(LOAD(in + x * channels + c), LOAD(weights + c), sum);
        out[x] = bias + SUM(sum);
    }
}

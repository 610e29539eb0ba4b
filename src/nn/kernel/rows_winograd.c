/* Winograd's F(m x m, r x r) (Lavin, Gray: "Fast Algorithms for Convolutional Neural
 * Networks", 2016) over channel-last maps: a tile of m x m outputs comes from n x n inputs
 * d, n = m + r - 1, by
 *
 *   out = A' [ (G g G') * (B' d B) ] A
 *
 * where * is elementwise over n x n positions and summed over input channels: for
 * each position a product of a [tiles, in] and an [in, out] matrix, which is the
 * 1x1 convolution that we have. winograd.h's tiles are of blocked planes and need AVX-512; these
 * run on any processor. 4x4 outputs take a quarter of the multiplications, 3x3 outputs, which
 * divide small maps evenly, 25 of 81, and of a 2x2 convolution 16 of 36. The points are chosen for
 * little rounding: a sum over 32 channels is off by twice what it is off done directly with four,
 * by 1.5 times with three (root mean squares, measured). */
#include "nn/kernel/rows_winograd.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { TAPS = 3, TILE_INPUTS = LK_NN_ROW_TILE_MOST };

static const double points[LK_NN_ROW_TILE_KINDS][TILE_INPUTS - 1] = {
    {0, 1, -1},
    {0, .5, -1, 1.5},
    {0, LK_NN_WINOGRAD_A, -LK_NN_WINOGRAD_A, LK_NN_WINOGRAD_B, -LK_NN_WINOGRAD_B},
};

/* One row of G: a filter's value at the point, by its distances from the others; the last one's,
 * at infinity, is the last tap. */
static void rows_filter_row(double row[TAPS], size_t taps, size_t inputs, size_t position)
{
    const double *at = points[inputs - LK_NN_ROW_TILE_LEAST];
    size_t count = inputs - 1;
    double norm = 1;
    if (position == count) {
        for (size_t i = 0; i < taps; i++)
            row[i] = i + 1 == taps;
        return;
    }
    for (size_t i = 0; i < count; i++)
        norm *= i == position ? 1 : at[position] - at[i];
    row[0] = 1 / norm;
    for (size_t i = 1; i < taps; i++)
        row[i] = row[i - 1] * at[position];
}

/* The filters of one position, in float64, rounded once. */
static lk_status rows_transform(lk_nn_row_conv *to, const lk_nn_row_conv *conv, size_t inputs,
                                size_t y, size_t x)
{
    const size_t taps = conv->kernel;
    double down[TAPS], across[TAPS];
    LK_TRY(lk_nn_row_conv_create(to, 1, conv->in_channels, conv->out_channels));
    to->slope = NULL;
    rows_filter_row(down, taps, inputs, y);
    rows_filter_row(across, taps, inputs, x);
    for (size_t out = 0; out < conv->out_channels; out++)
        for (size_t in = 0; in < conv->in_channels; in++) {
            double sum = 0;
            for (size_t i = 0; i < taps * taps; i++)
                sum += down[i / taps] * across[i % taps] *
                       (double)*lk_nn_row_conv_weight(conv, out, i / taps, i % taps, in);
            *lk_nn_row_conv_weight(to, out, 0, 0, in) = (float)sum;
        }
    return LK_OK;
}

lk_status lk_nn_row_winograd_create(lk_nn_row_winograd *winograd, const lk_nn_row_conv *conv,
                                    size_t outputs)
{
    size_t n = outputs + conv->kernel - 1;
    winograd->outputs = outputs;
    winograd->inputs = n;
    for (size_t p = 0; p < n * n; p++)
        LK_TRY(rows_transform(&winograd->positions[p], conv, n, p / n, p % n));
    return LK_OK;
}

void lk_nn_row_winograd_clear(lk_nn_row_winograd *winograd)
{
    for (size_t p = 0; p < LK_NN_ROW_POSITIONS; p++)
        lk_nn_row_conv_clear(&winograd->positions[p]);
}

/* A run and where its scratch memory is cut: `count` tiles at once. */
typedef struct tiling {
    const lk_nn_row_winograd *winograd;
    const lk_nn_row_conv *conv;
    const lk_nn_row_kernels *kernels;
    float *inputs, *products;
    size_t stride, width, count;
} tiling;

static void tiling_begin(tiling *t, float *scratch, size_t count)
{
    size_t n = t->winograd->inputs;
    t->count = count;
    t->inputs = scratch;
    t->products = scratch + n * n * count * t->stride;
}

/* `count` tiles of one row of tiles from tile `first` on, which are those from `at` on of the
 * tiles at once. */
static void tiling_read(const tiling *t, size_t at, const float *const *rows, size_t first,
                        size_t count)
{
    t->kernels->read_tiles[t->winograd->inputs - LK_NN_ROW_TILE_LEAST](
        t->inputs + at * t->stride, t->count * t->stride, rows, t->stride, t->width, first, count);
}

static void tiling_multiply(const tiling *t)
{
    size_t n = t->winograd->inputs, channels = t->conv->out_channels;
    for (size_t p = 0; p < n * n; p++) {
        const float *matrix = t->inputs + p * t->count * t->stride;
        t->kernels->conv_row(&t->winograd->positions[p], t->products + p * t->count * channels,
                             &matrix, t->stride, t->count);
    }
}

static void tiling_write(const tiling *t, size_t at, float *const *rows, size_t row_count,
                         size_t first, size_t count)
{
    size_t channels = t->conv->out_channels;
    t->kernels->write_tiles[t->winograd->inputs - LK_NN_ROW_TILE_LEAST](
        t->conv, rows, row_count, t->products + at * channels, t->count * channels,
        t->width - t->conv->kernel + 1, first, count);
}

/* Pieces of at most `most`, of nearly equal size, that `count` is cut to. */
static size_t tiling_pieces(size_t count, size_t most)
{
    return (count + most - 1) / most;
}

/* One row of tiles of a map, from the map's row `row` on. */
static void tiling_read_row(const tiling *t, size_t at, const float *in, size_t row, size_t across)
{
    const float *rows[TILE_INPUTS];
    for (size_t i = 0; i < t->winograd->inputs; i++)
        rows[i] = in + lk_smaller(row + i, t->width - 1) * t->width * t->stride;
    tiling_read(t, at, rows, 0, across);
}

static void tiling_write_row(const tiling *t, size_t at, float *out, size_t row, size_t across)
{
    size_t side = t->width - t->conv->kernel + 1;
    float *rows[TILE_INPUTS];
    size_t count = lk_smaller(t->winograd->outputs, side - row);
    for (size_t i = 0; i < count; i++)
        rows[i] = out + (row + i) * side * t->conv->out_channels;
    tiling_write(t, at, rows, count, 0, across);
}

void lk_nn_row_winograd_run(const lk_nn_row_winograd *winograd, const lk_nn_row_conv *conv,
                            const lk_nn_row_kernels *kernels, float *out, const float *in,
                            size_t side, size_t stride, float *scratch)
{
    tiling t = {
        .winograd = winograd, .conv = conv, .kernels = kernels, .stride = stride, .width = side};
    size_t tiles = tiling_pieces(side - conv->kernel + 1, winograd->outputs);
    size_t pieces = tiling_pieces(tiles, LK_NN_ROW_TILES / tiles);
    for (size_t piece = 0; piece < pieces; piece++) {
        size_t first = piece * tiles / pieces, end = (piece + 1) * tiles / pieces;
        tiling_begin(&t, scratch, (end - first) * tiles);
        for (size_t row = first; row < end; row++)
            tiling_read_row(&t, (row - first) * tiles, in, row * winograd->outputs, tiles);
        tiling_multiply(&t);
        for (size_t row = first; row < end; row++)
            tiling_write_row(&t, (row - first) * tiles, out, row * winograd->outputs, tiles);
    }
}

void lk_nn_row_winograd_band(const lk_nn_row_winograd *winograd, const lk_nn_row_conv *conv,
                             const lk_nn_row_kernels *kernels, float *const *out, size_t out_count,
                             const float *const *in, size_t width, size_t stride, float *scratch)
{
    tiling t = {
        .winograd = winograd, .conv = conv, .kernels = kernels, .stride = stride, .width = width};
    size_t tiles = tiling_pieces(width - conv->kernel + 1, winograd->outputs);
    size_t pieces = tiling_pieces(tiles, LK_NN_ROW_TILES);
    for (size_t piece = 0; piece < pieces; piece++) {
        size_t first = piece * tiles / pieces, end = (piece + 1) * tiles / pieces;
        tiling_begin(&t, scratch, end - first);
        tiling_read(&t, 0, in, first, end - first);
        tiling_multiply(&t);
        tiling_write(&t, 0, out, out_count, first, end - first);
    }
}

void lk_nn_row_winograd_maps(const lk_nn_row_winograd *winograd, const lk_nn_row_conv *conv,
                             const lk_nn_row_kernels *kernels, float *out, const float *in,
                             size_t count, size_t stride, float *scratch)
{
    size_t n = winograd->inputs, m = winograd->outputs;
    size_t in_floats = n * n * stride, out_floats = m * m * conv->out_channels;
    tiling t = {
        .winograd = winograd, .conv = conv, .kernels = kernels, .stride = stride, .width = n};
    size_t pieces = tiling_pieces(count, LK_NN_ROW_TILES);
    for (size_t piece = 0; piece < pieces; piece++) {
        size_t first = piece * count / pieces, end = (piece + 1) * count / pieces;
        tiling_begin(&t, scratch, end - first);
        for (size_t i = first; i < end; i++)
            tiling_read_row(&t, i - first, in + i * in_floats, 0, 1);
        tiling_multiply(&t);
        for (size_t i = first; i < end; i++)
            tiling_write_row(&t, i - first, out + i * out_floats, 0, 1);
    }
}

/* Convolution and linear layers of the oracle, forward and backward.
 *
 * The windows are copied out as a matrix, one column an output pixel of the batch
 * (im2col), so that all three directions are matrix products:
 *   forward        out[o, n]  = sum_k w[o, k] col[k, n]   (+ bias)
 *   to the weights dw[o, k]   = sum_n dout[o, n] col[k, n]
 *   to the input   dcol[k, n] = sum_o w[o, k] dout[o, n],  summed back into place.
 * A linear layer is a 1x1 convolution of a 1x1 plane. */
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "oracle/layers.h"
#include "oracle/state.h"

enum { TILE = 256, ROWS = 4, DOT_TILE = 1024 };

/* A matrix read with strides, so that its transpose costs nothing. */
typedef struct strided {
    const double *at;
    size_t row, column; /* strides */
} strided;

/* Up to four rows of out, columns [0, width) of a tile. */
static void product_tile(double *out, strided a, const double *b, size_t rows, size_t k_count,
                         size_t n, size_t width)
{
    double sum[ROWS][TILE] = {{0}};
    for (size_t k = 0; k < k_count; k++) {
        const double *line = b + k * n;
        double c[ROWS] = {0};
        for (size_t r = 0; r < rows; r++)
            c[r] = a.at[r * a.row + k * a.column];
        for (size_t j = 0; j < width; j++) {
            sum[0][j] += c[0] * line[j];
            sum[1][j] += c[1] * line[j];
            sum[2][j] += c[2] * line[j];
            sum[3][j] += c[3] * line[j];
        }
    }
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < width; j++)
            out[r * n + j] = sum[r][j];
}

/* out[m, n] = a[m, k] b[k, n] */
static void product(double *out, strided a, const double *b, size_t m, size_t k, size_t n)
{
    size_t tiles = (n + TILE - 1) / TILE, blocks = (m + ROWS - 1) / ROWS;
#pragma omp parallel for collapse(2) schedule(static)
    for (size_t t = 0; t < tiles; t++)
        for (size_t i = 0; i < blocks; i++) {
            size_t row = i * ROWS, column = t * TILE;
            size_t rows = m - row < ROWS ? m - row : ROWS;
            size_t width = n - column < TILE ? n - column : TILE;
            strided part = {a.at + row * a.row, a.row, a.column};
            product_tile(out + row * n + column, part, b + column, rows, k, n, width);
        }
}

static double dot(const double *a, const double *b, size_t count)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

/* out[m, k] += a[m, n] b[k, n] */
static void product_of_rows(double *out, const double *a, const double *b, size_t m, size_t k_count,
                            size_t n)
{
#pragma omp parallel for schedule(static)
    for (size_t k = 0; k < k_count; k++)
        for (size_t t = 0; t < n; t += DOT_TILE)
            for (size_t i = 0; i < m; i++)
                out[i * k_count + k] +=
                    dot(a + i * n + t, b + k * n + t, n - t < DOT_TILE ? n - t : DOT_TILE);
}

/* A layer's windows: linear layers have none in the graph. */
typedef struct windows {
    lk_nn_shape in, out;
    size_t kernel[2], stride[2], pad[2];
    size_t images;
    size_t k, n; /* rows and columns of the matrix */
} windows;

static windows windows_of(const oracle_pass *pass, size_t index)
{
    const lk_nn_layer *layer = &pass->model->graph.layers[index];
    windows w = {
        pass->shapes[layer->inputs[0]], pass->shapes[index], {1, 1}, {1, 1}, {0, 0}, pass->count, 0,
        oracle_row(pass, index)};
    for (size_t i = 0; layer->op == LK_NN_CONV && i < 2; i++) {
        w.kernel[i] = layer->kernel[i];
        w.stride[i] = layer->stride[i];
        w.pad[i] = layer->pad[i];
    }
    w.k = w.in.channels * w.kernel[0] * w.kernel[1];
    return w;
}

/* Where in its input row k of the matrix meets output pixel (image, y, x);
 * SIZE_MAX in the padding. */
static size_t source(const windows *w, size_t k, size_t image, size_t y, size_t x)
{
    size_t j = k % w->kernel[1], i = k / w->kernel[1] % w->kernel[0];
    size_t c = k / (w->kernel[0] * w->kernel[1]);
    size_t row = y * w->stride[0] + i - w->pad[0]; /* wraps when negative */
    size_t column = x * w->stride[1] + j - w->pad[1];
    if (row >= w->in.height || column >= w->in.width)
        return SIZE_MAX;
    return ((c * w->images + image) * w->in.height + row) * w->in.width + column;
}

static void gather(double *matrix, const double *in, const windows *w)
{
#pragma omp parallel for schedule(static)
    for (size_t k = 0; k < w->k; k++) {
        double *line = matrix + k * w->n;
        for (size_t image = 0; image < w->images; image++)
            for (size_t y = 0; y < w->out.height; y++)
                for (size_t x = 0; x < w->out.width; x++) {
                    size_t from = source(w, k, image, y, x);
                    *line++ = from == SIZE_MAX ? 0 : in[from];
                }
    }
}

/* The reverse, adding; a channel's rows of the matrix stay with one thread. */
static void scatter(double *in, const double *matrix, const windows *w)
{
    size_t taps = w->kernel[0] * w->kernel[1];
#pragma omp parallel for schedule(static)
    for (size_t c = 0; c < w->in.channels; c++) {
        const double *line = matrix + c * taps * w->n;
        for (size_t k = c * taps; k < (c + 1) * taps; k++)
            for (size_t image = 0; image < w->images; image++)
                for (size_t y = 0; y < w->out.height; y++)
                    for (size_t x = 0; x < w->out.width; x++, line++) {
                        size_t to = source(w, k, image, y, x);
                        if (to != SIZE_MAX)
                            in[to] += *line;
                    }
    }
}

lk_status oracle_conv_forward(oracle_pass *pass, size_t index)
{
    windows w = windows_of(pass, index);
    double *matrix, *out = pass->values[index];
    const double *bias = oracle_parameter(pass, index, LK_NN_BIAS);
    strided weight = {oracle_parameter(pass, index, LK_NN_WEIGHT), w.k, 1};
    LK_TRY(lk_alloc(&matrix, w.k, w.n * sizeof *matrix));
    gather(matrix, pass->values[pass->model->graph.layers[index].inputs[0]], &w);
    product(out, weight, matrix, w.out.channels, w.k, w.n);
    free(matrix);
    for (size_t i = 0; bias && i < w.out.channels * w.n; i++)
        out[i] += bias[i / w.n];
    return LK_OK;
}

lk_status oracle_conv_backward(oracle_pass *pass, size_t index)
{
    windows w = windows_of(pass, index);
    size_t from = pass->model->graph.layers[index].inputs[0];
    const double *gradient = pass->value_gradients[index];
    double *matrix, *bias = oracle_gradient(pass, index, LK_NN_BIAS);
    for (size_t i = 0; bias && i < w.out.channels * w.n; i++)
        bias[i / w.n] += gradient[i];
    LK_TRY(lk_alloc(&matrix, w.k, w.n * sizeof *matrix));
    gather(matrix, pass->values[from], &w);
    product_of_rows(oracle_gradient(pass, index, LK_NN_WEIGHT), gradient, matrix, w.out.channels,
                    w.k, w.n);
    if (from > 0 || pass->keep_value_gradients) {
        strided transposed = {oracle_parameter(pass, index, LK_NN_WEIGHT), 1, w.k};
        product(matrix, transposed, gradient, w.k, w.out.channels, w.n);
        scatter(pass->value_gradients[from], matrix, &w);
    }
    free(matrix);
    return LK_OK;
}

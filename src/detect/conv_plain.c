/* The convolution kernels in plain C: the oracle of the vector kernels, and what
 * runs on a processor without them. */
#include "detect/conv.h"

/* One block of 16 channels of one output pixel. */
static void conv_pixel(const lk_conv *conv, float *out, const float *const *rows, size_t at,
                       size_t stride, size_t block)
{
    float sum[LK_CONV_BLOCK];
    const float *weights = lk_conv_weight(conv, block * LK_CONV_BLOCK, 0, 0, 0);
    for (size_t lane = 0; lane < LK_CONV_BLOCK; lane++)
        sum[lane] = conv->bias[block * LK_CONV_BLOCK + lane];
    for (size_t row = 0; row < conv->kernel; row++)
        for (size_t column = 0; column < conv->kernel; column++) {
            const float *in = rows[row] + (at + column) * stride;
            for (size_t channel = 0; channel < conv->in_channels; channel++) {
                for (size_t lane = 0; lane < LK_CONV_BLOCK; lane++)
                    sum[lane] += in[channel] * weights[lane];
                weights += LK_CONV_BLOCK;
            }
        }
    for (size_t lane = 0; lane < LK_CONV_BLOCK; lane++) {
        float slope = conv->slope[block * LK_CONV_BLOCK + lane];
        out[lane] = sum[lane] < 0 ? sum[lane] * slope : sum[lane];
    }
}

static void conv_row(const lk_conv *conv, float *out, const float *const *rows, size_t stride,
                     size_t width)
{
    for (size_t at = 0; at < width; at++)
        for (size_t block = 0; block < conv->out_channels / LK_CONV_BLOCK; block++)
            conv_pixel(conv, out + at * conv->out_channels + block * LK_CONV_BLOCK, rows, at,
                       stride, block);
}

static void max_row(float *out, const float *const *rows, size_t row_count, size_t size,
                    size_t in_width, size_t width, size_t channels)
{
    for (size_t at = 0; at < width; at++) {
        size_t end = 2 * at + size < in_width ? 2 * at + size : in_width;
        for (size_t channel = 0; channel < channels; channel++) {
            float most = rows[0][2 * at * channels + channel];
            for (size_t row = 0; row < row_count; row++)
                for (size_t x = 2 * at; x < end; x++) {
                    float value = rows[row][x * channels + channel];
                    most = value > most ? value : most;
                }
            out[at * channels + channel] = most;
        }
    }
}

const lk_conv_kernels lk_conv_plain = {"plain", conv_row, max_row};

#include "nn/kernel/grouped.h"

#include <string.h>

#include "base/memory.h"
#include "base/threads.h"
#include "nn/kernel/depthwise.h"

bool lk_nn_grouped_is_depthwise(const lk_nn_grouped *conv)
{
    return conv->groups == conv->channels[0] && conv->groups == conv->channels[1];
}

static size_t grouped_window(const lk_nn_grouped *conv)
{
    return conv->kernel[0] * conv->kernel[1];
}

static size_t grouped_blocks(const lk_nn_grouped *conv, int which)
{
    return lk_ceil_div(conv->channels[which], conv->lanes);
}

size_t lk_nn_grouped_weights(const lk_nn_grouped *conv)
{
    size_t channels = lk_nn_grouped_is_depthwise(conv)
                          ? grouped_blocks(conv, 1) * conv->lanes
                          : conv->channels[1] * (conv->channels[0] / conv->groups);
    return channels * grouped_window(conv);
}

void lk_nn_grouped_pack(const lk_nn_grouped *conv, float *weights, const float *filters)
{
    size_t window = grouped_window(conv), lanes = conv->lanes;
    if (!lk_nn_grouped_is_depthwise(conv)) {
        memcpy(weights, filters, lk_nn_grouped_weights(conv) * sizeof *weights);
        return;
    }
    memset(weights, 0, lk_nn_grouped_weights(conv) * sizeof *weights);
    for (size_t c = 0; c < conv->channels[1]; c++)
        for (size_t i = 0; i < window; i++)
            weights[(c / lanes * window + i) * lanes + c % lanes] = filters[c * window + i];
}

/* The sum of one output number over a window of one input channel. */
static float grouped_tap_sum(const lk_nn_grouped *conv, const float *in, const float *filter,
                             size_t y, size_t x)
{
    float sum = 0;
    for (size_t i = 0; i < conv->kernel[0]; i++)
        for (size_t j = 0; j < conv->kernel[1]; j++) {
            size_t row = y * conv->stride[0] + i - conv->pad[0]; /* wraps when negative */
            size_t column = x * conv->stride[1] + j - conv->pad[1];
            if (row < conv->in[0] && column < conv->in[1])
                sum += filter[i * conv->kernel[1] + j] *
                       in[(row * conv->in[1] + column) * conv->lanes];
        }
    return sum;
}

static float grouped_finish(const lk_nn_grouped *conv, float x, size_t channel)
{
    if (conv->slope && x < 0)
        return x * conv->slope[channel];
    return conv->relu && x < 0 ? 0 : x;
}

/* One channel of one row, `lanes` floats apart. */
static void grouped_channel_row(const lk_nn_grouped *conv, float *out, const float *image,
                                size_t channel, size_t y)
{
    size_t lanes = conv->lanes, plane = conv->in[0] * conv->in[1] * lanes;
    size_t each = conv->channels[0] / conv->groups;
    size_t first = channel / (conv->channels[1] / conv->groups) * each;
    for (size_t x = 0; x < conv->out[1]; x++) {
        float sum = conv->bias[channel];
        for (size_t k = 0; k < each; k++)
            sum +=
                grouped_tap_sum(conv, image + (first + k) / lanes * plane + (first + k) % lanes,
                                conv->weights + (channel * each + k) * grouped_window(conv), y, x);
        out[x * lanes] = grouped_finish(conv, sum, channel);
    }
}

/* All channels of a block. */
static void grouped_row(const lk_nn_grouped *conv, float *out, const float *image, size_t block,
                        size_t y)
{
    memset(out, 0, conv->out[1] * conv->lanes * sizeof *out);
    for (size_t k = 0; k < conv->lanes && block * conv->lanes + k < conv->channels[1]; k++)
        grouped_channel_row(conv, out + k, image, block * conv->lanes + k, y);
}

/* What is read and written pushes the result's beginning out of the caches before anybody
 * reads it, and a line that is written the ordinary way has been read for nothing before. */
static bool grouped_streams(const lk_nn_grouped *conv)
{
    enum { LARGE = 16 << 20 };
    size_t in = grouped_blocks(conv, 0) * conv->in[0] * conv->in[1];
    size_t out = grouped_blocks(conv, 1) * conv->out[0] * conv->out[1];
    size_t pixel = conv->lanes * sizeof *conv->dst;
    return conv->images * (in + out) * pixel >= LARGE && (uintptr_t)conv->dst % pixel == 0;
}

/* Rows `from` to `to` - 1 of a plane, which is a block of an image. */
static void grouped_rows(const lk_nn_grouped *conv, size_t plane, size_t from, size_t to,
                         lk_nn_depthwise_fn *depthwise)
{
    size_t in_plane = conv->in[0] * conv->in[1] * conv->lanes, row = conv->out[1] * conv->lanes;
    size_t blocks = grouped_blocks(conv, 1), block = plane % blocks;
    const float *image = conv->src + plane / blocks * grouped_blocks(conv, 0) * in_plane;
    float *out = conv->dst + plane * conv->out[0] * row;
    if (depthwise)
        depthwise(conv, out, image + block * in_plane, block, from, to, grouped_streams(conv));
    else
        for (size_t y = from; y < to; y++)
            grouped_row(conv, out + y * row, image, block, y);
}

/* Each thread has pairs of rows of its own, one behind the other. */
void lk_nn_grouped_run(const lk_nn_grouped *conv)
{
    size_t height = conv->out[0], pairs = lk_ceil_div(height, 2);
    size_t all = conv->images * grouped_blocks(conv, 1) * pairs, threads = (size_t)lk_threads();
    lk_nn_depthwise_fn *depthwise =
        lk_nn_grouped_is_depthwise(conv) ? lk_nn_depthwise_of(conv) : NULL;
#pragma omp parallel for num_threads(lk_threads()) schedule(static)
    for (size_t t = 0; t < threads; t++) {
        size_t end = all * (t + 1) / threads;
        for (size_t i = all * t / threads, next; i < end; i = next) {
            size_t plane = i / pairs, from = 2 * (i % pairs);
            next = lk_smaller(end, (plane + 1) * pairs);
            grouped_rows(conv, plane, from, lk_smaller(height, from + 2 * (next - i)), depthwise);
        }
    }
}

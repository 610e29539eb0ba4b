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

void lk_nn_grouped_run(const lk_nn_grouped *conv)
{
    size_t in_plane = conv->in[0] * conv->in[1] * conv->lanes, row = conv->out[1] * conv->lanes;
    size_t blocks = grouped_blocks(conv, 1), in_blocks = grouped_blocks(conv, 0);
    lk_nn_depthwise_row_fn *depthwise =
        lk_nn_grouped_is_depthwise(conv) ? lk_nn_depthwise_row_of(conv->lanes) : NULL;
#pragma omp parallel for num_threads(lk_threads()) schedule(static)
    for (size_t i = 0; i < conv->images * blocks * conv->out[0]; i++) {
        size_t plane = i / conv->out[0], y = i % conv->out[0];
        size_t image = plane / blocks, block = plane % blocks;
        const float *from = conv->src + image * in_blocks * in_plane;
        if (depthwise)
            depthwise(conv, conv->dst + i * row, from + block * in_plane, block, y);
        else
            grouped_row(conv, conv->dst + i * row, from, block, y);
    }
}

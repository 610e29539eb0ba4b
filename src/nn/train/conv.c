/* Convolutions (oneDNN's three directions) and linear layers (matrix products). */
#include <string.h>

#include "base/error.h"
#include "nn/train/plan.h"

static lk_dnnl_tensor conv_dnnl_tensor(const lk_nn_train *train, size_t layer)
{
    const lk_nn_tensor *t = &train->tensors[layer];
    return (lk_dnnl_tensor){train->options.count, t->groups * t->lanes, train->shapes[layer].height,
                            train->shapes[layer].width,
                            t->lanes == 1 ? LK_DNNL_PLAIN : LK_DNNL_BLOCKED};
}

/* Winograd saves more than half of the multiplications of a 3x3 window where planes
 * are larger than its tiles of 4x4; a whole step gains a tenth. It rounds a few
 * times coarser, within the bounds that the tests set for all. With few channels
 * its transforms cost more than they save, but to the weights. */
static void conv_choose_winograd(lk_dnnl_filter_options *o)
{
    const lk_dnnl_window *w = &o->window;
    bool fits = w->kernel[0] == 3 && w->kernel[1] == 3 && w->stride[0] == 1 && w->stride[1] == 1 &&
                o->dst.h >= 6;
    o->winograd = fits && o->src.c * o->dst.c >= 1024;
    o->winograd_weights = fits;
}

lk_status lk_nn_train_conv_create(lk_nn_train *train, lk_nn_train_step *step)
{
    const lk_nn_layer *layer = lk_nn_train_layer(train, step);
    lk_dnnl_filter_options options = {
        .src = conv_dnnl_tensor(train, lk_nn_train_source(train, step, 0)),
        .dst = conv_dnnl_tensor(train, step->result),
        .bias = layer->bias,
        .narrow = train->options.narrow,
        .to_weights = step->backward && step->learns,
        .to_input = step->to[0]};
    memcpy(options.window.kernel, layer->kernel, sizeof layer->kernel);
    memcpy(options.window.stride, layer->stride, sizeof layer->stride);
    memcpy(options.window.pad, layer->pad, sizeof layer->pad);
    conv_choose_winograd(&options);
    lk_status status = lk_dnnl_filter_create(&step->filter, &options);
    if (status != LK_OK) {
        char context[LK_NN_NAME + 8] = "layer ";
        strncat(context, layer->name, LK_NN_NAME);
        return lk_fail_prefix(status, context);
    }
    size_t scratch = lk_dnnl_filter_scratch(step->filter);
    if (scratch > train->scratch_bytes)
        train->scratch_bytes = scratch;
    return LK_OK;
}

lk_status lk_nn_train_conv_forward(lk_nn_train *train, const lk_nn_train_step *step)
{
    size_t from = lk_nn_train_source(train, step, 0);
    lk_dnnl_filter_data data = {
        .src = lk_nn_train_part(train, LK_NN_VALUE, from).data,
        .weights = lk_nn_train_value(train, step->layer, LK_NN_WEIGHT),
        .bias = lk_nn_train_value(train, step->layer, LK_NN_BIAS),
        .dst = lk_nn_train_part(train, LK_NN_VALUE, step->result).data,
        .scratch = train->scratch,
    };
    return lk_dnnl_filter_forward(step->filter, train->stream, &data);
}

lk_status lk_nn_train_conv_backward(lk_nn_train *train, const lk_nn_train_step *step)
{
    size_t from = lk_nn_train_source(train, step, 0);
    lk_dnnl_filter_data data = {.dst = lk_nn_train_part(train, LK_NN_GRADIENT, step->result).data,
                                .scratch = train->scratch};
    if (step->learns) {
        data.src = lk_nn_train_kept(train, from).data;
        data.weights = lk_nn_train_gradient(train, step->layer, LK_NN_WEIGHT);
        data.bias = lk_nn_train_gradient(train, step->layer, LK_NN_BIAS);
        LK_TRY(lk_dnnl_filter_to_weights(step->filter, train->stream, &data));
    }
    if (!step->to[0])
        return LK_OK;
    lk_nn_part gradient = lk_nn_train_part(train, LK_NN_GRADIENT, from);
    lk_nn_part spare = lk_nn_train_part(train, LK_NN_SPARE, from);
    data.src = step->adds[0] ? spare.data : gradient.data;
    data.weights = lk_nn_train_value(train, step->layer, LK_NN_WEIGHT);
    LK_TRY(lk_dnnl_filter_to_input(step->filter, train->stream, &data));
    if (step->adds[0])
        lk_nn_train_copy(&gradient, &spare, true);
    return LK_OK;
}

/* A linear layer's vectors are dense: nothing of oneDNN's lies in a concatenation,
 * and what it reads is no part of one (it would have another reader). */
lk_status lk_nn_train_linear_forward(lk_nn_train *train, const lk_nn_train_step *step)
{
    lk_nn_part in = lk_nn_train_part(train, LK_NN_VALUE, lk_nn_train_source(train, step, 0));
    lk_nn_part out = lk_nn_train_part(train, LK_NN_VALUE, step->result);
    const float *bias = lk_nn_train_value(train, step->layer, LK_NN_BIAS);
    for (size_t i = 0; bias && i < out.n; i++)
        memcpy(out.data + i * out.image, bias, out.image * sizeof *bias);
    return lk_dnnl_product(out.data, in.data, false,
                           lk_nn_train_value(train, step->layer, LK_NN_WEIGHT), true, in.n,
                           out.image, in.image, bias ? 1 : 0);
}

static void conv_bias_gradient(float *bias, const lk_nn_part *gradient)
{
    for (size_t c = 0; c < gradient->image; c++) {
        double sum = 0;
        for (size_t i = 0; i < gradient->n; i++)
            sum += (double)gradient->data[i * gradient->image + c];
        bias[c] = (float)sum;
    }
}

lk_status lk_nn_train_linear_backward(lk_nn_train *train, const lk_nn_train_step *step)
{
    size_t from = lk_nn_train_source(train, step, 0);
    lk_nn_part gradient = lk_nn_train_part(train, LK_NN_GRADIENT, step->result);
    lk_nn_part in = lk_nn_train_kept(train, from);
    float *weights = lk_nn_train_gradient(train, step->layer, LK_NN_WEIGHT);
    float *bias = lk_nn_train_gradient(train, step->layer, LK_NN_BIAS);
    if (step->learns)
        LK_TRY(lk_dnnl_product(weights, gradient.data, true, in.data, false, gradient.image,
                               in.image, in.n, 0));
    if (step->learns && bias)
        conv_bias_gradient(bias, &gradient);
    if (!step->to[0])
        return LK_OK;
    return lk_dnnl_product(lk_nn_train_part(train, LK_NN_GRADIENT, from).data, gradient.data, false,
                           lk_nn_train_value(train, step->layer, LK_NN_WEIGHT), false, in.n,
                           in.image, gradient.image, step->adds[0] ? 1 : 0);
}

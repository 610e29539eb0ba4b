/* Whole numbers where a file says what they stand for: what a convolution reads is made such
 * where it is written, if all who read it want the same scale, or else by whoever reads it. */
#include "nn/infer/int8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/infer/processor.h"
#include "nn/kernel/int8_winograd.h"
#include "nn/pages.h"

/* Products that a number of the result is the sum of, padding among them. */
static size_t int8_products(const lk_nn_view *in, const lk_nn_layer *layer)
{
    return in->groups * in->lanes * layer->kernel[0] * layer->kernel[1];
}

bool lk_nn_int8_step(const lk_nn_plan *plan, const lk_nn_fused *fused)
{
    const lk_nn_layer *layer = &plan->model->graph.layers[fused->layer];
    if (!plan->model->int8 || layer->op != LK_NN_CONV || !plan->model->int8[fused->layer].weight)
        return false;
    const lk_nn_view *in = &plan->views[lk_nn_plan_source(plan, fused->layer, 0)];
    return lk_nn_groups(layer) == 1 && !in->vector && in->lanes == lk_dnnl_block() &&
           int8_products(in, layer) <= LK_NN_INT8_MOST_PRODUCTS;
}

/* ---- scales ---- */

/* Of what is read by `fused`; scale 0: it takes any, or none. */
static lk_nn_scale int8_wanted(const lk_nn_plan *plan, const lk_nn_fused *fused)
{
    const lk_nn_view *result = &plan->views[fused->result];
    if (lk_nn_int8_step(plan, fused))
        return plan->model->int8[fused->layer].input;
    if (lk_nn_fused_moves(plan->model->graph.layers[fused->layer].op) && result->format == LK_NN_U8)
        return result->scale;
    return (lk_nn_scale){0};
}

enum { INT8_DIFFER = -1 }; /* a scale that its readers do not agree on */

static void int8_want(lk_nn_view *view, lk_nn_scale scale)
{
    if (scale.scale == 0)
        return;
    if (view->scale.scale == 0)
        view->scale = scale;
    else if (view->scale.scale != scale.scale || view->scale.zero != scale.zero)
        view->scale.scale = INT8_DIFFER;
}

/* Readers come behind writers. */
void lk_nn_plan_scales(lk_nn_plan *plan)
{
    for (size_t s = plan->step_count; s-- > 0;) {
        const lk_nn_fused *fused = &plan->steps[s].fused;
        lk_nn_view *result = &plan->views[fused->result];
        if (result->scale.scale <= 0)
            result->format = LK_NN_F32;
        for (size_t k = 0; k < plan->model->graph.layers[fused->layer].input_count; k++)
            int8_want(&plan->views[lk_nn_plan_source(plan, fused->layer, k)],
                      int8_wanted(plan, fused));
    }
}

void lk_nn_plan_twins(lk_nn_plan *plan)
{
    for (size_t s = 0; s < plan->step_count; s++) {
        const lk_nn_fused *fused = &plan->steps[s].fused;
        lk_nn_view *result = &plan->views[fused->result];
        result->twin =
            result->format == LK_NN_F32 && result->scale.scale > 0 && lk_nn_int8_step(plan, fused);
    }
}

/* ---- weights ---- */

/* The whole numbers that the parameters are `scale` times of, zeros up to the padded
 * channels: out[shape[0]][shape[1]][window]. */
static void int8_divide(int8_t *out, const lk_nn_parameter *plain, const float *scale,
                        const size_t shape[4])
{
    size_t window = shape[2] * shape[3], row = plain->shape[1] * window;
    memset(out, 0, shape[0] * shape[1] * window);
    for (size_t c = 0; c < plain->shape[0]; c++)
        for (size_t i = 0; scale[c] > 0 && i < row; i++) {
            float q = rintf(plain->data[c * row + i] / scale[c]);
            q = q < LK_NN_INT8_LEAST    ? LK_NN_INT8_LEAST
                : q > -LK_NN_INT8_LEAST ? -LK_NN_INT8_LEAST
                                        : q;
            out[c * shape[1] * window + i] = (int8_t)q;
        }
}

/* Scale and bias of the sums; what `zero` adds to each of them is taken off. */
static lk_status int8_fold(lk_nn_int8_layer *layer, const lk_nn_model *model,
                           const lk_nn_fused *fused, const int8_t *filters, const size_t shape[4])
{
    size_t channels = model->graph.layers[fused->layer].channels;
    size_t row = shape[1] * shape[2] * shape[3];
    free(layer->scale); /* of a try that failed */
    free(layer->bias);
    layer->scale = layer->bias = NULL;
    LK_TRY(lk_alloc(&layer->scale, shape[0], sizeof(float)));
    LK_TRY(lk_alloc(&layer->bias, shape[0], sizeof(float)));
    for (size_t c = 0; c < channels; c++) {
        double scale, shift;
        int32_t sum = 0;
        LK_TRY(lk_nn_fold_channel(model, fused, c, &scale, &shift));
        for (size_t i = 0; i < row; i++)
            sum += filters[c * row + i];
        scale *= (double)layer->weight[c] * (double)layer->input.scale;
        layer->scale[c] = (float)scale;
        layer->bias[c] = (float)(shift - scale * (double)layer->input.zero * sum);
    }
    return LK_OK;
}

static lk_status int8_pack(lk_nn_int8_layer *layer, lk_nn_model *model, const lk_nn_fused *fused,
                           int8_t *filters, const size_t shape[4], size_t lanes)
{
    const lk_nn_parameter *plain = model->roles[fused->layer * LK_NN_ROLES + LK_NN_WEIGHT];
    float *packed;
    LK_TRY(lk_nn_need_step(model, fused));
    int8_divide(filters, plain, layer->weight, shape);
    LK_TRY(int8_fold(layer, model, fused, filters, shape));
    LK_TRY(lk_nn_pages_take(&packed, shape[0] * shape[1] * shape[2] * shape[3]));
    layer->packed = (int8_t *)packed;
    lk_nn_int8_filters(layer->packed, filters, shape, lanes);
    lk_nn_release_step(model, fused);
    return LK_OK;
}

static lk_status int8_pack_step(const lk_nn_plan *plan, const lk_nn_fused *fused)
{
    lk_nn_int8_layer *layer = &plan->model->int8[fused->layer];
    const lk_nn_layer *conv = &plan->model->graph.layers[fused->layer];
    const lk_nn_view *in = &plan->views[lk_nn_plan_source(plan, fused->layer, 0)];
    const lk_nn_view *out = &plan->views[fused->result];
    size_t shape[4] = {out->groups * out->lanes, in->groups * in->lanes, conv->kernel[0],
                       conv->kernel[1]};
    int8_t *filters;
    if (layer->packed)
        return LK_OK;
    LK_TRY(lk_alloc(&filters, shape[0] * shape[1], shape[2] * shape[3]));
    lk_status status = int8_pack(layer, plan->model, fused, filters, shape, in->lanes);
    free(filters);
    return status;
}

/* Of conv->weights, where sums of fewer products pay and are as exact. */
static lk_status int8_pack_fewer(lk_nn_int8_layer *layer, lk_nn_int8 *conv)
{
    float *fewer;
    if (!lk_nn_int8_winograd_pays(conv))
        return LK_OK;
    if (!layer->fewer) {
        if (!lk_nn_int8_winograd_exact(conv))
            return LK_OK;
        LK_TRY(lk_nn_pages_take(&fewer, lk_nn_int8_winograd_weights(conv) * sizeof(int16_t)));
        layer->fewer = (int16_t *)fewer;
        lk_nn_int8_winograd_filters(layer->fewer, conv);
    }
    conv->fewer = layer->fewer;
    return LK_OK;
}

/* ---- steps ---- */

lk_status lk_nn_plan_compile_int8(lk_nn_plan *plan, lk_nn_step *step)
{
    const lk_nn_fused *fused = &step->fused;
    const lk_nn_layer *layer = &plan->model->graph.layers[fused->layer];
    size_t from = lk_nn_plan_source(plan, fused->layer, 0);
    const lk_nn_view *in = &plan->views[from], *out = &plan->views[fused->result];
    lk_nn_shape in_shape = plan->shapes[from], out_shape = plan->shapes[fused->result];
    LK_TRY(int8_pack_step(plan, fused));
    lk_nn_int8_layer *weights = &plan->model->int8[fused->layer];
    LK_TRY(lk_alloc(&step->int8, 1, sizeof *step->int8));
    *step->int8 = (lk_nn_int8){.images = plan->count,
                               .in_blocks = in->groups,
                               .out_blocks = out->groups,
                               .lanes = in->lanes,
                               .in = {in_shape.height, in_shape.width},
                               .out = {out_shape.height, out_shape.width},
                               .sum = fused->residual != 0,
                               .relu = fused->relu,
                               .slope = step->slope,
                               .from = weights->input,
                               .to = out->scale,
                               .wide_in = in->format == LK_NN_F32 && !in->twin,
                               .wide_out = out->format == LK_NN_F32,
                               .weights = weights->packed,
                               .scale = weights->scale,
                               .bias = weights->bias,
                               .amx = lk_nn_processor_amx(LK_NN_U8),
                               .threads = plan->threads,
                               .plain = !lk_nn_processor_has_int8()};
    if (fused->residual)
        step->int8->trunk = plan->views[lk_nn_plan_source(plan, fused->residual, 1)].scale;
    memcpy(step->int8->kernel, layer->kernel, sizeof layer->kernel);
    memcpy(step->int8->stride, layer->stride, sizeof layer->stride);
    memcpy(step->int8->pad, layer->pad, sizeof layer->pad);
    step->int8->small = lk_nn_int8_is_small(step->int8);
    return int8_pack_fewer(weights, step->int8);
}

void lk_nn_plan_bind_int8(const lk_nn_plan *plan, const lk_nn_step *step, float *scratch,
                          float *own)
{
    const lk_nn_view *in = lk_nn_plan_input_view(plan, step, 0);
    const lk_nn_view *out = &plan->views[step->fused.result];
    step->int8->src = in->twin ? in->twin_data : in->data;
    step->int8->dst = out->data;
    step->int8->twin = out->twin ? out->twin_data : NULL;
    step->int8->scratch = (uint8_t *)scratch;
    step->int8->own = (char *)own;
    step->int8->own_step = plan->own_floats * sizeof(float);
}

void lk_nn_plan_link_int8(const lk_nn_plan *plan)
{
    const lk_nn_int8 *next = NULL;
    for (size_t s = plan->step_count; s-- > 0;) {
        lk_nn_int8 *conv = plan->steps[s].int8;
        if (!conv)
            continue;
        conv->next = next;
        next = conv;
    }
}

size_t lk_nn_plan_int8_scratch(const lk_nn_int8 *conv)
{
    return conv->fewer ? lk_nn_int8_winograd_shared(conv) : lk_nn_int8_scratch(conv);
}

size_t lk_nn_plan_int8_own(const lk_nn_int8 *conv)
{
    if (conv->amx)
        return lk_nn_int8_amx_own(conv) / sizeof(float);
    return conv->fewer ? lk_ceil_div(lk_nn_int8_winograd_own(conv), sizeof(float)) : 0;
}

void lk_nn_plan_run_int8(const lk_nn_int8 *conv)
{
    (conv->fewer ? lk_nn_int8_winograd_run : lk_nn_int8_run)(conv);
}

/* An activation is bf16, or whole numbers, where it is a convolution's, or only moved or pooled
 * from such, and nobody needs it otherwise. The rest stays float, and convolutions read and write
 * either, so that any network runs: the more of it is convolutions, the more of it in fewer bits.
 *
 * What the first layers round reaches all that comes behind them, and on the large planes they
 * have float32 has larger tiles (winograd.h): they stay float32 while that costs next to nothing.
 * So does the first trunk of residuals, which every block rounds again, beside a twin in bf16 for
 * those who read it. By both InceptionResnetV1 comes six times as near to float32. By AMX's tiles
 * bf16 is so much faster that neither is done. */
#include "nn/infer/narrow.h"

#include <math.h>

#include "base/memory.h"
#include "nn/infer/int8.h"
#include "nn/infer/processor.h"
#include "nn/kernel/winograd.h"

/* A convolution that may be done in bf16. */
static bool narrow_may(const lk_nn_layer *layer)
{
    return layer->op == LK_NN_CONV && lk_nn_groups(layer) == 1 && layer->stride[0] <= 2 &&
           layer->stride[1] <= 2;
}

bool lk_nn_narrow_step(const lk_nn_plan *plan, const lk_nn_fused *fused)
{
    return plan->model->narrow && fused->layer >= plan->wide_layers &&
           narrow_may(&plan->model->graph.layers[fused->layer]) &&
           plan->views[lk_nn_plan_source(plan, fused->layer, 0)].lanes == LK_NN_LANES;
}

/* The step multiplies in the plan's narrow format. */
static bool narrow_multiplies(const lk_nn_plan *plan, const lk_nn_fused *fused)
{
    return lk_nn_narrow_step(plan, fused) || lk_nn_int8_step(plan, fused);
}

static bool narrow_can_write(const lk_nn_plan *plan, const lk_nn_fused *fused)
{
    const lk_nn_view *view = &plan->views[fused->result];
    return !view->vector && view->lanes == lk_dnnl_block() &&
           (narrow_multiplies(plan, fused) ||
            lk_nn_fused_moves(plan->model->graph.layers[fused->layer].op));
}

static bool narrow_can_read(const lk_nn_plan *plan, const lk_nn_fused *fused)
{
    lk_nn_op op = plan->model->graph.layers[fused->layer].op;
    return narrow_multiplies(plan, fused) || lk_nn_fused_moves(op) || op == LK_NN_AVGPOOL;
}

/* Whether it was. */
static bool narrow_unset(lk_nn_view *view)
{
    bool was = view->format != LK_NN_F32;
    view->format = LK_NN_F32;
    return was;
}

/* All inputs and the result of what only moves; trunk and sum. */
static bool narrow_make_equal(lk_nn_plan *plan, const lk_nn_fused *fused)
{
    const lk_nn_layer *layer = &plan->model->graph.layers[fused->layer];
    lk_nn_view *result = &plan->views[fused->result];
    bool moves = lk_nn_fused_moves(layer->op), all = result->format != LK_NN_F32, changed = false;
    for (size_t k = 0; moves && k < layer->input_count; k++)
        all = all && plan->views[lk_nn_plan_source(plan, fused->layer, k)].format;
    for (size_t k = 0; moves && !all && k < layer->input_count; k++)
        changed |= narrow_unset(&plan->views[lk_nn_plan_source(plan, fused->layer, k)]);
    if (moves && !all)
        changed |= narrow_unset(result);
    if (!fused->residual)
        return changed;
    lk_nn_view *trunk = &plan->views[lk_nn_plan_source(plan, fused->residual, 1)];
    if (trunk->format != result->format) {
        changed |= narrow_unset(trunk);
        changed |= narrow_unset(result);
    }
    return changed;
}

/* ---- what stays float32 in a plan of bf16 ---- */

static bool narrow_spares(const lk_nn_plan *plan)
{
    return plan->model->narrow && !lk_nn_processor_amx(LK_NN_BF16);
}

/* What a step costs in bf16, or in float32; 0 for what is always in float32, as the first
 * convolution: colours are no block. */
static double narrow_price(const lk_nn_plan *plan, const lk_nn_fused *fused, bool narrow)
{
    const lk_nn_layer *layer = &plan->model->graph.layers[fused->layer];
    if (!narrow_may(layer) || lk_nn_plan_source(plan, fused->layer, 0) == 0)
        return 0;
    lk_nn_shape in = plan->shapes[lk_nn_plan_source(plan, fused->layer, 0)];
    lk_nn_shape out = plan->shapes[fused->result];
    const lk_nn_winograd conv = {.images = plan->count,
                                 .in_blocks = lk_ceil_div(in.channels, LK_NN_LANES),
                                 .out_blocks = lk_ceil_div(out.channels, LK_NN_LANES),
                                 .in = {in.height, in.width},
                                 .out = {out.height, out.width},
                                 .pad = {layer->pad[0], layer->pad[1]},
                                 .narrow = narrow,
                                 .threads = plan->threads};
    return lk_nn_winograd_price(&conv, layer->kernel, layer->stride);
}

/* As many of the first layers as cost a few hundredths more of the network's time in all. */
void lk_nn_plan_spare_first(lk_nn_plan *plan)
{
    const double share = .03;
    double left = 0;
    if (!narrow_spares(plan))
        return;
    for (size_t s = 0; s < plan->step_count; s++)
        left += share * narrow_price(plan, &plan->steps[s].fused, true);
    for (size_t s = 0; s < plan->step_count; s++) {
        const lk_nn_fused *fused = &plan->steps[s].fused;
        left -= fmax(narrow_price(plan, fused, false) - narrow_price(plan, fused, true), 0);
        if (left < 0)
            return;
        plan->wide_layers = fused->layer + 1;
    }
}

/* A trunk's sum that can write a twin: 1x1 windows are summed by the tiles that can. */
static bool narrow_writes_twin(const lk_nn_plan *plan, const lk_nn_fused *fused)
{
    const lk_nn_layer *layer = &plan->model->graph.layers[fused->layer];
    return fused->residual && lk_nn_narrow_step(plan, fused) &&
           layer->kernel[0] * layer->kernel[1] == 1;
}

/* The first one: block after block is added onto it. */
static void narrow_spare_trunk(lk_nn_plan *plan)
{
    size_t trunk = 0;
    for (size_t s = 0; s < plan->step_count; s++) {
        const lk_nn_fused *fused = &plan->steps[s].fused;
        if (narrow_writes_twin(plan, fused) &&
            (!trunk || lk_nn_plan_source(plan, fused->residual, 1) == trunk)) {
            plan->views[fused->result].format = LK_NN_F32;
            trunk = fused->result;
        }
    }
}

static bool narrow_is_read(const lk_nn_plan *plan, size_t layer)
{
    for (size_t s = 0; s < plan->step_count; s++)
        if (lk_nn_narrow_step(plan, &plan->steps[s].fused) &&
            lk_nn_plan_source(plan, plan->steps[s].fused.layer, 0) == layer)
            return true;
    return false;
}

static void narrow_make_twins(lk_nn_plan *plan)
{
    for (size_t s = 0; s < plan->step_count; s++) {
        const lk_nn_fused *fused = &plan->steps[s].fused;
        lk_nn_view *result = &plan->views[fused->result];
        result->twin = result->format == LK_NN_F32 && narrow_writes_twin(plan, fused) &&
                       narrow_is_read(plan, fused->result);
    }
}

void lk_nn_plan_narrow(lk_nn_plan *plan)
{
    const lk_nn_graph *graph = &plan->model->graph;
    lk_nn_format format = plan->model->int8 ? LK_NN_U8 : LK_NN_BF16;
    for (size_t s = 0; s < plan->step_count; s++)
        plan->views[plan->steps[s].fused.result].format =
            narrow_can_write(plan, &plan->steps[s].fused) ? format : LK_NN_F32;
    for (size_t s = 0; s < plan->step_count; s++) {
        const lk_nn_fused *fused = &plan->steps[s].fused;
        for (size_t k = 0;
             !narrow_can_read(plan, fused) && k < graph->layers[fused->layer].input_count; k++)
            plan->views[lk_nn_plan_source(plan, fused->layer, k)].format = LK_NN_F32;
    }
    for (size_t i = 0; i < graph->output_count; i++)
        plan->views[lk_nn_source(graph, graph->outputs[i])].format = LK_NN_F32;
    if (narrow_spares(plan))
        narrow_spare_trunk(plan);
    if (format == LK_NN_U8)
        lk_nn_plan_scales(plan);
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t s = 0; s < plan->step_count; s++)
            changed |= narrow_make_equal(plan, &plan->steps[s].fused);
    }
    if (format == LK_NN_U8)
        lk_nn_plan_twins(plan);
    if (narrow_spares(plan))
        narrow_make_twins(plan);
}

/* An activation is bf16, or whole numbers, where it is a convolution's, or only moved or pooled
 * from such, and nobody needs it otherwise. The rest stays float, and convolutions read and write
 * either, so that any network runs: the more of it is convolutions, the more of it in fewer bits.
 */
#include "nn/infer/narrow.h"

#include "nn/infer/int8.h"

bool lk_nn_narrow_step(const lk_nn_plan *plan, const lk_nn_fused *fused)
{
    const lk_nn_layer *layer = &plan->model->graph.layers[fused->layer];
    return plan->model->narrow && layer->op == LK_NN_CONV && lk_nn_groups(layer) == 1 &&
           layer->stride[0] <= 2 && layer->stride[1] <= 2 &&
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
    if (format == LK_NN_U8)
        lk_nn_plan_scales(plan);
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t s = 0; s < plan->step_count; s++)
            changed |= narrow_make_equal(plan, &plan->steps[s].fused);
    }
    if (format == LK_NN_U8)
        lk_nn_plan_twins(plan);
}

/* An activation is bf16 where it is a convolution's, or only moved or pooled from such, and
 * nobody needs it otherwise. The rest stays float, and convolutions read and write either,
 * so that any network runs: the more of it is convolutions, the more of it in bf16. */
#include "nn/infer/narrow.h"

bool lk_nn_narrow_step(const lk_nn_plan *plan, const lk_nn_fused *fused)
{
    const lk_nn_layer *layer = &plan->model->graph.layers[fused->layer];
    return plan->model->narrow && layer->op == LK_NN_CONV && lk_nn_groups(layer) == 1 &&
           layer->stride[0] <= 2 && layer->stride[1] <= 2 &&
           plan->views[lk_nn_plan_source(plan, fused->layer, 0)].lanes == LK_NN_LANES;
}

/* Moves numbers as they are: what it reads and writes is all narrow or all not. */
static bool narrow_moves(lk_nn_op op)
{
    return op == LK_NN_CONCAT || op == LK_NN_MAXPOOL;
}

static bool narrow_can_write(const lk_nn_plan *plan, const lk_nn_fused *fused)
{
    const lk_nn_view *view = &plan->views[fused->result];
    return !view->vector && view->lanes == LK_NN_LANES &&
           (lk_nn_narrow_step(plan, fused) ||
            narrow_moves(plan->model->graph.layers[fused->layer].op));
}

static bool narrow_can_read(const lk_nn_plan *plan, const lk_nn_fused *fused)
{
    lk_nn_op op = plan->model->graph.layers[fused->layer].op;
    return lk_nn_narrow_step(plan, fused) || narrow_moves(op) || op == LK_NN_AVGPOOL;
}

/* Whether it was. */
static bool narrow_unset(lk_nn_view *view)
{
    bool was = view->narrow;
    view->narrow = false;
    return was;
}

/* All inputs and the result of what only moves; trunk and sum. */
static bool narrow_make_equal(lk_nn_plan *plan, const lk_nn_fused *fused)
{
    const lk_nn_layer *layer = &plan->model->graph.layers[fused->layer];
    lk_nn_view *result = &plan->views[fused->result];
    bool moves = narrow_moves(layer->op), all = result->narrow, changed = false;
    for (size_t k = 0; moves && k < layer->input_count; k++)
        all = all && plan->views[lk_nn_plan_source(plan, fused->layer, k)].narrow;
    for (size_t k = 0; moves && !all && k < layer->input_count; k++)
        changed |= narrow_unset(&plan->views[lk_nn_plan_source(plan, fused->layer, k)]);
    if (moves && !all)
        changed |= narrow_unset(result);
    if (!fused->residual)
        return changed;
    lk_nn_view *trunk = &plan->views[lk_nn_plan_source(plan, fused->residual, 1)];
    if (trunk->narrow != result->narrow) {
        changed |= narrow_unset(trunk);
        changed |= narrow_unset(result);
    }
    return changed;
}

void lk_nn_plan_narrow(lk_nn_plan *plan)
{
    const lk_nn_graph *graph = &plan->model->graph;
    for (size_t s = 0; s < plan->step_count; s++)
        plan->views[plan->steps[s].fused.result].narrow =
            narrow_can_write(plan, &plan->steps[s].fused);
    for (size_t s = 0; s < plan->step_count; s++) {
        const lk_nn_fused *fused = &plan->steps[s].fused;
        for (size_t k = 0;
             !narrow_can_read(plan, fused) && k < graph->layers[fused->layer].input_count; k++)
            plan->views[lk_nn_plan_source(plan, fused->layer, k)].narrow = false;
    }
    for (size_t i = 0; i < graph->output_count; i++)
        plan->views[lk_nn_source(graph, graph->outputs[i])].narrow = false;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t s = 0; s < plan->step_count; s++)
            changed |= narrow_make_equal(plan, &plan->steps[s].fused);
    }
}

#include "nn/infer/front.h"

/* Of floats, by kernels whose input and output may lie anywhere. */
static bool front_may_have(const lk_nn_plan *plan, const lk_nn_fused *fused)
{
    const lk_nn_layer *layer = &plan->model->graph.layers[fused->layer];
    bool wide = !plan->model->narrow || fused->layer < plan->wide_layers;
    bool conv = layer->op == LK_NN_CONV && lk_nn_groups(layer) == 1 && wide;
    return (conv || layer->op == LK_NN_MAXPOOL) && !fused->residual && !fused->prelu;
}

/* Small activations of several images stay in the second cache, too; and the weights are read
 * again for every image. */
static bool front_is_worth(const lk_nn_plan *plan, const lk_nn_fused *fused)
{
    enum { SMALL = 32 * 1024 };
    const lk_nn_layer *layer = &plan->model->graph.layers[fused->layer];
    const lk_nn_shape *out = &plan->shapes[fused->result],
                      *in = &plan->shapes[lk_nn_plan_source(plan, fused->layer, 0)];
    size_t weights = layer->op == LK_NN_CONV
                         ? in->channels * out->channels * layer->kernel[0] * layer->kernel[1]
                         : 0;
    size_t numbers = out->channels * out->height * out->width;
    return numbers >= SMALL && numbers >= weights;
}

/* How often `layer` is read by steps, and as an output. */
static size_t front_count_readers(const lk_nn_plan *plan, size_t layer)
{
    const lk_nn_graph *graph = &plan->model->graph;
    size_t count = 0;
    for (size_t i = 0; i < graph->count; i++)
        for (size_t k = 0; graph->layers[i].op != LK_NN_DROPOUT && k < graph->layers[i].input_count;
             k++)
            count += lk_nn_plan_source(plan, i, k) == layer;
    for (size_t i = 0; i < graph->output_count; i++)
        count += lk_nn_source(graph, graph->outputs[i]) == layer;
    return count;
}

/* Each step reads what the one before it wrote, and nobody else does. Of less than four images
 * there is nothing to gain (measured). */
size_t lk_nn_front_count(const lk_nn_plan *plan)
{
    enum { LEAST_IMAGES = 4, LEAST = 2 };
    const lk_nn_model *model = plan->model;
    size_t count = 0, from = 0;
    if (plan->count < LEAST_IMAGES || model->int8 || model->watch.see)
        return 0;
    while (count < plan->step_count) {
        const lk_nn_fused *fused = &plan->steps[count].fused;
        if (!front_may_have(plan, fused) || !front_is_worth(plan, fused) ||
            lk_nn_plan_source(plan, fused->layer, 0) != from ||
            front_count_readers(plan, from) != 1)
            break;
        from = fused->result;
        count++;
    }
    return count < LEAST ? 0 : count;
}

size_t lk_nn_front_images(const lk_nn_plan *plan, const lk_nn_step *step)
{
    return (size_t)(step - plan->steps) < plan->front ? 1 : plan->count;
}

bool lk_nn_front_is_inside(const lk_nn_plan *plan, size_t layer)
{
    for (size_t s = 0; s + 1 < plan->front; s++)
        if (plan->steps[s].fused.result == layer)
            return true;
    return false;
}

float *lk_nn_front_place(const lk_nn_plan *plan, const lk_nn_step *step, size_t layer)
{
    const lk_nn_view *view = &plan->views[layer];
    bool one_of_several = lk_nn_front_images(plan, step) < view->n;
    return view->data + (one_of_several ? plan->image * (lk_nn_view_floats(view) / view->n) : 0);
}

/* What runs in training: the steps, and which of them take part in backward. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/train/plan.h"

static lk_status steps_check_operations(const lk_nn_graph *graph)
{
    for (size_t i = 0; i < graph->count; i++) {
        lk_nn_op op = graph->layers[i].op;
        LK_REQUIRE(op != LK_NN_PRELU && op != LK_NN_FLATTEN && op != LK_NN_MEANPOOL &&
                       op < LK_NN_FILLSUM && lk_nn_groups(&graph->layers[i]) == 1,
                   LK_ERROR_UNSUPPORTED, "layer %zu (%s): this kind of layer is not trained", i,
                   graph->layers[i].name);
    }
    return LK_OK;
}

static void steps_count_readers(lk_nn_train *train)
{
    const lk_nn_graph *graph = &train->model->graph;
    for (size_t i = 0; i < graph->count; i++)
        for (size_t k = 0; k < graph->layers[i].input_count; k++)
            train->tensors[graph->layers[i].inputs[k]].readers++;
    train->tensors[graph->outputs[0]].readers++;
}

/* The ReLU that layer i alone is read by, 0: none. */
static size_t steps_relu_behind(const lk_nn_train *train, size_t i)
{
    const lk_nn_graph *graph = &train->model->graph;
    lk_nn_op op = graph->layers[i].op;
    if ((op != LK_NN_NORM && op != LK_NN_RESIDUAL) || train->tensors[i].readers != 1)
        return 0;
    for (size_t r = i + 1; r < graph->count; r++)
        if (graph->layers[r].op == LK_NN_RELU && graph->layers[r].inputs[0] == i)
            return r;
    return 0;
}

static void steps_list(lk_nn_train *train)
{
    const lk_nn_graph *graph = &train->model->graph;
    for (size_t i = 1; i < graph->count; i++) {
        const lk_nn_layer *layer = &graph->layers[i];
        if (layer->op == LK_NN_RELU && steps_relu_behind(train, layer->inputs[0]) == i)
            continue; /* part of the step before */
        size_t relu = steps_relu_behind(train, i);
        train->steps[train->step_count++] = (lk_nn_train_step){
            .layer = i, .result = relu ? relu : i, .relu = relu || layer->op == LK_NN_RELU};
    }
}

static bool steps_has_parameters(lk_nn_op op)
{
    return op == LK_NN_CONV || op == LK_NN_LINEAR || op == LK_NN_NORM;
}

static bool steps_is_frozen(const lk_nn_train *train, const lk_nn_layer *layer)
{
    for (size_t i = 0; i < train->options.frozen_count; i++) {
        const char *prefix = train->options.frozen[i];
        if (strncmp(layer->name, prefix, strlen(prefix)) == 0)
            return true;
    }
    return false;
}

static lk_status steps_check_prefixes(const lk_nn_train *train)
{
    const lk_nn_graph *graph = &train->model->graph;
    for (size_t p = 0; p < train->options.frozen_count; p++) {
        const char *prefix = train->options.frozen[p];
        bool found = false;
        for (size_t i = 0; i < graph->count; i++)
            found |= steps_has_parameters(graph->layers[i].op) &&
                     strncmp(graph->layers[i].name, prefix, strlen(prefix)) == 0;
        LK_REQUIRE(found, LK_ERROR_ARGUMENT,
                   "no layer's name begins with \"%s\", which is to be frozen", prefix);
    }
    return LK_OK;
}

/* Who learns, forward; who leads to the output, backward. */
static void steps_mark_backward(lk_nn_train *train, bool *leads)
{
    for (size_t s = 0; s < train->step_count; s++) {
        lk_nn_train_step *step = &train->steps[s];
        const lk_nn_layer *layer = lk_nn_train_layer(train, step);
        step->learns = steps_has_parameters(layer->op) && !steps_is_frozen(train, layer);
        bool learns = step->learns;
        for (size_t k = 0; k < layer->input_count; k++)
            learns |= train->tensors[layer->inputs[k]].learns;
        train->tensors[step->result].learns = learns;
    }
    leads[train->model->graph.outputs[0]] = true;
    bool *has_gradient = leads + train->layers;
    for (size_t s = train->step_count; s-- > 0;) {
        lk_nn_train_step *step = &train->steps[s];
        const lk_nn_layer *layer = lk_nn_train_layer(train, step);
        step->backward = leads[step->result] && train->tensors[step->result].learns;
        for (size_t k = 0; leads[step->result] && k < layer->input_count; k++) {
            size_t from = layer->inputs[k];
            leads[from] = true;
            step->to[k] = step->backward && train->tensors[from].learns;
            step->adds[k] = has_gradient[from];
            has_gradient[from] |= step->to[k];
        }
    }
}

lk_status lk_nn_train_list(lk_nn_train *train)
{
    bool *leads;
    LK_TRY(steps_check_operations(&train->model->graph));
    LK_TRY(steps_check_prefixes(train));
    LK_TRY(lk_alloc(&train->tensors, train->layers, sizeof *train->tensors));
    LK_TRY(lk_alloc(&train->steps, train->layers, sizeof *train->steps));
    steps_count_readers(train);
    steps_list(train);
    LK_TRY(lk_alloc(&leads, 2 * train->layers, sizeof *leads));
    steps_mark_backward(train, leads);
    free(leads);
    return LK_OK;
}

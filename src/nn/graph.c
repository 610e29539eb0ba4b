/* Building a graph, and what shape every layer's activation has. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/nn.h"

void lk_nn_graph_clear(lk_nn_graph *graph)
{
    free(graph->layers);
    *graph = (lk_nn_graph){0};
}

/* Keeps the first failure only: later ones follow from it. */
static void graph_keep_status(lk_nn_graph *graph, lk_status status)
{
    if (graph->status == LK_OK)
        graph->status = status;
}

size_t lk_nn_add(lk_nn_graph *graph, const lk_nn_layer *layer)
{
    if (graph->status != LK_OK)
        return 0;
    graph_keep_status(graph,
                      lk_grow(&graph->layers, &graph->capacity, graph->count + 1, sizeof *layer));
    if (graph->status != LK_OK)
        return 0;
    graph->layers[graph->count] = *layer;
    return graph->count++;
}

/* A layer with one input; `name` may be NULL. */
static lk_nn_layer graph_layer_from(lk_nn_graph *graph, lk_nn_op op, size_t from, const char *name)
{
    lk_nn_layer layer = {.op = op, .inputs = {from}, .input_count = 1};
    size_t length = name ? strlen(name) : 0;
    if (length >= LK_NN_NAME)
        graph_keep_status(graph, lk_fail(LK_ERROR_ARGUMENT, "layer name %s is longer than %d bytes",
                                         name, LK_NN_NAME - 1));
    else if (name)
        memcpy(layer.name, name, length + 1);
    return layer;
}

static void graph_set_window(lk_nn_layer *layer, lk_nn_window window)
{
    memcpy(layer->kernel, window.kernel, sizeof layer->kernel);
    memcpy(layer->stride, window.stride, sizeof layer->stride);
    memcpy(layer->pad, window.pad, sizeof layer->pad);
}

size_t lk_nn_add_input(lk_nn_graph *graph, size_t channels)
{
    return lk_nn_add(graph,
                     &(lk_nn_layer){.op = LK_NN_INPUT, .name = "input", .channels = channels});
}

size_t lk_nn_add_conv(lk_nn_graph *graph, size_t from, const char *name, size_t channels,
                      lk_nn_window window, bool bias)
{
    lk_nn_layer layer = graph_layer_from(graph, LK_NN_CONV, from, name);
    layer.channels = channels;
    layer.bias = bias;
    graph_set_window(&layer, window);
    return lk_nn_add(graph, &layer);
}

size_t lk_nn_add_linear(lk_nn_graph *graph, size_t from, const char *name, size_t channels,
                        bool bias)
{
    lk_nn_layer layer = graph_layer_from(graph, LK_NN_LINEAR, from, name);
    layer.channels = channels;
    layer.bias = bias;
    return lk_nn_add(graph, &layer);
}

size_t lk_nn_add_norm(lk_nn_graph *graph, size_t from, const char *name, double epsilon)
{
    lk_nn_layer layer = graph_layer_from(graph, LK_NN_NORM, from, name);
    layer.epsilon = epsilon;
    return lk_nn_add(graph, &layer);
}

size_t lk_nn_add_relu(lk_nn_graph *graph, size_t from)
{
    lk_nn_layer layer = graph_layer_from(graph, LK_NN_RELU, from, "relu");
    return lk_nn_add(graph, &layer);
}

size_t lk_nn_add_prelu(lk_nn_graph *graph, size_t from, const char *name)
{
    lk_nn_layer layer = graph_layer_from(graph, LK_NN_PRELU, from, name);
    return lk_nn_add(graph, &layer);
}

size_t lk_nn_add_maxpool(lk_nn_graph *graph, size_t from, lk_nn_window window, bool ceil_mode)
{
    lk_nn_layer layer = graph_layer_from(graph, LK_NN_MAXPOOL, from, "maxpool");
    layer.ceil_mode = ceil_mode;
    graph_set_window(&layer, window);
    return lk_nn_add(graph, &layer);
}

size_t lk_nn_add_avgpool(lk_nn_graph *graph, size_t from)
{
    lk_nn_layer layer = graph_layer_from(graph, LK_NN_AVGPOOL, from, "avgpool");
    return lk_nn_add(graph, &layer);
}

size_t lk_nn_add_meanpool(lk_nn_graph *graph, size_t from, lk_nn_window window)
{
    lk_nn_layer layer = graph_layer_from(graph, LK_NN_MEANPOOL, from, "meanpool");
    graph_set_window(&layer, window);
    return lk_nn_add(graph, &layer);
}

size_t lk_nn_add_concat(lk_nn_graph *graph, const size_t *from, size_t count)
{
    lk_nn_layer layer = {.op = LK_NN_CONCAT, .name = "concat", .input_count = count};
    if (count == 0 || count > LK_NN_MAX_INPUTS)
        graph_keep_status(graph,
                          lk_fail(LK_ERROR_ARGUMENT, "a concatenation of %zu layers, 1 to %d fit",
                                  count, LK_NN_MAX_INPUTS));
    else
        memcpy(layer.inputs, from, count * sizeof *from);
    return lk_nn_add(graph, &layer);
}

size_t lk_nn_add_residual(lk_nn_graph *graph, size_t branch, size_t trunk, double scale)
{
    return lk_nn_add(graph, &(lk_nn_layer){.op = LK_NN_RESIDUAL,
                                           .name = "residual",
                                           .inputs = {branch, trunk},
                                           .input_count = 2,
                                           .scale = scale});
}

size_t lk_nn_add_fillsum(lk_nn_graph *graph, size_t branch, size_t trunk)
{
    return lk_nn_add(graph, &(lk_nn_layer){.op = LK_NN_FILLSUM,
                                           .name = "fillsum",
                                           .inputs = {branch, trunk},
                                           .input_count = 2});
}

size_t lk_nn_add_flatten(lk_nn_graph *graph, size_t from)
{
    lk_nn_layer layer = graph_layer_from(graph, LK_NN_FLATTEN, from, "flatten");
    return lk_nn_add(graph, &layer);
}

size_t lk_nn_add_dropout(lk_nn_graph *graph, size_t from, double rate)
{
    lk_nn_layer layer = graph_layer_from(graph, LK_NN_DROPOUT, from, "dropout");
    layer.rate = rate;
    return lk_nn_add(graph, &layer);
}

size_t lk_nn_add_l2norm(lk_nn_graph *graph, size_t from, double epsilon)
{
    lk_nn_layer layer = graph_layer_from(graph, LK_NN_L2NORM, from, "l2norm");
    layer.epsilon = epsilon;
    return lk_nn_add(graph, &layer);
}

void lk_nn_add_output(lk_nn_graph *graph, size_t layer)
{
    if (graph->output_count == LK_NN_MAX_OUTPUTS)
        graph_keep_status(graph,
                          lk_fail(LK_ERROR_ARGUMENT, "more than %d outputs", LK_NN_MAX_OUTPUTS));
    else
        graph->outputs[graph->output_count++] = layer;
}

/* The oracle's training pass: its memory, and the walk over the layers. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "oracle/layers.h"
#include "oracle/state.h"

static lk_status check_operations(const lk_nn_graph *graph)
{
    for (size_t i = 0; i < graph->count; i++) {
        lk_nn_op op = graph->layers[i].op;
        LK_REQUIRE(op != LK_NN_PRELU && op != LK_NN_FLATTEN && op != LK_NN_MEANPOOL &&
                       op != LK_NN_FILLSUM,
                   LK_ERROR_UNSUPPORTED, "layer %zu (%s): this kind of layer is not trained", i,
                   graph->layers[i].name);
    }
    return LK_OK;
}

static lk_status copy_parameters(oracle_pass *pass)
{
    const lk_nn_model *model = pass->model;
    LK_TRY(lk_alloc(&pass->parameters, model->parameter_count, sizeof(double *)));
    LK_TRY(lk_alloc(&pass->gradients, model->parameter_count, sizeof(double *)));
    for (size_t i = 0; i < model->parameter_count; i++) {
        const lk_nn_parameter *p = &model->parameters[i];
        LK_REQUIRE(p->data, LK_ERROR_ARGUMENT,
                   "the plain parameters were released: create the model with keep");
        LK_TRY(lk_alloc(&pass->parameters[i], p->count, sizeof(double)));
        LK_TRY(lk_alloc(&pass->gradients[i], p->count, sizeof(double)));
        for (size_t k = 0; k < p->count; k++)
            pass->parameters[i][k] = (double)p->data[k];
    }
    return LK_OK;
}

static lk_status fill(oracle_pass *pass, size_t height, size_t width)
{
    const lk_nn_graph *graph = &pass->model->graph;
    LK_TRY(check_operations(graph));
    LK_TRY(lk_alloc(&pass->shapes, graph->count, sizeof *pass->shapes));
    LK_TRY(lk_nn_graph_shapes(graph, height, width, pass->shapes));
    LK_TRY(lk_nn_check_shapes(pass->model, pass->shapes));
    LK_TRY(lk_alloc(&pass->values, graph->count, sizeof(double *)));
    LK_TRY(lk_alloc(&pass->value_gradients, graph->count, sizeof(double *)));
    LK_TRY(lk_alloc(&pass->saved, graph->count, sizeof(double *)));
    LK_TRY(lk_alloc(&pass->frozen, graph->count, sizeof *pass->frozen));
    return copy_parameters(pass);
}

lk_status oracle_pass_create(oracle_pass **out, const lk_nn_model *model, size_t count,
                             size_t height, size_t width)
{
    oracle_pass *pass;
    LK_TRY(lk_alloc(&pass, 1, sizeof *pass));
    pass->model = model;
    pass->count = count;
    lk_status status = fill(pass, height, width);
    if (status != LK_OK) {
        oracle_pass_destroy(pass);
        return status;
    }
    *out = pass;
    return LK_OK;
}

static void free_each(double **arrays, size_t count)
{
    for (size_t i = 0; arrays && i < count; i++) {
        free(arrays[i]);
        arrays[i] = NULL;
    }
}

void oracle_pass_destroy(oracle_pass *pass)
{
    if (!pass)
        return;
    size_t layers = pass->model->graph.count;
    free_each(pass->values, layers);
    free_each(pass->value_gradients, layers);
    free_each(pass->saved, layers);
    free_each(pass->parameters, pass->model->parameter_count);
    free_each(pass->gradients, pass->model->parameter_count);
    free(pass->values);
    free(pass->value_gradients);
    free(pass->saved);
    free(pass->frozen);
    free(pass->parameters);
    free(pass->gradients);
    free(pass->shapes);
    free(pass);
}

/* [count, channels, plane] to [channels, count, plane] or, with the two numbers
 * exchanged, back. */
static void exchange(double *out, const double *in, size_t outer, size_t inner, size_t plane)
{
    for (size_t a = 0; a < outer; a++)
        for (size_t b = 0; b < inner; b++)
            memcpy(out + (b * outer + a) * plane, in + (a * inner + b) * plane,
                   plane * sizeof *out);
}

void oracle_read(const oracle_pass *pass, double *out, const double *const *from, size_t layer)
{
    exchange(out, from[layer], pass->shapes[layer].channels, pass->count,
             oracle_plane(pass, layer));
}

static lk_status forward_layer(oracle_pass *pass, size_t i)
{
    switch (pass->model->graph.layers[i].op) {
    case LK_NN_CONV:
    case LK_NN_LINEAR: return oracle_conv_forward(pass, i);
    case LK_NN_NORM: return oracle_norm_forward(pass, i);
    default: return oracle_plain_forward(pass, i);
    }
}

lk_status oracle_forward(oracle_pass *pass, const double *input)
{
    size_t layers = pass->model->graph.count;
    free_each(pass->values, layers);
    free_each(pass->saved, layers);
    for (size_t i = 0; i < layers; i++) {
        LK_TRY(lk_alloc(&pass->values[i], oracle_size(pass, i), sizeof(double)));
        if (i == 0)
            exchange(pass->values[0], input, pass->count, pass->shapes[0].channels,
                     oracle_plane(pass, 0));
        else
            LK_TRY(forward_layer(pass, i));
    }
    return LK_OK;
}

static lk_status prepare_gradients(oracle_pass *pass, const lk_nn_layer *layer)
{
    for (size_t k = 0; k < layer->input_count; k++) {
        size_t from = layer->inputs[k];
        if (!pass->value_gradients[from])
            LK_TRY(lk_alloc(&pass->value_gradients[from], oracle_size(pass, from), sizeof(double)));
    }
    return LK_OK;
}

static lk_status backward_layer(oracle_pass *pass, size_t i)
{
    const lk_nn_layer *layer = &pass->model->graph.layers[i];
    if (!pass->value_gradients[i])
        return LK_OK; /* no way from here to the output */
    LK_TRY(prepare_gradients(pass, layer));
    if (layer->op == LK_NN_CONV || layer->op == LK_NN_LINEAR)
        LK_TRY(oracle_conv_backward(pass, i));
    else if (layer->op == LK_NN_NORM)
        oracle_norm_backward(pass, i);
    else
        oracle_plain_backward(pass, i);
    if (!pass->keep_value_gradients) {
        free(pass->value_gradients[i]);
        pass->value_gradients[i] = NULL;
    }
    return LK_OK;
}

lk_status oracle_backward(oracle_pass *pass, const double *gradient)
{
    const lk_nn_model *model = pass->model;
    size_t output = model->graph.outputs[0];
    free_each(pass->value_gradients, model->graph.count);
    for (size_t i = 0; i < model->parameter_count; i++)
        memset(pass->gradients[i], 0, model->parameters[i].count * sizeof(double));
    LK_TRY(lk_alloc(&pass->value_gradients[output], oracle_size(pass, output), sizeof(double)));
    exchange(pass->value_gradients[output], gradient, pass->count, pass->shapes[output].channels,
             oracle_plane(pass, output));
    for (size_t i = output; i > 0; i--)
        LK_TRY(backward_layer(pass, i));
    return LK_OK;
}

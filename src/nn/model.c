/* A model: a graph's parameters by their published names. */
#include "nn/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/pages.h"

static const char *const conv_roles[LK_NN_ROLES] = {"weight", "bias", NULL, NULL};
static const char *const norm_roles[LK_NN_ROLES] = {"weight", "bias", "running_mean",
                                                    "running_var"};

/* The parameter's shape, rank 0 when the layer has no such parameter. */
static size_t model_parameter_shape(const lk_nn_layer *layer, lk_nn_shape in, lk_nn_role role,
                                    size_t shape[4])
{
    bool filter = layer->op == LK_NN_CONV || layer->op == LK_NN_LINEAR;
    if (filter && role == LK_NN_WEIGHT) {
        shape[0] = layer->channels;
        shape[1] = in.channels / lk_nn_groups(layer);
        shape[2] = layer->kernel[0];
        shape[3] = layer->kernel[1];
        return layer->op == LK_NN_CONV ? 4 : 2;
    }
    if (filter && role == LK_NN_BIAS && layer->bias) {
        shape[0] = layer->channels;
        return 1;
    }
    if (layer->op == LK_NN_CONSTANT && role == LK_NN_WEIGHT) {
        memcpy(shape, layer->extent, sizeof layer->extent);
        return 3;
    }
    if (layer->op == LK_NN_NORM || (layer->op == LK_NN_PRELU && role == LK_NN_WEIGHT)) {
        shape[0] = in.channels;
        return 1;
    }
    return 0;
}

static lk_status model_add_parameter(lk_nn_model *model, size_t layer_index, lk_nn_shape in,
                                     lk_nn_role role)
{
    const lk_nn_layer *layer = &model->graph.layers[layer_index];
    lk_nn_parameter parameter = {.layer = layer_index};
    parameter.rank = model_parameter_shape(layer, in, role, parameter.shape);
    if (parameter.rank == 0)
        return LK_OK;
    const char *role_name = (layer->op == LK_NN_NORM ? norm_roles : conv_roles)[role];
    snprintf(parameter.name, sizeof parameter.name, "%s.%s", layer->name, role_name);
    LK_REQUIRE(lk_mul_all(parameter.shape, parameter.rank, &parameter.count), LK_ERROR_SHAPE,
               "%s is too large", parameter.name);
    model->roles[layer_index * LK_NN_ROLES + role] = &model->parameters[model->parameter_count];
    model->parameters[model->parameter_count++] = parameter;
    return LK_OK;
}

static lk_status model_list_parameters(lk_nn_model *model, size_t height, size_t width)
{
    const lk_nn_graph *graph = &model->graph;
    lk_nn_shape *shapes;
    LK_TRY(lk_alloc(&shapes, graph->count, sizeof *shapes));
    lk_status status = lk_nn_graph_shapes(graph, height, width, shapes);
    if (status == LK_OK)
        status =
            lk_alloc(&model->parameters, graph->count * LK_NN_ROLES, sizeof *model->parameters);
    if (status == LK_OK)
        status = lk_alloc(&model->roles, graph->count * LK_NN_ROLES, sizeof *model->roles);
    for (size_t i = 0; status == LK_OK && i < graph->count; i++)
        for (int role = 0; status == LK_OK && role < LK_NN_ROLES; role++)
            status =
                model_add_parameter(model, i, shapes[graph->layers[i].inputs[0]], (lk_nn_role)role);
    free(shapes);
    return status;
}

static lk_status model_load_parameter(lk_nn_model *model, lk_nn_parameter *parameter)
{
    float *data;
    if (parameter->data)
        return LK_OK;
    LK_REQUIRE(model->load, LK_ERROR_ARGUMENT, "layer %s has no parameters any more",
               model->graph.layers[parameter->layer].name);
    LK_TRY(lk_alloc_aligned(&data, parameter->count, sizeof *data));
    lk_status status =
        model->load(model->load_user, parameter->name, parameter->shape, parameter->rank, data);
    if (status != LK_OK) {
        lk_free_aligned(data);
        return status;
    }
    parameter->data = data;
    return LK_OK;
}

lk_status lk_nn_model_load(lk_nn_model *model)
{
    for (size_t i = 0; i < model->parameter_count; i++)
        LK_TRY(model_load_parameter(model, &model->parameters[i]));
    model->load = NULL;
    return LK_OK;
}

bool lk_nn_model_is_loaded(const lk_nn_model *model)
{
    return !model->load;
}

lk_status lk_nn_need_plain(lk_nn_model *model, size_t layer)
{
    for (size_t i = 0; i < model->parameter_count; i++)
        if (model->parameters[i].layer == layer)
            LK_TRY(model_load_parameter(model, &model->parameters[i]));
    return LK_OK;
}

static lk_status model_fill(lk_nn_model *model, size_t height, size_t width)
{
    LK_TRY(model->graph.status);
    return model_list_parameters(model, height, width);
}

lk_status lk_nn_model_declare(lk_nn_model **out, lk_nn_graph *graph, size_t height, size_t width,
                              lk_nn_load_fn load, void *user)
{
    lk_nn_model *model;
    lk_status status = lk_alloc(&model, 1, sizeof *model);
    if (status != LK_OK) {
        lk_nn_graph_clear(graph);
        return status;
    }
    model->graph = *graph;
    *graph = (lk_nn_graph){0};
    model->load = load;
    model->load_user = user;
    pthread_mutex_init(&model->lock, NULL);
    status = model_fill(model, height, width);
    if (status != LK_OK) {
        lk_nn_model_destroy(model);
        return status;
    }
    *out = model;
    return LK_OK;
}

lk_status lk_nn_model_create(lk_nn_model **out, lk_nn_graph *graph, size_t height, size_t width,
                             lk_nn_load_fn load, void *user, bool keep)
{
    lk_nn_model *model;
    LK_TRY(lk_nn_model_declare(&model, graph, height, width, load, user));
    model->keep = keep;
    lk_status status = lk_nn_model_load(model);
    if (status != LK_OK) {
        lk_nn_model_destroy(model);
        return status;
    }
    *out = model;
    return LK_OK;
}

void lk_nn_model_set_kept(lk_nn_model *model, lk_nn_kept *kept)
{
    model->kept = kept;
}

void lk_nn_model_set_narrow(lk_nn_model *model)
{
    model->narrow = true;
}

lk_status lk_nn_model_set_int8(lk_nn_model *model, size_t layer, const float *weight,
                               lk_nn_scale input)
{
    size_t channels = model->graph.layers[layer].channels;
    if (!model->int8)
        LK_TRY(lk_alloc(&model->int8, model->graph.count, sizeof *model->int8));
    lk_nn_int8_layer *to = &model->int8[layer];
    free(to->weight);
    to->weight = NULL;
    LK_TRY(lk_alloc(&to->weight, channels, sizeof *to->weight));
    memcpy(to->weight, weight, channels * sizeof *weight);
    to->input = input;
    return LK_OK;
}

void lk_nn_model_set_watch(lk_nn_model *model, lk_nn_watch watch)
{
    model->watch = watch;
}

void lk_nn_model_unset_int8(lk_nn_model *model)
{
    for (size_t i = 0; model->int8 && i < model->graph.count; i++) {
        lk_nn_pages_give((float *)(void *)model->int8[i].packed);
        lk_nn_pages_give((float *)(void *)model->int8[i].fewer);
        free(model->int8[i].weight);
        free(model->int8[i].scale);
        free(model->int8[i].bias);
    }
    free(model->int8);
    model->int8 = NULL;
}

void lk_nn_model_destroy(lk_nn_model *model)
{
    if (!model)
        return;
    lk_nn_model_unset_int8(model);
    for (size_t i = 0; i < model->parameter_count; i++)
        lk_free_aligned(model->parameters[i].data);
    if (model->packed)
        model->destroy_packed(model->packed);
    lk_nn_kept_close(model->kept);
    free(model->parameters);
    free(model->roles);
    lk_nn_graph_clear(&model->graph);
    pthread_mutex_destroy(&model->lock);
    free(model);
}

const lk_nn_graph *lk_nn_model_graph(const lk_nn_model *model)
{
    return &model->graph;
}

const lk_nn_parameter *lk_nn_model_parameters(const lk_nn_model *model, size_t *count)
{
    *count = model->parameter_count;
    return model->parameters;
}

float *lk_nn_parameter_of(const lk_nn_model *model, size_t layer, lk_nn_role role)
{
    const lk_nn_parameter *parameter = model->roles[layer * LK_NN_ROLES + role];
    return parameter ? parameter->data : NULL;
}

lk_status lk_nn_check_shapes(const lk_nn_model *model, const lk_nn_shape *shapes)
{
    for (size_t i = 0; i < model->graph.count; i++) {
        const lk_nn_layer *layer = &model->graph.layers[i];
        const lk_nn_parameter *weight = model->roles[i * LK_NN_ROLES + LK_NN_WEIGHT];
        size_t channels = shapes[layer->inputs[0]].channels / lk_nn_groups(layer);
        LK_REQUIRE(!weight || layer->op == LK_NN_CONSTANT ||
                       weight->shape[weight->rank > 1] == channels,
                   LK_ERROR_SHAPE, "layer %s: takes %zu channels, this input size gives it %zu",
                   layer->name, weight->shape[weight->rank > 1], channels);
    }
    return LK_OK;
}

void lk_nn_release_plain(lk_nn_model *model, size_t layer)
{
    for (size_t i = 0; !model->keep && i < model->parameter_count; i++) {
        lk_nn_parameter *parameter = &model->parameters[i];
        if (parameter->layer == layer) {
            lk_free_aligned(parameter->data);
            parameter->data = NULL;
        }
    }
}

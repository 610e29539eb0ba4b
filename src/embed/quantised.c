/* What a file of whole numbers says of its network, before anything of it is believed. */
#include "embed/quantised.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/onnx.h"

static const char input_scale[] = ".input_scale";
static const float least_scale = 1e-30f, most_scale = 1e30f;

static const lk_tensor *quantised_find(const lk_tensors *tensors, const char *layer,
                                       const char *ending)
{
    char name[LK_NN_NAME + 20];
    snprintf(name, sizeof name, "%s%s", layer, ending);
    return lk_tensors_find(tensors, name);
}

bool lk_tensors_are_quantised(const lk_tensors *weights)
{
    return weights && lk_embed_is_quantised(weights);
}

const lk_tensor *lk_embed_onnx_of(const lk_tensors *tensors)
{
    const lk_tensor *tensor = lk_tensors_find(tensors, LK_EMBED_ONNX);
    return tensor && tensor->dtype == LK_U8 && tensor->rank == 1 ? tensor : NULL;
}

static bool quantised_graph(const lk_tensor *tensor)
{
    lk_onnx *onnx;
    bool found = false;
    if (lk_onnx_open_bytes(&onnx, tensor->data, tensor->count, LK_EMBED_ONNX) != LK_OK)
        return false; /* whoever runs it says why */
    for (size_t i = 0; i < onnx->node_count && !found; i++)
        found = lk_onnx_text_is(onnx->nodes[i].operation, "QuantizeLinear");
    lk_onnx_close(onnx);
    return found;
}

bool lk_embed_is_quantised(const lk_tensors *tensors)
{
    if (lk_embed_onnx_of(tensors))
        return quantised_graph(lk_embed_onnx_of(tensors));
    for (size_t i = 0; i < lk_tensors_count(tensors); i++) {
        const char *name = lk_tensors_get(tensors, i)->name;
        size_t length = strlen(name), tail = sizeof input_scale - 1;
        if (length > tail && strcmp(name + length - tail, input_scale) == 0)
            return true;
    }
    return false;
}

static lk_status quantised_input(lk_nn_scale *input, const lk_tensors *tensors, const char *layer)
{
    const lk_tensor *scale = quantised_find(tensors, layer, input_scale);
    const lk_tensor *zero = quantised_find(tensors, layer, ".input_zero");
    LK_REQUIRE(scale->dtype == LK_F32 && scale->count == 1, LK_ERROR_FORMAT,
               "%s: \"%s.input_scale\" is no float32 alone", lk_tensors_path(tensors), layer);
    LK_REQUIRE(zero && zero->dtype == LK_U8 && zero->count == 1, LK_ERROR_FORMAT,
               "%s: \"%s.input_zero\" is not there, or no uint8 alone", lk_tensors_path(tensors),
               layer);
    lk_tensor_copy_f32(scale, &input->scale);
    input->zero = *(const uint8_t *)zero->data;
    LK_REQUIRE(input->scale >= least_scale && input->scale <= most_scale, LK_ERROR_NUMBER,
               "%s: \"%s.input_scale\" is %g, expected a number from %g to %g",
               lk_tensors_path(tensors), layer, (double)input->scale, (double)least_scale,
               (double)most_scale);
    return LK_OK;
}

static lk_status quantised_layer(lk_nn_model *model, const lk_tensors *tensors, size_t index)
{
    const lk_nn_layer *layer = &lk_nn_model_graph(model)->layers[index];
    char name[LK_NN_NAME + 20];
    lk_nn_scale input;
    float *weight;
    LK_TRY(quantised_input(&input, tensors, layer->name));
    LK_TRY(lk_alloc(&weight, layer->channels, sizeof *weight));
    snprintf(name, sizeof name, "%s.weight_scale", layer->name);
    lk_status status = lk_tensors_load_f32(tensors, name, (size_t[]){layer->channels}, 1, weight);
    if (status == LK_OK)
        status = lk_nn_model_set_int8(model, index, weight, input);
    free(weight);
    return status;
}

lk_status lk_embed_set_int8(lk_nn_model *model, const lk_tensors *tensors)
{
    const lk_nn_graph *graph = lk_nn_model_graph(model);
    if (lk_embed_onnx_of(tensors))
        return LK_OK; /* it was set as the graph was read */
    for (size_t i = 0; i < graph->count; i++) {
        const char *name = graph->layers[i].name;
        const lk_tensor *weight = quantised_find(tensors, name, ".weight");
        if (graph->layers[i].op == LK_NN_CONV && weight && weight->dtype == LK_I8 &&
            quantised_find(tensors, name, input_scale))
            LK_TRY(quantised_layer(model, tensors, i));
    }
    return LK_OK;
}

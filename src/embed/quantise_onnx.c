/* Rounded weights in the graph of an ONNX file: it is written anew, and stands in the place of
 * tensors by their names, which nodes need not have. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "embed/kind.h"
#include "embed/quantise.h"
#include "onnx/onnx.h"

/* Weights and biases of the layers, as they were. */
typedef struct onnx_rounding {
    const lk_quantiser *q;
    lk_nn_model *plain;
    lk_rounded *rounded; /* [layers] */
    float **biases;      /* [layers] */
    lk_onnx_rounded *list;
    size_t count;
} onnx_rounding;

static const lk_nn_parameter *onnx_parameter(const onnx_rounding *r, size_t layer, size_t index)
{
    size_t count;
    const lk_nn_parameter *all = lk_nn_model_parameters(r->plain, &count);
    for (size_t i = 0; i < count; i++)
        if (all[i].layer == layer && index-- == 0)
            return &all[i];
    return NULL;
}

static lk_status onnx_round_bias(onnx_rounding *r, size_t layer)
{
    const lk_nn_parameter *bias = onnx_parameter(r, layer, 1);
    const lk_rounded *rounded = &r->rounded[layer];
    bool conv = r->q->graph->layers[layer].op == LK_NN_CONV;
    LK_TRY(lk_alloc(&r->biases[layer], rounded->rows, sizeof(float)));
    for (size_t c = 0; c < rounded->rows; c++) {
        double excess = conv ? lk_quantiser_excess(rounded, lk_quantiser_input(r->q, layer), c) : 0;
        r->biases[layer][c] = (float)((bias ? (double)bias->data[c] : 0) - excess);
    }
    return LK_OK;
}

/* The second factor of a product of matrices, [inputs, outputs], as rows of outputs. */
static lk_status onnx_round_factor(onnx_rounding *r, size_t layer)
{
    const lk_nn_parameter *factor = onnx_parameter(r, r->q->graph->layers[layer].inputs[1], 0);
    lk_rounded *rounded = &r->rounded[layer];
    size_t outputs = factor->shape[2];
    LK_TRY(lk_quantiser_begin(rounded, outputs, factor->count));
    for (size_t i = 0; i < factor->count; i++)
        rounded->values[i % outputs * rounded->row + i / outputs] = factor->data[i];
    lk_quantiser_round(rounded);
    return LK_OK;
}

static lk_status onnx_round_weight(onnx_rounding *r, size_t layer)
{
    const lk_nn_parameter *weight = onnx_parameter(r, layer, 0);
    lk_rounded *rounded = &r->rounded[layer];
    LK_TRY(lk_quantiser_begin(rounded, weight->shape[0], weight->count));
    memcpy(rounded->values, weight->data, weight->count * sizeof(float));
    lk_quantiser_round(rounded);
    return onnx_round_bias(r, layer);
}

static lk_status onnx_round_layer(onnx_rounding *r, size_t layer)
{
    lk_rounded *rounded = &r->rounded[layer];
    lk_nn_op op = r->q->graph->layers[layer].op;
    bool factor = op == LK_NN_MATMUL;
    lk_nn_scale input = {0};
    if (op == LK_NN_CONV)
        input = lk_quantiser_input(r->q, layer)->scale;
    LK_TRY((factor ? onnx_round_factor : onnx_round_weight)(r, layer));
    free(rounded->values); /* of large networks much */
    rounded->values = NULL;
    r->list[r->count++] =
        (lk_onnx_rounded){layer, rounded->whole, rounded->scale, r->biases[layer], input};
    return LK_OK;
}

/* One matrix that all channels are multiplied by. */
static bool onnx_is_factor(const lk_nn_graph *graph, const lk_nn_layer *layer)
{
    const lk_nn_layer *second = &graph->layers[layer->inputs[1]];
    return layer->op == LK_NN_MATMUL && second->op == LK_NN_CONSTANT && second->extent[0] == 1;
}

/* Convolutions that read anything but zeros, and matrices, whose input stays as it is. */
static bool onnx_is_rounded(const lk_quantiser *q, size_t layer)
{
    const lk_nn_layer *l = &q->graph->layers[layer];
    bool conv = lk_quantiser_wants(q, l) && lk_quantiser_input(q, layer)->scale.scale > 0;
    return conv || l->op == LK_NN_LINEAR || onnx_is_factor(q->graph, l);
}

static lk_status onnx_round_all(lk_buffer *out, onnx_rounding *r, const lk_onnx *onnx, size_t side)
{
    size_t layers = r->q->graph->count;
    LK_TRY(lk_alloc(&r->rounded, layers, sizeof *r->rounded));
    LK_TRY(lk_alloc(&r->biases, layers, sizeof *r->biases));
    LK_TRY(lk_alloc(&r->list, layers, sizeof *r->list));
    for (size_t i = 0; i < layers; i++)
        if (onnx_is_rounded(r->q, i))
            LK_TRY(onnx_round_layer(r, i));
    return lk_onnx_write_rounded(out, onnx, side, side, r->list, r->count);
}

static void onnx_rounding_clear(onnx_rounding *r)
{
    for (size_t i = 0; i < r->q->graph->count; i++) {
        if (r->rounded)
            lk_quantiser_free(&r->rounded[i]);
        if (r->biases)
            free(r->biases[i]);
    }
    free(r->rounded);
    free(r->biases);
    free(r->list);
}

/* The network that was looked at has let its plain weights go. */
static lk_status onnx_write(lk_quantiser *q, const lk_onnx *onnx, const lk_embedder *plain)
{
    lk_buffer bytes = {0};
    onnx_rounding r = {.q = q, .plain = lk_embedder_model(plain)};
    lk_status status = onnx_round_all(&bytes, &r, onnx, lk_embedder_crop_size(plain));
    if (status == LK_OK)
        status = lk_tensors_add(q->out, LK_EMBED_ONNX, LK_U8, bytes.data, &bytes.count, 1);
    lk_buffer_clear(&bytes);
    onnx_rounding_clear(&r);
    return status;
}

lk_status lk_quantiser_write_onnx(lk_quantiser *q)
{
    const lk_tensor *tensor = lk_embed_onnx_of(q->weights);
    lk_embedder *plain;
    lk_onnx *onnx;
    LK_TRY(lk_embedder_create_from(&plain, q->weights, NULL));
    lk_status status =
        lk_onnx_open_bytes(&onnx, tensor->data, tensor->count, lk_tensors_path(q->weights));
    if (status == LK_OK) {
        status = onnx_write(q, onnx, plain);
        lk_onnx_close(onnx);
    }
    lk_embedder_destroy(plain);
    return status;
}

/* A graph whose weights were rounded, as a file. A layer's node is written with weights that
 * come from DequantizeLinear, and with a bias; all other nodes as they were. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "onnx/build.h"
#include "weights/onnx_write.h"

enum { VERSION = 10 }; /* of ONNX files */

typedef struct rewriter {
    const lk_onnx *onnx;
    lk_onnx_build build;
    const lk_onnx_rounded **rounded; /* [onnx->node_count]; NULL: as it was */
    bool *needed;                    /* [onnx->value_count] */
    lk_buffer graph;
} rewriter;

/* Names of what is new, for a node. */
typedef enum rewrite_part {
    PART_WHOLE,
    PART_SCALE,
    PART_WEIGHT,
    PART_BIAS,
    PART_INPUT_SCALE,
    PART_INPUT_ZERO,
    PART_INPUT_WHOLE,
    PART_INPUT,
    PARTS
} rewrite_part;

typedef struct rewrite_names {
    char bytes[PARTS][40];
    lk_onnx_text text[PARTS];
} rewrite_names;

static void rewrite_name_parts(rewrite_names *names, size_t node)
{
    static const char *const endings[PARTS] = {
        "whole", "scale", "weight", "bias", "input_scale", "input_zero", "input_whole", "input",
    };
    for (size_t p = 0; p < PARTS; p++) {
        int length =
            snprintf(names->bytes[p], sizeof names->bytes[p], "likeness.%zu.%s", node, endings[p]);
        names->text[p] = (lk_onnx_text){names->bytes[p], (size_t)length};
    }
}

static lk_onnx_text rewrite_text_of(const char *text)
{
    return (lk_onnx_text){text, strlen(text)};
}

/* ---- what is needed ---- */

/* Of a node whose weights are new only the first input is. */
static void rewrite_mark_needed(rewriter *w)
{
    const lk_onnx *onnx = w->onnx;
    for (size_t i = 0; i < onnx->output_count; i++)
        w->needed[onnx->outputs[i].value] = true;
    for (size_t i = onnx->node_count; i-- > 0;) {
        const lk_onnx_node *node = &onnx->nodes[i];
        bool needed = false;
        for (size_t k = 0; k < node->output_count; k++)
            needed |= node->outputs[k] && w->needed[node->outputs[k]];
        for (size_t k = 0; needed && k < (w->rounded[i] ? 1 : node->input_count); k++)
            w->needed[node->inputs[k]] = true;
    }
}

static bool rewrite_is_needed(const rewriter *w, const lk_onnx_node *node)
{
    for (size_t k = 0; k < node->output_count; k++)
        if (node->outputs[k] && w->needed[node->outputs[k]])
            return true;
    return false;
}

/* ---- new weights ---- */

static void rewrite_initializer(rewriter *w, lk_onnx_text name, lk_onnx_type type, const void *data,
                                const size_t *shape, size_t rank)
{
    lk_onnx_tensor tensor = {.name = name, .type = type, .rank = rank, .count = 1, .data = data};
    for (size_t i = 0; i < rank; i++) {
        tensor.shape[i] = shape[i];
        tensor.count *= shape[i];
    }
    lk_onnx_put_tensor(&w->graph, LK_ONNX_GRAPH_INITIALIZER, &tensor);
}

/* The weights of a window with gaps without the zeros in them. */
static lk_status rewrite_gather(int8_t **out, const int8_t *whole, const size_t shape[4],
                                const size_t large[2])
{
    size_t windows = shape[0] * shape[1], gap[2];
    LK_TRY(lk_alloc(out, windows * shape[2], shape[3]));
    for (int i = 0; i < 2; i++)
        gap[i] = shape[2 + i] > 1 ? (large[i] - 1) / (shape[2 + i] - 1) : 1;
    int8_t *to = *out;
    for (size_t n = 0; n < windows; n++)
        for (size_t y = 0; y < shape[2]; y++)
            for (size_t x = 0; x < shape[3]; x++)
                *to++ = whole[(n * large[0] + y * gap[0]) * large[1] + x * gap[1]];
    return LK_OK;
}

/* A matrix of so many columns, of its rows. */
static lk_status rewrite_turn(int8_t **out, const int8_t *whole, size_t count, size_t columns)
{
    LK_TRY(lk_alloc(out, count, 1));
    for (size_t i = 0; i < count; i++)
        (*out)[i] = whole[i % columns * (count / columns) + i / columns];
    return LK_OK;
}

/* In the shape that they had in the file, but for linear layers': [outputs, inputs]. */
static lk_status rewrite_weights(rewriter *w, const lk_onnx_array *was,
                                 const lk_onnx_rounded *rounded, const rewrite_names *names)
{
    const lk_nn_layer *layer = &w->build.graph.layers[rounded->layer];
    size_t shape[LK_MAX_RANK], rows = layer->channels;
    bool product = layer->op == LK_NN_MATMUL;
    int8_t *owned = NULL;
    memcpy(shape, was->shape, sizeof shape);
    if (product) {
        rows = shape[was->rank - 1];
        LK_TRY(rewrite_turn(&owned, rounded->whole, was->count, rows));
    } else if (layer->op == LK_NN_CONV)
        LK_TRY(rewrite_gather(&owned, rounded->whole, shape, layer->kernel));
    else
        memcpy(shape, (size_t[]){rows, was->count / rows}, 2 * sizeof *shape);
    rewrite_initializer(w, names->text[PART_WHOLE], LK_ONNX_INT8, owned ? owned : rounded->whole,
                        shape, was->rank);
    rewrite_initializer(w, names->text[PART_SCALE], LK_ONNX_FLOAT, rounded->scale, &rows, 1);
    free(owned);
    lk_onnx_put_node(&w->graph,
                     &(lk_onnx_new_node){.operation = rewrite_text_of("DequantizeLinear"),
                                         .inputs = &names->text[PART_WHOLE],
                                         .input_count = 2,
                                         .outputs = &names->text[PART_WEIGHT],
                                         .output_count = 1,
                                         .integer_name = "axis",
                                         .integer = product ? (int64_t)was->rank - 1 : 0});
    return LK_OK;
}

/* To whole numbers and back. */
static void rewrite_input(rewriter *w, lk_onnx_text from, lk_nn_scale input,
                          const rewrite_names *names)
{
    uint8_t zero = (uint8_t)input.zero;
    const lk_onnx_text *text = names->text;
    rewrite_initializer(w, text[PART_INPUT_SCALE], LK_ONNX_FLOAT, &input.scale, NULL, 0);
    rewrite_initializer(w, text[PART_INPUT_ZERO], LK_ONNX_UINT8, &zero, NULL, 0);
    lk_onnx_put_node(&w->graph,
                     &(lk_onnx_new_node){.operation = rewrite_text_of("QuantizeLinear"),
                                         .inputs = (lk_onnx_text[]){from, text[PART_INPUT_SCALE],
                                                                    text[PART_INPUT_ZERO]},
                                         .input_count = 3,
                                         .outputs = &text[PART_INPUT_WHOLE],
                                         .output_count = 1});
    lk_onnx_put_node(&w->graph,
                     &(lk_onnx_new_node){.operation = rewrite_text_of("DequantizeLinear"),
                                         .inputs = (lk_onnx_text[]){text[PART_INPUT_WHOLE],
                                                                    text[PART_INPUT_SCALE],
                                                                    text[PART_INPUT_ZERO]},
                                         .input_count = 3,
                                         .outputs = &text[PART_INPUT],
                                         .output_count = 1});
}

/* Linear layers become Gemm with its second input turned. */
static lk_status rewrite_rounded_node(rewriter *w, const lk_onnx_node *node, size_t index)
{
    const lk_onnx_rounded *rounded = w->rounded[index];
    const lk_nn_layer *layer = &w->build.graph.layers[rounded->layer];
    bool linear = layer->op == LK_NN_LINEAR, scaled = rounded->input.scale > 0;
    lk_onnx_text from = w->onnx->values[node->inputs[0]];
    rewrite_names names;
    rewrite_name_parts(&names, index);
    LK_TRY(rewrite_weights(w, w->build.items[node->inputs[1]].array, rounded, &names));
    if (rounded->bias)
        rewrite_initializer(w, names.text[PART_BIAS], LK_ONNX_FLOAT, rounded->bias,
                            &layer->channels, 1);
    if (scaled)
        rewrite_input(w, from, rounded->input, &names);
    lk_onnx_text inputs[] = {scaled ? names.text[PART_INPUT] : from, names.text[PART_WEIGHT],
                             names.text[PART_BIAS]};
    lk_onnx_put_node(&w->graph, &(lk_onnx_new_node){
                                    .name = node->name,
                                    .operation = linear ? rewrite_text_of("Gemm") : node->operation,
                                    .inputs = inputs,
                                    .input_count = rounded->bias ? 3 : 2,
                                    .outputs = &w->onnx->values[node->outputs[0]],
                                    .output_count = 1,
                                    .attributes = node->attributes,
                                    .attribute_count = linear ? 0 : node->attribute_count,
                                    .integer_name = linear ? "transB" : NULL,
                                    .integer = 1});
    return LK_OK;
}

/* ---- the rest ---- */

static lk_status rewrite_plain_node(rewriter *w, const lk_onnx_node *node)
{
    size_t count = node->input_count + node->output_count;
    lk_onnx_text *names;
    LK_TRY(lk_alloc(&names, count, sizeof *names));
    for (size_t i = 0; i < count; i++)
        names[i] = w->onnx->values[i < node->input_count ? node->inputs[i]
                                                         : node->outputs[i - node->input_count]];
    lk_onnx_put_node(&w->graph, &(lk_onnx_new_node){.name = node->name,
                                                    .operation = node->operation,
                                                    .inputs = names,
                                                    .input_count = node->input_count,
                                                    .outputs = names + node->input_count,
                                                    .output_count = node->output_count,
                                                    .attributes = node->attributes,
                                                    .attribute_count = node->attribute_count});
    free(names);
    return LK_OK;
}

static lk_status rewrite_nodes(rewriter *w)
{
    for (size_t i = 0; i < w->onnx->node_count; i++) {
        const lk_onnx_node *node = &w->onnx->nodes[i];
        if (rewrite_is_needed(w, node))
            LK_TRY(w->rounded[i] ? rewrite_rounded_node(w, node, i) : rewrite_plain_node(w, node));
    }
    return LK_OK;
}

/* Inputs that stand for tensors of the file are none. */
static void rewrite_ends(rewriter *w)
{
    const lk_onnx *onnx = w->onnx;
    for (size_t i = 0; i < onnx->initializer_count; i++)
        if (w->needed[onnx->initializers[i].value])
            lk_onnx_put_tensor(&w->graph, LK_ONNX_GRAPH_INITIALIZER, &onnx->initializers[i].tensor);
    for (size_t i = 0; i < onnx->input_count; i++) {
        size_t value = onnx->inputs[i].value;
        if (w->needed[value] && w->build.items[value].kind == LK_ONNX_LAYER)
            lk_onnx_put_end(&w->graph, LK_ONNX_GRAPH_INPUT, onnx->values[value], &onnx->inputs[i]);
    }
    for (size_t i = 0; i < onnx->output_count; i++)
        lk_onnx_put_end(&w->graph, LK_ONNX_GRAPH_OUTPUT, onnx->values[onnx->outputs[i].value],
                        &onnx->outputs[i]);
}

static void rewrite_model(lk_buffer *out, rewriter *w)
{
    static const char producer[] = "likeness";
    enum { OPSET_VERSION = 2 };
    lk_buffer opset = {0};
    lk_onnx_put_number(&opset, OPSET_VERSION, (uint64_t)w->onnx->opset);
    lk_onnx_put_number(out, LK_ONNX_MODEL_VERSION, VERSION);
    lk_onnx_put_bytes(out, LK_ONNX_MODEL_PRODUCER, producer, sizeof producer - 1);
    lk_onnx_put_message(out, LK_ONNX_MODEL_GRAPH, &w->graph);
    lk_onnx_put_message(out, LK_ONNX_MODEL_OPSET, &opset);
}

static lk_status rewrite_all(lk_buffer *out, rewriter *w, size_t height, size_t width,
                             const lk_onnx_rounded *layers, size_t count)
{
    static const char name[] = "network";
    lk_onnx_network network = {0};
    LK_TRY(lk_alloc(&w->rounded, w->onnx->node_count, sizeof(lk_onnx_rounded *)));
    LK_TRY(lk_alloc(&w->needed, w->onnx->value_count, sizeof *w->needed));
    LK_TRY(lk_onnx_build_graph(&w->build, &network, height, width));
    for (size_t i = 0; i < count; i++)
        w->rounded[w->build.nodes[layers[i].layer]] = &layers[i];
    rewrite_mark_needed(w);
    lk_onnx_put_bytes(&w->graph, LK_ONNX_GRAPH_NAME, name, sizeof name - 1);
    LK_TRY(rewrite_nodes(w));
    rewrite_ends(w);
    rewrite_model(out, w);
    return out->status;
}

lk_status lk_onnx_write_rounded(lk_buffer *out, const lk_onnx *onnx, size_t height, size_t width,
                                const lk_onnx_rounded *layers, size_t count)
{
    rewriter w = {.onnx = onnx, .build = {.onnx = onnx}};
    lk_status status = rewrite_all(out, &w, height, width, layers, count);
    lk_onnx_build_clear(&w.build);
    lk_buffer_clear(&w.graph);
    free(w.rounded);
    free(w.needed);
    return status == LK_OK ? LK_OK : lk_fail_prefix(status, onnx->path);
}

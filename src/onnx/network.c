/* The graph, node by node. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "onnx/build.h"

static lk_onnx_operator_fn network_operator(lk_onnx_text name)
{
    lk_onnx_operator_fn (*const tables[])(lk_onnx_text) = {
        lk_onnx_window_operator, lk_onnx_number_operator, lk_onnx_tensor_operator,
        lk_onnx_reshaping_operator};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        lk_onnx_operator_fn found = tables[i](name);
        if (found)
            return found;
    }
    return NULL;
}

/* Of arrays alone. */
static lk_onnx_operator_fn network_folding_operator(lk_onnx_text name)
{
    lk_onnx_operator_fn found = lk_onnx_folding_operator(name);
    return found ? found : lk_onnx_moving_operator(name);
}

/* ---- before the nodes ---- */

/* What no output depends on is not looked at. */
static void network_mark_needed(lk_onnx_build *build)
{
    const lk_onnx *onnx = build->onnx;
    for (size_t i = 0; i < onnx->output_count; i++) {
        build->needed[onnx->outputs[i].value] = true;
        build->items[onnx->outputs[i].value].readers++;
    }
    for (size_t i = onnx->node_count; i-- > 0;) {
        const lk_onnx_node *node = &onnx->nodes[i];
        bool needed = false;
        for (size_t k = 0; k < node->output_count; k++)
            needed |= node->outputs[k] && build->needed[node->outputs[k]];
        for (size_t k = 0; needed && k < node->input_count; k++) {
            build->needed[node->inputs[k]] = true;
            build->items[node->inputs[k]].readers++;
        }
    }
}

/* Their tensors; numbers are converted when a node that is needed reads them. */
static lk_status network_take_initializers(lk_onnx_build *build)
{
    const lk_onnx *onnx = build->onnx;
    for (size_t i = 0; i < onnx->initializer_count; i++) {
        size_t value = onnx->initializers[i].value;
        lk_onnx_item *item = &build->items[value];
        if (!build->needed[value] || value == 0)
            continue;
        LK_REQUIRE(item->kind == LK_ONNX_NOTHING, LK_ERROR_FORMAT, "two tensors are called \"%s\"",
                   LK_SHORT_OF(onnx->values[value].bytes, onnx->values[value].length, 80));
        item->tensor = &onnx->initializers[i].tensor;
        item->kind = LK_ONNX_ARRAY;
    }
    return LK_OK;
}

/* The input that images come in by: of those that are needed, the one without numbers. */
static lk_status network_find_input(lk_onnx_build *build, const lk_onnx_end **out)
{
    const lk_onnx *onnx = build->onnx;
    *out = NULL;
    for (size_t i = 0; i < onnx->input_count; i++) {
        const lk_onnx_end *end = &onnx->inputs[i];
        if (!build->needed[end->value] || build->items[end->value].kind != LK_ONNX_NOTHING)
            continue;
        LK_REQUIRE(
            !*out, LK_ERROR_UNSUPPORTED, "takes two inputs, \"%s\" and \"%s\", expected one image",
            LK_SHORT_OF(onnx->values[(*out)->value].bytes, onnx->values[(*out)->value].length, 60),
            LK_SHORT_OF(onnx->values[end->value].bytes, onnx->values[end->value].length, 60));
        *out = end;
    }
    LK_REQUIRE(*out, LK_ERROR_UNSUPPORTED, "takes no input, expected an image");
    LK_REQUIRE(!(*out)->shaped || (*out)->rank == 4, LK_ERROR_UNSUPPORTED,
               "its input has %zu directions, expected 4: images, channels, rows, columns",
               (*out)->rank);
    return LK_OK;
}

static lk_status network_extent(size_t *out, int64_t said, size_t asked, const char *what)
{
    enum { MOST = 4096 };
    LK_REQUIRE(said >= 0 && said <= MOST, LK_ERROR_SHAPE, "its input has %lld %s", (long long)said,
               what);
    LK_REQUIRE(asked || said, LK_ERROR_SHAPE, "does not say how many %s its input has", what);
    LK_REQUIRE(asked <= MOST, LK_ERROR_SHAPE, "%zu %s are asked for, at most %d are taken", asked,
               what, MOST);
    *out = asked ? asked : (size_t)said;
    return LK_OK;
}

/* As TensorFlow has images; which an image of so few columns and so many channels is. */
static bool network_has_channels_last(const lk_onnx_end *end)
{
    return end->shaped && end->shape[3] >= 1 && end->shape[3] <= 4 &&
           (end->shape[1] == 0 || end->shape[1] > 4);
}

/* Layer 0. */
static lk_status network_add_input(lk_onnx_build *build, const lk_onnx_end *end, size_t height,
                                   size_t width)
{
    lk_onnx_item *item = &build->items[end->value];
    size_t readers = item->readers;
    bool last = network_has_channels_last(end);
    size_t at = last ? 3 : 1, rows = last ? 1 : 2;
    int64_t channels = end->shaped && end->shape[at] ? end->shape[at] : 3;
    LK_REQUIRE(channels >= 1 && channels <= 4, LK_ERROR_UNSUPPORTED,
               "its input has %lld channels, expected 1 to 4", (long long)channels);
    *item = (lk_onnx_item){.kind = LK_ONNX_LAYER,
                           .rank = 4,
                           .shape = {1, (size_t)channels},
                           .lie = LK_ONNX_BLOCKS,
                           .readers = readers};
    LK_TRY(network_extent(&item->shape[2], end->shaped ? end->shape[rows] : 0, height, "rows"));
    LK_TRY(
        network_extent(&item->shape[3], end->shaped ? end->shape[rows + 1] : 0, width, "columns"));
    build->channels = (size_t)channels;
    for (size_t c = 0; c < build->channels; c++)
        build->scale[c] = 1;
    item->layer = lk_nn_add_input(&build->graph, build->channels);
    build->first = *item;
    if (last) {
        item->channels_last = true;
        memcpy(item->shape, (size_t[]){1, item->shape[2], item->shape[3], item->shape[1]},
               LK_ONNX_RANK * sizeof *item->shape);
    }
    return build->graph.status;
}

/* ---- the nodes ---- */

/* Everything that it reads is there; *constant: all of it constant. */
static lk_status network_look_at_inputs(lk_onnx_build *build, bool *constant)
{
    const lk_onnx_node *node = build->node;
    bool dequantises = lk_onnx_text_is(node->operation, "DequantizeLinear");
    *constant = true;
    for (size_t i = 0; i < node->input_count; i++) {
        lk_onnx_item *item = &build->items[node->inputs[i]];
        const lk_onnx_text name = build->onnx->values[node->inputs[i]];
        LK_ONNX_REQUIRE(node->inputs[i] == 0 || item->kind != LK_ONNX_NOTHING, build,
                        LK_ERROR_FORMAT,
                        "reads \"%s\", which no node before it makes: a circle, or out of order",
                        LK_SHORT_OF(name.bytes, name.length, 60));
        LK_ONNX_REQUIRE(!item->quantised || dequantises, build, LK_ERROR_UNSUPPORTED,
                        "reads quantised numbers of the image, which are taken only where "
                        "DequantizeLinear follows at once");
        if (item->tensor && !item->array)
            LK_TRY(lk_onnx_array_of(build, &item->array, item->tensor));
        *constant &= item->kind != LK_ONNX_LAYER;
    }
    return LK_OK;
}

static lk_status network_run_node(lk_onnx_build *build)
{
    const lk_onnx_node *node = build->node;
    bool constant;
    LK_ONNX_REQUIRE(node->domain.length == 0 || lk_onnx_text_is(node->domain, "ai.onnx"), build,
                    LK_ERROR_UNSUPPORTED, "is none of ONNX's own operators");
    for (size_t i = 0; i < node->attribute_count; i++)
        LK_ONNX_REQUIRE(!node->attributes[i].graph, build, LK_ERROR_UNSUPPORTED,
                        "holds a graph of its own");
    LK_TRY(network_look_at_inputs(build, &constant));
    lk_onnx_operator_fn run =
        constant ? network_folding_operator(node->operation) : network_operator(node->operation);
    LK_ONNX_REQUIRE(run, build, LK_ERROR_UNSUPPORTED, "this operator is not taken%s",
                    constant && network_operator(node->operation) ? " of constants alone" : "");
    lk_status status = run(build);
    /* What says no node yet: memory, limits. */
    if (status != LK_OK && strncmp(lk_error_text(), "node ", 5) != 0)
        return lk_onnx_fail(build, status, "%s", lk_error_text());
    return status;
}

static lk_status network_run_nodes(lk_onnx_build *build)
{
    for (size_t i = 0; i < build->onnx->node_count; i++) {
        build->node = &build->onnx->nodes[i];
        bool needed = false;
        for (size_t k = 0; k < build->node->output_count; k++)
            needed |= build->node->outputs[k] && build->needed[build->node->outputs[k]];
        if (needed)
            LK_TRY(network_run_node(build));
    }
    return LK_OK;
}

/* ---- behind the nodes ---- */

static lk_status network_add_outputs(lk_onnx_build *build, lk_onnx_network *out)
{
    const lk_onnx *onnx = build->onnx;
    LK_REQUIRE(onnx->output_count && onnx->output_count <= LK_NN_MAX_OUTPUTS, LK_ERROR_UNSUPPORTED,
               "has %zu outputs, 1 to %d are taken", onnx->output_count, LK_NN_MAX_OUTPUTS);
    for (size_t i = 0; i < onnx->output_count; i++) {
        const lk_onnx_item *item = &build->items[onnx->outputs[i].value];
        lk_onnx_result *result = &out->results[i];
        result->name = onnx->values[onnx->outputs[i].value];
        LK_REQUIRE(item->kind == LK_ONNX_LAYER && !item->quantised, LK_ERROR_UNSUPPORTED,
                   "its output \"%s\" %s", LK_SHORT_OF(result->name.bytes, result->name.length, 80),
                   item->kind == LK_ONNX_NOTHING ? "is made by no node"
                   : item->quantised             ? "is quantised"
                                                 : "does not depend on the image");
        LK_REQUIRE(item->rank <= LK_ONNX_RANK, LK_ERROR_UNSUPPORTED,
                   "its output \"%s\" has %zu directions, at most %d are taken",
                   LK_SHORT_OF(result->name.bytes, result->name.length, 80), item->rank,
                   LK_ONNX_RANK);
        result->rank = item->rank;
        memcpy(result->shape, item->shape, sizeof result->shape);
        lk_nn_add_output(&build->graph, item->layer);
    }
    out->result_count = onnx->output_count;
    return LK_OK;
}

/* nn asks for the numbers in the order in which the layers were given them. */
static lk_status network_load(void *user, const char *name, const size_t *shape, size_t rank,
                              float *out)
{
    lk_onnx_build *build = user;
    size_t count;
    LK_REQUIRE(build->parameter_next < build->parameter_count && lk_mul_all(shape, rank, &count) &&
                   count == build->parameters[build->parameter_next].count,
               LK_ERROR_INTERNAL, "%s: other numbers than it was given", name);
    const float *numbers = build->parameters[build->parameter_next++].numbers;
    for (size_t i = 0; i < count; i++)
        LK_REQUIRE(isfinite(numbers[i]), LK_ERROR_NUMBER,
                   "%s has %g at element %zu, expected finite numbers", name, (double)numbers[i],
                   i);
    memcpy(out, numbers, count * sizeof *out);
    return LK_OK;
}

lk_status lk_onnx_build_graph(lk_onnx_build *build, lk_onnx_network *out, size_t height,
                              size_t width)
{
    /* A number of 4 bits becomes one of 32, in an array and again in a layer. */
    enum { SLACK = 1 << 22, EXPANSION = 4 };
    const lk_onnx_end *input;
    size_t values = build->onnx->value_count;
    build->numbers_left = build->onnx->mapping.size * EXPANSION + SLACK;
    LK_TRY(lk_alloc(&build->items, values, sizeof *build->items));
    LK_TRY(lk_alloc(&build->needed, values, sizeof *build->needed));
    network_mark_needed(build);
    LK_TRY(network_take_initializers(build));
    LK_TRY(network_find_input(build, &input));
    LK_TRY(network_add_input(build, input, height, width));
    LK_TRY(network_run_nodes(build));
    LK_TRY(network_add_outputs(build, out));
    out->channels = build->channels;
    out->height = build->first.shape[2];
    out->width = build->first.shape[3];
    for (size_t c = 0; c < build->channels; c++) {
        out->scale[c] = (float)build->scale[c];
        out->shift[c] = (float)build->shift[c];
    }
    return LK_OK;
}

static lk_status network_make(lk_onnx_build *build, lk_onnx_network *out, size_t height,
                              size_t width)
{
    LK_TRY(lk_onnx_build_graph(build, out, height, width));
    LK_TRY(lk_nn_model_create(&out->model, &build->graph, out->height, out->width, network_load,
                              build, false));
    lk_status status = lk_onnx_set_wholes(build, out->model);
    if (status != LK_OK)
        lk_nn_model_destroy(out->model);
    return status;
}

void lk_onnx_build_clear(lk_onnx_build *build)
{
    lk_nn_graph_clear(&build->graph);
    for (size_t i = 0; i < build->array_count; i++) {
        free(build->arrays[i]->real);
        free(build->arrays[i]->whole);
        free(build->arrays[i]);
    }
    for (size_t i = 0; i < build->parameter_count; i++)
        free(build->parameters[i].owned);
    free(build->arrays);
    free(build->parameters);
    free(build->wholes);
    free(build->nodes);
    free(build->items);
    free(build->needed);
}

lk_status lk_onnx_network_create(lk_onnx_network *out, const lk_onnx *onnx, size_t height,
                                 size_t width)
{
    lk_onnx_build build = {.onnx = onnx};
    lk_onnx_network made = {0};
    lk_status status = network_make(&build, &made, height, width);
    lk_onnx_build_clear(&build);
    if (status != LK_OK)
        return lk_fail_prefix(status, onnx->path);
    *out = made;
    return LK_OK;
}

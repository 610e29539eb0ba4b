/* Adding layers, with their numbers, in the shape that nn wants. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "onnx/build.h"

enum { MOST_NUMBERS = 1 << 24 }; /* of one image's activation: 64 MB */

lk_nn_layer lk_onnx_new_layer(const lk_onnx_build *build, lk_nn_op op, const lk_onnx_item *from)
{
    lk_nn_layer layer = {.op = op};
    const lk_onnx_node *node = build->node;
    lk_onnx_text name = node->name;
    if (name.length == 0 && node->output_count)
        name = build->onnx->values[node->outputs[0]];
    for (size_t i = 0; i < name.length && i < LK_NN_NAME - 1; i++)
        layer.name[i] = name.bytes[i] > ' ' && name.bytes[i] < 0x7f ? name.bytes[i] : '?';
    if (from) {
        layer.inputs[0] = from->layer;
        layer.input_count = 1;
    }
    return layer;
}

lk_status lk_onnx_add_layer(lk_onnx_build *build, const lk_nn_layer *layer, lk_onnx_item *item)
{
    size_t numbers;
    LK_ONNX_REQUIRE(item->rank >= 2 && item->rank <= LK_ONNX_RANK && item->shape[0] == 1, build,
                    LK_ERROR_UNSUPPORTED, "its result has %zu directions", item->rank);
    LK_ONNX_REQUIRE(
        lk_mul_all(item->shape, item->rank, &numbers) && numbers && numbers <= MOST_NUMBERS, build,
        LK_ERROR_LIMIT, "its result would have more than %d numbers an image", MOST_NUMBERS);
    LK_ONNX_REQUIRE(build->graph.count < LK_ONNX_LAYERS, build, LK_ERROR_LIMIT,
                    "the network would have more than %d layers", LK_ONNX_LAYERS);
    LK_TRY(lk_grow(&build->nodes, &build->node_capacity, build->graph.count + 1,
                   sizeof *build->nodes));
    build->nodes[build->graph.count] = (size_t)(build->node - build->onnx->nodes);
    item->layer = lk_nn_add(&build->graph, layer);
    item->kind = LK_ONNX_LAYER;
    item->quantised = item->scaled = false;
    return build->graph.status;
}

static lk_status layer_give(lk_onnx_build *build, lk_onnx_parameter parameter)
{
    LK_ONNX_REQUIRE(parameter.count <= build->numbers_left, build, LK_ERROR_LIMIT,
                    "its weights come to far more numbers than the file has");
    build->numbers_left -= parameter.count;
    LK_TRY(lk_grow(&build->parameters, &build->parameter_capacity, build->parameter_count + 1,
                   sizeof *build->parameters));
    build->parameters[build->parameter_count++] = parameter;
    return LK_OK;
}

lk_status lk_onnx_give(lk_onnx_build *build, const float *numbers, size_t count)
{
    return layer_give(build, (lk_onnx_parameter){.numbers = numbers, .count = count});
}

lk_status lk_onnx_take(lk_onnx_build *build, float *numbers, size_t count)
{
    lk_onnx_parameter parameter = {.numbers = numbers, .owned = numbers, .count = count};
    lk_status status = layer_give(build, parameter);
    if (status != LK_OK)
        free(numbers);
    return status;
}

/* A batch of two directions is planes of one channel: it is matrices that are multiplied. */
lk_nn_shape lk_onnx_shape(const lk_onnx_item *item)
{
    const size_t *s = item->shape;
    switch (item->rank) {
    case 2: return (lk_nn_shape){s[1], 1, 1};
    case 3: return (lk_nn_shape){1, s[1], s[2]};
    default: return (lk_nn_shape){s[1], s[2], s[3]};
    }
}

size_t lk_onnx_direction(const lk_onnx_item *item, size_t axis)
{
    return item->rank == 3 ? axis : axis - 1;
}

lk_onnx_lie lk_onnx_lie_plainly(const lk_onnx_item *item)
{
    lk_nn_shape shape = lk_onnx_shape(item);
    return shape.height * shape.width == 1 ? LK_ONNX_VECTOR : LK_ONNX_PLAINLY;
}

lk_status lk_onnx_add_plain(lk_onnx_build *build, const lk_nn_layer *layer, lk_onnx_item *item)
{
    item->lie = lk_onnx_lie_plainly(item);
    return lk_onnx_add_layer(build, layer, item);
}

lk_status lk_onnx_to_blocks(lk_onnx_build *build, lk_onnx_item *item)
{
    LK_ONNX_REQUIRE(item->rank == 4, build, LK_ERROR_SHAPE,
                    "works on planes, its input has %zu directions", item->rank);
    if (item->lie == LK_ONNX_BLOCKS)
        return LK_OK;
    lk_nn_layer pack = lk_onnx_new_layer(build, LK_NN_PACK, item);
    item->lie = LK_ONNX_BLOCKS;
    return lk_onnx_add_layer(build, &pack, item);
}

lk_status lk_onnx_pad(lk_onnx_build *build, lk_onnx_item *item, const size_t before[LK_ONNX_RANK],
                      const size_t behind[LK_ONNX_RANK], double value)
{
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_PAD, item);
    bool changes = false;
    LK_ONNX_REQUIRE(!before[0] && !behind[0], build, LK_ERROR_UNSUPPORTED,
                    "pads the images of a batch");
    for (size_t i = 1; i < item->rank; i++) {
        size_t direction = lk_onnx_direction(item, i);
        layer.axes[direction] = before[i];
        layer.extent[direction] = behind[i];
        item->shape[i] += before[i] + behind[i];
        changes |= before[i] || behind[i];
    }
    layer.alpha = value;
    return changes ? lk_onnx_add_plain(build, &layer, item) : LK_OK;
}

lk_status lk_onnx_add_constant(lk_onnx_build *build, const lk_onnx_array *array, size_t rank,
                               lk_onnx_item *item)
{
    LK_ONNX_REQUIRE(array->real && array->rank <= rank, build, LK_ERROR_UNSUPPORTED,
                    "a constant of %zu directions beside %zu", array->rank, rank);
    *item = (lk_onnx_item){.rank = rank};
    for (size_t i = 0; i < rank; i++)
        item->shape[i] = i + array->rank < rank ? 1 : array->shape[i + array->rank - rank];
    LK_ONNX_REQUIRE(item->shape[0] == 1, build, LK_ERROR_UNSUPPORTED,
                    "a constant of %zu images, expected one for all", item->shape[0]);
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_CONSTANT, NULL);
    lk_nn_shape shape = lk_onnx_shape(item);
    memcpy(layer.extent, (size_t[]){shape.channels, shape.height, shape.width},
           sizeof layer.extent);
    LK_TRY(lk_onnx_add_plain(build, &layer, item));
    return lk_onnx_give(build, array->real, array->count);
}

lk_status lk_onnx_activate(lk_onnx_build *build, lk_onnx_item *item, lk_nn_function function,
                           double alpha, double beta)
{
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_ACTIVATE, item);
    layer.function = function;
    layer.alpha = alpha;
    layer.beta = beta;
    return lk_onnx_add_layer(build, &layer, item);
}

/* Whether all names of the image stand in one line: nobody else reads it under any. */
static bool layer_only_reads_input(const lk_onnx_build *build)
{
    size_t names = 0, readers = 0;
    for (size_t i = 0; i < build->onnx->value_count; i++)
        if (build->items[i].kind == LK_ONNX_LAYER && build->items[i].layer == 0) {
            names++;
            readers += build->items[i].readers;
        }
    return readers == names;
}

/* What is done to the image itself first is done when it is filled in: the first
 * convolution then reads it as it comes. */
static bool layer_affine_of_input(lk_onnx_build *build, const lk_onnx_item *item,
                                  const double *factors, const double *sums)
{
    if (item->layer != 0 || !layer_only_reads_input(build))
        return false;
    for (size_t c = 0; c < build->channels; c++) {
        build->scale[c] *= factors[c];
        build->shift[c] = build->shift[c] * factors[c] + sums[c];
    }
    return true;
}

static lk_status layer_give_doubles(lk_onnx_build *build, const double *from, double otherwise,
                                    size_t count)
{
    float *numbers;
    LK_TRY(lk_alloc(&numbers, count, sizeof *numbers));
    for (size_t i = 0; i < count; i++)
        numbers[i] = (float)(from ? from[i] : otherwise);
    return lk_onnx_take(build, numbers, count);
}

/* A batch norm of mean 0 and variance 1. */
lk_status lk_onnx_affine(lk_onnx_build *build, lk_onnx_item *item, const double *factors,
                         const double *sums)
{
    size_t channels = lk_onnx_shape(item).channels;
    if (layer_affine_of_input(build, item, factors, sums))
        return LK_OK;
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_NORM, item);
    LK_TRY(lk_onnx_add_layer(build, &layer, item));
    LK_TRY(layer_give_doubles(build, factors, 1, channels));
    LK_TRY(layer_give_doubles(build, sums, 0, channels));
    LK_TRY(layer_give_doubles(build, NULL, 0, channels));
    return layer_give_doubles(build, NULL, 1, channels);
}

static lk_status layer_stretched(lk_onnx_build *build, lk_onnx_item *out, const lk_onnx_item *a,
                                 const lk_onnx_item *b)
{
    LK_ONNX_REQUIRE(a->rank == b->rank, build, LK_ERROR_UNSUPPORTED, "joins %zu directions and %zu",
                    a->rank, b->rank);
    *out = *a;
    for (size_t i = 0; i < a->rank; i++) {
        LK_ONNX_REQUIRE(a->shape[i] == b->shape[i] || a->shape[i] == 1 || b->shape[i] == 1, build,
                        LK_ERROR_SHAPE, "joins %zu and %zu numbers in direction %zu", a->shape[i],
                        b->shape[i], i);
        out->shape[i] = a->shape[i] == 1 ? b->shape[i] : a->shape[i];
    }
    return LK_OK;
}

static bool layer_same_shape(const lk_onnx_item *a, const lk_onnx_item *b)
{
    return memcmp(a->shape, b->shape, a->rank * sizeof *a->shape) == 0;
}

/* Sums of what lies alike are residuals, which convolutions take in. */
static lk_status layer_residual(lk_onnx_build *build, lk_onnx_item *out, const lk_onnx_item *a,
                                const lk_onnx_item *b, double scale)
{
    lk_nn_op op = build->graph.layers[a->layer].op;
    bool swap = scale == 1 && op != LK_NN_CONV && op != LK_NN_NORM;
    const lk_onnx_item *branch = swap ? b : a, *trunk = swap ? a : b;
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_RESIDUAL, branch);
    layer.inputs[layer.input_count++] = trunk->layer;
    layer.scale = scale;
    return lk_onnx_add_layer(build, &layer, out);
}

lk_status lk_onnx_binary(lk_onnx_build *build, lk_onnx_item *out, const lk_onnx_item *a,
                         const lk_onnx_item *b, lk_nn_arithmetic arithmetic)
{
    lk_onnx_item made = {0};
    LK_TRY(layer_stretched(build, &made, a, b));
    bool constant = build->graph.layers[a->layer].op == LK_NN_CONSTANT ||
                    build->graph.layers[b->layer].op == LK_NN_CONSTANT;
    bool alike =
        a->lie == b->lie && a->lie != LK_ONNX_PLAINLY && layer_same_shape(a, b) && !constant;
    if (alike && arithmetic == LK_NN_PLUS)
        LK_TRY(layer_residual(build, &made, a, b, 1));
    else if (alike && arithmetic == LK_NN_MINUS)
        LK_TRY(layer_residual(build, &made, b, a, -1));
    else {
        bool factor = b->rank == 4 && b->shape[1] == a->shape[1] && b->shape[2] * b->shape[3] == 1;
        bool blocks = a->lie == LK_ONNX_BLOCKS && b->lie == LK_ONNX_BLOCKS &&
                      (layer_same_shape(a, b) || factor);
        lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_BINARY, a);
        layer.inputs[layer.input_count++] = b->layer;
        layer.arithmetic = arithmetic;
        layer.plain = !blocks;
        made.lie = blocks ? LK_ONNX_BLOCKS : lk_onnx_lie_plainly(&made);
        LK_TRY(lk_onnx_add_layer(build, &layer, &made));
    }
    *out = made;
    return LK_OK;
}

static bool layer_is_shape(const lk_onnx_item *item, lk_nn_shape shape)
{
    lk_nn_shape own = lk_onnx_shape(item);
    return own.channels == shape.channels && own.height == shape.height && own.width == shape.width;
}

lk_status lk_onnx_reshape_to(lk_onnx_build *build, lk_onnx_item *item, const size_t *shape,
                             size_t rank)
{
    lk_onnx_item made = {.rank = rank};
    size_t before, after;
    LK_ONNX_REQUIRE(rank >= 2 && rank <= LK_ONNX_MOST_RANK, build, LK_ERROR_UNSUPPORTED,
                    "makes %zu directions, 2 to %d are taken", rank, LK_ONNX_MOST_RANK);
    memcpy(made.shape, shape, rank * sizeof *shape);
    LK_ONNX_REQUIRE(shape[0] == 1, build, LK_ERROR_UNSUPPORTED,
                    "mixes the images of a batch: %zu in the first direction", shape[0]);
    LK_ONNX_REQUIRE(lk_mul_all(item->shape, item->rank, &before) &&
                        lk_mul_all(shape, rank, &after) && before == after,
                    build, LK_ERROR_SHAPE, "makes %zu numbers of %zu", after, before);
    bool several = item->rank > LK_ONNX_RANK || rank > LK_ONNX_RANK;
    bool same = rank > LK_ONNX_RANK || (!several && layer_is_shape(item, lk_onnx_shape(&made)));
    bool flat = rank == 2 && item->lie != LK_ONNX_VECTOR;
    made.lie = rank == 2 ? LK_ONNX_VECTOR : lk_onnx_lie_plainly(&made);
    if (same && !flat) { /* of more directions than layers have only the shape is remembered */
        made.layer = item->layer;
        made.kind = item->kind;
        made.lie = item->lie;
    } else {
        lk_nn_layer layer = lk_onnx_new_layer(build, flat ? LK_NN_FLATTEN : LK_NN_RESHAPE, item);
        lk_nn_shape to = lk_onnx_shape(&made);
        memcpy(layer.extent, (size_t[]){to.channels, to.height, to.width}, sizeof layer.extent);
        LK_TRY(lk_onnx_add_layer(build, &layer, &made));
    }
    *item = made;
    return LK_OK;
}

lk_status lk_onnx_reduce(lk_onnx_build *build, lk_onnx_item *item, lk_nn_reduction reduction,
                         const bool axes[LK_ONNX_RANK])
{
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_REDUCE, item);
    layer.reduction = reduction;
    LK_ONNX_REQUIRE(!axes[0], build, LK_ERROR_UNSUPPORTED, "mixes the images of a batch");
    for (size_t i = 1; i < item->rank; i++)
        if (axes[i]) {
            layer.axes[lk_onnx_direction(item, i)] = 1;
            item->shape[i] = 1;
        }
    return lk_onnx_add_plain(build, &layer, item);
}

lk_status lk_onnx_channels(lk_onnx_build *build, const lk_onnx_array *array,
                           const lk_onnx_item *item, double **out)
{
    size_t channels = lk_onnx_shape(item).channels, shape[LK_ONNX_RANK] = {1, 1, 1, 1};
    *out = NULL;
    if (!array->real || array->rank > item->rank)
        return LK_OK;
    for (size_t i = 0; i < array->rank; i++)
        shape[i + item->rank - array->rank] = array->shape[i];
    for (size_t i = 0; i < item->rank; i++)
        if (shape[i] != 1 && (i != 1 || item->rank == 3 || shape[i] != channels))
            return LK_OK;
    double *made;
    LK_ONNX_REQUIRE(array->count, build, LK_ERROR_SHAPE, "reads a constant without numbers");
    LK_TRY(lk_alloc(&made, channels, sizeof *made));
    for (size_t c = 0; c < channels; c++)
        made[c] = (double)array->real[array->count == 1 ? 0 : c];
    *out = made;
    return LK_OK;
}

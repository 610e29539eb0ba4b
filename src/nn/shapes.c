/* What shape every layer's activation has, and whether the layers fit. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/nn.h"
#include "nn/tensor_shapes.h"

/* More than any face network needs, little enough that products of a few
 * extents and a batch stay far from overflow. */
enum { MAX_EXTENT = 1 << 20 };

/* The extent after a sliding window, as PyTorch counts it: under ceil_mode the
 * last window may hang over the far edge but must start inside the input or its
 * near padding. */
static lk_status shapes_window_extent(const lk_nn_layer *layer, int axis, size_t extent,
                                      size_t *out)
{
    size_t kernel = layer->kernel[axis], stride = layer->stride[axis], pad = layer->pad[axis];
    LK_REQUIRE(kernel && stride && kernel <= MAX_EXTENT && stride <= MAX_EXTENT && pad < kernel,
               LK_ERROR_SHAPE, "layer %s: a window of %zu, stride %zu, padding %zu", layer->name,
               kernel, stride, pad);
    LK_REQUIRE(extent + 2 * pad >= kernel, LK_ERROR_SHAPE,
               "layer %s: an input %zu pixels %s with padding %zu is smaller than its window of "
               "%zu",
               layer->name, extent, axis ? "wide" : "high", pad, kernel);
    size_t room = extent + 2 * pad - kernel;
    size_t steps = room / stride;
    if (layer->ceil_mode && room % stride && (steps + 1) * stride < extent + pad)
        steps++;
    *out = steps + 1;
    return LK_OK;
}

static lk_status shapes_window_shape(const lk_nn_layer *layer, lk_nn_shape in, lk_nn_shape *out)
{
    LK_TRY(shapes_window_extent(layer, 0, in.height, &out->height));
    return shapes_window_extent(layer, 1, in.width, &out->width);
}

static lk_status shapes_concat_shape(const lk_nn_layer *layer, const lk_nn_shape *shapes,
                                     lk_nn_shape *out)
{
    lk_nn_shape first = shapes[layer->inputs[0]];
    *out = (lk_nn_shape){0, first.height, first.width};
    for (size_t i = 0; i < layer->input_count; i++) {
        lk_nn_shape in = shapes[layer->inputs[i]];
        LK_REQUIRE(in.height == first.height && in.width == first.width, LK_ERROR_SHAPE,
                   "layer %s: joins planes of %zux%zu and %zux%zu", layer->name, first.width,
                   first.height, in.width, in.height);
        out->channels += in.channels;
    }
    return LK_OK;
}

static lk_status shapes_residual_shape(const lk_nn_layer *layer, lk_nn_shape a, lk_nn_shape b)
{
    LK_REQUIRE(memcmp(&a, &b, sizeof a) == 0, LK_ERROR_SHAPE,
               "layer %s: adds [%zu, %zu, %zu] to [%zu, %zu, %zu]", layer->name, a.channels,
               a.height, a.width, b.channels, b.height, b.width);
    return LK_OK;
}

static lk_status shapes_conv_shape(const lk_nn_layer *layer, lk_nn_shape in, lk_nn_shape *out)
{
    size_t groups = lk_nn_groups(layer);
    LK_REQUIRE(in.channels % groups == 0 && layer->channels % groups == 0, LK_ERROR_SHAPE,
               "layer %s: %zu channels to %zu in %zu groups", layer->name, in.channels,
               layer->channels, groups);
    out->channels = layer->channels;
    return shapes_window_shape(layer, in, out);
}

/* A window that hangs over the far edge would be divided by pixels that are not there. */
static lk_status shapes_meanpool_shape(const lk_nn_layer *layer, lk_nn_shape in, lk_nn_shape *out)
{
    LK_REQUIRE(!layer->ceil_mode, LK_ERROR_SHAPE, "layer %s: takes whole windows only",
               layer->name);
    return shapes_window_shape(layer, in, out);
}

static size_t shapes_larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static lk_nn_shape shapes_fillsum_shape(lk_nn_shape a, lk_nn_shape b)
{
    return (lk_nn_shape){shapes_larger(a.channels, b.channels), shapes_larger(a.height, b.height),
                         shapes_larger(a.width, b.width)};
}

static lk_status shapes_layer_shape(const lk_nn_layer *layer, const lk_nn_shape *shapes,
                                    lk_nn_shape *out)
{
    lk_nn_shape in = shapes[layer->inputs[0]];
    *out = in;
    switch (layer->op) {
    case LK_NN_CONV: return shapes_conv_shape(layer, in, out);
    case LK_NN_MAXPOOL: return shapes_window_shape(layer, in, out);
    case LK_NN_MEANPOOL: return shapes_meanpool_shape(layer, in, out);
    case LK_NN_LINEAR:
        LK_REQUIRE(in.height == 1 && in.width == 1, LK_ERROR_SHAPE,
                   "layer %s: takes a vector, not planes of %zux%zu", layer->name, in.width,
                   in.height);
        out->channels = layer->channels;
        return LK_OK;
    case LK_NN_AVGPOOL: *out = (lk_nn_shape){in.channels, 1, 1}; return LK_OK;
    case LK_NN_FLATTEN:
        *out = (lk_nn_shape){in.channels * in.height * in.width, 1, 1};
        return LK_OK;
    case LK_NN_CONCAT: return shapes_concat_shape(layer, shapes, out);
    case LK_NN_RESIDUAL: return shapes_residual_shape(layer, in, shapes[layer->inputs[1]]);
    case LK_NN_FILLSUM: *out = shapes_fillsum_shape(in, shapes[layer->inputs[1]]); return LK_OK;
    default: return lk_nn_tensor_shape(layer, shapes, out);
    }
}

/* The number of inputs the operation needs, and every one an earlier layer. */
static lk_status shapes_check_inputs(const lk_nn_graph *graph, size_t index)
{
    const lk_nn_layer *layer = &graph->layers[index];
    bool fits = layer->op == LK_NN_INPUT      ? index == 0 && layer->input_count == 0
                : layer->op == LK_NN_CONCAT   ? layer->input_count >= 1
                : layer->op == LK_NN_RESIDUAL ? layer->input_count == 2
                : layer->op == LK_NN_FILLSUM  ? layer->input_count == 2
                : layer->op == LK_NN_BINARY   ? layer->input_count == 2
                : layer->op == LK_NN_MATMUL   ? layer->input_count == 2
                : layer->op == LK_NN_CONSTANT ? layer->input_count == 0
                                              : layer->input_count == 1;
    LK_REQUIRE(layer->op < LK_NN_OPS && fits && layer->input_count <= LK_NN_MAX_INPUTS,
               LK_ERROR_ARGUMENT, "layer %zu (%s): operation %d with %zu inputs", index,
               layer->name, (int)layer->op, layer->input_count);
    for (size_t i = 0; i < layer->input_count; i++)
        LK_REQUIRE(layer->inputs[i] < index, LK_ERROR_ARGUMENT,
                   "layer %zu (%s): input %zu is not an earlier layer", index, layer->name,
                   layer->inputs[i]);
    return LK_OK;
}

/* No activation so large that its size in bytes overflows, for any batch below
 * a million images. */
static lk_status shapes_check_size(const lk_nn_layer *layer, lk_nn_shape shape)
{
    size_t bytes;
    bool fits = shape.channels && shape.channels <= MAX_EXTENT && shape.height <= MAX_EXTENT &&
                shape.width <= MAX_EXTENT &&
                lk_mul_all((size_t[]){shape.channels, shape.height, shape.width, sizeof(float)}, 4,
                           &bytes) &&
                bytes < (size_t)1 << 40;
    LK_REQUIRE(fits, LK_ERROR_SHAPE, "layer %s: an activation of [%zu, %zu, %zu]", layer->name,
               shape.channels, shape.height, shape.width);
    return LK_OK;
}

lk_status lk_nn_graph_shapes(const lk_nn_graph *graph, size_t height, size_t width,
                             lk_nn_shape *shapes)
{
    LK_REQUIRE(graph->count && graph->layers[0].op == LK_NN_INPUT && graph->output_count,
               LK_ERROR_ARGUMENT, "a network needs an input layer first, and an output");
    LK_REQUIRE(height && width && height <= MAX_EXTENT && width <= MAX_EXTENT, LK_ERROR_SHAPE,
               "a network's input of %zux%zu pixels", width, height);
    for (size_t i = 0; i < graph->count; i++) {
        const lk_nn_layer *layer = &graph->layers[i];
        LK_TRY(shapes_check_inputs(graph, i));
        if (layer->op == LK_NN_INPUT)
            shapes[i] = (lk_nn_shape){layer->channels, height, width};
        else
            LK_TRY(shapes_layer_shape(layer, shapes, &shapes[i]));
        LK_TRY(shapes_check_size(layer, shapes[i]));
    }
    for (size_t i = 0; i < graph->output_count; i++)
        LK_REQUIRE(graph->outputs[i] < graph->count, LK_ERROR_ARGUMENT,
                   "output %zu is layer %zu of %zu", i, graph->outputs[i], graph->count);
    return LK_OK;
}

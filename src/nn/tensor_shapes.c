#include "nn/tensor_shapes.h"

#include "base/error.h"
#include "base/memory.h"

enum { DIRECTIONS = 3, MOST = 1 << 20 };

typedef struct extents {
    size_t of[DIRECTIONS];
} extents;

static extents shaped_extents(lk_nn_shape shape)
{
    return (extents){{shape.channels, shape.height, shape.width}};
}

static lk_nn_shape shaped_shape_of(extents e)
{
    return (lk_nn_shape){e.of[0], e.of[1], e.of[2]};
}

/* What is stretched has an extent of 1. */
static lk_status shaped_binary(const lk_nn_layer *layer, lk_nn_shape first, lk_nn_shape second,
                               lk_nn_shape *out)
{
    extents a = shaped_extents(first), b = shaped_extents(second), c;
    LK_REQUIRE(layer->arithmetic < LK_NN_ARITHMETICS, LK_ERROR_ARGUMENT, "layer %s: arithmetic %d",
               layer->name, (int)layer->arithmetic);
    for (int i = 0; i < DIRECTIONS; i++) {
        LK_REQUIRE(a.of[i] == b.of[i] || a.of[i] == 1 || b.of[i] == 1, LK_ERROR_SHAPE,
                   "layer %s: joins [%zu, %zu, %zu] and [%zu, %zu, %zu]", layer->name, a.of[0],
                   a.of[1], a.of[2], b.of[0], b.of[1], b.of[2]);
        c.of[i] = a.of[i] == 1 ? b.of[i] : a.of[i];
    }
    *out = shaped_shape_of(c);
    return LK_OK;
}

static lk_status shaped_matmul(const lk_nn_layer *layer, lk_nn_shape a, lk_nn_shape b,
                               lk_nn_shape *out)
{
    LK_REQUIRE(a.width == b.height &&
                   (a.channels == b.channels || a.channels == 1 || b.channels == 1),
               LK_ERROR_SHAPE, "layer %s: multiplies [%zu, %zu, %zu] by [%zu, %zu, %zu]",
               layer->name, a.channels, a.height, a.width, b.channels, b.height, b.width);
    *out = (lk_nn_shape){a.channels == 1 ? b.channels : a.channels, a.height, b.width};
    return LK_OK;
}

static lk_status shaped_transpose(const lk_nn_layer *layer, lk_nn_shape in, lk_nn_shape *out)
{
    extents from = shaped_extents(in), to;
    unsigned seen = 0;
    for (int i = 0; i < DIRECTIONS; i++) {
        size_t axis = layer->axes[i];
        LK_REQUIRE(axis < DIRECTIONS && !(seen >> axis & 1), LK_ERROR_ARGUMENT,
                   "layer %s: no order of three directions", layer->name);
        seen |= 1u << axis;
        to.of[i] = from.of[axis];
    }
    *out = shaped_shape_of(to);
    return LK_OK;
}

static lk_status shaped_reshape(const lk_nn_layer *layer, lk_nn_shape in, lk_nn_shape *out)
{
    size_t before, after;
    extents from = shaped_extents(in);
    LK_REQUIRE(lk_mul_all(from.of, DIRECTIONS, &before) &&
                   lk_mul_all(layer->extent, DIRECTIONS, &after) && before == after,
               LK_ERROR_SHAPE, "layer %s: [%zu, %zu, %zu] are not the numbers of [%zu, %zu, %zu]",
               layer->name, layer->extent[0], layer->extent[1], layer->extent[2], in.channels,
               in.height, in.width);
    *out = (lk_nn_shape){layer->extent[0], layer->extent[1], layer->extent[2]};
    return LK_OK;
}

static lk_status shaped_slice(const lk_nn_layer *layer, lk_nn_shape in, lk_nn_shape *out)
{
    extents of = shaped_extents(in);
    size_t axis = layer->axes[0], first = layer->extent[0], count = layer->extent[1];
    LK_REQUIRE(axis < DIRECTIONS && count && first < of.of[axis] && count <= of.of[axis] - first,
               LK_ERROR_SHAPE, "layer %s: takes %zu from %zu on of [%zu, %zu, %zu]", layer->name,
               count, first, in.channels, in.height, in.width);
    of.of[axis] = count;
    *out = shaped_shape_of(of);
    return LK_OK;
}

static lk_status shaped_pad(const lk_nn_layer *layer, lk_nn_shape in, lk_nn_shape *out)
{
    extents of = shaped_extents(in);
    for (int i = 0; i < DIRECTIONS; i++) {
        LK_REQUIRE(layer->axes[i] <= MOST && layer->extent[i] <= MOST && of.of[i] <= MOST,
                   LK_ERROR_SHAPE, "layer %s: pads %zu numbers by %zu and %zu", layer->name,
                   of.of[i], layer->axes[i], layer->extent[i]);
        of.of[i] += layer->axes[i] + layer->extent[i];
    }
    *out = shaped_shape_of(of);
    return LK_OK;
}

static lk_status shaped_reduce(const lk_nn_layer *layer, lk_nn_shape in, lk_nn_shape *out)
{
    extents of = shaped_extents(in);
    LK_REQUIRE(layer->reduction < LK_NN_REDUCTIONS, LK_ERROR_ARGUMENT, "layer %s: reduction %d",
               layer->name, (int)layer->reduction);
    for (int i = 0; i < DIRECTIONS; i++)
        if (layer->axes[i])
            of.of[i] = 1;
    *out = shaped_shape_of(of);
    return LK_OK;
}

static lk_status shaped_upsample(const lk_nn_layer *layer, lk_nn_shape in, lk_nn_shape *out)
{
    LK_REQUIRE(layer->stride[0] && layer->stride[0] <= MOST && layer->stride[1] &&
                   layer->stride[1] <= MOST && in.height <= MOST && in.width <= MOST,
               LK_ERROR_SHAPE, "layer %s: repeats pixels %zu x %zu times", layer->name,
               layer->stride[1], layer->stride[0]);
    *out = (lk_nn_shape){in.channels, in.height * layer->stride[0], in.width * layer->stride[1]};
    return LK_OK;
}

lk_status lk_nn_tensor_shape(const lk_nn_layer *layer, const lk_nn_shape *shapes, lk_nn_shape *out)
{
    lk_nn_shape in = shapes[layer->inputs[0]];
    *out = in;
    switch (layer->op) {
    case LK_NN_BINARY: return shaped_binary(layer, in, shapes[layer->inputs[1]], out);
    case LK_NN_MATMUL: return shaped_matmul(layer, in, shapes[layer->inputs[1]], out);
    case LK_NN_CONSTANT:
        *out = (lk_nn_shape){layer->extent[0], layer->extent[1], layer->extent[2]};
        return LK_OK;
    case LK_NN_TRANSPOSE: return shaped_transpose(layer, in, out);
    case LK_NN_RESHAPE: return shaped_reshape(layer, in, out);
    case LK_NN_REDUCE: return shaped_reduce(layer, in, out);
    case LK_NN_SLICE: return shaped_slice(layer, in, out);
    case LK_NN_PAD: return shaped_pad(layer, in, out);
    case LK_NN_UPSAMPLE: return shaped_upsample(layer, in, out);
    case LK_NN_SOFTMAX:
        LK_REQUIRE(layer->axes[0] < DIRECTIONS, LK_ERROR_ARGUMENT, "layer %s: direction %zu",
                   layer->name, layer->axes[0]);
        return LK_OK;
    case LK_NN_ACTIVATE:
        LK_REQUIRE(layer->function < LK_NN_FUNCTIONS, LK_ERROR_ARGUMENT, "layer %s: function %d",
                   layer->name, (int)layer->function);
        return LK_OK;
    default: return LK_OK;
    }
}

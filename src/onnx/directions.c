/* Operators over whole directions: means, lengths, norms, softmax, parts, joins. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "onnx/build.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- over directions ---- */

/* Removes the directions of `axes`, which hold one number. */
static lk_status directions_drop(lk_onnx_build *build, lk_onnx_item *item,
                                 const bool axes[LK_ONNX_RANK])
{
    size_t shape[LK_ONNX_RANK], rank = 0;
    for (size_t i = 0; i < item->rank; i++)
        if (!axes[i])
            shape[rank++] = item->shape[i];
    return lk_onnx_reshape_to(build, item, shape, rank);
}

static lk_status directions_axes(lk_onnx_build *build, const lk_onnx_item *item,
                                 bool axes[LK_ONNX_RANK])
{
    int64_t list[LK_MAX_RANK];
    size_t count, axis;
    bool there;
    memset(axes, 0, LK_ONNX_RANK * sizeof *axes);
    LK_TRY(lk_onnx_list(build, "axes", 1, list, &count, &there));
    LK_ONNX_REQUIRE(count, build, LK_ERROR_UNSUPPORTED, "is over all directions, images, too");
    for (size_t i = 0; i < count; i++) {
        LK_TRY(lk_onnx_axis(build, list[i], item->rank, &axis));
        axes[axis] = true;
    }
    return LK_OK;
}

/* The mean of whole planes is a pool: it stays in blocks. */
static bool directions_is_plane_mean(const lk_onnx_item *item, lk_nn_reduction reduction,
                                     const bool axes[LK_ONNX_RANK])
{
    return reduction == LK_NN_MEAN_OF && item->rank == 4 && item->lie == LK_ONNX_BLOCKS &&
           !axes[0] && !axes[1] && axes[2] && axes[3];
}

static lk_status directions_reduce(lk_onnx_build *build, lk_nn_reduction reduction)
{
    lk_onnx_item item;
    bool axes[LK_ONNX_RANK];
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_TRY(directions_axes(build, &item, axes));
    if (directions_is_plane_mean(&item, reduction, axes)) {
        lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_MEANPOOL, &item);
        for (int i = 0; i < 2; i++) {
            layer.kernel[i] = item.shape[2 + i];
            layer.stride[i] = item.shape[2 + i] = 1;
        }
        LK_TRY(lk_onnx_add_layer(build, &layer, &item));
    } else {
        LK_TRY(lk_onnx_reduce(build, &item, reduction, axes));
    }
    if (!lk_onnx_integer(build, "keepdims", 1))
        LK_TRY(directions_drop(build, &item, axes));
    return lk_onnx_make(build, 0, &item);
}

static lk_status directions_mean(lk_onnx_build *build)
{
    return directions_reduce(build, LK_NN_MEAN_OF);
}

static lk_status directions_sum(lk_onnx_build *build)
{
    return directions_reduce(build, LK_NN_SUM_OF);
}

static lk_status directions_length(lk_onnx_build *build)
{
    return directions_reduce(build, LK_NN_LENGTH_OF);
}

static lk_status directions_softmax(lk_onnx_build *build)
{
    enum { ONE_AXIS = 13 };
    lk_onnx_item item;
    size_t axis;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    bool old = build->onnx->opset < ONE_AXIS;
    LK_TRY(lk_onnx_axis(build, lk_onnx_integer(build, "axis", old ? 1 : -1), item.rank, &axis));
    size_t behind = 1;
    for (size_t i = axis + 1; i < item.rank; i++)
        behind *= item.shape[i];
    LK_ONNX_REQUIRE(axis && (!old || behind == 1), build, LK_ERROR_UNSUPPORTED,
                    "is over several directions, or over the images of a batch");
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_SOFTMAX, &item);
    layer.axes[0] = lk_onnx_direction(&item, axis);
    LK_TRY(lk_onnx_add_plain(build, &layer, &item));
    return lk_onnx_make(build, 0, &item);
}

/* item / its length in one direction, 0 where that is 0. */
static lk_status directions_to_unit(lk_onnx_build *build, lk_onnx_item *item, size_t axis)
{
    const double least = 1e-30;
    if (axis == 1 && item->rank != 3 && item->lie != LK_ONNX_PLAINLY) {
        lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_L2NORM, item);
        layer.epsilon = least;
        return lk_onnx_add_layer(build, &layer, item);
    }
    lk_onnx_item length = *item;
    bool axes[LK_ONNX_RANK] = {false};
    axes[axis] = true;
    LK_TRY(lk_onnx_reduce(build, &length, LK_NN_LENGTH_OF, axes));
    LK_TRY(lk_onnx_activate(build, &length, LK_NN_CLIP, least, INFINITY));
    return lk_onnx_binary(build, item, item, &length, LK_NN_OVER);
}

static lk_status directions_lp_norm(lk_onnx_build *build)
{
    lk_onnx_item item;
    size_t axis;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_ONNX_REQUIRE(lk_onnx_integer(build, "p", 2) == 2, build, LK_ERROR_UNSUPPORTED,
                    "p is %lld, expected 2", (long long)lk_onnx_integer(build, "p", 2));
    LK_TRY(lk_onnx_axis(build, lk_onnx_integer(build, "axis", -1), item.rank, &axis));
    LK_ONNX_REQUIRE(axis, build, LK_ERROR_UNSUPPORTED, "is over the images of a batch");
    LK_TRY(directions_to_unit(build, &item, axis));
    return lk_onnx_make(build, 0, &item);
}

/* item arithmetic input `index`, aligned to the last directions. */
static lk_status directions_by_array(lk_onnx_build *build, lk_onnx_item *item, size_t index,
                                     lk_nn_arithmetic arithmetic)
{
    const lk_onnx_array *array;
    lk_onnx_item second;
    LK_TRY(lk_onnx_reals(build, index, true, &array));
    if (!array)
        return LK_OK;
    LK_TRY(lk_onnx_add_constant(build, array, item->rank, &second));
    return lk_onnx_binary(build, item, item, &second, arithmetic);
}

/* (x - mean) / sqrt(mean of its squares + epsilon) over the last directions. */
static lk_status directions_layer_norm(lk_onnx_build *build)
{
    lk_onnx_item item, mean, square;
    bool axes[LK_ONNX_RANK] = {false};
    size_t axis;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_TRY(lk_onnx_axis(build, lk_onnx_integer(build, "axis", -1), item.rank, &axis));
    for (size_t i = axis; i < item.rank; i++)
        axes[i] = true;
    mean = item;
    LK_TRY(lk_onnx_reduce(build, &mean, LK_NN_MEAN_OF, axes));
    LK_TRY(lk_onnx_binary(build, &item, &item, &mean, LK_NN_MINUS));
    LK_TRY(lk_onnx_binary(build, &square, &item, &item, LK_NN_TIMES));
    LK_TRY(lk_onnx_reduce(build, &square, LK_NN_MEAN_OF, axes));
    size_t channels = lk_onnx_shape(&square).channels;
    double *factors;
    LK_TRY(lk_alloc(&factors, 2 * channels, sizeof *factors));
    for (size_t c = 0; c < channels; c++) {
        factors[c] = 1;
        factors[channels + c] = lk_onnx_real(build, "epsilon", 1e-5);
    }
    lk_status status = lk_onnx_affine(build, &square, factors, factors + channels);
    free(factors);
    LK_TRY(status);
    LK_TRY(lk_onnx_activate(build, &square, LK_NN_SQRT, 0, 0));
    LK_TRY(lk_onnx_binary(build, &item, &item, &square, LK_NN_OVER));
    LK_TRY(directions_by_array(build, &item, 1, LK_NN_TIMES));
    LK_TRY(directions_by_array(build, &item, 2, LK_NN_PLUS));
    return lk_onnx_make(build, 0, &item);
}

/* ---- parts ---- */

/* *item gets `count` numbers from `first` on. */
static lk_status directions_part(lk_onnx_build *build, lk_onnx_item *item, size_t axis,
                                 size_t first, size_t count)
{
    LK_ONNX_REQUIRE(axis, build, LK_ERROR_UNSUPPORTED, "parts the images of a batch");
    LK_ONNX_REQUIRE(count && first <= item->shape[axis] && count <= item->shape[axis] - first,
                    build, LK_ERROR_SHAPE, "takes %zu from %zu on of %zu", count, first,
                    item->shape[axis]);
    if (count == item->shape[axis])
        return LK_OK;
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_SLICE, item);
    layer.axes[0] = lk_onnx_direction(item, axis);
    layer.extent[0] = first;
    layer.extent[1] = count;
    item->shape[axis] = count;
    return lk_onnx_add_plain(build, &layer, item);
}

static lk_status directions_split(lk_onnx_build *build)
{
    const lk_onnx_array *array = NULL;
    lk_onnx_item item;
    int64_t sizes[LK_MAX_RANK];
    size_t axis, count = 0, outputs = build->node->output_count, first = 0;
    bool there = lk_onnx_attribute_of(build->node, "split") != NULL;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_TRY(lk_onnx_axis(build, lk_onnx_integer(build, "axis", 0), item.rank, &axis));
    LK_ONNX_REQUIRE(outputs && outputs <= LK_MAX_RANK, build, LK_ERROR_UNSUPPORTED,
                    "makes %zu parts, 1 to %d are taken", outputs, LK_MAX_RANK);
    if (there)
        LK_TRY(lk_onnx_list(build, "split", 0, sizes, &count, &there));
    else
        LK_TRY(lk_onnx_wholes(build, 1, true, &array));
    size_t each = lk_ceil_div(item.shape[axis], outputs);
    LK_ONNX_REQUIRE((!there || count == outputs) && (!array || array->count == outputs), build,
                    LK_ERROR_SHAPE, "does not say the sizes of its %zu parts", outputs);
    for (size_t i = 0; i < outputs; i++) {
        lk_onnx_item part = item;
        size_t left = item.shape[axis] - first;
        int64_t size = there ? sizes[i] : array ? array->whole[i] : (int64_t)lk_smaller(each, left);
        LK_ONNX_REQUIRE(size > 0 && (uint64_t)size <= left, build, LK_ERROR_SHAPE,
                        "part %zu has %lld of %zu numbers", i, (long long)size, left);
        LK_TRY(directions_part(build, &part, axis, first, (size_t)size));
        LK_TRY(lk_onnx_make(build, i, &part));
        first += (size_t)size;
    }
    return LK_OK;
}

/* Starts, ends, axes and steps: attributes at first, inputs since version 10. */
static lk_status directions_slice(lk_onnx_build *build)
{
    int64_t lists[4][LK_MAX_RANK];
    static const char *const names[4] = {"starts", "ends", "axes", "steps"};
    size_t counts[4], axis;
    bool there[4];
    lk_onnx_item item;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    for (size_t i = 0; i < 4; i++)
        LK_TRY(lk_onnx_list(build, names[i], i + 1, lists[i], &counts[i], &there[i]));
    LK_ONNX_REQUIRE(there[0] && there[1] && counts[0] == counts[1] &&
                        (!there[2] || counts[2] == counts[0]) &&
                        (!there[3] || counts[3] == counts[0]),
                    build, LK_ERROR_FORMAT, "does not say what it takes");
    for (size_t i = 0; i < counts[0]; i++) {
        LK_ONNX_REQUIRE(!there[3] || lists[3][i] == 1, build, LK_ERROR_UNSUPPORTED,
                        "takes every %lldth number", (long long)lists[3][i]);
        LK_TRY(lk_onnx_axis(build, there[2] ? lists[2][i] : (int64_t)i, item.rank, &axis));
        size_t first = lk_onnx_place(lists[0][i], item.shape[axis]);
        size_t end = lk_onnx_place(lists[1][i], item.shape[axis]);
        if (axis || first || end != 1)
            LK_TRY(directions_part(build, &item, axis, first, end > first ? end - first : 0));
    }
    return lk_onnx_make(build, 0, &item);
}

static lk_status directions_gather(lk_onnx_build *build)
{
    const lk_onnx_array *array;
    lk_onnx_item item;
    size_t axis;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_TRY(lk_onnx_wholes(build, 1, false, &array));
    LK_TRY(lk_onnx_axis(build, lk_onnx_integer(build, "axis", 0), item.rank, &axis));
    LK_ONNX_REQUIRE(array->count == 1 && axis, build, LK_ERROR_UNSUPPORTED,
                    "takes %zu numbers one by one, or of the images of a batch", array->count);
    LK_TRY(
        directions_part(build, &item, axis, lk_onnx_place(array->whole[0], item.shape[axis]), 1));
    bool axes[LK_ONNX_RANK] = {false};
    axes[axis] = true;
    if (array->rank == 0)
        LK_TRY(directions_drop(build, &item, axes));
    return lk_onnx_make(build, 0, &item);
}

/* ---- joins ---- */

static lk_status directions_swap(lk_onnx_build *build, lk_onnx_item *item, size_t axis)
{
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_TRANSPOSE, item);
    for (size_t i = 0; i < 3; i++)
        layer.axes[i] = i == 0 ? axis - 1 : i == axis - 1 ? 0 : i;
    size_t extent = item->shape[1];
    item->shape[1] = item->shape[axis];
    item->shape[axis] = extent;
    return lk_onnx_add_plain(build, &layer, item);
}

/* Adds the next to what is joined so far, by channels. */
static lk_status directions_join(lk_onnx_build *build, lk_onnx_item *joined,
                                 const lk_onnx_item *next)
{
    LK_ONNX_REQUIRE(joined->rank == next->rank, build, LK_ERROR_SHAPE,
                    "joins %zu directions and %zu", joined->rank, next->rank);
    for (size_t i = 2; i < next->rank; i++)
        LK_ONNX_REQUIRE(joined->shape[i] == next->shape[i], build, LK_ERROR_SHAPE,
                        "joins %zu and %zu numbers in direction %zu", joined->shape[i],
                        next->shape[i], i);
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_CONCAT, joined);
    layer.inputs[layer.input_count++] = next->layer;
    joined->shape[1] += next->shape[1];
    return lk_onnx_add_layer(build, &layer, joined);
}

/* Matrices are joined as planes of one row or of one channel. */
static lk_status directions_join_input(lk_onnx_build *build, size_t index, size_t axis, size_t rank,
                                       lk_onnx_item *item)
{
    LK_TRY(lk_onnx_layer_input(build, index, item));
    LK_ONNX_REQUIRE(item->rank == rank, build, LK_ERROR_SHAPE, "joins %zu directions and %zu",
                    item->rank, rank);
    if (rank == 2)
        return LK_OK;
    if (rank == 3)
        LK_TRY(
            lk_onnx_reshape_to(build, item, (size_t[]){1, 1, item->shape[1], item->shape[2]}, 4));
    if (axis > 1)
        LK_TRY(directions_swap(build, item, axis));
    return lk_onnx_to_blocks(build, item);
}

static lk_status directions_concat(lk_onnx_build *build)
{
    lk_onnx_item item, next;
    size_t axis;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    size_t rank = item.rank;
    LK_TRY(lk_onnx_axis(build, lk_onnx_integer(build, "axis", 1), rank, &axis));
    LK_ONNX_REQUIRE(axis, build, LK_ERROR_UNSUPPORTED, "joins the images of batches");
    size_t across = rank == 3 ? axis + 1 : axis;
    LK_TRY(directions_join_input(build, 0, across, rank, &item));
    for (size_t i = 1; i < build->node->input_count; i++) {
        LK_TRY(directions_join_input(build, i, across, rank, &next));
        LK_TRY(directions_join(build, &item, &next));
    }
    if (across > 1)
        LK_TRY(directions_swap(build, &item, across));
    if (rank == 3)
        LK_TRY(lk_onnx_reshape_to(build, &item, (size_t[]){1, item.shape[2], item.shape[3]}, 3));
    return lk_onnx_make(build, 0, &item);
}

lk_onnx_operator_fn lk_onnx_tensor_operator(lk_onnx_text name)
{
    static const lk_onnx_operator table[] = {
        {"ReduceMean", directions_mean},
        {"ReduceSum", directions_sum},
        {"ReduceL2", directions_length},
        {"Softmax", directions_softmax},
        {"LpNormalization", directions_lp_norm},
        {"LayerNormalization", directions_layer_norm},
        {"Split", directions_split},
        {"Slice", directions_slice},
        {"Gather", directions_gather},
        {"Concat", directions_concat},
    };
    return lk_onnx_find_operator(table, COUNT(table), name);
}

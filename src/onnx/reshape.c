/* Operators that change no number: other shapes, other orders, and nothing at all. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "onnx/build.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static lk_status reshape_identity(lk_onnx_build *build)
{
    lk_onnx_item item;
    LK_TRY(lk_onnx_any_layer_input(build, 0, &item));
    return lk_onnx_make(build, 0, &item);
}

static lk_status reshape_dropout(lk_onnx_build *build)
{
    const lk_onnx_item *training = lk_onnx_input(build, 2);
    LK_ONNX_REQUIRE(training->kind == LK_ONNX_NOTHING ||
                        (training->kind == LK_ONNX_ARRAY && training->array->whole &&
                         training->array->count == 1 && !training->array->whole[0]),
                    build, LK_ERROR_UNSUPPORTED, "is for training");
    return reshape_identity(build);
}

/* To whole numbers and back, as if it had not been done: a convolution behind may do it. */
static lk_status reshape_quantise(lk_onnx_build *build)
{
    lk_onnx_item item;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    lk_onnx_quantise(build, &item);
    return lk_onnx_make(build, 0, &item);
}

static lk_status reshape_dequantise(lk_onnx_build *build)
{
    lk_onnx_item item;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_ONNX_REQUIRE(item.quantised, build, LK_ERROR_UNSUPPORTED,
                    "reads what no QuantizeLinear made");
    item.quantised = false;
    return lk_onnx_make(build, 0, &item);
}

static lk_status reshape_cast(lk_onnx_build *build)
{
    int64_t to = lk_onnx_integer(build, "to", 0);
    LK_ONNX_REQUIRE(to == LK_ONNX_FLOAT || to == LK_ONNX_DOUBLE, build, LK_ERROR_UNSUPPORTED,
                    "makes numbers of type %lld of the image's", (long long)to);
    return reshape_identity(build);
}

/* Of any number of directions, but not of an image that is not put right yet. */
static lk_status reshape_input(lk_onnx_build *build, lk_onnx_item *item)
{
    LK_TRY(lk_onnx_any_layer_input(build, 0, item));
    LK_ONNX_REQUIRE(!item->channels_last, build, LK_ERROR_UNSUPPORTED,
                    "reads the image with its channels last, expected a Transpose at first");
    return LK_OK;
}

/* The numbers of `item` by a list in which 0 is an extent as it was, -1 what is left. */
static lk_status reshape_by(lk_onnx_build *build, lk_onnx_item *item, const int64_t *list,
                            size_t count, bool zero_is_zero)
{
    size_t shape[LK_MAX_RANK], rest = SIZE_MAX, known = 1, all;
    LK_ONNX_REQUIRE(count <= LK_MAX_RANK, build, LK_ERROR_UNSUPPORTED, "makes %zu directions",
                    count);
    for (size_t i = 0; i < count; i++) {
        bool keep = list[i] == 0 && !zero_is_zero;
        LK_ONNX_REQUIRE(
            list[i] >= -1 && (!keep || i < item->rank) && (list[i] != -1 || rest == SIZE_MAX),
            build, LK_ERROR_SHAPE, "makes the extent %lld in direction %zu", (long long)list[i], i);
        shape[i] = keep ? item->shape[i] : list[i] < 0 ? 1 : (size_t)list[i];
        if (list[i] == -1)
            rest = i;
        LK_ONNX_REQUIRE(lk_mul(known, shape[i], &known), build, LK_ERROR_SHAPE,
                        "makes more numbers than can be counted");
    }
    bool counted = lk_mul_all(item->shape, item->rank, &all);
    LK_ONNX_REQUIRE(counted && known && (rest == SIZE_MAX || all % known == 0), build,
                    LK_ERROR_SHAPE, "makes %zu numbers of %zu", known, all);
    if (rest != SIZE_MAX)
        shape[rest] = all / known;
    return lk_onnx_reshape_to(build, item, shape, count);
}

static lk_status reshape_reshape(lk_onnx_build *build)
{
    lk_onnx_item item;
    int64_t list[LK_MAX_RANK];
    size_t count;
    bool there;
    LK_TRY(reshape_input(build, &item));
    LK_TRY(lk_onnx_list(build, "shape", 1, list, &count, &there));
    LK_ONNX_REQUIRE(there, build, LK_ERROR_FORMAT, "does not say its shape");
    LK_TRY(reshape_by(build, &item, list, count, lk_onnx_integer(build, "allowzero", 0) != 0));
    return lk_onnx_make(build, 0, &item);
}

static lk_status reshape_flatten(lk_onnx_build *build)
{
    lk_onnx_item item;
    int64_t axis = lk_onnx_integer(build, "axis", 1);
    LK_TRY(reshape_input(build, &item));
    LK_ONNX_REQUIRE(axis == 1 || axis == 1 - (int64_t)item.rank, build, LK_ERROR_UNSUPPORTED,
                    "axis %lld, expected 1: an image's numbers in a row", (long long)axis);
    LK_TRY(reshape_by(build, &item, (int64_t[]){1, -1}, 2, true));
    return lk_onnx_make(build, 0, &item);
}

static lk_status reshape_squeeze(lk_onnx_build *build)
{
    lk_onnx_item item;
    int64_t list[LK_MAX_RANK], kept[LK_ONNX_MOST_RANK];
    size_t count, rank = 0, axis;
    bool there, gone[LK_ONNX_MOST_RANK] = {false};
    LK_TRY(reshape_input(build, &item));
    LK_TRY(lk_onnx_list(build, "axes", 1, list, &count, &there));
    for (size_t i = 0; i < count; i++) {
        LK_TRY(lk_onnx_axis(build, list[i], item.rank, &axis));
        LK_ONNX_REQUIRE(item.shape[axis] == 1, build, LK_ERROR_SHAPE,
                        "leaves out %zu numbers in direction %zu", item.shape[axis], axis);
        gone[axis] = true;
    }
    for (size_t i = 0; i < item.rank; i++) {
        bool leave_out = there ? gone[i] : i && item.shape[i] == 1;
        if (!leave_out)
            kept[rank++] = (int64_t)item.shape[i];
    }
    LK_TRY(reshape_by(build, &item, kept, rank, true));
    return lk_onnx_make(build, 0, &item);
}

static lk_status reshape_unsqueeze(lk_onnx_build *build)
{
    lk_onnx_item item;
    int64_t list[LK_MAX_RANK], made[2 * LK_MAX_RANK];
    size_t count, axis, from = 0;
    bool there, added[2 * LK_MAX_RANK] = {false};
    LK_TRY(reshape_input(build, &item));
    LK_TRY(lk_onnx_list(build, "axes", 1, list, &count, &there));
    size_t rank = item.rank + count;
    for (size_t i = 0; i < count; i++) {
        LK_TRY(lk_onnx_axis(build, list[i], rank, &axis));
        LK_ONNX_REQUIRE(!added[axis], build, LK_ERROR_FORMAT, "adds direction %zu twice", axis);
        added[axis] = true;
    }
    for (size_t i = 0; i < rank; i++)
        made[i] = added[i] ? 1 : (int64_t)item.shape[from++];
    LK_TRY(reshape_by(build, &item, made, rank, true));
    return lk_onnx_make(build, 0, &item);
}

/* order[i]: which direction comes to place i; *moved: any. */
static lk_status reshape_order(lk_onnx_build *build, size_t rank, size_t order[LK_ONNX_MOST_RANK],
                               bool *moved)
{
    int64_t list[LK_MAX_RANK];
    size_t count, seen = 0;
    bool there;
    LK_TRY(lk_onnx_list(build, "perm", 0, list, &count, &there));
    LK_ONNX_REQUIRE(there && count == rank && list[0] == 0, build, LK_ERROR_UNSUPPORTED,
                    "moves the images of a batch, or not all directions");
    *moved = false;
    order[0] = 0;
    for (size_t i = 1; i < count; i++) {
        LK_ONNX_REQUIRE(list[i] > 0 && (uint64_t)list[i] < count && !(seen >> list[i] & 1), build,
                        LK_ERROR_SHAPE, "puts direction %lld in the place of %zu",
                        (long long)list[i], i);
        seen |= (size_t)1 << list[i];
        order[i] = (size_t)list[i];
        *moved |= order[i] != i;
    }
    return LK_OK;
}

/* Directions that stay side by side move as one: three of such, as when channels of groups
 * are shuffled, are what a layer moves. */
static lk_status reshape_move_runs(lk_onnx_build *build, lk_onnx_item *item, const size_t *order)
{
    enum { RUNS = 3 };
    size_t first[RUNS] = {0}, extent[RUNS] = {1, 1, 1}, runs = 0;
    lk_onnx_item made = *item, parts = {.rank = 4, .shape = {1, 1, 1, 1}};
    for (size_t i = 1; i < item->rank; i++) {
        made.shape[i] = item->shape[order[i]];
        if (i == 1 || order[i] != order[i - 1] + 1) {
            LK_ONNX_REQUIRE(runs < RUNS, build, LK_ERROR_UNSUPPORTED,
                            "moves more than %d directions apart", RUNS);
            first[runs++] = order[i];
        }
        extent[runs - 1] *= made.shape[i];
    }
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_TRANSPOSE, NULL);
    for (size_t i = 0; i < RUNS; i++) {
        size_t place = i; /* among the input's */
        if (i < runs)
            for (size_t k = place = 0; k < runs; k++)
                place += first[k] < first[i];
        layer.axes[i] = place;
        parts.shape[1 + place] = extent[i];
    }
    LK_TRY(lk_onnx_reshape_to(build, item, parts.shape, parts.rank));
    layer.inputs[layer.input_count++] = item->layer;
    for (size_t i = 0; i < RUNS; i++)
        parts.shape[1 + i] = extent[i];
    LK_TRY(lk_onnx_add_plain(build, &layer, &parts));
    made.layer = parts.layer;
    made.lie = parts.lie;
    *item = made;
    return LK_OK;
}

static lk_status reshape_transpose(lk_onnx_build *build)
{
    lk_onnx_item item, made;
    size_t order[LK_ONNX_MOST_RANK];
    bool moved;
    LK_TRY(lk_onnx_any_layer_input(build, 0, &item));
    LK_TRY(reshape_order(build, item.rank, order, &moved));
    if (item.channels_last) { /* it lies with its channels first from the beginning */
        LK_ONNX_REQUIRE(order[1] == 3 && order[2] == 1, build, LK_ERROR_UNSUPPORTED,
                        "reads the image with its channels last and does not put them first");
        item = build->first;
    } else if (moved && item.rank > LK_ONNX_RANK) {
        LK_TRY(reshape_move_runs(build, &item, order));
    } else if (moved) {
        lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_TRANSPOSE, &item);
        made = item;
        for (size_t i = 1; i < item.rank; i++) {
            made.shape[i] = item.shape[order[i]];
            layer.axes[lk_onnx_direction(&item, i)] = lk_onnx_direction(&item, order[i]);
        }
        LK_TRY(lk_onnx_add_plain(build, &layer, &made));
        item = made;
    }
    return lk_onnx_make(build, 0, &item);
}

/* Stretching: arithmetic does it by itself, with as many ones. */
static lk_status reshape_expand(lk_onnx_build *build)
{
    const lk_onnx_array *to;
    lk_onnx_array *ones;
    lk_onnx_item item, second;
    size_t shape[LK_MAX_RANK];
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_TRY(lk_onnx_wholes(build, 1, false, &to));
    LK_ONNX_REQUIRE(to->count <= item.rank, build, LK_ERROR_UNSUPPORTED, "adds directions");
    bool same = true;
    for (size_t i = 0; i < to->count; i++) {
        size_t at = i + item.rank - to->count;
        LK_ONNX_REQUIRE(to->whole[i] > 0, build, LK_ERROR_SHAPE, "makes the extent %lld",
                        (long long)to->whole[i]);
        shape[i] = (size_t)to->whole[i];
        same &= shape[i] == 1 || shape[i] == item.shape[at];
    }
    if (!same) {
        LK_TRY(lk_onnx_array_new(build, &ones, false, shape, to->count));
        for (size_t i = 0; i < ones->count; i++)
            ones->real[i] = 1;
        LK_TRY(lk_onnx_add_constant(build, ones, item.rank, &second));
        LK_TRY(lk_onnx_binary(build, &item, &item, &second, LK_NN_TIMES));
    }
    return lk_onnx_make(build, 0, &item);
}

static bool reshape_says(const lk_onnx_build *build, const char *name, const char *otherwise,
                         const char *expected)
{
    const lk_onnx_attribute *attribute = lk_onnx_attribute_of(build->node, name);
    return attribute ? lk_onnx_text_is(attribute->text, expected)
                     : strcmp(otherwise, expected) == 0;
}

/* How often each pixel is to be repeated, by scales or by the result's extents. */
static lk_status reshape_times(lk_onnx_build *build, const lk_onnx_item *item, size_t times[2])
{
    const lk_onnx_array *scales = NULL, *sizes = NULL;
    size_t last = build->node->input_count == 2 ? 1 : 2; /* the older have no region */
    LK_TRY(lk_onnx_reals(build, last, true, &scales));
    LK_TRY(lk_onnx_wholes(build, 3, true, &sizes));
    size_t count = sizes ? sizes->count : scales ? scales->count : 0;
    LK_ONNX_REQUIRE(count == 4, build, LK_ERROR_UNSUPPORTED, "scales %zu directions, expected 4",
                    count);
    for (size_t i = 0; i < 4; i++) {
        double scale =
            sizes ? (double)sizes->whole[i] / (double)item->shape[i] : (double)scales->real[i];
        LK_ONNX_REQUIRE(scale >= 1 && scale <= 64 && scale == floor(scale) && (i > 1 || scale == 1),
                        build, LK_ERROR_UNSUPPORTED,
                        "scales direction %zu by %g, whole numbers of pixels are taken", i, scale);
        if (i > 1)
            times[i - 2] = (size_t)scale;
    }
    return LK_OK;
}

static lk_status reshape_resize(lk_onnx_build *build)
{
    lk_onnx_item item;
    bool old = build->onnx->opset < 11;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    bool floors =
        old || reshape_says(build, "coordinate_transformation_mode", "half_pixel", "asymmetric");
    bool right = floors ? old || reshape_says(build, "nearest_mode", "round_prefer_floor", "floor")
                        : reshape_says(build, "coordinate_transformation_mode", "half_pixel",
                                       "half_pixel") &&
                              !reshape_says(build, "nearest_mode", "round_prefer_floor", "floor") &&
                              !reshape_says(build, "nearest_mode", "round_prefer_floor", "ceil");
    LK_ONNX_REQUIRE(reshape_says(build, "mode", "nearest", "nearest") && right, build,
                    LK_ERROR_UNSUPPORTED, "does more than to repeat pixels");
    LK_TRY(lk_onnx_to_blocks(build, &item));
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_UPSAMPLE, &item);
    LK_TRY(reshape_times(build, &item, layer.stride));
    item.shape[2] *= layer.stride[0];
    item.shape[3] *= layer.stride[1];
    LK_TRY(lk_onnx_add_layer(build, &layer, &item));
    return lk_onnx_make(build, 0, &item);
}

/* The number around: an attribute, since version 11 an input. */
static lk_status reshape_pad_value(lk_onnx_build *build, double *value)
{
    const lk_onnx_array *array;
    LK_TRY(lk_onnx_reals(build, 2, true, &array));
    LK_ONNX_REQUIRE(!array || array->count == 1, build, LK_ERROR_SHAPE,
                    "its input 2 holds %zu numbers, expected 1", array->count);
    *value = array ? (double)array->real[0] : lk_onnx_real(build, "value", 0);
    return LK_OK;
}

/* Its numbers are all befores, then all behinds, of the directions that input 3 lists. */
static lk_status reshape_pad(lk_onnx_build *build)
{
    enum { MOST = 1 << 20 };
    int64_t list[LK_MAX_RANK], named[LK_MAX_RANK];
    size_t count, axes, before[LK_ONNX_RANK] = {0}, behind[LK_ONNX_RANK] = {0}, axis;
    bool there, some;
    double value;
    lk_onnx_item item;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_TRY(lk_onnx_list(build, "pads", 1, list, &count, &there));
    LK_TRY(lk_onnx_list(build, "axes", 3, named, &axes, &some));
    LK_TRY(reshape_pad_value(build, &value));
    axes = some ? axes : item.rank;
    LK_ONNX_REQUIRE(there && count == 2 * axes, build, LK_ERROR_SHAPE,
                    "pads by %zu numbers, expected %zu", count, 2 * axes);
    LK_ONNX_REQUIRE(reshape_says(build, "mode", "constant", "constant"), build,
                    LK_ERROR_UNSUPPORTED, "pads by numbers of the image, expected a constant");
    for (size_t i = 0; i < axes; i++) {
        LK_TRY(lk_onnx_axis(build, some ? named[i] : (int64_t)i, item.rank, &axis));
        LK_ONNX_REQUIRE(list[i] >= 0 && list[i] <= MOST && list[axes + i] >= 0 &&
                            list[axes + i] <= MOST,
                        build, LK_ERROR_UNSUPPORTED, "pads direction %zu by %lld and %lld", axis,
                        (long long)list[i], (long long)list[axes + i]);
        before[axis] = (size_t)list[i];
        behind[axis] = (size_t)list[axes + i];
    }
    LK_TRY(lk_onnx_pad(build, &item, before, behind, value));
    return lk_onnx_make(build, 0, &item);
}

static lk_status reshape_shape(lk_onnx_build *build)
{
    lk_onnx_item item;
    lk_onnx_array *array;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    size_t first = 0, last = item.rank;
    int64_t start = lk_onnx_integer(build, "start", 0);
    int64_t end = lk_onnx_integer(build, "end", (int64_t)item.rank);
    if (start)
        LK_TRY(lk_onnx_axis(build, start, item.rank, &first));
    if (end != (int64_t)item.rank)
        LK_TRY(lk_onnx_axis(build, end, item.rank, &last));
    size_t count = last > first ? last - first : 0;
    LK_TRY(lk_onnx_array_new(build, &array, true, &count, 1));
    for (size_t i = 0; i < count; i++)
        array->whole[i] = (int64_t)item.shape[first + i];
    return lk_onnx_make_array(build, array);
}

lk_onnx_operator_fn lk_onnx_reshaping_operator(lk_onnx_text name)
{
    static const lk_onnx_operator table[] = {
        {"Identity", reshape_identity},
        {"Dropout", reshape_dropout},
        {"QuantizeLinear", reshape_quantise},
        {"DequantizeLinear", reshape_dequantise},
        {"Cast", reshape_cast},
        {"Reshape", reshape_reshape},
        {"Flatten", reshape_flatten},
        {"Squeeze", reshape_squeeze},
        {"Unsqueeze", reshape_unsqueeze},
        {"Transpose", reshape_transpose},
        {"Expand", reshape_expand},
        {"Resize", reshape_resize},
        {"Upsample", reshape_resize},
        {"Pad", reshape_pad},
        {"Shape", reshape_shape},
    };
    return lk_onnx_find_operator(table, COUNT(table), name);
}

/* Operators on constants alone that move numbers about: most often the shapes that
 * exporters compute step by step. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "onnx/fold.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static lk_status move_constant(lk_onnx_build *build)
{
    const lk_onnx_attribute *value = lk_onnx_attribute_of(build->node, "value");
    lk_onnx_array *made;
    int64_t list[LK_MAX_RANK];
    size_t count;
    bool there;
    if (value && value->tensor) {
        LK_TRY(lk_onnx_array_of(build, &made, value->tensor));
        return lk_onnx_make_array(build, made);
    }
    if (lk_onnx_attribute_of(build->node, "value_float")) {
        LK_TRY(lk_onnx_array_new(build, &made, false, NULL, 0));
        made->real[0] = (float)lk_onnx_real(build, "value_float", 0);
        return lk_onnx_make_array(build, made);
    }
    if (lk_onnx_attribute_of(build->node, "value_int")) {
        LK_TRY(lk_onnx_array_new(build, &made, true, NULL, 0));
        made->whole[0] = lk_onnx_integer(build, "value_int", 0);
        return lk_onnx_make_array(build, made);
    }
    LK_TRY(lk_onnx_list(build, "value_ints", 0, list, &count, &there));
    LK_ONNX_REQUIRE(there, build, LK_ERROR_UNSUPPORTED, "holds no numbers that are read");
    LK_TRY(lk_onnx_array_new(build, &made, true, &count, 1));
    memcpy(made->whole, list, count * sizeof *list);
    return lk_onnx_make_array(build, made);
}

static lk_status move_identity(lk_onnx_build *build)
{
    const lk_onnx_array *in;
    LK_TRY(lk_onnx_fold_input(build, 0, &in));
    return lk_onnx_make_array(build, (lk_onnx_array *)in);
}

/* The same numbers in another shape. */
static lk_status move_copy(lk_onnx_build *build, const lk_onnx_array *in, const size_t *shape,
                           size_t rank)
{
    lk_onnx_array *made;
    size_t count;
    LK_ONNX_REQUIRE(lk_mul_all(shape, rank, &count) && count == in->count, build, LK_ERROR_SHAPE,
                    "makes another number of numbers than %zu", in->count);
    LK_TRY(lk_onnx_array_new(build, &made, in->whole != NULL, shape, rank));
    for (size_t i = 0; i < count; i++)
        lk_onnx_set(made, i, lk_onnx_number(in, i));
    if (in->whole) /* beyond what a double holds exactly */
        memcpy(made->whole, in->whole, count * sizeof *made->whole);
    return lk_onnx_make_array(build, made);
}

static lk_status move_reshape(lk_onnx_build *build)
{
    const lk_onnx_array *in;
    int64_t list[LK_MAX_RANK];
    size_t shape[LK_MAX_RANK], count, rest = SIZE_MAX, known = 1;
    bool there;
    LK_TRY(lk_onnx_fold_input(build, 0, &in));
    LK_TRY(lk_onnx_list(build, "shape", 1, list, &count, &there));
    for (size_t i = 0; i < count; i++) {
        bool keep = list[i] == 0 && i < in->rank;
        LK_ONNX_REQUIRE(list[i] >= -1 && (list[i] != -1 || rest == SIZE_MAX), build, LK_ERROR_SHAPE,
                        "makes the extent %lld", (long long)list[i]);
        shape[i] = keep ? in->shape[i] : list[i] < 0 ? 1 : (size_t)list[i];
        rest = list[i] == -1 ? i : rest;
        LK_ONNX_REQUIRE(lk_mul(known, shape[i], &known), build, LK_ERROR_SHAPE,
                        "makes more numbers than can be counted");
    }
    if (rest != SIZE_MAX)
        shape[rest] = known ? in->count / known : 0;
    return move_copy(build, in, shape, count);
}

static lk_status move_unsqueeze(lk_onnx_build *build)
{
    const lk_onnx_array *in;
    int64_t list[LK_MAX_RANK];
    size_t shape[LK_MAX_RANK], count, axis, from = 0;
    bool there, added[LK_MAX_RANK] = {false};
    LK_TRY(lk_onnx_fold_input(build, 0, &in));
    LK_TRY(lk_onnx_list(build, "axes", 1, list, &count, &there));
    size_t rank = in->rank + count;
    LK_ONNX_REQUIRE(rank <= LK_MAX_RANK, build, LK_ERROR_UNSUPPORTED, "makes %zu directions", rank);
    for (size_t i = 0; i < count; i++) {
        LK_TRY(lk_onnx_axis(build, list[i], rank, &axis));
        LK_ONNX_REQUIRE(!added[axis], build, LK_ERROR_FORMAT, "adds direction %zu twice", axis);
        added[axis] = true;
    }
    for (size_t i = 0; i < rank; i++)
        shape[i] = added[i] ? 1 : in->shape[from++];
    return move_copy(build, in, shape, rank);
}

static lk_status move_squeeze(lk_onnx_build *build)
{
    const lk_onnx_array *in;
    int64_t list[LK_MAX_RANK];
    size_t shape[LK_MAX_RANK], count, axis, rank = 0;
    bool there, gone[LK_MAX_RANK] = {false};
    LK_TRY(lk_onnx_fold_input(build, 0, &in));
    LK_TRY(lk_onnx_list(build, "axes", 1, list, &count, &there));
    for (size_t i = 0; i < count; i++) {
        LK_TRY(lk_onnx_axis(build, list[i], in->rank, &axis));
        gone[axis] = true;
    }
    for (size_t i = 0; i < in->rank; i++)
        if (there ? !gone[i] : in->shape[i] != 1)
            shape[rank++] = in->shape[i];
    return move_copy(build, in, shape, rank);
}

static lk_status move_transpose(lk_onnx_build *build)
{
    const lk_onnx_array *in;
    lk_onnx_array *made;
    int64_t list[LK_MAX_RANK];
    size_t shape[LK_MAX_RANK], order[LK_MAX_RANK], count, seen = 0;
    bool there;
    LK_TRY(lk_onnx_fold_input(build, 0, &in));
    LK_TRY(lk_onnx_list(build, "perm", 0, list, &count, &there));
    LK_ONNX_REQUIRE(!there || count == in->rank, build, LK_ERROR_SHAPE,
                    "orders %zu directions of %zu", count, in->rank);
    for (size_t i = 0; i < in->rank; i++) {
        int64_t from = there ? list[i] : (int64_t)(in->rank - 1 - i);
        LK_ONNX_REQUIRE(from >= 0 && (uint64_t)from < in->rank && !(seen >> from & 1), build,
                        LK_ERROR_SHAPE, "puts direction %lld in the place of %zu", (long long)from,
                        i);
        seen |= (size_t)1 << from;
        order[i] = (size_t)from;
        shape[i] = in->shape[from];
    }
    LK_TRY(lk_onnx_array_new(build, &made, in->whole != NULL, shape, in->rank));
    for (size_t n = 0; n < made->count; n++) {
        size_t place[LK_MAX_RANK] = {0}, left = n, at = 0;
        for (size_t i = made->rank; i-- > 0; left /= shape[i])
            place[order[i]] = left % shape[i];
        for (size_t i = 0; i < in->rank; i++)
            at = at * in->shape[i] + place[i];
        lk_onnx_set(made, n, lk_onnx_number(in, at));
    }
    return lk_onnx_make_array(build, made);
}

/* Lists of whole numbers, and scalars beside them: shapes. */
static lk_status move_concat(lk_onnx_build *build)
{
    const lk_onnx_array *in;
    lk_onnx_array *made;
    size_t count = 0, inputs = build->node->input_count, at = 0;
    bool whole = true;
    for (size_t i = 0; i < inputs; i++) {
        LK_TRY(lk_onnx_fold_input(build, i, &in));
        LK_ONNX_REQUIRE(in->rank <= 1, build, LK_ERROR_UNSUPPORTED,
                        "joins constants of %zu directions, expected lists", in->rank);
        whole &= in->whole != NULL;
        count += in->count;
    }
    LK_TRY(lk_onnx_array_new(build, &made, whole, &count, 1));
    for (size_t i = 0; i < inputs; i++) {
        LK_TRY(lk_onnx_fold_input(build, i, &in));
        for (size_t k = 0; k < in->count; k++)
            lk_onnx_set(made, at++, lk_onnx_number(in, k));
    }
    return lk_onnx_make_array(build, made);
}

/* Numbers of a list by their places. */
static lk_status move_gather(lk_onnx_build *build)
{
    const lk_onnx_array *in, *places;
    lk_onnx_array *made;
    size_t at;
    LK_TRY(lk_onnx_fold_input(build, 0, &in));
    LK_TRY(lk_onnx_wholes(build, 1, false, &places));
    LK_ONNX_REQUIRE(in->rank == 1, build, LK_ERROR_UNSUPPORTED,
                    "takes from a constant of %zu directions, expected a list", in->rank);
    LK_TRY(lk_onnx_array_new(build, &made, in->whole != NULL, places->shape, places->rank));
    for (size_t i = 0; i < made->count; i++) {
        LK_TRY(lk_onnx_axis(build, places->whole[i], in->count, &at));
        lk_onnx_set(made, i, lk_onnx_number(in, at));
    }
    return lk_onnx_make_array(build, made);
}

/* A stretch of a list. */
static lk_status move_slice(lk_onnx_build *build)
{
    const lk_onnx_array *in;
    lk_onnx_array *made;
    int64_t starts[LK_MAX_RANK], ends[LK_MAX_RANK], steps[LK_MAX_RANK];
    size_t counts[3];
    bool there[3];
    LK_TRY(lk_onnx_fold_input(build, 0, &in));
    LK_TRY(lk_onnx_list(build, "starts", 1, starts, &counts[0], &there[0]));
    LK_TRY(lk_onnx_list(build, "ends", 2, ends, &counts[1], &there[1]));
    LK_TRY(lk_onnx_list(build, "steps", 4, steps, &counts[2], &there[2]));
    LK_ONNX_REQUIRE(in->rank == 1 && counts[0] == 1 && counts[1] == 1 &&
                        (!there[2] || (counts[2] == 1 && steps[0] == 1)),
                    build, LK_ERROR_UNSUPPORTED, "takes more than a stretch of a list");
    size_t first = lk_onnx_place(starts[0], in->count), end = lk_onnx_place(ends[0], in->count);
    size_t count = end > first ? end - first : 0;
    LK_TRY(lk_onnx_array_new(build, &made, in->whole != NULL, &count, 1));
    for (size_t i = 0; i < count; i++)
        lk_onnx_set(made, i, lk_onnx_number(in, first + i));
    return lk_onnx_make_array(build, made);
}

static lk_status move_shape(lk_onnx_build *build)
{
    const lk_onnx_array *in;
    lk_onnx_array *made;
    LK_TRY(lk_onnx_fold_input(build, 0, &in));
    LK_TRY(lk_onnx_array_new(build, &made, true, &in->rank, 1));
    for (size_t i = 0; i < in->rank; i++)
        made->whole[i] = (int64_t)in->shape[i];
    return lk_onnx_make_array(build, made);
}

static lk_status move_constant_of_shape(lk_onnx_build *build)
{
    const lk_onnx_attribute *value = lk_onnx_attribute_of(build->node, "value");
    lk_onnx_array *made, *one = NULL;
    int64_t list[LK_MAX_RANK];
    size_t shape[LK_MAX_RANK], count;
    const lk_onnx_array *in;
    LK_TRY(lk_onnx_wholes(build, 0, false, &in));
    LK_ONNX_REQUIRE(in->count <= LK_MAX_RANK, build, LK_ERROR_UNSUPPORTED, "makes %zu directions",
                    in->count);
    count = in->count;
    memcpy(list, in->whole, count * sizeof *list);
    for (size_t i = 0; i < count; i++) {
        LK_ONNX_REQUIRE(list[i] >= 0, build, LK_ERROR_SHAPE, "makes the extent %lld",
                        (long long)list[i]);
        shape[i] = (size_t)list[i];
    }
    if (value && value->tensor) {
        LK_TRY(lk_onnx_array_of(build, &one, value->tensor));
        LK_ONNX_REQUIRE(one->count == 1, build, LK_ERROR_SHAPE, "of %zu numbers, expected one",
                        one->count);
    }
    LK_TRY(lk_onnx_array_new(build, &made, one && one->whole, shape, count));
    for (size_t i = 0; one && i < made->count; i++)
        lk_onnx_set(made, i, lk_onnx_number(one, 0));
    return lk_onnx_make_array(build, made);
}

lk_onnx_operator_fn lk_onnx_moving_operator(lk_onnx_text name)
{
    static const lk_onnx_operator table[] = {
        {"Constant", move_constant}, {"Identity", move_identity},
        {"Reshape", move_reshape},   {"Unsqueeze", move_unsqueeze},
        {"Squeeze", move_squeeze},   {"Transpose", move_transpose},
        {"Concat", move_concat},     {"Gather", move_gather},
        {"Slice", move_slice},       {"Shape", move_shape},
        {"Dropout", move_identity},  {"ConstantOfShape", move_constant_of_shape},
    };
    return lk_onnx_find_operator(table, COUNT(table), name);
}

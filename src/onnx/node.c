/* What a node says, reads and makes. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "onnx/build.h"

/* Nodes may have no name: then that of what they make. */
static lk_onnx_text node_name(const lk_onnx_build *build)
{
    const lk_onnx_node *node = build->node;
    if (node->name.length || node->output_count == 0)
        return node->name;
    return build->onnx->values[node->outputs[0]];
}

lk_status lk_onnx_fail(const lk_onnx_build *build, lk_status status, const char *format, ...)
{
    char text[400];
    va_list list;
    va_start(list, format);
    lk_vsnprintf(text, sizeof text, format, list);
    va_end(list);
    lk_onnx_text name = node_name(build), operation = build->node->operation;
    return lk_fail(status, "node \"%s\" (%s): %s", LK_SHORT_OF(name.bytes, name.length, 60),
                   LK_SHORT_OF(operation.bytes, operation.length, 40), text);
}

const lk_onnx_item *lk_onnx_input(lk_onnx_build *build, size_t index)
{
    static const lk_onnx_item nothing = {.kind = LK_ONNX_NOTHING};
    if (index >= build->node->input_count || build->node->inputs[index] == 0)
        return &nothing;
    return &build->items[build->node->inputs[index]];
}

lk_status lk_onnx_layer_input(lk_onnx_build *build, size_t index, lk_onnx_item *out)
{
    LK_TRY(lk_onnx_any_layer_input(build, index, out));
    LK_ONNX_REQUIRE(out->rank <= LK_ONNX_RANK, build, LK_ERROR_UNSUPPORTED,
                    "its input %zu has %zu directions, at most %d are taken", index, out->rank,
                    LK_ONNX_RANK);
    LK_ONNX_REQUIRE(!out->channels_last, build, LK_ERROR_UNSUPPORTED,
                    "reads the image with its channels last, expected a Transpose at first");
    return LK_OK;
}

lk_status lk_onnx_any_layer_input(lk_onnx_build *build, size_t index, lk_onnx_item *out)
{
    const lk_onnx_item *item = lk_onnx_input(build, index);
    LK_ONNX_REQUIRE(item->kind == LK_ONNX_LAYER, build, LK_ERROR_UNSUPPORTED,
                    "its input %zu %s, expected what depends on the image", index,
                    item->kind == LK_ONNX_ARRAY ? "is constant" : "is not there");
    *out = *item;
    return LK_OK;
}

static lk_status node_array(lk_onnx_build *build, size_t index, bool optional, bool whole,
                            const lk_onnx_array **out)
{
    const lk_onnx_item *item = lk_onnx_input(build, index);
    *out = NULL;
    if (item->kind == LK_ONNX_NOTHING && optional)
        return LK_OK;
    LK_ONNX_REQUIRE(item->kind == LK_ONNX_ARRAY, build, LK_ERROR_UNSUPPORTED,
                    "its input %zu %s, expected constant numbers", index,
                    item->kind == LK_ONNX_LAYER ? "depends on the image" : "is not there");
    LK_ONNX_REQUIRE(whole ? item->array->whole != NULL : item->array->real != NULL, build,
                    LK_ERROR_UNSUPPORTED, "its input %zu holds %s numbers, expected %s", index,
                    whole ? "real" : "whole", whole ? "whole ones" : "real ones");
    *out = item->array;
    return LK_OK;
}

lk_status lk_onnx_reals(lk_onnx_build *build, size_t index, bool optional,
                        const lk_onnx_array **out)
{
    return node_array(build, index, optional, false, out);
}

lk_status lk_onnx_wholes(lk_onnx_build *build, size_t index, bool optional,
                         const lk_onnx_array **out)
{
    return node_array(build, index, optional, true, out);
}

lk_status lk_onnx_make(lk_onnx_build *build, size_t index, const lk_onnx_item *item)
{
    LK_ONNX_REQUIRE(index < build->node->output_count, build, LK_ERROR_FORMAT, "has no output %zu",
                    index);
    lk_onnx_item *made = &build->items[build->node->outputs[index]];
    size_t readers = made->readers;
    LK_ONNX_REQUIRE(made->kind == LK_ONNX_NOTHING, build, LK_ERROR_FORMAT,
                    "makes what is there already");
    if (build->node->outputs[index] == 0)
        return LK_OK;
    *made = *item;
    made->readers = readers;
    return LK_OK;
}

lk_status lk_onnx_make_array(lk_onnx_build *build, lk_onnx_array *array)
{
    return lk_onnx_make(build, 0, &(lk_onnx_item){.kind = LK_ONNX_ARRAY, .array = array});
}

int64_t lk_onnx_integer(const lk_onnx_build *build, const char *name, int64_t otherwise)
{
    const lk_onnx_attribute *attribute = lk_onnx_attribute_of(build->node, name);
    return attribute ? attribute->integer : otherwise;
}

double lk_onnx_real(const lk_onnx_build *build, const char *name, double otherwise)
{
    const lk_onnx_attribute *attribute = lk_onnx_attribute_of(build->node, name);
    return attribute ? (double)attribute->real : otherwise;
}

lk_status lk_onnx_list(lk_onnx_build *build, const char *name, size_t index,
                       int64_t out[LK_MAX_RANK], size_t *count, bool *there)
{
    const lk_onnx_attribute *attribute = lk_onnx_attribute_of(build->node, name);
    const lk_onnx_array *array = NULL;
    *count = 0;
    *there = attribute != NULL;
    if (attribute)
        return lk_onnx_integers(attribute, out, LK_MAX_RANK, count);
    if (index)
        LK_TRY(lk_onnx_wholes(build, index, true, &array));
    if (!array)
        return LK_OK;
    LK_ONNX_REQUIRE(array->count <= LK_MAX_RANK, build, LK_ERROR_UNSUPPORTED,
                    "its input %zu holds %zu numbers, at most %d are read", index, array->count,
                    LK_MAX_RANK);
    *there = true;
    *count = array->count;
    memcpy(out, array->whole, array->count * sizeof *out);
    return LK_OK;
}

lk_status lk_onnx_axis(const lk_onnx_build *build, int64_t axis, size_t rank, size_t *out)
{
    int64_t from_start = axis < 0 ? axis + (int64_t)rank : axis;
    LK_ONNX_REQUIRE(axis >= -(int64_t)rank && axis < (int64_t)rank, build, LK_ERROR_SHAPE,
                    "axis %lld of %zu directions", (long long)axis, rank);
    *out = (size_t)from_start;
    return LK_OK;
}

size_t lk_onnx_place(int64_t at, size_t extent)
{
    if (at < 0)
        at = at < -(int64_t)extent ? 0 : at + (int64_t)extent;
    return (uint64_t)at > extent ? extent : (size_t)at;
}

static lk_status node_charge(lk_onnx_build *build, size_t numbers)
{
    LK_REQUIRE(numbers <= build->numbers_left, LK_ERROR_LIMIT,
               "its constants come to far more numbers than the file has");
    build->numbers_left -= numbers;
    return LK_OK;
}

lk_status lk_onnx_array_new(lk_onnx_build *build, lk_onnx_array **out, bool whole,
                            const size_t *shape, size_t rank)
{
    size_t count;
    LK_REQUIRE(rank <= LK_MAX_RANK && lk_mul_all(shape, rank, &count), LK_ERROR_LIMIT,
               "a constant of more numbers than can be counted");
    LK_TRY(node_charge(build, count * (whole ? 2 : 1) + 64));
    LK_TRY(lk_grow(&build->arrays, &build->array_capacity, build->array_count + 1,
                   sizeof(lk_onnx_array *)));
    lk_onnx_array *array;
    LK_TRY(lk_alloc(&array, 1, sizeof *array));
    build->arrays[build->array_count++] = array;
    array->rank = rank;
    array->count = count;
    if (rank)
        memcpy(array->shape, shape, rank * sizeof *shape);
    LK_TRY(whole ? lk_alloc(&array->whole, count, sizeof *array->whole)
                 : lk_alloc(&array->real, count, sizeof *array->real));
    *out = array;
    return LK_OK;
}

lk_status lk_onnx_array_of(lk_onnx_build *build, lk_onnx_array **out, const lk_onnx_tensor *tensor)
{
    bool whole = lk_onnx_is_whole(tensor);
    LK_TRY(lk_onnx_array_new(build, out, whole, tensor->shape, tensor->rank));
    (*out)->type = tensor->type;
    bool read = whole ? lk_onnx_whole(tensor, (*out)->whole) : lk_onnx_floats(tensor, (*out)->real);
    LK_REQUIRE(read, LK_ERROR_UNSUPPORTED, "a tensor of type %d", (int)tensor->type);
    return LK_OK;
}

/* Whole numbers take eight times the bytes that they have in the file. */
void lk_onnx_let_go(lk_onnx_build *build, size_t index)
{
    const lk_onnx_item *item = lk_onnx_input(build, index);
    if (!item->tensor || item->readers != 1)
        return;
    free(item->array->whole);
    item->array->whole = NULL;
}

lk_onnx_operator_fn lk_onnx_find_operator(const lk_onnx_operator *table, size_t count,
                                          lk_onnx_text name)
{
    for (size_t i = 0; i < count; i++)
        if (lk_onnx_text_is(name, table[i].name))
            return table[i].run;
    return NULL;
}

/* Operators that take number by number: activations and arithmetic. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "onnx/build.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- activations ---- */

static lk_status number_relu(lk_onnx_build *build)
{
    lk_onnx_item item;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_RELU, &item);
    LK_TRY(lk_onnx_add_layer(build, &layer, &item));
    return lk_onnx_make(build, 0, &item);
}

/* A slope a channel, taken over; of matrices one for all. */
static lk_status number_bend(lk_onnx_build *build, lk_onnx_item *item, const double *slopes)
{
    float *numbers;
    size_t channels = lk_onnx_shape(item).channels;
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_PRELU, item);
    LK_TRY(lk_onnx_add_layer(build, &layer, item));
    LK_TRY(lk_alloc(&numbers, channels, sizeof *numbers));
    for (size_t c = 0; c < channels; c++)
        numbers[c] = (float)slopes[c];
    return lk_onnx_take(build, numbers, channels);
}

static lk_status number_prelu(lk_onnx_build *build)
{
    const lk_onnx_array *slope;
    lk_onnx_item item;
    double *slopes;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_TRY(lk_onnx_reals(build, 1, false, &slope));
    LK_TRY(lk_onnx_channels(build, slope, &item, &slopes));
    LK_ONNX_REQUIRE(slopes, build, LK_ERROR_UNSUPPORTED,
                    "%zu slopes, expected one for each of %zu channels", slope->count,
                    lk_onnx_shape(&item).channels);
    lk_status status = number_bend(build, &item, slopes);
    free(slopes);
    return status == LK_OK ? lk_onnx_make(build, 0, &item) : status;
}

static lk_status number_leaky(lk_onnx_build *build)
{
    lk_onnx_item item;
    double *slopes, alpha = lk_onnx_real(build, "alpha", 0.01);
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    size_t channels = lk_onnx_shape(&item).channels;
    LK_TRY(lk_alloc(&slopes, channels, sizeof *slopes));
    for (size_t c = 0; c < channels; c++)
        slopes[c] = alpha;
    lk_status status = number_bend(build, &item, slopes);
    free(slopes);
    return status == LK_OK ? lk_onnx_make(build, 0, &item) : status;
}

/* A bound: an attribute, or since version 11 an input. */
static lk_status number_bound(lk_onnx_build *build, const char *name, size_t index, double *bound)
{
    const lk_onnx_array *array;
    LK_TRY(lk_onnx_reals(build, index, true, &array));
    LK_ONNX_REQUIRE(!array || array->count == 1, build, LK_ERROR_SHAPE,
                    "its input %zu holds %zu numbers, expected 1", index, array->count);
    *bound = array ? (double)array->real[0] : lk_onnx_real(build, name, *bound);
    return LK_OK;
}

static lk_status number_clip(lk_onnx_build *build)
{
    lk_onnx_item item;
    double least = -INFINITY, most = INFINITY;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_TRY(number_bound(build, "min", 1, &least));
    LK_TRY(number_bound(build, "max", 2, &most));
    LK_TRY(lk_onnx_activate(build, &item, LK_NN_CLIP, least, most));
    return lk_onnx_make(build, 0, &item);
}

static lk_status number_function(lk_onnx_build *build, lk_nn_function function, double alpha,
                                 double beta)
{
    lk_onnx_item item;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_TRY(lk_onnx_activate(build, &item, function, alpha, beta));
    return lk_onnx_make(build, 0, &item);
}

static lk_status number_sigmoid(lk_onnx_build *build)
{
    return number_function(build, LK_NN_SIGMOID, 0, 0);
}

static lk_status number_hard_sigmoid(lk_onnx_build *build)
{
    return number_function(build, LK_NN_HARD_SIGMOID, lk_onnx_real(build, "alpha", 0.2),
                           lk_onnx_real(build, "beta", 0.5));
}

static lk_status number_hard_swish(lk_onnx_build *build)
{
    return number_function(build, LK_NN_HARD_SWISH, 0, 0);
}

static lk_status number_tanh(lk_onnx_build *build)
{
    return number_function(build, LK_NN_TANH, 0, 0);
}

static lk_status number_erf(lk_onnx_build *build)
{
    return number_function(build, LK_NN_ERF, 0, 0);
}

static lk_status number_gelu(lk_onnx_build *build)
{
    const lk_onnx_attribute *way = lk_onnx_attribute_of(build->node, "approximate");
    LK_ONNX_REQUIRE(!way || lk_onnx_text_is(way->text, "none"), build, LK_ERROR_UNSUPPORTED,
                    "an approximation, only the function itself is taken");
    return number_function(build, LK_NN_GELU, 0, 0);
}

static lk_status number_elu(lk_onnx_build *build)
{
    return number_function(build, LK_NN_ELU, lk_onnx_real(build, "alpha", 1), 0);
}

static lk_status number_exp(lk_onnx_build *build)
{
    return number_function(build, LK_NN_EXP, 0, 0);
}

static lk_status number_sqrt(lk_onnx_build *build)
{
    return number_function(build, LK_NN_SQRT, 0, 0);
}

static lk_status number_abs(lk_onnx_build *build)
{
    return number_function(build, LK_NN_ABS, 0, 0);
}

static lk_status number_reciprocal(lk_onnx_build *build)
{
    return number_function(build, LK_NN_POWER, -1, 0);
}

static lk_status number_power(lk_onnx_build *build)
{
    const lk_onnx_item *second = lk_onnx_input(build, 1);
    LK_ONNX_REQUIRE(second->kind == LK_ONNX_ARRAY && second->array->count == 1, build,
                    LK_ERROR_UNSUPPORTED, "its second input is not one constant number");
    const lk_onnx_array *array = second->array;
    return number_function(build, LK_NN_POWER,
                           array->real ? (double)array->real[0] : (double)array->whole[0], 0);
}

/* ---- arithmetic ---- */

/* A constant a channel: factors[], sums[] of what it does to the layer. */
static void number_line(lk_nn_arithmetic arithmetic, bool constant_first, double constant,
                        double *factor, double *sum)
{
    *factor = arithmetic == LK_NN_TIMES ? constant : arithmetic == LK_NN_OVER ? 1 / constant : 1;
    *sum = arithmetic == LK_NN_PLUS ? constant : 0;
    if (arithmetic == LK_NN_MINUS) {
        *factor = constant_first ? -1 : 1;
        *sum = constant_first ? constant : -constant;
    }
}

/* *done is false where the constant is no number a channel. */
static lk_status number_by_channel(lk_onnx_build *build, const lk_onnx_array *array,
                                   bool constant_first, lk_nn_arithmetic arithmetic,
                                   lk_onnx_item *item, bool *done)
{
    double *constants, *sums;
    *done = false;
    if (constant_first && arithmetic == LK_NN_OVER)
        return LK_OK;
    LK_TRY(lk_onnx_channels(build, array, item, &constants));
    if (!constants)
        return LK_OK;
    size_t channels = lk_onnx_shape(item).channels;
    lk_status status = lk_alloc(&sums, channels, sizeof *sums);
    if (status == LK_OK) {
        for (size_t c = 0; c < channels; c++)
            number_line(arithmetic, constant_first, constants[c], &constants[c], &sums[c]);
        status = lk_onnx_affine(build, item, constants, sums);
        free(sums);
    }
    free(constants);
    *done = status == LK_OK;
    return status;
}

static lk_status number_with_array(lk_onnx_build *build, size_t constant,
                                   lk_nn_arithmetic arithmetic)
{
    const lk_onnx_array *array;
    lk_onnx_item item, second;
    bool done;
    LK_TRY(lk_onnx_reals(build, constant, false, &array));
    LK_TRY(lk_onnx_layer_input(build, !constant, &item));
    LK_TRY(number_by_channel(build, array, constant == 0, arithmetic, &item, &done));
    if (!done) {
        LK_TRY(lk_onnx_add_constant(build, array, item.rank, &second));
        LK_TRY(lk_onnx_binary(build, &item, constant ? &item : &second, constant ? &second : &item,
                              arithmetic));
    }
    return lk_onnx_make(build, 0, &item);
}

static lk_status number_arithmetic(lk_onnx_build *build, lk_nn_arithmetic arithmetic)
{
    for (size_t i = 0; i < 2; i++)
        if (lk_onnx_input(build, i)->kind == LK_ONNX_ARRAY)
            return number_with_array(build, i, arithmetic);
    lk_onnx_item a, b, item;
    LK_TRY(lk_onnx_layer_input(build, 0, &a));
    LK_TRY(lk_onnx_layer_input(build, 1, &b));
    LK_TRY(lk_onnx_binary(build, &item, &a, &b, arithmetic));
    return lk_onnx_make(build, 0, &item);
}

static lk_status number_add(lk_onnx_build *build)
{
    return number_arithmetic(build, LK_NN_PLUS);
}

static lk_status number_subtract(lk_onnx_build *build)
{
    return number_arithmetic(build, LK_NN_MINUS);
}

static lk_status number_multiply(lk_onnx_build *build)
{
    return number_arithmetic(build, LK_NN_TIMES);
}

static lk_status number_divide(lk_onnx_build *build)
{
    return number_arithmetic(build, LK_NN_OVER);
}

static lk_status number_negative(lk_onnx_build *build)
{
    lk_onnx_item item;
    double *factors, *sums;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    size_t channels = lk_onnx_shape(&item).channels;
    LK_TRY(lk_alloc(&factors, 2 * channels, sizeof *factors));
    sums = factors + channels;
    for (size_t c = 0; c < channels; c++)
        factors[c] = -1;
    lk_status status = lk_onnx_affine(build, &item, factors, sums);
    free(factors);
    return status == LK_OK ? lk_onnx_make(build, 0, &item) : status;
}

lk_onnx_operator_fn lk_onnx_number_operator(lk_onnx_text name)
{
    static const lk_onnx_operator table[] = {
        {"Relu", number_relu},
        {"PRelu", number_prelu},
        {"LeakyRelu", number_leaky},
        {"Clip", number_clip},
        {"Sigmoid", number_sigmoid},
        {"HardSigmoid", number_hard_sigmoid},
        {"HardSwish", number_hard_swish},
        {"Tanh", number_tanh},
        {"Erf", number_erf},
        {"Gelu", number_gelu},
        {"Elu", number_elu},
        {"Exp", number_exp},
        {"Sqrt", number_sqrt},
        {"Abs", number_abs},
        {"Reciprocal", number_reciprocal},
        {"Pow", number_power},
        {"Add", number_add},
        {"Sub", number_subtract},
        {"Mul", number_multiply},
        {"Div", number_divide},
        {"Neg", number_negative},
    };
    return lk_onnx_find_operator(table, COUNT(table), name);
}

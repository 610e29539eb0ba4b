/* Convolutions, batch norms, pools, fully connected layers. */
#include "onnx/window.h"

#include <float.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- convolutions ---- */

/* No small file keeps a processor for minutes. */
static lk_status window_count_products(lk_onnx_build *build, double products)
{
    const double most = 3e11;
    build->products += products;
    LK_ONNX_REQUIRE(build->products <= most, build, LK_ERROR_LIMIT,
                    "the network would do more than %g multiplications an image", most);
    return LK_OK;
}

static lk_status window_check_groups(const lk_onnx_build *build, const lk_onnx_array *weight,
                                     const lk_onnx_array *bias, size_t channels, int64_t groups)
{
    LK_ONNX_REQUIRE(weight->rank == 4 && weight->count, build, LK_ERROR_UNSUPPORTED,
                    "its weights have %zu directions, expected 4: only planes are taken",
                    weight->rank);
    LK_ONNX_REQUIRE(
        groups >= 1 && (uint64_t)groups <= channels && channels % (size_t)groups == 0 &&
            weight->shape[0] % (size_t)groups == 0 && weight->shape[1] == channels / (size_t)groups,
        build, LK_ERROR_SHAPE, "%zu channels in %lld groups, weights of [%zu, %zu, ...]", channels,
        (long long)groups, weight->shape[0], weight->shape[1]);
    LK_ONNX_REQUIRE(!bias || bias->count == weight->shape[0], build, LK_ERROR_SHAPE,
                    "%zu biases for %zu channels", bias->count, weight->shape[0]);
    return LK_OK;
}

/* The weights of a window with gaps as those of one without: zeros in the gaps. */
static lk_status window_give_spread(lk_onnx_build *build, const lk_onnx_array *weight,
                                    const lk_onnx_window *w)
{
    const size_t *small = weight->shape + 2, *large = w->kernel;
    size_t windows = weight->count / (small[0] * small[1]), count;
    float *numbers;
    LK_ONNX_REQUIRE(lk_mul(windows, large[0] * large[1], &count) && count <= build->numbers_left,
                    build, LK_ERROR_LIMIT,
                    "its weights come to far more numbers than the file has, with dilations");
    LK_TRY(lk_alloc(&numbers, count, sizeof *numbers));
    for (size_t i = 0; i < weight->count; i++) {
        size_t window = i / (small[0] * small[1]), y = i / small[1] % small[0], x = i % small[1];
        numbers[(window * large[0] + y * w->gap[0]) * large[1] + x * w->gap[1]] = weight->real[i];
    }
    return lk_onnx_take(build, numbers, count);
}

static lk_status window_conv(lk_onnx_build *build)
{
    const lk_onnx_array *weight, *bias;
    lk_onnx_item item, from;
    lk_onnx_window w;
    int64_t groups = lk_onnx_integer(build, "group", 1);
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_TRY(lk_onnx_reals(build, 1, false, &weight));
    LK_TRY(lk_onnx_reals(build, 2, true, &bias));
    from = item;
    LK_TRY(lk_onnx_to_blocks(build, &item));
    LK_TRY(window_check_groups(build, weight, bias, item.shape[1], groups));
    LK_TRY(lk_onnx_window_read(build, &w, &item, weight->shape + 2));
    for (int i = 0; i < 2; i++)
        w.kernel[i] = lk_onnx_window_reach(&w, i);
    LK_TRY(lk_onnx_window_fit(build, &w, &item, &(float){0}));
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_CONV, &item);
    lk_onnx_window_set(&w, &layer, &item);
    layer.channels = item.shape[1] = weight->shape[0];
    layer.groups = (size_t)groups;
    layer.bias = bias != NULL;
    LK_TRY(window_count_products(build, (double)weight->shape[0] * (double)weight->shape[1] *
                                            (double)w.kernel[0] * (double)w.kernel[1] *
                                            (double)item.shape[2] * (double)item.shape[3]));
    LK_TRY(lk_onnx_add_layer(build, &layer, &item));
    if (w.gap[0] > 1 || w.gap[1] > 1)
        LK_TRY(window_give_spread(build, weight, &w));
    else
        LK_TRY(lk_onnx_give(build, weight->real, weight->count));
    if (bias)
        LK_TRY(lk_onnx_give(build, bias->real, bias->count));
    LK_TRY(lk_onnx_note_whole(build, item.layer, &from, weight));
    return lk_onnx_make(build, 0, &item);
}

static lk_status window_norm(lk_onnx_build *build)
{
    const lk_onnx_array *parts[4];
    lk_onnx_item item;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_ONNX_REQUIRE(item.rank != 3, build, LK_ERROR_UNSUPPORTED,
                    "its input has 3 directions, expected 2 or 4");
    for (size_t i = 0; i < COUNT(parts); i++) {
        LK_TRY(lk_onnx_reals(build, i + 1, false, &parts[i]));
        LK_ONNX_REQUIRE(parts[i]->count == item.shape[1], build, LK_ERROR_SHAPE,
                        "its input %zu has %zu numbers for %zu channels", i + 1, parts[i]->count,
                        item.shape[1]);
    }
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_NORM, &item);
    layer.epsilon = lk_onnx_real(build, "epsilon", 1e-5);
    LK_TRY(lk_onnx_add_layer(build, &layer, &item));
    for (size_t i = 0; i < COUNT(parts); i++)
        LK_TRY(lk_onnx_give(build, parts[i]->real, parts[i]->count));
    return lk_onnx_make(build, 0, &item);
}

/* ---- pools ---- */

/* The mean of windows that hang over the edge is not ours: they must not. */
static lk_status window_floor_mean(const lk_onnx_build *build, lk_onnx_window *w,
                                   const lk_onnx_item *item)
{
    lk_nn_layer unused;
    lk_onnx_item ceiled = *item, floored = *item;
    lk_onnx_window_set(w, &unused, &ceiled);
    w->ceil_mode = false;
    lk_onnx_window_set(w, &unused, &floored);
    LK_ONNX_REQUIRE(ceiled.shape[2] == floored.shape[2] && ceiled.shape[3] == floored.shape[3],
                    build, LK_ERROR_UNSUPPORTED, "its last windows hang over the edge (ceil_mode)");
    return LK_OK;
}

static lk_status window_pool(lk_onnx_build *build, lk_nn_op op)
{
    lk_onnx_item item;
    lk_onnx_window w;
    bool mean = op == LK_NN_MEANPOOL,
         count_padding = lk_onnx_integer(build, "count_include_pad", 0);
    float around = mean ? 0 : -FLT_MAX; /* which is never the largest */
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_TRY(lk_onnx_to_blocks(build, &item));
    LK_TRY(lk_onnx_window_read(build, &w, &item, NULL));
    LK_ONNX_REQUIRE(w.gap[0] == 1 && w.gap[1] == 1, build, LK_ERROR_UNSUPPORTED,
                    "its window has gaps (dilations %zu, %zu)", w.gap[0], w.gap[1]);
    LK_TRY(lk_onnx_window_fit(build, &w, &item, mean && !count_padding ? NULL : &around));
    if (mean)
        LK_TRY(window_floor_mean(build, &w, &item));
    lk_nn_layer layer = lk_onnx_new_layer(build, op, &item);
    lk_onnx_window_set(&w, &layer, &item);
    layer.count_padding = count_padding;
    LK_TRY(window_count_products(build, (double)item.shape[1] * (double)item.shape[2] *
                                            (double)item.shape[3] * (double)w.kernel[0] *
                                            (double)w.kernel[1]));
    LK_TRY(lk_onnx_add_layer(build, &layer, &item));
    return lk_onnx_make(build, 0, &item);
}

static lk_status window_maxpool(lk_onnx_build *build)
{
    return window_pool(build, LK_NN_MAXPOOL);
}

static lk_status window_meanpool(lk_onnx_build *build)
{
    return window_pool(build, LK_NN_MEANPOOL);
}

static lk_status window_global(lk_onnx_build *build, lk_nn_op op)
{
    lk_onnx_item item;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_TRY(lk_onnx_to_blocks(build, &item));
    lk_nn_layer layer = lk_onnx_new_layer(build, op, &item);
    for (int i = 0; i < 2; i++) {
        layer.kernel[i] = item.shape[2 + i];
        layer.stride[i] = item.shape[2 + i] = 1;
    }
    LK_TRY(lk_onnx_add_layer(build, &layer, &item));
    return lk_onnx_make(build, 0, &item);
}

static lk_status window_global_mean(lk_onnx_build *build)
{
    return window_global(build, LK_NN_MEANPOOL);
}

static lk_status window_global_max(lk_onnx_build *build)
{
    return window_global(build, LK_NN_MAXPOOL);
}

/* ---- fully connected ---- */

/* weight[out][in] of an array [in][out], or with `turned` [out][in], times `factor`. */
static lk_status window_give_linear(lk_onnx_build *build, const lk_onnx_array *weight, bool turned,
                                    double factor)
{
    if (turned && factor == 1)
        return lk_onnx_give(build, weight->real, weight->count);
    float *numbers;
    size_t in = weight->shape[turned], out = weight->shape[!turned];
    LK_TRY(lk_alloc(&numbers, weight->count, sizeof *numbers));
    for (size_t o = 0; o < out; o++)
        for (size_t i = 0; i < in; i++)
            numbers[o * in + i] =
                (float)(factor * (double)weight->real[turned ? o * in + i : i * out + o]);
    return lk_onnx_take(build, numbers, weight->count);
}

static lk_status window_linear(lk_onnx_build *build, lk_onnx_item *item,
                               const lk_onnx_array *weight, bool turned, double factor,
                               const double *bias)
{
    LK_ONNX_REQUIRE(item->rank == 2 && weight->rank == 2 && weight->count &&
                        weight->shape[turned] == item->shape[1],
                    build, LK_ERROR_SHAPE, "multiplies %zu numbers by [%zu, %zu]", item->shape[1],
                    weight->shape[0], weight->shape[1]);
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_LINEAR, item);
    layer.channels = item->shape[1] = weight->shape[!turned];
    layer.bias = bias != NULL;
    LK_TRY(lk_onnx_add_layer(build, &layer, item));
    LK_TRY(window_give_linear(build, weight, turned, factor));
    if (!bias)
        return LK_OK;
    float *numbers;
    LK_TRY(lk_alloc(&numbers, layer.channels, sizeof *numbers));
    for (size_t i = 0; i < layer.channels; i++)
        numbers[i] = (float)bias[i];
    return lk_onnx_take(build, numbers, layer.channels);
}

static lk_status window_gemm(lk_onnx_build *build)
{
    const lk_onnx_array *weight, *bias;
    lk_onnx_item item, result;
    double *sums = NULL;
    LK_TRY(lk_onnx_layer_input(build, 0, &item));
    LK_TRY(lk_onnx_reals(build, 1, false, &weight));
    LK_TRY(lk_onnx_reals(build, 2, true, &bias));
    bool turned = lk_onnx_integer(build, "transB", 0) != 0;
    LK_ONNX_REQUIRE(!lk_onnx_integer(build, "transA", 0), build, LK_ERROR_UNSUPPORTED,
                    "turns the batch over (transA)");
    LK_ONNX_REQUIRE(weight->rank == 2, build, LK_ERROR_SHAPE,
                    "its weights have %zu directions, expected 2", weight->rank);
    result = (lk_onnx_item){.rank = 2, .shape = {1, weight->shape[!turned]}};
    if (bias) {
        LK_TRY(lk_onnx_channels(build, bias, &result, &sums));
        LK_ONNX_REQUIRE(sums, build, LK_ERROR_SHAPE, "%zu biases for %zu numbers", bias->count,
                        result.shape[1]);
    }
    double beta = lk_onnx_real(build, "beta", 1);
    for (size_t i = 0; sums && i < result.shape[1]; i++)
        sums[i] *= beta;
    lk_status status =
        window_linear(build, &item, weight, turned, lk_onnx_real(build, "alpha", 1), sums);
    free(sums);
    return status == LK_OK ? lk_onnx_make(build, 0, &item) : status;
}

/* A product of matrices; of a vector by constants a fully connected layer. */
static lk_status window_multiply(lk_onnx_build *build)
{
    lk_onnx_item in[2], item;
    size_t rank = 0;
    for (size_t i = 0; i < 2; i++)
        if (lk_onnx_input(build, i)->kind == LK_ONNX_LAYER)
            rank = lk_onnx_input(build, i)->rank;
    for (size_t i = 0; i < 2; i++) {
        const lk_onnx_item *from = lk_onnx_input(build, i);
        if (from->kind == LK_ONNX_ARRAY)
            LK_TRY(lk_onnx_add_constant(build, from->array, rank, &in[i]));
        else
            LK_TRY(lk_onnx_layer_input(build, i, &in[i]));
    }
    lk_nn_shape a = lk_onnx_shape(&in[0]), b = lk_onnx_shape(&in[1]);
    LK_ONNX_REQUIRE(rank >= 3 && in[0].rank == rank && in[1].rank == rank && a.width == b.height &&
                        (a.channels == b.channels || a.channels == 1 || b.channels == 1),
                    build, LK_ERROR_SHAPE, "multiplies [%zu, %zu, %zu] by [%zu, %zu, %zu]",
                    a.channels, a.height, a.width, b.channels, b.height, b.width);
    item = in[0];
    item.shape[rank - 1] = b.width;
    if (rank == 4 && a.channels == 1)
        item.shape[1] = b.channels;
    LK_TRY(
        window_count_products(build, (double)(a.channels > b.channels ? a.channels : b.channels) *
                                         (double)a.height * (double)a.width * (double)b.width));
    lk_nn_layer layer = lk_onnx_new_layer(build, LK_NN_MATMUL, &in[0]);
    layer.inputs[layer.input_count++] = in[1].layer;
    LK_TRY(lk_onnx_add_plain(build, &layer, &item));
    return lk_onnx_make(build, 0, &item);
}

static lk_status window_matmul(lk_onnx_build *build)
{
    const lk_onnx_item *a = lk_onnx_input(build, 0), *b = lk_onnx_input(build, 1);
    bool linear = a->kind == LK_ONNX_LAYER && a->rank == 2 && b->kind == LK_ONNX_ARRAY &&
                  b->array->real && b->array->rank == 2;
    if (!linear)
        return window_multiply(build);
    lk_onnx_item item = *a;
    LK_TRY(window_linear(build, &item, b->array, false, 1, NULL));
    return lk_onnx_make(build, 0, &item);
}

lk_onnx_operator_fn lk_onnx_window_operator(lk_onnx_text name)
{
    static const lk_onnx_operator table[] = {
        {"Conv", window_conv},
        {"BatchNormalization", window_norm},
        {"MaxPool", window_maxpool},
        {"AveragePool", window_meanpool},
        {"GlobalAveragePool", window_global_mean},
        {"GlobalMaxPool", window_global_max},
        {"Gemm", window_gemm},
        {"MatMul", window_matmul},
    };
    return lk_onnx_find_operator(table, COUNT(table), name);
}

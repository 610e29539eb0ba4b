/* From weights of floats to whole numbers. The network is run three times over the photographs:
 * how far its activations reach; how often each number is among them, from which their scales
 * follow (ranges.h); and what rounding changes in their means, which is taken off where the
 * convolution's bias or batch norm can. */
#include "embed/quantise.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/kernel/int8.h"
#include "nn/kernel/loops.h"
#include "weights/tensors.h"

/* ---- what is seen ---- */

static size_t quantise_group(const lk_quantiser *q, size_t layer)
{
    while (q->group[layer] != layer)
        layer = q->group[layer];
    return layer;
}

/* What a concatenation or pooling moves keeps its scale. */
static void quantise_join(lk_quantiser *q, const lk_nn_layer *layer, size_t index)
{
    for (size_t k = 0; k < layer->input_count; k++) {
        size_t a = quantise_group(q, index);
        size_t b = quantise_group(q, lk_nn_source(q->graph, layer->inputs[k]));
        q->group[a > b ? a : b] = a > b ? b : a;
    }
}

static lk_status quantise_begin_activation(lk_quantiser *q, size_t layer, size_t channels)
{
    lk_activation *seen = &q->seen[layer];
    if (seen->range)
        return LK_OK;
    size_t root = quantise_group(q, layer);
    if (!q->owned[root])
        LK_TRY(lk_alloc(&q->owned[root], 1, sizeof *q->owned[root]));
    seen->range = q->owned[root];
    seen->channels = channels;
    LK_TRY(lk_alloc(&seen->means, channels, sizeof *seen->means));
    return lk_alloc(&seen->rounded, channels, sizeof *seen->rounded);
}

static lk_status quantise_begin(lk_quantiser *q, lk_embedder *embedder)
{
    size_t side = lk_embedder_crop_size(embedder);
    lk_nn_shape *shapes;
    q->graph = lk_nn_model_graph(lk_embedder_model(embedder));
    size_t count = q->graph->count;
    LK_TRY(lk_alloc(&q->steps, count, sizeof *q->steps));
    LK_TRY(lk_alloc(&q->group, count, sizeof *q->group));
    LK_TRY(lk_alloc(&q->owned, count, sizeof *q->owned));
    LK_TRY(lk_alloc(&q->seen, count, sizeof *q->seen));
    LK_TRY(lk_nn_fuse(q->graph, q->steps, &q->step_count));
    for (size_t i = 0; i < count; i++)
        q->group[i] = i;
    for (size_t i = 0; i < count; i++)
        if (q->graph->layers[i].op == LK_NN_CONCAT || q->graph->layers[i].op == LK_NN_MAXPOOL)
            quantise_join(q, &q->graph->layers[i], i);
    LK_TRY(lk_alloc(&shapes, count, sizeof *shapes));
    lk_status status = lk_nn_graph_shapes(q->graph, side, side, shapes);
    for (size_t i = 0; i < count && status == LK_OK; i++) {
        size_t from = lk_nn_source(q->graph, q->graph->layers[i].inputs[0]);
        if (lk_quantiser_wants(q, &q->graph->layers[i]))
            status = quantise_begin_activation(q, from, shapes[from].channels);
    }
    free(shapes);
    return status;
}

static void quantise_end(lk_quantiser *q)
{
    for (size_t i = 0; q->seen && i < q->graph->count; i++) {
        free(q->seen[i].means);
        free(q->seen[i].rounded);
        if (q->owned)
            free(q->owned[i]);
    }
    free(q->steps);
    free(q->group);
    free(q->owned);
    free(q->seen);
    lk_tensors_close(q->out);
}

/* numbers[pixels][lanes] of channels from `first` on. */
static void quantise_add_means(lk_activation *seen, const float *numbers, size_t pixels,
                               size_t lanes, size_t first)
{
    float inverse = 1.0f / seen->scale.scale;
    for (size_t k = 0; k < lanes && first + k < seen->channels && seen->scale.scale > 0; k++)
        for (size_t i = 0; i < pixels; i++) {
            float x = numbers[i * lanes + k];
            int rounded = lk_nn_int8_of(x, inverse, seen->scale.zero);
            seen->means[first + k] += (double)x;
            seen->rounded[first + k] +=
                (double)seen->scale.scale * (rounded - (double)seen->scale.zero);
        }
}

/* Lanes without a channel hold zeros, which every range has. */
static void quantise_see(void *user, size_t layer, const lk_nn_view *view)
{
    lk_quantiser *q = user;
    lk_activation *seen = &q->seen[layer];
    if (!seen->range || view->vector)
        return;
    size_t group = view->plane * view->lanes, all = view->n * view->groups * group;
    if (q->pass == LK_PASS_WIDEN)
        lk_range_widen(seen->range, view->data, all);
    if (q->pass == LK_PASS_COUNT)
        lk_range_count(seen->range, view->data, all);
    if (q->pass != LK_PASS_MEANS)
        return;
    for (size_t p = 0; p < view->n * view->groups; p++)
        quantise_add_means(seen, view->data + p * group, view->plane, view->lanes,
                           p % view->groups * view->lanes);
    seen->numbers += (double)(view->n * view->plane);
}

static lk_status quantise_look(lk_quantiser *q, lk_embedder *embedder, const lk_image *crops,
                               size_t count)
{
    enum { TOGETHER = 8 };
    float *rows;
    LK_TRY(lk_alloc(&rows, TOGETHER * lk_embedder_output_size(embedder), sizeof *rows));
    lk_status status = LK_OK;
    for (int pass = 0; pass < LK_PASSES; pass++) {
        q->pass = (lk_quantise_pass)pass;
        for (size_t i = 0; i < count && status == LK_OK; i += TOGETHER)
            status = lk_embedder_run(embedder, rows, crops + i, lk_smaller(TOGETHER, count - i));
        for (size_t i = 0; pass == LK_PASS_COUNT && i < q->graph->count; i++)
            if (q->seen[i].range)
                q->seen[i].scale = lk_range_choose(q->seen[i].range);
    }
    free(rows);
    return status;
}

/* ---- weights ---- */

static lk_status quantise_round(lk_rounded *out, const lk_tensors *weights, const lk_tensor *tensor)
{
    LK_TRY(lk_quantiser_begin(out, tensor->shape[0], tensor->count));
    LK_TRY(lk_tensors_load_f32(weights, tensor->name, tensor->shape, tensor->rank, out->values));
    lk_quantiser_round(out);
    return LK_OK;
}

static lk_status quantise_add(lk_quantiser *q, const char *layer, const char *ending,
                              lk_dtype dtype, const void *data, size_t count)
{
    char *name;
    LK_TRY(lk_format(&name, "%s%s", layer, ending));
    lk_status status = lk_tensors_add(q->out, name, dtype, data, &count, 1);
    free(name);
    return status;
}

static lk_status quantise_add_rounded(lk_quantiser *q, const lk_tensor *t, const lk_rounded *r)
{
    LK_TRY(lk_tensors_add(q->out, t->name, LK_I8, r->whole, t->shape, t->rank));
    return quantise_add(q, t->name, "_scale", LK_F32, r->scale, r->rows);
}

/* ---- means ---- */

/* The step that a convolution begins. */
static const lk_nn_fused *quantise_step(const lk_quantiser *q, size_t layer)
{
    for (size_t s = 0; s < q->step_count; s++)
        if (q->steps[s].layer == layer)
            return &q->steps[s];
    return NULL;
}

/* The tensor that can take the excess off, added changed; where there is none, nothing. */
static lk_status quantise_correct(lk_quantiser *q, size_t layer, const lk_rounded *r)
{
    const lk_nn_fused *step = quantise_step(q, layer);
    const lk_activation *seen = lk_quantiser_input(q, layer);
    bool bias = q->graph->layers[layer].bias;
    if (!step || (!bias && !step->norm) || seen->numbers == 0)
        return LK_OK;
    char *name;
    float *values;
    LK_TRY(lk_format(&name, "%s.%s", q->graph->layers[bias ? layer : step->norm].name,
                     bias ? "bias" : "running_mean"));
    lk_status status = lk_alloc(&values, r->rows, sizeof *values);
    if (status == LK_OK) {
        status = lk_tensors_load_f32(q->weights, name, (size_t[]){r->rows}, 1, values);
        for (size_t c = 0; status == LK_OK && c < r->rows; c++)
            values[c] += (float)((bias ? -1 : 1) * lk_quantiser_excess(r, seen, c));
        if (status == LK_OK)
            status = lk_tensors_add(q->out, name, LK_F32, values, (size_t[]){r->rows}, 1);
        free(values);
    }
    free(name);
    return status;
}

/* ---- the file ---- */

static lk_status quantise_conv_rounded(lk_quantiser *q, size_t layer, const lk_tensor *tensor,
                                       const lk_rounded *r)
{
    const char *name = q->graph->layers[layer].name;
    const lk_activation *seen = lk_quantiser_input(q, layer);
    uint8_t zero = (uint8_t)seen->scale.zero;
    LK_TRY(quantise_add_rounded(q, tensor, r));
    LK_TRY(quantise_add(q, name, ".input_scale", LK_F32, &seen->scale.scale, 1));
    LK_TRY(quantise_add(q, name, ".input_zero", LK_U8, &zero, 1));
    return quantise_correct(q, layer, r);
}

static lk_status quantise_conv(lk_quantiser *q, size_t layer)
{
    const lk_nn_layer *conv = &q->graph->layers[layer];
    char name[LK_NN_NAME + 8];
    snprintf(name, sizeof name, "%s.weight", conv->name);
    const lk_tensor *tensor = lk_tensors_find(q->weights, name);
    if (!tensor || lk_quantiser_input(q, layer)->scale.scale == 0) /* all that it reads is 0 */
        return LK_OK;
    lk_rounded r;
    lk_status status = quantise_round(&r, q->weights, tensor);
    if (status == LK_OK)
        status = quantise_conv_rounded(q, layer, tensor, &r);
    lk_quantiser_free(&r);
    return status;
}

/* What a checkpoint of a training run has beside weights: they are not gone on with. */
static bool quantise_is_of_training(const lk_quantiser *q, const char *name)
{
    static const char *const beginnings[] = {"optimizer.", "average.",  "arcface.",
                                             "history.",   "schedule.", "state.json"};
    if (!lk_tensors_find(q->weights, "state.json"))
        return false;
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return false;
}

/* Matrices are rounded, too; all else stays as it is. */
static lk_status quantise_rest(lk_quantiser *q, const lk_tensor *tensor)
{
    if (tensor->rank != 2 || tensor->count == 0 || tensor->dtype == LK_I8)
        return lk_tensors_add(q->out, tensor->name, tensor->dtype, tensor->data, tensor->shape,
                              tensor->rank);
    lk_rounded r;
    lk_status status = quantise_round(&r, q->weights, tensor);
    if (status == LK_OK)
        status = quantise_add_rounded(q, tensor, &r);
    lk_quantiser_free(&r);
    return status;
}

static lk_status quantise_write(lk_quantiser *q)
{
    for (size_t i = 0; i < q->graph->count; i++)
        if (lk_quantiser_wants(q, &q->graph->layers[i]))
            LK_TRY(quantise_conv(q, i));
    for (size_t i = 0; i < lk_tensors_count(q->weights); i++) {
        const lk_tensor *tensor = lk_tensors_get(q->weights, i);
        if (!lk_tensors_find(q->out, tensor->name) && !quantise_is_of_training(q, tensor->name))
            LK_TRY(quantise_rest(q, tensor));
    }
    return LK_OK;
}

static lk_status quantise_all(lk_quantiser *q, lk_embedder *embedder, const lk_image *crops,
                              size_t count)
{
    LK_TRY(quantise_begin(q, embedder));
    lk_nn_model_set_watch(lk_embedder_model(embedder), (lk_nn_watch){quantise_see, q});
    LK_TRY(quantise_look(q, embedder, crops, count));
    LK_TRY(lk_tensors_create(&q->out));
    LK_TRY((lk_embed_onnx_of(q->weights) ? lk_quantiser_write_onnx : quantise_write)(q));
    return lk_model_traits_put(q->out, lk_embedder_traits(embedder));
}

lk_status lk_tensors_quantise(lk_tensors **out, const lk_tensors *weights, const lk_image *crops,
                              size_t count)
{
    LK_REQUIRE(out && weights && crops && count, LK_ERROR_ARGUMENT,
               "lk_tensors_quantise: NULL argument, or no crops");
    LK_REQUIRE(!lk_embed_is_quantised(weights), LK_ERROR_ARGUMENT, "%s: is quantised already",
               lk_tensors_path(weights));
    lk_embedder *embedder;
    lk_quantiser q = {.weights = weights};
    LK_TRY(lk_embedder_create_from(&embedder, weights, NULL));
    lk_status status = quantise_all(&q, embedder, crops, count);
    if (status == LK_OK) {
        *out = q.out;
        q.out = NULL;
    }
    quantise_end(&q);
    lk_embedder_destroy(embedder);
    return status;
}

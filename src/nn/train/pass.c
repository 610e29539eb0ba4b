/* A model in training: made for one batch, walked forward and backward. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/train/plan.h"
#include "nn/train/train.h"

static lk_status pass_create_steps(lk_nn_train *train)
{
    for (size_t s = 0; s < train->step_count; s++) {
        lk_nn_train_step *step = &train->steps[s];
        const lk_nn_layer *layer = lk_nn_train_layer(train, step);
        if (layer->op == LK_NN_CONV)
            LK_TRY(lk_nn_train_conv_create(train, step));
        else if (layer->op == LK_NN_NORM)
            LK_TRY(lk_nn_train_norm_create(train, step));
        else if (layer->op == LK_NN_MAXPOOL)
            LK_REQUIRE(layer->kernel[0] * layer->kernel[1] <= 256, LK_ERROR_UNSUPPORTED,
                       "layer %s: trains windows of up to 256 pixels", layer->name);
    }
    return LK_OK;
}

static lk_status pass_fill(lk_nn_train *train)
{
    const lk_nn_graph *graph = &train->model->graph;
    const lk_nn_train_options *o = &train->options;
    train->layers = graph->count;
    train->lanes = lk_dnnl_block();
    train->vector = lk_nn_vector_of(train->lanes);
    LK_TRY(lk_alloc(&train->shapes, train->layers, sizeof *train->shapes));
    LK_TRY(lk_nn_graph_shapes(graph, o->height, o->width, train->shapes));
    LK_TRY(lk_nn_check_shapes(train->model, train->shapes));
    LK_TRY(lk_dnnl_stream_create(&train->stream));
    LK_TRY(lk_nn_train_list(train));
    LK_TRY(lk_nn_train_places(train));
    LK_TRY(pass_create_steps(train));
    LK_TRY(lk_nn_train_memory_plan(train));
    LK_TRY(lk_alloc_aligned(&train->scratch, train->scratch_bytes, 1));
    LK_TRY(lk_alloc_aligned(&train->partial, train->partial_count, sizeof(double)));
    return lk_nn_train_make_slots(train);
}

lk_status lk_nn_train_create(lk_nn_train **out, lk_nn_model *model,
                             const lk_nn_train_options *options)
{
    enum { MAX_IMAGES = 1 << 16 };
    LK_REQUIRE(options->count && options->count <= MAX_IMAGES, LK_ERROR_ARGUMENT,
               "a batch of %zu images, 1 to %d fit", options->count, MAX_IMAGES);
    lk_nn_train *train;
    LK_TRY(lk_alloc(&train, 1, sizeof *train));
    train->model = model;
    train->options = *options;
    lk_status status = pass_fill(train);
    if (status != LK_OK) {
        lk_nn_train_destroy(train);
        return status;
    }
    train->options.frozen = NULL; /* the caller's, no longer needed */
    train->options.frozen_count = 0;
    *out = train;
    return LK_OK;
}

void lk_nn_train_destroy(lk_nn_train *train)
{
    if (!train)
        return;
    for (size_t s = 0; train->steps && s < train->step_count; s++) {
        lk_dnnl_filter_destroy(train->steps[s].filter);
        free(train->steps[s].affine);
    }
    lk_dnnl_stream_destroy(train->stream);
    lk_free_aligned(train->arena);
    lk_free_aligned(train->scratch);
    lk_free_aligned(train->partial);
    lk_free_aligned(train->weights);
    lk_free_aligned(train->gradients);
    free(train->shapes);
    free(train->tensors);
    free(train->places);
    free(train->steps);
    free(train->blocks);
    free(train->slots);
    free(train);
}

/* The block behind the tensors' is an input that has to be packed first. */
static float *pass_plain_input(const lk_nn_train *train)
{
    return train->arena + train->blocks[LK_NN_TRAIN_MEMORIES * train->layers].offset;
}

float *lk_nn_train_input(const lk_nn_train *train)
{
    return train->pack_input ? pass_plain_input(train)
                             : lk_nn_train_part(train, LK_NN_VALUE, 0).data;
}

static lk_status pass_forward_step(lk_nn_train *train, const lk_nn_train_step *step)
{
    switch (lk_nn_train_layer(train, step)->op) {
    case LK_NN_CONV: return lk_nn_train_conv_forward(train, step);
    case LK_NN_LINEAR: return lk_nn_train_linear_forward(train, step);
    case LK_NN_NORM: return lk_nn_train_norm_forward(train, step);
    default: lk_nn_train_plain_forward(train, step); return LK_OK;
    }
}

lk_status lk_nn_train_forward(lk_nn_train *train, float *output, uint64_t dropout_seed)
{
    size_t last = train->model->graph.outputs[0];
    lk_nn_part input = lk_nn_train_part(train, LK_NN_VALUE, 0);
    train->dropout = dropout_seed;
    train->ready_for_backward = false;
    if (train->pack_input)
        lk_nn_train_pack(train, &input, pass_plain_input(train), 0);
    for (size_t s = 0; s < train->step_count; s++)
        LK_TRY(pass_forward_step(train, &train->steps[s]));
    lk_nn_part result = lk_nn_train_part(train, LK_NN_VALUE, last);
    lk_nn_train_unpack(train, output, &result, last);
    train->ready_for_backward = true;
    return LK_OK;
}

/* Recomputes a value for its first reader in backward, which runs at `time`. */
static void pass_recompute(const lk_nn_train *train, size_t layer, size_t time)
{
    const lk_nn_block *block = &train->blocks[LK_NN_RECOMPUTED * train->layers + layer];
    if (!train->tensors[layer].recomputed || (block->size && block->first != time))
        return;
    for (size_t s = 0; s < train->step_count; s++) {
        const lk_nn_train_step *step = &train->steps[s];
        const lk_nn_layer *l = lk_nn_train_layer(train, step);
        if (step->result != layer)
            continue;
        if (l->op == LK_NN_NORM)
            lk_nn_train_norm_recompute(train, step);
        for (size_t k = 0; l->op == LK_NN_CONCAT && k < l->input_count; k++)
            pass_recompute(train, l->inputs[k], time);
    }
}

static lk_status pass_backward_step(lk_nn_train *train, const lk_nn_train_step *step)
{
    switch (lk_nn_train_layer(train, step)->op) {
    case LK_NN_CONV: return lk_nn_train_conv_backward(train, step);
    case LK_NN_LINEAR: return lk_nn_train_linear_backward(train, step);
    case LK_NN_NORM: return lk_nn_train_norm_backward(train, step);
    default: lk_nn_train_plain_backward(train, step); return LK_OK;
    }
}

/* The layer's gradients are complete. */
static lk_status pass_report_ready(const lk_nn_train *train, const lk_nn_train_step *step)
{
    const lk_nn_sync *sync = &train->options.sync;
    for (int role = 0; sync->ready && role < LK_NN_ROLES; role++) {
        const lk_nn_slot *slot = lk_nn_train_slot(train, step->layer, (lk_nn_role)role);
        if (slot && slot->gradient)
            LK_TRY(sync->ready(sync->user, (size_t)(slot - train->slots)));
    }
    return LK_OK;
}

lk_status lk_nn_train_backward(lk_nn_train *train, const float *gradient)
{
    size_t last = train->model->graph.outputs[0];
    LK_REQUIRE(train->ready_for_backward, LK_ERROR_ARGUMENT, "backward without a forward");
    train->ready_for_backward = false; /* gradients take the place of values */
    lk_nn_part part = lk_nn_train_part(train, LK_NN_GRADIENT, last);
    if (train->tensors[last].learns)
        lk_nn_train_pack(train, &part, gradient, last);
    for (size_t s = train->step_count; s-- > 0;) {
        const lk_nn_train_step *step = &train->steps[s];
        size_t need;
        if (lk_nn_train_needs(train, s, &need))
            pass_recompute(train, need, lk_nn_train_backward_time(train, s));
        if (step->backward)
            LK_TRY(pass_backward_step(train, step));
        LK_TRY(pass_report_ready(train, step));
    }
    return LK_OK;
}

size_t lk_nn_train_bytes(const lk_nn_train *train)
{
    size_t floats = train->arena_floats + train->weight_floats + train->gradient_floats;
    return floats * sizeof(float) + train->scratch_bytes + train->partial_count * sizeof(double);
}

#include "nn/infer/fuse.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

size_t lk_nn_source(const lk_nn_graph *graph, size_t layer)
{
    while (graph->layers[layer].op == LK_NN_DROPOUT)
        layer = graph->layers[layer].inputs[0];
    return layer;
}

/* readers[i]: how often layer i is read, outputs included; last[i]: by whom. */
static void fuse_count_readers(const lk_nn_graph *graph, size_t *readers, size_t *last)
{
    for (size_t i = 0; i < graph->count; i++) {
        const lk_nn_layer *layer = &graph->layers[i];
        for (size_t k = 0; layer->op != LK_NN_DROPOUT && k < layer->input_count; k++) {
            size_t from = lk_nn_source(graph, layer->inputs[k]);
            readers[from]++;
            last[from] = i;
        }
    }
    for (size_t i = 0; i < graph->output_count; i++)
        readers[lk_nn_source(graph, graph->outputs[i])] += 2; /* never absorbed */
}

/* The one reader of `layer` if it is an `op`, otherwise 0. */
static size_t fuse_only_reader(const lk_nn_graph *graph, const size_t *readers, const size_t *last,
                               size_t layer, lk_nn_op op)
{
    return readers[layer] == 1 && graph->layers[last[layer]].op == op ? last[layer] : 0;
}

static bool fuse_is_filter(lk_nn_op op)
{
    return op == LK_NN_CONV || op == LK_NN_LINEAR;
}

static lk_nn_fused fuse_from(const lk_nn_graph *graph, const size_t *readers, const size_t *last,
                             size_t layer)
{
    lk_nn_fused step = {.layer = layer, .result = layer};
    lk_nn_op op = graph->layers[layer].op;
    if (!fuse_is_filter(op))
        return step;
    size_t next = fuse_only_reader(graph, readers, last, step.result, LK_NN_NORM);
    if (next)
        step.norm = step.result = next;
    next = fuse_only_reader(graph, readers, last, step.result, LK_NN_RESIDUAL);
    bool dense = op == LK_NN_CONV && lk_nn_groups(&graph->layers[layer]) == 1;
    if (dense && next && lk_nn_source(graph, graph->layers[next].inputs[0]) == step.result)
        step.residual = step.result = next;
    next = fuse_only_reader(graph, readers, last, step.result, LK_NN_RELU);
    if (next) {
        step.relu = true;
        step.result = next;
        return step;
    }
    next = fuse_only_reader(graph, readers, last, step.result, LK_NN_PRELU);
    if (op == LK_NN_CONV && next)
        step.prelu = step.result = next;
    return step;
}

/* A chain is put where its last layer stood: by then all it reads is there. */
static size_t fuse_order_steps(const lk_nn_graph *graph, const size_t *readers, const size_t *last,
                               lk_nn_fused *chains, lk_nn_fused *steps)
{
    enum { ABSORBED = 1 };
    size_t count = 0;
    for (size_t i = 1; i < graph->count; i++) {
        if (fuse_is_filter(graph->layers[i].op)) {
            lk_nn_fused chain = fuse_from(graph, readers, last, i);
            size_t absorbed[] = {chain.norm, chain.residual, chain.result};
            for (size_t k = 0; k < 3; k++)
                if (absorbed[k] && absorbed[k] != i)
                    chains[absorbed[k]].layer = ABSORBED;
            chains[i].layer = ABSORBED;
            chains[chain.result] = chain;
        }
        if (graph->layers[i].op == LK_NN_DROPOUT || chains[i].layer == 0)
            chains[i] = (lk_nn_fused){.layer = i, .result = i};
        bool ends_here = chains[i].result == i && graph->layers[i].op != LK_NN_DROPOUT;
        if (ends_here)
            steps[count++] = chains[i];
    }
    return count;
}

lk_status lk_nn_fuse(const lk_nn_graph *graph, lk_nn_fused *steps, size_t *count)
{
    size_t *readers;
    LK_TRY(lk_alloc(&readers, graph->count * 2, sizeof *readers));
    lk_nn_fused *chains;
    lk_status status = lk_alloc(&chains, graph->count, sizeof *chains);
    if (status == LK_OK) {
        fuse_count_readers(graph, readers, readers + graph->count);
        *count = fuse_order_steps(graph, readers, readers + graph->count, chains, steps);
        free(chains);
    }
    free(readers);
    return status;
}

lk_status lk_nn_fold_norm(const lk_nn_model *model, size_t norm, size_t channel, double *scale,
                          double *shift)
{
    const lk_nn_layer *layer = &model->graph.layers[norm];
    double variance = (double)lk_nn_parameter_of(model, norm, LK_NN_VARIANCE)[channel];
    double mean = (double)lk_nn_parameter_of(model, norm, LK_NN_MEAN)[channel];
    LK_REQUIRE(variance + layer->epsilon > 0, LK_ERROR_NUMBER,
               "%s.running_var[%zu] is %g, a variance is not negative", layer->name, channel,
               variance);
    *scale = (double)lk_nn_parameter_of(model, norm, LK_NN_WEIGHT)[channel] /
             sqrt(variance + layer->epsilon);
    *shift = (double)lk_nn_parameter_of(model, norm, LK_NN_BIAS)[channel] - mean * *scale;
    return LK_OK;
}

lk_status lk_nn_fold_channel(const lk_nn_model *model, const lk_nn_fused *step, size_t channel,
                             double *scale, double *shift)
{
    const float *bias = lk_nn_parameter_of(model, step->layer, LK_NN_BIAS);
    double outer = step->residual ? model->graph.layers[step->residual].scale : 1;
    *scale = 1;
    *shift = 0;
    if (step->norm)
        LK_TRY(lk_nn_fold_norm(model, step->norm, channel, scale, shift));
    *shift = outer * ((bias ? (double)bias[channel] * *scale : 0) + *shift);
    *scale *= outer;
    return LK_OK;
}

lk_status lk_nn_fold(const lk_nn_model *model, const lk_nn_fused *step, float *weight,
                     size_t in_channels, float *bias)
{
    const lk_nn_parameter *plain = model->roles[step->layer * LK_NN_ROLES + LK_NN_WEIGHT];
    size_t channels = plain->shape[0], size = plain->count / channels;
    size_t row = size / plain->shape[1] * in_channels;
    for (size_t c = 0; c < channels; c++) {
        double scale, shift;
        LK_TRY(lk_nn_fold_channel(model, step, c, &scale, &shift));
        bias[c] = (float)shift;
        for (size_t i = 0; i < size; i++)
            weight[c * row + i] = (float)(scale * (double)plain->data[c * size + i]);
    }
    return LK_OK;
}

lk_status lk_nn_need_step(lk_nn_model *model, const lk_nn_fused *step)
{
    LK_TRY(lk_nn_need_plain(model, step->layer));
    return step->norm ? lk_nn_need_plain(model, step->norm) : LK_OK;
}

void lk_nn_release_step(lk_nn_model *model, const lk_nn_fused *step)
{
    lk_nn_release_plain(model, step->layer);
    if (step->norm)
        lk_nn_release_plain(model, step->norm);
}

/* When every activation, gradient and side product lives, and where. Values that
 * backward needs stay, unless a batch norm can recompute them; gradients live from
 * their first part to the step that reads them; one arena serves all. */
#include "base/memory.h"
#include "base/error.h"
#include "nn/train/plan.h"

static lk_nn_block *memory_block_of(const lk_nn_train *train, lk_nn_train_memory kind, size_t layer)
{
    return &train->blocks[(size_t)kind * train->layers + layer];
}

/* The block is alive at `time`. */
static void memory_touch(const lk_nn_train *train, lk_nn_train_memory kind, size_t layer,
                         size_t floats, size_t time)
{
    lk_nn_block *block = memory_block_of(train, kind, layer);
    if (block->size == 0) {
        block->size = floats;
        block->first = block->last = time;
    }
    block->first = time < block->first ? time : block->first;
    block->last = time > block->last ? time : block->last;
}

static void memory_touch_tensor(const lk_nn_train *train, lk_nn_train_memory kind, size_t layer,
                                size_t time)
{
    memory_touch(train, kind, layer, lk_nn_tensor_floats(train, layer), time);
}

bool lk_nn_train_needs(const lk_nn_train *train, size_t s, size_t *need)
{
    const lk_nn_train_step *step = &train->steps[s];
    if (!step->backward)
        return false;
    lk_nn_op op = lk_nn_train_layer(train, step)->op;
    bool result = (op == LK_NN_RELU || op == LK_NN_RESIDUAL) ? step->relu : op == LK_NN_L2NORM;
    bool input = op == LK_NN_NORM || ((op == LK_NN_CONV || op == LK_NN_LINEAR) && step->learns);
    *need = result ? step->result : lk_nn_train_source(train, step, 0);
    return result || input;
}

/* A batch norm's result can be recomputed from what backward has to keep anyway; a
 * concatenation when all its parts can. */
static void memory_mark_recomputed(lk_nn_train *train)
{
    for (size_t s = 0; s < train->step_count; s++) {
        const lk_nn_train_step *step = &train->steps[s];
        const lk_nn_layer *layer = lk_nn_train_layer(train, step);
        bool recomputed = layer->op == LK_NN_NORM || layer->op == LK_NN_CONCAT;
        recomputed &= step->backward && step->result != train->model->graph.outputs[0];
        for (size_t k = 0; recomputed && k < layer->input_count; k++) {
            const lk_nn_tensor *from = &train->tensors[layer->inputs[k]];
            recomputed = layer->op == LK_NN_CONCAT ? from->recomputed && from->home == step->result
                                                   : !from->recomputed;
        }
        train->tensors[step->result].recomputed = recomputed;
    }
    /* A part of a concatenation that has to stay, stays with it. */
    for (size_t s = train->step_count; s-- > 0;) {
        lk_nn_tensor *t = &train->tensors[train->steps[s].result];
        if (t->home != train->steps[s].result)
            t->recomputed = train->tensors[t->home].recomputed;
    }
}

static size_t memory_extra_floats(const lk_nn_train *train, const lk_nn_train_step *step)
{
    size_t floats = lk_nn_tensor_floats(train, step->result);
    switch (lk_nn_train_layer(train, step)->op) {
    case LK_NN_MAXPOOL: return (floats + sizeof(float) - 1) / sizeof(float);
    case LK_NN_DROPOUT: return floats;
    case LK_NN_L2NORM: return train->options.count * train->tensors[step->result].plane;
    default: return 0;
    }
}

static void memory_live_forward(lk_nn_train *train)
{
    size_t end = lk_nn_train_end_time(train), output = train->model->graph.outputs[0];
    memory_touch_tensor(train, LK_NN_VALUE, 0, train->pack_input ? 1 : 0);
    if (train->pack_input) { /* packed within the first step's time */
        lk_nn_block *plain = &train->blocks[LK_NN_TRAIN_MEMORIES * train->layers];
        const lk_nn_shape *in = &train->shapes[0];
        plain->size = train->options.count * in->channels * in->height * in->width;
        plain->last = 1;
    }
    for (size_t s = 0; s < train->step_count; s++) {
        const lk_nn_train_step *step = &train->steps[s];
        size_t time = lk_nn_train_forward_time(s), extra = memory_extra_floats(train, step);
        memory_touch_tensor(train, LK_NN_VALUE, step->result, time);
        for (size_t k = 0; k < lk_nn_train_layer(train, step)->input_count; k++)
            memory_touch_tensor(train, LK_NN_VALUE, lk_nn_train_source(train, step, k), time);
        if (extra)
            memory_touch(train, LK_NN_EXTRA, step->result, extra, time);
        if (extra && step->backward)
            memory_touch(train, LK_NN_EXTRA, step->result, extra,
                         lk_nn_train_backward_time(train, s));
    }
    memory_touch_tensor(train, LK_NN_VALUE, output, end);
    if (train->tensors[output].learns)
        memory_touch_tensor(train, LK_NN_GRADIENT, output, end);
}

static void memory_live_backward(lk_nn_train *train)
{
    for (size_t s = 0; s < train->step_count; s++) {
        const lk_nn_train_step *step = &train->steps[s];
        size_t time = lk_nn_train_backward_time(train, s), need;
        if (!step->backward)
            continue;
        if (lk_nn_train_needs(train, s, &need))
            memory_touch_tensor(train,
                                train->tensors[need].recomputed ? LK_NN_RECOMPUTED : LK_NN_VALUE,
                                need, time);
        memory_touch_tensor(train, LK_NN_GRADIENT, step->result, time);
        for (size_t k = 0; k < lk_nn_train_layer(train, step)->input_count; k++)
            if (step->to[k])
                memory_touch_tensor(train, LK_NN_GRADIENT, lk_nn_train_source(train, step, k),
                                    time);
        size_t from = lk_nn_train_source(train, step, 0);
        if (step->filter && step->to[0] && step->adds[0])
            memory_touch_tensor(train, LK_NN_SPARE, from, time);
    }
}

static void memory_lie_inside(const lk_nn_train *train, lk_nn_train_memory kind, size_t layer)
{
    const lk_nn_tensor *t = &train->tensors[layer];
    lk_nn_block *part = memory_block_of(train, kind, layer);
    part->parent = (size_t)kind * train->layers + t->home;
    part->shift = t->group * t->plane * t->lanes;
}

/* The gradient of an elementwise step's input takes the place of its result's. */
static void memory_share_gradients(const lk_nn_train *train)
{
    for (size_t s = 0; s < train->step_count; s++) {
        const lk_nn_train_step *step = &train->steps[s];
        lk_nn_op op = lk_nn_train_layer(train, step)->op;
        size_t k = op == LK_NN_RESIDUAL, from = lk_nn_train_source(train, step, k);
        bool elementwise =
            op == LK_NN_NORM || op == LK_NN_RELU || op == LK_NN_DROPOUT || op == LK_NN_RESIDUAL;
        bool alone =
            train->tensors[from].home == from && train->tensors[step->result].home == step->result;
        bool twice = op == LK_NN_RESIDUAL && lk_nn_train_source(train, step, 0) == from;
        if (elementwise && alone && !twice && step->to[k] && !step->adds[k])
            memory_block_of(train, LK_NN_GRADIENT, from)->parent =
                (size_t)LK_NN_GRADIENT * train->layers + step->result;
    }
}

lk_status lk_nn_train_memory_plan(lk_nn_train *train)
{
    size_t count = LK_NN_TRAIN_MEMORIES * train->layers + 1;
    LK_TRY(lk_alloc(&train->blocks, count, sizeof *train->blocks));
    for (size_t i = 0; i < count; i++)
        train->blocks[i].parent = i;
    memory_mark_recomputed(train);
    memory_live_forward(train);
    memory_live_backward(train);
    for (size_t i = 0; i < train->layers; i++)
        for (int kind = LK_NN_VALUE; kind <= LK_NN_GRADIENT; kind++)
            if (train->tensors[i].home != i)
                memory_lie_inside(train, (lk_nn_train_memory)kind, i);
    memory_share_gradients(train);
    LK_TRY(lk_nn_arena_plan(train->blocks, count, &train->arena_floats));
    return lk_alloc_aligned(&train->arena, train->arena_floats, sizeof(float));
}

lk_nn_part lk_nn_train_part(const lk_nn_train *train, lk_nn_train_memory kind, size_t layer)
{
    const lk_nn_tensor *t = &train->tensors[layer];
    size_t outer = layer;
    while (train->tensors[outer].home != outer)
        outer = train->tensors[outer].home;
    return (lk_nn_part){.data = train->arena + memory_block_of(train, kind, layer)->offset,
                        .n = train->options.count,
                        .groups = t->groups,
                        .plane = t->plane,
                        .lanes = t->lanes,
                        .image = train->tensors[outer].groups * t->plane * t->lanes};
}

lk_nn_part lk_nn_train_kept(const lk_nn_train *train, size_t layer)
{
    return lk_nn_train_part(
        train, train->tensors[layer].recomputed ? LK_NN_RECOMPUTED : LK_NN_VALUE, layer);
}

void *lk_nn_train_extra(const lk_nn_train *train, const lk_nn_train_step *step)
{
    return train->arena + memory_block_of(train, LK_NN_EXTRA, step->result)->offset;
}

/* plan.h: a model in training, compiled for one batch: its steps, how every
 * activation lies, when it lives.
 *
 * Activations are blocked, [n][groups][plane][lanes], vectors being planes of one
 * pixel. Every tensor's channels fill whole blocks; a concatenation's inputs each
 * begin at a block, so that channels may lie with holes between them (`place` knows
 * where). Holes hold zeros, and so do the weights that meet them.
 *
 * Of a convolution, its batch norm and its ReLU only the convolution's result is
 * kept for backward: what the next one reads is recomputed from it, which
 * costs one pass over memory and saves half of it. */
#ifndef LK_NN_TRAIN_PLAN_H
#define LK_NN_TRAIN_PLAN_H

#include "nn/arena.h"
#include "nn/dnnl/filter.h"
#include "nn/kernel/vector.h"
#include "nn/model.h"
#include "nn/train/train.h"

/* An activation or its gradient: images lie `image` floats apart, which is more than
 * they hold inside a concatenation. */
typedef struct lk_nn_part {
    float *data;
    size_t n, groups, plane, lanes, image;
} lk_nn_part;

/* One layer as it runs, with the ReLU behind a batch norm or residual addition. */
typedef struct lk_nn_train_step {
    size_t layer, result; /* result: the layer whose activation it writes */
    bool relu;
    bool learns;                 /* has parameters, and they learn */
    bool backward;               /* takes part in backward */
    bool to[LK_NN_MAX_INPUTS];   /* backward hands a gradient to this input */
    bool adds[LK_NN_MAX_INPUTS]; /* which already has a part of it */
    lk_dnnl_filter *filter;      /* of a convolution */
    float *affine;               /* of a norm: see norm.c */
} lk_nn_train_step;

/* The activation of a layer that is a step's result. */
typedef struct lk_nn_tensor {
    size_t groups, plane, lanes;
    size_t *place;      /* [channels of the shape]: where each one is */
    size_t like;        /* the layer whose places it has */
    size_t home, group; /* the concatenation it is written into, at which group; itself */
    size_t readers;
    bool learns;     /* something at or before it learns */
    bool recomputed; /* its value is recomputed in backward */
} lk_nn_tensor;

/* What lives in the arena: kind * layers + layer of the tensor. */
typedef enum lk_nn_train_memory {
    LK_NN_VALUE = 0,
    LK_NN_RECOMPUTED, /* the value, recomputed in backward */
    LK_NN_GRADIENT,   /* dL/dvalue */
    LK_NN_EXTRA,      /* what a step keeps beside values: where maxima were, factors */
    LK_NN_SPARE,      /* of one backward step: a gradient before it is added */
    LK_NN_TRAIN_MEMORIES
} lk_nn_train_memory;

struct lk_nn_train {
    lk_nn_model *model;
    lk_nn_train_options options;
    size_t layers, lanes;
    const lk_nn_vector *vector;
    lk_dnnl_stream *stream;
    lk_nn_shape *shapes;   /* [layers] */
    lk_nn_tensor *tensors; /* [layers] */
    size_t *places;        /* what the tensors' places point into */
    lk_nn_train_step *steps;
    size_t step_count;
    bool pack_input;
    lk_nn_block *blocks; /* [LK_NN_TRAIN_MEMORIES * layers + 1]; last: a plain input */
    float *arena;
    size_t arena_floats;
    void *scratch; /* oneDNN's */
    size_t scratch_bytes;
    double *partial; /* a norm's sums: [n][groups][2][lanes], then [2 * channels + 1] */
    size_t partial_count;
    uint64_t dropout;
    bool ready_for_backward;

    lk_nn_slot *slots; /* [parameters of the model] */
    size_t slot_count;
    float *weights, *gradients; /* of all slots */
    size_t weight_floats, gradient_floats;
};

/* ---- steps.c, places.c, memory.c: made once, in this order */

LK_MUST_USE lk_status lk_nn_train_list(lk_nn_train *train);   /* steps, who learns */
LK_MUST_USE lk_status lk_nn_train_places(lk_nn_train *train); /* channels, concatenations */
LK_MUST_USE lk_status lk_nn_train_memory_plan(lk_nn_train *train);

/* ---- slots.c ---- */

LK_MUST_USE lk_status lk_nn_train_make_slots(lk_nn_train *train); /* after the filters */
lk_nn_slot *lk_nn_train_slot(const lk_nn_train *train, size_t layer, lk_nn_role role);
/* A layer's parameter or gradient; NULL where there is none. */
float *lk_nn_train_value(const lk_nn_train *train, size_t layer, lk_nn_role role);
float *lk_nn_train_gradient(const lk_nn_train *train, size_t layer, lk_nn_role role);

/* ---- small questions ---- */

static inline const lk_nn_layer *lk_nn_train_layer(const lk_nn_train *train,
                                                   const lk_nn_train_step *step)
{
    return &train->model->graph.layers[step->layer];
}

static inline size_t lk_nn_train_source(const lk_nn_train *train, const lk_nn_train_step *step,
                                        size_t k)
{
    return lk_nn_train_layer(train, step)->inputs[k];
}

static inline size_t lk_nn_tensor_floats(const lk_nn_train *train, size_t layer)
{
    const lk_nn_tensor *t = &train->tensors[layer];
    return train->options.count * t->groups * t->plane * t->lanes;
}

/* Runs of the timeline: the input is there at 0, step s runs at s + 1, the output
 * is read at steps + 1, and backward goes down again. */
static inline size_t lk_nn_train_forward_time(size_t s)
{
    return s + 1;
}

static inline size_t lk_nn_train_end_time(const lk_nn_train *train)
{
    return train->step_count + 1;
}

static inline size_t lk_nn_train_backward_time(const lk_nn_train *train, size_t s)
{
    return 2 * train->step_count + 1 - s;
}

/* Step s, in backward, reads the value of layer *need (at most one). */
bool lk_nn_train_needs(const lk_nn_train *train, size_t s, size_t *need);

lk_nn_part lk_nn_train_part(const lk_nn_train *train, lk_nn_train_memory kind, size_t layer);
/* The value as backward sees it. */
lk_nn_part lk_nn_train_kept(const lk_nn_train *train, size_t layer);
void *lk_nn_train_extra(const lk_nn_train *train, const lk_nn_train_step *step);

/* ---- the steps: conv.c, norm.c, plain.c ---- */

LK_MUST_USE lk_status lk_nn_train_conv_create(lk_nn_train *train, lk_nn_train_step *step);
LK_MUST_USE lk_status lk_nn_train_conv_forward(lk_nn_train *train, const lk_nn_train_step *step);
LK_MUST_USE lk_status lk_nn_train_conv_backward(lk_nn_train *train, const lk_nn_train_step *step);
LK_MUST_USE lk_status lk_nn_train_linear_forward(lk_nn_train *train, const lk_nn_train_step *step);
LK_MUST_USE lk_status lk_nn_train_linear_backward(lk_nn_train *train, const lk_nn_train_step *step);

LK_MUST_USE lk_status lk_nn_train_norm_create(lk_nn_train *train, lk_nn_train_step *step);
LK_MUST_USE lk_status lk_nn_train_norm_forward(lk_nn_train *train, const lk_nn_train_step *step);
void lk_nn_train_norm_recompute(const lk_nn_train *train, const lk_nn_train_step *step);
LK_MUST_USE lk_status lk_nn_train_norm_backward(lk_nn_train *train, const lk_nn_train_step *step);

void lk_nn_train_plain_forward(const lk_nn_train *train, const lk_nn_train_step *step);
void lk_nn_train_plain_backward(const lk_nn_train *train, const lk_nn_train_step *step);

/* to (+)= from, both of one shape. */
void lk_nn_train_copy(const lk_nn_part *to, const lk_nn_part *from, bool add);
/* Between [n, channels, plane] and a blocked part. */
void lk_nn_train_pack(const lk_nn_train *train, const lk_nn_part *to, const float *plain,
                      size_t layer);
void lk_nn_train_unpack(const lk_nn_train *train, float *plain, const lk_nn_part *from,
                        size_t layer);

#endif

/* step.h: what a compiled plan is made of. */
#ifndef LK_NN_INFER_STEP_H
#define LK_NN_INFER_STEP_H

#include "nn/arena.h"
#include "nn/dnnl/shim.h"
#include "nn/infer/fuse.h"
#include "nn/kernel/dense.h"
#include "nn/kernel/direct.h"
#include "nn/kernel/grouped.h"
#include "nn/kernel/int8.h"
#include "nn/kernel/loops.h"
#include "nn/kernel/pool.h"
#include "nn/kernel/winograd.h"

/* One fused step as it runs: a kernel, or a loop where there is none. */
typedef struct lk_nn_step {
    lk_nn_fused fused;
    lk_dnnl_kernel *kernel;
    lk_nn_direct *direct; /* instead of `kernel`, as is the next */
    lk_nn_winograd *winograd;
    lk_nn_grouped *grouped;
    lk_nn_dense *dense;
    lk_nn_maxpool *maxpool; /* of bf16 or whole numbers */
    lk_nn_int8 *int8;
    float *first, *second; /* weights and bias; scale and shift; slope; constant */
    lk_bf16 *pairs;        /* weights of what multiplies in bf16, in place of `first` */
    float *slope;          /* of a PReLU that a convolution takes in */
    bool beside;           /* done with the step before */
    bool copy_trunk;       /* the sum's trunk is not where the result goes */
} lk_nn_step;

typedef struct lk_nn_plan {
    lk_nn_model *model;
    size_t count, height, width; /* the input shape it was compiled for */
    size_t layers;               /* of the graph; block and view [layers] are the plain input */
    lk_nn_shape *shapes;         /* [layers] */
    lk_nn_view *views;           /* [layers + 1] */
    lk_nn_block *blocks;         /* [2 * layers + 1], last those of views' twins */
    lk_nn_step *steps;
    size_t step_count;
    size_t wide_layers;   /* convolutions before this one stay float32 in a plan of bf16 */
    size_t front;         /* steps that run image by image (front.h) ... */
    size_t image;         /* ... and the one that they are bound to */
    bool pack_input;      /* the plain input is copied into a blocked one first */
    size_t arena_floats;  /* activations */
    size_t scratch_bytes; /* the largest kernel's scratchpad */
    size_t threads;       /* that it runs with, at most */
    size_t own_floats;    /* scratch memory of each thread */
    float *base;          /* the memory it is bound to, NULL: none yet */
    uint64_t used;        /* the session's clock at the last run */
} lk_nn_plan;

/* The layer whose activation is input `k` of `layer`. */
static inline size_t lk_nn_plan_source(const lk_nn_plan *plan, size_t layer, size_t k)
{
    return lk_nn_source(&plan->model->graph, plan->model->graph.layers[layer].inputs[k]);
}

static inline const lk_nn_layer *lk_nn_plan_layer(const lk_nn_plan *plan, const lk_nn_step *step)
{
    return &plan->model->graph.layers[step->fused.layer];
}

/* Where a layer's activation, that is floats, lies in whole numbers, too, or in bf16. */
static inline lk_nn_block *lk_nn_plan_twin(const lk_nn_plan *plan, size_t layer)
{
    return &plan->blocks[plan->layers + 1 + layer];
}

/* The activation that is input `k` of a step. */
static inline const lk_nn_view *lk_nn_plan_input_view(const lk_nn_plan *plan,
                                                      const lk_nn_step *step, size_t k)
{
    return &plan->views[lk_nn_plan_source(plan, step->fused.layer, k)];
}

#endif

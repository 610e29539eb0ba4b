/* fuse.h: which layers run as one, the same for every input shape. */
#ifndef LK_NN_INFER_FUSE_H
#define LK_NN_INFER_FUSE_H

#include "nn/model.h"

/* One step of a compiled network: a layer and what it takes in. A convolution
 * or linear layer absorbs the batch norm behind it, then (a convolution only)
 * the residual addition it is the branch of, then a ReLU or (a convolution only) a
 * PReLU. Index 0, the input
 * layer, stands for none. */
typedef struct lk_nn_fused {
    size_t layer;
    size_t norm, residual, prelu;
    bool relu;
    size_t result; /* the layer whose activation the step writes */
} lk_nn_fused;

/* Moves numbers as they are: what it reads and writes is all of one format. */
static inline bool lk_nn_fused_moves(lk_nn_op op)
{
    return op == LK_NN_CONCAT || op == LK_NN_MAXPOOL;
}

/* Fills steps[graph->count] in an order they can run in; *count gets how many.
 * Dropout layers have no step: read their inputs through lk_nn_source. */
LK_MUST_USE lk_status lk_nn_fuse(const lk_nn_graph *graph, lk_nn_fused *steps, size_t *count);

/* The layer whose activation stands for `layer`'s in inference. */
size_t lk_nn_source(const lk_nn_graph *graph, size_t layer);

/* A convolution's or linear layer's weights and bias with the step's batch norm
 * and residual scale multiplied in, in float64, rounded once. weight is
 * [channels or more, in_channels, window], where in_channels may be more than
 * the plain ones: the rest is left as it is. bias[channels]. Errors:
 * LK_ERROR_NUMBER for a variance that is not above -epsilon. */
LK_MUST_USE lk_status lk_nn_fold(const lk_nn_model *model, const lk_nn_fused *step, float *weight,
                                 size_t in_channels, float *bias);

/* The plain parameters that folding reads: loads them where they are not there
 * (lk_nn_need_plain), and lets them go unless the model keeps them. */
LK_MUST_USE lk_status lk_nn_need_step(lk_nn_model *model, const lk_nn_fused *step);
void lk_nn_release_step(lk_nn_model *model, const lk_nn_fused *step);

/* What the step's batch norm and residual scale make of an output channel's convolution:
 * scale * x + shift. */
LK_MUST_USE lk_status lk_nn_fold_channel(const lk_nn_model *model, const lk_nn_fused *step,
                                         size_t channel, double *scale, double *shift);

/* A batch norm by itself: y = scale[c] * x + shift[c]. */
LK_MUST_USE lk_status lk_nn_fold_norm(const lk_nn_model *model, size_t norm, size_t channel,
                                      double *scale, double *shift);

#endif

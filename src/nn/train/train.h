/* train.h: a model in training on the fast backend: forward with batch statistics,
 * backward, gradients, all at one input shape.
 *
 * A pass owns the weights that learn, in the layouts its kernels like: a tensor's
 * numbers are then in an order of the backend's own, with zeros between them where
 * channels are padded. Whatever works element by element (optimiser, clipping,
 * averaging) takes them as they are, and zeros stay zeros under all of it;
 * lk_nn_train_read and _write translate to and from the published order. */
#ifndef LK_NN_TRAIN_TRAIN_H
#define LK_NN_TRAIN_TRAIN_H

#include "nn/nn.h"

/* What data-parallel training needs from outside; all members NULL: one process. */
typedef struct lk_nn_sync {
    void *user;
    size_t ranks; /* processes that share a global batch; 0 and 1: one */
    /* Replaces numbers[count] by their sum over all ranks: batch norm's sums when
     * statistics are synchronised. NULL: each rank keeps its own statistics. */
    lk_status (*sum)(void *user, double *numbers, size_t count);
    /* The gradient of slot `slot` is complete and is not touched again in this
     * backward: the caller may start to average it. Called in backward's order. */
    lk_status (*ready)(void *user, size_t slot);
} lk_nn_sync;

typedef struct lk_nn_train_options {
    size_t count, height, width; /* the batch */
    /* Layers whose names begin with one of these keep their weights and, if they
     * are batch norms, their running statistics, and normalise with those; backward
     * stops where nothing before it learns. */
    const char *const *frozen;
    size_t frozen_count;
    lk_nn_sync sync;
    /* Convolutions multiply bf16, in all three directions; weights, activations, sums and
     * gradients stay float32. lk_nn_processor_narrows says where. */
    bool narrow;
} lk_nn_train_options;

/* One tensor of the model. Running statistics and frozen tensors have no gradient. */
typedef struct lk_nn_slot {
    const char *name; /* as published: "conv2d_1a.conv.weight" */
    float *value;     /* [count] */
    float *gradient;  /* [count], NULL: does not learn */
    size_t count;     /* with padding */
    size_t parameter; /* index into lk_nn_model_parameters */
} lk_nn_slot;

typedef struct lk_nn_train lk_nn_train;

/* Plans memory once and compiles all kernels. The model must have been created with
 * `keep`, must outlive the pass and is not changed by it.
 * Errors: LK_ERROR_SHAPE, LK_ERROR_MEMORY, LK_ERROR_ARGUMENT (a prefix that no layer
 * has), LK_ERROR_UNSUPPORTED (PReLU, flatten, means of windows,
 * sums of unequal planes), LK_ERROR_INTERNAL (oneDNN). */
LK_MUST_USE lk_status lk_nn_train_create(lk_nn_train **out, lk_nn_model *model,
                                         const lk_nn_train_options *options);
void lk_nn_train_destroy(lk_nn_train *train);

/* [count, channels, height, width] NCHW, to be filled before each forward. */
float *lk_nn_train_input(const lk_nn_train *train);

/* Training mode: batch norm takes the batch's statistics and moves the running ones
 * by 0.1 (the variance without bias), dropout drops by a mask that depends on
 * dropout_seed alone (0: no dropout). output: the graph's first output,
 * [count, channels, height, width], owned by the caller. */
LK_MUST_USE lk_status lk_nn_train_forward(lk_nn_train *train, float *output, uint64_t dropout_seed);

/* From gradient = dL/doutput, shaped as output, to every slot's gradient, which is
 * overwritten. Once after each forward, whose activations it uses up. Errors:
 * LK_ERROR_ARGUMENT (no forward before it), LK_ERROR_INTERNAL, those of sync. */
LK_MUST_USE lk_status lk_nn_train_backward(lk_nn_train *train, const float *gradient);

const lk_nn_slot *lk_nn_train_slots(const lk_nn_train *train, size_t *count);

/* Between a slot's own order (numbers[slot.count]: its value, its gradient, an
 * optimiser's moment, an average) and the published one (plain[parameter.count]). */
LK_MUST_USE lk_status lk_nn_train_read(const lk_nn_train *train, size_t slot, float *plain,
                                       const float *numbers);
LK_MUST_USE lk_status lk_nn_train_write(const lk_nn_train *train, size_t slot, float *numbers,
                                        const float *plain);

/* Bytes that the pass holds: activations, their gradients, weights and theirs, scratch. */
size_t lk_nn_train_bytes(const lk_nn_train *train);

#endif

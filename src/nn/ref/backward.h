/* backward.h: training by plain loops in float64, the oracle of the fast one.
 *
 * One pass holds a batch: forward in training mode keeps what backward needs.
 * Activations lie channel by channel, [channels, count, height, width]: a
 * convolution is then one matrix product over the whole batch, a batch norm looks
 * at one stretch of memory, a concatenation is a copy. */
#ifndef LK_NN_REF_BACKWARD_H
#define LK_NN_REF_BACKWARD_H

#include "nn/model.h"

typedef struct lk_nn_ref_pass {
    const lk_nn_model *model;
    size_t count;        /* images */
    lk_nn_shape *shapes; /* [layers] */
    double **values;     /* [layers], activations */
    double **slopes;     /* [layers], dL/dvalue during and after backward; NULL: 0 */
    double **saved;      /* [layers]: norm's mean and 1/deviation, dropout's factors */
    double **parameters; /* [parameters of the model], the pass's own float64 */
    double **gradients;  /* the same, dL/dparameter; running statistics have 0 */
    uint64_t dropout;    /* seed of the masks; 0 turns dropout off */
    bool keep_slopes;    /* keep dL/dvalue of every layer (tests); default false */
    bool *frozen;        /* [layers]: norms that normalise with their running statistics,
                          * which then stay as they are; default none */
} lk_nn_ref_pass;

/* Copies the model's plain parameters (created with keep). The model must outlive
 * the pass. Errors: LK_ERROR_SHAPE, LK_ERROR_MEMORY, LK_ERROR_UNSUPPORTED (an
 * operation that is not trained: PReLU, flatten, softmax). */
LK_MUST_USE lk_status lk_nn_ref_pass_create(lk_nn_ref_pass **out, const lk_nn_model *model,
                                            size_t count, size_t height, size_t width);
void lk_nn_ref_pass_destroy(lk_nn_ref_pass *pass);

/* Runs in training mode: batch norm takes the batch's own statistics and moves the
 * running ones by 0.1 (the variance without bias, n - 1), dropout drops.
 * input[count, channels, height, width]. Errors: LK_ERROR_MEMORY. */
LK_MUST_USE lk_status lk_nn_ref_forward(lk_nn_ref_pass *pass, const double *input);

/* From slope[count, channels, height, width] of the graph's first output to every
 * gradient, which is overwritten. After lk_nn_ref_forward. */
LK_MUST_USE lk_status lk_nn_ref_backward(lk_nn_ref_pass *pass, const double *slope);

/* Copies one layer's activation or slope out as NCHW. */
void lk_nn_ref_read(const lk_nn_ref_pass *pass, double *out, const double *const *from,
                    size_t layer);

/* ---- Between the files of the oracle ---- */

static inline size_t lk_nn_ref_plane(const lk_nn_ref_pass *pass, size_t layer)
{
    return pass->shapes[layer].height * pass->shapes[layer].width;
}

/* Numbers a channel has in the batch, and a layer. */
static inline size_t lk_nn_ref_row(const lk_nn_ref_pass *pass, size_t layer)
{
    return pass->count * lk_nn_ref_plane(pass, layer);
}

static inline size_t lk_nn_ref_size(const lk_nn_ref_pass *pass, size_t layer)
{
    return pass->shapes[layer].channels * lk_nn_ref_row(pass, layer);
}

/* One of a layer's parameters or its gradient; NULL when it has none. */
double *lk_nn_ref_parameter(const lk_nn_ref_pass *pass, size_t layer, lk_nn_role role);
double *lk_nn_ref_gradient(const lk_nn_ref_pass *pass, size_t layer, lk_nn_role role);

/* Each fills values[layer], or adds to the slopes of the layer's inputs (which are
 * there, zeroed) and to its parameters' gradients. */
lk_status lk_nn_ref_conv_forward(lk_nn_ref_pass *pass, size_t layer) LK_MUST_USE;
lk_status lk_nn_ref_conv_backward(lk_nn_ref_pass *pass, size_t layer) LK_MUST_USE;
lk_status lk_nn_ref_norm_forward(lk_nn_ref_pass *pass, size_t layer) LK_MUST_USE;
void lk_nn_ref_norm_backward(lk_nn_ref_pass *pass, size_t layer);
lk_status lk_nn_ref_plain_forward(lk_nn_ref_pass *pass, size_t layer) LK_MUST_USE;
void lk_nn_ref_plain_backward(lk_nn_ref_pass *pass, size_t layer);

#endif

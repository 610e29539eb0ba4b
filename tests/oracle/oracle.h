/* oracle.h: networks by plain loops in float64, which the fast kernels are compared
 * with. Slow on purpose: it is read more than it is run.
 *
 * In training one pass holds a batch: forward in training mode keeps what backward needs.
 * Activations lie channel by channel, [channels, count, height, width]: a
 * convolution is then one matrix product over the whole batch, a batch norm looks
 * at one stretch of memory, a concatenation is a copy. */
#ifndef LK_TESTS_ORACLE_ORACLE_H
#define LK_TESTS_ORACLE_ORACLE_H

#include "nn/model.h"

/* The parameter of that name, NULL: none. */
const lk_nn_parameter *oracle_find(const lk_nn_model *model, const char *name);

/* In inference: the same model, one image at a time or many, in float64
 * inside. input NCHW; outputs as lk_nn_session_run, in float64. `taps`, when not
 * NULL, gets every layer's activation: taps[layer] is NULL or room for
 * [count, channels, height, width]. Slow, and needs the plain parameters. */
lk_status oracle_run(const lk_nn_model *model, double *const *outputs, const float *input,
                     size_t count, size_t height, size_t width, double *const *taps);

typedef struct oracle_pass {
    const lk_nn_model *model;
    size_t count;              /* images */
    lk_nn_shape *shapes;       /* [layers] */
    double **values;           /* [layers], activations */
    double **value_gradients;  /* [layers], dL/dvalue during and after backward; NULL: 0 */
    double **saved;            /* [layers]: norm's mean and 1/deviation, dropout's factors */
    double **parameters;       /* [parameters of the model], the pass's own float64 */
    double **gradients;        /* the same, dL/dparameter; running statistics have 0 */
    uint64_t dropout;          /* seed of the masks; 0 turns dropout off */
    bool keep_value_gradients; /* keep dL/dvalue of every layer (tests); default false */
    bool *frozen;              /* [layers]: norms that normalise with their running statistics,
                                * which then stay as they are; default none */
} oracle_pass;

/* Copies the model's plain parameters (created with keep). The model must outlive
 * the pass. Errors: LK_ERROR_SHAPE, LK_ERROR_MEMORY, LK_ERROR_UNSUPPORTED (an
 * operation that is not trained: PReLU, flatten). */
LK_MUST_USE lk_status oracle_pass_create(oracle_pass **out, const lk_nn_model *model, size_t count,
                                         size_t height, size_t width);
void oracle_pass_destroy(oracle_pass *pass);

/* Runs in training mode: batch norm takes the batch's own statistics and moves the
 * running ones by 0.1 (the variance without bias, n - 1), dropout drops.
 * input[count, channels, height, width]. Errors: LK_ERROR_MEMORY. */
LK_MUST_USE lk_status oracle_forward(oracle_pass *pass, const double *input);

/* From gradient[count, channels, height, width] of the graph's first output to every
 * gradient, which is overwritten. After oracle_forward. */
LK_MUST_USE lk_status oracle_backward(oracle_pass *pass, const double *gradient);

/* Copies one layer's activation or gradient out as NCHW. */
void oracle_read(const oracle_pass *pass, double *out, const double *const *from, size_t layer);

#endif

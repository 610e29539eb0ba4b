/* session.h: one thread's compiled plans of a model (one an input shape) and the
 * memory they work in. Inputs and outputs are NCHW; how activations lie inside is
 * the plans' own business. */
#ifndef LK_NN_INFER_SESSION_H
#define LK_NN_INFER_SESSION_H

#include "nn/nn.h"

typedef struct lk_nn_session lk_nn_session;

/* One thread's working state of a model; the model must outlive it. Cheap until
 * the first run. */
LK_MUST_USE lk_status lk_nn_session_create(lk_nn_session **out, lk_nn_model *model);
void lk_nn_session_destroy(lk_nn_session *session);

/* Compiles (or finds) the plan for `count` images of height x width and lends
 * its input, [count, channels, height, width] f32, to be filled before
 * lk_nn_session_run. Valid until the session's next prepare.
 * Errors: LK_ERROR_SHAPE, LK_ERROR_MEMORY, LK_ERROR_INTERNAL (oneDNN failed, or
 * chose an implementation that is known to be slow). */
LK_MUST_USE lk_status lk_nn_session_prepare(lk_nn_session *session, float **input, size_t count,
                                            size_t height, size_t width);

/* Runs the prepared plan: outputs[i] gets output i of the graph, NCHW, images
 * one after the other; a NULL entry is left out. */
LK_MUST_USE lk_status lk_nn_session_run(lk_nn_session *session, float *const *outputs);

#endif

/* plan.h: a model compiled for one input shape. */
#ifndef LK_NN_INFER_PLAN_H
#define LK_NN_INFER_PLAN_H

#include "nn/infer/step.h"

LK_MUST_USE lk_status lk_nn_plan_create(lk_nn_plan **out, lk_nn_model *model,
                                        const lk_dnnl_stream *stream, size_t count, size_t height,
                                        size_t width);
void lk_nn_plan_destroy(lk_nn_plan *plan);

/* Bytes of working memory it wants: activations, the scratchpad, the threads'
 * own. */
size_t lk_nn_plan_bytes(const lk_nn_plan *plan);

/* Points every view and kernel into `base`, which holds lk_nn_plan_bytes. */
LK_MUST_USE lk_status lk_nn_plan_bind(lk_nn_plan *plan, float *base);

/* Points the steps that run image by image to the next one's place; of a plan that is bound. */
LK_MUST_USE lk_status lk_nn_plan_bind_image(lk_nn_plan *plan, size_t image);

/* [count, channels, height, width], to be filled before a run. */
float *lk_nn_plan_input(const lk_nn_plan *plan);
LK_MUST_USE lk_status lk_nn_plan_run(lk_nn_plan *plan, const lk_dnnl_stream *stream);
/* Copies the graph's output `index` out as [count, channels, height, width]. */
void lk_nn_plan_output(const lk_nn_plan *plan, size_t index, float *out);

#endif

/* int8.h: the steps of a plan that multiply whole numbers (kernel/int8.h). */
#ifndef LK_NN_INFER_INT8_H
#define LK_NN_INFER_INT8_H

#include "nn/infer/step.h"

/* The step does: a convolution over blocks of channels that mix, which the model has set so. */
bool lk_nn_int8_step(const lk_nn_plan *plan, const lk_nn_fused *fused);

/* Gives views of whole numbers the scale that all who read them want; those of which they want
 * different ones become floats. */
void lk_nn_plan_scales(lk_nn_plan *plan);

/* Which views of floats are written as whole numbers, too: those of a convolution that others
 * read as such. Once all formats are settled. */
void lk_nn_plan_twins(lk_nn_plan *plan);

/* Makes step->int8 and what it reads of the model's parameters. With the model's lock held. */
LK_MUST_USE lk_status lk_nn_plan_compile_int8(lk_nn_plan *plan, lk_nn_step *step);
void lk_nn_plan_bind_int8(const lk_nn_plan *plan, const lk_nn_step *step, float *scratch,
                          float *own);
/* Bytes of scratch memory, and floats of each thread's own. */
size_t lk_nn_plan_int8_scratch(const lk_nn_int8 *conv);
size_t lk_nn_plan_int8_own(const lk_nn_int8 *conv);
void lk_nn_plan_run_int8(const lk_nn_int8 *conv);
/* Whose weights they fetch early. */
void lk_nn_plan_link_int8(const lk_nn_plan *plan);

#endif

/* narrow.h: which activations of a plan are bf16, or whole numbers. */
#ifndef LK_NN_INFER_NARROW_H
#define LK_NN_INFER_NARROW_H

#include "nn/infer/step.h"

/* The step multiplies in bf16: a convolution over blocks of channels that mix, with steps
 * of one or two, behind the layers that stay float32. What it reads and writes may be either. */
bool lk_nn_narrow_step(const lk_nn_plan *plan, const lk_nn_fused *fused);

/* Sets `wide_layers`. Once steps and shapes are there. */
void lk_nn_plan_spare_first(lk_nn_plan *plan);

/* Sets `format` of the views that everybody who writes or reads them can take so. */
void lk_nn_plan_narrow(lk_nn_plan *plan);

#endif

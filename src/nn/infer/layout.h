/* layout.h: where a plan's activations lie. */
#ifndef LK_NN_INFER_LAYOUT_H
#define LK_NN_INFER_LAYOUT_H

#include "nn/infer/step.h"

/* Gives every activation its view and block, and shares memory between
 * those that may lie in each other. */
LK_MUST_USE lk_status lk_nn_plan_layout(lk_nn_plan *plan);

#endif

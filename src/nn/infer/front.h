/* front.h: the first steps of a plan, done image by image.
 *
 * A network's first activations are its largest: those of eight images at once lie
 * in memory, those of one in the second cache, where the next step finds them. So a
 * chain of steps at the beginning is compiled for one image and run for one after the
 * other, and what is between them has room for one. */
#ifndef LK_NN_INFER_FRONT_H
#define LK_NN_INFER_FRONT_H

#include "nn/infer/step.h"

/* How many steps: 0, or at least two. Once steps and shapes are there. */
size_t lk_nn_front_count(const lk_nn_plan *plan);

/* Images that a step is compiled for. */
size_t lk_nn_front_images(const lk_nn_plan *plan, const lk_nn_step *step);

/* Whether the activation of a layer lives between two steps of the front. */
bool lk_nn_front_is_inside(const lk_nn_plan *plan, size_t layer);

/* Where a step finds or puts the activation of `layer`: that of plan->image, if it does one
 * image of several. */
float *lk_nn_front_place(const lk_nn_plan *plan, const lk_nn_step *step, size_t layer);

#endif

/* grouped.h: convolutions of groups of channels that do not mix. Most often each
 * channel is a group (depthwise): then a block of channels is a vector, and all that is
 * read is read once. Other groups are summed number by number. */
#ifndef LK_NN_KERNEL_GROUPED_H
#define LK_NN_KERNEL_GROUPED_H

#include "nn/kernel/grouped_conv.h"

/* Every channel is a group of its own. */
bool lk_nn_grouped_is_depthwise(const lk_nn_grouped *conv);

/* Floats of the packed weights. */
size_t lk_nn_grouped_weights(const lk_nn_grouped *conv);

/* From filters[out channels][in channels / groups][window]. Depthwise:
 * [blocks][window][lanes]; else as they are. */
void lk_nn_grouped_pack(const lk_nn_grouped *conv, float *weights, const float *filters);

void lk_nn_grouped_run(const lk_nn_grouped *conv);

#endif

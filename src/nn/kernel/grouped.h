/* grouped.h: convolutions of groups of channels that do not mix. Most often each
 * channel is a group (depthwise): then a block of channels is a vector, and all that is
 * read is read once. Other groups are summed number by number. */
#ifndef LK_NN_KERNEL_GROUPED_H
#define LK_NN_KERNEL_GROUPED_H

#include <likeness/base.h>

/* A convolution over blocked planes. */
typedef struct lk_nn_grouped {
    size_t images, channels[2], groups;                 /* channels: in, out */
    size_t lanes;                                       /* 8 or 16: of a block */
    size_t in[2], out[2], kernel[2], stride[2], pad[2]; /* {vertical, horizontal} */
    bool relu;
    const float *slope;   /* of a PReLU, [out channels, whole blocks]; NULL: none */
    const float *src;     /* [images][in blocks][in[0]][in[1]][lanes] */
    const float *weights; /* as lk_nn_grouped_pack lays them out */
    const float *bias;    /* [out channels, whole blocks] */
    float *dst;           /* [images][out blocks][out[0]][out[1]][lanes] */
} lk_nn_grouped;

/* Every channel is a group of its own. */
bool lk_nn_grouped_is_depthwise(const lk_nn_grouped *conv);

/* Floats of the packed weights. */
size_t lk_nn_grouped_weights(const lk_nn_grouped *conv);

/* From filters[out channels][in channels / groups][window]. Depthwise:
 * [blocks][window][lanes]; else as they are. */
void lk_nn_grouped_pack(const lk_nn_grouped *conv, float *weights, const float *filters);

void lk_nn_grouped_run(const lk_nn_grouped *conv);

#endif

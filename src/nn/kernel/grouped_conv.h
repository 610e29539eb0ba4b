/* grouped_conv.h: what a convolution of groups of channels is, for grouped.h and its inner
 * loops. */
#ifndef LK_NN_KERNEL_GROUPED_CONV_H
#define LK_NN_KERNEL_GROUPED_CONV_H

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

#endif

/* conv.h: a convolution as direct.h and amx.h do it. */
#ifndef LK_NN_KERNEL_CONV_H
#define LK_NN_KERNEL_CONV_H

#include "nn/kernel/narrow.h"

/* A convolution over blocked planes. */
typedef struct lk_nn_direct {
    size_t images, in_blocks, out_blocks;
    size_t in[2], out[2], kernel[2], stride[2], pad[2]; /* {vertical, horizontal} */
    bool sum;                                           /* add onto what dst holds */
    bool relu;
    const float *slope;              /* of a PReLU, [out_blocks][16]; NULL: none */
    bool narrow;                     /* src, weights and dst are bf16 (narrow.h) ... */
    bool wide_in, wide_out;          /* ... but src, dst */
    const void *src;                 /* [images][in_blocks][in[0]][in[1]][16] */
    const void *weights;             /* [out_blocks][in_blocks][kernel[0]][kernel[1]][16 in][16] */
    const float *bias;               /* [out_blocks][16] */
    void *dst;                       /* [images][out_blocks][out[0]][out[1]][16] */
    lk_bf16 *twin;                   /* with wide_out, without amx: gets dst, too; or NULL */
    void *scratch;                   /* [lk_nn_direct_scratch] */
    const struct lk_nn_amx *amx;     /* narrow: by these tiles (amx.h); NULL: by those of tile.h */
    size_t threads;                  /* with amx: that it runs with, at most, and ... */
    float *own;                      /* ... memory of each: [threads][own_step], ... */
    size_t own_step;                 /* ... lk_nn_direct_own of them used */
    const struct lk_nn_direct *next; /* whose first weights are fetched early; NULL: none */
    const struct lk_nn_direct *beside; /* done in the same run; both without scratch */
} lk_nn_direct;

#endif

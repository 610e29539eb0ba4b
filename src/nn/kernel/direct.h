/* direct.h: convolutions by our own kernels, for small planes and few images.
 *
 * A network's last layers join many channels over planes of 8x8 or 3x3 pixels:
 * one image reads more weights than pixels. Here the output channels are shared
 * out between the threads, so that each thread reads its weights once, in order,
 * and asks for the next ones while it works; taps that lie outside the plane are
 * left out instead of multiplied by zeros. */
#ifndef LK_NN_KERNEL_DIRECT_H
#define LK_NN_KERNEL_DIRECT_H

#include "nn/kernel/tile.h"

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
    void *scratch;                   /* [lk_nn_direct_scratch] */
    const struct lk_nn_direct *next; /* whose first weights are fetched early; NULL: none */
    const struct lk_nn_direct *beside; /* done in the same run; both without scratch */
} lk_nn_direct;

/* This processor and these kernels can do it: AVX-512 (narrow: with bf16), steps of 1 or
 * 2. */
bool lk_nn_direct_fits(const lk_nn_direct *conv);

/* Lays filters[shape[0]][shape[1]][shape[2]][shape[3]] out as `weights` of floats; channels
 * fill their blocks. */
void lk_nn_direct_filters(float *weights, const float *filters, const size_t shape[4]);

/* Floats of scratch memory that a run wants. */
size_t lk_nn_direct_scratch(const lk_nn_direct *conv);

/* Runs it and those beside it, which may not read what the others write. */
void lk_nn_direct_run(const lk_nn_direct *conv);

#endif

/* winograd.h: convolutions with fewer multiplications (Winograd's algorithms,
 * Toom and Cook's polynomial products), for planes of many pixels.
 *
 * The output is cut into tiles. A tile's input pixels and the filter are each
 * transformed to as many numbers, whose products, summed over the input channels,
 * a last transform turns into the tile's outputs. For m x m outputs of a 3x3 window
 * these are n x n numbers, n = m + 2: n^2 instead of 9 m^2 multiplications. The sums
 * over the channels are matrix products, one a position of the n x n, done by the
 * tiles of direct.h. */
#ifndef LK_NN_KERNEL_WINOGRAD_H
#define LK_NN_KERNEL_WINOGRAD_H

#include "nn/kernel/winograd_transforms.h"

/* A convolution over blocked planes. */
typedef struct lk_nn_winograd {
    lk_nn_winograd_kind kind;
    size_t images, in_blocks, out_blocks;
    size_t in[2], out[2], pad[2]; /* {vertical, horizontal} */
    bool sum;                     /* add onto what dst holds */
    bool relu;                    /* of the sum */
    const float *slope;           /* of a PReLU of the sum, [out_blocks][16]; NULL: none */
    size_t threads;               /* that it runs with, at most */
    bool narrow;                  /* src, weights and dst are bf16 (narrow.h) ... */
    bool wide_in, wide_out;       /* ... but src, dst */
    const void *src;              /* [images][in_blocks][in[0]][in[1]][16] */
    const void *weights;          /* [out_blocks][positions][in_blocks][16 in][16] */
    const float *bias;            /* [out_blocks][16] */
    void *dst;                    /* [images][out_blocks][out[0]][out[1]][16] */
    float *shared;                /* [lk_nn_winograd_shared] */
    float *own;                   /* [threads][own_step], lk_nn_winograd_own of them used */
    size_t own_step;
} lk_nn_winograd;

/* Sets conv->kind to the one that costs least; false: there is none for this
 * window, the plain sum costs no more, or this processor has not the vectors for it
 * (AVX-512). */
bool lk_nn_winograd_choose(lk_nn_winograd *conv, const size_t kernel[2], const size_t stride[2]);

/* What it costs, or the plain sum where that is less: in vectors of products of floats, of which
 * the processor does two in bf16. */
double lk_nn_winograd_price(const lk_nn_winograd *conv, const size_t kernel[2],
                            const size_t stride[2]);

/* Numbers of the transformed weights for shape {out channels, in channels}, both
 * multiples of 16. */
size_t lk_nn_winograd_weights(lk_nn_winograd_kind kind, const size_t shape[2]);

/* Transforms filters[shape[0]][shape[1]][window] to
 * weights[shape[0] / 16][positions][shape[1]][16], in float64, rounded once. */
void lk_nn_winograd_filters(lk_nn_winograd_kind kind, float *weights, const float *filters,
                            const size_t shape[2]);

/* Floats of scratch memory: of all threads together, and of each. A thread that
 * finds its own where it was in the last layer finds it in its cache. */
size_t lk_nn_winograd_shared(const lk_nn_winograd *conv);
size_t lk_nn_winograd_own(const lk_nn_winograd *conv);
void lk_nn_winograd_run(const lk_nn_winograd *conv);

#endif

/* direct.h: convolutions by our own kernels, for small planes and few images.
 *
 * A network's last layers join many channels over planes of 8x8 or 3x3 pixels:
 * one image reads more weights than pixels. Here the output channels are shared
 * out between the threads, so that each thread reads its weights once, in order,
 * and asks for the next ones while it works; taps that lie outside the plane are
 * left out instead of multiplied by zeros. */
#ifndef LK_NN_KERNEL_DIRECT_H
#define LK_NN_KERNEL_DIRECT_H

#include "nn/kernel/conv.h"
#include "nn/kernel/tile.h"

/* This processor and these kernels can do it: AVX-512 (narrow: with bf16), steps of 1 or
 * 2; with conv->amx any. */
bool lk_nn_direct_fits(const lk_nn_direct *conv);

/* Lays filters[shape[0]][shape[1]][shape[2]][shape[3]] out as `weights` of floats; channels
 * fill their blocks. */
void lk_nn_direct_filters(float *weights, const float *filters, const size_t shape[4]);

/* Floats of scratch memory that a run wants, and that each of its threads does. */
size_t lk_nn_direct_scratch(const lk_nn_direct *conv);
size_t lk_nn_direct_own(const lk_nn_direct *conv);

/* Runs it and those beside it, which may not read what the others write. */
void lk_nn_direct_run(const lk_nn_direct *conv);

#endif

/* amx_run.h: convolutions by AMX, of bf16 (amx_direct.h) and of whole numbers (int8_amx.c). */
#ifndef LK_NN_KERNEL_AMX_RUN_H
#define LK_NN_KERNEL_AMX_RUN_H

#include "nn/kernel/amx.h"

/* Sums that are ready: [count][16], of pixels `pixel` on of an image's plane. */
typedef struct lk_nn_amx_ready {
    const void *sums; /* float, or int32_t */
    size_t image, block, pixel, count;
} lk_nn_amx_ready;

/* A convolution as the tiles see it. */
typedef struct lk_nn_amx_conv {
    const lk_nn_amx *amx;
    lk_nn_amx_input input;
    size_t images, out_blocks;
    const void *weights; /* [out_blocks][entries][16 in][16], as the format has them */
    const float *bias;   /* [out_blocks][16], of bf16 */
    void (*finish)(const void *user, const lk_nn_amx_ready *ready); /* writes the results */
    const void *user;
    void *own; /* this thread's scratch memory: [lk_nn_amx_own] */
} lk_nn_amx_conv;

/* Bytes of scratch memory that each thread wants, a multiple of 64. */
size_t lk_nn_amx_own(const lk_nn_amx_conv *conv);

/* This thread's part. `next`: the convolution whose first weights are fetched early; NULL: none. */
void lk_nn_amx_run(const lk_nn_amx_conv *conv, const lk_nn_amx_conv *next, size_t thread,
                   size_t threads);

#endif

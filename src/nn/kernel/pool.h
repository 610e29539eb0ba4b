/* pool.h: the largest number of each window, of bf16 or whole
 * numbers (oneDNN does the floats). */
#ifndef LK_NN_KERNEL_POOL_H
#define LK_NN_KERNEL_POOL_H

#include "nn/kernel/narrow.h"

/* Over blocked planes. Windows hang over the edges as `pad` says, and at the far ones as
 * `out` does; no number is there, and a window sees one at least. */
typedef struct lk_nn_maxpool {
    size_t planes;                                      /* blocks of channels of all images */
    size_t in[2], out[2], kernel[2], stride[2], pad[2]; /* {vertical, horizontal} */
    size_t whole;    /* whole numbers of 8 bits, so many of a block: 8 or 16; 0: 16 of bf16 */
    const void *src; /* [planes][in[0]][in[1]][16] */
    void *dst;       /* [planes][out[0]][out[1]][16] */
} lk_nn_maxpool;

void lk_nn_maxpool_run(const lk_nn_maxpool *pool);

#endif

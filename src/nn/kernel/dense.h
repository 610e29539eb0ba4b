/* dense.h: linear layers that read many numbers. Each result is the sum of 64 or more
 * sums, which rounds less than one that goes on for tens of thousands of products. */
#ifndef LK_NN_KERNEL_DENSE_H
#define LK_NN_KERNEL_DENSE_H

#include <likeness/base.h>

typedef struct lk_nn_dense {
    size_t images, in, out;
    bool relu;
    const float *src;     /* [images][in] */
    const float *weights; /* [out][in] */
    const float *bias;    /* [out] */
    float *dst;           /* [images][out] */
} lk_nn_dense;

/* So many inputs that it pays. */
static inline bool lk_nn_dense_wants(size_t in)
{
    return in >= 4096;
}

void lk_nn_dense_run(const lk_nn_dense *dense);

#endif

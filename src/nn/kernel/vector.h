/* vector.h: the inner loops of training: one plane of one group of channels,
 * with lanes the processor's block of channels. */
#ifndef LK_NN_KERNEL_VECTOR_H
#define LK_NN_KERNEL_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Batch norm of one group, as the forward pass used it. */
typedef struct lk_nn_affine {
    const float *mean, *scale, *shift; /* [lanes] each: z = (x - mean) * scale + shift */
    bool relu;                         /* y = max(z, 0) */
} lk_nn_affine;

/* A window over one plane. */
typedef struct lk_nn_pool {
    size_t height, width, out_height, out_width;
    const size_t *kernel, *stride, *pad; /* [2] each: {vertical, horizontal} */
} lk_nn_pool;

/* x, y, dx, dy, branch, trunk: [pixels][lanes], but for pooling. */
typedef struct lk_nn_vector {
    /* sums[2][lanes]: of x - origin[lanes], of its squares. */
    void (*moments)(double *sums, const float *x, const float *origin, size_t pixels);
    /* y as lk_nn_affine says. */
    void (*normalize)(float *y, const float *x, const lk_nn_affine *norm, size_t pixels);
    /* With dz = dy where z > 0 (all of it without relu), sums[2][lanes]: of dz, of
     * dz (x - mean). */
    void (*gradient_moments)(double *sums, const float *dy, const float *x,
                             const lk_nn_affine *norm, size_t pixels);
    /* dx (+)= a dz - b - c (x - mean), abc[3][lanes]; dx may be dy. */
    void (*gradient)(float *dx, const float *dy, const float *x, const lk_nn_affine *norm,
                     const float *abc, size_t pixels, bool add);
    /* y = scale * branch + trunk, with relu at least 0. */
    void (*residual)(float *y, const float *branch, const float *trunk, float scale, bool relu,
                     size_t pixels);
    /* dx (+)= factor * dy where y is above 0; y NULL: everywhere. dx may be dy.
     * A ReLU forward is this, too: of dy where dy is above 0. */
    void (*scaled_gradient)(float *dx, const float *dy, const float *y, float factor, size_t pixels,
                            bool add);
    /* x[height][width][lanes] to y[out_height][out_width][lanes]; `where`, shaped as
     * y: which number of the window, row by row, is largest. */
    void (*maxpool)(float *y, uint8_t *where, const float *x, const lk_nn_pool *pool);
    /* Adds dy[out_height][out_width][lanes] to dx[height][width][lanes] where it came
     * from. */
    void (*maxpool_gradient)(float *dx, const float *dy, const uint8_t *where,
                             const lk_nn_pool *pool);
} lk_nn_vector;

/* NULL when there are none for so many lanes. */
const lk_nn_vector *lk_nn_vector_of(size_t lanes);

#endif

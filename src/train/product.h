/* Matrix products in float64 whose sums run in one fixed order, whatever the number of
 * threads and the instruction set. */
#ifndef LK_TRAIN_PRODUCT_H
#define LK_TRAIN_PRODUCT_H

#include <likeness/base.h>

/* A matrix in memory: element (i, j) lies at at[i * row + j * column]. */
typedef struct lk_matrix {
    const double *at;
    size_t row, column;
} lk_matrix;

/* out[m, n] = a[m, k] b[k, n]. Each sum is taken from k = 0 up, product by product, each
 * rounded. Errors: LK_ERROR_MEMORY. */
lk_status lk_product(double *out, lk_matrix a, lk_matrix b, size_t m, size_t n,
                     size_t k) LK_MUST_USE;

#endif

/* A stretch of the inputs at a time, so that those of all images stay near while all rows
 * of weights pass by. */
#include "nn/kernel/dense.h"

#include <string.h>

#include "base/memory.h"
#include "base/threads.h"

enum { STRETCH = 4096 };

#define LANES       4
#define TARGET      __attribute__((unused))
#define NAMED(name) name##_4
#include "nn/kernel/dense_body.h"

#if defined(__x86_64__)
#define LANES       8
#define TARGET      __attribute__((target("avx2,fma")))
#define NAMED(name) name##_8
#include "nn/kernel/dense_body.h"

#define LANES       16
#define TARGET      __attribute__((target("avx512f")))
#define NAMED(name) name##_16
#include "nn/kernel/dense_body.h"
#endif

typedef void dense_products_fn(float *sums, const float *weights, const float *src, size_t step,
                               size_t images, size_t count);

static dense_products_fn *dense_products(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return dense_products_16;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return dense_products_8;
#endif
    return dense_products_4;
}

/* One row of results for all images. */
static void dense_row(const lk_nn_dense *dense, size_t row, dense_products_fn *products)
{
    enum { TOGETHER = 16 };
    for (size_t n = 0; n < dense->images; n += TOGETHER) {
        float sums[TOGETHER] = {0};
        size_t images = lk_smaller(TOGETHER, dense->images - n);
        for (size_t i = 0; i < dense->in; i += STRETCH)
            products(sums, dense->weights + row * dense->in + i, dense->src + n * dense->in + i,
                     dense->in, images, lk_smaller(STRETCH, dense->in - i));
        for (size_t k = 0; k < images; k++) {
            float x = sums[k] + dense->bias[row];
            dense->dst[(n + k) * dense->out + row] = dense->relu && x < 0 ? 0 : x;
        }
    }
}

void lk_nn_dense_run(const lk_nn_dense *dense)
{
    dense_products_fn *products = dense_products();
#pragma omp parallel for num_threads(lk_threads()) schedule(static)
    for (size_t row = 0; row < dense->out; row++)
        dense_row(dense, row, products);
}

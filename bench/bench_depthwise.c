/* Depthwise convolutions beside a copy of as many numbers: both read and write memory, and
 * the convolution is to get at least 70 % of what the copy gets. In turn, the best of many. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/threads.h"
#include "bench_support.h"
#include "nn/dnnl/shim.h"
#include "nn/kernel/grouped.h"

enum { ROUNDS = 40 };

static float *numbers(size_t count)
{
    float *values;
    if (lk_alloc_aligned(&values, count, sizeof *values) != LK_OK)
        exit(1);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(i % 17) - 8;
    return values;
}

static void copy(float *to, const float *from, size_t count)
{
    enum { PIECE = 1 << 14 };
#pragma omp parallel for num_threads(lk_threads()) schedule(static)
    for (size_t i = 0; i < count; i += PIECE)
        memcpy(to + i, from + i, (count - i < PIECE ? count - i : PIECE) * sizeof *to);
}

static void measure(size_t channels, size_t side, size_t stride, size_t images)
{
    size_t lanes = lk_dnnl_block(), out = (side - 1) / stride + 1;
    lk_nn_grouped conv = {.images = images,
                          .channels = {channels, channels},
                          .groups = channels,
                          .lanes = lanes,
                          .in = {side, side},
                          .out = {out, out},
                          .kernel = {3, 3},
                          .stride = {stride, stride},
                          .pad = {1, 1}};
    size_t in = images * channels * side * side, all = images * channels * out * out;
    float *src = numbers(in), *dst = numbers(in), *bias = numbers(channels);
    float *filters = numbers(channels * 9), *weights = numbers(lk_nn_grouped_weights(&conv));
    double best[2] = {1e9, 1e9};
    lk_nn_grouped_pack(&conv, weights, filters);
    conv.src = src;
    conv.dst = dst;
    conv.bias = conv.slope = bias;
    conv.weights = weights;
    for (int i = 0; i < 2 * ROUNDS; i++) {
        double begun = bench_now();
        if (i % 2)
            lk_nn_grouped_run(&conv);
        else
            copy(dst, src, in);
        double took = bench_now() - begun;
        best[i % 2] = took < best[i % 2] ? took : best[i % 2];
    }
    double copied = 2 * (double)in * sizeof(float) / best[0] / 1e9;
    double convolved = (double)(in + all) * sizeof(float) / best[1] / 1e9;
    printf("depthwise 3x3, %zu channels of %zux%zu, step %zu, %zu images: %.1f GB/s, a copy %.1f: "
           "%.0f %%\n",
           channels, side, side, stride, images, convolved, copied, 100 * convolved / copied);
    lk_free_aligned(src);
    lk_free_aligned(dst);
    lk_free_aligned(bias);
    lk_free_aligned(filters);
    lk_free_aligned(weights);
}

int main(void)
{
    measure(64, 28, 1, 1);
    measure(32, 112, 1, 8);
    measure(64, 112, 2, 8);
    measure(128, 56, 1, 8);
    measure(256, 28, 1, 8);
    measure(128, 112, 1, 8);
    return 0;
}

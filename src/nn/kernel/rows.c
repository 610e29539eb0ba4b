/* Packed convolution weights, and which kernels the processor can run. */
#include "nn/kernel/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

static size_t rows_round_to_block(size_t channels)
{
    return (channels + LK_NN_LANES - 1) / LK_NN_LANES * LK_NN_LANES;
}

lk_status lk_nn_row_conv_create(lk_nn_row_conv *conv, size_t kernel, size_t in_channels,
                                size_t out_channels)
{
    lk_nn_row_conv made = {.kernel = kernel,
                           .in_channels = in_channels,
                           .out_channels = rows_round_to_block(out_channels)};
    size_t count = kernel * kernel * in_channels * made.out_channels;
    /* One allocation: the kernels' loads of weights stay aligned. */
    LK_TRY(lk_alloc_aligned(&made.weights, count + 2 * made.out_channels, sizeof(float)));
    made.bias = made.weights + count;
    made.slope = made.bias + made.out_channels;
    memset(made.weights, 0, (count + made.out_channels) * sizeof(float));
    for (size_t i = 0; i < made.out_channels; i++)
        made.slope[i] = 1;
    *conv = made;
    return LK_OK;
}

void lk_nn_row_conv_clear(lk_nn_row_conv *conv)
{
    lk_free_aligned(conv->weights);
    *conv = (lk_nn_row_conv){0};
}

float *lk_nn_row_conv_weight(const lk_nn_row_conv *conv, size_t out_channel, size_t row,
                             size_t column, size_t in_channel)
{
    size_t block = out_channel / LK_NN_LANES, lane = out_channel % LK_NN_LANES;
    size_t tap = (block * conv->kernel + row) * conv->kernel + column;
    return conv->weights + (tap * conv->in_channels + in_channel) * LK_NN_LANES + lane;
}

const lk_nn_row_kernels *lk_nn_row_kernels_get(size_t index)
{
    const lk_nn_row_kernels *usable[3];
    size_t count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        usable[count++] = &lk_nn_rows_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        usable[count++] = &lk_nn_rows_avx2;
#endif
    usable[count++] = &lk_nn_rows_plain;
    return index < count ? usable[index] : NULL;
}

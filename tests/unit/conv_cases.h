/* conv_cases.h: convolutions over blocked planes, [images, blocks, height, width,
 * 16], with made-up numbers, checked against plain loops in double. */
#ifndef LK_TESTS_CONV_CASES_H
#define LK_TESTS_CONV_CASES_H

#include <math.h>
#include <stdlib.h>

#include "support.h"

#include "base/memory.h"
#include "base/random.h"
#include "nn/kernel/direct.h"

enum { LANES = LK_NN_LANES, GUARD = 64 };

typedef struct conv_case {
    size_t images, in_blocks, out_blocks;
    size_t in[2], out[2], kernel[2], stride[2], pad[2]; /* {vertical, horizontal} */
    bool sum, relu, bend;                               /* bend: a PReLU */
    double bound;     /* of a pixel's error, by the sum of its products' sizes ... */
    double tile_size; /* ... and this: where rounding is of a whole tile's size */
    double rounding;  /* of the result, by its own size */
    float *src, *filters, *bias, *dst, *before; /* filters[out][in][ky][kx]; before: dst at first */
    float *slope;                               /* [out]; NULL: none */
} conv_case;

/* GUARD more numbers behind `count`. */
static float *made_up(lk_random *random, size_t count)
{
    float *data;
    assert_int_equal(lk_alloc_aligned(&data, count + GUARD, sizeof *data), LK_OK);
    for (size_t i = 0; i < count + GUARD; i++)
        data[i] = (float)lk_random_normal(random);
    return data;
}

static size_t conv_outputs(const conv_case *c)
{
    return c->images * c->out_blocks * LANES * c->out[0] * c->out[1];
}

/* Sets out[] and everything that is made up. */
static void make_case(conv_case *c, lk_random *random)
{
    for (int k = 0; k < 2; k++)
        c->out[k] = (c->in[k] + 2 * c->pad[k] - c->kernel[k]) / c->stride[k] + 1;
    size_t in = c->in_blocks * LANES, out = c->out_blocks * LANES;
    size_t bytes = (conv_outputs(c) + GUARD) * sizeof *c->before;
    c->src = made_up(random, c->images * in * c->in[0] * c->in[1]);
    c->filters = made_up(random, out * in * c->kernel[0] * c->kernel[1]);
    c->bias = made_up(random, out);
    c->dst = made_up(random, conv_outputs(c));
    c->before = malloc(bytes);
    assert_non_null(c->before);
    memcpy(c->before, c->dst, bytes);
    c->slope = c->bend ? made_up(random, out) : NULL;
}

static void free_case(conv_case *c)
{
    lk_free_aligned(c->src);
    lk_free_aligned(c->filters);
    lk_free_aligned(c->bias);
    lk_free_aligned(c->dst);
    lk_free_aligned(c->slope);
    free(c->before);
}

/* at: image, output channel, row, column. *size: the sum of the products' sizes. */
static double expected_pixel(const conv_case *c, const size_t at[4], double *size)
{
    size_t window = c->kernel[0] * c->kernel[1], channels = c->in_blocks * LANES;
    double sum = (double)c->bias[at[1]];
    *size = fabs(sum);
    for (size_t i = 0; i < channels * window; i++) {
        size_t channel = i / window, tap = i % window;
        size_t y = at[2] * c->stride[0] + tap / c->kernel[1] - c->pad[0];
        size_t x = at[3] * c->stride[1] + tap % c->kernel[1] - c->pad[1];
        if (y >= c->in[0] || x >= c->in[1]) /* or wrapped round below 0 */
            continue;
        size_t plane = at[0] * c->in_blocks + channel / LANES;
        size_t pixel = (plane * c->in[0] + y) * c->in[1] + x;
        double product = (double)c->src[pixel * LANES + channel % LANES] *
                         (double)c->filters[at[1] * channels * window + i];
        sum += product;
        *size += fabs(product);
    }
    return sum;
}

/* Adds up errors and results, squared: rounding in the middle of a sum is told from a
 * fault by what it comes to over all pixels. */
static double errors_squared, results_squared;

static void check_pixel(const conv_case *c, const size_t at[4])
{
    double size, sum = expected_pixel(c, at, &size);
    size_t plane = at[0] * c->out_blocks + at[1] / LANES;
    size_t i = ((plane * c->out[0] + at[2]) * c->out[1] + at[3]) * LANES + at[1] % LANES;
    if (c->sum) {
        sum += (double)c->before[i];
        size += fabs((double)c->before[i]);
    }
    if (c->slope && sum < 0) {
        sum *= (double)c->slope[at[1]];
        size *= fmax(1, fabs((double)c->slope[at[1]]));
    }
    if (c->relu && sum < 0)
        sum = 0;
    errors_squared += ((double)c->dst[i] - sum) * ((double)c->dst[i] - sum);
    results_squared += sum * sum;
    double bound = c->bound * (size + c->tile_size) + c->rounding * fabs(sum);
    if (!(fabs((double)c->dst[i] - sum) <= bound))
        fail_msg("image %zu, channel %zu, pixel %zu,%zu: %g, not %g", at[0], at[1], at[2], at[3],
                 (double)c->dst[i], sum);
}

/* All that dst holds now; and that nothing was written behind it. */
static void check_case(const conv_case *c)
{
    for (size_t n = 0; n < c->images; n++)
        for (size_t k = 0; k < c->out_blocks * LANES; k++)
            for (size_t y = 0; y < c->out[0]; y++)
                for (size_t x = 0; x < c->out[1]; x++)
                    check_pixel(c, (size_t[]){n, k, y, x});
    assert_memory_equal(c->dst + conv_outputs(c), c->before + conv_outputs(c),
                        GUARD * sizeof *c->dst);
}

/* [out block][in block][ky][kx][16 in][16 out] */
static inline float *block_filters(const conv_case *c)
{
    size_t window = c->kernel[0] * c->kernel[1], channels = c->in_blocks * LANES;
    float *blocked;
    assert_int_equal(
        lk_alloc_aligned(&blocked, c->out_blocks * LANES * channels * window, sizeof *blocked),
        LK_OK);
    for (size_t i = 0; i < c->out_blocks * LANES * channels * window; i++) {
        size_t out = i / window / channels, in = i / window % channels, tap = i % window;
        size_t pair = out / LANES * c->in_blocks + in / LANES;
        blocked[((pair * window + tap) * LANES + in % LANES) * LANES + out % LANES] = c->filters[i];
    }
    return blocked;
}

static inline bool no_kernels(void)
{
    if (!lk_nn_tile_available())
        print_message("SKIPPED: this processor has no AVX-512\n");
    return !lk_nn_tile_available();
}

#endif

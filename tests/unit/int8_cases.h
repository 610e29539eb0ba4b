/* int8_cases.h: convolutions of whole numbers, with made-up ones, checked against plain loops that
 * add the products up one after the other: the sums are exact, so what is written must be equal
 * to the bit. */
#ifndef LK_TESTS_INT8_CASES_H
#define LK_TESTS_INT8_CASES_H

#include <math.h>
#include <stdlib.h>

#include "support.h"

#include "base/memory.h"
#include "base/random.h"
#include "nn/kernel/int8_winograd.h"

enum { GUARD = 64 };

typedef struct int8_case {
    lk_nn_int8 conv;
    int8_t *filters, *weights; /* filters[out][in][ky][kx] */
    size_t outputs;
    unsigned char *before, *dst; /* outputs, GUARD more behind */
} int8_case;

static void *made(size_t bytes)
{
    void *data;
    assert_int_equal(lk_alloc_aligned(&data, bytes + GUARD, 1), LK_OK);
    memset(data, 0x5a, bytes + GUARD);
    return data;
}

/* The same without a byte behind, so that reading on is noticed. */
static void *exact(void *data, size_t bytes)
{
    void *out = malloc(bytes);
    assert_non_null(out);
    memcpy(out, data, bytes);
    lk_free_aligned(data);
    return out;
}

static float *made_up_floats(lk_random *random, size_t count, double size)
{
    float *data = made(count * sizeof *data);
    for (size_t i = 0; i < count; i++)
        data[i] = (float)(size * lk_random_normal(random));
    return data;
}

static void *made_up_bytes(lk_random *random, size_t count, int least, int most)
{
    uint8_t *data = made(count);
    for (size_t i = 0; i < count; i++)
        data[i] = (uint8_t)(least + (int)lk_random_below(random, (uint64_t)(most - least + 1)));
    return data;
}

static size_t number_size(bool wide)
{
    return wide ? sizeof(float) : 1;
}

static void make_int8_case(int8_case *c, lk_random *random)
{
    lk_nn_int8 *conv = &c->conv;
    size_t in = conv->in_blocks * conv->lanes, out = conv->out_blocks * conv->lanes;
    size_t window = conv->kernel[0] * conv->kernel[1];
    for (int k = 0; k < 2; k++)
        conv->out[k] = (conv->in[k] + 2 * conv->pad[k] - conv->kernel[k]) / conv->stride[k] + 1;
    size_t inputs = conv->images * in * conv->in[0] * conv->in[1];
    c->outputs = conv->images * out * conv->out[0] * conv->out[1];
    conv->src = conv->wide_in ? (void *)made_up_floats(random, inputs, 1)
                              : made_up_bytes(random, inputs, 0, 255);
    conv->src = exact((void *)conv->src, inputs * number_size(conv->wide_in));
    c->before = conv->wide_out ? (void *)made_up_floats(random, c->outputs, 1)
                               : made_up_bytes(random, c->outputs, 0, 255);
    c->filters = made_up_bytes(random, out * in * window, LK_NN_INT8_LEAST, 127);
    c->weights = made(out * in * window);
    size_t shape[4] = {out, in, conv->kernel[0], conv->kernel[1]};
    lk_nn_int8_filters(c->weights, c->filters, shape, conv->lanes);
    c->weights = exact(c->weights, out * in * window);
    conv->weights = c->weights;
    conv->scale = made_up_floats(random, out, 1e-5);
    conv->bias = made_up_floats(random, out, 1);
    conv->scratch = made(lk_nn_int8_scratch(conv));
    c->dst = made(c->outputs * number_size(conv->wide_out));
    conv->dst = c->dst;
    if (conv->wide_out && conv->out_blocks != 3) /* most of them, in whole numbers, too */
        conv->twin = made(c->outputs);
}

static void free_int8_case(int8_case *c)
{
    void *all[] = {(void *)c->conv.scale,
                   (void *)c->conv.bias,
                   (void *)c->conv.slope,
                   c->conv.scratch,
                   c->conv.twin,
                   c->filters,
                   c->before,
                   c->dst};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        lk_free_aligned(all[i]);
    free((void *)c->conv.src);
    free(c->weights);
}

/* What stands for input `i`. */
static int input_at(const lk_nn_int8 *conv, size_t i)
{
    if (!conv->wide_in)
        return ((const uint8_t *)conv->src)[i];
    float q = rintf(((const float *)conv->src)[i] * (1.0f / conv->from.scale) + conv->from.zero);
    return (int)fminf(fmaxf(q, 0), 255);
}

/* at: image, output channel, row, column; padding is what stands for 0. */
static int32_t expected_sum(const int8_case *c, const size_t at[4])
{
    const lk_nn_int8 *conv = &c->conv;
    size_t window = conv->kernel[0] * conv->kernel[1], channels = conv->in_blocks * conv->lanes;
    int32_t sum = 0;
    for (size_t i = 0; i < channels * window; i++) {
        size_t channel = i / window, tap = i % window;
        size_t y = at[2] * conv->stride[0] + tap / conv->kernel[1] - conv->pad[0];
        size_t x = at[3] * conv->stride[1] + tap % conv->kernel[1] - conv->pad[1];
        bool inside = y < conv->in[0] && x < conv->in[1];
        size_t plane = at[0] * conv->in_blocks + channel / conv->lanes;
        size_t pixel = (plane * conv->in[0] + y) * conv->in[1] + x;
        int q = inside ? input_at(conv, pixel * conv->lanes + channel % conv->lanes)
                       : (int)conv->from.zero;
        sum += q * c->filters[at[1] * channels * window + i];
    }
    return sum;
}

/* What output `i` was. */
static float trunk_at(const int8_case *c, size_t i)
{
    const lk_nn_int8 *conv = &c->conv;
    if (conv->wide_out)
        return ((const float *)(const void *)c->before)[i];
    return ((float)c->before[i] - conv->trunk.zero) * conv->trunk.scale;
}

static int cut(float q)
{
    return (int)rintf(fminf(fmaxf(q, 0), 255));
}

/* Of what nothing is done to but to be written as a whole number. */
static int expected_straight(const int8_case *c, const size_t at[4])
{
    const lk_nn_int8 *conv = &c->conv;
    volatile float inverse = 1.0f / conv->to.scale, scale = conv->scale[at[1]] * inverse;
    volatile float bias = conv->bias[at[1]] * inverse;
    bias = bias + conv->to.zero;
    volatile float q = (float)expected_sum(c, at) * scale;
    q = q + bias;
    return cut(conv->relu ? fmaxf(q, conv->to.zero) : q);
}

static void check_int8_pixel(const int8_case *c, const size_t at[4])
{
    const lk_nn_int8 *conv = &c->conv;
    size_t plane = at[0] * conv->out_blocks + at[1] / conv->lanes;
    size_t i =
        ((plane * conv->out[0] + at[2]) * conv->out[1] + at[3]) * conv->lanes + at[1] % conv->lanes;
    if (!conv->wide_out && !conv->sum && !conv->slope) {
        assert_int_equal(c->dst[i], expected_straight(c, at));
        return;
    }
    volatile float x = (float)expected_sum(c, at) * conv->scale[at[1]];
    x = x + conv->bias[at[1]];
    if (conv->sum)
        x = x + trunk_at(c, i);
    if (conv->relu)
        x = fmaxf(x, 0);
    if (conv->slope && x < 0)
        x = x * conv->slope[at[1]];
    if (conv->wide_out) {
        float found = ((const float *)(const void *)c->dst)[i];
        assert_true(found == x);
        if (!conv->twin)
            return;
    }
    volatile float q = x * (1.0f / conv->to.scale);
    assert_int_equal((conv->twin ? conv->twin : c->dst)[i], cut(q + conv->to.zero));
}

static void check_int8_case(const int8_case *c)
{
    const lk_nn_int8 *conv = &c->conv;
    for (size_t n = 0; n < conv->images; n++)
        for (size_t k = 0; k < conv->out_blocks * conv->lanes; k++)
            for (size_t y = 0; y < conv->out[0]; y++)
                for (size_t x = 0; x < conv->out[1]; x++)
                    check_int8_pixel(c, (size_t[]){n, k, y, x});
    for (size_t i = 0; i < GUARD; i++)
        assert_true(c->dst[c->outputs * number_size(conv->wide_out) + i] == 0x5a &&
                    (!conv->twin || conv->twin[c->outputs + i] == 0x5a));
}

static void run_int8_case(int8_case *c, bool plain)
{
    size_t bytes = c->outputs * number_size(c->conv.wide_out);
    c->conv.plain = plain;
    memcpy(c->dst, c->before, bytes);
    (c->conv.fewer ? lk_nn_int8_winograd_run : lk_nn_int8_run)(&c->conv);
    check_int8_case(c);
}

static const struct {
    size_t kernel[2], stride[2], pad[2], in[2];
} shapes[] = {
    {{1, 1}, {1, 1}, {0, 0}, {3, 3}},   {{1, 1}, {1, 1}, {0, 0}, {8, 5}},
    {{1, 1}, {1, 1}, {1, 1}, {3, 4}},   {{1, 1}, {2, 2}, {0, 0}, {7, 6}},
    {{1, 7}, {1, 1}, {0, 3}, {8, 8}},   {{7, 1}, {1, 1}, {3, 0}, {8, 3}},
    {{3, 3}, {1, 1}, {1, 1}, {5, 6}},   {{3, 3}, {2, 2}, {0, 0}, {8, 7}},
    {{3, 2}, {2, 1}, {0, 1}, {9, 4}},   {{3, 3}, {3, 3}, {1, 2}, {7, 9}},
    {{3, 3}, {1, 1}, {0, 0}, {3, 15}},  {{1, 1}, {1, 1}, {0, 0}, {1, 1}},
    {{1, 2}, {1, 1}, {0, 3}, {4, 5}},   {{3, 1}, {2, 1}, {2, 0}, {6, 9}},
    {{1, 1}, {1, 1}, {0, 0}, {17, 13}},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* Of shape `s`, with all that can be done beside in turn, by variants. */
static int8_case shaped_case(size_t s, size_t variant, size_t in_blocks, size_t lanes,
                             lk_random *random)
{
    int8_case c = {.conv = {.images = 1 + variant % 3,
                            .in_blocks = in_blocks,
                            .out_blocks = 1 + variant,
                            .lanes = lanes,
                            .sum = variant & 1,
                            .relu = s % 3 == 0,
                            .wide_in = (s + variant) % 3 == 1,
                            .wide_out = (s + variant) % 5 == 4,
                            .from = {.03f, (float)(variant % 3 * 100)},
                            .trunk = {.02f, (float)(variant % 2 * 128)},
                            .to = {.05f, (float)(s % 2 * 77)}}};
    memcpy(c.conv.kernel, shapes[s].kernel, sizeof c.conv.kernel);
    memcpy(c.conv.stride, shapes[s].stride, sizeof c.conv.stride);
    memcpy(c.conv.pad, shapes[s].pad, sizeof c.conv.pad);
    memcpy(c.conv.in, shapes[s].in, sizeof c.conv.in);
    if (s % 4 == 1)
        c.conv.slope = made_up_floats(random, c.conv.out_blocks * lanes, .5);
    make_int8_case(&c, random);
    c.conv.small = s % 3 == 1 || variant % 4 == 2;
    assert_true(lk_nn_int8_is_small(&c.conv));
    return c;
}

#endif

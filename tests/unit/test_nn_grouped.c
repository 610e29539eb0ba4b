/* Convolutions of groups of channels against plain sums in float64, at sides at which loops
 * begin, end and have nothing to do, and with results that go past the caches. */
#include "support.h"

#include "base/memory.h"
#include "nn/dnnl/shim.h"
#include "nn/kernel/grouped.h"

typedef struct sample {
    lk_nn_grouped conv;
    float *src, *dst, *filters, *weights, *bias;
} sample;

static size_t padded(const lk_nn_grouped *conv, int which)
{
    return lk_ceil_div(conv->channels[which], conv->lanes) * conv->lanes;
}

/* Numbers of both signs that look like no pattern. */
static float *numbers(size_t count, size_t salt)
{
    float *values;
    assert_ok(lk_alloc_aligned(&values, count, sizeof *values));
    for (size_t i = 0; i < count; i++)
        values[i] = (float)((i * 7919 + salt * 31) % 1009) / 504.5f - 1;
    return values;
}

static void make(sample *s)
{
    lk_nn_grouped *c = &s->conv;
    for (int i = 0; i < 2; i++)
        c->out[i] = (c->in[i] + 2 * c->pad[i] - c->kernel[i]) / c->stride[i] + 1;
    s->src = numbers(c->images * padded(c, 0) * c->in[0] * c->in[1], 1);
    s->dst = numbers(c->images * padded(c, 1) * c->out[0] * c->out[1], 2);
    s->filters =
        numbers(c->channels[1] * c->channels[0] / c->groups * c->kernel[0] * c->kernel[1], 3);
    s->bias = numbers(padded(c, 1), 4);
    s->weights = numbers(lk_nn_grouped_weights(c), 5);
    lk_nn_grouped_pack(c, s->weights, s->filters);
    c->src = s->src;
    c->dst = s->dst;
    c->weights = s->weights;
    c->bias = s->bias;
    if (c->slope)
        c->slope = s->bias;
}

static void discard(sample *s)
{
    lk_free_aligned(s->src);
    lk_free_aligned(s->dst);
    lk_free_aligned(s->filters);
    lk_free_aligned(s->bias);
    lk_free_aligned(s->weights);
}

static const float *pixel_of(const lk_nn_grouped *c, const float *base, int which, size_t image,
                             size_t channel, size_t y, size_t x)
{
    const size_t *side = which ? c->out : c->in;
    size_t plane = image * (padded(c, which) / c->lanes) + channel / c->lanes;
    return base + ((plane * side[0] + y) * side[1] + x) * c->lanes + channel % c->lanes;
}

static double expected(const sample *s, size_t image, size_t channel, size_t y, size_t x)
{
    const lk_nn_grouped *c = &s->conv;
    size_t each = c->channels[0] / c->groups, first = channel / (c->channels[1] / c->groups) * each;
    const float *filter = s->filters + channel * each * c->kernel[0] * c->kernel[1];
    double sum = (double)s->bias[channel];
    for (size_t k = 0; k < each; k++)
        for (size_t i = 0; i < c->kernel[0]; i++)
            for (size_t j = 0; j < c->kernel[1]; j++, filter++) {
                size_t row = y * c->stride[0] + i - c->pad[0];
                size_t column = x * c->stride[1] + j - c->pad[1];
                if (row < c->in[0] && column < c->in[1])
                    sum += (double)*filter *
                           (double)*pixel_of(c, s->src, 0, image, first + k, row, column);
            }
    if (c->slope && sum < 0)
        return sum * (double)s->bias[channel];
    return c->relu && sum < 0 ? 0 : sum;
}

static double off_by(const sample *s)
{
    const lk_nn_grouped *c = &s->conv;
    double worst = 0;
    for (size_t n = 0; n < c->images; n++)
        for (size_t k = 0; k < c->channels[1]; k++)
            for (size_t y = 0; y < c->out[0]; y++)
                for (size_t x = 0; x < c->out[1]; x++)
                    worst = worse(worst, fabs((double)*pixel_of(c, s->dst, 1, n, k, y, x) -
                                              expected(s, n, k, y, x)));
    return worst;
}

/* The same bits from any number of threads. */
static void check(lk_nn_grouped conv)
{
    sample s = {.conv = conv};
    make(&s);
    size_t bytes = conv.images * padded(&conv, 1) * s.conv.out[0] * s.conv.out[1] * sizeof *s.dst;
    float *first = malloc(bytes);
    assert_non_null(first);
    for (size_t threads = 1; threads <= 3; threads++) {
        lk_threads_set(threads);
        lk_nn_grouped_run(&s.conv);
        double off = threads == 1 ? off_by(&s) : 0;
        if (!(off <= 2e-6))
            fail_msg("%zux%zu by %zux%zu, step %zu, padding %zu, %zu lanes, %zu threads: off by %g",
                     conv.in[0], conv.in[1], conv.kernel[0], conv.kernel[1], conv.stride[0],
                     conv.pad[0], conv.lanes, threads, off);
        if (threads == 1)
            memcpy(first, s.dst, bytes);
        else
            assert_memory_equal(first, s.dst, bytes);
    }
    lk_threads_set(0);
    free(first);
    discard(&s);
}

/* Those of which this processor has a kernel. */
static size_t next_lanes(size_t lanes)
{
    size_t most = lk_dnnl_block() == 16 ? 16 : 8;
    return lanes == 0 ? 8 : lanes < most ? 2 * lanes : 0;
}

static void small_planes_of_3x3(void **state)
{
    (void)state;
    const float bent = 0;
    for (size_t lanes = 0; (lanes = next_lanes(lanes));)
        for (size_t step = 1; step <= 2; step++)
            for (size_t pad = 0; pad <= 2; pad++)
                for (size_t height = 3 - (pad ? 2 : 0); height <= 6; height++)
                    for (size_t width = 3 - (pad ? 2 : 0); width <= 10; width++) {
                        size_t kind = (height + width) % 3;
                        check((lk_nn_grouped){.images = 2,
                                              .channels = {lanes + 3, lanes + 3},
                                              .groups = lanes + 3,
                                              .lanes = lanes,
                                              .in = {height, width},
                                              .kernel = {3, 3},
                                              .stride = {step, step},
                                              .pad = {pad, pad},
                                              .relu = kind == 1,
                                              .slope = kind == 2 ? &bent : NULL});
                    }
}

static void other_windows(void **state)
{
    static const size_t windows[][6] = {{5, 5, 1, 1, 2, 2}, {7, 7, 2, 2, 3, 3}, {1, 3, 1, 1, 0, 1},
                                        {3, 1, 1, 1, 1, 0}, {3, 3, 1, 1, 1, 0}, {3, 3, 1, 1, 0, 1},
                                        {3, 3, 2, 1, 1, 1}, {7, 7, 1, 1, 0, 0}};
    (void)state;
    for (size_t lanes = 0; (lanes = next_lanes(lanes));)
        for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
            const size_t *w = windows[i];
            for (size_t groups = 4; groups <= lanes + 4; groups += lanes)
                check((lk_nn_grouped){.images = 1,
                                      .channels = {lanes + 4, lanes + 4},
                                      .groups = groups,
                                      .lanes = lanes,
                                      .in = {7, 9},
                                      .kernel = {w[0], w[1]},
                                      .stride = {w[2], w[3]},
                                      .pad = {w[4], w[5]},
                                      .relu = true});
        }
}

/* 16 MB and more go past the caches. */
static void large_planes(void **state)
{
    (void)state;
    const float bent = 0;
    for (size_t lanes = 0; (lanes = next_lanes(lanes));)
        for (size_t step = 1; step <= 2; step++)
            for (int kind = 0; kind < 2; kind++)
                check((lk_nn_grouped){.images = 1,
                                      .channels = {lanes, lanes},
                                      .groups = lanes,
                                      .lanes = lanes,
                                      .in = {1 << 9, (1 << 9) * 16 / lanes + 1},
                                      .kernel = {3, 3},
                                      .stride = {step, step},
                                      .pad = {1, 1},
                                      .relu = true,
                                      .slope = kind ? &bent : NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_planes_of_3x3),
        cmocka_unit_test(other_windows),
        cmocka_unit_test(large_planes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

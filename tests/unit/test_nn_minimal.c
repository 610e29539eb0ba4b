/* Minimal filtering against plain loops in double: every kind, over planes that
 * its tiles do and do not divide, alone and shared between threads. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "support.h"

#include "base/memory.h"
#include "base/random.h"
#include "nn/onednn/direct.h"
#include "nn/onednn/minimal.h"

enum { LANES = LK_NN_LANES, GUARD = 64 };

typedef struct arrays {
    float *src, *filters, *weights, *bias, *dst, *shared, *own;
    float *behind[3]; /* what lay behind dst, shared and own */
    size_t outputs, shared_floats, own_floats;
    size_t kernel[2], stride[2];
} arrays;

static float *made_up(lk_random *random, size_t count)
{
    float *data;
    assert_int_equal(lk_alloc_aligned(&data, count + GUARD, sizeof *data), LK_OK);
    for (size_t i = 0; i < count + GUARD; i++)
        data[i] = (float)lk_random_normal(random);
    return data;
}

static float *copy_guard(const float *end)
{
    float *copy = malloc(GUARD * sizeof *copy);
    assert_non_null(copy);
    memcpy(copy, end, GUARD * sizeof *copy);
    return copy;
}

static arrays make_arrays(lk_nn_minimal *conv, lk_random *random)
{
    size_t shape[2] = {conv->out_blocks * LANES, conv->in_blocks * LANES};
    const lk_nn_minimal_axis *const *axis = lk_nn_minimal_get(conv->kind)->axis;
    size_t out = conv->images * shape[0] * conv->out[0] * conv->out[1];
    arrays a = {.src = made_up(random, conv->images * shape[1] * conv->in[0] * conv->in[1]),
                .filters = made_up(random, shape[0] * shape[1] * axis[0]->taps * axis[1]->taps),
                .weights = made_up(random, lk_nn_minimal_weights(conv->kind, shape)),
                .bias = made_up(random, shape[0]),
                .dst = made_up(random, out),
                .shared_floats = lk_nn_minimal_shared(conv),
                .own_floats = conv->threads * lk_nn_minimal_own(conv),
                .outputs = out,
                .kernel = {axis[0]->taps, axis[1]->taps},
                .stride = {axis[0]->stride, axis[1]->stride}};
    a.shared = made_up(random, a.shared_floats);
    a.own = made_up(random, a.own_floats);
    a.behind[0] = copy_guard(a.dst + a.outputs);
    a.behind[1] = copy_guard(a.shared + a.shared_floats);
    a.behind[2] = copy_guard(a.own + a.own_floats);
    lk_nn_minimal_filters(conv->kind, a.weights, a.filters, shape);
    conv->src = a.src;
    conv->weights = a.weights;
    conv->bias = a.bias;
    conv->dst = a.dst;
    conv->shared = a.shared;
    conv->own = a.own;
    conv->own_step = lk_nn_minimal_own(conv);
    return a;
}

static void free_arrays(arrays *a)
{
    lk_free_aligned(a->src);
    lk_free_aligned(a->filters);
    lk_free_aligned(a->weights);
    lk_free_aligned(a->bias);
    lk_free_aligned(a->dst);
    lk_free_aligned(a->shared);
    lk_free_aligned(a->own);
    for (int i = 0; i < 3; i++)
        free(a->behind[i]);
}

/* One output channel of one pixel, and the sum of its products' sizes. */
static double expected(const lk_nn_minimal *conv, const arrays *a, const size_t at[4], double *size)
{
    double sum = (double)a->bias[at[1]];
    size_t window = a->kernel[0] * a->kernel[1];
    *size = fabs(sum);
    for (size_t c = 0; c < conv->in_blocks * LANES; c++)
        for (size_t k = 0; k < window; k++) {
            size_t y = at[2] * a->stride[0] + k / a->kernel[1] - conv->pad[0];
            size_t x = at[3] * a->stride[1] + k % a->kernel[1] - conv->pad[1];
            if (y >= conv->in[0] || x >= conv->in[1]) /* or wrapped round below 0 */
                continue;
            size_t plane = at[0] * conv->in_blocks + c / LANES;
            double product =
                (double)a->src[((plane * conv->in[0] + y) * conv->in[1] + x) * LANES + c % LANES] *
                (double)a->filters[(at[1] * conv->in_blocks * LANES + c) * window + k];
            sum += product;
            *size += fabs(product);
        }
    return sum;
}

static void check_pixel(const lk_nn_minimal *conv, const arrays *a, const size_t at[4])
{
    double size, sum = expected(conv, a, at, &size);
    size_t plane = at[0] * conv->out_blocks + at[1] / LANES;
    size_t i = ((plane * conv->out[0] + at[2]) * conv->out[1] + at[3]) * LANES + at[1] % LANES;
    if (conv->relu && sum < 0)
        sum = 0;
    double tile = (double)(conv->in_blocks * LANES); /* rounding is of the tile's size */
    if (!(fabs((double)a->dst[i] - sum) <= 4e-6 * (size + tile)))
        fail_msg("kind %d, image %zu, channel %zu, pixel %zu,%zu: %g, not %g", (int)conv->kind,
                 at[0], at[1], at[2], at[3], (double)a->dst[i], sum);
}

static void check_conv(lk_nn_minimal *conv, uint64_t seed)
{
    lk_random random;
    lk_random_init(&random, seed, 0);
    for (int k = 0; k < 2; k++) {
        const lk_nn_minimal_axis *axis = lk_nn_minimal_get(conv->kind)->axis[k];
        conv->out[k] = (conv->in[k] + 2 * conv->pad[k] - axis->taps) / axis->stride + 1;
    }
    arrays a = make_arrays(conv, &random);
    lk_nn_minimal_run(conv);
    for (size_t n = 0; n < conv->images; n++)
        for (size_t c = 0; c < conv->out_blocks * LANES; c++)
            for (size_t y = 0; y < conv->out[0]; y++)
                for (size_t x = 0; x < conv->out[1]; x++)
                    check_pixel(conv, &a, (size_t[]){n, c, y, x});
    assert_memory_equal(a.dst + a.outputs, a.behind[0], GUARD * sizeof *a.dst);
    assert_memory_equal(a.shared + a.shared_floats, a.behind[1], GUARD * sizeof *a.dst);
    assert_memory_equal(a.own + a.own_floats, a.behind[2], GUARD * sizeof *a.dst);
    free_arrays(&a);
}

static bool no_kernels(void)
{
    if (!lk_nn_tile_available())
        print_message("SKIPPED: this processor has no AVX-512\n");
    return !lk_nn_tile_available();
}

static void every_kind_equals_plain_loops(void **state)
{
    static const size_t shapes[][4] = {{7, 7, 0, 0},  {12, 9, 1, 1},  {8, 8, 3, 3},
                                       {5, 14, 1, 0}, {17, 17, 0, 2}, {29, 31, 1, 1}};
    (void)state;
    if (no_kernels())
        return;
    for (size_t kind = 0; kind < LK_NN_MINIMAL_KINDS; kind++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            lk_nn_minimal conv = {.kind = (lk_nn_minimal_kind)kind,
                                  .images = 1 + s % 3,
                                  .in_blocks = 1 + s % 2,
                                  .out_blocks = 1 + (s + kind) % 5,
                                  .in = {shapes[s][0], shapes[s][1]},
                                  .pad = {shapes[s][2], shapes[s][3]},
                                  .relu = s & 1,
                                  .threads = 1 + (s + kind) % 3};
            check_conv(&conv, 10 * kind + s);
        }
}

/* More weights than a thread keeps near itself: threads share the strips. */
static void many_channels_are_shared(void **state)
{
    (void)state;
    if (no_kernels())
        return;
    for (size_t kind = 0; kind < LK_NN_MINIMAL_KINDS; kind++) {
        lk_nn_minimal conv = {.kind = (lk_nn_minimal_kind)kind,
                              .images = 2,
                              .in_blocks = 5,
                              .out_blocks = 7,
                              .in = {25, 22},
                              .pad = {1, 1},
                              .relu = true,
                              .threads = 1 + kind};
        check_conv(&conv, kind);
    }
}

/* Planned for more threads than there are in the end. */
static void fewer_threads_do_the_same(void **state)
{
    (void)state;
    if (no_kernels())
        return;
#pragma omp parallel num_threads(2)
#pragma omp single
    {
        lk_nn_minimal conv = {.kind = LK_NN_MINIMAL_3X3_1_4,
                              .images = 1,
                              .in_blocks = 2,
                              .out_blocks = 2,
                              .in = {20, 20},
                              .threads = 3};
        check_conv(&conv, 1);
    }
}

static void the_cheapest_kind_is_chosen(void **state)
{
    (void)state;
    if (no_kernels())
        return;
    static const struct {
        size_t kernel[2], stride[2];
        int kind; /* -1: none */
    } windows[] = {
        {{3, 3}, {1, 1}, LK_NN_MINIMAL_3X3_1_4},
        {{3, 3}, {2, 2}, LK_NN_MINIMAL_3X3_2_3},
        {{1, 7}, {1, 1}, LK_NN_MINIMAL_1X7_1_4},
        {{7, 1}, {1, 1}, LK_NN_MINIMAL_7X1_1_4},
        {{3, 3}, {3, 3}, -1},
        {{3, 3}, {1, 2}, -1},
        {{1, 3}, {1, 1}, -1},
        {{7, 7}, {1, 1}, -1},
    };
    lk_nn_minimal conv = {.images = 1,
                          .in_blocks = 8,
                          .out_blocks = 8,
                          .in = {130, 130},
                          .out = {64, 64},
                          .threads = 2};
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        bool found = lk_nn_minimal_choose(&conv, windows[i].kernel, windows[i].stride);
        assert_int_equal(found ? (int)conv.kind : -1, windows[i].kind);
    }
    conv.out[0] = conv.out[1] = 2; /* few pixels: more weights than they are worth */
    assert_false(lk_nn_minimal_choose(&conv, windows[0].kernel, windows[0].stride));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_equals_plain_loops),
        cmocka_unit_test(many_channels_are_shared),
        cmocka_unit_test(fewer_threads_do_the_same),
        cmocka_unit_test(the_cheapest_kind_is_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Winograd convolution against plain loops in double: every kind, over planes that
 * its tiles do and do not divide, alone and shared between threads. */
#include <omp.h>

#include "conv_cases.h"

#include "nn/kernel/winograd.h"

/* `count` numbers and what lies behind them, to be looked at afterwards. */
typedef struct guarded {
    float *data, behind[GUARD];
    size_t count;
} guarded;

static guarded make_guarded(lk_random *random, size_t count)
{
    guarded g = {.data = made_up(random, count), .count = count};
    memcpy(g.behind, g.data + count, sizeof g.behind);
    return g;
}

static void end_guarded(guarded *g)
{
    assert_memory_equal(g->data + g->count, g->behind, sizeof g->behind);
    lk_free_aligned(g->data);
}

/* `conv` says kind, counts, in, pad and threads. */
static void check_conv(lk_nn_winograd *conv, uint64_t seed)
{
    const lk_nn_winograd_axis *const *axis = lk_nn_winograd_shape_of(conv->kind)->axis;
    size_t shape[2] = {conv->out_blocks * LANES, conv->in_blocks * LANES};
    lk_random random;
    lk_random_init(&random, seed, 0);
    conv_case c = {.images = conv->images,
                   .in_blocks = conv->in_blocks,
                   .out_blocks = conv->out_blocks,
                   .in = {conv->in[0], conv->in[1]},
                   .kernel = {axis[0]->taps, axis[1]->taps},
                   .stride = {axis[0]->stride, axis[1]->stride},
                   .pad = {conv->pad[0], conv->pad[1]},
                   .relu = conv->relu,
                   .bound = conv->kind >= LK_NN_WINOGRAD_3X3_1_6 ? 1.5e-5 : 4e-6,
                   .tile_size = (double)shape[1]};
    make_case(&c, &random);
    memcpy(conv->out, c.out, sizeof conv->out);
    guarded weights = make_guarded(&random, lk_nn_winograd_weights(conv->kind, shape));
    guarded shared = make_guarded(&random, lk_nn_winograd_shared(conv));
    guarded own = make_guarded(&random, conv->threads * lk_nn_winograd_own(conv));
    lk_nn_winograd_filters(conv->kind, weights.data, c.filters, shape);
    conv->src = c.src;
    conv->weights = weights.data;
    conv->bias = c.bias;
    conv->dst = c.dst;
    conv->shared = shared.data;
    conv->own = own.data;
    conv->own_step = lk_nn_winograd_own(conv);
    lk_nn_winograd_run(conv);
    check_case(&c);
    end_guarded(&weights);
    end_guarded(&shared);
    end_guarded(&own);
    free_case(&c);
}

static void every_kind_equals_plain_loops(void **state)
{
    static const size_t shapes[][4] = {{7, 7, 0, 0},  {12, 9, 1, 1},  {8, 8, 3, 3},
                                       {5, 14, 1, 0}, {17, 17, 0, 2}, {29, 31, 1, 1}};
    (void)state;
    if (no_kernels())
        return;
    for (size_t kind = 0; kind < LK_NN_WINOGRAD_KINDS; kind++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            lk_nn_winograd conv = {.kind = (lk_nn_winograd_kind)kind,
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

static void take_outputs(lk_nn_winograd *conv)
{
    const lk_nn_winograd_axis *const *axis = lk_nn_winograd_shape_of(conv->kind)->axis;
    for (int d = 0; d < 2; d++)
        conv->out[d] = (conv->in[d] + 2 * conv->pad[d] - axis[d]->taps) / axis[d]->stride + 1;
}

/* More weights than a thread keeps near itself, and few tiles: threads share the strips. */
static void many_channels_are_shared(void **state)
{
    (void)state;
    if (no_kernels())
        return;
    for (size_t kind = 0; kind < LK_NN_WINOGRAD_KINDS; kind++) {
        lk_nn_winograd conv = {.kind = (lk_nn_winograd_kind)kind,
                               .images = 1,
                               .in_blocks = 6,
                               .out_blocks = 7,
                               .in = {13, 11},
                               .pad = {1, 1},
                               .relu = true,
                               .threads = 6 + kind % 2};
        take_outputs(&conv);
        assert_true(lk_nn_winograd_shared(&conv) > 0); /* else they are not */
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
        lk_nn_winograd conv = {.kind = LK_NN_WINOGRAD_3X3_1_4,
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
        {{3, 3}, {1, 1}, LK_NN_WINOGRAD_3X3_1_4},
        {{3, 3}, {2, 2}, LK_NN_WINOGRAD_3X3_2_3},
        {{1, 7}, {1, 1}, LK_NN_WINOGRAD_1X7_1_8},
        {{7, 1}, {1, 1}, LK_NN_WINOGRAD_7X1_1_8},
        {{3, 3}, {3, 3}, -1},
        {{3, 3}, {1, 2}, -1},
        {{1, 3}, {1, 1}, -1},
        {{7, 7}, {1, 1}, -1},
    };
    lk_nn_winograd conv = {.images = 1,
                           .in_blocks = 8,
                           .out_blocks = 8,
                           .in = {130, 130},
                           .out = {64, 64},
                           .threads = 2};
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        bool found = lk_nn_winograd_choose(&conv, windows[i].kernel, windows[i].stride);
        assert_int_equal(found ? (int)conv.kind : -1, windows[i].kind);
    }
    conv.out[1] = 4; /* one tile of four */
    assert_true(lk_nn_winograd_choose(&conv, windows[2].kernel, windows[2].stride));
    assert_int_equal(conv.kind, LK_NN_WINOGRAD_1X7_1_4);
    conv.out[0] = 64;
    conv.out[1] = 78; /* thirteen tiles of six, or twenty of four */
    assert_true(lk_nn_winograd_choose(&conv, windows[0].kernel, windows[0].stride));
    assert_int_equal(conv.kind, LK_NN_WINOGRAD_3X3_1_46);
    conv.images = 8;
    conv.out[0] = conv.out[1] = 17; /* three tiles of six, or five of four */
    assert_true(lk_nn_winograd_choose(&conv, windows[0].kernel, windows[0].stride));
    assert_int_equal(conv.kind, LK_NN_WINOGRAD_3X3_1_6);
    conv.images = 1;
    conv.out[0] = conv.out[1] = 2; /* few pixels: more weights than they are worth */
    assert_false(lk_nn_winograd_choose(&conv, windows[0].kernel, windows[0].stride));
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

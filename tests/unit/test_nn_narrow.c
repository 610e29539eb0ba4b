/* Convolutions in bf16 against plain loops in double over numbers that were rounded
 * before; the rounding itself; and the layers beside. */
#include "narrow_cases.h"

#include "nn/kernel/pool.h"
#include "nn/kernel/winograd.h"

/* ---- rounding ---- */

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void rounding_is_to_the_nearest_and_of_two_to_the_even(void **state)
{
    static const uint32_t cases[][2] = {
        {0x3f800000, 0x3f80}, {0x3f808000, 0x3f80}, {0x3f808001, 0x3f81}, {0x3f818000, 0x3f82},
        {0x3f817fff, 0x3f81}, {0xbf808001, 0xbf81}, {0x00000000, 0x0000}, {0x80000000, 0x8000},
        {0x7f7fffff, 0x7f80}, {0x7f800000, 0x7f80}, {0xff800000, 0xff80}, {0x7f800001, 0x7fc0},
        {0x0000ffff, 0x0001},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(lk_nn_narrow(float_of(cases[i][0])), cases[i][1]);
    for (uint32_t x = 0; x < 0x7f80; x += 37)
        assert_int_equal(lk_nn_narrow(lk_nn_widen((lk_bf16)x)), x);
}

static void weights_are_laid_out_in_pairs(void **state)
{
    enum { ROWS = 6 };
    float rows[ROWS * LANES];
    lk_bf16 pairs[ROWS * LANES];
    (void)state;
    for (size_t i = 0; i < ROWS * LANES; i++)
        rows[i] = (float)i;
    lk_nn_narrow_pairs(pairs, rows, ROWS);
    for (size_t row = 0; row < ROWS; row++)
        for (size_t o = 0; o < LANES; o++)
            assert_int_equal(pairs[(row / 2 * LANES + o) * 2 + row % 2],
                             lk_nn_narrow(rows[row * LANES + o]));
}

/* ---- convolutions ---- */

static void direct_convolutions_equal_plain_loops(void **state)
{
    static const struct {
        size_t kernel[2], stride[2], pad[2], in[2];
    } shapes[] = {
        {{1, 1}, {1, 1}, {0, 0}, {3, 3}},  {{1, 1}, {1, 1}, {0, 0}, {8, 5}},
        {{1, 1}, {1, 1}, {1, 1}, {3, 4}},  {{1, 1}, {2, 2}, {0, 0}, {7, 6}},
        {{1, 1}, {1, 1}, {1, 0}, {3, 4}},  {{1, 7}, {1, 1}, {0, 3}, {8, 8}},
        {{7, 1}, {1, 1}, {3, 0}, {8, 8}},  {{1, 3}, {1, 1}, {0, 1}, {3, 3}},
        {{3, 3}, {1, 1}, {1, 1}, {5, 6}},  {{3, 3}, {2, 2}, {0, 0}, {8, 7}},
        {{3, 3}, {2, 2}, {1, 1}, {6, 9}},  {{3, 2}, {2, 1}, {0, 1}, {9, 4}},
        {{3, 3}, {1, 1}, {0, 0}, {3, 29}}, {{1, 1}, {1, 1}, {0, 0}, {1, 1}},
    };
    (void)state;
    if (no_narrow_kernels())
        return;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (size_t variant = 0; variant < 6; variant++) {
            narrow_case n = {.conv = {.images = 1 + variant % 2,
                                      .in_blocks = 1 + (s + variant) % 3,
                                      .out_blocks = 1 + variant,
                                      .sum = variant & 1,
                                      .relu = (variant & 2) != 0},
                             .wide_in = (s + variant) % 3 == 1,
                             .wide_out = (s + variant) % 4 == 3};
            memcpy(n.conv.kernel, shapes[s].kernel, sizeof n.conv.kernel);
            memcpy(n.conv.stride, shapes[s].stride, sizeof n.conv.stride);
            memcpy(n.conv.pad, shapes[s].pad, sizeof n.conv.pad);
            memcpy(n.conv.in, shapes[s].in, sizeof n.conv.in);
            lk_threads_set(1 + (s + variant) % 3);
            check_direct(&n, NULL, s * 6 + variant);
        }
    lk_threads_set(2);
}

static void check_winograd(lk_nn_winograd *conv, bool sum, uint64_t seed)
{
    const lk_nn_winograd_axis *const *axis = lk_nn_winograd_shape_of(conv->kind)->axis;
    size_t shape[2] = {conv->out_blocks * LANES, conv->in_blocks * LANES};
    /* Of a pixel and of all: what the transforms make of rounding. */
    static const double bounds[LK_NN_WINOGRAD_KINDS] = {.04, .004, .004, .004, .01, .01};
    static const double all[LK_NN_WINOGRAD_KINDS] = {.016, .006, .006, .006, .014, .014};
    lk_random random;
    lk_random_init(&random, seed, 0);
    narrow_case n = {.conv = {.images = conv->images,
                              .in_blocks = conv->in_blocks,
                              .out_blocks = conv->out_blocks,
                              .in = {conv->in[0], conv->in[1]},
                              .kernel = {axis[0]->taps, axis[1]->taps},
                              .stride = {axis[0]->stride, axis[1]->stride},
                              .pad = {conv->pad[0], conv->pad[1]},
                              .sum = sum,
                              .relu = conv->relu,
                              .bound = bounds[conv->kind],
                              .tile_size = (double)shape[1]},
                     .wide_in = conv->wide_in,
                     .wide_out = conv->wide_out};
    make_narrow_case(&n, &random);
    memcpy(conv->out, n.conv.out, sizeof conv->out);
    size_t count = lk_nn_winograd_weights(conv->kind, shape);
    float *wide = made_up(&random, count), *shared, *own;
    lk_bf16 *weights;
    size_t own_step = lk_nn_winograd_own(conv);
    assert_int_equal(lk_alloc_aligned(&weights, count, sizeof *weights), LK_OK);
    assert_int_equal(lk_alloc_aligned(&shared, lk_nn_winograd_shared(conv) + 1, 4), LK_OK);
    assert_int_equal(lk_alloc_aligned(&own, conv->threads * own_step, 4), LK_OK);
    lk_nn_winograd_filters(conv->kind, wide, n.conv.filters, shape);
    lk_nn_narrow_pairs(weights, wide, count / LANES);
    conv->narrow = true;
    conv->sum = sum;
    conv->src = conv->wide_in ? (void *)n.conv.src : n.src;
    conv->weights = weights;
    conv->bias = n.conv.bias;
    conv->dst = conv->wide_out ? (void *)n.conv.dst : n.dst;
    conv->shared = shared;
    conv->own = own;
    conv->own_step = own_step;
    lk_nn_winograd_run(conv);
    errors_squared = results_squared = 0;
    end_narrow_case(&n);
    assert_true(sqrt(errors_squared / results_squared) < all[conv->kind]);
    lk_free_aligned(wide);
    lk_free_aligned(weights);
    lk_free_aligned(shared);
    lk_free_aligned(own);
}

static void winograd_convolutions_equal_plain_loops(void **state)
{
    static const size_t shapes[][4] = {{7, 7, 0, 0},  {12, 9, 1, 1},  {8, 8, 3, 3},
                                       {5, 14, 1, 0}, {17, 17, 0, 2}, {25, 22, 1, 1}};
    (void)state;
    if (no_narrow_kernels())
        return;
    for (size_t kind = 0; kind < LK_NN_WINOGRAD_1X7_1_8; kind++) /* none after it in bf16 */
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            bool many = s == 5; /* so that threads share the strips */
            lk_nn_winograd conv = {.kind = (lk_nn_winograd_kind)kind,
                                   .narrow = true,
                                   .wide_in = (s + kind) % 3 == 1,
                                   .wide_out = (s + kind) % 4 == 3,
                                   .images = many ? 1 : 1 + s % 3,
                                   .in_blocks = many ? 7 : 1 + s % 2,
                                   .out_blocks = many ? 9 : 1 + (s + kind) % 5,
                                   .in = {shapes[s][0], shapes[s][1]},
                                   .pad = {shapes[s][2], shapes[s][3]},
                                   .relu = s & 1,
                                   .threads = many ? 16 : 1 + (s + kind) % 3};
            check_winograd(&conv, s % 2 == 0, 10 * kind + s);
        }
}

/* 4x4 outputs and more round too much, and so do eight of a window of seven. */
static void kinds_that_round_most_are_not_chosen(void **state)
{
    static const size_t square[2] = {3, 3}, row[2] = {1, 7}, step[2] = {1, 1};
    lk_nn_winograd conv = {.narrow = true,
                           .images = 1,
                           .in_blocks = 8,
                           .out_blocks = 8,
                           .in = {64, 64},
                           .out = {64, 64},
                           .pad = {0, 3},
                           .threads = 2};
    (void)state;
    if (no_narrow_kernels())
        return;
    assert_true(lk_nn_winograd_choose(&conv, row, step));
    assert_int_equal(conv.kind, LK_NN_WINOGRAD_1X7_1_4);
    assert_true(lk_nn_winograd_choose(&conv, square, step));
    assert_int_equal(conv.kind, LK_NN_WINOGRAD_3X3_1_2);
}

/* ---- pooling ---- */

static void pooling_takes_the_largest(void **state)
{
    static const size_t cases[][6] = {{9, 7, 3, 2, 0, 4},
                                      {8, 8, 3, 2, 1, 4},
                                      {5, 6, 2, 2, 0, 3},
                                      {1, 4, 3, 1, 1, 1},
                                      {6, 5, 3, 2, 0, 3}};
    enum { MOST = 9 * 8 * LANES * 2 };
    lk_bf16 in[MOST], out[MOST + GUARD];
    lk_random random;
    lk_random_init(&random, 3, 0);
    (void)state;
    if (no_narrow_kernels())
        return;
    for (size_t i = 0; i < MOST; i++)
        in[i] = lk_nn_narrow((float)lk_random_normal(&random));
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const size_t *c = cases[k];
        lk_nn_maxpool pool = {.planes = 2,
                              .in = {c[0], c[1]},
                              .kernel = {c[2], c[2]},
                              .stride = {c[3], c[3]},
                              .pad = {c[4], c[4]},
                              .out = {c[5], (c[1] + 2 * c[4] - c[2]) / c[3] + 1},
                              .src = in,
                              .dst = out};
        size_t count = 2 * pool.out[0] * pool.out[1] * LANES;
        memset(out, 0x55, sizeof out);
        lk_nn_maxpool_run(&pool);
        for (size_t i = 0; i < count; i++) {
            size_t lane = i % LANES, x = i / LANES % pool.out[1];
            size_t y = i / LANES / pool.out[1] % pool.out[0];
            size_t plane = i / LANES / pool.out[1] / pool.out[0];
            float best = -INFINITY;
            for (size_t tap = 0; tap < c[2] * c[2]; tap++) {
                size_t row = y * c[3] + tap / c[2] - c[4], column = x * c[3] + tap % c[2] - c[4];
                if (row < c[0] && column < c[1])
                    best = fmaxf(
                        best,
                        lk_nn_widen(in[((plane * c[0] + row) * c[1] + column) * LANES + lane]));
            }
            assert_int_equal(out[i], lk_nn_narrow(best));
        }
        assert_int_equal(out[count], 0x5555);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounding_is_to_the_nearest_and_of_two_to_the_even),
        cmocka_unit_test(weights_are_laid_out_in_pairs),
        cmocka_unit_test(direct_convolutions_equal_plain_loops),
        cmocka_unit_test(winograd_convolutions_equal_plain_loops),
        cmocka_unit_test(kinds_that_round_most_are_not_chosen),
        cmocka_unit_test(pooling_takes_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

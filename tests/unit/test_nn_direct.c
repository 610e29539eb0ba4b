/* Our own convolution kernels against plain loops in double, over shapes that cut
 * into tiles in every way; and the pages that weights lie in. */

#include "conv_cases.h"

#include "nn/pages.h"

static void check_conv(conv_case *c, uint64_t seed)
{
    lk_random random;
    lk_random_init(&random, seed, 0);
    c->bound = 1e-6;
    make_case(c, &random);
    float *weights = block_filters(c);
    lk_nn_direct conv = {.images = c->images,
                         .in_blocks = c->in_blocks,
                         .out_blocks = c->out_blocks,
                         .sum = c->sum,
                         .relu = c->relu,
                         .src = c->src,
                         .weights = weights,
                         .bias = c->bias,
                         .dst = c->dst};
    memcpy(conv.in, c->in, sizeof conv.in);
    memcpy(conv.out, c->out, sizeof conv.out);
    memcpy(conv.kernel, c->kernel, sizeof conv.kernel);
    memcpy(conv.stride, c->stride, sizeof conv.stride);
    memcpy(conv.pad, c->pad, sizeof conv.pad);
    assert_true(lk_nn_direct_fits(&conv));
    conv.scratch = made_up(&random, lk_nn_direct_scratch(&conv));
    lk_nn_direct_run(&conv);
    check_case(c);
    lk_free_aligned(conv.scratch);
    lk_free_aligned(weights);
    free_case(c);
}

static void convolutions_equal_plain_loops(void **state)
{
    static const struct {
        size_t kernel[2], stride[2], pad[2], in[2];
    } shapes[] = {
        {{1, 1}, {1, 1}, {0, 0}, {3, 3}},  {{1, 1}, {1, 1}, {0, 0}, {8, 5}},
        {{1, 1}, {1, 1}, {1, 1}, {3, 4}},  {{1, 1}, {2, 2}, {0, 0}, {7, 6}},
        {{1, 7}, {1, 1}, {0, 3}, {8, 8}},  {{7, 1}, {1, 1}, {3, 0}, {8, 8}},
        {{1, 3}, {1, 1}, {0, 1}, {3, 3}},  {{3, 1}, {1, 1}, {1, 0}, {3, 3}},
        {{7, 1}, {1, 1}, {3, 0}, {2, 3}},  {{3, 3}, {1, 1}, {1, 1}, {5, 6}},
        {{3, 3}, {2, 2}, {0, 0}, {8, 7}},  {{3, 3}, {2, 2}, {1, 1}, {6, 9}},
        {{2, 2}, {1, 1}, {0, 0}, {4, 15}}, {{3, 2}, {2, 1}, {0, 1}, {9, 4}},
        {{3, 3}, {1, 1}, {0, 0}, {3, 29}}, {{1, 3}, {1, 1}, {0, 0}, {1, 19}},
        {{1, 1}, {1, 1}, {0, 0}, {1, 1}},  {{2, 2}, {1, 1}, {3, 3}, {1, 2}},
        {{1, 1}, {1, 1}, {1, 0}, {3, 4}},
    };
    (void)state;
    if (no_kernels())
        return;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (size_t variant = 0; variant < 6; variant++) {
            conv_case conv = {.images = 1 + variant % 2,
                              .in_blocks = 1 + (s + variant) % 3,
                              .out_blocks = 1 + variant,
                              .sum = variant & 1,
                              .relu = (variant & 2) != 0};
            memcpy(conv.kernel, shapes[s].kernel, sizeof conv.kernel);
            memcpy(conv.stride, shapes[s].stride, sizeof conv.stride);
            memcpy(conv.pad, shapes[s].pad, sizeof conv.pad);
            memcpy(conv.in, shapes[s].in, sizeof conv.in);
            lk_threads_set(1 + (s + variant) % 3);
            check_conv(&conv, s * 6 + variant);
        }
    lk_threads_set(2);
}

/* More channels than one chunk of weights holds. */
static void many_channels_are_summed_in_chunks(void **state)
{
    (void)state;
    if (no_kernels())
        return;
    conv_case one = {.images = 1,
                     .in_blocks = 37,
                     .out_blocks = 5,
                     .in = {3, 3},
                     .kernel = {1, 1},
                     .stride = {1, 1},
                     .sum = true,
                     .relu = true};
    check_conv(&one, 1);
    conv_case three = {.images = 2,
                       .in_blocks = 5,
                       .out_blocks = 3,
                       .in = {4, 4},
                       .kernel = {3, 3},
                       .stride = {1, 1},
                       .pad = {1, 1},
                       .relu = true};
    check_conv(&three, 2);
}

/* A plane is one line of pixels, of which every thread takes as many. */
static void more_threads_than_pixels_do_the_same(void **state)
{
    (void)state;
    if (no_kernels())
        return;
    for (int threads = 1; threads <= 40; threads += 13) {
        conv_case conv = {.images = 1,
                          .in_blocks = 2,
                          .out_blocks = 1,
                          .in = {4, 5},
                          .kernel = {1, 1},
                          .stride = {1, 1}};
        lk_threads_set((size_t)threads);
        check_conv(&conv, (uint64_t)threads);
    }
    lk_threads_set(2);
}

static void long_steps_are_left_to_others(void **state)
{
    (void)state;
    lk_nn_direct conv = {.images = 1,
                         .in_blocks = 1,
                         .out_blocks = 1,
                         .in = {9, 9},
                         .out = {3, 3},
                         .kernel = {3, 3},
                         .stride = {3, 3}};
    assert_false(lk_nn_direct_fits(&conv));
}

static void the_pages_keep_pieces_apart(void **state)
{
    enum { PIECES = 40 };
    static const size_t huge = (size_t)33 << 20;
    float *pieces[PIECES];
    (void)state;
    for (size_t i = 0; i < PIECES; i++) {
        size_t bytes = i == 20 ? huge : (i * 77777) % 2000000;
        assert_int_equal(lk_nn_pages_take(&pieces[i], bytes), LK_OK);
        assert_int_equal((uintptr_t)pieces[i] % 64, 0);
        memset(pieces[i], (int)i, bytes);
    }
    for (size_t i = 0; i < PIECES; i++) {
        size_t bytes = i == 20 ? huge : (i * 77777) % 2000000;
        const unsigned char *piece = (const unsigned char *)pieces[i];
        for (size_t k = 0; k < bytes; k += 61)
            assert_int_equal(piece[k], i);
        lk_nn_pages_give(pieces[i]);
    }
    lk_nn_pages_give(NULL);
}

/* What a large piece leaves of its region lies too far from the region's start. */
static void the_pages_give_a_large_piece_a_region_to_itself(void **state)
{
    static const size_t large = ((size_t)33 << 20) + 100, small = 1000;
    float *first, *second;
    (void)state;
    assert_int_equal(lk_nn_pages_take(&first, large), LK_OK);
    memset(first, 0xaa, large);
    assert_int_equal(lk_nn_pages_take(&second, small), LK_OK);
    memset(second, 0x55, small);
    lk_nn_pages_give(second);
    const unsigned char *bytes = (const unsigned char *)first;
    for (size_t k = 0; k < large; k++)
        assert_int_equal(bytes[k], 0xaa);
    lk_nn_pages_give(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_equal_plain_loops),
        cmocka_unit_test(many_channels_are_summed_in_chunks),
        cmocka_unit_test(more_threads_than_pixels_do_the_same),
        cmocka_unit_test(long_steps_are_left_to_others),
        cmocka_unit_test(the_pages_keep_pieces_apart),
        cmocka_unit_test(the_pages_give_a_large_piece_a_region_to_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

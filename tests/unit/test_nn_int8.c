/* Convolutions of whole numbers, with the processor's instructions, where it has them, and
 * without. */
#include "int8_cases.h"

#include "base/threads.h"

enum { MOST_BLOCKS = 6 };

/* The same by fewer products. */
static void run_fewer(int8_case *c)
{
    lk_nn_int8 *conv = &c->conv;
    void *scratch = conv->scratch;
    assert_true(lk_nn_int8_winograd_exact(conv));
    int16_t *fewer = made(lk_nn_int8_winograd_weights(conv) * sizeof *fewer);
    lk_nn_int8_winograd_filters(fewer, conv);
    conv->fewer = fewer;
    conv->threads = lk_threads_get();
    conv->own_step = lk_nn_int8_winograd_own(conv);
    conv->own = made(conv->threads * conv->own_step);
    conv->scratch = made(lk_nn_int8_winograd_shared(conv));
    run_int8_case(c, false);
    lk_free_aligned(conv->own);
    lk_free_aligned(conv->scratch);
    lk_free_aligned(fewer);
    conv->scratch = scratch;
    conv->fewer = NULL;
}

static void convolutions_equal_plain_loops(void **state)
{
    (void)state;
    bool fast = lk_nn_int8_available();
    if (!fast)
        print_message("SKIPPED: the kernels, this processor has no AVX512_VNNI\n");
    for (size_t s = 0; s < SHAPES; s++)
        for (size_t variant = 0; variant < MOST_BLOCKS; variant++) {
            lk_random random;
            lk_random_init(&random, s * MOST_BLOCKS + variant, 0);
            size_t lanes = (s + variant) % 4 == 3 ? 8 : 16;
            int8_case c = shaped_case(s, variant, 1 + (s + variant) % 3, lanes, &random);
            lk_threads_set(1 + (s + variant) % 3);
            run_int8_case(&c, true);
            if (fast && lanes == 16)
                run_int8_case(&c, false);
            free_int8_case(&c);
        }
    lk_threads_set(2);
}

/* Windows of 3x3 by fewer products, which are exact as well: of planes of less than a tile, whole
 * tiles, parts, several strips that threads do together or each by itself; of the largest
 * numbers, which run over in between. */
static void fewer_products_give_the_same(void **state)
{
    static const size_t planes[][2] = {{1, 1}, {4, 4}, {8, 5}, {9, 7}, {3, 60}, {3, 110}};
    (void)state;
    for (size_t i = 0; i < 6 * 12 && lk_nn_int8_available(); i += 1 + i / 48) {
        lk_random random;
        lk_random_init(&random, i, 0);
        size_t pad = i % 2 || i / 12 == 0, variant = i * 5 % MOST_BLOCKS;
        int8_case c = {.conv = {.images = 1 + i % 3,
                                .in_blocks = 1 + variant % 3,
                                .out_blocks = 1 + variant,
                                .lanes = 16,
                                .in = {planes[i / 12][0], planes[i / 12][1]},
                                .kernel = {3, 3},
                                .stride = {1, 1},
                                .pad = {pad, pad},
                                .sum = variant == 3,
                                .relu = i % 4 < 2,
                                .wide_out = i % 5 == 4,
                                .from = {.03f, (float)(variant % 3 * 100)},
                                .trunk = {.02f, 128},
                                .to = {.05f, (float)(i % 3 * 77)},
                                .small = i % 3 == 0}};
        make_int8_case(&c, &random);
        lk_threads_set(1 + i % 3);
        run_fewer(&c);
        if (i % 5 == 0) {
            memset((void *)c.conv.src, 255, c.conv.images * c.conv.in_blocks * 16 * c.conv.in[0]);
            run_fewer(&c);
        }
        free_int8_case(&c);
    }
    lk_threads_set(2);
}

static void sums_that_need_too_many_bits_are_told(void **state)
{
    enum { BLOCKS = 8 }; /* 128 channels by 9 of 127 by 255: more than 2^25 */
    (void)state;
    for (int i = 0; i < 4; i++) {
        lk_random random;
        lk_random_init(&random, 1, 0);
        int8_case c = {.conv = {.images = 1,
                                .in_blocks = BLOCKS - i % 2,
                                .out_blocks = 2,
                                .lanes = 16,
                                .in = {6, 6},
                                .kernel = {3, 3},
                                .stride = {1, 1},
                                .wide_out = true,
                                .from = {1, 0}}};
        make_int8_case(&c, &random);
        memset((void *)c.conv.src, 255, c.conv.in_blocks * 16 * 36);
        for (size_t k = 0; k < c.conv.in_blocks * 16 * 9; k++) /* the last channel's */
            c.filters[c.conv.in_blocks * 31 * 16 * 9 + k] = i < 2 ? 127 : -127;
        lk_nn_int8_filters(c.weights, c.filters, (size_t[]){32, c.conv.in_blocks * 16, 3, 3}, 16);
        assert_int_equal(lk_nn_int8_winograd_exact(&c.conv), i % 2);
        if (i % 2 && lk_nn_int8_available())
            run_fewer(&c);
        free_int8_case(&c);
    }
}

/* Small planes, so that a tile has pixels of several images, and ends behind any number. */
static void tiles_reach_over_images(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6 * 6 * 3 && lk_nn_int8_available(); i++) {
        lk_random random;
        lk_random_init(&random, i, 0);
        int8_case c = {.conv = {.images = 1 + i % 6,
                                .in_blocks = 1,
                                .out_blocks = 1 + i / 6 % 6,
                                .lanes = 16,
                                .in = {1, 1 + i / 36},
                                .kernel = {1, 1},
                                .stride = {1, 1},
                                .from = {.03f, 0},
                                .to = {.05f, 20},
                                .small = true}};
        make_int8_case(&c, &random);
        run_int8_case(&c, false);
        free_int8_case(&c);
    }
}

/* The largest products of the most channels do not run over, nor are they cut. */
static void the_largest_sums_are_exact(void **state)
{
    (void)state;
    for (int plain = lk_nn_int8_available() ? 0 : 1; plain < 2; plain++) {
        lk_random random;
        lk_random_init(&random, 1, 0);
        int8_case c = {.conv = {.images = 1,
                                .in_blocks = LK_NN_INT8_MOST_PRODUCTS / 16,
                                .out_blocks = 1,
                                .lanes = 16,
                                .in = {1, 1},
                                .kernel = {1, 1},
                                .stride = {1, 1},
                                .wide_out = true,
                                .from = {1, 0}}};
        make_int8_case(&c, &random);
        memset((void *)c.conv.src, 255, c.conv.in_blocks * 16);
        memset(c.weights, 127, c.conv.in_blocks * 256);
        memset(c.filters, 127, c.conv.in_blocks * 256);
        run_int8_case(&c, plain);
        free_int8_case(&c);
    }
}

/* Beyond 32 bits, too. */
static void what_is_too_large_is_cut(void **state)
{
    static const float sizes[] = {1e-3f, 1, 1e9f, 1e30f};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        lk_random random;
        lk_random_init(&random, i, 0);
        int8_case c = {.conv = {.images = 2,
                                .in_blocks = 2,
                                .out_blocks = 3,
                                .lanes = 16,
                                .in = {5, 7},
                                .kernel = {1, 1},
                                .stride = {1, 1},
                                .wide_out = i % 2,
                                .sum = i % 2,
                                .from = {.03f, 0},
                                .to = {.05f, 20}}};
        make_int8_case(&c, &random);
        for (size_t k = 0; k < 48; k++)
            ((float *)c.conv.scale)[k] *= 1e5f * sizes[i / 2];
        c.conv.small = lk_nn_int8_is_small(&c.conv);
        assert_int_equal(c.conv.small, i < 4);
        run_int8_case(&c, true);
        if (lk_nn_int8_available())
            run_int8_case(&c, false);
        free_int8_case(&c);
    }
}

static void rounding_is_to_the_nearest_and_cut(void **state)
{
    static const struct {
        float x;
        int q;
    } cases[] = {{0, 100},       {.5f, 100},    {1.5f, 102}, {2.5f, 102},
                 {-.5f, 100},    {-100, 0},     {-1e9f, 0},  {1e9f, 255},
                 {155, 255},     {154.4f, 254}, {NAN, 0},    {INFINITY, 255},
                 {-INFINITY, 0}, {-99.5f, 0},   {-98.5f, 2}, {7.499f, 107}};
    float row[16] = {0};
    uint8_t out[16];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        row[i % 16] = cases[i].x;
        assert_int_equal(lk_nn_int8_of(cases[i].x, 1, 100), cases[i].q);
        if (lk_nn_int8_available()) {
            lk_nn_int8_quantise(out, row, 16, (lk_nn_scale){1, 100});
            assert_int_equal(out[i % 16], cases[i].q);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_equal_plain_loops),
        cmocka_unit_test(fewer_products_give_the_same),
        cmocka_unit_test(sums_that_need_too_many_bits_are_told),
        cmocka_unit_test(tiles_reach_over_images),
        cmocka_unit_test(the_largest_sums_are_exact),
        cmocka_unit_test(what_is_too_large_is_cut),
        cmocka_unit_test(rounding_is_to_the_nearest_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

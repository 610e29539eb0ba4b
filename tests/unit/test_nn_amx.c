/* Convolutions by AMX's tiles: the kernels' own source over registers made of plain C, against
 * plain loops; and the processor's own registers, where it has them, against those. */
#include "narrow_cases.h"

#include "amx_emulated.h"
#include "nn/infer/processor.h"

/* ---- the registers ---- */

enum {
    STEPS = 3,
    ROW = LK_NN_AMX_ROW / sizeof(lk_bf16),
    TILE = LK_NN_AMX_TILE / sizeof(lk_bf16),
    SUMS = 2 * LK_NN_AMX_SUMS
};

/* A product of every shape: two tiles of pixels by two blocks, two whole steps and one not. */
typedef struct numbers {
    lk_bf16 panel[2 * STEPS * TILE], weights[2 * STEPS * TILE], last[2 * TILE];
    float bias[2 * LANES], sums[SUMS];
} numbers;

static lk_nn_amx_product product_of(numbers *all, size_t tiles, size_t blocks)
{
    return (lk_nn_amx_product){.panel = (const char *)all->panel,
                               .tiles = tiles,
                               .blocks = blocks,
                               .steps = STEPS,
                               .whole = STEPS - 1,
                               .weights = (const char *)all->weights,
                               .weight_out = STEPS * LK_NN_AMX_TILE,
                               .last = (const char *)all->last,
                               .bias = all->bias,
                               .sums = all->sums,
                               .ahead = (const char *)all->weights,
                               .ahead_out = STEPS * LK_NN_AMX_TILE,
                               .ahead_last = 16};
}

static void multiply(const lk_nn_amx *amx, const lk_nn_amx_product *product)
{
    memset(product->sums, 0, SUMS * sizeof(float));
    amx->begin();
    amx->multiply(product);
    amx->end();
}

/* Whole numbers from -8 to 8: every sum of their products is exact, in whatever order. */
static void make_whole(numbers *all, lk_random *random)
{
    enum { MOST = 8 };
    lk_bf16 *parts[] = {all->panel, all->weights, all->last};
    size_t counts[] = {2 * STEPS * TILE, 2 * STEPS * TILE, 2 * TILE};
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < counts[k]; i++)
            parts[k][i] = lk_nn_narrow((float)lk_random_below(random, 2 * MOST + 1) - (float)MOST);
    for (size_t i = 0; i < 2 * LANES; i++)
        all->bias[i] = (float)i;
}

/* The sum of pixel `m` and channel `n` of tile `t` and block `b`. */
static float whole_sum(const numbers *all, size_t t, size_t b, size_t m, size_t n)
{
    float sum = all->bias[b * LANES + n];
    for (size_t s = 0; s < STEPS; s++)
        for (size_t k = 0; k < ROW; k++) {
            const lk_bf16 *weights =
                s < STEPS - 1 ? all->weights + (b * STEPS + s) * TILE : all->last + b * TILE;
            sum += lk_nn_widen(all->panel[((t * STEPS + s) * LK_NN_AMX_ROWS + m) * ROW + k]) *
                   lk_nn_widen(weights[k / 2 * ROW + 2 * n + k % 2]);
        }
    return sum;
}

static void check_whole(const lk_nn_amx *amx, numbers *all)
{
    for (size_t shape = 0; shape < 4; shape++) {
        size_t tiles = 1 + shape / 2, blocks = 1 + shape % 2;
        lk_nn_amx_product product = product_of(all, tiles, blocks);
        multiply(amx, &product);
        for (size_t i = 0; i < SUMS; i++) {
            size_t b = i / LK_NN_AMX_SUMS, pixel = i % LK_NN_AMX_SUMS / LANES;
            size_t t = pixel / LK_NN_AMX_ROWS;
            float right = b < blocks && t < tiles
                              ? whole_sum(all, t, b, pixel % LK_NN_AMX_ROWS, i % LANES)
                              : 0;
            if (all->sums[i] != right)
                fail_msg("%zu tiles, %zu blocks, sum %zu: %g, not %g", tiles, blocks, i,
                         (double)all->sums[i], (double)right);
        }
    }
}

static void products_of_whole_numbers_are_exact(void **state)
{
    static numbers all;
    lk_random random;
    (void)state;
    lk_random_init(&random, 1, 0);
    make_whole(&all, &random);
    check_whole(&amx_products, &all);
}

/* The sum of one pixel's and one channel's products in the first step: pairs[k] of the pixel
 * by pairs of the channel, on `bias`. */
static float one_sum(const lk_nn_amx *amx, const uint16_t pixel[4], const uint16_t weights[4],
                     float bias)
{
    static numbers all;
    memset(&all, 0, sizeof all);
    for (size_t k = 0; k < 4; k++) {
        all.panel[k] = pixel[k];
        all.weights[k / 2 * ROW + k % 2] = weights[k];
    }
    all.bias[0] = bias;
    lk_nn_amx_product product = product_of(&all, 1, 1);
    multiply(amx, &product);
    return all.sums[0];
}

/* 2^-133 is the least that is not normal. */
enum { ONE = 0x3f80, TINY = 0x0001, SMALL = 0x0080 /* 2^-126, normal */, HALF = 0x3f00 };

static void check_small_numbers(const lk_nn_amx *amx)
{
    const uint16_t tiny[4] = {TINY, TINY, 0, 0}, ones[4] = {ONE, ONE, ONE, ONE};
    const uint16_t small[4] = {SMALL, 0, 0, 0}, halves[4] = {HALF, HALF, HALF, HALF};
    assert_true(one_sum(amx, tiny, ones, 0) == 0);
    assert_true(one_sum(amx, ones, tiny, 0) == 0);
    assert_true(one_sum(amx, small, ones, 0) == 0x1p-126f);
    assert_true(one_sum(amx, small, halves, 0) == 0);
    assert_true(one_sum(amx, tiny, ones, 0x1p-140f) == 0);
}

static void numbers_below_the_normal_ones_are_zero(void **state)
{
    (void)state;
    check_small_numbers(&amx_products);
}

/* 2^24 and 1 do not fit into one sum, but two odd ones, summed by themselves, do. */
static void even_and_odd_products_are_summed_by_themselves(void **state)
{
    const uint16_t ones[4] = {ONE, ONE, ONE, ONE}, many[4] = {0x4b80, ONE, 0, ONE};
    (void)state;
    assert_true(one_sum(&amx_products, many, ones, 0) == 0x1p24f + 2);
    assert_true(one_sum(&amx_products, many, ones, -0x1p24f) == 2);
    assert_true(one_sum(&amx_products, (uint16_t[]){0x4b80, 0, ONE, 0}, ones, 0) == 0x1p24f);
}

/* ---- the processor's registers ---- */

static void check_near(const numbers *ours, const numbers *theirs)
{
    const double bound = 1e-4; /* sums of 96 products of about 1 */
    for (size_t i = 0; i < SUMS; i++)
        assert_true(fabs((double)ours->sums[i] - (double)theirs->sums[i]) < bound);
}

static void the_processor_does_the_same(void **state)
{
    static numbers ours, theirs;
    const lk_nn_amx *amx = lk_nn_amx_get(LK_NN_BF16);
    lk_random random;
    (void)state;
    if (!amx) {
        print_message("SKIPPED: this processor has no AMX\n");
        return;
    }
    lk_random_init(&random, 2, 0);
    make_whole(&ours, &random);
    check_whole(amx, &ours);
    check_small_numbers(amx);
    for (size_t i = 0; i < 2 * STEPS * TILE; i++) {
        ours.panel[i] = lk_nn_narrow((float)lk_random_normal(&random));
        ours.weights[i] = lk_nn_narrow((float)lk_random_normal(&random));
    }
    theirs = ours;
    lk_nn_amx_product mine = product_of(&ours, 2, 2), other = product_of(&theirs, 2, 2);
    multiply(&amx_products, &mine);
    multiply(amx, &other);
    check_near(&ours, &theirs);
}

/* ---- convolutions ---- */

typedef struct shape {
    size_t kernel[2], stride[2], pad[2], in[2];
} shape;

static void check_shape(const shape *s, size_t number, const lk_nn_amx *amx)
{
    for (size_t variant = 0; variant < 6; variant++) {
        narrow_case n = {.conv = {.images = 1 + (number + variant) % 3,
                                  .in_blocks = 1 + (number + variant) % 4,
                                  .out_blocks = 1 + variant % 5,
                                  .sum = variant & 1,
                                  .relu = variant == 2 || variant == 3,
                                  .bend = variant > 3},
                         .wide_in = (number + variant) % 3 == 1,
                         .wide_out = (number + variant) % 4 == 3};
        memcpy(n.conv.kernel, s->kernel, sizeof n.conv.kernel);
        memcpy(n.conv.stride, s->stride, sizeof n.conv.stride);
        memcpy(n.conv.pad, s->pad, sizeof n.conv.pad);
        memcpy(n.conv.in, s->in, sizeof n.conv.in);
        lk_threads_set(1 + (number + variant) % 5);
        check_direct(&n, amx, number * 6 + variant);
    }
    lk_threads_set(2);
}

static void check_shapes(const lk_nn_amx *amx)
{
    static const shape shapes[] = {
        {{1, 1}, {1, 1}, {0, 0}, {3, 3}},   {{1, 1}, {1, 1}, {0, 0}, {8, 5}},
        {{1, 1}, {1, 1}, {1, 1}, {3, 4}},   {{1, 1}, {2, 2}, {0, 0}, {7, 6}},
        {{1, 7}, {1, 1}, {0, 3}, {8, 8}},   {{7, 1}, {1, 1}, {3, 0}, {8, 8}},
        {{1, 3}, {1, 1}, {0, 1}, {3, 3}},   {{3, 3}, {1, 1}, {1, 1}, {5, 6}},
        {{3, 3}, {2, 2}, {0, 0}, {8, 7}},   {{3, 3}, {2, 2}, {1, 1}, {6, 9}},
        {{3, 2}, {2, 1}, {0, 1}, {9, 4}},   {{5, 5}, {3, 2}, {2, 4}, {4, 7}},
        {{3, 3}, {1, 1}, {0, 0}, {3, 29}},  {{1, 1}, {1, 1}, {0, 0}, {1, 1}},
        {{2, 2}, {1, 1}, {0, 0}, {17, 17}}, {{1, 1}, {1, 1}, {0, 0}, {4, 4}},
        {{1, 1}, {1, 1}, {0, 0}, {24, 20}},
    };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        check_shape(&shapes[s], s, amx);
}

/* So many input channels that a thread's panels are copied one after the other. */
static void check_many_channels(const lk_nn_amx *amx)
{
    for (size_t threads = 1; threads <= 3; threads++) {
        narrow_case n = {.conv = {.images = 2,
                                  .in_blocks = 57,
                                  .out_blocks = 3,
                                  .in = {7, 6},
                                  .kernel = {3, 3},
                                  .stride = {1, 1},
                                  .pad = {1, 1}}};
        lk_threads_set(threads);
        check_direct(&n, amx, threads);
    }
    lk_threads_set(2);
}

enum { IN = 2 * 7 * 6 * LANES, OUT = 3 * 7 * 6 * LANES, IMAGES = 5 };

/* 3x3 from two blocks of channels to three. */
static void convolve_images(const lk_bf16 *src, lk_bf16 *dst, size_t images, size_t threads)
{
    static lk_bf16 weights[3 * 2 * 9 * LANES * LANES];
    static const float bias[3 * LANES];
    lk_random random;
    lk_random_init(&random, 4, 0);
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++)
        weights[i] = lk_nn_narrow((float)lk_random_normal(&random));
    lk_nn_direct conv = {.images = images,
                         .in_blocks = 2,
                         .out_blocks = 3,
                         .in = {7, 6},
                         .out = {7, 6},
                         .kernel = {3, 3},
                         .stride = {1, 1},
                         .pad = {1, 1},
                         .narrow = true,
                         .amx = &amx_products,
                         .threads = threads,
                         .src = src,
                         .weights = weights,
                         .bias = bias,
                         .dst = dst};
    conv.own_step = lk_nn_direct_own(&conv);
    assert_int_equal(lk_alloc_aligned(&conv.own, threads * conv.own_step, 4), LK_OK);
    lk_nn_direct_run(&conv);
    lk_free_aligned(conv.own);
}

/* To the bit: a face has one vector, in whatever batch. */
static void results_do_not_depend_on_threads_and_images(void **state)
{
    static lk_bf16 src[IMAGES * IN], together[IMAGES * OUT], alone[OUT];
    lk_random random;
    (void)state;
    if (no_narrow_kernels())
        return;
    lk_random_init(&random, 5, 0);
    for (size_t i = 0; i < IMAGES * IN; i++)
        src[i] = lk_nn_narrow((float)lk_random_normal(&random));
    convolve_images(src, together, IMAGES, 2);
    for (size_t image = 0; image < IMAGES; image++) {
        convolve_images(src + image * IN, alone, 1, 1 + image);
        assert_memory_equal(alone, together + image * OUT, sizeof alone);
    }
}

static void convolutions_equal_plain_loops(void **state)
{
    (void)state;
    if (no_narrow_kernels())
        return;
    check_shapes(&amx_products);
    check_many_channels(&amx_products);
    assert_true(emulated_products);
    assert_int_equal(emulated_in_use, 0);
    if (!lk_nn_amx_get(LK_NN_BF16))
        return;
    check_shapes(lk_nn_amx_get(LK_NN_BF16));
    check_many_channels(lk_nn_amx_get(LK_NN_BF16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_of_whole_numbers_are_exact),
        cmocka_unit_test(numbers_below_the_normal_ones_are_zero),
        cmocka_unit_test(even_and_odd_products_are_summed_by_themselves),
        cmocka_unit_test(the_processor_does_the_same),
        cmocka_unit_test(convolutions_equal_plain_loops),
        cmocka_unit_test(results_do_not_depend_on_threads_and_images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Convolutions of whole numbers by AMX's tiles: the kernels' own source over registers made of
 * plain C, and the processor's own registers where it has them. */
#include "int8_cases.h"

#include "amx_emulated.h"
#include "base/threads.h"
#include "nn/infer/processor.h"

/* ---- the registers ---- */

enum { STEPS = 3, TILE = LK_NN_AMX_TILE, LANES = LK_NN_LANES, SUMS = 2 * LK_NN_AMX_SUMS };

/* A product of every shape: two tiles of pixels by two blocks, two whole steps and one not. */
typedef struct numbers {
    uint8_t panel[2][STEPS][LK_NN_AMX_ROWS][LK_NN_AMX_ROW];
    int8_t weights[2][STEPS][LK_NN_AMX_ROWS][LANES][4], last[2][LK_NN_AMX_ROWS][LANES][4];
    int32_t sums[2][2][LK_NN_AMX_ROWS][LANES];
} numbers;

static void multiply(const lk_nn_amx *amx, numbers *all, size_t tiles, size_t blocks)
{
    lk_nn_amx_product product = {.panel = (const char *)all->panel,
                                 .tiles = tiles,
                                 .blocks = blocks,
                                 .steps = STEPS,
                                 .whole = STEPS - 1,
                                 .weights = (const char *)all->weights,
                                 .weight_out = STEPS * TILE,
                                 .last = (const char *)all->last,
                                 .sums = all->sums};
    memset(all->sums, 0, sizeof all->sums);
    amx->begin();
    amx->multiply(&product);
    amx->end();
}

/* The sum of pixel `m` of tile `t` and channel `n` of block `b`, modulo 2^32. */
static int32_t right_sum(const numbers *all, size_t t, size_t b, size_t m, size_t n)
{
    uint32_t sum = 0;
    for (size_t s = 0; s < STEPS; s++)
        for (size_t k = 0; k < LK_NN_AMX_ROW; k++) {
            const int8_t(*weights)[LANES][4] = s < STEPS - 1 ? all->weights[b][s] : all->last[b];
            sum += (uint32_t)(all->panel[t][s][m][k] * weights[k / 4][n][k % 4]);
        }
    return (int32_t)sum;
}

static void check_products(const lk_nn_amx *amx, numbers *all)
{
    for (size_t shape = 0; shape < 4; shape++) {
        size_t tiles = 1 + shape / 2, blocks = 1 + shape % 2;
        multiply(amx, all, tiles, blocks);
        for (size_t i = 0; i < SUMS; i++) {
            size_t n = i % LANES, m = i / LANES % 16, t = i / LANES / 16 % 2, b = i / LANES / 32;
            int32_t right = b < blocks && t < tiles ? right_sum(all, t, b, m, n) : 0;
            assert_int_equal(all->sums[b][t][m][n], right);
        }
    }
}

static void products_are_exact(void **state)
{
    static numbers all;
    lk_random random;
    (void)state;
    lk_random_init(&random, 1, 0);
    uint8_t *bytes = (uint8_t *)&all;
    for (size_t i = 0; i < offsetof(numbers, sums); i++)
        bytes[i] = (uint8_t)lk_random_below(&random, 256);
    memset(all.panel[1][0][3], 255, LK_NN_AMX_ROW); /* the largest by the least */
    memset(all.weights[1][0], -128, sizeof all.weights[1][0]);
    check_products(&amx_products_u8, &all);
    if (lk_nn_amx_get(LK_NN_U8))
        check_products(lk_nn_amx_get(LK_NN_U8), &all);
    else
        print_message("SKIPPED: the processor's registers, it has no AMX\n");
}

/* ---- convolutions ---- */

static bool no_ends(void)
{
    if (!lk_nn_int8_available())
        print_message("SKIPPED: this processor has no AVX512_VNNI\n");
    return !lk_nn_int8_available();
}

static void run_by(int8_case *c, const lk_nn_amx *amx)
{
    lk_nn_int8 *conv = &c->conv;
    void *scratch = conv->scratch;
    conv->amx = amx;
    conv->threads = lk_threads_get();
    conv->own_step = lk_nn_int8_amx_own(conv);
    conv->own = made(conv->threads * conv->own_step);
    conv->scratch = made(lk_nn_int8_scratch(conv));
    assert_true(conv->wide_in || !lk_nn_int8_scratch(conv));
    run_int8_case(c, false);
    lk_free_aligned(conv->own);
    lk_free_aligned(conv->scratch);
    conv->scratch = scratch;
    conv->amx = NULL;
}

/* By emulated tiles, and the processor's. */
static void run_by_tiles(int8_case *c)
{
    run_by(c, &amx_products_u8);
    if (lk_nn_amx_get(LK_NN_U8))
        run_by(c, lk_nn_amx_get(LK_NN_U8));
}

static void convolutions_equal_plain_loops(void **state)
{
    enum { VARIANTS = 6 };
    (void)state;
    if (no_ends())
        return;
    for (size_t s = 0; s < SHAPES; s++)
        for (size_t variant = 0; variant < VARIANTS; variant++) {
            lk_random random;
            lk_random_init(&random, s * VARIANTS + variant, 1);
            int8_case c = shaped_case(s, variant, 1 + (s + 3 * variant) % 5, LANES, &random);
            lk_threads_set(1 + (s + variant) % 5);
            run_by_tiles(&c);
            free_int8_case(&c);
        }
    lk_threads_set(2);
    assert_true(emulated_products);
    assert_int_equal(emulated_in_use, 0);
}

/* So many input channels that a thread's panels are copied one after the other. */
static void many_channels_are_done_in_sections(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 3 && !no_ends(); threads++) {
        lk_random random;
        lk_random_init(&random, threads, 0);
        int8_case c = {.conv = {.images = 2,
                                .in_blocks = 57,
                                .out_blocks = 3,
                                .lanes = LANES,
                                .in = {7, 6},
                                .kernel = {3, 3},
                                .stride = {1, 1},
                                .pad = {1, 1},
                                .from = {.03f, 7},
                                .to = {.05f, 20}}};
        make_int8_case(&c, &random);
        lk_threads_set(threads);
        run_by_tiles(&c);
        free_int8_case(&c);
    }
    lk_threads_set(2);
}

/* The largest products of the most channels do not run over; what is too large is cut. */
static void the_largest_sums_are_exact(void **state)
{
    (void)state;
    for (int wide = 0; wide < 2 && !no_ends(); wide++) {
        lk_random random;
        lk_random_init(&random, 1, 0);
        int8_case c = {.conv = {.images = 1,
                                .in_blocks = LK_NN_INT8_MOST_PRODUCTS / 16,
                                .out_blocks = 1,
                                .lanes = LANES,
                                .in = {1, 1},
                                .kernel = {1, 1},
                                .stride = {1, 1},
                                .wide_out = wide,
                                .from = {1, 0},
                                .to = {1, 0}}};
        make_int8_case(&c, &random);
        memset((void *)c.conv.src, 255, c.conv.in_blocks * LANES);
        memset(c.weights, 127, c.conv.in_blocks * LANES * LANES);
        memset(c.filters, 127, c.conv.in_blocks * LANES * LANES);
        run_by_tiles(&c);
        free_int8_case(&c);
    }
}

/* Where AMX does a convolution directly it is not worth fewer products of 16 bits. */
static void tiles_go_before_fewer_products(void **state)
{
    lk_nn_int8 conv = {.images = 1,
                       .in_blocks = 8,
                       .out_blocks = 8,
                       .lanes = LANES,
                       .in = {32, 32},
                       .out = {32, 32},
                       .kernel = {3, 3},
                       .stride = {1, 1},
                       .pad = {1, 1},
                       .threads = 1};
    (void)state;
    assert_true(lk_nn_int8_winograd_pays(&conv));
    conv.amx = &amx_products_u8;
    assert_false(lk_nn_int8_winograd_pays(&conv));
}

/* Nothing before has asked oneDNN, which reads the variable once. */
static void what_is_hidden_is_not_used(void **state)
{
    (void)state;
    assert_int_equal(setenv("ONEDNN_MAX_CPU_ISA", "AVX512_CORE", 1), 0);
    assert_null(lk_nn_processor_amx(LK_NN_U8));
    lk_nn_processor_set_amx(LK_NN_U8, &amx_products_u8);
    assert_null(lk_nn_processor_amx(LK_NN_U8));
    lk_nn_processor_set_amx(LK_NN_U8, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_exact),
        cmocka_unit_test(convolutions_equal_plain_loops),
        cmocka_unit_test(many_channels_are_done_in_sections),
        cmocka_unit_test(the_largest_sums_are_exact),
        cmocka_unit_test(tiles_go_before_fewer_products),
        cmocka_unit_test(what_is_hidden_is_not_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

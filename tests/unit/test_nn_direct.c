/* Our own convolution kernels against plain loops in double, over shapes that cut
 * into tiles in every way; and the pool that weights lie in. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "support.h"

#include "base/memory.h"
#include "base/random.h"
#include "nn/onednn/direct.h"
#include "nn/onednn/pool.h"

enum { LANES = LK_NN_LANES, GUARD = 64 };

typedef struct arrays {
    float *src, *weights, *bias, *dst, *before, *scratch;
    size_t outputs;
} arrays;

static float *made_up(lk_random *random, size_t count)
{
    float *data;
    assert_int_equal(lk_alloc_aligned(&data, count + GUARD, sizeof *data), LK_OK);
    for (size_t i = 0; i < count + GUARD; i++)
        data[i] = (float)lk_random_normal(random);
    return data;
}

static arrays make_arrays(lk_nn_direct *conv, lk_random *random)
{
    size_t in = conv->images * conv->in_blocks * conv->in[0] * conv->in[1] * LANES;
    size_t out = conv->images * conv->out_blocks * conv->out[0] * conv->out[1] * LANES;
    size_t taps = conv->in_blocks * conv->out_blocks * conv->kernel[0] * conv->kernel[1];
    arrays a = {.src = made_up(random, in),
                .weights = made_up(random, taps * LANES * LANES),
                .bias = made_up(random, conv->out_blocks * LANES),
                .dst = made_up(random, out),
                .scratch = made_up(random, lk_nn_direct_scratch(conv)),
                .outputs = out};
    a.before = malloc((out + GUARD) * sizeof *a.before);
    assert_non_null(a.before);
    memcpy(a.before, a.dst, (out + GUARD) * sizeof *a.before);
    conv->src = a.src;
    conv->weights = a.weights;
    conv->bias = a.bias;
    conv->dst = a.dst;
    conv->scratch = a.scratch;
    return a;
}

static void free_arrays(arrays *a)
{
    lk_free_aligned(a->src);
    lk_free_aligned(a->weights);
    lk_free_aligned(a->bias);
    lk_free_aligned(a->dst);
    free(a->before);
    lk_free_aligned(a->scratch);
}

/* One output channel of one pixel, and the sum of its products' sizes. */
static double expected(const lk_nn_direct *conv, const arrays *a, const size_t at[4], double *size)
{
    size_t block = at[1] / LANES, lane = at[1] % LANES;
    double sum = (double)a->bias[at[1]];
    *size = fabs(sum);
    for (size_t c = 0; c < conv->in_blocks * LANES; c++)
        for (size_t ky = 0; ky < conv->kernel[0]; ky++)
            for (size_t kx = 0; kx < conv->kernel[1]; kx++) {
                size_t y = at[2] * conv->stride[0] + ky - conv->pad[0];
                size_t x = at[3] * conv->stride[1] + kx - conv->pad[1];
                if (y >= conv->in[0] || x >= conv->in[1]) /* or wrapped round below 0 */
                    continue;
                size_t plane = at[0] * conv->in_blocks + c / LANES;
                size_t tap = ((block * conv->in_blocks + c / LANES) * conv->kernel[0] + ky) *
                                 conv->kernel[1] +
                             kx;
                double product =
                    (double)
                        a->src[((plane * conv->in[0] + y) * conv->in[1] + x) * LANES + c % LANES] *
                    (double)a->weights[(tap * LANES + c % LANES) * LANES + lane];
                sum += product;
                *size += fabs(product);
            }
    return sum;
}

static void check_pixel(const lk_nn_direct *conv, const arrays *a, const size_t at[4])
{
    double size, sum = expected(conv, a, at, &size);
    size_t plane = at[0] * conv->out_blocks + at[1] / LANES;
    size_t i = ((plane * conv->out[0] + at[2]) * conv->out[1] + at[3]) * LANES + at[1] % LANES;
    if (conv->sum) {
        sum += (double)a->before[i];
        size += fabs((double)a->before[i]);
    }
    if (conv->relu && sum < 0)
        sum = 0;
    double off = fabs((double)a->dst[i] - sum);
    if (!(off <= 1e-6 * size))
        fail_msg("image %zu, channel %zu, pixel %zu,%zu: %g, not %g", at[0], at[1], at[2], at[3],
                 (double)a->dst[i], sum);
}

static void check_conv(lk_nn_direct *conv, uint64_t seed)
{
    lk_random random;
    lk_random_init(&random, seed, 0);
    for (int k = 0; k < 2; k++)
        conv->out[k] = (conv->in[k] + 2 * conv->pad[k] - conv->kernel[k]) / conv->stride[k] + 1;
    assert_true(lk_nn_direct_fits(conv));
    arrays a = make_arrays(conv, &random);
    lk_nn_direct_run(conv);
    for (size_t n = 0; n < conv->images; n++)
        for (size_t c = 0; c < conv->out_blocks * LANES; c++)
            for (size_t y = 0; y < conv->out[0]; y++)
                for (size_t x = 0; x < conv->out[1]; x++)
                    check_pixel(conv, &a, (size_t[]){n, c, y, x});
    assert_memory_equal(a.dst + a.outputs, a.before + a.outputs, GUARD * sizeof *a.dst);
    free_arrays(&a);
}

static bool no_kernels(void)
{
    if (!lk_nn_tile_available())
        print_message("SKIPPED: this processor has no AVX-512\n");
    return !lk_nn_tile_available();
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
    };
    (void)state;
    if (no_kernels())
        return;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (size_t variant = 0; variant < 6; variant++) {
            lk_nn_direct conv = {.images = 1 + variant % 2,
                                 .in_blocks = 1 + (s + variant) % 3,
                                 .out_blocks = 1 + variant,
                                 .sum = variant & 1,
                                 .relu = (variant & 2) != 0};
            memcpy(conv.kernel, shapes[s].kernel, sizeof conv.kernel);
            memcpy(conv.stride, shapes[s].stride, sizeof conv.stride);
            memcpy(conv.pad, shapes[s].pad, sizeof conv.pad);
            memcpy(conv.in, shapes[s].in, sizeof conv.in);
            omp_set_num_threads((int)(1 + (s + variant) % 3));
            check_conv(&conv, s * 6 + variant);
        }
    omp_set_num_threads(2);
}

/* More channels than one chunk of weights holds. */
static void many_channels_are_summed_in_chunks(void **state)
{
    (void)state;
    if (no_kernels())
        return;
    lk_nn_direct one = {.images = 1,
                        .in_blocks = 37,
                        .out_blocks = 5,
                        .in = {3, 3},
                        .kernel = {1, 1},
                        .stride = {1, 1},
                        .sum = true,
                        .relu = true};
    check_conv(&one, 1);
    lk_nn_direct three = {.images = 2,
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
        lk_nn_direct conv = {.images = 1,
                             .in_blocks = 2,
                             .out_blocks = 1,
                             .in = {4, 5},
                             .kernel = {1, 1},
                             .stride = {1, 1}};
        omp_set_num_threads(threads);
        check_conv(&conv, (uint64_t)threads);
    }
    omp_set_num_threads(2);
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

static void the_pool_keeps_pieces_apart(void **state)
{
    enum { PIECES = 40 };
    static const size_t huge = (size_t)33 << 20;
    float *pieces[PIECES];
    (void)state;
    for (size_t i = 0; i < PIECES; i++) {
        size_t bytes = i == 20 ? huge : (i * 77777) % 2000000;
        assert_int_equal(lk_nn_pool_take(&pieces[i], bytes), LK_OK);
        assert_int_equal((uintptr_t)pieces[i] % 64, 0);
        memset(pieces[i], (int)i, bytes);
    }
    for (size_t i = 0; i < PIECES; i++) {
        size_t bytes = i == 20 ? huge : (i * 77777) % 2000000;
        const unsigned char *piece = (const unsigned char *)pieces[i];
        for (size_t k = 0; k < bytes; k += 61)
            assert_int_equal(piece[k], i);
        lk_nn_pool_give(pieces[i]);
    }
    lk_nn_pool_give(NULL);
}

/* What a large piece leaves of its region lies too far from the region's start. */
static void the_pool_gives_a_large_piece_a_region_to_itself(void **state)
{
    static const size_t large = ((size_t)33 << 20) + 100, small = 1000;
    float *first, *second;
    (void)state;
    assert_int_equal(lk_nn_pool_take(&first, large), LK_OK);
    memset(first, 0xaa, large);
    assert_int_equal(lk_nn_pool_take(&second, small), LK_OK);
    memset(second, 0x55, small);
    lk_nn_pool_give(second);
    const unsigned char *bytes = (const unsigned char *)first;
    for (size_t k = 0; k < large; k++)
        assert_int_equal(bytes[k], 0xaa);
    lk_nn_pool_give(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_equal_plain_loops),
        cmocka_unit_test(many_channels_are_summed_in_chunks),
        cmocka_unit_test(more_threads_than_pixels_do_the_same),
        cmocka_unit_test(long_steps_are_left_to_others),
        cmocka_unit_test(the_pool_keeps_pieces_apart),
        cmocka_unit_test(the_pool_gives_a_large_piece_a_region_to_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The kernels of each instruction set against sums in double; the row-wise
 * area resize against the image module's. */
#include "support.h"

#include <math.h>

#include "area_plain.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/simd.h"
#include "nn/kernel/rows_first.h"
#include "nn/kernel/rows_winograd.h"

static float *random_floats(lk_random *random, size_t count)
{
    float *values;
    assert_ok(lk_alloc_aligned(&values, count, sizeof *values));
    for (size_t i = 0; i < count; i++)
        values[i] = (float)lk_random_normal(random);
    return values;
}

typedef struct conv_case {
    size_t kernel, in_channels, stride, out_channels, width;
} conv_case;

static void fill(lk_nn_row_conv *conv, lk_random *random, size_t out_channels)
{
    for (size_t o = 0; o < out_channels; o++) {
        conv->bias[o] = (float)lk_random_normal(random);
        conv->slope[o] = (float)(0.3 * lk_random_normal(random));
        for (size_t r = 0; r < conv->kernel; r++)
            for (size_t c = 0; c < conv->kernel; c++)
                for (size_t i = 0; i < conv->in_channels; i++)
                    *lk_nn_row_conv_weight(conv, o, r, c, i) = (float)lk_random_normal(random);
    }
}

/* One output in double, and how large its terms are in sum. */
static double exact(const lk_nn_row_conv *conv, const float *const *rows, size_t stride, size_t x,
                    size_t o, double *size)
{
    double sum = conv->bias[o];
    *size = fabs(sum);
    for (size_t r = 0; r < conv->kernel; r++)
        for (size_t c = 0; c < conv->kernel; c++)
            for (size_t i = 0; i < conv->in_channels; i++) {
                double term = (double)*lk_nn_row_conv_weight(conv, o, r, c, i) *
                              rows[r][(x + c) * stride + i];
                sum += term;
                *size += fabs(term);
            }
    return sum < 0 ? sum * conv->slope[o] : sum;
}

/* Rounding grows with the number of terms; 2^-24 a term is the worst case, a
 * sixteenth of it is ample for random signs. */
static void check_conv(const conv_case *c, const lk_nn_row_kernels *kernels, lk_random *random)
{
    lk_nn_row_conv conv;
    assert_ok(lk_nn_row_conv_create(&conv, c->kernel, c->in_channels, c->out_channels));
    fill(&conv, random, c->out_channels);
    size_t in_width = c->width + c->kernel - 1;
    float *in = random_floats(random, in_width * c->stride * c->kernel);
    float *out = random_floats(random, c->width * conv.out_channels);
    const float *rows[3];
    for (size_t r = 0; r < c->kernel; r++)
        rows[r] = in + r * in_width * c->stride;
    kernels->conv_row(&conv, out, rows, c->stride, c->width);
    double bound = 0x1p-24 * (4 + (double)(c->kernel * c->kernel * c->in_channels) / 16);
    for (size_t x = 0; x < c->width; x++)
        for (size_t o = 0; o < conv.out_channels; o++) {
            double size, value = out[x * conv.out_channels + o];
            double expected = exact(&conv, rows, c->stride, x, o, &size);
            if (!(fabs(value - expected) <= bound * size + 1e-30))
                fail_msg("%s: %zux%zu %zu->%zu width %zu: [%zu][%zu] is %g, expected %g",
                         kernels->name, c->kernel, c->kernel, c->in_channels, c->out_channels,
                         c->width, x, o, value, expected);
        }
    lk_free_aligned(in);
    lk_free_aligned(out);
    lk_nn_row_conv_clear(&conv);
}

static void convolutions_are_within_rounding_on_every_instruction_set(void **state)
{
    (void)state;
    static const conv_case cases[] = {
        {3, 3, 3, 10, 1},    {3, 3, 3, 10, 37},   {3, 10, 16, 16, 25},   {3, 16, 16, 32, 24},
        {1, 32, 32, 6, 13},  {3, 28, 32, 48, 9},  {3, 5, 16, 48, 10},    {2, 48, 48, 64, 3},
        {1, 576, 576, 7, 5}, {3, 32, 32, 64, 21}, {1, 1152, 1152, 7, 2}, {2, 4, 16, 128, 7},
    };
    lk_random random;
    lk_random_init(&random, 5, 0);
    const lk_nn_row_kernels *kernels;
    for (size_t k = 0; (kernels = lk_nn_row_kernels_get(k)); k++) {
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            check_conv(&cases[i], kernels, &random);
        /* Every tile width. */
        for (size_t width = 1; width <= 26; width++)
            for (size_t blocks = 1; blocks <= 5; blocks++)
                check_conv(&(conv_case){2, 3, 16, 16 * blocks, width}, kernels, &random);
    }
}

/* The largest output of a window of `pool` x `pool` from (y, x) on, of those in the map. */
static double exact_first(const lk_nn_row_conv *conv, const float *const *rows, size_t y, size_t x,
                          size_t height, size_t width, size_t pool, size_t o, double *size)
{
    double most = -INFINITY, one;
    *size = 0;
    for (size_t v = y; v < lk_smaller(y + pool, height); v++)
        for (size_t u = x; u < lk_smaller(x + pool, width); u++) {
            most = fmax(most, exact(conv, rows + v, 3, u, o, &one));
            *size = fmax(*size, one);
        }
    return most;
}

enum { FIRST_ROWS = 8 };

/* A map of `height` rows of pixels, as it is and with even pixels apart from odd ones. */
typedef struct first_input {
    float *plain, *halves;
    size_t odd;
    const float *rows[FIRST_ROWS], *half_rows[FIRST_ROWS];
} first_input;

static void begin_first(first_input *in, size_t height, size_t width, lk_random *random)
{
    size_t step = 3 * width, odd = (width + 1) / 2 * 3 + 7;
    size_t whole = 2 * odd + LK_NN_ROW_FIRST_SLACK;
    *in = (first_input){.odd = odd};
    in->plain = random_floats(random, FIRST_ROWS * step);
    in->halves = random_floats(random, FIRST_ROWS * whole);
    for (size_t i = 0; i < FIRST_ROWS * whole; i++) /* what is behind pixels counts for nothing */
        in->halves[i] = NAN;
    for (size_t i = 0; i < FIRST_ROWS * step; i++) {
        size_t at = i % step;
        in->halves[i / step * whole + at / 3 % 2 * odd + at / 6 * 3 + at % 3] = in->plain[i];
    }
    for (size_t i = 0; i < FIRST_ROWS; i++) {
        in->rows[i] = in->plain + lk_smaller(i, height - 1) * step;
        in->half_rows[i] = in->halves + lk_smaller(i, height - 1) * whole;
    }
}

static void check_first(const lk_nn_row_kernels *kernels, size_t out_channels, size_t width,
                        size_t height, size_t pool, lk_random *random)
{
    lk_nn_row_conv conv;
    first_input in;
    float *weights, *out[FIRST_ROWS / 2];
    size_t across = (width + 1) / 2;
    assert_ok(lk_nn_row_conv_create(&conv, 3, 3, out_channels));
    fill(&conv, random, out_channels);
    assert_ok(lk_nn_row_first_create(&weights, &conv));
    begin_first(&in, height + 2, width + 2, random);
    for (size_t y = 0; y < height; y += 2) {
        out[y / 2] = random_floats(random, across * conv.out_channels);
        kernels->first_rows(&conv, weights, out[y / 2], y ? out[y / 2 - 1] : NULL,
                            lk_smaller(2, height - y), in.half_rows + y, in.odd, width, pool);
    }
    for (size_t y = 0; y < height; y += 2)
        for (size_t i = 0; i < across * conv.out_channels; i++) {
            size_t x = i / conv.out_channels * 2, o = i % conv.out_channels;
            double size, value = out[y / 2][i];
            double expected = exact_first(&conv, in.rows, y, x, height, width, pool, o, &size);
            if (!(fabs(value - expected) <= 0x1p-24 * 16 * size + 1e-30))
                fail_msg("%s: first, %zu x %zu, pool %zu: [%zu][%zu][%zu] is %g, expected %g",
                         kernels->name, width, height, pool, y / 2, x / 2, o, value, expected);
        }
    for (size_t y = 0; y < height; y += 2)
        lk_free_aligned(out[y / 2]);
    lk_free_aligned(in.plain);
    lk_free_aligned(in.halves);
    lk_free_aligned(weights);
    lk_nn_row_conv_clear(&conv);
}

static void the_first_convolution_equals_the_direct_one(void **state)
{
    (void)state;
    lk_random random;
    lk_random_init(&random, 10, 0);
    const lk_nn_row_kernels *kernels;
    for (size_t k = 0; (kernels = lk_nn_row_kernels_get(k)); k++) {
        for (size_t width = 1; width < 12; width++) {
            check_first(kernels, 10, width, 1 + width % 3, 2, &random);
            check_first(kernels, 10, 2 * width, 2 + 2 * (width % 3), 3, &random);
        }
        check_first(kernels, 28, 22, 6, 3, &random);
        check_first(kernels, 32, 46, 4, 3, &random);
        check_first(kernels, 17, 77, 3, 2, &random); /* more than at once */
    }
}

static void rows_of_products_are_within_rounding(void **state)
{
    (void)state;
    enum { WIDTH = 7, CHANNELS = 48 };
    lk_random random;
    lk_random_init(&random, 11, 0);
    float *in = random_floats(&random, WIDTH * CHANNELS);
    float *weights = random_floats(&random, CHANNELS), out[WIDTH];
    const lk_nn_row_kernels *kernels;
    for (size_t k = 0; (kernels = lk_nn_row_kernels_get(k)); k++)
        for (size_t channels = 16; channels <= CHANNELS; channels += 16) {
            kernels->dot_row(out, in, weights, 0.5F, channels, WIDTH);
            for (size_t x = 0; x < WIDTH; x++) {
                double sum = 0.5, size = 0.5;
                for (size_t c = 0; c < channels; c++) {
                    sum += (double)in[x * channels + c] * weights[c];
                    size += fabs((double)in[x * channels + c] * weights[c]);
                }
                assert_true(fabs(out[x] - sum) <= 0x1p-24 * 8 * size);
            }
        }
    lk_free_aligned(in);
    lk_free_aligned(weights);
}

/* A convolution of a square map and what Winograd's gives for it. */
typedef struct winograd_case {
    lk_nn_row_conv conv;
    lk_nn_row_winograd winograd;
    size_t side, stride;
    float *in, *out, *scratch;
} winograd_case;

static void begin_winograd(winograd_case *c, size_t kernel, size_t outputs, size_t side,
                           size_t in_channels, size_t out_channels, lk_random *random)
{
    size_t stride = (in_channels + 15) / 16 * 16;
    *c = (winograd_case){.side = side, .stride = stride};
    assert_ok(lk_nn_row_conv_create(&c->conv, kernel, in_channels, out_channels));
    fill(&c->conv, random, out_channels);
    assert_ok(lk_nn_row_winograd_create(&c->winograd, &c->conv, outputs));
    c->in = random_floats(random, side * side * stride);
    c->out = random_floats(random, side * side * c->conv.out_channels);
    c->scratch = random_floats(
        random, LK_NN_ROW_WINOGRAD_SCRATCH(c->winograd.inputs, stride, c->conv.out_channels));
}

/* Against the direct sum in double. The transforms add up to 36 inputs and nine
 * weights before they cancel again: rounding is some times that of the sum. */
static void compare_winograd(const winograd_case *c, const float *in, const float *out,
                             const char *name)
{
    size_t kernel = c->conv.kernel, side = c->side - kernel + 1;
    double worst = 0;
    for (size_t y = 0; y < side; y++) {
        const float *rows[3];
        for (size_t r = 0; r < kernel; r++)
            rows[r] = in + (y + r) * c->side * c->stride;
        for (size_t x = 0; x < side; x++)
            for (size_t o = 0; o < c->conv.out_channels; o++) {
                double size, expected = exact(&c->conv, rows, c->stride, x, o, &size);
                double value = out[(y * side + x) * c->conv.out_channels + o];
                worst = worse(worst, fabs(value - expected) / (size + 1e-30));
            }
    }
    if (!(worst <= 0x1p-24 * 32))
        fail_msg("%s: side %zu, %zu->%zu: relative difference %g", name, c->side,
                 c->conv.in_channels, c->conv.out_channels, worst);
}

static void clear_winograd(winograd_case *c)
{
    lk_free_aligned(c->in);
    lk_free_aligned(c->out);
    lk_free_aligned(c->scratch);
    lk_nn_row_winograd_clear(&c->winograd);
    lk_nn_row_conv_clear(&c->conv);
}

static void check_winograd(const lk_nn_row_kernels *kernels, size_t kernel, size_t outputs,
                           size_t side, size_t in_channels, size_t out_channels, lk_random *random)
{
    winograd_case c;
    begin_winograd(&c, kernel, outputs, side, in_channels, out_channels, random);
    lk_nn_row_winograd_run(&c.winograd, &c.conv, kernels, c.out, c.in, side, c.stride, c.scratch);
    compare_winograd(&c, c.in, c.out, kernels->name);
    clear_winograd(&c);
}

/* The same, a band at a time; rows behind the last are no memory. */
static void check_bands(const lk_nn_row_kernels *kernels, size_t outputs, size_t side,
                        size_t in_channels, size_t out_channels, lk_random *random)
{
    winograd_case c;
    begin_winograd(&c, 3, outputs, side, in_channels, out_channels, random);
    for (size_t y = 0; y < side - 2; y += outputs) {
        const float *in[6];
        float *out[4];
        size_t count = lk_smaller(outputs, side - 2 - y);
        for (size_t i = 0; i < outputs + 2; i++)
            in[i] = c.in + lk_smaller(y + i, side - 1) * side * c.stride;
        for (size_t i = 0; i < count; i++)
            out[i] = c.out + (y + i) * (side - 2) * c.conv.out_channels;
        lk_nn_row_winograd_band(&c.winograd, &c.conv, kernels, out, count, in, side, c.stride,
                                c.scratch);
    }
    compare_winograd(&c, c.in, c.out, kernels->name);
    clear_winograd(&c);
}

/* Maps of one tile each, none or more of them than at once. */
static void check_maps(const lk_nn_row_kernels *kernels, size_t count, size_t in_channels,
                       size_t out_channels, lk_random *random)
{
    winograd_case c;
    begin_winograd(&c, 2, 3, 4, in_channels, out_channels, random);
    size_t in_floats = 16 * c.stride, out_floats = 9 * c.conv.out_channels;
    float *in = random_floats(random, count * in_floats + 1);
    float *out = random_floats(random, count * out_floats + 1), end = out[count * out_floats];
    lk_nn_row_winograd_maps(&c.winograd, &c.conv, kernels, out, in, count, c.stride, c.scratch);
    for (size_t i = 0; i < count; i++)
        compare_winograd(&c, in + i * in_floats, out + i * out_floats, kernels->name);
    assert_true(out[count * out_floats] == end);
    lk_free_aligned(in);
    lk_free_aligned(out);
    clear_winograd(&c);
}

static void winograd_s_convolution_equals_the_direct_one(void **state)
{
    (void)state;
    lk_random random;
    lk_random_init(&random, 9, 0);
    const lk_nn_row_kernels *kernels;
    for (size_t k = 0; (kernels = lk_nn_row_kernels_get(k)); k++)
        for (size_t outputs = 3; outputs <= 4; outputs++) {
            check_winograd(kernels, 3, outputs, 11, 28, 48, &random);
            check_winograd(kernels, 3, outputs, 23, 32, 64, &random);
            check_winograd(kernels, 3, outputs, 10, 64, 64, &random);
            for (size_t side = 3; side < 9; side++)
                check_winograd(kernels, 3, outputs, side, 5, 16, &random);
            check_bands(kernels, outputs, 11, 10, 16, &random);
            check_bands(kernels, outputs, 103, 3, 16, &random); /* more tiles than at once */
        }
}

static void a_small_convolution_of_many_maps_equals_the_direct_one(void **state)
{
    (void)state;
    lk_random random;
    lk_random_init(&random, 12, 0);
    const lk_nn_row_kernels *kernels;
    for (size_t k = 0; (kernels = lk_nn_row_kernels_get(k)); k++) {
        for (size_t side = 2; side < 9; side++)
            check_winograd(kernels, 2, 3, side, 5, 16, &random);
        check_maps(kernels, 0, 48, 64, &random);
        check_maps(kernels, 1, 64, 128, &random);
        check_maps(kernels, 12, 48, 64, &random);
        check_maps(kernels, 27, 5, 16, &random);
    }
}

static void pooling_is_the_same_bits_on_every_instruction_set(void **state)
{
    (void)state;
    lk_random random;
    lk_random_init(&random, 6, 0);
    enum { IN = 9, CHANNELS = 32 };
    float *in = random_floats(&random, 3 * IN * CHANNELS);
    float *out = random_floats(&random, IN * CHANNELS);
    const float *rows[3] = {in, in + IN * CHANNELS, in + 2 * IN * CHANNELS};
    const lk_nn_row_kernels *kernels;
    for (size_t k = 0; (kernels = lk_nn_row_kernels_get(k)); k++)
        for (size_t size = 2; size <= 3; size++)
            for (size_t row_count = 1; row_count <= size; row_count++) {
                size_t width = (IN - size + 1) / 2 + 1;
                kernels->max_row(out, rows, row_count, size, IN, width, CHANNELS);
                for (size_t i = 0; i < width * CHANNELS; i++) {
                    float most = -INFINITY;
                    for (size_t r = 0; r < row_count; r++)
                        for (size_t x = 2 * (i / CHANNELS); x < 2 * (i / CHANNELS) + size && x < IN;
                             x++)
                            most = fmaxf(most, rows[r][x * CHANNELS + i % CHANNELS]);
                    assert_true(out[i] == most);
                }
            }
    lk_free_aligned(in);
    lk_free_aligned(out);
}

static void check_area(const lk_image *image, lk_area_part part, size_t width, size_t height,
                       size_t from, size_t to)
{
    float *whole = area_plain(image, &part, width, height);
    assert_area_rows(image, &part, whole, width, height, from, to);
    free(whole);
}

/* What was outside before does not stay in the scratch memory. */
static void what_lies_outside_is_black_whatever_was_read_before(void **state)
{
    (void)state;
    lk_area area = {0};
    lk_image image = {8, 8, malloc(3 * 8 * 8)};
    enum { ODD = LK_AREA_GRAIN };
    float row[2 * ODD] = {0};
    memset(image.rgb, 200, 3 * 8 * 8);
    const lk_area_part parts[] = {{0, 0, 8, 8}, {-4, -4, 8, 8}, {4, 4, 8, 8}, {100, 100, 8, 8}};
    const size_t from[] = {0, 4, 0, 8}, to[] = {8, 8, 4, 8};
    for (size_t turn = 0; turn < 8; turn++) {
        size_t i = turn % 4;
        assert_ok(lk_area_begin(&area, &image, &parts[i], 8, 8, 0, 8));
        for (size_t y = 0; y < 8; y++) {
            lk_area_row_normalised(&area, row, ODD, y);
            for (size_t x = 0; x < 8; x++) {
                bool inside = y >= from[i] && y < to[i] && x >= from[i] && x < to[i];
                float expected = ((inside ? 200 : 0) - 127.5F) / 128;
                assert_true(area_float(row, ODD, 3 * x) == expected &&
                            area_float(row, ODD, 3 * x + 2) == expected);
            }
        }
    }
    lk_area_clear(&area);
    free(image.rgb);
}

static void rows_of_the_area_resize_equal_the_whole(void **state)
{
    (void)state;
    lk_random random;
    lk_random_init(&random, 7, 0);
    lk_image image = {61, 600, malloc(3 * 61 * 600)};
    for (size_t i = 0; i < 3 * 61 * 600; i++)
        image.rgb[i] = (uint8_t)lk_random_below(&random, 256);
    check_area(&image, (lk_area_part){0, 0, 61, 600}, 37, 361, 0, 37);
    check_area(&image, (lk_area_part){0, 0, 61, 600}, 37, 361, 11, 30);
    check_area(&image, (lk_area_part){0, 0, 61, 600}, 13, 2, 0, 13); /* 300 rows a window */
    check_area(&image, (lk_area_part){7, 9, 50, 50}, 24, 24, 0, 24);
    check_area(&image, (lk_area_part){60, 599, 1, 1}, 48, 48, 0, 48);
    check_area(&image, (lk_area_part){3, 5, 5, 31}, 48, 48, 0, 48);
    /* Over each edge, over all of them, and with whole windows outside. */
    check_area(&image, (lk_area_part){-9, 20, 50, 50}, 24, 24, 0, 24);
    check_area(&image, (lk_area_part){40, 20, 50, 50}, 24, 24, 0, 24);
    check_area(&image, (lk_area_part){7, -30, 50, 50}, 24, 24, 0, 24);
    check_area(&image, (lk_area_part){7, 590, 50, 50}, 24, 24, 0, 24);
    check_area(&image, (lk_area_part){-11, -13, 90, 640}, 48, 48, 0, 48);
    check_area(&image, (lk_area_part){-11, -13, 90, 640}, 48, 48, 44, 48);
    check_area(&image, (lk_area_part){-100, -700, 300, 1900}, 3, 5, 0, 3);
    check_area(&image, (lk_area_part){-49, -49, 50, 50}, 24, 24, 0, 12);
    free(image.rgb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_are_within_rounding_on_every_instruction_set),
        cmocka_unit_test(the_first_convolution_equals_the_direct_one),
        cmocka_unit_test(rows_of_products_are_within_rounding),
        cmocka_unit_test(winograd_s_convolution_equals_the_direct_one),
        cmocka_unit_test(a_small_convolution_of_many_maps_equals_the_direct_one),
        cmocka_unit_test(pooling_is_the_same_bits_on_every_instruction_set),
        cmocka_unit_test(rows_of_the_area_resize_equal_the_whole),
        cmocka_unit_test(what_lies_outside_is_black_whatever_was_read_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

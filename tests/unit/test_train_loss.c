/* The losses: values worked out by hand, miners, finite differences in float64. */
#include <math.h>

#include "support.h"

#include <likeness/train.h>

#include "base/random.h"
#include "base/simd.h"
#include "train/loss.h"
#include "train/product.h"

enum { N = 12, D = 5, CLASSES = 4 };

static void fill(double *x, size_t count, uint64_t seed)
{
    lk_random random;
    lk_random_init(&random, seed, 7);
    for (size_t i = 0; i < count; i++)
        x[i] = lk_random_normal(&random);
}

static const size_t label[N] = {0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 1};

/* Compares a gradient with central differences of a loss. */
typedef double (*loss_fn)(const double *x, const void *context);

static void check_gradient(const double *gradient, double *x, size_t count, loss_fn loss,
                           const void *context)
{
    const double h = 1e-5;
    for (size_t i = 0; i < count; i++) {
        double at = x[i];
        x[i] = at + h;
        double above = loss(x, context);
        x[i] = at - h;
        double below = loss(x, context);
        x[i] = at;
        double expected = (above - below) / (2 * h);
        if (!(fabs(gradient[i] - expected) <= 1e-7 * (1 + fabs(expected))))
            fail_msg("element %zu: gradient %.12g, differences say %.12g", i, gradient[i],
                     expected);
    }
}

static double triplet_value(const double *x, const void *context)
{
    lk_loss loss;
    assert_ok(lk_loss_triplet_f64(&loss, NULL, x, label, N, D, context));
    return loss.value;
}

static void triplet_gradients_match_differences(void **state)
{
    (void)state;
    double x[N * D], gradient[N * D];
    fill(x, N * D, 1);
    for (int miner = LK_MINER_ALL; miner <= LK_MINER_BATCH_HARD; miner++)
        for (int variant = 0; variant < 4; variant++) {
            lk_triplet_options options = {
                sizeof(lk_triplet_options), (lk_miner)miner, 1.5, variant & 1, variant & 2, 3};
            lk_loss loss;
            assert_ok(lk_loss_triplet_f64(&loss, gradient, x, label, N, D, &options));
            assert_true(loss.value > 0);
            /* No semi-hard triplet violates the order of its distances. */
            assert_true((loss.active == 0) == (miner == LK_MINER_SEMI_HARD && options.soft));
            check_gradient(gradient, x, N * D, triplet_value, &options);
        }
}

static double softmax_value(const double *x, const void *context)
{
    (void)context;
    lk_loss loss;
    assert_ok(lk_loss_softmax_f64(&loss, NULL, x, label, N, CLASSES));
    return loss.value;
}

static void softmax_gradient_matches_differences(void **state)
{
    (void)state;
    double z[N * CLASSES], gradient[N * CLASSES];
    fill(z, N * CLASSES, 2);
    lk_loss loss;
    assert_ok(lk_loss_softmax_f64(&loss, gradient, z, label, N, CLASSES));
    check_gradient(gradient, z, N * CLASSES, softmax_value, NULL);
}

typedef struct arcface_case {
    const double *x, *w;
    lk_arcface_options options;
} arcface_case;

static double arcface_value_of_x(const double *x, const void *context)
{
    const arcface_case *c = context;
    lk_loss loss;
    assert_ok(lk_loss_arcface_f64(&loss, NULL, NULL, x, c->w, label, N, D, CLASSES, &c->options));
    return loss.value;
}

static double arcface_value_of_w(const double *w, const void *context)
{
    const arcface_case *c = context;
    lk_loss loss;
    assert_ok(lk_loss_arcface_f64(&loss, NULL, NULL, c->x, w, label, N, D, CLASSES, &c->options));
    return loss.value;
}

/* The larger margin takes rows past the seam at t + m = pi. */
static void arcface_gradients_match_differences(void **state)
{
    (void)state;
    double x[N * D], w[CLASSES * D], gx[N * D], gw[CLASSES * D];
    fill(x, N * D, 3);
    fill(w, CLASSES * D, 4);
    const double margins[] = {0, 0.5, 2};
    for (size_t i = 0; i < 3; i++) {
        arcface_case c = {x, w, {sizeof(lk_arcface_options), 8, margins[i]}};
        lk_loss loss;
        assert_ok(lk_loss_arcface_f64(&loss, gx, gw, x, w, label, N, D, CLASSES, &c.options));
        check_gradient(gx, x, N * D, arcface_value_of_x, &c);
        check_gradient(gw, w, CLASSES * D, arcface_value_of_w, &c);
    }
}

static void arcface_without_margin_is_softmax_of_cosines(void **state)
{
    (void)state;
    double x[N * D], w[CLASSES * D], z[N * CLASSES];
    fill(x, N * D, 5);
    fill(w, CLASSES * D, 6);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < CLASSES; j++) {
            double xw = 0, xx = 0, ww = 0;
            for (size_t k = 0; k < D; k++) {
                xw += x[i * D + k] * w[j * D + k];
                xx += x[i * D + k] * x[i * D + k];
                ww += w[j * D + k] * w[j * D + k];
            }
            z[i * CLASSES + j] = 10 * xw / sqrt(xx * ww);
        }
    lk_loss plain, arcface;
    lk_arcface_options options = {sizeof(lk_arcface_options), 10, 0};
    assert_ok(lk_loss_softmax_f64(&plain, NULL, z, label, N, CLASSES));
    assert_ok(lk_loss_arcface_f64(&arcface, NULL, NULL, x, w, label, N, D, CLASSES, &options));
    assert_true(fabs(plain.value - arcface.value) < 1e-12);
    assert_int_equal(plain.active, arcface.active);
}

/* Points on a line: distances are plain to see. Persons: 0 at 0 and 1, 1 at 1.5,
 * 2 at 3 and 3.25. */
static const float line[] = {0, 1, 1.5f, 3, 3.25f};
static const size_t line_label[] = {0, 0, 1, 2, 2};

static void expect_triplets(lk_triplet_options options, const uint32_t (*expected)[3],
                            size_t expected_count)
{
    lk_triplet *triplets;
    size_t count;
    assert_ok(lk_triplets_mine(&triplets, &count, line, line_label, 5, 1, &options));
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(triplets[i].anchor, expected[i][0]);
        assert_int_equal(triplets[i].positive, expected[i][1]);
        assert_int_equal(triplets[i].negative, expected[i][2]);
    }
    lk_free(triplets);
}

static void miners_choose_what_they_say(void **state)
{
    (void)state;
    const uint32_t all[][3] = {{0, 1, 2}, {0, 1, 3}, {0, 1, 4}, {3, 4, 0}, {3, 4, 1}, {3, 4, 2}};
    expect_triplets(
        (lk_triplet_options){sizeof(lk_triplet_options), LK_MINER_ALL, 0.2, true, false, 0}, all,
        6);
    /* d(0,1) = 1: the negative at 1.5 is farther and within 0.6, so semi-hard;
     * d(3,4) = 0.25: the nearest negative at distance 1.5 is beyond the margin. */
    const uint32_t semi[][3] = {{0, 1, 2}, {3, 4, 2}};
    expect_triplets(
        (lk_triplet_options){sizeof(lk_triplet_options), LK_MINER_SEMI_HARD, 0.6, false, false, 0},
        semi, 1);
    expect_triplets(
        (lk_triplet_options){sizeof(lk_triplet_options), LK_MINER_SEMI_HARD, 0.4, false, false, 0},
        semi, 0);
    expect_triplets(
        (lk_triplet_options){sizeof(lk_triplet_options), LK_MINER_SEMI_HARD, 0.4, false, true, 0},
        semi, 2);
    /* Row 2 is alone, so it is no anchor. */
    const uint32_t hard[][3] = {{0, 1, 2}, {1, 0, 2}, {3, 4, 2}, {4, 3, 2}};
    expect_triplets(
        (lk_triplet_options){sizeof(lk_triplet_options), LK_MINER_BATCH_HARD, 0.2, true, false, 0},
        hard, 4);
}

/* Of equal distances the lower index counts, on whichever side of the anchor it lies. */
static void equal_distances_go_to_the_lower_index(void **state)
{
    (void)state;
    const float x[] = {0, 1, -1, 2, -2, 2};
    const size_t people[] = {0, 0, 0, 1, 2, 3};
    for (int miner = LK_MINER_SEMI_HARD; miner <= LK_MINER_BATCH_HARD; miner++) {
        const lk_triplet_options options = {
            sizeof(lk_triplet_options), (lk_miner)miner, 9, true, false, 0};
        lk_triplet *t;
        size_t count;
        assert_ok(lk_triplets_mine(&t, &count, x, people, 6, 1, &options));
        assert_int_equal(count, 3);
        assert_true(t[0].anchor == 0 && t[0].positive == 1 && t[0].negative == 3);
        free(t);
    }
}

/* Three people of four photographs, as in the shared training reference. */
static void all_triplets_come_in_lexicographic_order(void **state)
{
    (void)state;
    float x[12];
    size_t people[12], count;
    for (size_t i = 0; i < 12; i++) {
        x[i] = (float)i;
        people[i] = i / 4;
    }
    lk_triplet_options options = {sizeof(lk_triplet_options), LK_MINER_ALL, 0.2, true, false, 0};
    lk_triplet *t;
    assert_ok(lk_triplets_mine(&t, &count, x, people, 12, 1, &options));
    assert_int_equal(count, 144);
    for (size_t i = 1; i < count; i++) {
        uint64_t before = ((uint64_t)t[i - 1].anchor << 40) + ((uint64_t)t[i - 1].positive << 20);
        uint64_t after = ((uint64_t)t[i].anchor << 40) + ((uint64_t)t[i].positive << 20);
        assert_true(before + t[i - 1].negative < after + t[i].negative);
        assert_true(t[i].anchor < t[i].positive);
    }
    lk_free(t);
}

static void random_miner_takes_every_negative_in_the_end(void **state)
{
    (void)state;
    bool seen[5] = {false};
    for (uint64_t seed = 0; seed < 50; seed++) {
        lk_triplet_options options = {
            sizeof(lk_triplet_options), LK_MINER_RANDOM, 0.2, true, false, seed};
        lk_triplet *a, *b;
        size_t count, again;
        assert_ok(lk_triplets_mine(&a, &count, line, line_label, 5, 1, &options));
        assert_ok(lk_triplets_mine(&b, &again, line, line_label, 5, 1, &options));
        assert_int_equal(count, 2);
        assert_int_equal(again, 2);
        assert_memory_equal(a, b, 2 * sizeof *a);
        assert_int_not_equal(line_label[a[0].negative], 0);
        seen[a[0].negative] = true;
        lk_free(a);
        lk_free(b);
    }
    assert_true(seen[2] && seen[3] && seen[4]);
}

static void triplet_values_are_those_of_the_formula(void **state)
{
    (void)state;
    lk_triplet_options options = {sizeof(lk_triplet_options), LK_MINER_ALL, 2, false, false, 0};
    lk_loss loss;
    float gradient[5];
    assert_ok(lk_loss_triplet(&loss, gradient, line, line_label, 5, 1, &options));
    /* 1-1.5+2, 1-3+2 = 0, 1-3.25+2 < 0, 0.25-3+2 < 0, 0.25-2+2, 0.25-1.5+2 */
    assert_true(fabs(loss.value - (1.5 + 0.25 + 0.75) / 6) < 1e-7);
    assert_int_equal(loss.terms, 6);
    assert_int_equal(loss.active, 3);
    float sum = 0;
    for (int i = 0; i < 5; i++)
        sum += gradient[i];
    assert_true(fabsf(sum) < 1e-6f); /* a shift of everything changes nothing */

    const float collapsed[5] = {1, 1, 1, 1, 1};
    assert_ok(lk_loss_triplet(&loss, gradient, collapsed, line_label, 5, 1, &options));
    assert_true(loss.value == 2);
    options.soft = true;
    assert_ok(lk_loss_triplet(&loss, gradient, collapsed, line_label, 5, 1, &options));
    assert_true(fabs(loss.value - log(2)) < 1e-15);
    for (int i = 0; i < 5; i++)
        assert_true(gradient[i] == 0);
}

static void a_batch_without_triplets_costs_nothing(void **state)
{
    (void)state;
    const size_t strangers[5] = {0, 1, 2, 3, 4}, one[5] = {7, 7, 7, 7, 7};
    for (int miner = LK_MINER_ALL; miner <= LK_MINER_BATCH_HARD; miner++) {
        lk_triplet_options options = {
            sizeof(lk_triplet_options), (lk_miner)miner, 0.2, true, false, 0};
        const size_t *labels[] = {strangers, one};
        for (int i = 0; i < 2; i++) {
            lk_loss loss;
            float gradient[5] = {9, 9, 9, 9, 9};
            assert_ok(lk_loss_triplet(&loss, gradient, line, labels[i], 5, 1, &options));
            assert_true(loss.value == 0 && loss.terms == 0 && gradient[0] == 0 && gradient[4] == 0);
        }
    }
}

static void softmax_survives_large_logits(void **state)
{
    (void)state;
    const float z[] = {1e30f, 0, 0, 0, -1e30f, 0};
    const size_t y[] = {0, 2};
    lk_loss loss;
    float gradient[6];
    assert_ok(lk_loss_softmax(&loss, gradient, z, y, 2, 3));
    assert_true(fabs(loss.value - log(2) / 2) < 1e-12);
    assert_int_equal(loss.active, 1);
    assert_true(gradient[0] == 0 && gradient[3] == 0.25f && gradient[4] == 0 &&
                gradient[5] == -0.25f);
}

static void bad_numbers_are_named(void **state)
{
    (void)state;
    float x[] = {0, 1, NAN, 1};
    const size_t y[] = {0, 1};
    lk_loss loss = {42, 42, 42};
    assert_fails(lk_loss_triplet(&loss, NULL, x, y, 2, 2, NULL), LK_ERROR_NUMBER, "row 1 holds");
    assert_fails(lk_loss_softmax(&loss, NULL, x, y, 2, 2), LK_ERROR_NUMBER, "logits: row 1");
    x[2] = 0;
    const size_t wrong[] = {0, 2};
    assert_fails(lk_loss_softmax(&loss, NULL, x, wrong, 2, 2), LK_ERROR_ARGUMENT, "label 2");
    const float zero[] = {0, 0, 1, 0};
    assert_fails(lk_loss_arcface(&loss, NULL, NULL, x, zero, y, 2, 2, 2, NULL), LK_ERROR_NUMBER,
                 "class centres: row 0");
    lk_triplet_options options;
    lk_triplet_options_init(&options);
    options.margin = NAN;
    assert_fails(lk_loss_triplet(&loss, NULL, x, y, 2, 2, &options), LK_ERROR_ARGUMENT, "margin");
    assert_true(loss.value == 42);
}

/* The same bits as the plain sum, in odd sizes, on every instruction set. */
static void products_sum_in_order(void **state)
{
    (void)state;
    enum { ROWS = 13, COLUMNS = 19, DEPTH = 33 };
    double a[ROWS * DEPTH], b[DEPTH * COLUMNS], want[ROWS * COLUMNS], got[ROWS * COLUMNS];
    for (size_t i = 0; i < ROWS * DEPTH; i++)
        a[i] = sin((double)i * 1.7);
    for (size_t i = 0; i < DEPTH * COLUMNS; i++)
        b[i] = cos((double)i * 0.9);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLUMNS; j++) {
            want[i * COLUMNS + j] = 0;
            for (size_t k = 0; k < DEPTH; k++)
                want[i * COLUMNS + j] += a[i * DEPTH + k] * b[k * COLUMNS + j];
        }
    for (int set = LK_SIMD_PLAIN; set <= LK_SIMD_AVX512; set++) {
        lk_simd_limit((lk_simd)set);
        assert_ok(lk_product(got, (lk_matrix){a, DEPTH, 1}, (lk_matrix){b, COLUMNS, 1}, ROWS,
                             COLUMNS, DEPTH));
        assert_memory_equal(got, want, sizeof want);
    }
    /* a' b, read as it lies: element (i, k) of a' is a's (k, i). */
    assert_ok(lk_product(got, (lk_matrix){a, 1, ROWS}, (lk_matrix){b, COLUMNS, 1}, ROWS, 5, 7));
    double sum = 0;
    for (size_t k = 0; k < 7; k++)
        sum += a[3 + k * ROWS] * b[k * COLUMNS + 4];
    assert_true(got[3 * 5 + 4] == sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_sum_in_order),
        cmocka_unit_test(triplet_gradients_match_differences),
        cmocka_unit_test(softmax_gradient_matches_differences),
        cmocka_unit_test(arcface_gradients_match_differences),
        cmocka_unit_test(arcface_without_margin_is_softmax_of_cosines),
        cmocka_unit_test(miners_choose_what_they_say),
        cmocka_unit_test(equal_distances_go_to_the_lower_index),
        cmocka_unit_test(all_triplets_come_in_lexicographic_order),
        cmocka_unit_test(random_miner_takes_every_negative_in_the_end),
        cmocka_unit_test(triplet_values_are_those_of_the_formula),
        cmocka_unit_test(a_batch_without_triplets_costs_nothing),
        cmocka_unit_test(softmax_survives_large_logits),
        cmocka_unit_test(bad_numbers_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Verification curves on pairs that can be counted by hand. */
#include <math.h>

#include "support.h"

#include <likeness/stats.h>

static void perfect_and_reversed_order(void **state)
{
    (void)state;
    const double distance[] = {0.1, 0.2, 0.8, 0.9};
    const bool same[] = {true, true, false, false}, reversed[] = {false, false, true, true};
    lk_roc *roc;
    double threshold;
    assert_ok(lk_stats_roc_create(&roc, distance, same, 4));
    assert_true(lk_stats_roc_auc(roc) == 1);
    assert_true(lk_stats_roc_eer(roc, &threshold) == 0 && threshold == 0.2);
    assert_true(lk_stats_roc_tar(roc, 0, &threshold) == 1 && threshold == 0.2);
    lk_stats_roc_destroy(roc);
    assert_ok(lk_stats_roc_create(&roc, distance, reversed, 4));
    assert_true(lk_stats_roc_auc(roc) == 0);
    assert_true(lk_stats_roc_eer(roc, NULL) == 1);
    assert_true(lk_stats_roc_tar(roc, 0.5, NULL) == 0);
    lk_stats_roc_destroy(roc);
}

/* same: 1 2 4 5, different: 3 5 6 7. Of 16 comparisons 13 are won, one is even. */
static void counted_by_hand(void **state)
{
    (void)state;
    const double distance[] = {5, 3, 1, 7, 2, 6, 4, 5};
    const bool same[] = {false, false, true, false, true, false, true, true};
    lk_roc *roc;
    size_t count;
    double threshold;
    assert_ok(lk_stats_roc_create(&roc, distance, same, 8));
    assert_true(fabs(lk_stats_roc_auc(roc) - 13.5 / 16) < 1e-15);
    const lk_roc_point *points = lk_stats_roc_points(roc, &count);
    assert_int_equal(count, 8);
    assert_true(points[0].tar == 0 && points[0].far == 0);
    assert_true(points[7].tar == 1 && points[7].far == 1);
    assert_true(lk_stats_roc_eer(roc, &threshold) == 0.25 && threshold == 4);
    assert_true(lk_stats_roc_tar(roc, 0.1, &threshold) == 0.5 && threshold == 2);
    assert_true(lk_stats_roc_tar(roc, 0.5, &threshold) == 1 && threshold == 5);
    lk_stats_roc_destroy(roc);
}

static void expect_eer(const double *distance, const bool *same, size_t n, double rate,
                       double threshold)
{
    lk_roc *roc;
    double found;
    assert_ok(lk_stats_roc_create(&roc, distance, same, n));
    double eer = lk_stats_roc_eer(roc, &found);
    if (!(fabs(eer - rate) < 1e-15 && found == threshold))
        fail_msg("found %g at %g, expected %g at %g", eer, found, rate, threshold);
    lk_stats_roc_destroy(roc);
}

/* Where the rates meet between two points: on a step of the false accepts, of the misses,
 * and of both at once. */
static void equal_error_rates_lie_between_points(void **state)
{
    (void)state;
    const bool accepts[] = {true, true, false, false, false, true, false};
    expect_eer((const double[]){1, 2, 3, 4, 5, 6, 7}, accepts, 7, 1.0 / 3, 4);
    const bool misses[] = {true, false, true, true, false, true, false};
    expect_eer((const double[]){1, 2, 3, 4, 5, 6, 7}, misses, 7, 1.0 / 3, 4);
    const bool both[] = {true, true, false, false};
    expect_eer((const double[]){1, 3, 3, 5}, both, 4, 0.25, 3);
}

static void the_ends_of_the_curve(void **state)
{
    (void)state;
    const double distance[] = {1, 2, 2, 3};
    const bool same[] = {false, true, false, true};
    lk_roc *roc;
    double threshold;
    assert_ok(lk_stats_roc_create(&roc, distance, same, 4));
    assert_true(lk_stats_roc_tar(roc, 0, &threshold) == 0 && threshold == -INFINITY);
    assert_true(lk_stats_roc_tar(roc, 0.49, NULL) == 0);
    assert_true(lk_stats_roc_tar(roc, 1, &threshold) == 1 && threshold == 3);
    lk_stats_roc_destroy(roc);
    lk_stats_roc_destroy(NULL);
}

/* Three corners of a right triangle and a point far off. */
static void rows_are_compared_by_euclid(void **state)
{
    (void)state;
    const double x[] = {0, 0, 3, 0, 3, 4, 30, 40};
    const size_t group[] = {7, 7, 9, 9};
    const double expected[] = {
        -INFINITY, 3, 4, 5, sqrt(27.0 * 27 + 36 * 36), sqrt(27.0 * 27 + 40 * 40), 50};
    lk_roc *roc;
    size_t count;
    assert_ok(lk_stats_roc_of_rows(&roc, x, group, 4, 2));
    const lk_roc_point *points = lk_stats_roc_points(roc, &count);
    assert_int_equal(count, 7);
    for (size_t i = 0; i < 7; i++)
        assert_true(points[i].threshold == expected[i]);
    assert_true(points[1].tar == 0.5 && points[1].far == 0 && points[4].tar == 1);
    lk_stats_roc_destroy(roc);
}

static void spread_is_about_the_mean(void **state)
{
    (void)state;
    double spread;
    assert_ok(lk_stats_spread(&spread, (const double[]){3, 50, 5, 54}, 2, 2));
    assert_true(spread == 1 + 4);
    assert_fails(lk_stats_spread(NULL, (const double[]){1}, 1, 1), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_spread(&spread, NULL, 1, 1), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_spread(&spread, (const double[]){1}, 0, 1), LK_ERROR_ARGUMENT, "empty");
}

static void missing_arguments_are_refused(void **state)
{
    (void)state;
    const double x[] = {1, 2};
    const bool same[] = {true, false};
    const size_t group[] = {0, 1};
    lk_roc *roc = NULL;
    assert_fails(lk_stats_roc_create(NULL, x, same, 2), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_roc_create(&roc, NULL, same, 2), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_roc_create(&roc, x, NULL, 2), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_roc_of_rows(NULL, x, group, 2, 1), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_roc_of_rows(&roc, NULL, group, 2, 1), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_roc_of_rows(&roc, x, NULL, 2, 1), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_roc_of_rows(&roc, x, group, 1, 1), LK_ERROR_ARGUMENT, "two rows");
    assert_null(roc);
}

static void all_equal_distances_say_nothing(void **state)
{
    (void)state;
    const double x[] = {1, 1, 1, 1};
    const size_t group[] = {0, 0, 1, 1};
    lk_roc *roc;
    double spread;
    assert_ok(lk_stats_roc_of_rows(&roc, x, group, 4, 1));
    assert_true(lk_stats_roc_auc(roc) == 0.5);
    assert_true(lk_stats_roc_eer(roc, NULL) == 0.5);
    lk_stats_roc_destroy(roc);
    assert_ok(lk_stats_spread(&spread, x, 4, 1));
    assert_true(spread == 0);
    assert_ok(lk_stats_spread(&spread, (const double[]){1, 0, -1, 0, 0, 1, 0, -1}, 4, 2));
    assert_true(spread == 1);
}

static void one_kind_of_pair_is_refused(void **state)
{
    (void)state;
    const double distance[] = {1, NAN};
    const bool same[] = {true, true};
    lk_roc *roc;
    assert_fails(lk_stats_roc_create(&roc, distance, same, 1), LK_ERROR_ARGUMENT,
                 "1 same and 0 different");
    assert_fails(lk_stats_roc_create(&roc, distance, same, 2), LK_ERROR_NUMBER, "nan");
    double spread;
    assert_fails(lk_stats_spread(&spread, distance, 2, 1), LK_ERROR_NUMBER, "NaN");
}

/* Points on a line, of `people` people around their own centre; seeded. */
static void make_people(double *x, size_t *group, size_t people, size_t photos, double noise)
{
    uint64_t state = 7;
    for (size_t i = 0; i < people * photos; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        group[i] = 1000 - i / photos; /* any numbers do */
        x[i] = (double)(i / photos) + noise * (double)(state >> 40) / (double)(1 << 24);
    }
}

static void verification_agrees_with_the_curve(void **state)
{
    (void)state;
    enum { PEOPLE = 30, PHOTOS = 4, N = PEOPLE * PHOTOS };
    double x[N], threshold;
    size_t group[N];
    make_people(x, group, PEOPLE, PHOTOS, 3);
    x[1] = x[0]; /* equal distances */
    x[2] = x[0];
    lk_roc *roc;
    assert_ok(lk_stats_roc_of_rows(&roc, x, group, N, 1));
    lk_verification_options options;
    lk_verification_options_init(&options);
    options.far[3] = 2e-3; /* the last of the defaults is beyond this sample */
    lk_verification v;
    assert_ok(lk_stats_verification(&v, x, group, N, 1, &options));
    assert_true(v.rows == N && v.people == PEOPLE && v.same == PEOPLE * 6);
    assert_int_equal(v.different, N * (N - 1) / 2 - PEOPLE * 6);
    assert_true(fabs(v.auc.mean - lk_stats_roc_auc(roc)) < 1e-12);
    assert_true(fabs(v.eer.mean - lk_stats_roc_eer(roc, NULL)) < 1e-12);
    for (size_t k = 0; k < options.far_count; k++) {
        assert_true(fabs(v.tar[k].mean - lk_stats_roc_tar(roc, options.far[k], &threshold)) <
                    1e-12);
        assert_true(v.threshold[k] == threshold);
        assert_true(v.tar[k].low <= v.tar[k].mean && v.tar[k].mean <= v.tar[k].high);
    }
    assert_true(v.auc.mean > 0.9 && v.auc.mean < 1);
    assert_true(v.auc.low < v.auc.mean && v.auc.mean < v.auc.high);
    assert_true(v.eer.low < v.eer.mean && v.eer.mean < v.eer.high);
    options.level = 0.99;
    assert_ok(lk_stats_verification(&v, x, group, N, 1, &options));
    assert_true(v.auc.low > 0.9 && v.auc.high > v.auc.low);
    lk_stats_roc_destroy(roc);
}

/* Same pairs at 1 and 20, different ones at 4, 5, 24 and 25: from 5 to 20 both rates are
 * a half to the bit. */
static void equal_rates_met_to_the_bit_are_the_equal_error_rate(void **state)
{
    (void)state;
    const double x[] = {0, 1, 5, 25};
    const size_t group[] = {0, 0, 1, 1};
    lk_verification_options options;
    lk_verification_options_init(&options);
    lk_verification v;
    lk_roc *roc;
    double threshold;
    assert_ok(lk_stats_verification(&v, x, group, 4, 1, &options));
    assert_true(v.eer.mean == 0.5);
    assert_ok(lk_stats_roc_of_rows(&roc, x, group, 4, 1));
    assert_true(lk_stats_roc_eer(roc, &threshold) == 0.5 && threshold == 5);
    lk_stats_roc_destroy(roc);
}

/* Two people leave next to everything open, one with two photographs all of it. */
static void few_people_have_a_wide_interval_or_none(void **state)
{
    (void)state;
    const double x[] = {0, 1, 5, 25};
    const size_t group[] = {0, 0, 1, 1}, lone[] = {0, 0, 1, 2};
    lk_verification_options options;
    lk_verification_options_init(&options);
    lk_verification v;
    assert_ok(lk_stats_verification(&v, x, group, 4, 1, &options));
    assert_true(v.owners == 2 && isfinite(v.eer.mean) && isnan(v.tar[1].mean));
    assert_true(v.auc.low < 0.01 && v.auc.high > 0.99);
    assert_ok(lk_stats_verification(&v, x, lone, 4, 1, &options));
    assert_true(v.owners == 1 && isfinite(v.auc.mean));
    assert_true(isnan(v.auc.low) && isnan(v.auc.high) && isnan(v.eer.low) && isnan(v.eer.high));
}

/* A rate over people who are each all right or all wrong is a binomial share, whose
 * spread is known: of 40 people 20 have equal photographs, 20 have far ones. */
static void intervals_are_as_wide_as_people_are_few(void **state)
{
    (void)state;
    enum { PEOPLE = 40, PHOTOS = 5, N = PEOPLE * PHOTOS };
    double x[N];
    size_t group[N];
    for (size_t i = 0; i < N; i++) {
        size_t person = i / PHOTOS;
        group[i] = person;
        x[i] = 1000.0 * (double)person + (person % 2 ? 2.0e6 * (double)(i % PHOTOS + 1) : 0);
    }
    lk_verification_options options;
    lk_verification_options_init(&options);
    options.far_count = 1;
    options.far[0] = 1.0 / (N * (N - 1) / 2 - PEOPLE * 10); /* none may pass */
    lk_verification v, again;
    assert_ok(lk_stats_verification(&v, x, group, N, 1, &options));
    assert_true(v.tar[0].mean == 0.5);
    /* 0.5 -+ 1.96 sqrt(0.25 / 40) = 0.345 to 0.655; over pairs it would be +-0.05 */
    assert_true(fabs(v.tar[0].low - 0.345) < 0.04 && fabs(v.tar[0].high - 0.655) < 0.04);
    assert_ok(lk_stats_verification(&again, x, group, N, 1, &options));
    assert_true(v.tar[0].low == again.tar[0].low && v.auc.high == again.auc.high);
    options.far[0] *= 0.999; /* fewer pairs than it would take to know */
    assert_ok(lk_stats_verification(&v, x, group, N, 1, &options));
    assert_true(isnan(v.tar[0].mean) && v.threshold[0] == -INFINITY);
}

static void verification_refuses_what_says_nothing(void **state)
{
    (void)state;
    lk_verification_options options;
    lk_verification_options_init(&options);
    lk_verification v;
    const double x[] = {1, 2, 3, NAN};
    assert_fails(lk_stats_verification(&v, x, (const size_t[]){0, 1, 2}, 3, 1, &options),
                 LK_ERROR_ARGUMENT, "0 same and 3 different pairs");
    assert_fails(lk_stats_verification(&v, x, (const size_t[]){4, 4}, 2, 1, &options),
                 LK_ERROR_ARGUMENT, "1 same and 0 different pairs");
    assert_fails(lk_stats_verification(&v, x, (const size_t[]){0, 0, 1, 1}, 4, 1, &options),
                 LK_ERROR_NUMBER, "verification: row 3, column 0: found nan");
    options.far_count = LK_VERIFICATION_RATES + 1;
    assert_fails(lk_stats_verification(&v, x, (const size_t[]){0, 0, 1}, 3, 1, &options),
                 LK_ERROR_ARGUMENT, "far takes up to eight numbers");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(perfect_and_reversed_order),
        cmocka_unit_test(counted_by_hand),
        cmocka_unit_test(equal_error_rates_lie_between_points),
        cmocka_unit_test(the_ends_of_the_curve),
        cmocka_unit_test(rows_are_compared_by_euclid),
        cmocka_unit_test(spread_is_about_the_mean),
        cmocka_unit_test(missing_arguments_are_refused),
        cmocka_unit_test(all_equal_distances_say_nothing),
        cmocka_unit_test(one_kind_of_pair_is_refused),
        cmocka_unit_test(verification_agrees_with_the_curve),
        cmocka_unit_test(equal_rates_met_to_the_bit_are_the_equal_error_rate),
        cmocka_unit_test(few_people_have_a_wide_interval_or_none),
        cmocka_unit_test(intervals_are_as_wide_as_people_are_few),
        cmocka_unit_test(verification_refuses_what_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

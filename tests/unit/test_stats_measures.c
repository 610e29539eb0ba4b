/* The measures of the experiment on training mixtures: small cases counted by hand. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#include <likeness/stats.h>

#include "base/random.h"
#include "stats/interval.h"

static void assert_near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-12))
        fail_msg("found %.17g, expected %.17g", found, expected);
}

static double spearman(const double *x, const double *y, size_t n)
{
    double found;
    assert_ok(lk_stats_spearman(&found, x, y, n));
    return found;
}

static void rank_correlation_by_hand(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, 4}, y[] = {10, 20, 4000, 30}, down[] = {4, 3, 2, -1};
    assert_near(spearman(x, y, 4), 0.8);
    assert_near(spearman(x, down, 4), -1);
    const double tied[] = {1, 2, 2, 3};
    assert_near(spearman(tied, x, 4), 4.5 / sqrt(4.5 * 5));
    const double same[] = {7, 7, 7, 7}, hole[] = {1, 2, NAN, 4};
    assert_true(isnan(spearman(same, x, 4)));
    assert_true(isnan(spearman(x, hole, 4)));
    assert_true(isnan(spearman(x, y, 1)));
    assert_true(isnan(spearman(NULL, NULL, 0)));
}

static void threshold_by_hand(void **state)
{
    (void)state;
    const double a[] = {0, 1, 3}, b[] = {0, 10};
    const size_t person[] = {0, 1, 2};
    const lk_bias_rows both[] = {{a, person, 3, 1, 3}, {b, person, 2, 1, 2}};
    double threshold, rate;
    assert_ok(lk_stats_threshold(&threshold, &rate, both, 2, 0.5)); /* of 1, 2, 3, 10 */
    assert_near(threshold, 2);
    assert_near(rate, 0.5);
    assert_ok(lk_stats_threshold(&threshold, &rate, both, 2, 0.2));
    assert_true(threshold < 1 && threshold > 0.999);
    assert_near(rate, 0);
    assert_ok(lk_stats_threshold(&threshold, NULL, both, 2, 1));
    assert_near(threshold, 10);
    const double even[] = {0, 1, 2}; /* 1, 1, 2: the two pass together or not at all */
    const lk_bias_rows ties = {even, person, 3, 1, 3};
    assert_ok(lk_stats_threshold(&threshold, &rate, &ties, 1, 0.4));
    assert_near(rate, 0);
    assert_ok(lk_stats_threshold(&threshold, &rate, &ties, 1, 0.7));
    assert_near(threshold, 1);
    assert_near(rate, 2.0 / 3);
    double hundred[25] = {0}; /* 300 pairs, no two distances equal */
    size_t each[25];
    for (size_t i = 0; i < 25; i++)
        each[i] = i, hundred[i] = i ? 1.5 * hundred[i - 1] + 1 : 0;
    const lk_bias_rows many = {hundred, each, 25, 1, 25};
    for (size_t k = 0; k <= 300; k++) { /* 0.29 * 300 is below 87 */
        assert_ok(lk_stats_threshold(&threshold, &rate, &many, 1, (double)k / 300));
        assert_true(rate == (double)k / 300);
    }
    const size_t one[] = {0, 0, 0};
    const lk_bias_rows alone = {a, one, 3, 1, 1};
    assert_fails(lk_stats_threshold(&threshold, NULL, &alone, 1, 0.5), LK_ERROR_ARGUMENT,
                 "no pair");
}

static void measures_by_hand(void **state)
{
    (void)state;
    /* Rows of person 0 lie apart on purpose. */
    const double x[] = {1, 0, 1, 0, -1, 0, 0, 1};
    const size_t person[] = {0, 1, 2, 0};
    const lk_bias_rows rows = {x, person, 4, 2, 3};
    lk_pair_sums *sums;
    double found[LK_BIAS_MEASURES];
    assert_ok(lk_stats_pair_sums_create(&sums, &rows, 1));
    assert_int_equal(lk_stats_pair_people(sums), 3);
    lk_stats_pair_measures(found, sums, NULL);
    assert_near(found[LK_BIAS_WSS], 1.2); /* squares 0 2 4 2 4, halved */
    assert_near(found[LK_BIAS_COSINE], -0.2);
    assert_near(found[LK_BIAS_FMR], 0.2);
    assert_near(found[LK_BIAS_FNMR], 1);
    const double twice[] = {2, 1, 0}, nobody[] = {0, 3, 0};
    lk_stats_pair_measures(found, sums, twice); /* persons 0 and 1: squares 0 2 */
    assert_near(found[LK_BIAS_WSS], 0.5);
    assert_near(found[LK_BIAS_COSINE], 0.5);
    assert_near(found[LK_BIAS_FMR], 0.5);
    assert_near(found[LK_BIAS_FNMR], 1);
    lk_stats_pair_measures(found, sums, nobody);
    for (size_t m = 0; m < LK_BIAS_MEASURES; m++)
        assert_true(isnan(found[m]));
    lk_stats_pair_sums_destroy(sums);
    lk_stats_pair_sums_destroy(NULL);
}

static void wss_of_one_photo_a_person_is_the_plain_one(void **state)
{
    (void)state;
    enum { N = 12, D = 3 };
    double x[N * D], found[LK_BIAS_MEASURES];
    size_t person[N];
    lk_random random;
    lk_random_init(&random, 3, 0);
    for (size_t i = 0; i < N * D; i++)
        x[i] = lk_random_normal(&random);
    for (size_t i = 0; i < N; i++)
        person[i] = N - 1 - i;
    const lk_bias_rows rows = {x, person, N, D, N};
    lk_pair_sums *sums;
    lk_wss plain;
    assert_ok(lk_stats_pair_sums_create(&sums, &rows, 1));
    assert_ok(lk_stats_wss(&plain, x, N, D));
    lk_stats_pair_measures(found, sums, NULL);
    assert_near(found[LK_BIAS_WSS], plain.wss_per_df);
    assert_near(found[LK_BIAS_COSINE], plain.mean_cosine);
    assert_true(isnan(found[LK_BIAS_FNMR])); /* nobody has two photographs */
    lk_stats_pair_sums_destroy(sums);
}

static void bad_rows_are_refused(void **state)
{
    (void)state;
    double x[] = {0, 1};
    const size_t person[] = {0, 2};
    lk_bias_rows rows = {x, person, 2, 1, 2};
    lk_pair_sums *sums = NULL;
    assert_fails(lk_stats_pair_sums_create(&sums, &rows, 1), LK_ERROR_ARGUMENT, "row 1");
    rows.people = SIZE_MAX;
    assert_fails(lk_stats_pair_sums_create(&sums, &rows, 1), LK_ERROR_MEMORY, "fit");
    rows.people = 3;
    x[1] = NAN;
    assert_fails(lk_stats_pair_sums_create(&sums, &rows, 1), LK_ERROR_NUMBER, "nan");
    assert_null(sums);
}

static void missing_arguments_are_refused(void **state)
{
    (void)state;
    const double x[] = {0, 1};
    const size_t person[] = {0, 1};
    const lk_bias_rows rows = {x, person, 2, 1, 2}, nobody = {x, NULL, 2, 1, 2};
    double out, rate;
    lk_pair_sums *sums = NULL;
    lk_bias_findings findings;
    assert_fails(lk_stats_spearman(NULL, x, x, 2), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_spearman(&out, NULL, x, 2), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_spearman(&out, x, NULL, 2), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_threshold(NULL, &rate, &rows, 1, 0.5), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_threshold(&out, &rate, NULL, 1, 0.5), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_threshold(&out, &rate, &rows, 1, -0.1), LK_ERROR_ARGUMENT, "rate");
    assert_fails(lk_stats_threshold(&out, &rate, &rows, 1, 1.1), LK_ERROR_ARGUMENT, "rate");
    assert_fails(lk_stats_threshold(&out, &rate, &nobody, 1, 0.5), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_pair_sums_create(NULL, &rows, 1), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_pair_sums_create(&sums, NULL, 1), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_pair_sums_create(&sums, &nobody, 1), LK_ERROR_ARGUMENT, "NULL");
    assert_null(sums);
    assert_fails(lk_stats_bias(&findings, NULL), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_bias(&findings, &(lk_bias_design){.level = 0.95}), LK_ERROR_ARGUMENT,
                 "NULL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rank_correlation_by_hand),
        cmocka_unit_test(threshold_by_hand),
        cmocka_unit_test(measures_by_hand),
        cmocka_unit_test(wss_of_one_photo_a_person_is_the_plain_one),
        cmocka_unit_test(bad_rows_are_refused),
        cmocka_unit_test(missing_arguments_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

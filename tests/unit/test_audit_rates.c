/* Rates of pairs that share people: small cases counted by hand, and numbers of SciPy. */
#include <math.h>

#include "support.h"

#include <likeness/audit.h>

#include "stats/rate.h"
#include "stats/special.h"

static void near_to(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-10 * fmax(1, fabs(expected))))
        fail_msg("found %.17g, expected %.17g", found, expected);
}

/* ---- variance ---- */

/* Six people, a photograph each; the pairs 0-1, 0-2 and 3-4 are wrong. */
static const double six_errors[] = {2, 1, 1, 1, 1, 0}, six_pairs[] = {5, 5, 5, 5, 5, 5};
static lk_dyads six(void)
{
    return (lk_dyads){.people = {6, 0},
                      .count = 6,
                      .pairs = 15,
                      .errors = 3,
                      .pairs_squared = 15,
                      .errors_squared = 3,
                      .product = 3,
                      .person_pairs = six_pairs,
                      .person_errors = six_errors};
}

static void variance_by_hand(void **state)
{
    (void)state;
    lk_dyads d = six();
    /* e of a person: errors - 1, so S1 = 1 + 0 + 0 + 0 + 0 + 1; S2 = 3 * .64 + 12 * .04. As
     * S1 is below S2, the floor it is. */
    near_to(lk_dyads_variance(&d), 2.4 / 225);
    const double star[] = {4, 1, 1, 1, 1, 0}; /* 0 with 1 to 4 */
    d.person_errors = star;
    d.errors = d.errors_squared = d.product = 4;
    double rate = 4.0 / 15, s2 = 4 * (1 - rate) * (1 - rate) + 11 * rate * rate;
    double s1 = pow(4 - 5 * rate, 2) + 4 * pow(1 - 5 * rate, 2) + pow(5 * rate, 2);
    near_to(lk_dyads_variance(&d), 6.0 / 2 * (s1 - s2) / 225);
    d.people[0] = d.count = 4;
    assert_true(isnan(lk_dyads_variance(&d)));
    d.pairs = 0;
    assert_true(isnan(lk_dyads_variance(&d)));
}

static void variance_between_groups_by_hand(void **state)
{
    (void)state;
    /* Three people against two: the first of either is mistaken for everybody. */
    const double errors[] = {2, 1, 1, 3, 1}, pairs[] = {2, 2, 2, 3, 3};
    lk_dyads d = {.people = {3, 2},
                  .count = 5,
                  .pairs = 6,
                  .errors = 4,
                  .pairs_squared = 6,
                  .errors_squared = 4,
                  .product = 4,
                  .person_pairs = pairs,
                  .person_errors = errors};
    double r = 4.0 / 6, s2 = 4 * (1 - r) * (1 - r) + 2 * r * r;
    double first = pow(2 - 2 * r, 2) + 2 * pow(1 - 2 * r, 2);
    double second = pow(3 - 3 * r, 2) + pow(1 - 3 * r, 2);
    near_to(lk_dyads_variance(&d), (1.5 * first + 2 * second - s2) / 36);
    d.people[1] = 1;
    d.count = 4;
    assert_true(isnan(lk_dyads_variance(&d)));
}

/* ---- rates ---- */

static void a_rate_that_is_estimated(void **state)
{
    (void)state;
    enum { N = 49 };
    double errors[N], pairs[N];
    for (size_t i = 0; i < N; i++) {
        pairs[i] = N - 1;
        errors[i] = i < 24 ? 1 : 0; /* twelve pairs of people who share nobody */
    }
    lk_dyads d = {.people = {N, 0},
                  .count = N,
                  .pairs = 1176,
                  .errors = 12,
                  .pairs_squared = 1176,
                  .errors_squared = 12,
                  .product = 12,
                  .person_pairs = pairs,
                  .person_errors = errors};
    lk_rate r;
    lk_rate_of_dyads(&r, &d, NAN);
    assert_int_equal(r.state, LK_RATE_ESTIMATED);
    assert_false(r.few_errors);
    near_to(r.rate, 12.0 / 1176);
    near_to(r.effective, 1176);            /* as many as there are: nobody is in two errors */
    near_to(r.low, 0.0052834005200571715); /* of 12 in 1176 */
    near_to(r.high, 0.017756574081852328);
    assert_true(isnan(r.guaranteed));
    assert_int_equal(r.people, N);
    d.errors = 9;
    lk_rate_of_dyads(&r, &d, 9.9);
    assert_int_equal(r.state, LK_RATE_FEW);
    assert_true(r.few_errors);
    lk_rate_of_dyads(&r, &d, 10);
    assert_int_equal(r.state, LK_RATE_ESTIMATED);
    assert_true(r.few_errors);
}

static void no_error_leaves_a_bound(void **state)
{
    (void)state;
    const double none[49] = {0}, pairs[49] = {0};
    lk_dyads d = {.people = {49, 0},
                  .count = 49,
                  .pairs = 1176 * 9, /* three photographs each do not multiply the evidence */
                  .pairs_squared = 1176 * 81,
                  .person_pairs = pairs,
                  .person_errors = none};
    lk_rate r;
    lk_rate_of_dyads(&r, &d, 50);
    assert_int_equal(r.state, LK_RATE_ZERO);
    assert_true(r.low == 0 && r.rate == 0);
    near_to(r.high, 1 - pow(0.05, 1.5 / 1176));
    near_to(r.guaranteed, 1 - pow(0.05, 1.0 / 24));
    d.people[0] = 30;
    d.people[1] = 19;
    lk_rate_of_dyads(&r, &d, 50);
    near_to(r.high, 1 - pow(0.05, 1.5 / 570));
    near_to(r.guaranteed, 1 - pow(0.05, 1.0 / 19));
    const double one_each[] = {1, 1, 1, 1};
    lk_rate_of_people(&r, one_each, none, 4);
    assert_int_equal(r.state, LK_RATE_ZERO);
    near_to(r.high, 1 - pow(0.05, 0.25));
}

static void everything_wrong_leaves_a_bound_too(void **state)
{
    (void)state;
    const double pairs[] = {3, 3, 3, 3};
    lk_dyads d = {.people = {4, 0},
                  .count = 4,
                  .pairs = 6,
                  .errors = 6,
                  .pairs_squared = 6,
                  .errors_squared = 6,
                  .product = 6,
                  .person_pairs = pairs,
                  .person_errors = pairs};
    lk_rate r;
    lk_rate_of_dyads(&r, &d, NAN);
    assert_int_equal(r.state, LK_RATE_FEW);
    near_to(r.low, pow(0.05, 1.5 / 6));
    assert_true(r.high == 1 && r.rate == 1);
}

static void no_pairs_leave_nothing(void **state)
{
    (void)state;
    lk_dyads d = {.people = {1, 0}, .count = 1};
    lk_rate r;
    lk_rate_of_dyads(&r, &d, 0);
    assert_int_equal(r.state, LK_RATE_NONE);
    assert_true(isnan(r.rate) && isnan(r.low) && isnan(r.high) && isnan(r.variance));
    lk_rate_of_people(&r, NULL, NULL, 0);
    assert_int_equal(r.state, LK_RATE_NONE);
    assert_true(isnan(lk_rate_difference(&r, &r).value));
    assert_true(isnan(lk_rate_ratio(&r, &r, 2).low));
}

static void few_people_are_not_estimable(void **state)
{
    (void)state;
    const double pairs[] = {3, 3, 3, 3}, errors[] = {1, 1, 0, 0};
    lk_dyads d = {.people = {4, 0},
                  .count = 4,
                  .pairs = 6,
                  .errors = 1,
                  .pairs_squared = 6,
                  .errors_squared = 1,
                  .product = 1,
                  .person_pairs = pairs,
                  .person_errors = errors};
    lk_rate r;
    lk_rate_of_dyads(&r, &d, 100);
    assert_int_equal(r.state, LK_RATE_FEW);
    assert_true(isnan(r.variance));
    near_to(r.effective, 2);
    near_to(r.high, lk_beta_quantile(0.975, 2.0 / 6 + 1, 2 - 2.0 / 6));
}

static void a_rate_of_people_by_hand(void **state)
{
    (void)state;
    const double pairs[] = {10, 10, 0, 10, 10}, wrong[] = {10, 0, 0, 2, 0};
    lk_rate r;
    lk_rate_of_people(&r, pairs, wrong, 5);
    assert_int_equal(r.people, 4);
    assert_int_equal(r.state, LK_RATE_ESTIMATED);
    near_to(r.rate, 0.3);
    near_to(r.variance, 4.0 / 3 * (49 + 9 + 1 + 9) / 1600);
    near_to(r.effective, 0.21 / r.variance);
    const double even[] = {3, 3, 0, 3, 3}; /* people who differ too little to be chance */
    lk_rate_of_people(&r, pairs, even, 5);
    near_to(r.variance, 0.21 / 40);
    near_to(r.effective, 40);
    const double one[] = {4, 0};
    lk_rate_of_people(&r, one, (const double[]){1, 0}, 2);
    assert_int_equal(r.state, LK_RATE_FEW);
    assert_true(isnan(r.variance));
}

/* ---- comparisons ---- */

static lk_rate made(double rate, double low, double high, double errors, double variance)
{
    return (lk_rate){.rate = rate,
                     .low = low,
                     .high = high,
                     .errors = errors,
                     .pairs = errors / rate,
                     .variance = variance,
                     .effective = rate * (1 - rate) / variance};
}

static void comparisons_by_hand(void **state)
{
    (void)state;
    lk_rate a = made(0.06, 0.05, 0.09, 60, 1e-4), b = made(0.02, 0.01, 0.06, 20, 2.5e-5);
    a.people = 49;
    b.people = 100;
    lk_contrast c = lk_rate_difference(&a, &b);
    near_to(c.value, 0.04);
    near_to(c.low, 0.04 - hypot(0.01, 0.04));
    near_to(c.high, 0.04 + hypot(0.03, 0.01));
    c = lk_rate_ratio(&a, &b, 2);
    double width = sqrt(1.0 / 36 + 1.0 / 16);
    near_to(c.value, 3);
    near_to(c.low, 3 * exp(-1.9599639845400545 * width));
    near_to(c.high, 3 * exp(1.9599639845400545 * width));
    assert_false(c.by_limits);
    c = lk_rate_ratio(&a, &b, 8);
    double tail = 2 * lk_normal_tail(4.2863094093490446 / sqrt(2));
    near_to(c.high, 3 * exp(lk_t_two_sided(1 - tail, 48) * width));
    b.errors = 4;
    b.pairs = 200;
    c = lk_rate_ratio(&a, &b, 2);
    assert_true(c.by_limits);
    double k = b.effective * 0.02;
    near_to(c.low, lk_beta_quantile(0.025, 0.06 * a.effective, 0.94 * a.effective + 1) /
                       lk_beta_quantile(0.975, k + 1, b.effective - k));
    assert_true(lk_rate_ratio(&a, &b, 8).low < c.low && lk_rate_ratio(&a, &b, 8).high > c.high);
}

static void quotients_with_nothing_below(void **state)
{
    (void)state;
    lk_rate a = made(0.06, 0.05, 0.09, 60, 1e-4);
    const double pairs[] = {1, 1, 1, 1, 1}, none[5] = {0};
    lk_rate zero;
    lk_rate_of_people(&zero, pairs, none, 5);
    lk_contrast c = lk_rate_ratio(&a, &zero, 2);
    assert_true(isnan(c.value) && isnan(c.high) && c.low > 0 && c.by_limits);
    c = lk_rate_ratio(&zero, &a, 2);
    assert_true(c.value == 0 && c.low == 0 && c.high > 0);
    double high = c.high;
    assert_true(lk_rate_ratio(&zero, &a, 8).high > high);
}

static void holm_by_hand(void **state)
{
    (void)state;
    lk_test t[] = {{0, 0, 0.01, NAN},
                   {0, 0, 0.04, NAN},
                   lk_test_none(),
                   {0, 0, 0.03, NAN},
                   {0, 0, 0.005, NAN}};
    size_t order[5];
    lk_test_adjust(t, 5, order);
    near_to(t[4].adjusted, 0.02);
    near_to(t[0].adjusted, 0.03);
    near_to(t[3].adjusted, 0.06);
    near_to(t[1].adjusted, 0.06);
    assert_true(isnan(t[2].adjusted));
}

/* ---- planning ---- */

static void people_for_a_factor_of_one_and_a_half(void **state)
{
    (void)state;
    static const double fmr[] = {1e-2, 1e-3, 1e-4}, cv2[] = {0.25, 1, 3};
    static const size_t width[3][3] = {{82, 130, 297}, {229, 269, 399}, {696, 733, 839}};
    static const size_t errors[] = {46, 142, 448};
    lk_audit_plan_numbers plan;
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            assert_ok(lk_audit_plan(&plan, fmr[i], 1.5, cv2[k]));
            assert_int_equal(plan.width, width[i][k]);
            assert_int_equal(plan.errors, errors[i]);
            assert_int_equal(plan.people, width[i][k]);
        }
    assert_ok(lk_audit_plan(&plan, 1e-2, 10, 0));
    assert_int_equal(plan.people, 46);
}

static void impossible_plans_are_refused(void **state)
{
    (void)state;
    lk_audit_plan_numbers plan;
    assert_fails(lk_audit_plan(&plan, 0, 1.5, 1), LK_ERROR_ARGUMENT, "rate of 0");
    assert_fails(lk_audit_plan(&plan, NAN, 1.5, 1), LK_ERROR_ARGUMENT, "rate");
    assert_fails(lk_audit_plan(&plan, 0.01, 1, 1), LK_ERROR_ARGUMENT, "factor of 1");
    assert_fails(lk_audit_plan(&plan, 0.01, INFINITY, 1), LK_ERROR_ARGUMENT, "factor");
    assert_fails(lk_audit_plan(&plan, 0.01, 1.5, -1), LK_ERROR_ARGUMENT, "variation of -1");
    assert_fails(lk_audit_plan(&plan, 1e-300, 1.5, 1), LK_ERROR_ARGUMENT, "no number of people");
    assert_fails(lk_audit_plan(NULL, 0.01, 1.5, 1), LK_ERROR_ARGUMENT, "NULL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variance_by_hand),
        cmocka_unit_test(variance_between_groups_by_hand),
        cmocka_unit_test(a_rate_that_is_estimated),
        cmocka_unit_test(no_error_leaves_a_bound),
        cmocka_unit_test(everything_wrong_leaves_a_bound_too),
        cmocka_unit_test(no_pairs_leave_nothing),
        cmocka_unit_test(few_people_are_not_estimable),
        cmocka_unit_test(a_rate_of_people_by_hand),
        cmocka_unit_test(comparisons_by_hand),
        cmocka_unit_test(quotients_with_nothing_below),
        cmocka_unit_test(holm_by_hand),
        cmocka_unit_test(people_for_a_factor_of_one_and_a_half),
        cmocka_unit_test(impossible_plans_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

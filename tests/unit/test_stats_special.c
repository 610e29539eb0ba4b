/* Distribution functions against numbers of SciPy 1.17, those of the range against a
 * quadrature with 25 digits. */
#include <math.h>

#include "support.h"

#include "stats/special.h"

static void near_to(double found, double expected, double bound)
{
    if (!(fabs(found - expected) <= bound * fabs(expected)))
        fail_msg("found %.17g, expected %.17g", found, expected);
}

#define EACH(table, row) for (size_t row = 0; row < sizeof(table) / sizeof *(table); row++)

static void normal(void **state)
{
    (void)state;
    const double t[][2] = {
        {0.025, -1.9599639845400545}, {0.975, 1.959963984540054},   {0.9, 1.2815515655446004},
        {1e-6, -4.7534243088228987},  {1e-12, -7.0344838253011313}, {0.45, -0.12566134685507402},
        {0.3, -0.52440051270804089},
    };
    EACH(t, i)
    {
        near_to(lk_normal_quantile(t[i][0]), t[i][1], 1e-14);
        near_to(lk_normal_tail(t[i][1]), 1 - t[i][0], 1e-14);
    }
    assert_true(fabs(lk_normal_quantile(0.5)) < 1e-16);
    assert_true(lk_normal_quantile(0) == -INFINITY && lk_normal_quantile(1) == INFINITY);
    assert_true(isnan(lk_normal_quantile(NAN)));
}

static void beta(void **state)
{
    (void)state;
    const double t[][4] = {
        {0.5, 2, 3, 0.6875},
        {0.01, 12.3, 1163.7, 0.47489035953790698},
        {0.99, 3, 0.5, 0.81374624999999989},
        {1e-4, 5000.5, 49995000, 0.49905952155304267},
        {0.001, 1000.25, 1e6, 0.51366164194439033},
        {0.3, 0.5, 0.5, 0.36901011956554536},
        {0.7, 40, 2, 8.2768474891817165e-06},
        {0.0105, 1e4, 1e6, 0.99999999878559431},
    };
    EACH(t, i) near_to(lk_beta_cdf(t[i][0], t[i][1], t[i][2]), t[i][3], 1e-10);
    const double q[][4] = {
        {0.025, 12, 1165, 0.0052834005200571715},
        {0.975, 13, 1164, 0.017756574081852328},
        {0.025, 0.37, 40.2, 8.5429889427318658e-07},
        {0.975, 1.37, 39.2, 0.10636081688151604},
        {0.975, 1, 1e6, 3.6888726502064881e-06},
        {0.025, 500000.5, 4.95e7, 0.0099724493180250919},
        {0.5, 2, 2, 0.5},
    };
    EACH(q, i) near_to(lk_beta_quantile(q[i][0], q[i][1], q[i][2]), q[i][3], 1e-10);
    assert_true(lk_beta_cdf(0, 1, 1) == 0 && lk_beta_cdf(1, 1, 1) == 1);
    assert_true(lk_beta_quantile(0, 1, 1) == 0 && lk_beta_quantile(1, 1, 1) == 1);
    assert_true(isnan(lk_beta_cdf(0.5, 0, 1)) && isnan(lk_beta_cdf(NAN, 1, 1)));
    assert_true(isnan(lk_beta_quantile(0.5, NAN, 1)) && isnan(lk_beta_quantile(2, 1, 1)));
    assert_true(lk_beta_quantile(0.025, 0.001, 5) < 1e-300); /* as good as 0 */
}

static void chi_squared(void **state)
{
    (void)state;
    const double t[][3] = {
        {3.84, 1, 0.050043521248705189},  {0.01, 1, 0.92034432544594202},
        {10, 3, 0.018566135463043251},    {200, 7, 1.1477812240142621e-39},
        {1000, 999, 0.48513148927490146}, {1200, 999, 1.112935044825893e-05},
        {2, 8, 0.98101184312384615},      {70, 8, 4.9144181734172248e-12},
    };
    EACH(t, i) near_to(lk_chi2_tail(t[i][0], t[i][1]), t[i][2], 1e-11);
    assert_true(lk_chi2_tail(0, 1) == 1 && lk_chi2_tail(INFINITY, 3) == 0);
    assert_true(isnan(lk_chi2_tail(1, 0)) && isnan(lk_chi2_tail(NAN, 1)));
}

static void student(void **state)
{
    (void)state;
    const double t[][3] = {
        {2, 3.7, 0.12181720190523398},    {0.01, 48, 0.9920627349020823},
        {12, 48, 4.6691371321737044e-16}, {1.96, 1e6, 0.049996067585269852},
        {5, 2, 0.037749551350623724},     {40, 97.3, 3.2602791242244573e-62},
    };
    EACH(t, i) near_to(lk_t_tails(t[i][0], t[i][1]), t[i][2], 1e-10);
    const double q[][3] = {
        {0.95, 1, 12.706204736174694},       {0.95, 2, 4.3026527297494619},
        {0.95, 48, 2.0106347576242318},      {0.95, 1e6, 1.959966356814107},
        {0.95, 3.3, 3.024874461840807},      {0.99, 9, 3.2498355415921258},
        {0.95, INFINITY, 1.959963984540054},
    };
    EACH(q, i) near_to(lk_t_two_sided(q[i][0], q[i][1]), q[i][2], 1e-10);
    assert_true(isnan(lk_t_tails(1, 0)) && isnan(lk_t_two_sided(0.95, NAN)));
    assert_true(lk_t_tails(INFINITY, 3) == 0 && lk_t_tails(0, 3) == 1);
}

static void studentised_range(void **state)
{
    (void)state;
    const double t[][3] = {
        {3, 2, 0.033894853524689274},     {3.63, 4, 0.050297285140461549},
        {4.3, 8, 0.048598396933070984},   {8, 3, 4.6214387129336174e-08},
        {5.5, 1000, 0.99137696400238129}, {1, 8, 0.99682182160662747},
    };
    EACH(t, i) near_to(lk_range_tail(t[i][0], t[i][1]), t[i][2], 1e-11);
    const double q[][3] = {
        {0.95, 2, 2.7718076486993559},  {0.95, 3, 3.3144931553981212},
        {0.95, 4, 3.6331595749026291},  {0.95, 8, 4.2863094093490446},
        {0.95, 64, 5.8057486953395934}, {0.95, 1000, 7.3696274851383459},
        {0.99, 5, 4.6028210422015752},
    };
    EACH(q, i) near_to(lk_range_quantile(q[i][0], q[i][1]), q[i][2], 1e-11);
    assert_true(lk_range_tail(0, 2) == 1 && lk_range_tail(INFINITY, 2) == 0);
    assert_true(isnan(lk_range_quantile(0.95, 1)) && isnan(lk_range_tail(NAN, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal),
        cmocka_unit_test(beta),
        cmocka_unit_test(chi_squared),
        cmocka_unit_test(student),
        cmocka_unit_test(studentised_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

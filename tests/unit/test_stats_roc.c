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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(perfect_and_reversed_order),
        cmocka_unit_test(counted_by_hand),
        cmocka_unit_test(all_equal_distances_say_nothing),
        cmocka_unit_test(one_kind_of_pair_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

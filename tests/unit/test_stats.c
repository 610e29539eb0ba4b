/* Distances, PCA, spread, neighbours and silhouette against NumPy, SciPy and
 * scikit-learn on small inputs, and the edges: one row, equal rows, NaN. */
#include <math.h>

#include "support.h"

#include <likeness/stats.h>

#include "stats_reference.h"

static void assert_close(const double *found, const double *expected, size_t count, double bound)
{
    for (size_t i = 0; i < count; i++)
        if (!(fabs(found[i] - expected[i]) <= bound))
            fail_msg("entry %zu: found %.17g, expected %.17g", i, found[i], expected[i]);
}

typedef struct reference {
    size_t n, d, components;
    const double *x, *distances, *pca, *pca_1_2, *variance, *ratio, *wss, *silhouette;
    const size_t *group, *nearest;
} reference;

#define REFERENCE(name)                                                                            \
    {                                                                                              \
        name##_n, name##_d, name##_components, name##_x, name##_distances, name##_pca,             \
            name##_pca_1_2, name##_variance, name##_ratio, name##_wss, name##_silhouette,          \
            name##_group, name##_nearest                                                           \
    }

static const reference references[] = {REFERENCE(tall), REFERENCE(wide), REFERENCE(broad)};
enum { REFERENCES = sizeof references / sizeof *references, ROOM = 256 };

static void distances_equal_scipy(void **state)
{
    (void)state;
    for (size_t r = 0; r < REFERENCES; r++) {
        const reference *ref = &references[r];
        double out[ROOM];
        assert_ok(lk_stats_distances(out, ref->x, ref->n, ref->d));
        assert_close(out, ref->distances, ref->n * ref->n, 1e-13);
        for (size_t i = 0; i < ref->n; i++) {
            assert_true(out[i * ref->n + i] == 0);
            for (size_t j = 0; j < i; j++)
                assert_true(out[i * ref->n + j] == out[j * ref->n + i]);
        }
    }
}

static void near_equal_rows_keep_their_digits(void **state)
{
    (void)state;
    const double x[] = {1e6, 1, 1e6, 1 + 1e-7};
    double out[4];
    assert_ok(lk_stats_distances(out, x, 2, 2));
    assert_true(fabs(out[1] - 1e-7) < 1e-15);
}

static void pca_equals_scikit_learn(void **state)
{
    (void)state;
    for (size_t r = 0; r < REFERENCES; r++) {
        const reference *ref = &references[r];
        double out[ROOM], variance[ROOM], ratio[ROOM];
        lk_pca_options options = {.struct_size = sizeof(lk_pca_options),
                                  .components = ref->components};
        assert_ok(lk_stats_pca(out, variance, ratio, ref->x, ref->n, ref->d, &options));
        assert_close(out, ref->pca, ref->n * ref->components, 1e-12);
        assert_close(variance, ref->variance, ref->components, 1e-12);
        assert_close(ratio, ref->ratio, ref->components, 1e-13);
        options.signs = LK_PCA_SIGNS_SKLEARN_1_2;
        assert_ok(lk_stats_pca(out, NULL, NULL, ref->x, ref->n, ref->d, &options));
        assert_close(out, ref->pca_1_2, ref->n * ref->components, 1e-12);
    }
    double out[ROOM];
    assert_ok(lk_stats_pca(out, NULL, NULL, wide_x, wide_n, wide_d, NULL));
    assert_close(out, wide_pca, wide_n * 2, 1e-12);
}

static void pca_of_equal_rows_is_zero(void **state)
{
    (void)state;
    const double x[] = {1, 2, 1, 2, 1, 2};
    double out[6], variance[2], ratio[2];
    assert_ok(lk_stats_pca(out, variance, ratio, x, 3, 2, NULL));
    for (size_t i = 0; i < 6; i++)
        assert_true(out[i] == 0);
    assert_true(variance[0] == 0 && ratio[0] == 0);
    assert_ok(
        lk_stats_pca(out, variance, ratio, x, 1, 2,
                     &(lk_pca_options){.struct_size = sizeof(lk_pca_options), .components = 1}));
    assert_true(out[0] == 0 && variance[0] == 0);
}

static void pca_refuses_too_many_components(void **state)
{
    (void)state;
    double out[64] = {42};
    assert_fails(
        lk_stats_pca(out, NULL, NULL, wide_x, wide_n, wide_d,
                     &(lk_pca_options){.struct_size = sizeof(lk_pca_options), .components = 0}),
        LK_ERROR_ARGUMENT, "components takes a whole number from 1");
    assert_fails(
        lk_stats_pca(out, NULL, NULL, wide_x, wide_n, wide_d,
                     &(lk_pca_options){.struct_size = sizeof(lk_pca_options), .components = 7}),
        LK_ERROR_ARGUMENT, "7 components");
    assert_true(out[0] == 42);
}

static void wss_equals_numpy(void **state)
{
    (void)state;
    for (size_t r = 0; r < REFERENCES; r++) {
        const reference *ref = &references[r];
        lk_wss wss;
        assert_ok(lk_stats_wss(&wss, ref->x, ref->n, ref->d));
        const double found[] = {wss.wss, wss.wss_per_df, wss.mean_cosine, wss.mean_distance};
        assert_int_equal(wss.n, ref->n);
        assert_close(found, ref->wss, 4, 1e-12);
    }
}

static void wss_of_one_row_has_no_pairs(void **state)
{
    (void)state;
    lk_wss wss;
    assert_ok(lk_stats_wss(&wss, wide_x, 1, wide_d));
    assert_true(wss.n == 1 && wss.wss == 0);
    assert_true(isnan(wss.wss_per_df) && isnan(wss.mean_cosine) && isnan(wss.mean_distance));
}

static void a_row_of_zeros_has_cosine_zero(void **state)
{
    (void)state;
    const double x[] = {0, 0, 1, 0, 2, 0};
    lk_wss wss;
    assert_ok(lk_stats_wss(&wss, x, 3, 2));
    assert_true(fabs(wss.mean_cosine - 1.0 / 3) < 1e-15);
}

static void neighbours_equal_numpy(void **state)
{
    (void)state;
    for (size_t r = 0; r < REFERENCES; r++) {
        const reference *ref = &references[r];
        size_t index[ROOM];
        double distance[ROOM], silhouette;
        assert_ok(lk_stats_nearest(index, distance, ref->distances, ref->n));
        for (size_t i = 0; i < ref->n; i++) {
            assert_int_equal(index[i], ref->nearest[i]);
            assert_true(distance[i] == ref->distances[i * ref->n + index[i]]);
        }
        assert_ok(lk_stats_silhouette(&silhouette, ref->distances, ref->group, ref->n));
        assert_close(&silhouette, ref->silhouette, 1, 1e-13);
    }
}

static void silhouette_needs_two_groups(void **state)
{
    (void)state;
    const double distances[] = {0, 1, 1, 0};
    size_t group[] = {1, 1};
    double silhouette = 0;
    assert_ok(lk_stats_silhouette(&silhouette, distances, group, 2));
    assert_true(isnan(silhouette));
    group[0] = 2;
    assert_fails(lk_stats_silhouette(&silhouette, distances, group, 2), LK_ERROR_ARGUMENT,
                 "found group 2");
    size_t index;
    assert_fails(lk_stats_nearest(&index, NULL, distances, 1), LK_ERROR_ARGUMENT, "1 rows");
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, NAN}, infinite[] = {1, INFINITY};
    double out[16] = {42};
    lk_wss wss;
    assert_fails(lk_stats_distances(out, x, 2, 2), LK_ERROR_NUMBER, "row 1, column 1");
    assert_fails(lk_stats_pca(out, NULL, NULL, x, 2, 2, NULL), LK_ERROR_NUMBER, "row 1, column 1");
    assert_fails(lk_stats_wss(&wss, infinite, 1, 2), LK_ERROR_NUMBER, "inf");
    assert_fails(lk_stats_distances(out, x, 0, 2), LK_ERROR_ARGUMENT, "0 rows");
    assert_fails(lk_stats_distances(out, NULL, 2, 2), LK_ERROR_ARGUMENT, "0 rows");
    assert_fails(lk_stats_distances(out, x, SIZE_MAX / 2, 4), LK_ERROR_MEMORY, "do not fit");
    assert_true(out[0] == 42);
}

static void missing_arguments_are_refused(void **state)
{
    (void)state;
    const double x[] = {1, 2};
    const size_t group[] = {0, 1};
    double out;
    size_t index;
    assert_fails(lk_stats_distances(NULL, x, 2, 1), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_pca(NULL, NULL, NULL, x, 2, 1, NULL), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_wss(NULL, x, 2, 1), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_nearest(NULL, &out, x, 2), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_nearest(&index, &out, NULL, 2), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_silhouette(NULL, x, group, 1), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_silhouette(&out, NULL, group, 1), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_silhouette(&out, x, NULL, 1), LK_ERROR_ARGUMENT, "NULL");
    assert_fails(lk_stats_silhouette(&out, x, group, 0), LK_ERROR_ARGUMENT, "NULL");
}

static void impossible_shapes_are_refused(void **state)
{
    (void)state;
    double out = 0;
    assert_fails(lk_stats_distances(&out, (const double[]){1}, 1, 0), LK_ERROR_ARGUMENT,
                 "1 rows of 0 numbers");
    assert_fails(lk_stats_nearest(&(size_t){0}, NULL, &out, 1), LK_ERROR_ARGUMENT, "found 1 rows");
}

/* The first of equals, before and after the row. */
static void the_first_of_equally_near_rows_is_taken(void **state)
{
    (void)state;
    const double x[] = {0, 1, 2, 1};
    double distances[16], nearest[4];
    size_t index[4];
    assert_ok(lk_stats_distances(distances, x, 4, 1));
    assert_ok(lk_stats_nearest(index, nearest, distances, 4));
    assert_true(index[0] == 1 && nearest[0] == 1);
    assert_true(index[1] == 3 && nearest[1] == 0);
    assert_true(index[2] == 1 && nearest[2] == 1);
    assert_true(index[3] == 1 && nearest[3] == 0);
    assert_ok(lk_stats_nearest(index, NULL, distances, 4));
}

/* Numbers that fit, but whose squares do not: no result is infinite or NaN. */
static void huge_numbers_are_refused(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, -1e200}, near[] = {1e153, 0, 0, -1e153};
    const size_t group[] = {0, 1};
    double out[16] = {42};
    lk_wss wss;
    lk_roc *roc;
    assert_fails(lk_stats_distances(out, x, 2, 2), LK_ERROR_NUMBER,
                 "row 1, column 1: found -1e+200");
    assert_fails(lk_stats_pca(out, NULL, NULL, x, 2, 2, NULL), LK_ERROR_NUMBER, "too large");
    assert_fails(lk_stats_wss(&wss, x, 2, 2), LK_ERROR_NUMBER, "too large");
    assert_fails(lk_stats_roc_of_rows(&roc, x, group, 2, 2), LK_ERROR_NUMBER, "too large");
    assert_true(out[0] == 42);
    assert_ok(lk_stats_distances(out, near, 2, 2));
    assert_true(isfinite(out[1]));
    assert_ok(lk_stats_wss(&wss, near, 2, 2));
    assert_true(isfinite(wss.wss) && isfinite(wss.mean_cosine) && isfinite(wss.mean_distance));
    assert_ok(lk_stats_pca(out, out + 4, out + 6, near, 2, 2, NULL));
    for (size_t i = 0; i < 8; i++)
        assert_true(isfinite(out[i]));
}

static void results_do_not_depend_on_threads(void **state)
{
    (void)state;
    double one[ROOM], many[ROOM];
    lk_wss wss_one, wss_many;
    lk_threads_set(1);
    assert_ok(lk_stats_distances(one, tall_x, tall_n, tall_d));
    assert_ok(lk_stats_wss(&wss_one, tall_x, tall_n, tall_d));
    lk_threads_set(3);
    assert_ok(lk_stats_distances(many, tall_x, tall_n, tall_d));
    assert_ok(lk_stats_wss(&wss_many, tall_x, tall_n, tall_d));
    lk_threads_set(0);
    assert_memory_equal(one, many, tall_n * tall_n * sizeof *one);
    assert_true(wss_one.mean_cosine == wss_many.mean_cosine);
    assert_true(wss_one.mean_distance == wss_many.mean_distance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_equal_scipy),
        cmocka_unit_test(near_equal_rows_keep_their_digits),
        cmocka_unit_test(pca_equals_scikit_learn),
        cmocka_unit_test(pca_of_equal_rows_is_zero),
        cmocka_unit_test(pca_refuses_too_many_components),
        cmocka_unit_test(wss_equals_numpy),
        cmocka_unit_test(wss_of_one_row_has_no_pairs),
        cmocka_unit_test(a_row_of_zeros_has_cosine_zero),
        cmocka_unit_test(neighbours_equal_numpy),
        cmocka_unit_test(silhouette_needs_two_groups),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(missing_arguments_are_refused),
        cmocka_unit_test(impossible_shapes_are_refused),
        cmocka_unit_test(the_first_of_equally_near_rows_is_taken),
        cmocka_unit_test(huge_numbers_are_refused),
        cmocka_unit_test(results_do_not_depend_on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

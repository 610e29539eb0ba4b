/* All distances by products, and the nearest pairs, against all pairs one by one. */
#include <math.h>

#include "support.h"

#include <likeness/stats.h>

#include "base/random.h"
#include "base/simd.h"
#include "stats/check.h"
#include "stats/cut.h"

static double *random_rows(size_t n, size_t d, uint64_t seed)
{
    lk_random random;
    lk_random_init(&random, seed, 0);
    double *x = test_malloc(n * d * sizeof *x);
    for (size_t i = 0; i < n * d; i++)
        x[i] = lk_random_normal(&random);
    return x;
}

/* ---- distances by products ---- */

enum { BY_PRODUCTS = 203, PRODUCT_WIDTH = 37 };

/* Rows of single precision, or of more; some are near each other, and two are equal. */
static double *product_rows(bool single)
{
    double *x = random_rows(BY_PRODUCTS, PRODUCT_WIDTH, 12);
    for (size_t k = 0; k < PRODUCT_WIDTH; k++) {
        x[PRODUCT_WIDTH + k] = x[k];
        x[2 * PRODUCT_WIDTH + k] = x[k] * (1 + 1e-6 * (double)k);
    }
    for (size_t i = 0; single && i < BY_PRODUCTS * PRODUCT_WIDTH; i++)
        x[i] = (double)(float)x[i];
    return x;
}

static void products_lose_no_digits(void **state)
{
    (void)state;
    static double out[BY_PRODUCTS * BY_PRODUCTS];
    for (int single = 0; single < 2; single++) {
        double *x = product_rows(single);
        assert_ok(lk_stats_distances(out, x, BY_PRODUCTS, PRODUCT_WIDTH));
        for (size_t i = 0; i < BY_PRODUCTS; i++)
            for (size_t j = 0; j < BY_PRODUCTS; j++) {
                double by_differences = sqrt(lk_stats_squared_distance(
                    x + i * PRODUCT_WIDTH, x + j * PRODUCT_WIDTH, PRODUCT_WIDTH));
                double found = out[i * BY_PRODUCTS + j];
                assert_true(fabs(found - by_differences) <= 1e-13 * by_differences);
                assert_true(found == out[j * BY_PRODUCTS + i]);
            }
        assert_true(out[1] == 0 && out[2] > 0);
        test_free(x);
    }
}

static void products_are_the_same_everywhere(void **state)
{
    (void)state;
    static double out[LK_SIMD_AVX512 + 1][BY_PRODUCTS * BY_PRODUCTS];
    for (int single = 0; single < 2; single++) {
        double *x = product_rows(single);
        for (lk_simd simd = LK_SIMD_PLAIN; simd <= LK_SIMD_AVX512; simd++) {
            lk_simd_limit(simd);
            lk_threads_set(1 + (size_t)simd);
            assert_ok(lk_stats_distances(out[simd], x, BY_PRODUCTS, PRODUCT_WIDTH));
            assert_memory_equal(out[simd], out[0], sizeof *out);
        }
        lk_threads_set(0);
        test_free(x);
    }
}

typedef struct told_lines {
    double *seen;
    const double *out;
    size_t next;
    bool in_order;
} told_lines;

static void take_lines(void *user, double *lines, size_t first, size_t count)
{
    told_lines *t = user;
    t->in_order &= first == t->next && lines == t->out + first * BY_PRODUCTS && count > 0;
    memcpy(t->seen + first * BY_PRODUCTS, lines, count * BY_PRODUCTS * sizeof *lines);
    memset(lines, 0xff, count * BY_PRODUCTS * sizeof *lines); /* they may be changed */
    t->next = first + count;
}

static void lines_are_told_when_they_are_finished(void **state)
{
    (void)state;
    static double seen[BY_PRODUCTS * BY_PRODUCTS], out[BY_PRODUCTS * BY_PRODUCTS];
    double *x = product_rows(false);
    for (size_t threads = 1; threads <= 3; threads++) {
        told_lines told = {seen, out, 0, true};
        lk_threads_set(threads);
        assert_ok(lk_stats_distances_told(out, x, BY_PRODUCTS, PRODUCT_WIDTH, take_lines, &told));
        assert_true(told.in_order && told.next == BY_PRODUCTS);
        assert_ok(lk_stats_distances(out, x, BY_PRODUCTS, PRODUCT_WIDTH));
        assert_memory_equal(out, seen, sizeof seen);
    }
    lk_threads_set(0);
    test_free(x);
}

/* ---- the nearest pairs ---- */

static int by_nearness(const void *a, const void *b)
{
    const lk_near_pair *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    size_t i = x->first * BY_PRODUCTS + x->second, j = y->first * BY_PRODUCTS + y->second;
    return (i > j) - (i < j);
}

/* Some distances are equal: those of rows that are. */
static void nearest_pairs_are_those_of_all(void **state)
{
    (void)state;
    enum { MOST = 20 };
    static lk_near_pair all[BY_PRODUCTS * BY_PRODUCTS];
    lk_near_pair found[MOST];
    size_t person[BY_PRODUCTS], pairs = 0, count;
    double *x = product_rows(true);
    for (size_t i = 0; i < BY_PRODUCTS; i++) {
        person[i] = i / 2;
        for (size_t k = 0; i % 5 == 0 && k < PRODUCT_WIDTH; k++)
            x[i * PRODUCT_WIDTH + k] = x[k];
    }
    for (size_t j = 0; j < BY_PRODUCTS; j++)
        for (size_t i = 0; i < j; i++)
            if (person[i] != person[j])
                all[pairs++] = (lk_near_pair){
                    i, j,
                    sqrt(lk_stats_squared_distance(x + i * PRODUCT_WIDTH, x + j * PRODUCT_WIDTH,
                                                   PRODUCT_WIDTH))};
    qsort(all, pairs, sizeof *all, by_nearness);
    for (size_t threads = 1; threads <= 3; threads++) {
        lk_threads_set(threads);
        assert_ok(lk_stats_nearest_pairs(found, &count, MOST, x, person, BY_PRODUCTS, PRODUCT_WIDTH,
                                         LK_METRIC_EUCLIDEAN, NULL, NULL));
        assert_int_equal(count, MOST);
        for (size_t i = 0; i < MOST; i++)
            assert_true(by_nearness(&found[i], &all[i]) == 0);
    }
    lk_threads_set(0);
    assert_ok(lk_stats_nearest_pairs(found, &count, MOST, x, person, 3, PRODUCT_WIDTH,
                                     LK_METRIC_EUCLIDEAN, NULL, NULL));
    assert_int_equal(count, 2);
    test_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_lose_no_digits),
        cmocka_unit_test(products_are_the_same_everywhere),
        cmocka_unit_test(nearest_pairs_are_those_of_all),
        cmocka_unit_test(lines_are_told_when_they_are_finished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

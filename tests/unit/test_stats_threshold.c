/* The one threshold of several populations: against all pairs in a row, to the bit, and in how
 * much memory. */
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "support.h"

#include <likeness/stats.h>

#include "base/random.h"
#include "stats/check.h"

enum { MOST_POPULATIONS = 3, MOST_ROWS = 40, MOST_WIDTH = 20 };

static int test_by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* out: the distances of all pairs of different people, sorted. Returns how many. */
static size_t all_pairs(double *out, const lk_bias_rows *populations, size_t count)
{
    size_t total = 0;
    for (size_t p = 0; p < count; p++) {
        const lk_bias_rows *r = &populations[p];
        for (size_t i = 0; i < r->n; i++)
            for (size_t j = 0; j < i; j++)
                if (r->person[i] != r->person[j])
                    out[total++] =
                        sqrt(lk_stats_squared_distance(r->x + i * r->d, r->x + j * r->d, r->d));
    }
    qsort(out, total, sizeof *out, test_by_size);
    return total;
}

/* The largest distance whose share is not above the rate; *share is what it gives. */
static double threshold_of(const double *sorted, size_t total, double rate, double *share)
{
    size_t passing = 0;
    for (size_t i = 0; i < total; i++)
        if ((i + 1 == total || sorted[i + 1] > sorted[i]) &&
            (double)(i + 1) / (double)total <= rate)
            passing = i + 1;
    *share = (double)passing / (double)total;
    return passing ? sorted[passing - 1] : nextafter(sorted[0], -INFINITY);
}

/* On a grid of a few numbers many distances are equal. */
static void make_population(lk_bias_rows *rows, double *x, size_t *person, lk_random *random,
                            bool grid)
{
    size_t d = 1 + lk_random_below(random, MOST_WIDTH),
           n = 2 + lk_random_below(random, MOST_ROWS - 2);
    for (size_t i = 0; i < n * d; i++)
        x[i] = grid ? (double)lk_random_below(random, 3) : lk_random_normal(random);
    for (size_t i = 0; i < n; i++)
        person[i] = lk_random_below(random, 9);
    person[0] = 9;
    *rows = (lk_bias_rows){x, person, n, d, 10};
}

static void a_threshold_is_what_counting_finds(void **state)
{
    (void)state;
    static double x[MOST_POPULATIONS][MOST_ROWS * MOST_WIDTH];
    static double sorted[MOST_POPULATIONS * MOST_ROWS * MOST_ROWS / 2];
    size_t person[MOST_POPULATIONS][MOST_ROWS];
    lk_bias_rows rows[MOST_POPULATIONS];
    lk_random random;
    lk_random_init(&random, 41, 0);
    for (int turn = 0; turn < 60; turn++) {
        size_t count = 1 + (size_t)turn % MOST_POPULATIONS;
        for (size_t p = 0; p < count; p++)
            make_population(&rows[p], x[p], person[p], &random, turn & 1);
        size_t total = all_pairs(sorted, rows, count);
        for (int k = 0; k < 5; k++) {
            double rate = k == 0 ? 0 : k == 1 ? 1 : pow(lk_random_unit(&random), k - 1);
            double found, share, expected_share;
            double expected = threshold_of(sorted, total, rate, &expected_share);
            assert_ok(lk_stats_threshold(&found, &share, rows, count, rate));
            assert_true(found == expected);
            assert_true(share == expected_share);
        }
    }
}

static double megabytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024e-6;
}

/* 40 million pairs would be 320 MB. */
static void pairs_are_not_kept(void **state)
{
    (void)state;
    enum { ROWS = 9000 };
    static double x[ROWS];
    static size_t person[ROWS];
    double threshold, rate;
    for (size_t i = 0; i < ROWS; i++) {
        x[i] = sqrt((double)i);
        person[i] = i;
    }
    const lk_bias_rows rows = {x, person, ROWS, 1, ROWS};
    double before = megabytes();
    assert_ok(lk_stats_threshold(&threshold, &rate, &rows, 1, 0.01));
    assert_true(rate <= 0.01 && rate > 0.0099);
    assert_true(megabytes() - before < 160);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_threshold_is_what_counting_finds),
        cmocka_unit_test(pairs_are_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The walk over pairs and the exact threshold, against all pairs one by one. */
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

static double pair_distance(const double *x, size_t d, size_t i, size_t j)
{
    return sqrt(lk_stats_squared_distance(x + i * d, x + j * d, d));
}

/* ---- every pair once, to the bit ---- */

typedef struct seen {
    const double *x, *y;
    size_t n, m, d;
    double *distance; /* [n, m], NaN where not seen */
} seen;

static void keep_all(void *user, const lk_walk_block *block)
{
    seen *s = user;
    for (size_t i = 0; i < block->rows; i++)
        for (size_t j = s->y ? 0 : lk_walk_first(block, i); j < block->columns; j++) {
            double *at = &s->distance[(block->row + i) * s->m + block->column + j];
            if (!isnan(*at))
                *at = -1; /* twice */
            else
                *at = block->distance[i * block->columns + j];
        }
}

static void expect_all(const lk_walk *how, size_t n, size_t m, size_t d)
{
    double *x = random_rows(n, d, 1), *y = how->y ? random_rows(m, d, 2) : NULL;
    double *distance = test_malloc(n * m * sizeof *distance);
    for (size_t i = 0; i < n * m; i++)
        distance[i] = NAN;
    seen s = {x, y, n, m, d, distance};
    lk_walk walk = *how;
    walk.what = "walk", walk.x = x, walk.n = n, walk.d = d, walk.y = y, walk.m = m;
    walk.visit = keep_all, walk.user = &s;
    assert_ok(lk_walk_pairs(&walk));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            double found = distance[i * m + j];
            if (!y && j <= i) {
                assert_true(isnan(found));
                continue;
            }
            const double *b = y ? y + j * d : x + j * d;
            double expected = sqrt(lk_stats_squared_distance(x + i * d, b, d));
            if (found != expected)
                fail_msg("%zu x %zu of %zu, pair %zu %zu: found %.17g, expected %.17g", n, m, d, i,
                         j, found, expected);
        }
    test_free(distance);
    test_free(x);
    if (y)
        test_free(y);
}

static void each_pair_comes_once_and_exactly(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 63, 64, 65, 131}, widths[] = {1, 7, 8, 19};
    for (size_t threads = 1; threads <= 3; threads++)
        for (size_t i = 0; i < 6; i++)
            for (size_t k = 0; k < 4; k++) {
                lk_walk walk = {.threads = threads};
                expect_all(&walk, sizes[i], sizes[i], widths[k]);
                walk.y = (const double[]){0};
                expect_all(&walk, sizes[i], 70, widths[k]);
            }
    for (int simd = LK_SIMD_PLAIN; simd <= LK_SIMD_AVX512; simd++) {
        lk_simd_limit((lk_simd)simd);
        expect_all(&(lk_walk){.threads = 2}, 131, 131, 19);
    }
}

/* ---- units ---- */

typedef struct unit_log {
    size_t ends[8], count;
} unit_log;

static void ignore_block(void *user, const lk_walk_block *block)
{
    (void)user;
    (void)block;
}

static void log_unit(void *user, size_t thread, size_t unit, size_t row, size_t end)
{
    unit_log *log = user;
    (void)thread;
    assert_int_equal(unit, log->count);
    assert_int_equal(row, unit ? log->ends[unit - 1] : 0);
    log->ends[log->count++] = end;
}

static void units_end_where_people_do(void **state)
{
    (void)state;
    double *x = random_rows(300, 3, 1);
    const size_t ends[] = {10, 70, 75, 130, 290, 300};
    unit_log log = {0};
    lk_walk walk = {.what = "walk",
                    .x = x,
                    .n = 300,
                    .d = 3,
                    .threads = 1,
                    .ends = ends,
                    .end_count = 6,
                    .visit = ignore_block,
                    .leave = log_unit,
                    .user = &log};
    assert_int_equal(lk_walk_units(&walk), 3);
    assert_ok(lk_walk_pairs(&walk));
    assert_int_equal(log.count, 3);
    assert_true(log.ends[0] == 70 && log.ends[1] == 290 && log.ends[2] == 300);
    test_free(x);
}

/* ---- progress ---- */

static bool stop_at_once(void *user, const char *what, uint64_t done, uint64_t total)
{
    (void)what;
    assert_true(done <= total);
    ++*(size_t *)user;
    return false;
}

static bool count_up(void *user, const char *what, uint64_t done, uint64_t total)
{
    assert_string_equal(what, "walk");
    assert_int_equal(total, 300 * 299 / 2);
    *(uint64_t *)user = done;
    return true;
}

static void progress_counts_pairs_and_can_stop(void **state)
{
    (void)state;
    double *x = random_rows(300, 3, 1);
    size_t calls = 0;
    uint64_t done = 0;
    lk_walk walk = {.what = "walk",
                    .x = x,
                    .n = 300,
                    .d = 3,
                    .threads = 1,
                    .visit = ignore_block,
                    .progress = count_up,
                    .progress_user = &done};
    assert_ok(lk_walk_pairs(&walk));
    assert_int_equal(done, 300 * 299 / 2);
    walk.progress = stop_at_once;
    walk.progress_user = &calls;
    assert_fails(lk_walk_pairs(&walk), LK_ERROR_CANCELLED, "walk: stopped");
    assert_int_equal(calls, 1);
    test_free(x);
}

/* ---- cosines ---- */

static void cosines_are_exact_where_rows_are_near(void **state)
{
    (void)state;
    /* The same direction, a right angle, the opposite; lengths do not matter. */
    double x[] = {3e-200, 0, 3e100, 0, 0, 5, -1, 0}, found[16];
    seen s = {x, NULL, 4, 4, 2, found};
    for (size_t i = 0; i < 16; i++)
        found[i] = NAN;
    lk_walk walk = {.what = "walk",
                    .x = x,
                    .n = 4,
                    .d = 2,
                    .metric = LK_METRIC_COSINE,
                    .threads = 1,
                    .visit = keep_all,
                    .user = &s};
    assert_ok(lk_walk_pairs(&walk));
    assert_true(found[1] == 0 && found[2] == 1 && found[3] == 2 && found[6] == 1);
    x[4] = x[5] = 0;
    assert_fails(lk_walk_pairs(&walk), LK_ERROR_NUMBER, "row 2 holds zeros only");
    x[4] = NAN;
    assert_fails(lk_walk_pairs(&walk), LK_ERROR_NUMBER, "row 2, column 0: found nan");
}

/* ---- thresholds ---- */

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static bool unlike(void *user, size_t i, size_t j)
{
    const size_t *person = user;
    return person[i] != person[j];
}

static void expect_cuts(const double *x, const size_t *person, size_t n, size_t d)
{
    static const double rates[] = {0, 1e-5, 1e-3, 0.01, 0.1, 0.5, 0.999, 1};
    enum { RATES = sizeof rates / sizeof *rates };
    double *all = test_malloc(n * n * sizeof *all);
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (person[i] != person[j])
                all[total++] = pair_distance(x, d, i, j);
    qsort(all, total, sizeof *all, by_value);
    lk_cut cuts[RATES];
    lk_walk walk = {.what = "walk", .x = x, .n = n, .d = d, .threads = 2};
    assert_ok(lk_walk_cuts(cuts, rates, RATES, &walk, unlike, (void *)person));
    for (size_t t = 0; t < RATES; t++) {
        size_t passing = 0; /* the most that end between two different distances */
        for (size_t k = 1; k <= total; k++)
            if ((k == total || all[k] > all[k - 1]) && (double)k / (double)total <= rates[t])
                passing = k;
        double expected = passing ? all[passing - 1] : nextafter(all[0], -INFINITY);
        if (cuts[t].total != total || cuts[t].passing != passing || cuts[t].threshold != expected)
            fail_msg("rate %g: found %zu of %zu at %.17g, expected %zu of %zu at %.17g", rates[t],
                     (size_t)cuts[t].passing, (size_t)cuts[t].total, cuts[t].threshold, passing,
                     total, expected);
    }
    test_free(all);
}

static void cuts_are_those_of_sorted_distances(void **state)
{
    (void)state;
    enum { N = 1000, D = 16 };
    double *x = random_rows(N, D, 3);
    size_t *person = test_malloc(N * sizeof *person);
    for (size_t i = 0; i < N; i++)
        person[i] = i / 2;
    expect_cuts(x, person, N, D);
    /* Far from the origin all distances lie in the first bins. */
    for (size_t i = 0; i < N * D; i++)
        x[i] += 1e9;
    expect_cuts(x, person, N, D);
    test_free(person);
    test_free(x);
}

/* Of many rows it is guessed from a few where thresholds lie. By counting: so many pass as the
 * rate allows, and the next one would be too many. */
static void expect_counted(const double *x, const size_t *person, size_t n)
{
    static const double rates[] = {0, 1e-4, 0.01, 0.1, 1};
    enum { RATES = sizeof rates / sizeof *rates };
    lk_cut cuts[RATES];
    lk_walk walk = {.what = "walk", .x = x, .n = n, .d = 1, .threads = 2};
    assert_ok(lk_walk_cuts(cuts, rates, RATES, &walk, unlike, (void *)person));
    uint64_t total = 0, passing[RATES] = {0}, with_next[RATES] = {0}, at[RATES] = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            if (person[i] == person[j])
                continue;
            double distance = fabs(x[i] - x[j]);
            total++;
            for (size_t t = 0; t < RATES; t++) {
                passing[t] += distance <= cuts[t].threshold;
                at[t] += distance == cuts[t].threshold;
                with_next[t] += distance <= cuts[t].next;
            }
        }
    for (size_t t = 0; t < RATES; t++) {
        uint64_t allowed = lk_cut_allowed(rates[t], total);
        assert_true(cuts[t].total == total && cuts[t].passing == passing[t]);
        assert_true(passing[t] <= allowed && (passing[t] == total || with_next[t] > allowed));
        assert_true(passing[t] == 0 || at[t] > 0);
        lk_cut alone; /* one wrong guess spoils those of other rates */
        assert_ok(lk_walk_cuts(&alone, &rates[t], 1, &walk, unlike, (void *)person));
        assert_true(alone.threshold == cuts[t].threshold && alone.passing == cuts[t].passing);
        assert_true(alone.next == cuts[t].next && alone.total == total);
    }
}

static void a_guess_changes_nothing(void **state)
{
    (void)state;
    enum { N = 1200 };
    double *x = random_rows(N, 1, 11);
    size_t *person = test_malloc(N * sizeof *person);
    for (size_t i = 0; i < N; i++)
        person[i] = i / 2;
    expect_counted(x, person, N);
    for (size_t i = 0; i < N; i += 8) /* the few lie wider apart than the others: there is more */
        x[i] = 30 * x[i];             /* than was guessed */
    expect_counted(x, person, N);
    for (size_t i = 0; i < N; i += 8) /* and closer: it is not where it was guessed */
        x[i] = x[i] / 900;
    expect_counted(x, person, N);
    for (size_t i = 0; i < N; i++) /* many distances are one: too many to keep */
        x[i] = (double)(i % 3);
    expect_counted(x, person, N);
    for (size_t i = 0; i < N; i++) /* the few make no pair that counts */
        person[i] = i % 8 == 0 ? 0 : i;
    expect_counted(x, person, N);
    test_free(person);
    test_free(x);
}

/* Many distances are one: they pass together or not at all. */
static void equal_distances_pass_together(void **state)
{
    (void)state;
    enum { N = 1600 };
    double *x = test_malloc(N * sizeof *x);
    size_t *person = test_malloc(N * sizeof *person);
    for (size_t i = 0; i < N; i++) {
        x[i] = (double)(i % 2) + (i % 100 == 0 ? 5 : 0);
        person[i] = i;
    }
    expect_cuts(x, person, N, 1);
    for (size_t i = 0; i < N; i++)
        x[i] = 7;
    expect_cuts(x, person, N, 1);
    test_free(person);
    test_free(x);
}

static void cuts_want_pairs(void **state)
{
    (void)state;
    const double x[] = {1, 2}, rate = 0.5, wrong = 1.5;
    const size_t person[] = {0, 0};
    lk_cut cut;
    lk_walk walk = {.what = "walk", .x = x, .n = 2, .d = 1, .threads = 1};
    assert_fails(lk_walk_cuts(&cut, &rate, 1, &walk, unlike, (void *)person), LK_ERROR_ARGUMENT,
                 "no pair");
    assert_fails(lk_walk_cuts(&cut, &wrong, 1, &walk, NULL, NULL), LK_ERROR_ARGUMENT,
                 "a rate of 1.5");
}

static void lines_are_those_of_the_matrix(void **state)
{
    (void)state;
    enum { N = 150, D = 11 };
    static double whole[N * N], lines[N * N];
    double *x = random_rows(N, D, 9);
    assert_ok(lk_stats_distances(whole, x, N, D));
    assert_ok(lk_stats_distances_from(lines, x, N, D, 0, 70));
    assert_ok(lk_stats_distances_from(lines + 70 * N, x, N, D, 70, N - 70));
    assert_memory_equal(whole, lines, sizeof whole);
    for (size_t i = 0; i < N; i++)
        assert_true(whole[i * N + i] == 0);
    assert_fails(lk_stats_distances_from(lines, x, N, D, 1, N), LK_ERROR_ARGUMENT, "beyond");
    test_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pair_comes_once_and_exactly),
        cmocka_unit_test(units_end_where_people_do),
        cmocka_unit_test(progress_counts_pairs_and_can_stop),
        cmocka_unit_test(cosines_are_exact_where_rows_are_near),
        cmocka_unit_test(cuts_are_those_of_sorted_distances),
        cmocka_unit_test(a_guess_changes_nothing),
        cmocka_unit_test(equal_distances_pass_together),
        cmocka_unit_test(cuts_want_pairs),
        cmocka_unit_test(lines_are_those_of_the_matrix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* How often the audit's tests find a difference that is not there. Each bar has a method
 * beside it that must miss it.
 *
 * Seeds are fixed. LIKENESS_SLOW=1 makes 2,000 runs, else fewer. */
#include <math.h>

#include "support.h"

#include "audit_people.h"
#include "stats/audit.h"
#include "stats/rate.h"

static uint64_t runs(uint64_t fast)
{
    return is_slow() ? RUNS : fast;
}

/* The bar, and two standard errors of a share that fewer runs give. */
static double alarm_bar(uint64_t count)
{
    return count < RUNS ? 0.075 + 2 * sqrt(0.075 * 0.925 / (double)count) : 0.075;
}

/* ---- spread ---- */

enum { SPREAD_D = 8, SPREAD_MOST = 200 };

/* Two groups of people, a photograph each: rows of unit length about centres that lie at a
 * right angle. Both spread alike. */
typedef struct two_groups {
    double x[2 * SPREAD_MOST * SPREAD_D];
    size_t n[2];
} two_groups;

static void draw_two(two_groups *g, size_t n, size_t m, lk_random *random)
{
    g->n[0] = n;
    g->n[1] = m;
    for (size_t i = 0; i < n + m; i++) {
        double *row = g->x + i * SPREAD_D, square = 0;
        for (size_t k = 0; k < SPREAD_D; k++)
            row[k] = lk_random_normal(random) + (k == (i < n ? 0 : 1) ? 1.5 : 0);
        for (size_t k = 0; k < SPREAD_D; k++)
            square += row[k] * row[k];
        for (size_t k = 0; k < SPREAD_D; k++)
            row[k] /= sqrt(square);
    }
}

static bool welch_alarms(const two_groups *g)
{
    static size_t person[2 * SPREAD_MOST], group[2 * SPREAD_MOST];
    for (size_t i = 0; i < g->n[0] + g->n[1]; i++) {
        person[i] = i;
        group[i] = i >= g->n[0];
    }
    const lk_audit_rows rows = {.x = g->x,
                                .n = g->n[0] + g->n[1],
                                .d = SPREAD_D,
                                .person = person,
                                .people = g->n[0] + g->n[1],
                                .group = group,
                                .groups = 2};
    lk_audit_sorted sorted;
    lk_spread found[2];
    assert_ok(lk_audit_sort(&sorted, &rows, LK_METRIC_EUCLIDEAN));
    for (size_t k = 0; k < 2; k++)
        assert_ok(lk_audit_spread(&found[k], &sorted, k));
    lk_audit_sorted_clear(&sorted);
    return lk_audit_welch(&found[0], &found[1]).p < 0.05;
}

/* WSS / (n - 1) of rows order[first], order[first + 1], ... */
static double plain_wss(const double *x, const size_t *order, size_t first, size_t n)
{
    double sum = 0, mean[SPREAD_D] = {0};
    for (size_t i = first; i < first + n; i++)
        for (size_t k = 0; k < SPREAD_D; k++)
            mean[k] += x[order[i] * SPREAD_D + k] / (double)n;
    for (size_t i = first; i < first + n; i++)
        for (size_t k = 0; k < SPREAD_D; k++) {
            double away = x[order[i] * SPREAD_D + k] - mean[k];
            sum += away * away;
        }
    return sum / (double)(n - 1);
}

static double wss_difference(const two_groups *g, const size_t *order)
{
    return fabs(plain_wss(g->x, order, 0, g->n[0]) - plain_wss(g->x, order, g->n[0], g->n[1]));
}

/* A permutation of the labels of rows as they are. */
static bool permutation_alarms(const two_groups *g, lk_random *random)
{
    enum { PERMUTATIONS = 199 };
    size_t order[2 * SPREAD_MOST], n = g->n[0] + g->n[1], above = 0;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    double found = wss_difference(g, order);
    for (size_t k = 0; k < PERMUTATIONS; k++) {
        for (size_t left = n; left > 1; left--) {
            size_t at = lk_random_below(random, left), kept = order[at];
            order[at] = order[left - 1];
            order[left - 1] = kept;
        }
        above += wss_difference(g, order) >= found;
    }
    return (double)(above + 1) / (PERMUTATIONS + 1) <= 0.05;
}

static void spread_test_alarms_rarely(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{20, 20}, {49, 49}, {49, 196}, {100, 100}};
    static two_groups g;
    misses = 0;
    for (size_t i = 0; i < 4; i++) {
        double welch = 0, count = (double)runs(300);
        for (uint64_t run = 0; run < runs(300); run++) {
            lk_random random;
            lk_random_init(&random, run, sizes[i][0] * 1000 + sizes[i][1]);
            draw_two(&g, sizes[i][0], sizes[i][1], &random);
            welch += welch_alarms(&g) / count;
        }
        bar("false alarms of the spread test", (design){SPREAD_D, sizes[i][1], 1}, 0, welch, 0.02,
            alarm_bar(runs(300)));
    }
    assert_int_equal(misses, 0);
}

static void permuting_raw_labels_alarms_too_often(void **state)
{
    (void)state;
    static two_groups g;
    double alarms = 0, count = (double)runs(200);
    for (uint64_t run = 0; run < runs(200); run++) {
        lk_random random;
        lk_random_init(&random, run, 49);
        draw_two(&g, 49, 49, &random);
        alarms += permutation_alarms(&g, &random) / count;
    }
    if (is_slow() || alarms < 0.10)
        print_message("permutation of raw labels: %.4f\n", alarms);
    assert_true(alarms >= 0.10);
}

/* ---- worst against best ---- */

enum { MANY = 8 };

/* Shares of the runs in which eight groups that are all alike seem to differ. */
typedef struct alarms {
    double ours, naive, omnibus, rest;
} alarms;

static bool any_rest_alarms(const lk_test *rest)
{
    for (size_t g = 0; g < MANY; g++)
        if (rest[g].adjusted < 0.05)
            return true;
    return false;
}

static void compare_many(alarms *out, const lk_rate *r, double errors, double count)
{
    lk_test rests[MANY];
    lk_contrast ratios[MANY];
    lk_rate fnmr[MANY];
    lk_audit_level level = {.fnmr = fnmr, .rest = rests, .rest_ratio = ratios};
    level.fmr = (lk_rate *)(uintptr_t)r;
    memcpy(fnmr, r, sizeof fnmr);
    lk_rate_of_variance(&level.pooled, errors, MANY * r[0].pairs, MANY * 49, 1e-4);
    assert_ok(lk_audit_compare(&level, MANY));
    const lk_audit_extremes *e = &level.fmr_extremes;
    if (e->groups == MANY) {
        out->ours += (e->ratio.low > 1) / count;
        out->naive += (lk_rate_ratio(&r[e->worst], &r[e->best], 2).low > 1) / count;
    }
    out->omnibus += (level.omnibus.p < 0.05) / count;
    out->rest += any_rest_alarms(rests) / count;
}

static alarms many_alike(design c, double rate, uint64_t count)
{
    static double x[100 * MOST_D];
    static counted found;
    double squared = squared_threshold(rate, (double)c.d);
    alarms out = {0};
    for (uint64_t run = 0; run < count; run++) {
        lk_rate r[MANY];
        lk_random random;
        lk_random_init(&random, run, 8 + c.d * c.n);
        double errors = 0;
        for (size_t g = 0; g < MANY; g++) {
            draw_people(x, c, &random);
            count_within(&found, x, c, &squared, 1);
            lk_rate_of_dyads(&r[g], &found.dyads, rate * found.dyads.pairs);
            errors += r[g].errors;
        }
        compare_many(&out, r, errors, (double)count);
    }
    return out;
}

static void worst_against_best_alarms_rarely(void **state)
{
    (void)state;
    misses = 0;
    for (size_t d = 2; d <= (is_slow() ? 8 : 2); d *= 2)
        for (size_t n = 49; n <= (is_slow() ? 100 : 49); n += 51)
            for (size_t t = 0; t < (is_slow() ? 2 : 1); t++) {
                design c = {d, n, 1};
                double most = alarm_bar(runs(200));
                alarms a = many_alike(c, fmr[t], runs(200));
                bar("worst against best", c, fmr[t], a.ours, 0, most);
                bar("omnibus", c, fmr[t], a.omnibus, 0, most);
                bar("against the rest", c, fmr[t], a.rest, 0, most);
                if (is_slow())
                    print_message("naive %.4f\n", a.naive);
                if (t == 0)
                    assert_true(a.naive > 0.2);
            }
    assert_int_equal(misses, 0);
}

/* ---- no wrong pair ---- */

/* Where the truth is the bound itself, a sample without a wrong pair is that rare. */
static void bounds_of_nothing_hold(void **state)
{
    (void)state;
    static double x[49 * MOST_PHOTOS * MOST_D];
    static counted found;
    misses = 0;
    for (size_t d = 2; d <= 8; d *= 2)
        for (size_t photos = 1; photos <= 3; photos += 2) {
            const design c = {d, 49, photos};
            double bound = 1 - pow(0.05, 1.5 / 1176), none = 0, count = (double)runs(300);
            double squared = squared_threshold(bound, (double)d);
            for (uint64_t run = 0; run < runs(300); run++) {
                lk_random random;
                lk_random_init(&random, run, d * 10 + photos);
                draw_people(x, c, &random);
                count_within(&found, x, c, &squared, 1);
                none += (found.dyads.errors == 0) / count;
            }
            bar("none at the bound", c, bound, none, 0, 0.05);
        }
    assert_int_equal(misses, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spread_test_alarms_rarely),
        cmocka_unit_test(permuting_raw_labels_alarms_too_often),
        cmocka_unit_test(worst_against_best_alarms_rarely),
        cmocka_unit_test(bounds_of_nothing_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

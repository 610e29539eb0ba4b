/* Whether the audit's intervals keep their promise, where the truth is known. Every bar has a
 * method beside it that must miss it: a test that nothing can fail shows nothing.
 *
 * Seeds are fixed. LIKENESS_SLOW=1 runs every cell, else those of 49 people. */
#include <math.h>

#include "support.h"

#include "audit_people.h"

/* ---- coverage ---- */

static bool holds(double low, double high, double truth)
{
    return low <= truth && truth <= high;
}

/* As if pairs were independent. */
static bool naive_holds(const lk_rate *r, double truth)
{
    double k = r->errors, low = k > 0 ? lk_beta_quantile(0.025, k, r->pairs - k + 1) : 0;
    double high = lk_beta_quantile(0.975, k + 1, r->pairs - k);
    return holds(low, high, truth);
}

/* Leaves out each person in turn: the pairs' own noise counts twice. */
static double jackknife_variance(const lk_dyads *d)
{
    double sum = 0, n = (double)d->count;
    for (size_t i = 0; i < d->count; i++) {
        double without = (d->errors - d->person_errors[i]) / (d->pairs - d->person_pairs[i]);
        double away = without - d->errors / d->pairs;
        sum += away * away;
    }
    return sum * (n - 1) / n;
}

typedef struct cell {
    double held, naive, ratio, miss, between; /* shares of the runs */
    double mean, square, variance, jackknife; /* of the rate; of its estimated variance */
} cell;

static void add_run(cell *out, const counted *a, const counted *b, double rate, double fnmr)
{
    lk_rate r, other, own;
    lk_rate_of_dyads(&r, &a->dyads, rate * a->dyads.pairs);
    lk_rate_of_dyads(&other, &b->dyads, rate * b->dyads.pairs);
    lk_rate_of_people(&own, a->own_pairs, a->own_errors, a->dyads.count);
    lk_contrast ratio = lk_rate_ratio(&r, &other, 2);
    out->held += holds(r.low, r.high, rate) / (double)RUNS;
    out->naive += naive_holds(&r, rate) / (double)RUNS;
    out->miss += (own.state == LK_RATE_NONE || holds(own.low, own.high, fnmr)) / (double)RUNS;
    out->ratio += (ratio.low <= 1 && !(ratio.high < 1)) / (double)RUNS;
    out->mean += r.rate / RUNS;
    out->square += r.rate * r.rate / RUNS;
    out->variance += r.variance / RUNS;
    out->jackknife += jackknife_variance(&a->dyads) / RUNS;
}

static void simulate(cell out[RATES], design c)
{
    static double x[2][MOST_N * MOST_PHOTOS * MOST_D];
    static counted found[2][RATES], between;
    double squared[RATES];
    for (size_t t = 0; t < RATES; t++)
        squared[t] = squared_threshold(fmr[t], (double)c.d);
    memset(out, 0, RATES * sizeof *out);
    for (uint64_t run = 0; run < RUNS; run++) {
        lk_random random;
        lk_random_init(&random, run, c.d + 10 * c.n + 10000 * c.photos);
        for (size_t g = 0; g < 2; g++) {
            draw_people(x[g], c, &random);
            count_within(found[g], x[g], c, squared, RATES);
        }
        for (size_t t = 0; t < RATES; t++)
            add_run(&out[t], &found[0][t], &found[1][t], fmr[t],
                    true_fnmr(squared[t], (double)c.d));
        if (c.n == 49) {
            lk_rate r;
            count_between(&between, x[0], x[1], c, squared[1]);
            lk_rate_of_dyads(&r, &between.dyads, 100);
            out[1].between += holds(r.low, r.high, fmr[1]) / (double)RUNS;
        }
    }
}

static double spread_of(const cell *c, double variance)
{
    return variance / (c->square - c->mean * c->mean);
}

static void check_cell(const cell *r, design c, double rate)
{
    double photos = (double)c.photos, n = (double)c.n;
    bool enough = rate * photos * photos * n * (n - 1) / 2 >= 10;
    bar("FMR coverage", c, rate, r->held, enough ? 0.91 : 0.93, enough ? 0.98 : 1);
    bar("E[V]/V", c, rate, spread_of(r, r->variance), 0.85, 1.25);
    bar("ratio", c, rate, r->ratio, 0.90, enough ? 0.985 : 1);
    bar("FNMR coverage", c, rate, r->miss, 0.93, 1);
    if (r->between > 0)
        bar("between groups", c, rate, r->between, 0.91, 0.985);
}

static void intervals_hold_the_truth(void **state)
{
    (void)state;
    static const size_t dimensions[] = {2, 4, 8}, people[] = {49, 100, 300}, photos[] = {1, 3};
    misses = 0;
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < (is_slow() ? 3 : 1); j++)
            for (size_t k = 0; k < 2; k++) {
                cell found[RATES];
                design c = {dimensions[i], people[j], photos[k]};
                simulate(found, c);
                for (size_t t = 0; t < RATES; t++)
                    check_cell(&found[t], c, fmr[t]);
                if (c.n == 49 && c.photos == 1 && c.d == 2)
                    assert_true(found[0].naive < 0.91);
                if (c.n == 49 && c.photos == 1 && c.d == 4)
                    assert_true(spread_of(&found[1], found[1].jackknife) > 1.25);
            }
    assert_int_equal(misses, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_hold_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The experiment on training mixtures: its estimates counted by hand, and whether its intervals
 * hold the truth where it is known. */
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

enum { MIXTURES = 2, SEEDS = 8, PEOPLE = 30, MODELS = MIXTURES * SEEDS };

typedef struct experiment {
    lk_pair_sums *sums[MODELS * 2];
    lk_bias_design design;
} experiment;

static lk_pair_sums *line(const double *x, size_t people, double threshold)
{
    size_t person[PEOPLE];
    for (size_t i = 0; i < people; i++)
        person[i] = i;
    lk_pair_sums *sums;
    assert_ok(
        lk_stats_pair_sums_create(&sums, &(lk_bias_rows){x, person, people, 1, people}, threshold));
    return sums;
}

static void destroy(experiment *e)
{
    for (size_t i = 0; i < MODELS * 2; i++)
        lk_stats_pair_sums_destroy(e->sums[i]);
}

/* People on a line, variance 1 (A) and 2 (B), in the second mixture half as much more;
 * a model stretches the line by a factor whose square is 1 in the mean. */
static void simulate(experiment *e, uint64_t seed)
{
    static const double variance[MIXTURES][2] = {{1, 2}, {1.5, 3}};
    lk_random random;
    lk_random_init(&random, seed, 0);
    double people[2][PEOPLE], x[PEOPLE];
    for (size_t p = 0; p < 2; p++)
        for (size_t i = 0; i < PEOPLE; i++)
            people[p][i] = lk_random_normal(&random);
    for (size_t i = 0; i < MODELS; i++) {
        double square = 0.5 + lk_random_unit(&random);
        for (size_t p = 0; p < 2; p++) {
            double scale = sqrt(square * variance[i / SEEDS][p]);
            for (size_t k = 0; k < PEOPLE; k++)
                x[k] = scale * people[p][k];
            e->sums[i * 2 + p] = line(x, PEOPLE, 0.1);
        }
    }
    e->design = (lk_bias_design){.mixtures = MIXTURES,
                                 .seeds = SEEDS,
                                 .sums = (const lk_pair_sums *const *)e->sums,
                                 .replicates = 300,
                                 .level = 0.95,
                                 .seed = seed};
}

static void estimates_by_hand(void **state)
{
    (void)state;
    /* Two people a population; half the squared distance is the number below. */
    const double halves[2][2][2] = {{{1, 5}, {3, 6}}, {{10, 2}, {14, 4}}}; /* mixture, seed */
    const lk_pair_sums *sums[8];
    lk_bias_findings f;
    for (size_t i = 0; i < 8; i++) {
        const double x[] = {0, sqrt(2 * halves[i / 4][i / 2 % 2][i % 2])};
        sums[i] = line(x, 2, 2);
    }
    assert_ok(lk_stats_bias(
        &f, &(lk_bias_design){
                .mixtures = 2, .seeds = 2, .sums = sums, .replicates = 0, .level = 0.95}));
    assert_near(f.mixtures[0].populations[0][LK_BIAS_WSS].mean, 2);
    assert_near(f.mixtures[0].populations[1][LK_BIAS_WSS].mean, 5.5);
    assert_near(f.mixtures[0].differences[LK_BIAS_WSS].mean, -3.5);
    assert_near(f.mixtures[1].differences[LK_BIAS_WSS].mean, 9);
    assert_near(f.changes[0][LK_BIAS_WSS].mean, 10);
    assert_near(f.changes[1][LK_BIAS_WSS].mean, -2.5);
    /* sqrt(2 * 1) and sqrt(2 * 2) are at most 2: these two match. */
    assert_near(f.mixtures[0].populations[0][LK_BIAS_FMR].mean, 0.5);
    assert_near(f.mixtures[1].populations[1][LK_BIAS_FMR].mean, 0.5);
    assert_near(f.values[(1 * 2 + 1) * 2 * LK_BIAS_MEASURES + LK_BIAS_WSS], 14);
    assert_true(f.tracking.mean < 0 && f.tracking_within[0].mean < 0);
    assert_near(f.tracking_within[1].mean, -3 / sqrt(15)); /* ranks 3 4 1 2 with 0 0 1 0 */
    assert_true(isnan(f.tracking.low) && isnan(f.changes[0][LK_BIAS_WSS].high));
    assert_true(isnan(f.mixtures[0].populations[0][LK_BIAS_FNMR].mean));
    lk_bias_findings_clear(&f);
    lk_bias_findings_clear(&f);
    for (size_t i = 0; i < 8; i++)
        lk_stats_pair_sums_destroy((lk_pair_sums *)sums[i]);
}

/* Of the numbers 0, 1, ... in any order, the first `missing` of them not known. */
static lk_estimate interval_of(size_t count, size_t missing, double level)
{
    double values[201 * 3], column[201];
    for (size_t i = 0; i < count * 3; i++)
        values[i] = -1; /* other columns */
    for (size_t i = 0; i < count; i++)
        values[i * 3] = i < missing ? NAN : (double)(i * 7 % count);
    lk_estimate out = {50, NAN, NAN};
    lk_interval_set(&out, column, values, 3, count, level);
    assert_true(out.mean == 50);
    return out;
}

static void intervals_are_quantiles(void **state)
{
    (void)state;
    lk_estimate e = interval_of(201, 0, 0.95);
    assert_near(e.low, 5); /* 0.025 of the way from 0 to 200 */
    assert_near(e.high, 195);
    e = interval_of(201, 0, 0.5025); /* between two numbers */
    assert_near(e.low, 49.75);
    assert_near(e.high, 150.25);
    e = interval_of(201, 0, nextafter(1, 0)); /* as good as all */
    assert_true(e.low < 1e-12 && e.high == 200);
    e = interval_of(2, 0, 0.5);
    assert_near(e.low, 0.25);
    assert_near(e.high, 0.75);
    assert_true(isnan(interval_of(1, 0, 0.5).low));
    lk_estimate unknown = {NAN, NAN, NAN};
    lk_interval_set(&unknown, (double[3]){0}, (const double[]){1, 2, 3}, 1, 3, 0.5);
    assert_true(isnan(unknown.low) && isnan(unknown.high));
}

static void more_than_one_in_twenty_missing_leaves_no_interval(void **state)
{
    (void)state;
    const size_t counts[] = {20, 40, 100, 200};
    for (size_t i = 0; i < 4; i++) {
        lk_estimate e = interval_of(counts[i], counts[i] / 20, 0.9);
        assert_true(e.low < e.high);
        e = interval_of(counts[i], counts[i] / 20 + 1, 0.9);
        assert_true(isnan(e.low) && isnan(e.high));
    }
    assert_true(isnan(interval_of(19, 1, 0.9).low)); /* one in 19 is more */
}

/* People are drawn with replacement: as many drawings as people, each person as likely
 * as any other. */
static void everybody_is_drawn_as_often(void **state)
{
    (void)state;
    lk_random random;
    lk_random_init(&random, 5, 0);
    double drawn[5], sum[5] = {0};
    size_t absent = 0;
    for (int turn = 0; turn < 4000; turn++) {
        double all = 0;
        lk_draw_people(drawn, 5, &random);
        for (size_t i = 0; i < 5; i++) {
            assert_true(drawn[i] >= 0 && drawn[i] == floor(drawn[i]));
            all += drawn[i];
            sum[i] += drawn[i];
            absent += drawn[i] == 0;
        }
        assert_true(all == 5);
    }
    for (size_t i = 0; i < 5; i++)
        assert_true(fabs(sum[i] / 4000 - 1) < 0.1);
    assert_true(fabs((double)absent / 20000 - 0.32768) < 0.02); /* 0.8^5 */
}

/* People who lie equally far from each other, whoever is drawn: WSS is half the square. */
static lk_pair_sums *corners(double wss)
{
    double x[PEOPLE * PEOPLE] = {0};
    size_t person[PEOPLE];
    for (size_t i = 0; i < PEOPLE; i++) {
        x[i * PEOPLE + i] = sqrt(wss);
        person[i] = i;
    }
    lk_pair_sums *sums;
    assert_ok(
        lk_stats_pair_sums_create(&sums, &(lk_bias_rows){x, person, PEOPLE, PEOPLE, PEOPLE}, 1));
    return sums;
}

/* Of models whose numbers are `first`, first + 2, first + 4, ..., whoever is drawn. */
static lk_estimate interval_of_seeds(size_t seeds, double first)
{
    lk_pair_sums *sums[6];
    for (size_t i = 0; i < 2 * seeds; i++)
        sums[i] = corners(first + 2 * (double)(i / 2));
    lk_bias_findings f;
    assert_ok(lk_stats_bias(&f, &(lk_bias_design){.mixtures = 1,
                                                  .seeds = seeds,
                                                  .sums = (const lk_pair_sums *const *)sums,
                                                  .replicates = 100,
                                                  .level = 0.95}));
    lk_estimate found = f.mixtures[0].populations[1][LK_BIAS_WSS];
    lk_bias_findings_clear(&f);
    for (size_t i = 0; i < 2 * seeds; i++)
        lk_stats_pair_sums_destroy(sums[i]);
    return found;
}

/* People leave nothing open here, so all of it is Student's t on the seeds: 12.706 of one
 * degree of freedom times a standard error of 1, and 4.303 times 2 / sqrt(3). */
static void few_seeds_leave_much_open(void **state)
{
    (void)state;
    lk_estimate one = interval_of_seeds(1, 101), two = interval_of_seeds(2, 101),
                three = interval_of_seeds(3, 101);
    assert_true(fabs(one.low - 101) < 1e-9 && fabs(one.high - 101) < 1e-9);
    assert_true(fabs(two.high - 102 - 12.706204736174694) < 1e-6);
    assert_true(fabs(three.high - 103 - 4.3026527297494619 * 2 / sqrt(3)) < 1e-6);
    assert_true(fabs(three.low + three.high - 206) < 1e-9);
}

static void an_interval_ends_where_its_measure_does(void **state)
{
    (void)state;
    lk_estimate e = interval_of_seeds(2, 1);
    assert_true(e.mean > 1.9 && e.low == 0 && e.high > 14); /* WSS */
    /* Two models in which everybody matches or nobody does: the rates are 0 and 1. */
    lk_pair_sums *sums[] = {corners(1e-4), corners(1e-4), corners(9), corners(9)};
    lk_bias_findings f;
    assert_ok(lk_stats_bias(&f, &(lk_bias_design){.mixtures = 1,
                                                  .seeds = 2,
                                                  .sums = (const lk_pair_sums *const *)sums,
                                                  .replicates = 100,
                                                  .level = 0.95}));
    e = f.mixtures[0].populations[0][LK_BIAS_FMR];
    assert_true(e.mean == 0.5 && e.low == 0 && e.high == 1);
    e = f.mixtures[0].populations[0][LK_BIAS_COSINE];
    assert_true(e.low >= -1 && e.low <= e.mean && e.mean <= e.high && e.high <= 1);
    e = f.mixtures[0].populations[0][LK_BIAS_FNMR]; /* nobody has two photographs */
    assert_true(isnan(e.mean) && isnan(e.low) && isnan(e.high));
    lk_bias_findings_clear(&f);
    for (size_t i = 0; i < 4; i++)
        lk_stats_pair_sums_destroy(sums[i]);
}

/* No model takes anybody for another, or misses him: that is no interval of no width. */
static void what_is_never_seen_has_a_bound(void **state)
{
    (void)state;
    enum { N = 12 };
    double x[2][2 * N];
    size_t person[2 * N];
    lk_pair_sums *sums[2];
    lk_bias_findings f;
    for (size_t i = 0; i < 2 * N; i++) {
        person[i] = i / 2;
        x[0][i] = 10 * (double)(i / 2) + (i % 2 ? 0.1 : 0);
        x[1][i] = (i / 2 < 4 ? 0.2 : 10) * (double)(i / 2) + (i % 2 ? 0.1 : 0);
    }
    for (size_t p = 0; p < 2; p++)
        assert_ok(lk_stats_pair_sums_create(
            &sums[p], &(lk_bias_rows){.x = x[p], .person = person, .n = 2 * N, .d = 1, .people = N},
            0.5));
    assert_ok(lk_stats_bias(&f, &(lk_bias_design){.mixtures = 1,
                                                  .seeds = 1,
                                                  .sums = (const lk_pair_sums *const *)sums,
                                                  .replicates = 200,
                                                  .level = 0.95}));
    const lk_bias_mixture_findings *m = f.mixtures;
    lk_estimate none = m->populations[0][LK_BIAS_FMR], some = m->populations[1][LK_BIAS_FMR];
    assert_true(none.mean == 0 && none.low == 0);
    assert_near(none.high, 1 - pow(0.05, 1.5 / (N * (N - 1) / 2.0)));
    assert_true(some.mean > 0 && some.high > some.mean);
    lk_estimate apart = m->differences[LK_BIAS_FMR];
    assert_near(apart.high, apart.mean + hypot(none.high, some.mean - some.low));
    assert_near(apart.low, apart.mean - (some.high - some.mean));
    for (size_t p = 0; p < 2; p++) {
        assert_true(m->populations[p][LK_BIAS_FNMR].mean == 0);
        assert_near(m->populations[p][LK_BIAS_FNMR].high, 1 - pow(0.05, 1.0 / N));
    }
    assert_true(m->differences[LK_BIAS_FNMR].low < 0 && m->differences[LK_BIAS_FNMR].high > 0);
    lk_bias_findings_clear(&f);
    for (size_t p = 0; p < 2; p++)
        lk_stats_pair_sums_destroy(sums[p]);
}

static bool covers(lk_estimate e, double truth)
{
    assert_true(e.low <= e.mean && e.mean <= e.high);
    return e.low <= truth && truth <= e.high;
}

/* 95 % intervals of 30 people and 8 seeds hold the truth about as often; much
 * less often means that one source of chance was left out, always that they say
 * nothing. */
static void intervals_hold_the_truth(void **state)
{
    (void)state;
    enum { TURNS = 200 };
    size_t single = 0, difference = 0, change = 0;
    for (uint64_t turn = 0; turn < TURNS; turn++) {
        experiment e;
        lk_bias_findings f;
        simulate(&e, turn);
        assert_ok(lk_stats_bias(&f, &e.design));
        single += covers(f.mixtures[0].populations[0][LK_BIAS_WSS], 1);
        difference += covers(f.mixtures[0].differences[LK_BIAS_WSS], -1);
        change += covers(f.changes[1][LK_BIAS_WSS], 1);
        lk_bias_findings_clear(&f);
        destroy(&e);
    }
    const size_t found[] = {single, difference, change};
    for (size_t i = 0; i < 3; i++)
        if (found[i] < TURNS * 90 / 100 || found[i] > TURNS * 99 / 100)
            fail_msg("interval %zu held the truth %zu times of %d", i, found[i], TURNS);
}

static void a_correlation_of_few_models_has_no_interval(void **state)
{
    (void)state;
    experiment e;
    lk_bias_findings f;
    simulate(&e, 1);
    assert_ok(lk_stats_bias(&f, &e.design));
    for (size_t p = 0; p < 2; p++)
        assert_true(f.tracking_within[p].low <= f.tracking_within[p].high);
    assert_true(f.tracking.low <= f.tracking.high);
    lk_bias_findings_clear(&f);
    e.design.mixtures = 2; /* of four ranks, one order in twelve is as good as this */
    e.design.seeds = 2;
    assert_ok(lk_stats_bias(&f, &e.design));
    for (size_t p = 0; p < 2; p++)
        assert_true(isnan(f.tracking_within[p].low) && isnan(f.tracking_within[p].high));
    assert_true(isnan(f.tracking.low) && isnan(f.tracking.high));
    assert_false(isnan(f.changes[0][LK_BIAS_WSS].low));
    lk_bias_findings_clear(&f);
    destroy(&e);
}

static void any_number_of_threads_gives_the_same(void **state)
{
    (void)state;
    experiment e;
    lk_bias_findings one, three;
    simulate(&e, 1);
    size_t before = lk_threads_get();
    lk_threads_set(1);
    assert_ok(lk_stats_bias(&one, &e.design));
    lk_threads_set(3);
    assert_ok(lk_stats_bias(&three, &e.design));
    lk_threads_set(before);
    assert_memory_equal(one.mixtures, three.mixtures, MIXTURES * sizeof *one.mixtures);
    assert_memory_equal(one.changes, three.changes, sizeof one.changes);
    assert_memory_equal(&one.tracking, &three.tracking, sizeof one.tracking);
    lk_bias_findings_clear(&one);
    lk_bias_findings_clear(&three);
    destroy(&e);
}

static void bad_designs_are_refused(void **state)
{
    (void)state;
    experiment e;
    lk_bias_findings f;
    simulate(&e, 1);
    lk_bias_design design = e.design;
    design.level = 1;
    assert_fails(lk_stats_bias(&f, &design), LK_ERROR_ARGUMENT, "level");
    design = e.design;
    design.mixtures = 0;
    assert_fails(lk_stats_bias(&f, &design), LK_ERROR_ARGUMENT, "no models");
    const double x[] = {0, 1};
    lk_stats_pair_sums_destroy(e.sums[3]);
    e.sums[3] = line(x, 2, 1);
    assert_fails(lk_stats_bias(&f, &e.design), LK_ERROR_ARGUMENT, "model 1");
    destroy(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_by_hand),
        cmocka_unit_test(intervals_are_quantiles),
        cmocka_unit_test(more_than_one_in_twenty_missing_leaves_no_interval),
        cmocka_unit_test(everybody_is_drawn_as_often),
        cmocka_unit_test(few_seeds_leave_much_open),
        cmocka_unit_test(an_interval_ends_where_its_measure_does),
        cmocka_unit_test(what_is_never_seen_has_a_bound),
        cmocka_unit_test(intervals_hold_the_truth),
        cmocka_unit_test(a_correlation_of_few_models_has_no_interval),
        cmocka_unit_test(any_number_of_threads_gives_the_same),
        cmocka_unit_test(bad_designs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Protocols against numbers of scikit-learn 1.9.1 and of the documented protocol of LFW's folds
 * in NumPy, and intervals against what they promise. */
#include <math.h>

#include "support.h"

#include <likeness/evaluate.h>

#include "base/random.h"

/* ---- pairs that Python makes as well ---- */

enum { PAIRS = 600 };

static void make_pairs(double *distance, bool *same, size_t *fold)
{
    double u[2 * PAIRS];
    uint64_t state = 11;
    for (size_t i = 0; i < 2 * (size_t)PAIRS; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        u[i] = (double)(state >> 40) / (double)(1 << 24);
    }
    for (size_t i = 0; i < PAIRS; i++) {
        same[i] = i / 10 % 2 == 0;
        fold[i] = i / 60;
        distance[i] = round((same[i] ? 0.5 + 0.9 * u[i] : 0.8 + 0.9 * u[PAIRS + i]) * 200) / 200;
    }
}

static void curve_is_that_of_scikit_learn(void **state)
{
    (void)state;
    double distance[PAIRS];
    bool same[PAIRS];
    size_t fold[PAIRS], a[PAIRS], b[PAIRS], count;
    make_pairs(distance, same, fold);
    for (size_t i = 0; i < PAIRS; i++) {
        a[i] = 2 * i;
        b[i] = 2 * i + !same[i];
    }
    lk_verification v;
    lk_roc *roc;
    const lk_pair_list list = {distance, a, b, PAIRS};
    assert_ok(lk_stats_verify_pairs(&v, &roc, &list, NULL));
    assert_true(fabs(v.auc.mean - 0.77479999999999993) < 1e-10);
    assert_true(v.same == 300 && v.different == 300 && v.owners == 300);
    static const double points[][3] = {{0.9, 0.43666666666666665, 0.11},
                                       {1.0, 0.57333333333333336, 0.23333333333333334},
                                       {1.1, 0.66333333333333333, 0.31333333333333335},
                                       {1.2, 0.80000000000000004, 0.45000000000000001}};
    assert_true(fabs(lk_stats_roc_auc(roc) - v.auc.mean) < 1e-15);
    lk_stats_roc_destroy(roc);
    assert_ok(lk_stats_roc_create(&roc, distance, same, PAIRS));
    const lk_roc_point *found = lk_stats_roc_points(roc, &count);
    for (size_t k = 0; k < 4; k++) {
        size_t i = 0;
        while (i + 1 < count && found[i + 1].threshold <= points[k][0] + 1e-9)
            i++;
        assert_true(fabs(found[i].tar - points[k][1]) < 1e-10);
        assert_true(fabs(found[i].far - points[k][2]) < 1e-10);
    }
    lk_stats_roc_destroy(roc);
}

static void folds_are_those_of_the_protocol(void **state)
{
    (void)state;
    static const double accuracy[10] = {0.6666666666666666,
                                        0.7666666666666667,
                                        0.65,
                                        0.6666666666666666,
                                        0.6333333333333333,
                                        0.7666666666666667,
                                        0.6833333333333333,
                                        0.5666666666666667,
                                        0.6333333333333333,
                                        0.6};
    static const double steps[10] = {125, 125, 141, 141, 125, 141, 125, 125, 125, 142};
    double distance[PAIRS];
    bool same[PAIRS];
    size_t fold[PAIRS];
    lk_folds folds;
    make_pairs(distance, same, fold);
    assert_ok(lk_stats_folds(&folds, distance, same, fold, PAIRS));
    assert_int_equal(folds.folds, 10);
    for (size_t f = 0; f < 10; f++) {
        assert_true(fabs(folds.accuracy[f] - accuracy[f]) < 1e-12);
        assert_true(fabs(folds.threshold[f] - steps[f] * 0.01) < 1e-12);
    }
    assert_true(fabs(folds.mean.mean - 0.66333333333333333) < 1e-12);
    assert_true(fabs(folds.deviation - 0.060918889608323576) < 1e-12);
    assert_true(folds.mean.low < folds.mean.mean && folds.mean.high > folds.mean.mean);
    for (size_t i = 0; i < PAIRS; i++)
        distance[i] = same[i] ? 0.1 : 1.5;
    assert_ok(lk_stats_folds(&folds, distance, same, fold, PAIRS));
    assert_true(folds.mean.mean == 1 && folds.mean.high == 1 && folds.deviation == 0);
    assert_true(fabs(folds.mean.low - pow(0.05, 0.1)) < 1e-12);
    fold[3] = LK_FOLDS_MOST;
    assert_fails(lk_stats_folds(&folds, distance, same, fold, PAIRS), LK_ERROR_ARGUMENT, "pair 3");
    assert_fails(lk_stats_folds(&folds, distance, same, fold, 3), LK_ERROR_ARGUMENT, "at least 2");
    distance[1] = NAN;
    assert_fails(lk_stats_folds(&folds, distance, same, fold, 3), LK_ERROR_NUMBER, "pair 1");
}

/* All pairs of rows as a list and as rows are one sample. */
static void rows_and_pairs_agree(void **state)
{
    (void)state;
    enum { PEOPLE = 25, PHOTOS = 3, N = PEOPLE * PHOTOS, COUNT = N * (N - 1) / 2, D = 3 };
    static double x[N * D], distance[COUNT];
    static size_t person[N], a[COUNT], b[COUNT];
    lk_random random;
    lk_random_init(&random, 5, 0);
    for (size_t i = 0; i < N; i++) {
        person[i] = 1000 - 7 * (i % PEOPLE);
        for (size_t k = 0; k < D; k++)
            x[i * D + k] = sin((double)(i % PEOPLE * (k + 1))) + 0.2 * lk_random_normal(&random);
    }
    size_t count = 0;
    for (size_t i = 0; i < N; i++)
        for (size_t j = i + 1; j < N; j++, count++) {
            double sum = 0;
            for (size_t k = 0; k < D; k++)
                sum += (x[i * D + k] - x[j * D + k]) * (x[i * D + k] - x[j * D + k]);
            distance[count] = sqrt(sum);
            a[count] = person[i];
            b[count] = person[j];
        }
    lk_verification rows, pairs;
    assert_ok(lk_stats_verification(&rows, x, person, N, D, NULL));
    assert_ok(lk_stats_verify_pairs(&pairs, NULL, &(lk_pair_list){distance, a, b, COUNT}, NULL));
    assert_true(rows.same == pairs.same && rows.different == pairs.different);
    assert_true(fabs(rows.auc.low - pairs.auc.low) < 1e-9);
    assert_true(fabs(rows.auc.high - pairs.auc.high) < 1e-9);
    assert_true(fabs(rows.tar[1].low - pairs.tar[1].low) < 1e-9);
    assert_true(fabs(rows.d_prime - pairs.d_prime) < 1e-9);
    assert_true(fabs(rows.eer.mean - pairs.eer.mean) < 1e-12);
    lk_threads_set(1);
    assert_ok(lk_stats_verification(&pairs, x, person, N, D, NULL));
    lk_threads_set(3);
    assert_ok(lk_stats_verification(&rows, x, person, N, D, NULL));
    assert_memory_equal(&rows, &pairs, sizeof rows);
    lk_threads_set(0);
    distance[0] = -1;
    assert_fails(lk_stats_verify_pairs(&pairs, NULL, &(lk_pair_list){distance, a, b, COUNT}, NULL),
                 LK_ERROR_NUMBER, "pair 0 is -1");
    assert_fails(lk_stats_verify_pairs(&pairs, NULL, &(lk_pair_list){distance + 1, a, a, 3}, NULL),
                 LK_ERROR_ARGUMENT, "3 same and 0 different");
}

/* ---- identification, clusters ---- */

static void probes_find_their_people(void **state)
{
    (void)state;
    /* Gallery: person 1 at 0 and 10, 2 at 4, 3 at 20. */
    const double gallery[] = {0, 10, 4, 20}, probes[] = {1, 7, 19, 30, 3};
    const size_t owner[] = {1, 1, 2, 3}, person[] = {1, 2, 3, 9, 1};
    lk_sought found[5];
    size_t passing, total;
    assert_ok(lk_stats_seek(found, probes, person, 5, gallery, owner, 4, 1, NULL, NULL));
    assert_true(found[0].rank == 1 && found[0].own == 1 && found[0].nearest == 1);
    assert_true(found[1].rank == 2 && found[1].own == 3); /* as near as person 1 is */
    assert_true(found[2].rank == 1 && found[2].own == 1);
    assert_true(found[3].rank == 0 && found[3].nearest == 10 && isinf(found[3].own));
    assert_true(found[4].rank == 2 && found[4].own == 3 && found[4].nearest == 1);
    assert_true(lk_stats_seek_threshold(found, 5, 1, &passing, &total) == 10);
    assert_true(passing == 1 && total == 1);
    assert_true(lk_stats_seek_threshold(found, 5, 0.5, &passing, &total) == -INFINITY);
    assert_true(isnan(lk_stats_seek_threshold(found, 3, 0.5, &passing, &total)) && total == 0);
}

static void clusters_are_counted_by_hand(void **state)
{
    (void)state;
    /* Bagga and Baldwin's kind of example: people aaa bb c, clusters {a a b} {a b} {c}. */
    const size_t person[] = {0, 0, 1, 0, 1, 2}, cluster[] = {7, 7, 7, 3, 3, 5};
    lk_clustering c;
    assert_ok(lk_stats_clustering(&c, person, cluster, 6));
    assert_true(c.people == 3 && c.clusters == 3);
    assert_true(fabs(c.precision - 1.0 / 4) < 1e-15 && fabs(c.recall - 1.0 / 4) < 1e-15);
    /* precision: 2/3 2/3 1/3 1/2 1/2 1, recall: 2/3 2/3 1/2 1/3 1/2 1 */
    assert_true(fabs(c.bcubed_precision - (2. / 3 + 2. / 3 + 1. / 3 + 2) / 6) < 1e-15);
    assert_true(fabs(c.bcubed_recall - (2. / 3 + 2. / 3 + 1. / 3 + 2) / 6) < 1e-15);
    const size_t alone[] = {0, 1};
    assert_ok(lk_stats_clustering(&c, alone, alone, 2));
    assert_true(isnan(c.precision) && isnan(c.f) && c.bcubed_f == 1);
}

static void probits(void **state)
{
    (void)state;
    assert_true(fabs(lk_stats_probit(0.975) - 1.959963984540054) < 1e-10);
    assert_true(lk_stats_probit(0) == -INFINITY && lk_stats_probit(1) == INFINITY);
    assert_true(isnan(lk_stats_probit(-1)) && isnan(lk_stats_probit(NAN)));
}

/* ---- what intervals promise ---- */

enum { MOST = 64, WIDTH = 16 };

/* People differ in noise: its logarithm has the deviation `unequal`. */
typedef struct crowd {
    size_t width;
    double noise, unequal;
    bool sphere; /* rows have length 1 */
} crowd;

static void to_length_one(double *x)
{
    double sum = 0;
    for (size_t k = 0; k < WIDTH; k++)
        sum += x[k] * x[k];
    for (size_t k = 0; k < WIDTH; k++)
        x[k] /= sqrt(sum);
}

static void draw_people(double *x, size_t *person, size_t people, size_t photos, const crowd *of,
                        lk_random *random)
{
    double scale = of->sphere ? 1 / sqrt((double)of->width) : 1;
    memset(x, 0, people * photos * WIDTH * sizeof *x);
    for (size_t p = 0; p < people; p++) {
        double centre[WIDTH] = {0}, own = of->noise * exp(of->unequal * lk_random_normal(random));
        for (size_t k = 0; k < of->width; k++)
            centre[k] = lk_random_normal(random);
        if (of->sphere)
            to_length_one(centre);
        for (size_t i = p * photos; i < (p + 1) * photos; i++) {
            person[i] = p;
            for (size_t k = 0; k < of->width; k++)
                x[i * WIDTH + k] = centre[k] + own * scale * lk_random_normal(random);
            if (of->sphere)
                to_length_one(x + i * WIDTH);
        }
    }
}

/* AUC of ever so many people. */
static double true_auc(const crowd *of)
{
    enum { DRAWS = 200000 };
    static double distance[DRAWS];
    static bool same[DRAWS];
    double x[4 * WIDTH];
    size_t person[4];
    lk_random random;
    lk_random_init(&random, 77, 0);
    for (size_t i = 0; i < DRAWS; i += 2) {
        draw_people(x, person, 2, 2, of, &random);
        double sums[2] = {0, 0};
        for (size_t k = 0; k < WIDTH; k++) {
            double near = x[k] - x[WIDTH + k], far = x[k] - x[2 * WIDTH + k];
            sums[0] += near * near;
            sums[1] += far * far;
        }
        for (size_t k = 0; k < 2; k++) {
            distance[i + k] = sqrt(sums[k]);
            same[i + k] = k == 0;
        }
    }
    lk_roc *roc;
    assert_ok(lk_stats_roc_create(&roc, distance, same, DRAWS));
    double auc = lk_stats_roc_auc(roc);
    lk_stats_roc_destroy(roc);
    return auc;
}

static double naive_half(double auc, double pairs)
{
    return 1.96 * sqrt(auc * (1 - auc) / pairs);
}

static void expect_coverage(size_t people, size_t photos, const crowd *of, double least)
{
    bool full = getenv("LIKENESS_SLOW") != NULL;
    size_t runs = full ? 4000 : 400, held = 0, naive = 0, n = people * photos;
    double x[MOST * WIDTH], truth = true_auc(of);
    size_t person[MOST];
    for (size_t r = 0; r < runs; r++) {
        lk_random random;
        lk_random_init(&random, 1, r);
        draw_people(x, person, people, photos, of, &random);
        lk_verification v;
        assert_ok(lk_stats_verification(&v, x, person, n, WIDTH, NULL));
        held += v.auc.low <= truth && truth <= v.auc.high;
        naive += fabs(v.auc.mean - truth) <= naive_half(v.auc.mean, (double)v.same);
    }
    double share = (double)held / (double)runs, slack = full ? 0.01 : 0.03;
    print_message("%zu people of %zu, AUC %.4f: held %.3f, over pairs %.3f\n", people, photos,
                  truth, share, (double)naive / (double)runs);
    if (share < least - slack)
        fail_msg("%zu people of %zu: intervals hold %.3f, expected %.2f", people, photos, share,
                 least);
    if (photos > 2) /* pairs are not people */
        assert_true((double)naive / (double)runs < share - 0.05);
}

/* What an interval holds depends on how unequal people are: a sample without one of the few whose
 * photographs differ most looks better than the truth, and surer. On the sphere, where people
 * differ less, they hold .88 and .85 and more; where they differ more a bootstrap of
 * people with the same formula holds .85, .81, and percentiles far less. */
static void intervals_hold_what_they_promise(void **state)
{
    (void)state;
    lk_threads_set(1);
    const crowd sphere = {16, 0.58, 0.4, true}, heavy = {8, 0.27, 0.5, false},
                noisy = {8, 0.7, 0.5, false};
    expect_coverage(10, 5, &sphere, 0.88);
    expect_coverage(30, 2, &sphere, 0.85);
    expect_coverage(10, 5, &heavy, 0.86);
    expect_coverage(30, 2, &heavy, 0.81);
    expect_coverage(30, 2, &noisy, 0.90);
    lk_threads_set(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curve_is_that_of_scikit_learn),
        cmocka_unit_test(folds_are_those_of_the_protocol),
        cmocka_unit_test(rows_and_pairs_agree),
        cmocka_unit_test(probes_find_their_people),
        cmocka_unit_test(clusters_are_counted_by_hand),
        cmocka_unit_test(probits),
        cmocka_unit_test(intervals_hold_what_they_promise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

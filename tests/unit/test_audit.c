/* The audit against brute force: every pair looked at, every pair of people kept. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#include <likeness/stats.h>

#include "audit_sample.h"

/* ---- brute force ---- */

typedef struct brute {
    double m[MOST_PEOPLE][MOST_PEOPLE], k[MOST_PEOPLE][MOST_PEOPLE];
    double pairs, errors, s1[2], s2;
    size_t people[2], both;
} brute;

/* Pairs of photographs one of which is in a, one in b; within a group each once. */
static void count(brute *out, const sample *s, size_t a, size_t b, double threshold,
                  lk_metric metric)
{
    memset(out, 0, sizeof *out);
    bool there[2][MOST_PEOPLE] = {{false}};
    for (size_t i = 0; i < s->n; i++) {
        there[0][s->person[i]] |= in(s, i, a);
        there[1][s->person[i]] |= in(s, i, b);
        for (size_t j = 0; j < s->n; j++) {
            size_t p = s->person[i], q = s->person[j];
            if (p == q || !in(s, i, a) || !in(s, j, b) || (a == b && p > q))
                continue;
            size_t low = p < q ? p : q, high = p < q ? q : p;
            out->m[low][high]++;
            out->k[low][high] += distance(s, i, j, metric) <= threshold;
        }
    }
    for (size_t p = 0; p < s->people; p++) {
        out->people[0] += there[0][p];
        out->people[1] += a != b && there[1][p];
        out->both += a != b && there[0][p] && there[1][p];
        for (size_t q = p + 1; q < s->people; q++) {
            out->pairs += out->m[p][q];
            out->errors += out->k[p][q];
        }
    }
    for (size_t p = 0; p < s->people; p++) {
        double own = 0;
        for (size_t q = 0; q < s->people; q++) {
            size_t low = p < q ? p : q, high = p < q ? q : p;
            double e = out->k[low][high] - out->errors / out->pairs * out->m[low][high];
            own += e;
            out->s2 += p < q ? e * e : 0;
        }
        out->s1[!there[0][p]] += own * own;
    }
}

static double brute_variance(const brute *b)
{
    double n = (double)b->people[0], m = (double)b->people[1], v;
    if (m > 0)
        v = n / (n - 1) * b->s1[0] + m / (m - 1) * b->s1[1] - b->s2;
    else
        v = n / (n - 4) * (b->s1[0] - b->s2);
    return fmax(v, b->s2) / (b->pairs * b->pairs);
}

static void check_cell(const lk_rate *r, const brute *b)
{
    near_to(r->pairs, b->pairs);
    near_to(r->errors, b->errors);
    assert_int_equal(r->people, b->people[0] + b->people[1] - b->both);
    near_to(r->variance, brute_variance(b));
}

static void check_genuine(const lk_rate *r, const sample *s, size_t g, double threshold,
                          lk_metric metric)
{
    double pairs = 0, errors = 0;
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = i + 1; j < s->n; j++)
            if (s->person[i] == s->person[j] && in(s, i, g) && in(s, j, g)) {
                pairs++;
                errors += distance(s, i, j, metric) > threshold;
            }
    near_to(r->pairs, pairs);
    near_to(r->errors, errors);
}

static void check_counts(const lk_audit_findings *f, const sample *s, lk_metric metric)
{
    for (size_t b = 0; b < LK_AUDIT_BINS; b += 37)
        for (size_t g = 0; g < GROUPS; g++)
            for (size_t h = g; h < GROUPS; h++) {
                static brute w;
                count(&w, s, g, h, f->counts.edges[b], metric);
                double up_to = 0;
                for (size_t k = 0; k <= b; k++)
                    up_to += f->counts.impostor[(h * GROUPS + g) * LK_AUDIT_BINS + k];
                near_to(up_to, w.errors);
            }
}

static void check_findings(const lk_audit_findings *f, const sample *s, lk_metric metric)
{
    static brute b;
    for (size_t t = 0; t < f->levels; t++) {
        const lk_audit_level *l = &f->level[t];
        for (size_t g = 0; g < GROUPS; g++) {
            for (size_t h = 0; h < GROUPS; h++) {
                count(&b, s, g < h ? g : h, g < h ? h : g, l->threshold, metric);
                check_cell(&l->matrix[g * GROUPS + h], &b);
            }
            near_to(l->fmr[g].variance, l->matrix[g * GROUPS + g].variance);
            check_genuine(&l->fnmr[g], s, g, l->threshold, metric);
        }
    }
    check_counts(f, s, metric);
}

/* The share of pairs within a group, each once, that pass. */
static double share(const sample *s, double threshold, lk_metric metric, size_t *pairs)
{
    size_t all = 0, passing = 0;
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = i + 1; j < s->n; j++) {
            bool shared = false;
            for (size_t g = 0; g < GROUPS; g++)
                shared |= in(s, i, g) && in(s, j, g);
            if (!shared || s->person[i] == s->person[j])
                continue;
            all++;
            passing += distance(s, i, j, metric) <= threshold;
        }
    *pairs = all;
    return (double)passing / (double)all;
}

static void check_targets(const lk_audit_findings *f, const sample *s, lk_metric metric)
{
    for (size_t t = 0; t < f->levels; t++) {
        const lk_audit_level *l = &f->level[t];
        size_t pairs;
        /* A cosine by another way to compute it may round to the other side. */
        double found = share(s, l->threshold + 1e-12, metric, &pairs);
        assert_true(found <= l->target && found + 1 / (double)pairs > l->target);
        near_to(l->pooled.rate, found);
        near_to(l->pooled.pairs, (double)pairs);
    }
}

static const double targets[] = {0.1, 0.02, 0.005};

static void audit(lk_audit_findings *f, const sample *s, lk_metric metric)
{
    lk_audit_options options;
    lk_audit_options_init(&options);
    memcpy(options.fmr, targets, sizeof targets);
    options.metric = metric;
    assert_ok(lk_audit_run(f, &s->rows, &options));
}

static void is_as_brute_force(void **state)
{
    (void)state;
    static sample s;
    for (uint64_t turn = 0; turn < 8; turn++) {
        lk_metric metric = turn % 2 ? LK_METRIC_COSINE : LK_METRIC_EUCLIDEAN;
        lk_audit_findings f;
        draw(&s, turn < 4 ? 180 : 60, turn < 4 ? 1 : 4, turn / 2 % 2, turn);
        audit(&f, &s, metric);
        check_targets(&f, &s, metric);
        if (metric == LK_METRIC_EUCLIDEAN)
            check_findings(&f, &s, metric);
        lk_audit_clear(&f);
        lk_audit_clear(&f);
    }
}

static void thresholds_may_be_given(void **state)
{
    (void)state;
    static sample s;
    lk_audit_findings f;
    draw(&s, 70, 4, true, 5);
    const double given[] = {2.5, -1, 1.0};
    s.rows.thresholds = given;
    s.rows.threshold_count = 3;
    assert_ok(lk_audit_run(&f, &s.rows, NULL));
    assert_int_equal(f.levels, 3);
    size_t pairs;
    for (size_t t = 0; t < 3; t++) {
        assert_true(isnan(f.level[t].target) && f.level[t].threshold == given[t]);
        assert_false(f.level[t].what_if.done);
        near_to(f.level[t].pooled.rate, share(&s, given[t], LK_METRIC_EUCLIDEAN, &pairs));
    }
    check_findings(&f, &s, LK_METRIC_EUCLIDEAN);
    assert_int_equal(f.level[1].fmr[0].state, LK_RATE_ZERO);
    assert_int_equal(f.level[1].verdict, LK_AUDIT_TOO_FEW);
    lk_audit_clear(&f);
}

static void floats_and_threads_change_nothing(void **state)
{
    (void)state;
    static sample s;
    lk_audit_findings f[3];
    draw(&s, 150, 3, true, 9);
    size_t before = lk_threads_get();
    audit(&f[0], &s, LK_METRIC_EUCLIDEAN);
    lk_threads_set(3);
    audit(&f[1], &s, LK_METRIC_EUCLIDEAN);
    lk_threads_set(1);
    s.rows.x = NULL;
    s.rows.x32 = s.x32;
    audit(&f[2], &s, LK_METRIC_EUCLIDEAN);
    lk_threads_set(before);
    for (size_t k = 1; k < 3; k++) {
        for (size_t t = 0; t < 3; t++)
            assert_memory_equal(f[0].level[t].matrix, f[k].level[t].matrix,
                                GROUPS * GROUPS * sizeof(lk_rate));
        for (size_t g = 0; g < GROUPS; g++)
            assert_memory_equal(&f[0].group[g], &f[k].group[g], sizeof f[0].group[g]);
        lk_audit_clear(&f[k]);
    }
    lk_audit_clear(&f[0]);
}

/* ---- spread ---- */

static void check_spread(const lk_spread *found, const sample *s, size_t g)
{
    static double sum[MOST_PEOPLE][MOST_PEOPLE], m[MOST_PEOPLE][MOST_PEOPLE];
    memset(sum, 0, sizeof sum);
    memset(m, 0, sizeof m);
    double all = 0, pairs = 0, cosine = 0, s1 = 0, s2 = 0, n = (double)found->people;
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < s->n; j++) {
            size_t p = s->person[i], q = s->person[j];
            if (!in(s, i, g) || !in(s, j, g) || p >= q)
                continue;
            double d = distance(s, i, j, LK_METRIC_EUCLIDEAN), half = d * d / 2;
            sum[p][q] += half;
            m[p][q]++;
            all += half;
            pairs++;
            cosine += 1 - distance(s, i, j, LK_METRIC_COSINE);
        }
    for (size_t p = 0; p < s->people; p++) {
        double own = 0;
        for (size_t q = 0; q < s->people; q++) {
            size_t low = p < q ? p : q, high = p < q ? q : p;
            double e = sum[low][high] - all / pairs * m[low][high];
            own += e;
            s2 += p < q ? e * e : 0;
        }
        s1 += own * own;
    }
    near_to(found->wss, all / pairs);
    near_to(found->cosine, cosine / pairs);
    near_to(found->variance, fmax(n / (n - 4) * (s1 - s2), s2) / (pairs * pairs));
    assert_true(found->wss_low < found->wss && found->wss < found->wss_high);
    assert_true(found->cosine_low < found->cosine && found->cosine < found->cosine_high);
}

static void spread_is_as_brute_force(void **state)
{
    (void)state;
    static sample s;
    for (uint64_t turn = 0; turn < 4; turn++) {
        lk_audit_findings f;
        draw(&s, turn < 2 ? 16 : 60, turn % 2 ? 3 : 1, turn % 2, turn); /* fewer and more than D */
        for (size_t i = 0; i < s.n * D; i++)
            s.x[i] += 10; /* far from 0 */
        audit(&f, &s, LK_METRIC_EUCLIDEAN);
        for (size_t g = 0; g < GROUPS; g++)
            if (f.group[g].people >= 5)
                check_spread(&f.group[g].spread, &s, g);
        const lk_spread *a = &f.group[0].spread, *b = &f.group[1].spread;
        near_to(f.spread[1].statistic, (a->wss - b->wss) / sqrt(a->variance + b->variance));
        near_to(f.spread[GROUPS].statistic, -f.spread[1].statistic);
        assert_true(f.spread[1].p > 0 && f.spread[1].p <= f.spread[1].adjusted);
        assert_true(isnan(f.spread[0].p));
        lk_audit_clear(&f);
    }
}

/* One photograph a person: what lk_stats_wss says. */
static void spread_is_wss(void **state)
{
    (void)state;
    static sample s;
    draw(&s, 90, 1, false, 2);
    double x[MOST_ROWS * D];
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (in(&s, i, 0))
            memcpy(x + n++ * D, s.x + i * D, D * sizeof *x);
    lk_wss w;
    lk_audit_findings f;
    assert_ok(lk_stats_wss(&w, x, n, D));
    audit(&f, &s, LK_METRIC_EUCLIDEAN);
    near_to(f.group[0].spread.wss, w.wss_per_df);
    near_to(f.group[0].spread.cosine, w.mean_cosine);
    lk_audit_clear(&f);
}

/* ---- what follows from rates ---- */

/* Two groups of people on a line, so crowded that thresholds can be set by halves. */
static void what_if_judges_people_who_did_not_set_it(void **state)
{
    (void)state;
    enum { N = 400 };
    static double x[N];
    static size_t person[N], group[N];
    lk_random random;
    lk_random_init(&random, 4, 0);
    for (size_t i = 0; i < N; i++) {
        person[i] = i;
        group[i] = i % 2;
        x[i] = lk_random_normal(&random) * (i % 2 ? 1 : 4);
    }
    const lk_audit_rows rows = {
        .x = x, .n = N, .d = 1, .person = person, .people = N, .group = group, .groups = 2};
    lk_audit_findings f;
    assert_ok(lk_audit_run(&f, &rows, NULL));
    const lk_audit_what_if *w = &f.level[0].what_if;
    near_to(w->least_expected, 49.5);
    assert_false(w->done);
    lk_audit_clear(&f);
    lk_audit_options options;
    lk_audit_options_init(&options);
    options.fmr[0] = 0.02;
    options.fmr[1] = 0.05;
    options.fmr[2] = 0.001;
    assert_ok(lk_audit_run(&f, &rows, &options));
    w = &f.level[0].what_if;
    near_to(w->least_expected, 99);
    assert_true(w->done && f.level[1].what_if.done && !f.level[2].what_if.done);
    near_to(w->global_fmr[0].pairs, 2 * 4950.0);
    /* One threshold for both lets far more of the crowded group pass; one each, as many. */
    assert_true(w->global_fmr[1].rate > 3 * w->global_fmr[0].rate);
    assert_true(w->own_fmr[1].rate < 1.5 * w->own_fmr[0].rate);
    assert_true(fabs(w->own_fmr[0].rate - 0.02) < 0.01 && w->own_fmr[0].rate != 0.02);
    assert_true(w->own[0][0] > w->own[1][0] && w->own[0][0] != w->own[0][1]);
    assert_int_equal(w->own_fnmr[0].state, LK_RATE_NONE);
    assert_int_equal(f.level[0].verdict, LK_AUDIT_CAN_TELL);
    assert_int_equal(f.level[0].fmr_extremes.worst, 1);
    assert_int_equal(f.level[0].fmr_extremes.best, 0);
    assert_true(f.level[0].omnibus.p < 1e-3 && f.level[0].rest[0].adjusted < 1e-3);
    assert_true(f.level[0].rest_ratio[0].high < 1);
    const lk_audit_index *shown = &f.level[0].indices[LK_AUDIT_MAX_OVER_MEAN];
    assert_true(shown->value > shown->null_high && shown->null_high > shown->null_median);
    assert_true(f.level[0].cv2 > 0 && f.level[0].plan.people >= f.level[0].plan.errors);
    lk_audit_clear(&f);
}

/* Of a run's own what-if: the same pairs, and as many wrong ones as thresholds at the edges
 * of bins allow. */
static void check_what_if_at(const lk_audit_findings *f, const lk_audit_level *level)
{
    const lk_audit_what_if *exact = &level->what_if;
    lk_audit_what_if w;
    double width = f->counts.edges[0];
    assert_ok(lk_audit_what_if_at(&w, f, level->target));
    assert_true(w.done);
    near_to(w.least_expected, exact->least_expected);
    for (size_t h = 0; h < 2; h++)
        assert_true(fabs(w.global[h] - exact->global[h]) <= width);
    for (size_t g = 0; g < f->groups; g++) {
        const lk_rate *of[][2] = {{&w.global_fmr[g], &exact->global_fmr[g]},
                                  {&w.own_fmr[g], &exact->own_fmr[g]}};
        for (size_t i = 0; i < 2; i++) {
            near_to(of[i][0]->pairs, of[i][1]->pairs);
            assert_true(fabs(of[i][0]->errors - of[i][1]->errors) <= 0.1 * of[i][1]->errors);
            assert_true(isnan(of[i][0]->low) && isnan(of[i][0]->high));
        }
        near_to(w.own_fnmr[g].pairs, exact->own_fnmr[g].pairs);
        for (size_t h = 0; h < 2; h++)
            assert_true(fabs(w.own[g][h] - exact->own[g][h]) <= width);
    }
    lk_audit_what_if_clear(&w);
}

/* The halves of one group hold its pairs but those between them, and all that of all groups. */
static void check_halves(const lk_audit_findings *f)
{
    const lk_audit_halves *halves = &f->counts.halves;
    double all = 0, sums = 0, genuine = 0, whole = 0;
    for (size_t b = 0; b < LK_AUDIT_BINS; b++) {
        for (size_t i = 0; i < 2 * f->groups; i++) {
            sums += halves->impostor[i * LK_AUDIT_BINS + b];
            genuine += halves->genuine[i * LK_AUDIT_BINS + b];
        }
        for (size_t g = 0; g < f->groups; g++)
            whole += f->counts.genuine[g * LK_AUDIT_BINS + b];
        all += halves->all[b] + halves->all[LK_AUDIT_BINS + b];
    }
    near_to(all, sums);
    near_to(genuine, whole);
}

static void what_if_is_known_at_any_rate(void **state)
{
    (void)state;
    enum { N = 800 };
    static double x[2 * N];
    static size_t person[N], group[N];
    lk_random random;
    lk_random_init(&random, 6, 0);
    for (size_t i = 0; i < N; i++) {
        person[i] = i / 2;
        group[i] = person[i] % 2;
        for (size_t k = 0; k < 2; k++)
            x[2 * i + k] = (i % 2 ? x[2 * (i - 1) + k] : 4 * lk_random_normal(&random)) +
                           0.3 * lk_random_normal(&random);
    }
    lk_audit_rows rows = {
        .x = x, .n = N, .d = 2, .person = person, .people = N / 2, .group = group, .groups = 2};
    lk_audit_options options;
    lk_audit_options_init(&options);
    options.fmr_count = 2;
    options.fmr[0] = 0.05;
    options.fmr[1] = 0.2;
    lk_audit_findings f;
    assert_ok(lk_audit_run(&f, &rows, &options));
    check_halves(&f);
    check_what_if_at(&f, &f.level[0]);
    check_what_if_at(&f, &f.level[1]);
    lk_audit_what_if w;
    assert_ok(lk_audit_what_if_at(&w, &f, 1e-3));
    assert_true(!w.done && !w.own && w.least_expected < 50);
    assert_fails(lk_audit_what_if_at(&w, &f, 0), LK_ERROR_ARGUMENT, "a rate of 0");
    assert_fails(lk_audit_what_if_at(&w, &f, NAN), LK_ERROR_ARGUMENT, "a rate of nan");
    lk_audit_clear(&f);
    /* People are parted where a threshold was given, too. */
    rows.thresholds = &(const double){1};
    rows.threshold_count = 1;
    assert_ok(lk_audit_run(&f, &rows, &options));
    assert_ok(lk_audit_what_if_at(&w, &f, 0.1));
    assert_true(w.done);
    lk_audit_what_if_clear(&w);
    lk_audit_clear(&f);
}

static void indices_are_described(void **state)
{
    (void)state;
    for (int k = 0; k < LK_AUDIT_INDICES; k++) {
        const lk_audit_index_about *a = lk_audit_index_describe((lk_audit_index_kind)k);
        assert_true(a && a->name[0] && a->definition[0] && a->source[0] && a->trap[0]);
    }
    assert_null(lk_audit_index_describe(LK_AUDIT_INDICES));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_as_brute_force),
        cmocka_unit_test(thresholds_may_be_given),
        cmocka_unit_test(floats_and_threads_change_nothing),
        cmocka_unit_test(spread_is_as_brute_force),
        cmocka_unit_test(spread_is_wss),
        cmocka_unit_test(what_if_judges_people_who_did_not_set_it),
        cmocka_unit_test(what_if_is_known_at_any_rate),
        cmocka_unit_test(indices_are_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

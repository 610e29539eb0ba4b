/* Bad and thin input of the audit: said plainly, or a state. */
#include <math.h>
#include <string.h>

#include "support.h"

#include "audit_sample.h"

static void refused(sample *s, lk_status status, const char *text)
{
    lk_audit_findings f = {.groups = 77};
    assert_fails(lk_audit_run(&f, &s->rows, NULL), status, text);
    assert_int_equal(f.groups, 77);
}

static void bad_rows_are_refused(void **state)
{
    (void)state;
    static sample s;
    draw(&s, 20, 2, false, 1);
    s.x[3 * D + 1] = NAN;
    refused(&s, LK_ERROR_NUMBER, "row 3, column 1: found nan");
    s.x[3 * D + 1] = INFINITY;
    refused(&s, LK_ERROR_NUMBER, "row 3, column 1: found inf");
    s.x[3 * D + 1] = 1e200;
    refused(&s, LK_ERROR_NUMBER, "too large");
    s.rows.x = NULL;
    refused(&s, LK_ERROR_ARGUMENT, "doubles or as floats");
    s.rows.x32 = s.x32;
    s.x32[5] = NAN;
    refused(&s, LK_ERROR_NUMBER, "row 1, column 0");
    draw(&s, 20, 2, false, 1);
    s.person[4] = 20;
    refused(&s, LK_ERROR_ARGUMENT, "row 4 is of person 20, expected below 20");
    draw(&s, 20, 2, false, 1);
    s.group[4] = GROUPS;
    refused(&s, LK_ERROR_ARGUMENT, "row 4 is in group 3, expected below 3");
    draw(&s, 20, 2, true, 1);
    s.start[2] = 0;
    s.start[1] = 2;
    refused(&s, LK_ERROR_ARGUMENT, "row 1 end before they begin");
    draw(&s, 20, 2, false, 1);
    s.group[1] = s.group[0];
    s.start[1] = 2;
    refused(&s, LK_ERROR_ARGUMENT, "row 0 is in group 0 twice");
    draw(&s, 20, 1, false, 1);
    memset(s.start, 0, sizeof s.start);
    refused(&s, LK_ERROR_ARGUMENT, "no row is in a group");
    draw(&s, 20, 1, false, 1);
    s.rows.people = SIZE_MAX;
    refused(&s, LK_ERROR_MEMORY, "do not fit");
    s.rows.people = SIZE_MAX / 2;
    refused(&s, LK_ERROR_MEMORY, "");
    s.rows.n = 0;
    refused(&s, LK_ERROR_ARGUMENT, "rows");
}

static void bad_thresholds_are_refused(void **state)
{
    (void)state;
    static sample s;
    draw(&s, 20, 1, false, 1);
    const double given[] = {1, INFINITY};
    s.rows.thresholds = given;
    s.rows.threshold_count = 2;
    refused(&s, LK_ERROR_NUMBER, "threshold of inf");
    s.rows.threshold_count = LK_AUDIT_LEVELS + 1;
    refused(&s, LK_ERROR_ARGUMENT, "expected at most 8");
    memset(s.x + 2 * D, 0, D * sizeof *s.x);
    s.rows.threshold_count = 1;
    lk_audit_options options;
    lk_audit_options_init(&options);
    options.metric = LK_METRIC_COSINE;
    lk_audit_findings f;
    assert_fails(lk_audit_run(&f, &s.rows, &options), LK_ERROR_NUMBER, "row 2 holds zeros");
    assert_ok(lk_audit_run(&f, &s.rows, NULL)); /* no cosine, then */
    assert_true(isnan(f.group[2].spread.cosine) && !isnan(f.group[2].spread.wss));
    lk_audit_clear(&f);
}

/* Everybody in a group of one's own: there is no pair within a group. */
static void groups_of_one(void **state)
{
    (void)state;
    enum { N = 40 };
    static double x[N];
    static size_t each[N];
    for (size_t i = 0; i < N; i++) {
        each[i] = i;
        x[i] = (double)i;
    }
    const double two[] = {2};
    lk_audit_rows rows = {
        .x = x, .n = N, .d = 1, .person = each, .people = N, .group = each, .groups = N};
    lk_audit_findings f;
    assert_fails(lk_audit_run(&f, &rows, NULL), LK_ERROR_ARGUMENT, "no pair");
    rows.thresholds = two;
    rows.threshold_count = 1;
    assert_ok(lk_audit_run(&f, &rows, NULL));
    const lk_audit_level *l = &f.level[0];
    assert_int_equal(l->pooled.state, LK_RATE_NONE);
    assert_int_equal(l->fmr[7].state, LK_RATE_NONE);
    assert_int_equal(l->matrix[7 * N + 9].state, LK_RATE_FEW); /* one pair, and it is wrong */
    assert_true(l->matrix[7 * N + 9].rate == 1 && l->matrix[7 * N + 10].rate == 0);
    assert_int_equal(l->verdict, LK_AUDIT_TOO_FEW);
    assert_true(isnan(l->omnibus.p) && isnan(l->rest[3].p) && isnan(f.group[3].spread.wss));
    assert_true(isnan(l->indices[LK_AUDIT_GINI].value) && l->plan.people == 0);
    lk_audit_clear(&f);
}

static void one_group_and_a_thousand(void **state)
{
    (void)state;
    enum { N = 4000, MANY = 1000 };
    static double x[N];
    static size_t person[N], group[N];
    lk_random random;
    lk_random_init(&random, 8, 0);
    for (size_t i = 0; i < N; i++) {
        person[i] = i;
        x[i] = lk_random_unit(&random);
    }
    lk_audit_rows rows = {
        .x = x, .n = 100, .d = 1, .person = person, .people = N, .group = group, .groups = 1};
    lk_audit_findings f;
    assert_ok(lk_audit_run(&f, &rows, NULL));
    assert_int_equal(f.level[0].verdict, LK_AUDIT_TOO_FEW);
    assert_int_equal(f.level[0].fmr[0].state, LK_RATE_ESTIMATED);
    near_to(f.level[0].fmr[0].rate, f.level[0].pooled.rate);
    assert_true(isnan(f.level[0].omnibus.p) && isnan(f.level[0].rest_ratio[0].value));
    lk_audit_clear(&f);
    for (size_t i = 0; i < N; i++)
        group[i] = i % MANY;
    rows.n = N;
    rows.groups = MANY;
    assert_ok(lk_audit_run(&f, &rows, NULL));
    assert_true(!f.level[0].matrix && !f.counts.impostor && !f.spread);
    double errors = 0;
    for (size_t g = 0; g < MANY; g++)
        errors += f.level[0].fmr[g].errors;
    near_to(errors, f.level[0].pooled.errors);
    near_to(errors, 60); /* 6 pairs a group, 1 of a hundred */
    assert_int_equal(f.level[0].verdict, LK_AUDIT_TOO_FEW);
    lk_audit_clear(&f);
}

static void rows_that_are_all_one(void **state)
{
    (void)state;
    static sample s;
    draw(&s, 30, 2, false, 1);
    for (size_t i = 0; i < s.n * D; i++)
        s.x[i] = 1;
    lk_audit_findings f;
    assert_ok(lk_audit_run(&f, &s.rows, NULL)); /* equal distances pass together, or not */
    assert_true(f.level[0].threshold < 0 && f.level[0].pooled.errors == 0);
    assert_true(f.group[0].spread.wss < 1e-30);
    lk_audit_clear(&f);
}

static bool stop(void *user, const char *what, uint64_t done, uint64_t total)
{
    (void)user, (void)what, (void)done, (void)total;
    return false;
}

static void it_can_be_stopped(void **state)
{
    (void)state;
    static sample s;
    draw(&s, 180, 2, false, 1);
    s.rows.progress = stop;
    size_t before = lk_threads_get();
    lk_threads_set(1); /* the one that is asked */
    refused(&s, LK_ERROR_CANCELLED, "stopped");
    lk_threads_set(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_rows_are_refused),  cmocka_unit_test(bad_thresholds_are_refused),
        cmocka_unit_test(groups_of_one),         cmocka_unit_test(one_group_and_a_thousand),
        cmocka_unit_test(rows_that_are_all_one), cmocka_unit_test(it_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

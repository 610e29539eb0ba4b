/* For the time of a run each thread has processors of its own; after it those it had. */
#include <omp.h>
#include <sched.h>

#include "support.h"

#include <likeness/likeness.h>

#include "base/apart.h"

enum { THREADS = 2 };

static cpu_set_t mine(void)
{
    cpu_set_t set;
    assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
    return set;
}

static void look(cpu_set_t *sets, int threads)
{
#pragma omp parallel num_threads(threads)
    sched_getaffinity(0, sizeof sets[0], &sets[omp_get_thread_num()]);
}

static void skip_on_one_processor(void)
{
    cpu_set_t all = mine();
    lk_threads_set(THREADS);
    if (CPU_COUNT(&all) < THREADS) {
        print_message("SKIPPED: threads kept apart (one processor)\n");
        skip();
    }
}

static void each_has_its_own_until_the_end(void **state)
{
    (void)state;
    cpu_set_t before, during[THREADS], after[THREADS], both;
    skip_on_one_processor();
    before = mine();
    lk_apart apart = lk_apart_anyway();
    look(during, THREADS);
    lk_apart_end(&apart);
    look(after, THREADS);
    assert_int_equal(apart.threads, THREADS);
    CPU_AND(&both, &during[0], &during[1]);
    assert_int_equal(CPU_COUNT(&both), 0);
    CPU_OR(&both, &during[0], &during[1]);
    assert_true(CPU_EQUAL(&both, &before));
    for (int k = 0; k < THREADS; k++)
        assert_true(CPU_EQUAL(&after[k], &before));
}

static void a_run_within_another_changes_nothing(void **state)
{
    (void)state;
    cpu_set_t outer[THREADS], inner[THREADS];
    skip_on_one_processor();
    lk_apart apart = lk_apart_anyway();
    look(outer, THREADS);
    lk_apart within = lk_apart_anyway();
    assert_int_equal(within.threads, 0);
    lk_apart_end(&within);
    look(inner, THREADS);
    lk_apart_end(&apart);
    for (int k = 0; k < THREADS; k++)
        assert_true(CPU_EQUAL(&outer[k], &inner[k]));
    lk_apart again = lk_apart_anyway();
    assert_int_equal(again.threads, THREADS);
    lk_apart_end(&again);
}

/* Where a program has told its threads where to run, they stay there. */
static void what_a_program_has_bound_stays(void **state)
{
    (void)state;
    cpu_set_t all, one[THREADS], during[THREADS];
    skip_on_one_processor();
    all = mine();
    for (int k = 0, p = 0; k < THREADS; k++, p++) {
        while (!CPU_ISSET((size_t)p, &all))
            p++;
        CPU_ZERO(&one[k]);
        CPU_SET((size_t)p, &one[k]);
    }
#pragma omp parallel num_threads(THREADS)
    sched_setaffinity(0, sizeof one[0], &one[omp_get_thread_num()]);
    lk_apart apart = lk_apart_anyway();
    look(during, THREADS);
    lk_apart_end(&apart);
#pragma omp parallel num_threads(THREADS)
    sched_setaffinity(0, sizeof all, &all);
    assert_int_equal(apart.threads, 0);
    for (int k = 0; k < THREADS; k++)
        assert_true(CPU_EQUAL(&during[k], &one[k]));
}

/* More threads than processors: nothing that could be done. */
static void too_many_threads_stay(void **state)
{
    (void)state;
    cpu_set_t all = mine();
    lk_threads_set((size_t)CPU_COUNT(&all) + 1);
    lk_apart apart = lk_apart_anyway();
    assert_int_equal(apart.threads, 0);
    lk_apart_end(&apart);
}

/* Whether it does something is the machine's affair; what it leaves behind is not. */
static void a_run_leaves_what_it_found(void **state)
{
    (void)state;
    cpu_set_t before = mine(), after[THREADS];
    lk_threads_set(THREADS);
    lk_apart apart = lk_apart_begin();
    assert_true(apart.threads == 0 || apart.threads == THREADS);
    lk_apart_end(&apart);
    look(after, THREADS);
    for (int k = 0; k < THREADS; k++)
        assert_true(CPU_EQUAL(&after[k], &before));
}

/* As `taskset -ap` does it. */
static void what_is_bound_in_a_run_stays(void **state)
{
    (void)state;
    cpu_set_t all, during[THREADS], after[THREADS];
    skip_on_one_processor();
    all = mine();
    lk_apart apart = lk_apart_anyway();
    look(during, THREADS);
#pragma omp parallel num_threads(THREADS)
    sched_setaffinity(0, sizeof during[0], &during[THREADS - 1 - omp_get_thread_num()]);
    lk_apart_end(&apart);
    look(after, THREADS);
#pragma omp parallel num_threads(THREADS)
    sched_setaffinity(0, sizeof all, &all);
    assert_int_equal(apart.threads, THREADS);
    for (int k = 0; k < THREADS; k++)
        assert_true(CPU_EQUAL(&after[k], &during[THREADS - 1 - k]));
}

/* A loop of fewer threads ends the others; the next makes new ones, in the middle of a run. The
 * last test: runs are not held apart behind it. */
static void threads_that_are_replaced_in_a_run_are_free_after_it(void **state)
{
    (void)state;
    cpu_set_t before, during[THREADS], after[THREADS];
    skip_on_one_processor();
    before = mine();
    lk_apart apart = lk_apart_anyway();
    assert_int_equal(apart.threads, THREADS);
    (void)omp_pause_resource_all(omp_pause_soft);
    look(during, THREADS);
    lk_apart_end(&apart);
    look(after, THREADS);
    for (int k = 0; k < THREADS; k++)
        assert_true(CPU_EQUAL(&after[k], &before));
#if !defined(__clang__) /* whose OpenMP keeps its threads */
    lk_apart again = lk_apart_anyway();
    assert_int_equal(again.threads, 0);
    lk_apart_end(&again);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_its_own_until_the_end),
        cmocka_unit_test(a_run_within_another_changes_nothing),
        cmocka_unit_test(what_a_program_has_bound_stays),
        cmocka_unit_test(too_many_threads_stay),
        cmocka_unit_test(a_run_leaves_what_it_found),
        cmocka_unit_test(what_is_bound_in_a_run_stays),
        cmocka_unit_test(threads_that_are_replaced_in_a_run_are_free_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

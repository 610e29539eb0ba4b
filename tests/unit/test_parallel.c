/* A group of one process, in a program that has begun MPI by itself and ends it by itself, and
 * in one that has ended it. */
#include "support.h"

#include <likeness/parallel.h>

#ifdef LK_WITH_MPI

#include <mpi.h>

static bool mpi_is_over(void)
{
    int over = 0;
    MPI_Finalized(&over);
    return over;
}

static void a_group_leaves_the_callers_mpi_alone(void **state)
{
    (void)state;
    lk_trainer_parallel group;
    int given;
    assert_int_equal(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given), MPI_SUCCESS);
    for (int turn = 0; turn < 2; turn++) {
        double numbers[] = {1, 2};
        float gradient[] = {3, 4, 5};
        assert_ok(lk_parallel_open(&group, turn));
        assert_int_equal(group.ranks, 1);
        assert_int_equal(group.rank, 0);
        assert_true(group.synchronised == (bool)turn);
        assert_ok(group.sum(group.user, numbers, 2));
        assert_true(numbers[0] == 1 && numbers[1] == 2);
        assert_ok(group.reduce(group.user, gradient, 3));
        assert_ok(group.wait(group.user));
        assert_true(gradient[0] == 3 && gradient[2] == 5);
        lk_parallel_close(&group, false, 0);
        assert_false(mpi_is_over());
        lk_parallel_close(&group, false, 0); /* closed already */
    }
    MPI_Finalize();
}

static void what_has_ended_is_not_begun_again(void **state)
{
    (void)state;
    lk_trainer_parallel group;
    assert_true(mpi_is_over());
    assert_fails(lk_parallel_open(&group, false), LK_ERROR_ARGUMENT, "MPI has been finalised");
}

#else

static void a_group_leaves_the_callers_mpi_alone(void **state)
{
    (void)state;
    lk_trainer_parallel group;
    assert_false(lk_parallel_available());
    assert_fails(lk_parallel_open(&group, false), LK_ERROR_UNSUPPORTED, "without MPI");
}

static void what_has_ended_is_not_begun_again(void **state)
{
    (void)state;
    lk_parallel_close(NULL, false, 0);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_leaves_the_callers_mpi_alone),
        cmocka_unit_test(what_has_ended_is_not_begun_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

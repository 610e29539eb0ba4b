/* The one file that sees MPI. A tensor's sum is begun as soon as backward has it
 * (MPI_Iallreduce, in place) and ends while the next ones are computed: Open MPI moves
 * messages only inside its own calls, so each new sum first gives the old ones a push. */
#include <stdlib.h>
#include <string.h>

#include <likeness/parallel.h>

#include "base/error.h"
#include "base/memory.h"

size_t lk_parallel_started(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = getenv(names[i]);
        long count = text ? strtol(text, NULL, 10) : 0;
        if (count > 0)
            return (size_t)count;
    }
    return 1;
}

#ifdef LK_WITH_MPI
#include <limits.h>
#include <mpi.h>

/* What is under way. */
typedef struct lk_parallel_group {
    bool ours; /* to finalise: nobody had initialised MPI before */
    MPI_Comm world;
    MPI_Request *requests;
    size_t count, capacity;
} lk_parallel_group;

static lk_status checked(int code, const char *what)
{
    char text[MPI_MAX_ERROR_STRING];
    int length = 0;
    if (code == MPI_SUCCESS)
        return LK_OK;
    MPI_Error_string(code, text, &length);
    return lk_fail(LK_ERROR_INTERNAL, "MPI: %s: %.*s", what, length, text);
}

static lk_status check_count(size_t count)
{
    LK_REQUIRE(count <= INT_MAX, LK_ERROR_ARGUMENT, "MPI: %zu numbers in one message", count);
    return LK_OK;
}

static lk_status sum(void *user, double *numbers, size_t count)
{
    const lk_parallel_group *group = user;
    LK_TRY(check_count(count));
    return checked(
        MPI_Allreduce(MPI_IN_PLACE, numbers, (int)count, MPI_DOUBLE, MPI_SUM, group->world),
        "a sum over the processes");
}

static lk_status parallel_gather(void *user, float *all, const float *mine, size_t count)
{
    const lk_parallel_group *group = user;
    LK_TRY(check_count(count));
    return checked(
        MPI_Allgather(mine, (int)count, MPI_FLOAT, all, (int)count, MPI_FLOAT, group->world),
        "gathering embeddings");
}

static lk_status parallel_reduce(void *user, float *gradient, size_t count)
{
    lk_parallel_group *group = user;
    int done;
    LK_TRY(check_count(count));
    if (group->count)
        LK_TRY(checked(MPI_Testall((int)group->count, group->requests, &done, MPI_STATUSES_IGNORE),
                       "a sum of gradients"));
    LK_TRY(lk_grow(&group->requests, &group->capacity, group->count + 1, sizeof *group->requests));
    LK_TRY(checked(MPI_Iallreduce(MPI_IN_PLACE, gradient, (int)count, MPI_FLOAT, MPI_SUM,
                                  group->world, &group->requests[group->count]),
                   "a sum of gradients"));
    group->count++;
    return LK_OK;
}

static lk_status wait(void *user)
{
    lk_parallel_group *group = user;
    int code = MPI_Waitall((int)group->count, group->requests, MPI_STATUSES_IGNORE);
    group->count = 0;
    return checked(code, "a sum of gradients");
}

bool lk_parallel_available(void)
{
    return true;
}

lk_status lk_parallel_open(lk_trainer_parallel *out, bool synchronised)
{
    lk_parallel_group *group;
    int given, rank, ranks, running = 0, over = 0;
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "lk_parallel_open: NULL argument");
    MPI_Finalized(&over);
    LK_REQUIRE(!over, LK_ERROR_ARGUMENT, "MPI has been finalised, which is for good");
    MPI_Initialized(&running);
    if (!running)
        LK_TRY(
            checked(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given), "MPI_Init_thread"));
    LK_TRY(lk_alloc(&group, 1, sizeof *group));
    group->ours = !running;
    group->world = MPI_COMM_WORLD;
    MPI_Comm_set_errhandler(group->world, MPI_ERRORS_RETURN);
    MPI_Comm_rank(group->world, &rank);
    MPI_Comm_size(group->world, &ranks);
    *out = (lk_trainer_parallel){.user = group,
                                 .rank = (size_t)rank,
                                 .ranks = (size_t)ranks,
                                 .synchronised = synchronised,
                                 .sum = sum,
                                 .gather = parallel_gather,
                                 .reduce = parallel_reduce,
                                 .wait = wait};
    return LK_OK;
}

void lk_parallel_close(lk_trainer_parallel *parallel, bool failed, int exit_status)
{
    if (!parallel || !parallel->user)
        return;
    lk_parallel_group *group = parallel->user;
    if (failed && parallel->ranks > 1)
        MPI_Abort(group->world, exit_status);
    if (group->ours)
        MPI_Finalize();
    free(group->requests);
    free(group);
    *parallel = (lk_trainer_parallel){.ranks = 1};
}

#else

bool lk_parallel_available(void)
{
    return false;
}

lk_status lk_parallel_open(lk_trainer_parallel *out, bool synchronised)
{
    (void)out;
    (void)synchronised;
    return lk_fail(LK_ERROR_UNSUPPORTED,
                   "this library was built without MPI: install libopenmpi-dev and build it anew");
}

void lk_parallel_close(lk_trainer_parallel *parallel, bool failed, int exit_status)
{
    if (!parallel)
        return;
    (void)failed;
    (void)exit_status;
    *parallel = (lk_trainer_parallel){.ranks = 1};
}

#endif

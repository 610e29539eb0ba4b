/* likeness/parallel.h: training by several processes over MPI.
 *
 *   lk_trainer_parallel group;
 *   lk_parallel_open(&group, true);
 *   options.parallel = &group;       ... create or resume, run, destroy ...
 *   lk_parallel_close(&group, status != LK_OK, 1);
 *
 * Start such a program with mpirun. Gradients are summed tensor by tensor while
 * backward still computes the next ones.
 *
 * A group belongs to the thread that trains.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_PARALLEL_H
#define LIKENESS_PARALLEL_H

#include <likeness/trainer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether this library was built with MPI (Debian: libopenmpi-dev). Threads: any. */
LK_API bool lk_parallel_available(void);

/* How many processes the environment says were started together; 1 without mpirun.
 * Asks the environment only, and works without MPI. Threads: any. */
LK_API size_t lk_parallel_started(void);

/* Joins the processes that mpirun started and fills *group in. Initialises MPI, which a
 * process can do once, unless the caller has; who initialised it finalises it.
 * Ownership: *group is the caller's and must stay until lk_parallel_close. Errors:
 * LK_ERROR_UNSUPPORTED (built without MPI), LK_ERROR_ARGUMENT (MPI has been finalised),
 * LK_ERROR_MEMORY, LK_ERROR_INTERNAL (MPI's own text). Threads: one at a time,
 * that which trains. */
LK_API LK_MUST_USE lk_status lk_parallel_open(lk_trainer_parallel *group, bool synchronised);

/* Leaves the group, and finalises MPI if lk_parallel_open has initialised it. With `failed`
 * all its processes are ended at once, since they would wait for this one for ever; this
 * call then does not return when there are others, and the processes leave with
 * `exit_status`. A group that is closed already is left alone. Threads: one at a time. */
LK_API void lk_parallel_close(lk_trainer_parallel *group, bool failed, int exit_status);

#ifdef __cplusplus
}
#endif

#endif

/* Threads of a run that keep to processors of their own. */
#ifndef LK_BASE_APART_H
#define LK_BASE_APART_H

#include <sched.h>
#include <sys/types.h>

enum { LK_APART_MOST = 256 }; /* threads; more run where the system puts them */

/* From lk_apart_begin to lk_apart_end each thread of the loops that the calling thread
 * starts keeps to a share of the processors that it may use, all shares as large; the end
 * gives each what it had. Nothing is done, and threads is 0, where there are fewer
 * processors than threads, where others keep the processors busy, within another such run
 * or a parallel loop, where the system refuses, and once OpenMP has replaced threads in the
 * middle of a run. What somebody else tells a thread in the middle of a run stays. Costs a
 * wake-up of each thread. Threads: the ends belong to the thread of the beginning; runs of
 * several threads do not meet. */
typedef struct lk_apart {
    cpu_set_t allowed; /* before */
    pid_t moved[LK_APART_MOST];
    int threads, first; /* first: the share of the calling thread */
} lk_apart;

lk_apart lk_apart_begin(void);
/* lk_apart_begin, also where the processors are busy. */
lk_apart lk_apart_anyway(void);
void lk_apart_end(const lk_apart *apart);

/* Keeps the threads apart until the end of the block. */
#define LK_THREADS_APART()                                                                         \
    __attribute__((cleanup(lk_apart_end), unused)) const lk_apart lk_apart_ = lk_apart_begin()

#endif

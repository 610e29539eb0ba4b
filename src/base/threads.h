/* The number of threads, for our own loops and for libraries that ask OpenMP. */
#ifndef LK_BASE_THREADS_H
#define LK_BASE_THREADS_H

#include <likeness/base.h>

/* lk_threads_get as OpenMP counts. Every `omp parallel` in src says
 * num_threads(lk_threads()): without it the number is the calling thread's own, which
 * lk_threads_set in another thread does not reach. Threads: any. */
int lk_threads(void);

/* Libraries ask OpenMP how many threads to take, and OpenMP asks the calling thread:
 * lk_threads_lend says it to this thread, lk_threads_return gives it back what its
 * program had set. */
int lk_threads_lend(int count);
void lk_threads_return(const int *before);

/* Lends lk_threads() until the end of the block. */
#define LK_LEND_THREADS()                                                                          \
    __attribute__((cleanup(lk_threads_return), unused)) const int lk_threads_before_ =             \
        lk_threads_lend(lk_threads())

#endif

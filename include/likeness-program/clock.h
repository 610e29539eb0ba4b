/* Time that passes, for the program as for the library. Not installed. */
#ifndef LIKENESS_PROGRAM_CLOCK_H
#define LIKENESS_PROGRAM_CLOCK_H

#include <time.h>

/* Seconds from some moment on, which no correction of the date moves. Threads: any. */
static inline double lk_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif

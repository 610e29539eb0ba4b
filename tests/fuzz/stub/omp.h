/* Stands in for OpenMP's header in the fuzz build, which runs one thread: the
 * library's pragmas are ignored there, and these are the calls it makes. */
#ifndef LK_FUZZ_OMP_H
#define LK_FUZZ_OMP_H

static inline int omp_get_num_procs(void)
{
    return 1;
}

static inline int omp_get_max_threads(void)
{
    return 1;
}

static inline int omp_get_num_threads(void)
{
    return 1;
}

static inline int omp_get_thread_num(void)
{
    return 0;
}

static inline int omp_in_parallel(void)
{
    return 0;
}

static inline void omp_set_num_threads(int count)
{
    (void)count;
}

#endif

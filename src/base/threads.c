/* Threads are counted once: OpenMP's pool serves oneDNN and our own loops. */
#include <omp.h>

#include <likeness/base.h>

void lk_threads_set(size_t count)
{
    size_t processors = (size_t)omp_get_num_procs();
    size_t wanted = count ? count : processors;
    omp_set_num_threads((int)(wanted < 1024 ? wanted : 1024));
}

size_t lk_threads_get(void)
{
    return (size_t)omp_get_max_threads();
}

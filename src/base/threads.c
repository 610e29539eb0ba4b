/* Threads are counted once: OpenMP's pool serves oneDNN and our own loops. */
#include <omp.h>
#include <sys/resource.h>

#include <likeness/base.h>

#include "base/memory.h"

/* OpenMP starts a pool with notes about each of its threads on the stack, some 200
 * bytes; when they do not fit there, the process ends without a word. */
static size_t most_threads(void)
{
    enum { MOST = 1024, STACK_A_THREAD = 1024 };
    struct rlimit stack;
    if (getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur / STACK_A_THREAD >= MOST)
        return MOST; /* also without a limit */
    size_t most = (size_t)stack.rlim_cur / STACK_A_THREAD;
    return most ? most : 1;
}

/* OMP_NUM_THREADS may ask for any number before we have a say. */
__attribute__((constructor)) static void cap_threads(void)
{
    size_t most = most_threads();
    if ((size_t)omp_get_max_threads() > most)
        omp_set_num_threads((int)most);
}

void lk_threads_set(size_t count)
{
    size_t processors = (size_t)omp_get_num_procs();
    omp_set_num_threads((int)lk_smaller(count ? count : processors, most_threads()));
}

size_t lk_threads_get(void)
{
    return (size_t)omp_get_max_threads();
}

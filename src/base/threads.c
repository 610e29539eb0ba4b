/* Threads are counted once, for the process: OpenMP's pool serves oneDNN and our own
 * loops. What OpenMP itself keeps is a number of each thread that calls. */
#include "base/threads.h"

#include <omp.h>
#include <stdatomic.h>
#include <sys/resource.h>

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

static atomic_int threads_set = 1;

/* OMP_NUM_THREADS may ask for any number. */
__attribute__((constructor)) static void threads_begin(void)
{
    threads_set = (int)lk_smaller((size_t)omp_get_max_threads(), most_threads());
}

void lk_threads_set(size_t count)
{
    size_t processors = (size_t)omp_get_num_procs();
    threads_set = (int)lk_smaller(count ? count : processors, most_threads());
}

int lk_threads(void)
{
    return atomic_load_explicit(&threads_set, memory_order_relaxed);
}

size_t lk_threads_get(void)
{
    return (size_t)lk_threads();
}

int lk_threads_lend(int count)
{
    int before = omp_get_max_threads();
    omp_set_num_threads(count);
    return before;
}

void lk_threads_return(const int *before)
{
    omp_set_num_threads(*before);
}

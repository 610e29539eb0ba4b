/* The number of threads is the process's: it holds whoever calls, and a program's own
 * OpenMP loops keep theirs. */
#include <dirent.h>
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "support.h"

#include <likeness/stats.h>

#include "nn/dnnl/shim.h"

enum { OWN = 5 }; /* what this program has set for its own loops */

static size_t count_threads(void)
{
    size_t count = 0;
    DIR *stream = opendir("/proc/self/task");
    for (struct dirent *entry; stream && (entry = readdir(stream));)
        count += entry->d_name[0] != '.';
    if (stream)
        closedir(stream);
    return count;
}

/* The workers of a thread that has ended go when they come to it. */
static void await_threads(size_t count)
{
    enum { MILLISECONDS = 20000 };
    for (int i = 0; i < MILLISECONDS && count_threads() > count; i++)
        usleep(1000);
}

/* A loop of the library's. */
static void run_loop(void)
{
    enum { N = 64, D = 8 };
    static double rows[N * D], distances[N * N];
    assert_ok(lk_stats_distances(distances, rows, N, D));
}

/* One of oneDNN's, which is large enough to be shared out. */
static void run_dnnl(void)
{
    static const size_t shape[4] = {256, 256, 3, 3};
    lk_dnnl_stream *stream;
    lk_dnnl_weights *plain, *blocked;
    assert_ok(lk_dnnl_stream_create(&stream));
    assert_ok(lk_dnnl_weights_plain(&plain, shape));
    assert_ok(lk_dnnl_weights_block(&blocked, plain, shape, stream));
    lk_dnnl_weights_destroy(blocked);
    lk_dnnl_weights_destroy(plain);
    lk_dnnl_stream_destroy(stream);
}

typedef struct visit {
    void (*run)(void);
    size_t before, threads, started;
    int own;
} visit;

/* OpenMP gives a thread that it does not know workers of its own, and keeps them. */
static void *run_visit(void *data)
{
    visit *v = data;
    omp_set_num_threads(OWN);
    v->threads = lk_threads_get();
    await_threads(v->before + 1);
    v->run();
    v->started = count_threads() - (v->before + 1);
    v->own = omp_get_max_threads();
    return NULL;
}

static void check_visit(void (*run)(void), size_t threads)
{
    static size_t alone;
    alone = alone ? alone : count_threads();
    visit v = {.run = run, .before = alone};
    pthread_t visitor;
    lk_threads_set(threads);
    assert_int_equal(pthread_create(&visitor, NULL, run_visit, &v), 0);
    pthread_join(visitor, NULL);
    assert_int_equal(v.threads, threads);
    assert_int_equal(v.started, threads - 1);
    assert_int_equal(v.own, OWN);
}

static void the_number_holds_in_every_thread(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 3; threads++)
        check_visit(run_loop, threads);
}

static void the_number_holds_for_libraries_that_ask_openmp(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 3; threads++)
        check_visit(run_dnnl, threads);
}

static void setting_it_leaves_the_program_its_own(void **state)
{
    (void)state;
    omp_set_num_threads(OWN);
    lk_threads_set(2);
    assert_int_equal(omp_get_max_threads(), OWN);
    omp_set_num_threads(OWN + 1);
    assert_int_equal(lk_threads_get(), 2);
    lk_threads_set(0);
    assert_int_equal(lk_threads_get(), omp_get_num_procs());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_number_holds_in_every_thread),
        cmocka_unit_test(the_number_holds_for_libraries_that_ask_openmp),
        cmocka_unit_test(setting_it_leaves_the_program_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* How long all pairs of rows take: the distances alone, then verification with intervals.
 * usage: bench_roc [PEOPLE [PHOTOGRAPHS [SIZE]]] (default: 2000 people, 10 photographs each, of
 * 512 numbers) */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <likeness/stats.h>

#include "base/random.h"
#include "bench_support.h"
#include "stats/walk.h"

static size_t argument(int argc, char **argv, int i, size_t preset)
{
    return argc > i ? strtoul(argv[i], NULL, 10) : preset;
}

static double processor(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_utime.tv_sec + 1e-6 * (double)used.ru_utime.tv_usec;
}

static double megabytes(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_maxrss / 1024;
}

static void see_nothing(void *user, const lk_walk_block *block)
{
    (void)user;
    (void)block;
}

static lk_status walk(const double *x, size_t n, size_t d)
{
    double start = bench_now(), before = processor();
    const lk_walk w = {
        .what = "walk", .x = x, .n = n, .d = d, .threads = lk_walk_threads(), .visit = see_nothing};
    lk_status status = lk_walk_pairs(&w);
    printf("walk of %zu rows, %zu numbers: %.2f s (%.2f s of processor)\n", n, d,
           bench_now() - start, processor() - before);
    return status;
}

static lk_status verify(const double *x, const size_t *person, size_t n, size_t d)
{
    double start = bench_now(), before = processor();
    lk_verification found;
    lk_roc *curve = NULL;
    lk_status status = lk_stats_verify_rows(&found, &curve, x, person, n, d, NULL, NULL, NULL);
    lk_stats_roc_destroy(curve);
    if (status == LK_OK)
        printf("roc of %zu rows, %zu numbers, %zu people: %.2f s (%.2f s of processor), %.0f MB; "
               "AUC %.17g [%.17g, %.17g]\n",
               n, d, found.people, bench_now() - start, processor() - before, megabytes(),
               found.auc.mean, found.auc.low, found.auc.high);
    return status;
}

int main(int argc, char **argv)
{
    size_t people = argument(argc, argv, 1, 2000), photos = argument(argc, argv, 2, 10);
    size_t d = argument(argc, argv, 3, 512), n = people * photos;
    double *x = malloc(n * d * sizeof *x), *at = malloc(d * sizeof *at);
    size_t *person = malloc(n * sizeof *person);
    if (!x || !at || !person || n == 0)
        return 1;
    lk_random random;
    lk_random_init(&random, 1, 0);
    for (size_t i = 0; i < n; i++) {
        person[i] = i / photos;
        for (size_t k = 0; k < d; k++) {
            double scale = 1 / (1 + (double)k / 20);
            at[k] = i % photos ? at[k] : scale * lk_random_normal(&random);
            x[i * d + k] = at[k] + 0.7 * scale * lk_random_normal(&random);
        }
    }
    lk_status status = walk(x, n, d);
    if (status == LK_OK)
        status = verify(x, person, n, d);
    if (status != LK_OK)
        fprintf(stderr, "%s\n", lk_error_text());
    free(person);
    free(at);
    free(x);
    return status != LK_OK;
}

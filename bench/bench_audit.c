/* How long an audit takes, and how much memory.
 * usage: bench_audit [PEOPLE [SIZE [GROUPS]]] (default: 10000 people, a photograph each, of 512
 * numbers in 4 groups) */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <likeness/audit.h>

#include "base/random.h"
#include "bench_support.h"

static size_t argument(int argc, char **argv, int i, size_t preset)
{
    return argc > i ? strtoul(argv[i], NULL, 10) : preset;
}

int main(int argc, char **argv)
{
    size_t n = argument(argc, argv, 1, 10000), d = argument(argc, argv, 2, 512);
    size_t groups = argument(argc, argv, 3, 4);
    float *x = malloc(n * d * sizeof *x);
    size_t *person = malloc(n * sizeof *person), *group = malloc(n * sizeof *group);
    if (!x || !person || !group || n == 0 || groups == 0)
        return 1;
    lk_random random;
    lk_random_init(&random, 1, 0);
    for (size_t i = 0; i < n * d; i++)
        x[i] = (float)(lk_random_normal(&random) / (1 + (double)(i % d) / 20));
    for (size_t i = 0; i < n; i++) {
        person[i] = i;
        group[i] = i % groups;
    }
    const lk_audit_rows rows = {
        .x32 = x, .n = n, .d = d, .person = person, .people = n, .group = group, .groups = groups};
    lk_audit_findings found;
    double start = bench_now();
    if (lk_audit_run(&found, &rows, NULL) != LK_OK) {
        fprintf(stderr, "%s\n", lk_error_text());
        return 1;
    }
    double seconds = bench_now() - start;
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("%zu people, %zu numbers, %zu groups: %.2f s (%.2f s of processor), %.0f MB, FMR %g at "
           "%g, what-if %s\n",
           n, d, groups, seconds,
           (double)used.ru_utime.tv_sec + 1e-6 * (double)used.ru_utime.tv_usec,
           (double)used.ru_maxrss / 1024, found.level[0].pooled.rate, found.level[0].threshold,
           found.level[0].what_if.done ? "done" : "not done");
    lk_audit_clear(&found);
    free(x);
    free(person);
    free(group);
    return 0;
}

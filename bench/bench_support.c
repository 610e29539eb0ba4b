#include "bench_support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

double bench_now(void)
{
    const char *which = getenv("BENCH_CLOCK");
    struct timespec t;
    clock_gettime(which && strcmp(which, "cpu") == 0 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC,
                  &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

double bench_least(const double *values, size_t count)
{
    double least = values[0];
    for (size_t i = 1; i < count; i++)
        least = values[i] < least ? values[i] : least;
    return least;
}

void bench_ratio(const char *work, const char *peer, double ratio)
{
    printf("ratio %s %s %.3f\n", work, peer, ratio);
}

#if defined(__x86_64__)
enum { CHAINS = 12, STEPS = 1 << 20 };

/* Keeps the compiler from dropping the work. */
static volatile float sink;

#define PEAK(name, features, vector, spread, multiply_add, lanes)                                  \
    __attribute__((target(features))) static double name(void)                                     \
    {                                                                                              \
        vector sums[CHAINS], factor = spread(0.999F), term = spread(1e-3F);                        \
        for (int i = 0; i < CHAINS; i++)                                                           \
            sums[i] = spread((float)i);                                                            \
        double start = bench_now();                                                                \
        for (int step = 0; step < STEPS; step++) {                                                 \
            _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) sums[i] =                    \
                multiply_add(sums[i], factor, term);                                               \
        }                                                                                          \
        double seconds = bench_now() - start;                                                      \
        for (int i = 0; i < CHAINS; i++)                                                           \
            sink = ((float *)&sums[i])[0];                                                         \
        return 2.0 * (lanes)*CHAINS * STEPS / seconds;                                             \
    }

PEAK(peak_avx512, "avx512f", __m512, _mm512_set1_ps, _mm512_fmadd_ps, 16)
PEAK(peak_avx2, "avx2,fma", __m256, _mm256_set1_ps, _mm256_fmadd_ps, 8)

double bench_peak_flops(void)
{
    double best = 0;
    for (int i = 0; i < 9; i++) {
        double rate = __builtin_cpu_supports("avx512f") ? peak_avx512()
                      : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                          ? peak_avx2()
                          : 0;
        best = rate > best ? rate : best;
    }
    return best;
}
#else
double bench_peak_flops(void)
{
    return 0;
}
#endif

static void become_python(int in, int out, const char *const *arguments)
{
    const char *python = getenv("PYTHON"), *list[32] = {python ? python : "python3"};
    unsetenv("GOMP_SPINCOUNT"); /* is ours */
    for (size_t i = 0; arguments[i] && i < 30; i++)
        list[i + 1] = arguments[i];
    dup2(in, 0);
    dup2(out, 1);
    execvp(list[0], (char *const *)(const void *)list);
    _exit(127);
}

int bench_peer_start(bench_peer *peer, const char *const *arguments, char *greeting,
                     size_t greeting_size)
{
    int to[2], from[2];
    char line[256];
    signal(SIGPIPE, SIG_IGN); /* one that has ended is seen where it does not answer */
    /* A peer that is started later must not hold them: the first would see no end. */
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
        return -1;
    peer->process = fork();
    if (peer->process == 0) {
        close(to[1]);
        close(from[0]);
        become_python(to[0], from[1], arguments);
    }
    close(to[0]);
    close(from[1]);
    peer->to = fdopen(to[1], "w");
    peer->from = fdopen(from[0], "r");
    char *said = fgets(line, sizeof line, peer->from);
    bool ready = said && strncmp(line, "ready ", 6) == 0;
    line[said ? strcspn(line, "\n") : 0] = 0;
    snprintf(greeting, greeting_size, "%s",
             ready                          ? line + 6
             : strncmp(line, "no ", 3) == 0 ? line + 3
                                            : "");
    if (ready)
        return 0;
    bench_peer_stop(peer);
    return -1;
}

double bench_peer_ask(bench_peer *peer, size_t question)
{
    char line[128];
    fprintf(peer->to, "%zu\n", question);
    fflush(peer->to);
    if (fgets(line, sizeof line, peer->from))
        return atof(line);
    fflush(stdout);
    fprintf(stderr, "a peer ended without an answer\n");
    exit(1);
}

void bench_peer_stop(bench_peer *peer)
{
    fclose(peer->to);
    fclose(peer->from);
    waitpid(peer->process, NULL, 0);
}

/* Runs a command several times and prints the median of its wall times and the
 * largest resident size that one of its processes reached. What the command prints
 * is thrown away; where it fails, the measurement ends.
 * usage: bench_command RUNS NAME THINGS UNIT COMMAND [ARGUMENT...] */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench_support.h"

enum { MAX_RUNS = 100, FIRST = 5 };

static void become(char **command)
{
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere >= 0)
        dup2(nowhere, STDOUT_FILENO);
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}

/* Seconds of one run; -1 where it fails. */
static double run_once(char **command, long *kilobytes)
{
    struct rusage usage;
    int status = -1;
    double start = bench_now();
    pid_t process = fork();
    if (process == 0)
        become(command);
    if (process < 0 || wait4(process, &status, 0, &usage) != process || status != 0)
        return -1;
    if (usage.ru_maxrss > *kilobytes)
        *kilobytes = usage.ru_maxrss;
    return bench_now() - start;
}

int main(int argc, char **argv)
{
    double times[MAX_RUNS];
    long kilobytes = 0;
    int runs = argc > FIRST ? atoi(argv[1]) : 0;
    if (runs < 1 || runs > MAX_RUNS) {
        fprintf(stderr, "usage: bench_command RUNS NAME THINGS UNIT COMMAND [ARGUMENT...]\n");
        return 2;
    }
    for (int i = 0; i < runs; i++) {
        times[i] = run_once(argv + FIRST, &kilobytes);
        if (times[i] < 0) {
            fprintf(stderr, "bench_command: %s failed\n", argv[FIRST]);
            return 1;
        }
    }
    double median = bench_median(times, (size_t)runs); /* sorts */
    printf("%s: %.2f s (median of %d, %.2f to %.2f), %s %s, %.1f a second, resident %.0f MB\n",
           argv[2], median, runs, times[0], times[runs - 1], argv[3], argv[4],
           atof(argv[3]) / median, (double)kilobytes * 1024e-6);
    return 0;
}

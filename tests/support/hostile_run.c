/* Runs a reader in a process of its own, under limits. */
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostile.h"

int hostile_write(const char *path, void (*make)(FILE *, size_t), size_t bytes)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return errno;
    make(file, bytes);
    int failed = ferror(file) ? EIO : 0;
    return fclose(file) == 0 ? failed : errno;
}

static size_t mapped_now(void)
{
    size_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%zu", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void limit(int what, size_t most)
{
    struct rlimit both = {most, most};
    if (setrlimit(what, &both) != 0)
        _exit(99);
}

/* gcc says so by a macro, clang by a feature. */
static bool is_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    return true;
#endif
#endif
    return false;
}

static pid_t start(void (*read)(const char *path), const char *path, size_t memory,
                   unsigned seconds)
{
    fflush(NULL);
    pid_t child = fork();
    if (child != 0)
        return child;
    limit(RLIMIT_CORE, 0);
    if (memory && !is_sanitized())
        limit(RLIMIT_AS, mapped_now() + 4 * memory);
    if (seconds)
        limit(RLIMIT_CPU, seconds);
    read(path);
    exit(0); /* not _exit: the sanitizers look for leaks */
}

static void nothing(const char *path)
{
    (void)path;
}

static struct rusage usage_of(void (*read)(const char *path), const char *path, size_t memory,
                              unsigned seconds, int *status)
{
    struct rusage usage = {0};
    *status = -1;
    pid_t child = start(read, path, memory, seconds);
    if (child > 0)
        wait4(child, status, 0, &usage);
    return usage;
}

hostile_cost hostile_run(void (*read)(const char *path), const char *path, size_t memory,
                         unsigned seconds)
{
    int ignored;
    hostile_cost cost;
    struct rusage before = usage_of(nothing, path, 0, 0, &ignored);
    struct rusage after = usage_of(read, path, memory, seconds, &cost.status);
    cost.megabytes = (double)(after.ru_maxrss - before.ru_maxrss) * 1024e-6;
    cost.seconds = (double)(after.ru_utime.tv_sec + after.ru_stime.tv_sec) +
                   (double)(after.ru_utime.tv_usec + after.ru_stime.tv_usec) * 1e-6;
    return cost;
}

bool hostile_run_within(void (*read)(const char *path), const char *path, size_t bytes,
                        const char *name)
{
    enum { MEMORY = 200000000, SECONDS = 20 };
    size_t memory = 2 * bytes + MEMORY;
    hostile_cost cost = hostile_run(read, path, memory, SECONDS);
    if (cost.status == 0 && (is_sanitized() || cost.megabytes <= (double)memory * 1e-6))
        return true;
    fprintf(stderr, "%s: ended with %d after %.2f s and %.0f MB\n", name, cost.status, cost.seconds,
            cost.megabytes);
    return false;
}

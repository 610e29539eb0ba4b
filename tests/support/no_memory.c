/* To be preloaded: from the moment that the program reads its arguments, allocation
 * number $FAIL_AT fails, and with FAIL_ON all after it. Says in the file $FAIL_TOLD that
 * it has. */
#include <argp.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* glibc's own names for them. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static atomic_bool counting;
static atomic_long number;
static long fail_at;
static bool fail_on;

static void tell(void)
{
    const char *path = getenv("FAIL_TOLD");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666) : -1;
    if (fd >= 0)
        close(fd);
}

static bool fails(void)
{
    if (!counting)
        return false;
    long now = ++number;
    if (now == fail_at)
        tell();
    if (now != fail_at && !(fail_on && now > fail_at))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}

error_t argp_parse(const struct argp *argp, int argc, char **argv, unsigned flags, int *end,
                   void *input)
{
    error_t (*real)(const struct argp *, int, char **, unsigned, int *, void *);
    *(void **)&real = dlsym(RTLD_NEXT, "argp_parse");
    const char *at = getenv("FAIL_AT");
    fail_at = at ? atol(at) : 0;
    fail_on = getenv("FAIL_ON");
    counting = fail_at > 0;
    return real(argp, argc, argv, flags, end, input);
}

#include "wait.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* Left to itself libgomp spins for some milliseconds at every barrier. That gains
 * nothing on an idle machine, whose threads reach a barrier within microseconds of each
 * other; on a busy one it takes the time from the very thread that is waited for. */
#define SPINS      "1000" /* some 20 to 50 microseconds */
#define SPINS_BUSY "300"  /* where a thread that is missing is not near */

/* The last minute had work for every processor. */
static bool is_busy(void)
{
    double load;
    return getloadavg(&load, 1) == 1 && load >= (double)sysconf(_SC_NPROCESSORS_ONLN);
}

#if defined(__SANITIZE_ADDRESS__)
#define WITHOUT_EARLY
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define WITHOUT_EARLY
#endif
#endif

/* Starting anew loads a hundred libraries a second time, which takes longer than many a
 * command. It need not be where the shell has left "_", the path of the program, in the
 * environment: nobody reads that, and before any library has begun (.preinit_array) its place
 * can be taken. setenv cannot be called then. */
#if defined(__ELF__) && !defined(WITHOUT_EARLY)
static bool wait_begins(const char *entry, const char *name)
{
    size_t length = strlen(name);
    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

static void wait_say_early(int argc, char **argv, char **environment)
{
    static char few[] = "GOMP_SPINCOUNT=" SPINS_BUSY, many[] = "GOMP_SPINCOUNT=" SPINS;
    char **place = NULL;
    (void)argc;
    (void)argv;
    for (char **entry = environment; entry && *entry; entry++) {
        if (wait_begins(*entry, "GOMP_SPINCOUNT") || wait_begins(*entry, "OMP_WAIT_POLICY"))
            return;
        if (wait_begins(*entry, "_"))
            place = entry;
    }
    if (place)
        *place = is_busy() ? few : many;
}

__attribute__((section(".preinit_array"),
               used)) static void (*const wait_early)(int, char **, char **) = wait_say_early;
#endif

void cli_wait_briefly(char **argv)
{
    char self[4096];
    if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY"))
        return;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0 || setenv("GOMP_SPINCOUNT", is_busy() ? SPINS_BUSY : SPINS, 1) != 0)
        return;
    self[length] = '\0';
    execv(self, argv);
}

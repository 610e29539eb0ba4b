#include "wait.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

/* Left to itself libgomp spins for some milliseconds at every barrier. That gains
 * nothing on an idle machine, whose threads reach a barrier within microseconds of each
 * other; on a busy one it takes the time from the very thread that is waited for. */
static const char *const SPINS = "1000";     /* some 20 to 50 microseconds */
static const char *const SPINS_BUSY = "300"; /* where a thread that is missing is not near */

/* The last minute had work for every processor. */
static bool is_busy(void)
{
    double load;
    return getloadavg(&load, 1) == 1 && load >= (double)sysconf(_SC_NPROCESSORS_ONLN);
}

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

/* A thread that the system wakes goes to the processor of the thread that woke it, unless
 * another one is idle; but to a virtual machine a processor that sleeps may look like one
 * that the host has taken away. So the threads of a loop come to share one processor, with
 * the others asleep, and again after each wait that is long enough to sleep in. The
 * scheduler mends that after some hundredths of a second, which is longer than a network
 * takes for a face. So for the time of a run each thread keeps to processors of its own;
 * but not where others keep the processors busy, for then it is better that a thread can go
 * where there is room. */
#include "base/apart.h"

#include <fcntl.h>
#include <omp.h>
#include <stdio.h>
#include <unistd.h>

#include "base/threads.h"

enum { NONE = -1 };

static _Thread_local bool apart_is_on; /* of the thread that began a run */

/* Which of the allowed processors `which` is, NONE: it is not among them. */
static int apart_place(const cpu_set_t *allowed, int which)
{
    int place = 0;
    if (which < 0 || which >= CPU_SETSIZE || !CPU_ISSET((size_t)which, allowed))
        return NONE;
    for (int p = 0; p < which; p++)
        place += CPU_ISSET((size_t)p, allowed) != 0;
    return place;
}

/* The allowed processors from the `first` on, before the `last`. */
static cpu_set_t apart_part(const cpu_set_t *allowed, int first, int last)
{
    cpu_set_t part;
    int place = 0;
    CPU_ZERO(&part);
    for (int p = 0; p < CPU_SETSIZE; p++)
        if (CPU_ISSET((size_t)p, allowed) && place++ >= first && place <= last)
            CPU_SET((size_t)p, &part);
    return part;
}

/* A thread whose processors are not those of the one that calls has been told by somebody
 * else where to run, and is left there. */
static void apart_go(lk_apart *apart, int thread, int share)
{
    cpu_set_t mine, part;
    int shares = apart->threads, places = CPU_COUNT(&apart->allowed);
    if (sched_getaffinity(0, sizeof mine, &mine) != 0 || !CPU_EQUAL(&mine, &apart->allowed))
        return;
    part = apart_part(&apart->allowed, places * share / shares, places * (share + 1) / shares);
    if (sched_setaffinity(0, sizeof part, &part) == 0)
        apart->moved[thread] = gettid();
}

/* The share that has the place: the last that begins at it or before it. */
static int apart_share_of(int place, int places, int shares)
{
    int share = shares - 1;
    while (share > 0 && places * share / shares > place)
        share--;
    return share;
}

lk_apart lk_apart_anyway(void)
{
    lk_apart apart = {.threads = lk_threads()};
    if (apart_is_on || omp_in_parallel() || apart.threads < 2 || apart.threads > LK_APART_MOST ||
        sched_getaffinity(0, sizeof apart.allowed, &apart.allowed) != 0 ||
        CPU_COUNT(&apart.allowed) < apart.threads)
        return (lk_apart){0};
    int place = apart_place(&apart.allowed, sched_getcpu());
    if (place == NONE)
        return (lk_apart){0};
    int first = apart_share_of(place, CPU_COUNT(&apart.allowed), apart.threads);
    apart_is_on = true;
#pragma omp parallel num_threads(apart.threads)
    {
        int thread = omp_get_thread_num();
        apart_go(&apart, thread, (first + thread) % apart.threads);
    }
    return apart;
}

/* More threads of all processes want to run now than there are processors. */
static bool apart_is_busy(void)
{
    cpu_set_t allowed;
    char text[64];
    int running = 0, file = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    text[length > 0 ? length : 0] = '\0';
    return sscanf(text, "%*f %*f %*f %d/", &running) == 1 &&
           sched_getaffinity(0, sizeof allowed, &allowed) == 0 && running > CPU_COUNT(&allowed);
}

lk_apart lk_apart_begin(void)
{
    return apart_is_on || lk_threads() < 2 || apart_is_busy() ? (lk_apart){0} : lk_apart_anyway();
}

void lk_apart_end(const lk_apart *apart)
{
    if (!apart->threads)
        return;
    for (int k = 0; k < apart->threads; k++)
        if (apart->moved[k])
            (void)sched_setaffinity(apart->moved[k], sizeof apart->allowed, &apart->allowed);
    apart_is_on = false;
}

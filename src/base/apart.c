/* A thread that the system wakes goes to the processor of the thread that woke it, unless
 * another one is idle; but to a virtual machine a processor that sleeps may look like one
 * that the host has taken away. So the threads of a loop come to share one processor, with
 * the others asleep, and again after each wait that is long enough to sleep in. The
 * scheduler mends that after some hundredths of a second, which is longer than a network
 * takes for a face. So for the time of a run each thread keeps to processors of its own;
 * but not where others keep the processors busy, for then it is better that a thread can go
 * where there is room. */
#include "base/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/threads.h"

enum { NONE = -1 };

static _Thread_local bool apart_is_on;  /* of the thread that began a run */
static _Thread_local bool apart_is_old; /* of a thread that a run has begun with */

/* GNU's OpenMP ends threads that a loop has no use for and makes new ones for the next. Those
 * have their processors from the thread that made them, and would all be on its share until
 * the run's end: where that happens, no other run is held apart. */
static atomic_bool apart_is_vain;

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

/* The processors of the thread `thread` of a run's loops. */
static cpu_set_t apart_share(const lk_apart *apart, int thread)
{
    int share = (apart->first + thread) % apart->threads, places = CPU_COUNT(&apart->allowed);
    return apart_part(&apart->allowed, places * share / apart->threads,
                      places * (share + 1) / apart->threads);
}

/* A thread whose processors are not those of the one that calls has been told by somebody
 * else where to run, and is left there. */
static void apart_go(lk_apart *apart, int thread)
{
    cpu_set_t mine, share = apart_share(apart, thread);
    apart_is_old = true;
    if (sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_EQUAL(&mine, &apart->allowed) &&
        sched_setaffinity(0, sizeof share, &share) == 0)
        apart->moved[thread] = gettid();
}

/* So is one that was told so since then. Says whether the thread is still there. */
static bool apart_return(const lk_apart *apart, pid_t id, const cpu_set_t *share)
{
    cpu_set_t has;
    if (sched_getaffinity(id, sizeof has, &has) != 0)
        return errno != ESRCH;
    if (CPU_EQUAL(&has, share))
        (void)sched_setaffinity(id, sizeof apart->allowed, &apart->allowed);
    return true;
}

/* The share that has the place: the last that begins at it or before it. */
static int apart_share_of(int place, int places, int shares)
{
    int share = shares - 1;
    while (share > 0 && places * share / shares > place)
        share--;
    return share;
}

/* More threads of all processes want to run now than there are processors. */
static bool apart_is_busy(int processors)
{
    char text[64];
    int running = 0, file = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    text[length > 0 ? length : 0] = '\0';
    return sscanf(text, "%*f %*f %*f %d/", &running) == 1 && running > processors;
}

static lk_apart apart_begin(bool anyway)
{
    lk_apart apart = {.threads = lk_threads()};
    if (apart_is_on || apart_is_vain || omp_in_parallel() || apart.threads < 2 ||
        apart.threads > LK_APART_MOST ||
        sched_getaffinity(0, sizeof apart.allowed, &apart.allowed) != 0)
        return (lk_apart){0};
    int places = CPU_COUNT(&apart.allowed), place = apart_place(&apart.allowed, sched_getcpu());
    if (places < apart.threads || place == NONE || (!anyway && apart_is_busy(places)))
        return (lk_apart){0};
    apart.first = apart_share_of(place, places, apart.threads);
    apart_is_on = true;
#pragma omp parallel num_threads(apart.threads)
    apart_go(&apart, omp_get_thread_num());
    return apart;
}

lk_apart lk_apart_begin(void)
{
    return apart_begin(false);
}

lk_apart lk_apart_anyway(void)
{
    return apart_begin(true);
}

/* New threads in the place of some that have gone. */
static void apart_free_new(const lk_apart *apart)
{
    cpu_set_t share = apart_share(apart, 0);
#pragma omp parallel num_threads(apart->threads)
    if (!apart_is_old)
        (void)apart_return(apart, 0, &share);
}

void lk_apart_end(const lk_apart *apart)
{
    bool gone = false;
    for (int k = 0; k < apart->threads; k++) {
        cpu_set_t share = apart_share(apart, k);
        gone |= apart->moved[k] && !apart_return(apart, apart->moved[k], &share);
    }
    if (gone) {
        apart_is_vain = true;
        apart_free_new(apart);
    }
    if (apart->threads)
        apart_is_on = false;
}

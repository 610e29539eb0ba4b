/* A lock on one name of the store: held by whoever pulls it, released by the system
 * when that process ends however it ends. The file PLACE.lock stands for it while
 * it is held; what makes it a lock is base/lock.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/lock.h"
#include "base/memory.h"
#include "weights/store.h"

/* One attempt; *held says whether it was ours to take. */
static lk_status attempt(int *out, const char *path, bool *held)
{
    int fd, reason;
    lk_status status = lk_lock_try(&fd, &reason, path, path);
    *held = status == LK_OK && fd >= 0 && reason == 0;
    if (*held)
        *out = fd;
    else if (status == LK_OK && fd >= 0)
        close(fd);
    if (status == LK_ERROR_BUSY)
        return LK_OK;
    LK_TRY(status);
    LK_REQUIRE(reason == 0 || reason == EINTR, LK_ERROR_IO,
               "%s: cannot lock: %s; XDG_CACHE_HOME can name a folder on another disk", path,
               strerror(reason));
    return LK_OK;
}

static lk_status store_lock_wait_for(int *out, const char *path, const lk_store_progress *progress)
{
    const struct timespec pause = {.tv_nsec = 100000000};
    bool held;
    for (;;) {
        LK_TRY(attempt(out, path, &held));
        if (held)
            return LK_OK;
        LK_REQUIRE(
            !progress->call || progress->call(progress->user, "waiting for another pull", 0, 0),
            LK_ERROR_CANCELLED, "%s: another pull of it goes on; this one was stopped", path);
        nanosleep(&pause, NULL);
    }
}

lk_status lk_store_lock_take(lk_store_lock *out, const char *place,
                             const lk_store_progress *progress)
{
    lk_store_lock lock;
    LK_TRY(lk_format(&lock.path, "%s.lock", place));
    lk_status status = store_lock_wait_for(&lock.fd, lock.path, progress);
    if (status != LK_OK) {
        free(lock.path);
        return status;
    }
    *out = lock;
    return LK_OK;
}

bool lk_store_lock_try(lk_store_lock *out, const char *place)
{
    lk_store_lock lock;
    bool held;
    if (lk_format(&lock.path, "%s.lock", place) != LK_OK)
        return false;
    if (attempt(&lock.fd, lock.path, &held) == LK_OK && held) {
        *out = lock;
        return true;
    }
    free(lock.path);
    return false;
}

void lk_store_lock_release(lk_store_lock *lock)
{
    lk_lock_remove_file(lock->fd, lock->path); /* before others can have it */
    close(lock->fd);
    free(lock->path);
}

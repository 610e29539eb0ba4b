/* A lock on one name of the store: held by whoever pulls it, released by the system
 * when that process ends however it ends. The file PLACE.lock stands for it while
 * it is held; what makes it a lock is flock(). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/store.h"

/* The holder removes the file: a lock on one that is gone, or has been replaced
 * since, keeps nobody out. */
static bool is_at(int fd, const char *path)
{
    struct stat here, there;
    return fstat(fd, &here) == 0 && lstat(path, &there) == 0 && here.st_dev == there.st_dev &&
           here.st_ino == there.st_ino;
}

/* One attempt; *held says whether it was ours to take. */
static lk_status attempt(int *out, const char *path, bool *held)
{
    *held = false;
    const int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int fd = open(path, O_RDWR | O_CREAT | flags, 0666);
    if (fd < 0 && errno == EACCES && access(path, R_OK) == 0)
        fd = open(path, O_RDONLY | flags); /* left behind by another user */
    LK_REQUIRE(fd >= 0, LK_ERROR_IO, "%s: cannot create: %s", path, strerror(errno));
    bool locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
    int reason = locked ? EWOULDBLOCK : errno;
    *held = locked && is_at(fd, path);
    if (*held)
        *out = fd;
    else
        close(fd);
    LK_REQUIRE(reason == EWOULDBLOCK || reason == EINTR, LK_ERROR_IO,
               "%s: cannot lock: %s; XDG_CACHE_HOME can name a folder on another disk", path,
               strerror(reason));
    return LK_OK;
}

static lk_status wait_for(int *out, const char *path, const lk_store_progress *progress)
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
    lk_status status = wait_for(&lock.fd, lock.path, progress);
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
    unlink(lock->path); /* before others can have it */
    close(lock->fd);
    free(lock->path);
}

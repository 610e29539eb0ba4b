/* Locks between processes: flock on a hidden file that is there while it is held.
 *
 * The kernel drops the lock of a process that dies, so a file that is left behind
 * means nothing. The holder removes the file before it lets go; whoever opened it in
 * time and gets the lock only then holds the lock of a file without a name, sees that,
 * and begins again. */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <likeness/files.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/output_place.h"

struct lk_lock {
    int fd;
    char *path;     /* of the lock's file */
    char *folder;   /* that was created for it: nobody is left an empty one; or NULL */
    lk_lock *after; /* of those that this process holds */
};

enum { PID_TEXT = 32 };

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static lk_lock *first;

static void lock_enlist(lk_lock *lock)
{
    pthread_mutex_lock(&list_lock);
    lock->after = first;
    first = lock;
    pthread_mutex_unlock(&list_lock);
}

static void lock_delist(const lk_lock *lock)
{
    pthread_mutex_lock(&list_lock);
    for (lk_lock **at = &first; *at; at = &(*at)->after)
        if (*at == lock) {
            *at = lock->after;
            break;
        }
    pthread_mutex_unlock(&list_lock);
}

/* A file of another user can be locked, too, though not written to. O_NONBLOCK and
 * O_NOFOLLOW: somebody may have put a FIFO or a link there. */
static int lock_open_file(const char *path)
{
    const int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int fd = open(path, O_RDWR | O_CREAT | flags, 0666);
    if (fd >= 0 || errno != EACCES)
        return fd;
    fd = open(path, O_RDONLY | flags);
    if (fd < 0 && errno == ENOENT)
        errno = EACCES; /* it is the folder that may not be written */
    return fd;
}

/* It may be left from a process that was killed, by a user who shares it with nobody. */
static lk_status lock_fail_open(const char *path, const char *what)
{
    int reason = errno;
    if (reason == EACCES && access(path, F_OK) == 0)
        return lk_fail(LK_ERROR_IO,
                       "%s: %s is another user's, and cannot be opened: if nobody is writing "
                       "there, it can be removed",
                       what, path);
    return lk_fail(LK_ERROR_IO, "%s: cannot write: %s", path, strerror(reason));
}

/* Whether the file still bears the name under which it was opened. */
static bool is_current(int fd, const char *path)
{
    struct stat mine, there;
    return fstat(fd, &mine) == 0 && lstat(path, &there) == 0 && mine.st_dev == there.st_dev &&
           mine.st_ino == there.st_ino;
}

/* For the message that others print, whoever they are: whoever can read the file can
 * also lock it once it is left behind. Anything but a small file with one name is not
 * ours to overwrite. */
static void write_pid(int fd)
{
    enum { READABLE = 0444 };
    char text[PID_TEXT];
    struct stat info;
    int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (fstat(fd, &info) != 0 || info.st_nlink != 1 || info.st_size >= PID_TEXT)
        return;
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)length, 0) == length)
        fchmod(fd, (info.st_mode & 0777) | READABLE);
}

static lk_status fail_busy(int fd, const char *what)
{
    char text[PID_TEXT] = {0};
    ssize_t length = pread(fd, text, sizeof text - 1, 0);
    long pid = length > 0 ? strtol(text, NULL, 10) : 0;
    if (pid > 0)
        return lk_fail(LK_ERROR_BUSY, "%s: another process is writing there (pid %ld)", what, pid);
    return lk_fail(LK_ERROR_BUSY, "%s: another process is writing there", what);
}

lk_status lk_lock_try(int *fd, int *reason, const char *path, const char *what)
{
    struct stat info;
    *reason = 0;
    *fd = lock_open_file(path);
    if (*fd < 0)
        return lock_fail_open(path, what);
    lk_status status = LK_OK;
    if (fstat(*fd, &info) != 0 || !S_ISREG(info.st_mode))
        status = lk_fail(LK_ERROR_IO, "%s: not a plain file: cannot lock %s", path, what);
    else if (flock(*fd, LOCK_EX | LOCK_NB) != 0)
        *reason = errno;
    if (*reason == EWOULDBLOCK)
        status = fail_busy(*fd, what);
    if (status == LK_OK && is_current(*fd, path))
        return LK_OK;
    close(*fd);
    *fd = -1;
    return status;
}

/* Polls: a wait inside flock could not be given an end. */
static lk_status lock_take(int *fd, const char *path, const char *what, double seconds)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    double end = lk_clock() + seconds;
    int none; /* a file system without locks: everybody gets it */
    for (;;) {
        lk_status status = lk_lock_try(fd, &none, path, what);
        if (status == LK_OK && *fd >= 0)
            return LK_OK;
        if (status != LK_OK && (status != LK_ERROR_BUSY || lk_clock() >= end))
            return status;
        if (status == LK_ERROR_BUSY)
            nanosleep(&pause, NULL);
    }
}

/* Takes `path` over. */
static lk_status make_lock(lk_lock **out, char *path, const char *what, double seconds)
{
    lk_lock *lock;
    lk_status status = lk_alloc(&lock, 1, sizeof *lock);
    if (status == LK_OK) {
        lock->path = path;
        status = lock_take(&lock->fd, path, what, seconds);
        if (status == LK_OK) {
            write_pid(lock->fd);
            lock_enlist(lock);
            *out = lock;
            return LK_OK;
        }
        free(lock);
    }
    free(path);
    return status;
}

lk_status lk_lock_folder(lk_lock **out, const char *folder, double seconds)
{
    LK_REQUIRE(out && folder && *folder, LK_ERROR_ARGUMENT, "lk_lock_folder: empty path");
    bool is_new = access(folder, F_OK) != 0;
    LK_TRY(lk_directory_create(folder));
    char *path, *created = NULL;
    lk_lock *lock;
    LK_TRY(lk_format(&path, "%s/.lk-lock", folder));
    LK_TRY(make_lock(&lock, path, folder, seconds));
    if (is_new && lk_strdup(&created, folder) == LK_OK)
        lock->folder = created;
    *out = lock;
    return LK_OK;
}

static lk_status lock_place(lk_lock **out, const char *place, const char *what, double seconds)
{
    char *folder, *file;
    const char *name;
    LK_TRY(lk_path_split(&folder, &name, place));
    lk_status status = lk_directory_create(folder);
    if (status == LK_OK)
        status = lk_format(&file, "%s/.%s.lk-lock", folder, name);
    free(folder);
    return status == LK_OK ? make_lock(out, file, what, seconds) : status;
}

/* Beside the file that is written: whatever names and links lead to it, the lock is one. */
lk_status lk_lock_file(lk_lock **out, const char *path, double seconds)
{
    LK_REQUIRE(out && path && *path, LK_ERROR_ARGUMENT, "lk_lock_file: empty path");
    lk_place place;
    LK_TRY(lk_place_find(&place, path));
    lk_status status = lock_place(out, place.path, path, seconds);
    free(place.path);
    return status;
}

void lk_lock_remove_file(int fd, const char *path)
{
    if (is_current(fd, path))
        unlink(path);
}

static void remove_file(const lk_lock *lock)
{
    lk_lock_remove_file(lock->fd, lock->path);
    if (lock->folder)
        rmdir(lock->folder); /* leaves one alone that holds anything */
}

void lk_lock_abandon_all(void)
{
    pthread_mutex_lock(&list_lock);
    for (const lk_lock *lock = first; lock; lock = lock->after)
        remove_file(lock);
    pthread_mutex_unlock(&list_lock);
}

void lk_lock_release(lk_lock *lock)
{
    if (!lock)
        return;
    lock_delist(lock);
    remove_file(lock);
    close(lock->fd);
    free(lock->path);
    free(lock->folder);
    free(lock);
}

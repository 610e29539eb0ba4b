/* The unfinished files of outputs.
 *
 * A file NAME is written as .NAME.lk-part0 in the same folder, or with another digit
 * while others write the same name. Its writer holds a lock (flock) on it, which the
 * kernel releases with the process: a file with such a name that nobody has locked
 * was left by a process that was killed, and is removed when NAME is written next.
 * Few fixed names make that a few look-ups, however large the folder is.
 *
 * Between creating the file and locking it, and between unlocking and renaming, a file
 * looks abandoned. So the lock is held across the rename, and whoever has created a
 * file looks once more that it is still there when the lock is his. */
#include "base/output_part.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/lock.h"
#include "base/memory.h"
#include "base/output_place.h"

enum { WRITERS = 8, ROUNDS = 100, SUFFIX = sizeof ".lk-part0" - 1 };

/* Those of this process. The lock is also held while one comes into being, gets its
 * name or goes, so that lk_output_abandon_all never meets one halfway. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static lk_part *first;
static bool abandoned;

static bool is_same_file(const char *path, const struct stat *info)
{
    struct stat there;
    return lstat(path, &there) == 0 && there.st_dev == info->st_dev && there.st_ino == info->st_ino;
}

void lk_part_remove_stale(const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return;
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
        is_same_file(path, &info))
        unlink(path);
    close(fd);
}

/* -1 with errno EEXIST where somebody else has this name. */
static int create_locked(const char *path, mode_t mode)
{
    struct stat info;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0)
        return -1;
    /* A file system without locks: then nothing is ever taken for abandoned either. */
    bool held = flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    if (held && fstat(fd, &info) == 0 && is_same_file(path, &info))
        return fd;
    close(fd); /* another process took it for abandoned and removes it */
    errno = EEXIST;
    return -1;
}

/* Goes through all names even when it has one: the others may be of the killed. */
static lk_status create_one(lk_part *part, const char *directory, const char *name, mode_t mode)
{
    int length = (int)lk_smaller(strlen(name), NAME_MAX - 1 - SUFFIX);
    for (int i = 0; i < WRITERS; i++) {
        char *path;
        LK_TRY(lk_format(&path, "%s/.%.*s.lk-part%d", directory, length, name, i));
        lk_part_remove_stale(path);
        if (part->fd < 0 && (part->fd = create_locked(path, mode)) >= 0)
            part->path = path;
        else
            free(path);
        if (part->fd < 0 && errno != EEXIST)
            break;
    }
    return LK_OK;
}

static lk_status output_part_create(lk_part *part, const char *target, mode_t mode)
{
    char *directory;
    const char *name;
    LK_TRY(lk_path_split(&directory, &name, target));
    lk_status status = create_one(part, directory, name, mode);
    /* Fewer writers can be met at all names, too, since each goes on from name to name. */
    for (int round = 1; status == LK_OK && part->fd < 0 && errno == EEXIST && round < ROUNDS;
         round++) {
        sched_yield();
        status = create_one(part, directory, name, mode);
    }
    if (status == LK_OK && part->fd < 0)
        status = errno == EEXIST
                     ? lk_fail(LK_ERROR_IO,
                               "%s: %d others are being written beside it, from .%s.lk-part0 on; "
                               "if nobody writes them, remove them",
                               target, WRITERS, name)
                     : lk_fail(LK_ERROR_IO, "%s: cannot create a file in this folder: %s", target,
                               strerror(errno));
    free(directory);
    return status;
}

static void output_part_enlist(lk_part *part)
{
    part->after = first;
    if (first)
        first->before = part;
    first = part;
}

static void output_part_delist(lk_part *part)
{
    if (part->before)
        part->before->after = part->after;
    else
        first = part->after;
    if (part->after)
        part->after->before = part->before;
}

static lk_status fail_abandoned(const char *target)
{
    return lk_fail(LK_ERROR_CANCELLED, "%s: writing was stopped", target);
}

lk_status lk_part_create(lk_part **out, const char *target, mode_t mode)
{
    lk_part *part;
    LK_TRY(lk_alloc(&part, 1, sizeof *part));
    part->fd = -1;
    pthread_mutex_lock(&lock);
    lk_status status = abandoned ? fail_abandoned(target) : output_part_create(part, target, mode);
    output_part_enlist(part);
    pthread_mutex_unlock(&lock);
    if (status == LK_OK)
        *out = part;
    else
        lk_part_close(part);
    return status;
}

static void forget_path(lk_part *part)
{
    free(part->path);
    part->path = NULL;
}

lk_status lk_part_rename(lk_part *part, const char *target)
{
    lk_status status = LK_OK;
    pthread_mutex_lock(&lock);
    if (abandoned)
        status = fail_abandoned(target);
    else if (rename(part->path, target) != 0)
        status =
            lk_fail(LK_ERROR_IO, "%s: cannot rename to this name: %s", target, strerror(errno));
    else
        forget_path(part);
    pthread_mutex_unlock(&lock);
    return status;
}

void lk_part_close(lk_part *part)
{
    if (!part)
        return;
    pthread_mutex_lock(&lock);
    output_part_delist(part);
    if (part->path && !abandoned) /* else it is gone, and the name may be another's */
        unlink(part->path);
    forget_path(part);
    pthread_mutex_unlock(&lock);
    if (part->fd >= 0)
        close(part->fd);
    free(part);
}

void lk_output_abandon_all(void)
{
    pthread_mutex_lock(&lock);
    for (const lk_part *part = first; part && !abandoned; part = part->after)
        if (part->path)
            unlink(part->path);
    abandoned = true;
    pthread_mutex_unlock(&lock);
    lk_lock_abandon_all();
}

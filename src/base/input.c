/* Inputs: what may be opened, and reading it whole. A path that a user gives may
 * name anything; only a file is sure to end, so only a file is opened without
 * asking. A pipe between programs is read as it comes, in short waits, so that a
 * program that writes nothing cannot keep us from being interrupted. */
#include "base/input.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"

static atomic_bool interrupted; /* lock-free: a signal handler may set it */

void lk_interrupt(void)
{
    interrupted = true;
}

/* A pipe that only descriptors lead to, as the shell makes for | and <(...). */
static bool is_unnamed_pipe(int fd)
{
    struct statfs system;
    return fstatfs(fd, &system) == 0 && system.f_type == PIPEFS_MAGIC;
}

static const char *kind_name(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR: return "a directory";
    case S_IFIFO: return "a named pipe";
    case S_IFSOCK: return "a socket";
    case S_IFBLK:
    case S_IFCHR: return "a device";
    default: return "something else";
    }
}

static lk_status refuse(const char *path, mode_t mode)
{
    return lk_fail(LK_ERROR_IO, "%s: is %s, expected a file", path, kind_name(mode));
}

static lk_status input_check_kind(lk_source *out, int fd, const char *path)
{
    struct stat info;
    LK_REQUIRE(fstat(fd, &info) == 0, LK_ERROR_IO, "%s: %s", path, strerror(errno));
    bool pipe = S_ISFIFO(info.st_mode) && is_unnamed_pipe(fd);
    if (!S_ISREG(info.st_mode) && !pipe)
        return refuse(path, info.st_mode);
    *out = (lk_source){.fd = fd, .pipe = pipe, .size = pipe ? 0 : (uint64_t)info.st_size};
    return LK_OK;
}

/* A socket cannot be opened at all, and the system's word for it is of no help. */
static lk_status input_fail_open(const char *path, int reason)
{
    struct stat info;
    if (reason == ENXIO && stat(path, &info) == 0)
        return refuse(path, info.st_mode);
    return lk_fail(LK_ERROR_IO, "%s: %s", path, strerror(reason));
}

lk_status lk_source_open(lk_source *out, const char *path)
{
    /* Without O_NONBLOCK, a named pipe or a device may never open. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return input_fail_open(path, errno);
    lk_status status = input_check_kind(out, fd, path);
    if (status != LK_OK)
        close(fd);
    return status;
}

/* Until a pipe has bytes or its end. */
static lk_status wait_for_bytes(int fd, const char *path)
{
    enum { SHORT = 100 /* ms */ };
    struct pollfd what = {.fd = fd, .events = POLLIN};
    while (!interrupted) {
        int ready = poll(&what, 1, SHORT);
        if (ready > 0)
            return LK_OK;
        LK_REQUIRE(ready == 0 || errno == EINTR, LK_ERROR_IO, "%s: cannot read: %s", path,
                   strerror(errno));
    }
    return lk_fail(LK_ERROR_CANCELLED, "%s: interrupted before its end came", path);
}

static lk_status read_some(const lk_source *input, const char *path, void *to, size_t room,
                           size_t *got)
{
    for (;;) {
        ssize_t count = read(input->fd, to, room);
        if (count >= 0) {
            *got = (size_t)count;
            return LK_OK;
        }
        if (errno == EAGAIN)
            LK_TRY(wait_for_bytes(input->fd, path));
        else
            LK_REQUIRE(errno == EINTR, LK_ERROR_IO, "%s: cannot read: %s", path, strerror(errno));
    }
}

/* Reads on to the end, which the size that the file had need not be. The last byte
 * of the room stays free for a zero. */
static lk_status input_read_all(const lk_source *input, const char *path, uint64_t limit,
                                char **bytes, size_t *count)
{
    size_t capacity = 0, got;
    if (lk_grow(bytes, &capacity, (size_t)input->size + 2, 1) != LK_OK)
        return lk_fail_prefix(LK_ERROR_MEMORY, path);
    do {
        LK_TRY(read_some(input, path, *bytes + *count, capacity - *count - 1, &got));
        *count += got;
        LK_REQUIRE(*count <= limit, LK_ERROR_LIMIT, "%s: more than the limit of %llu bytes", path,
                   (unsigned long long)limit);
        if (*count + 1 == capacity && lk_grow(bytes, &capacity, capacity + 1, 1) != LK_OK)
            return lk_fail_prefix(LK_ERROR_MEMORY, path);
    } while (got > 0);
    (*bytes)[*count] = '\0';
    return LK_OK;
}

static lk_status read_started(const lk_source *input, const char *path, uint64_t limit,
                              char **bytes, size_t *count)
{
    LK_REQUIRE(input->size <= limit, LK_ERROR_LIMIT, "%s: %llu bytes, over the limit of %llu", path,
               (unsigned long long)input->size, (unsigned long long)limit);
    return input_read_all(input, path, limit, bytes, count);
}

lk_status lk_input_read(char **out, size_t *count, const char *path, uint64_t limit)
{
    LK_REQUIRE(out && count && path, LK_ERROR_ARGUMENT, "lk_input_read: NULL argument");
    lk_source input;
    LK_TRY(lk_source_open(&input, path));
    char *bytes = NULL;
    size_t read = 0;
    lk_status status = read_started(&input, path, limit, &bytes, &read);
    close(input.fd);
    if (status != LK_OK) {
        free(bytes);
        return status;
    }
    *out = bytes;
    *count = read;
    return LK_OK;
}

lk_status lk_input_stream(FILE **out, const char *path)
{
    lk_source input;
    LK_TRY(lk_source_open(&input, path));
    FILE *stream = input.pipe ? NULL : fdopen(input.fd, "rb");
    if (!stream) {
        int reason = errno;
        close(input.fd);
        return input.pipe ? lk_fail(LK_ERROR_IO, "%s: is a pipe, expected a file", path)
                          : lk_fail(LK_ERROR_IO, "%s: %s", path, strerror(reason));
    }
    *out = stream;
    return LK_OK;
}

struct lk_input {
    FILE *stream;
    char *path; /* for messages */
};

lk_status lk_input_open(lk_input **out, const char *path)
{
    LK_REQUIRE(out && path, LK_ERROR_ARGUMENT, "lk_input_open: NULL argument");
    lk_input *input;
    LK_TRY(lk_alloc(&input, 1, sizeof *input));
    lk_status status = lk_strdup(&input->path, path);
    if (status == LK_OK)
        status = lk_input_stream(&input->stream, path);
    if (status == LK_OK)
        *out = input;
    else
        lk_input_close(input);
    return status;
}

/* Right behind a read. */
static lk_status take_count(size_t *out, const lk_input *input, size_t count)
{
    LK_REQUIRE(!ferror(input->stream), LK_ERROR_IO, "%s: cannot read: %s", input->path,
               strerror(errno));
    *out = count;
    return LK_OK;
}

lk_status lk_input_take(lk_input *input, void *to, size_t room, size_t *count)
{
    LK_REQUIRE(input && (to || !room) && count, LK_ERROR_ARGUMENT, "lk_input_take: NULL argument");
    return take_count(count, input, room ? fread(to, 1, room, input->stream) : 0);
}

lk_status lk_input_line(lk_input *input, char *line, size_t room, size_t *count)
{
    LK_REQUIRE(input && line && count, LK_ERROR_ARGUMENT, "lk_input_line: NULL argument");
    LK_REQUIRE(room > 1, LK_ERROR_ARGUMENT, "lk_input_line: %zu bytes of room, expected 2 or more",
               room);
    size_t length = 0;
    for (int c; length + 1 < room && (c = getc_unlocked(input->stream)) != EOF;) {
        line[length++] = (char)c;
        if (c == '\n')
            break;
    }
    line[length] = '\0';
    return take_count(count, input, length);
}

void lk_input_close(lk_input *input)
{
    if (!input)
        return;
    if (input->stream)
        fclose(input->stream);
    free(input->path);
    free(input);
}

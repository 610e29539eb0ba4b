#include "gallery/chunked.h"

#include <errno.h>
#include <fcntl.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/output_part.h"
#include "base/threads.h"

enum { CHUNK = 1 << 20 };

/* Behind the caller's head; the chunks' CRC-32 follow, and then the parts. */
typedef struct lk_chunked_tail {
    uint64_t chunks;
    uint32_t filler, check; /* CRC-32 of all before it, and of the chunks' */
} lk_chunked_tail;

static size_t chunked_count(const lk_chunked_part *parts, size_t part_count)
{
    size_t chunks = 0;
    for (size_t i = 0; i < part_count; i++)
        chunks += lk_ceil_div(parts[i].count, CHUNK);
    return chunks;
}

/* One megabyte, or the rest of a part, and where it stands behind the CRC-32. */
typedef struct lk_chunk {
    uint8_t *bytes;
    size_t count;
    uint64_t offset;
} lk_chunk;

static lk_chunk chunked_chunk(const lk_chunked_part *parts, size_t part_count, size_t number)
{
    uint64_t offset = 0;
    for (size_t i = 0; i < part_count; i++) {
        size_t here = lk_ceil_div(parts[i].count, CHUNK), at;
        if (number < here) {
            at = number * CHUNK;
            return (lk_chunk){(uint8_t *)parts[i].bytes + at,
                              lk_smaller(parts[i].count - at, CHUNK), offset + at};
        }
        number -= here;
        offset += parts[i].count;
    }
    return (lk_chunk){0};
}

static uint32_t chunked_check(const void *bytes, size_t count)
{
    return (uint32_t)crc32_z(0, bytes, count);
}

static uint32_t chunked_check_head(const void *head, size_t head_count, const lk_chunked_tail *tail,
                                   const uint32_t *checks)
{
    uLong all = crc32_z(0, head, head_count);
    all = crc32_z(all, (const uint8_t *)tail, offsetof(lk_chunked_tail, check));
    return (uint32_t)crc32_z(all, (const uint8_t *)checks, tail->chunks * sizeof *checks);
}

static char *chunked_path(const char *gallery, const char *ending)
{
    char *path;
    return lk_format(&path, "%s-%s", gallery, ending) == LK_OK ? path : NULL;
}

/* ---- reading ---- */

int lk_chunked_open(const char *gallery, const char *ending)
{
    char *path = chunked_path(gallery, ending);
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    free(path);
    return fd;
}

static bool chunked_read_at(int fd, void *to, size_t count, uint64_t offset)
{
    uint8_t *bytes = to;
    while (count) {
        ssize_t got = pread(fd, bytes, count, (off_t)offset);
        if (got <= 0)
            return false;
        bytes += got;
        count -= (size_t)got;
        offset += (uint64_t)got;
    }
    return true;
}

bool lk_chunked_read_head(int fd, void *head, size_t count)
{
    return chunked_read_at(fd, head, count, 0);
}

bool lk_chunked_holds(int fd, uint64_t bytes)
{
    struct stat info;
    return fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && (uint64_t)info.st_size > bytes;
}

static bool chunked_read_chunks(int fd, const lk_chunked_part *parts, size_t part_count,
                                const uint32_t *checks, size_t chunks, uint64_t begin)
{
    atomic_bool whole = true;
#pragma omp parallel for num_threads((int)lk_threads_get()) schedule(dynamic, 4)
    for (size_t i = 0; i < chunks; i++) {
        const lk_chunk chunk = chunked_chunk(parts, part_count, i);
        if (whole && (!chunked_read_at(fd, chunk.bytes, chunk.count, begin + chunk.offset) ||
                      chunked_check(chunk.bytes, chunk.count) != checks[i]))
            whole = false;
    }
    return whole;
}

lk_status lk_chunked_read(int fd, bool *whole, const void *head, size_t head_count,
                          const lk_chunked_part *parts, size_t part_count)
{
    lk_chunked_tail tail;
    uint32_t *checks;
    size_t chunks = chunked_count(parts, part_count);
    uint64_t at = head_count + sizeof tail, end = at + chunks * sizeof *checks;
    *whole = false;
    if (!chunked_read_at(fd, &tail, sizeof tail, head_count) || tail.chunks != chunks)
        return LK_OK;
    LK_TRY(lk_alloc(&checks, chunks, sizeof *checks));
    *whole = chunked_read_at(fd, checks, chunks * sizeof *checks, at) &&
             chunked_check_head(head, head_count, &tail, checks) == tail.check &&
             chunked_read_chunks(fd, parts, part_count, checks, chunks, end);
    free(checks);
    return LK_OK;
}

/* ---- writing ---- */

static bool chunked_write_all(int fd, const void *from, size_t count)
{
    const uint8_t *bytes = from;
    while (count) {
        ssize_t done = write(fd, bytes, count);
        if (done <= 0)
            return false;
        bytes += done;
        count -= (size_t)done;
    }
    return true;
}

static bool chunked_write_checks(int fd, const void *head, size_t head_count,
                                 const lk_chunked_part *parts, size_t part_count, uint32_t *checks)
{
    lk_chunked_tail tail = {.chunks = chunked_count(parts, part_count)};
#pragma omp parallel for num_threads((int)lk_threads_get())
    for (size_t i = 0; i < tail.chunks; i++) {
        const lk_chunk chunk = chunked_chunk(parts, part_count, i);
        checks[i] = chunked_check(chunk.bytes, chunk.count);
    }
    tail.check = chunked_check_head(head, head_count, &tail, checks);
    return chunked_write_all(fd, head, head_count) && chunked_write_all(fd, &tail, sizeof tail) &&
           chunked_write_all(fd, checks, tail.chunks * sizeof *checks);
}

static lk_status chunked_write_to(const lk_part *part, const char *path, const void *head,
                                  size_t head_count, const lk_chunked_part *parts,
                                  size_t part_count)
{
    uint32_t *checks;
    LK_TRY(lk_alloc(&checks, chunked_count(parts, part_count), sizeof *checks));
    bool written = chunked_write_checks(part->fd, head, head_count, parts, part_count, checks);
    for (size_t i = 0; i < part_count && written; i++)
        written = chunked_write_all(part->fd, parts[i].bytes, parts[i].count);
    lk_status status =
        written ? LK_OK : lk_fail(LK_ERROR_IO, "%s: cannot write: %s", path, strerror(errno));
    free(checks);
    return status;
}

lk_status lk_chunked_write(const char *gallery, const char *ending, const void *head,
                           size_t head_count, const lk_chunked_part *parts, size_t part_count)
{
    enum { OWNER_ONLY = 0600 };
    lk_part *part;
    char *path = chunked_path(gallery, ending);
    LK_REQUIRE(path, LK_ERROR_MEMORY, "no memory for a path");
    lk_status status = lk_part_create(&part, path, OWNER_ONLY);
    if (status == LK_OK) {
        status = chunked_write_to(part, path, head, head_count, parts, part_count);
        if (status == LK_OK)
            status = lk_part_rename(part, path);
        lk_part_close(part);
    }
    free(path);
    return status;
}

/* ---- removing ---- */

static void chunked_overwrite(int fd)
{
    struct stat info;
    static const uint8_t nothing[1 << 16];
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_nlink > 1)
        return;
    for (off_t left = info.st_size; left > 0; left -= (off_t)sizeof nothing)
        if (!chunked_write_all(fd, nothing, lk_smaller((size_t)left, sizeof nothing)))
            return;
    fsync(fd);
}

void lk_chunked_remove(const char *gallery, const char *ending)
{
    lk_part *part;
    char *path = chunked_path(gallery, ending);
    int fd = path ? open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    if (fd >= 0) {
        chunked_overwrite(fd);
        close(fd);
        unlink(path);
        /* making one removes those that were left */
        if (lk_part_create(&part, path, 0600) == LK_OK)
            lk_part_close(part);
    }
    free(path);
}

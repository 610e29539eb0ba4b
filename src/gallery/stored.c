#include "gallery/stored.h"

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
#include "gallery/scan.h"

enum {
    STORED_MAGIC = 0x31494b4c, /* "LKI1", low byte first: on a machine of the other order it
                                * is another number */
    STORED_CHUNK = 1 << 20,
    STORED_PARTS = 4
};

typedef struct lk_stored_head {
    uint32_t magic, unit;
    uint64_t width, count;
    lk_index_state state;
    uint64_t chunks;
    uint32_t filler, check; /* CRC-32 of all before it, and of the chunks' */
} lk_stored_head;

/* What is in the file behind the head and the chunks' CRC-32, one after the other. */
typedef struct lk_stored_layout {
    struct {
        uint8_t *bytes;
        size_t count;
    } parts[STORED_PARTS];
    size_t chunks;
} lk_stored_layout;

static atomic_size_t stored_least = 20000;

size_t lk_stored_least(void)
{
    return stored_least;
}

void lk_stored_set_least(size_t faces)
{
    stored_least = faces;
}

static lk_stored_layout stored_layout(const lk_gallery_index *index, size_t count)
{
    size_t blocks = lk_ceil_div(count, LK_SCAN_ROWS);
    lk_stored_layout layout = {
        .parts = {{index->codes, blocks * index->groups * LK_SCAN_ROWS * 4},
                  {(uint8_t *)index->coarse, count * sizeof *index->coarse},
                  {(uint8_t *)index->ids, count * sizeof *index->ids},
                  {(uint8_t *)index->people, count * sizeof *index->people}}};
    for (size_t i = 0; i < STORED_PARTS; i++)
        layout.chunks += lk_ceil_div(layout.parts[i].count, STORED_CHUNK);
    return layout;
}

/* One megabyte, or the rest of a part, and where it stands behind the CRC-32. */
typedef struct lk_stored_chunk {
    uint8_t *bytes;
    size_t count;
    uint64_t offset;
} lk_stored_chunk;

static lk_stored_chunk stored_chunk(const lk_stored_layout *layout, size_t number)
{
    uint64_t offset = 0;
    for (size_t i = 0; i < STORED_PARTS; i++) {
        size_t here = lk_ceil_div(layout->parts[i].count, STORED_CHUNK), at;
        if (number < here) {
            at = number * STORED_CHUNK;
            return (lk_stored_chunk){layout->parts[i].bytes + at,
                                     lk_smaller(layout->parts[i].count - at, STORED_CHUNK),
                                     offset + at};
        }
        number -= here;
        offset += layout->parts[i].count;
    }
    return (lk_stored_chunk){0};
}

static uint32_t stored_check(const void *bytes, size_t count)
{
    return (uint32_t)crc32_z(0, bytes, count);
}

static uint32_t stored_check_head(const lk_stored_head *head, const uint32_t *checks)
{
    uLong all = crc32_z(0, (const uint8_t *)head, offsetof(lk_stored_head, check));
    return (uint32_t)crc32_z(all, (const uint8_t *)checks, head->chunks * sizeof *checks);
}

static char *stored_path(const char *gallery)
{
    char *path;
    return lk_format(&path, "%s-index", gallery) == LK_OK ? path : NULL;
}

/* ---- reading ---- */

static bool stored_read_at(int fd, void *to, size_t count, uint64_t offset)
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

static bool stored_read_chunks(int fd, const lk_stored_layout *layout, const uint32_t *checks)
{
    atomic_bool whole = true;
    uint64_t begin = sizeof(lk_stored_head) + layout->chunks * sizeof *checks;
#pragma omp parallel for num_threads((int)lk_threads_get()) schedule(dynamic, 4)
    for (size_t i = 0; i < layout->chunks; i++) {
        const lk_stored_chunk chunk = stored_chunk(layout, i);
        if (whole && (!stored_read_at(fd, chunk.bytes, chunk.count, begin + chunk.offset) ||
                      stored_check(chunk.bytes, chunk.count) != checks[i]))
            whole = false;
    }
    return whole;
}

/* Whether the numbers of a row are what an index can hold; CRC-32 is no signature. */
static bool stored_is_sound(const lk_gallery_index *index, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!lk_coarse_is_sound(&index->coarse[i]) || (i && index->ids[i] <= index->ids[i - 1]))
            return false;
    return true;
}

static lk_status stored_read_rows(lk_gallery_index *index, int fd, const lk_stored_head *head)
{
    uint32_t *checks;
    const lk_stored_layout layout = stored_layout(index, (size_t)head->count);
    if (layout.chunks != head->chunks)
        return LK_OK;
    LK_TRY(lk_alloc(&checks, layout.chunks, sizeof *checks));
    bool whole = stored_read_at(fd, checks, layout.chunks * sizeof *checks, sizeof *head) &&
                 stored_check_head(head, checks) == head->check &&
                 stored_read_chunks(fd, &layout, checks) &&
                 stored_is_sound(index, (size_t)head->count);
    free(checks);
    if (whole) {
        index->count = index->stored = (size_t)head->count;
        index->state = head->state;
    }
    return LK_OK;
}

/* A file must be as long as its head says before so much memory is asked for. */
static bool stored_head_fits(const lk_stored_head *head, const lk_index_state *state, size_t width,
                             bool unit, int fd)
{
    struct stat info;
    return head->magic == STORED_MAGIC && head->width == width && head->unit == unit &&
           head->count > 0 && head->count < UINT32_MAX &&
           memcmp(head->state.random, state->random, sizeof state->random) == 0 &&
           fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
           (uint64_t)info.st_size > head->count * width;
}

static lk_status stored_read_from(lk_gallery_index **out, int fd, const lk_index_state *state,
                                  size_t width, bool unit)
{
    lk_stored_head head;
    lk_gallery_index *index;
    if (!stored_read_at(fd, &head, sizeof head, 0) ||
        !stored_head_fits(&head, state, width, unit, fd))
        return LK_OK;
    LK_TRY(
        lk_gallery_index_create(&index, width, unit, (size_t)head.count + (size_t)head.count / 16));
    lk_status status = stored_read_rows(index, fd, &head);
    if (status == LK_OK && index->count)
        *out = index;
    else
        lk_gallery_index_destroy(index);
    return status;
}

lk_status lk_stored_read(lk_gallery_index **out, const char *gallery, const lk_index_state *state,
                         size_t width, bool unit)
{
    *out = NULL;
    char *path = stored_path(gallery);
    LK_REQUIRE(path, LK_ERROR_MEMORY, "no memory for a path");
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    free(path);
    if (fd < 0)
        return LK_OK;
    lk_status status = stored_read_from(out, fd, state, width, unit);
    close(fd);
    return status;
}

/* ---- writing ---- */

static bool stored_write_all(int fd, const void *from, size_t count)
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

static bool stored_write_to(int fd, const lk_gallery_index *index)
{
    const lk_stored_layout layout = stored_layout(index, index->count);
    lk_stored_head head = {.magic = STORED_MAGIC,
                           .unit = index->unit,
                           .width = index->width,
                           .count = index->count,
                           .state = index->state,
                           .chunks = layout.chunks};
    uint32_t *checks;
    if (lk_alloc(&checks, layout.chunks, sizeof *checks) != LK_OK)
        return false;
#pragma omp parallel for num_threads((int)lk_threads_get())
    for (size_t i = 0; i < layout.chunks; i++) {
        const lk_stored_chunk chunk = stored_chunk(&layout, i);
        checks[i] = stored_check(chunk.bytes, chunk.count);
    }
    head.check = stored_check_head(&head, checks);
    bool written = stored_write_all(fd, &head, sizeof head) &&
                   stored_write_all(fd, checks, layout.chunks * sizeof *checks);
    for (size_t i = 0; i < STORED_PARTS && written; i++)
        written = stored_write_all(fd, layout.parts[i].bytes, layout.parts[i].count);
    free(checks);
    return written;
}

void lk_stored_write(const lk_gallery_index *index, const char *gallery)
{
    enum { OWNER_ONLY = 0600 };
    lk_part *part;
    char *path = stored_path(gallery);
    if (path && lk_part_create(&part, path, OWNER_ONLY) == LK_OK) {
        if (!stored_write_to(part->fd, index) || lk_part_rename(part, path) != LK_OK) {
            /* a full disk: the next one who opens the gallery takes longer */
        }
        lk_part_close(part);
    }
    free(path);
}

/* ---- removing ---- */

static void stored_overwrite(int fd)
{
    struct stat info;
    static const uint8_t nothing[1 << 16];
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_nlink > 1)
        return;
    for (off_t left = info.st_size; left > 0; left -= (off_t)sizeof nothing)
        if (!stored_write_all(fd, nothing, lk_smaller((size_t)left, sizeof nothing)))
            return;
    fsync(fd);
}

void lk_stored_remove(const char *gallery)
{
    lk_part *part;
    char *path = stored_path(gallery);
    int fd = path ? open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    if (fd >= 0) {
        stored_overwrite(fd);
        close(fd);
        unlink(path);
        /* making one removes those that were left */
        if (lk_part_create(&part, path, 0600) == LK_OK)
            lk_part_close(part);
    }
    free(path);
}

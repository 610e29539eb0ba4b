/* A file of parts:
 *
 *   header        magic, sizes, and the checksum of header, key and table
 *   key           text, padded with zeros to LINE
 *   table         one entry a part
 *   parts         each from a multiple of LINE on, with zeros between
 *
 * Numbers have the low byte first. */
#include "nn/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/output.h"
#include "nn/kept_sum.h"

enum { LINE = 64, MOST_PARTS = 1 << 16 };

static const char MAGIC[8] = "lkpacked";

typedef struct kept_header {
    char magic[8];
    uint64_t size; /* of the file */
    uint64_t key_bytes, count;
    uint64_t sum; /* of this header, with 0 here, the key and the table */
    uint64_t rest[3];
} kept_header;

typedef struct kept_entry {
    lk_nn_part_name name;
    uint64_t offset, size, sum;
} kept_entry;

_Static_assert(sizeof(kept_header) == LINE, "a header is a line");
_Static_assert(sizeof(kept_entry) == 40, "an entry has no gaps");

typedef enum kept_state { KEPT_UNKNOWN = 0, KEPT_GOOD, KEPT_DAMAGED } kept_state;

struct lk_nn_kept {
    const char *bytes;
    size_t size;
    const kept_entry *entries;
    size_t count;
    unsigned char *states; /* [count] kept_state */
    bool damaged;
};

static size_t kept_round_up(size_t bytes)
{
    return (bytes + LINE - 1) / LINE * LINE;
}

/* ---- opening ---- */

/* What somebody else can write is not trusted with weights. */
static lk_status kept_check_owner(const struct stat *info, const char *path)
{
    LK_REQUIRE(S_ISREG(info->st_mode), LK_ERROR_FORMAT, "%s: is not a plain file", path);
    LK_REQUIRE(info->st_uid == geteuid() && !(info->st_mode & 022), LK_ERROR_FORMAT,
               "%s: others than this user can write it", path);
    LK_REQUIRE(info->st_size >= LINE, LK_ERROR_FORMAT, "%s: is cut short", path);
    return LK_OK;
}

static lk_status kept_map_descriptor(const char **out, size_t *size, int fd, const char *path)
{
    struct stat info;
    LK_REQUIRE(fstat(fd, &info) == 0, LK_ERROR_IO, "%s: %s", path, strerror(errno));
    LK_TRY(kept_check_owner(&info, path));
    void *bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    LK_REQUIRE(bytes != MAP_FAILED, LK_ERROR_IO, "%s: cannot map into memory: %s", path,
               strerror(errno));
    *out = bytes;
    *size = (size_t)info.st_size;
    return LK_OK;
}

static lk_status kept_map(const char **out, size_t *size, const char *path)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    LK_REQUIRE(fd >= 0 || errno != ENOENT, LK_ERROR_MISSING, "%s: is not there", path);
    LK_REQUIRE(fd >= 0, LK_ERROR_IO, "%s: cannot open: %s", path, strerror(errno));
    lk_status status = kept_map_descriptor(out, size, fd, path);
    close(fd);
    return status;
}

/* Bytes in front of the parts. */
static size_t kept_front(size_t key_bytes, size_t count)
{
    return LINE + kept_round_up(key_bytes) + kept_round_up(count * sizeof(kept_entry));
}

/* Of a file of `size` bytes the header and what it says of the front. */
static lk_status kept_check_header(kept_header *out, const char *bytes, size_t size)
{
    memcpy(out, bytes, sizeof *out);
    uint64_t sum = out->sum;
    LK_REQUIRE(memcmp(out->magic, MAGIC, sizeof MAGIC) == 0, LK_ERROR_FORMAT, "is of another kind");
    LK_REQUIRE(out->size == size, LK_ERROR_FORMAT, "has %zu bytes, says %llu", size,
               (unsigned long long)out->size);
    LK_REQUIRE(out->key_bytes && out->key_bytes <= LK_NN_KEPT_KEY && out->count <= MOST_PARTS &&
                   kept_front(out->key_bytes, out->count) <= size,
               LK_ERROR_FORMAT, "its table does not fit in it");
    LK_REQUIRE(strnlen(bytes + LINE, out->key_bytes) == out->key_bytes - 1, LK_ERROR_FORMAT,
               "its key does not end where it says");
    out->sum = 0;
    uint64_t found = lk_nn_kept_sum(LK_NN_KEPT_SEED, out, sizeof *out);
    found = lk_nn_kept_sum(found, bytes + LINE, kept_front(out->key_bytes, out->count) - LINE);
    LK_REQUIRE(found == sum, LK_ERROR_FORMAT, "its front is damaged");
    return LK_OK;
}

/* Parts follow each other and end where the file ends. */
static lk_status kept_check_table(const kept_entry *entries, const kept_header *header)
{
    size_t at = kept_front(header->key_bytes, header->count);
    for (size_t i = 0; i < header->count; i++) {
        const kept_entry *entry = &entries[i];
        LK_REQUIRE(entry->offset == at && entry->size && entry->size <= header->size - at,
                   LK_ERROR_FORMAT, "part %zu lies beyond its place", i);
        at = kept_round_up(at + entry->size);
        LK_REQUIRE(at <= header->size, LK_ERROR_FORMAT, "part %zu lies beyond the end", i);
    }
    LK_REQUIRE(at == header->size, LK_ERROR_FORMAT, "has bytes behind its parts");
    return LK_OK;
}

/* A note may follow. */
static bool kept_is_for(const char *found, const char *key)
{
    size_t length = strlen(key);
    return strncmp(found, key, length) == 0 && (found[length] == '\0' || found[length] == '\n');
}

static lk_status kept_read(lk_nn_kept *kept, const char *key)
{
    kept_header header;
    LK_TRY(kept_check_header(&header, kept->bytes, kept->size));
    const char *found = kept->bytes + LINE;
    LK_REQUIRE(kept_is_for(found, key), LK_ERROR_BUSY, "is for something else");
    kept->entries = (const kept_entry *)(const void *)(found + kept_round_up(header.key_bytes));
    kept->count = header.count;
    LK_TRY(kept_check_table(kept->entries, &header));
    return lk_alloc(&kept->states, kept->count, sizeof *kept->states);
}

lk_status lk_nn_kept_open(lk_nn_kept **out, const char *path, const char *key)
{
    lk_nn_kept *kept;
    LK_TRY(lk_alloc(&kept, 1, sizeof *kept));
    lk_status status = kept_map(&kept->bytes, &kept->size, path);
    if (status == LK_OK) {
        status = kept_read(kept, key);
        if (status != LK_OK)
            status = lk_fail_prefix(status, path);
    }
    if (status != LK_OK) {
        lk_nn_kept_close(kept);
        return status;
    }
    /* Read ahead while there is something else to do. */
    (void)madvise((void *)kept->bytes, kept->size, MADV_WILLNEED);
    *out = kept;
    return LK_OK;
}

void lk_nn_kept_close(lk_nn_kept *kept)
{
    if (!kept)
        return;
    if (kept->bytes)
        munmap((void *)kept->bytes, kept->size);
    free(kept->states);
    free(kept);
}

lk_status lk_nn_kept_read_key(char key[LK_NN_KEPT_KEY], const char *path)
{
    const char *bytes;
    size_t size;
    kept_header header;
    LK_TRY(kept_map(&bytes, &size, path));
    lk_status status = kept_check_header(&header, bytes, size);
    if (status == LK_OK)
        memcpy(key, bytes + LINE, header.key_bytes);
    munmap((void *)bytes, size);
    return status == LK_OK ? status : lk_fail_prefix(status, path);
}

/* ---- parts ---- */

static bool kept_is_good(lk_nn_kept *kept, size_t index)
{
    const kept_entry *entry = &kept->entries[index];
    if (kept->states[index] == KEPT_UNKNOWN) {
        bool good = lk_nn_kept_sum_blocks(kept->bytes + entry->offset, entry->size) == entry->sum;
        kept->states[index] = good ? KEPT_GOOD : KEPT_DAMAGED;
        kept->damaged |= !good;
    }
    return kept->states[index] == KEPT_GOOD;
}

static bool kept_same_name(lk_nn_part_name a, lk_nn_part_name b)
{
    return a.layer == b.layer && a.kind == b.kind && a.layout == b.layout;
}

const void *lk_nn_kept_find(lk_nn_kept *kept, lk_nn_part_name name, size_t size)
{
    for (size_t i = 0; kept && i < kept->count; i++)
        if (kept_same_name(kept->entries[i].name, name) && kept->entries[i].size == size)
            return kept_is_good(kept, i) ? kept->bytes + kept->entries[i].offset : NULL;
    return NULL;
}

bool lk_nn_kept_get(lk_nn_kept_part *out, lk_nn_kept *kept, size_t index)
{
    if (!kept || index >= kept->count || !kept_is_good(kept, index))
        return false;
    const kept_entry *entry = &kept->entries[index];
    *out = (lk_nn_kept_part){entry->name, kept->bytes + entry->offset, entry->size};
    return true;
}

size_t lk_nn_kept_count(const lk_nn_kept *kept)
{
    return kept ? kept->count : 0;
}

bool lk_nn_kept_is_damaged(const lk_nn_kept *kept)
{
    return kept && kept->damaged;
}

bool lk_nn_kept_holds(const lk_nn_kept *kept, const void *memory)
{
    uintptr_t at = (uintptr_t)memory;
    return kept && at >= (uintptr_t)kept->bytes && at - (uintptr_t)kept->bytes < kept->size;
}

/* ---- writing ---- */

static size_t kept_size(size_t key_bytes, const lk_nn_kept_part *parts, size_t count)
{
    size_t size = kept_front(key_bytes, count);
    for (size_t i = 0; i < count; i++)
        size += kept_round_up(parts[i].size);
    return size;
}

size_t lk_nn_kept_size(const lk_nn_kept_part *parts, size_t count)
{
    return kept_size(LK_NN_KEPT_KEY, parts, count);
}

/* Header, key and table as they lie in the file: front[kept_front]. */
static void kept_fill_front(char *front, const char *key, const lk_nn_kept_part *parts,
                            size_t count)
{
    size_t key_bytes = strlen(key) + 1, at = kept_front(key_bytes, count);
    kept_header header = {
        .size = kept_size(key_bytes, parts, count), .key_bytes = key_bytes, .count = count};
    kept_entry *entries = (kept_entry *)(void *)(front + LINE + kept_round_up(key_bytes));
    memcpy(header.magic, MAGIC, sizeof MAGIC);
    memcpy(front + LINE, key, key_bytes);
    for (size_t i = 0; i < count; i++) {
        entries[i] = (kept_entry){.name = parts[i].name,
                                  .offset = at,
                                  .size = parts[i].size,
                                  .sum = lk_nn_kept_sum_blocks(parts[i].bytes, parts[i].size)};
        at += kept_round_up(parts[i].size);
    }
    header.sum = lk_nn_kept_sum(LK_NN_KEPT_SEED, &header, sizeof header);
    header.sum = lk_nn_kept_sum(header.sum, front + LINE, kept_front(key_bytes, count) - LINE);
    memcpy(front, &header, sizeof header);
}

static void kept_write_parts(lk_output *output, const lk_nn_kept_part *parts, size_t count)
{
    static const char zeros[LINE];
    for (size_t i = 0; i < count; i++) {
        lk_output_write(output, parts[i].bytes, parts[i].size);
        lk_output_write(output, zeros, kept_round_up(parts[i].size) - parts[i].size);
    }
}

static lk_status kept_write(const char *path, const char *key, const lk_nn_kept_part *parts,
                            size_t count)
{
    size_t front_bytes = kept_front(strlen(key) + 1, count);
    char *front;
    lk_output *output;
    LK_TRY(lk_output_open(&output, path));
    lk_status status = lk_alloc(&front, front_bytes, 1);
    if (status != LK_OK) {
        lk_output_discard(output);
        return status;
    }
    (void)fchmod(lk_output_descriptor(output), 0600); /* a file system without modes */
    kept_fill_front(front, key, parts, count);
    lk_output_write(output, front, front_bytes);
    kept_write_parts(output, parts, count);
    free(front);
    return lk_output_commit_durably(output);
}

/* As much of the note as there is room for, in one line. */
lk_status lk_nn_kept_write(const char *path, const char *key, const char *note,
                           const lk_nn_kept_part *parts, size_t count)
{
    char full[LK_NN_KEPT_KEY];
    size_t length = strlen(key);
    LK_REQUIRE(length + sizeof "\nfile " < sizeof full && count <= MOST_PARTS, LK_ERROR_ARGUMENT,
               "%s: a key or a table that is too long", path);
    memcpy(full, key, length);
    snprintf(full + length, sizeof full - length, "\nfile %s", note);
    for (char *c = full + length + 1; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    return kept_write(path, full, parts, count);
}

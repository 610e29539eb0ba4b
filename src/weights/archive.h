/* A zip archive in memory whose members are stored, not compressed. */
#ifndef LK_WEIGHTS_ARCHIVE_H
#define LK_WEIGHTS_ARCHIVE_H

#include <likeness/base.h>

enum { LK_ARCHIVE_MAX_MEMBERS = 200000, LK_ARCHIVE_MAX_NAME = 255 };

typedef struct lk_archive_member {
    char *name;
    const uint8_t *bytes; /* in the archive's memory */
    size_t size;
} lk_archive_member;

typedef struct lk_archive {
    lk_archive_member *members; /* sorted by name, no two alike */
    size_t count, capacity;
} lk_archive;

/* Lists the members of a zip file that lies in memory; the memory outlives the
 * archive. A compressed or encrypted member is LK_ERROR_UNSUPPORTED; anything before the
 * first member or behind the directory, where torch.save leaves nothing, is
 * LK_ERROR_FORMAT. The texts do not name the file. */
lk_status lk_archive_open(lk_archive *out, const uint8_t *bytes, size_t size) LK_MUST_USE;
void lk_archive_close(lk_archive *archive);

/* Borrowed; NULL when there is no such member. */
const lk_archive_member *lk_archive_find(const lk_archive *archive, const char *name);

#endif

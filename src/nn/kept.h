/* kept.h: packed numbers kept in a file, so that they need not be made again. The file knows
 * parts, which are bytes with a name; what they mean is known to those who make them.
 *
 * A file is believed no more than any other input: its key, sizes and places are checked
 * when it is opened, and a part's bytes, by their checksum, when it is first found. It is
 * mapped, so that what no kernel reads costs nothing; writers replace it by renaming. */
#ifndef LK_NN_KEPT_H
#define LK_NN_KEPT_H

#include <likeness/base.h>

enum { LK_NN_KEPT_KEY = 1024 }; /* bytes of a key with its end */

/* What a part is: numbers of the layer, of a kind, in a layout. */
typedef struct lk_nn_part_name {
    uint32_t layer, kind;
    uint64_t layout;
} lk_nn_part_name;

typedef struct lk_nn_kept_part {
    lk_nn_part_name name;
    const void *bytes;
    size_t size;
} lk_nn_kept_part;

typedef struct lk_nn_kept lk_nn_kept;

/* Maps a file that was written with the same key. Only a file of this user's that nobody
 * else can write is taken. Errors: LK_ERROR_MISSING (no file), LK_ERROR_BUSY (another key),
 * LK_ERROR_FORMAT (damaged, or somebody else's), LK_ERROR_IO, LK_ERROR_MEMORY. */
LK_MUST_USE lk_status lk_nn_kept_open(lk_nn_kept **out, const char *path, const char *key);
void lk_nn_kept_close(lk_nn_kept *kept);

/* The bytes of a part, on a 64-byte boundary, as long as the file is open; NULL where there is
 * none of that name and size, or it is damaged. One thread at a time. */
const void *lk_nn_kept_find(lk_nn_kept *kept, lk_nn_part_name name, size_t size);
/* The part by its number; false behind the last and where it is damaged. */
bool lk_nn_kept_get(lk_nn_kept_part *out, lk_nn_kept *kept, size_t index);
size_t lk_nn_kept_count(const lk_nn_kept *kept);
/* A part was found damaged. */
bool lk_nn_kept_is_damaged(const lk_nn_kept *kept);
/* Whether memory is the file's. */
bool lk_nn_kept_holds(const lk_nn_kept *kept, const void *memory);

/* The bytes that a file of these parts has, with the longest key. */
size_t lk_nn_kept_size(const lk_nn_kept_part *parts, size_t count);
/* Writes one, readable by this user alone, which appears whole and on the disk, or not. Behind
 * the key stands a line "file NOTE", which is not part of it.
 * Errors: LK_ERROR_IO, LK_ERROR_MEMORY. */
LK_MUST_USE lk_status lk_nn_kept_write(const char *path, const char *key, const char *note,
                                       const lk_nn_kept_part *parts, size_t count);

/* The key of the file at `path` and its note, for those who list files. Errors as above. */
LK_MUST_USE lk_status lk_nn_kept_read_key(char key[LK_NN_KEPT_KEY], const char *path);

#endif

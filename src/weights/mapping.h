/* A whole file in memory, mapped and read-only. */
#ifndef LK_WEIGHTS_MAPPING_H
#define LK_WEIGHTS_MAPPING_H

#include <likeness/base.h>

typedef struct lk_mapping {
    const uint8_t *bytes;
    size_t size;
    bool mapped; /* false: the bytes are somebody else's */
} lk_mapping;

/* Maps a regular file. Errors: LK_ERROR_IO, LK_ERROR_FORMAT for an empty one. A file that
 * another program cuts short while it is mapped raises SIGBUS, as for every
 * reader that maps; our own writers replace files by rename. */
lk_status lk_mapping_open(lk_mapping *out, const char *path) LK_MUST_USE;
void lk_mapping_close(lk_mapping *mapping);

/* Tells the system that the pages read so far are not needed soon. */
void lk_mapping_release_pages(const lk_mapping *mapping);

#endif

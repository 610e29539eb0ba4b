/* A file of large parts beside a gallery, every megabyte of which is checked.
 *
 * It holds nothing that could not be made anew: whoever removes it loses time only. It appears
 * whole or not at all, and who reads it learns whether it is what was written; what does not
 * fit is not used. A check is a CRC-32, no signature: what the numbers mean is for the reader
 * to look at. */
#ifndef LK_GALLERY_CHUNKED_H
#define LK_GALLERY_CHUNKED_H

#include <likeness/base.h>

typedef struct lk_chunked_part {
    void *bytes;
    size_t count;
} lk_chunked_part;

/* GALLERY-ending, open to be read; -1: there is none. */
int lk_chunked_open(const char *gallery, const char *ending);
/* The first bytes, which say how large the parts are: nothing is checked yet. False: there are
 * not so many bytes. */
bool lk_chunked_read_head(int fd, void *head, size_t count);
/* Whether the file has more bytes than that: a head is believed no further. */
bool lk_chunked_holds(int fd, uint64_t bytes);
/* The parts, and *whole: whether they and the head are what was written. */
lk_status lk_chunked_read(int fd, bool *whole, const void *head, size_t head_count,
                          const lk_chunked_part *parts, size_t part_count) LK_MUST_USE;

/* Writes it; nobody but its owner may read it. Errors: LK_ERROR_IO, LK_ERROR_MEMORY. */
lk_status lk_chunked_write(const char *gallery, const char *ending, const void *head,
                           size_t head_count, const lk_chunked_part *parts,
                           size_t part_count) LK_MUST_USE;
/* Overwrites and removes it, and what a killed process has left of it. */
void lk_chunked_remove(const char *gallery, const char *ending);

#endif

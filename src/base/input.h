/* The descriptor behind lk_input_open and lk_input_read, and a stream on it. */
#ifndef LK_BASE_INPUT_H
#define LK_BASE_INPUT_H

#include <stdio.h>

#include <likeness/base.h>

typedef struct lk_source {
    int fd;        /* the caller's to close */
    bool pipe;     /* has no size and does not wait: read gives EAGAIN */
    uint64_t size; /* bytes; 0 for a pipe */
} lk_source;

/* Opens a file, or a pipe without a name, for reading. Whatever else the path names is
 * refused at once with LK_ERROR_IO and a text that says what it is. */
lk_status lk_source_open(lk_source *out, const char *path) LK_MUST_USE;
/* Opens what lk_input_open opens, and refuses what that refuses; fclose closes it. */
lk_status lk_input_stream(FILE **out, const char *path) LK_MUST_USE;

#endif

/* Where the bytes of an output go. */
#ifndef LK_BASE_OUTPUT_PLACE_H
#define LK_BASE_OUTPUT_PLACE_H

#include <sys/stat.h>

#include <likeness/base.h>

typedef enum lk_place_kind {
    LK_PLACE_FILE,      /* a plain file, there or not: replaced whole */
    LK_PLACE_DEVICE,    /* a device or FIFO: written in place */
    LK_PLACE_DESCRIPTOR /* of this process, by a name such as /dev/stdout */
} lk_place_kind;

typedef struct lk_place {
    lk_place_kind kind;
    char *path;      /* behind all symbolic links; the caller frees it */
    bool exists;     /* of a file */
    struct stat old; /* when it exists */
    int descriptor;
} lk_place;

/* Errors: LK_ERROR_IO for a folder, a socket, a file that must not be written, a
 * path that leads nowhere; LK_ERROR_MEMORY. */
lk_status lk_place_find(lk_place *out, const char *path) LK_MUST_USE;

/* "a/b" into "a" and "b"; "b" into "." and "b". The caller frees *directory; the
 * name is part of `path`. */
lk_status lk_path_split(char **directory, const char **name, const char *path) LK_MUST_USE;

#endif

/* Unfinished files, beside the file that they are to become. */
#ifndef LK_BASE_OUTPUT_PART_H
#define LK_BASE_OUTPUT_PART_H

#include <sys/types.h>

#include <likeness/base.h>

typedef struct lk_part {
    char *path;                     /* .NAME.lk-partN */
    int fd;                         /* holds the lock that says that it is being written */
    struct lk_part *before, *after; /* of those that this process writes */
} lk_part;

/* Creates an unfinished file for `target`, removing those of killed processes.
 * `mode` goes through the umask. Errors: LK_ERROR_IO, LK_ERROR_MEMORY,
 * LK_ERROR_CANCELLED after lk_output_abandon_all. Threads: any, as all below. */
lk_status lk_part_create(lk_part **out, const char *target, mode_t mode) LK_MUST_USE;
/* Gives it its name. Errors as above; the part remains. */
lk_status lk_part_rename(lk_part *part, const char *target) LK_MUST_USE;
/* Removes an unfinished file by its path, unless somebody writes it. */
void lk_part_remove_stale(const char *path);
/* Removes it unless it was renamed, and frees the handle. */
void lk_part_close(lk_part *part);

#endif

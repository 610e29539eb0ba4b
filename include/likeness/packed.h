/* likeness/packed.h: weights as a network reads them, kept in a folder between processes.
 *
 * A network's weights are read, checked, folded and laid out for the processor before it
 * runs. An embedder that is given a folder (lk_embedder_options) finds there what an earlier
 * process has laid out, and lk_embedder_keep leaves it there. Its vectors are the same to the
 * last bit. A file of the folder is for one file of weights (by its SHA-256), precision,
 * processor and build of this library, and is checked before it is believed; where anything
 * is wrong the weights are laid out as without it.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_PACKED_H
#define LIKENESS_PACKED_H

#include <likeness/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the program keeps where nobody says otherwise: eight networks of full size. */
#define LK_PACKED_LIMIT ((uint64_t)1 << 30)

/* A file of the folder; one that is damaged has no texts. */
typedef struct lk_packed_file {
    char *path;
    char *weights;   /* the name that the file of weights had; or NULL */
    char *digest;    /* its SHA-256; or NULL */
    char *precision; /* "f32"; or NULL */
    uint64_t bytes;
    int64_t used; /* when last, in seconds since 1970 */
} lk_packed_file;

typedef struct lk_packed_files {
    lk_packed_file *files;
    size_t count;
} lk_packed_files;

/* Lists a folder's files, the last used first; a folder that is not there has none. *out is
 * the caller's, for lk_packed_files_clear. Errors: LK_ERROR_IO, LK_ERROR_MEMORY.
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_packed_list(lk_packed_files *out, const char *folder);
/* NULL does nothing. Threads: any. */
LK_API void lk_packed_files_clear(lk_packed_files *files);

/* Removes files until the rest have at most `limit` bytes, those first that were not used for
 * longest; 0: all. Processes that use one are not disturbed. Errors: LK_ERROR_IO,
 * LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_packed_trim(const char *folder, uint64_t limit);

#ifdef __cplusplus
}
#endif

#endif

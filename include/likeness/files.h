/* likeness/files.h: lists of input files, inputs that end, and outputs that appear
 * whole.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_FILES_H
#define LIKENESS_FILES_H

#include <stdio.h>

#include <likeness/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One input file. Both strings belong to the list. */
typedef struct lk_file {
    const char *path;  /* as found: the argument, or argument/sub/file */
    const char *label; /* the name of the directory that holds it, "" for none */
} lk_file;

typedef struct lk_file_list lk_file_list;

/* Lists input files. A path that is a directory is walked recursively, its
 * entries in bytewise order of their names (hidden entries are left out, links
 * to directories are not followed), and contributes the files whose name ends
 * in .jpg, .jpeg, .jpe, .jfif, .png, .webp, .gif, .bmp, .dib, .tif, .tiff, .heic,
 * .heif, .hif or .avif in any case; a path that is a file is taken as
 * it is. The paths keep the order of `paths`.
 * Ownership: *out is the caller's, lk_file_list_destroy releases it.
 * Errors: LK_ERROR_IO naming the path that is missing or cannot be read,
 * LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_file_list_create(lk_file_list **out, const char *const *paths,
                                                 size_t path_count);
LK_API void lk_file_list_destroy(lk_file_list *list);
LK_API size_t lk_file_list_count(const lk_file_list *list);
/* Borrowed from the list; NULL when `index` is not below the count. */
LK_API const lk_file *lk_file_list_get(const lk_file_list *list, size_t index);

/* Opens a file for reading, from its start. A directory, a pipe, a device or a socket
 * is refused at once, never waited for.
 * Ownership: *out is the caller's, fclose releases it.
 * Errors: LK_ERROR_IO naming the path and what it is. Threads: any. */
LK_API LK_MUST_USE lk_status lk_input_open(FILE **out, const char *path);

/* Reads a whole input of at most `limit` bytes; a zero, not counted, follows the last.
 * Besides files it takes pipes without a name, such as a shell makes for /dev/stdin
 * and <(...), and waits for what is written to them; all else is refused at once.
 * Ownership: *out is the caller's, free() releases it.
 * Errors: LK_ERROR_IO naming the path and what it is; LK_ERROR_LIMIT;
 * LK_ERROR_CANCELLED (see lk_interrupt); LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_input_read(char **out, size_t *count, const char *path,
                                           uint64_t limit);

/* From here on nothing waits for a pipe any more: reading one that has no bytes ready
 * returns LK_ERROR_CANCELLED within a tenth of a second. For a signal handler of a
 * program that is about to end. Threads: any; safe in a signal handler. */
LK_API void lk_interrupt(void);

/* An output file in the making: written beside its final place under another
 * name and renamed when it is whole, so that nobody ever sees half a file.
 *
 * The other name of NAME is .NAME.lk-partN, N a digit; its writer holds a lock on it.
 * One that a killed process has left is removed when NAME is written again. */
typedef struct lk_output lk_output;

/* Opens an output for `path` and creates the directories above it. A symbolic link
 * is followed, also to a file that is not there yet. A file that is replaced keeps
 * its mode, and where that is allowed its owner and group. A device or FIFO is
 * written in place, and so are an open file of this process (/dev/stdout) and
 * standard output, whose name is "-": these cannot be made whole.
 * Errors: LK_ERROR_IO, also for a folder, a socket and a file without the right to
 * write; LK_ERROR_MEMORY; LK_ERROR_CANCELLED after lk_output_abandon_all.
 * Threads: one output, one thread. */
LK_API LK_MUST_USE lk_status lk_output_open(lk_output **out, const char *path);
/* The stream to write to; borrowed. */
LK_API FILE *lk_output_stream(lk_output *output);
/* The final name, "standard output" for that; borrowed. */
LK_API const char *lk_output_path(const lk_output *output);
/* Flushes, checks every write, renames to the final name and frees the handle,
 * also on failure (then nothing is left behind). Errors: LK_ERROR_IO,
 * LK_ERROR_CANCELLED after lk_output_abandon_all. */
LK_API LK_MUST_USE lk_status lk_output_commit(lk_output *output);
/* Removes the unfinished file and frees the handle; NULL does nothing. */
LK_API void lk_output_discard(lk_output *output);
/* For a process that is about to end: removes the unfinished files of all outputs,
 * and from here on none is opened or made whole. What was made whole stays.
 * Threads: any; not in a signal handler, it takes a lock. */
LK_API void lk_output_abandon_all(void);

/* Commits outputs that belong together, in their order: all are flushed to the disk
 * before the first is renamed, so that a full disk leaves every old file in place.
 * Frees all handles, also on failure. Between two renames a kill leaves new files
 * beside old ones: have the one come last without which the others are refused, and
 * hold a lock. Errors: LK_ERROR_IO. */
LK_API LK_MUST_USE lk_status lk_output_commit_all(lk_output *const *outputs, size_t count);

/* The right to write files that belong together, held by one process (and by one
 * handle in it) at a time. The kernel lets go of it when the process ends, however
 * it ends. It is advice: only those who take it are kept out. Where the file system
 * has no locks, everybody gets it; on NFS it counts on all machines. */
typedef struct lk_lock lk_lock;

/* Takes the lock of a folder, which is created if need be, or of a set of files that
 * has the name `path` (the file need not exist; its folder is created). Another
 * holder is waited for, at most so many seconds; 0: not at all.
 * While it is held there is a hidden file, FOLDER/.lk-lock or .NAME.lk-lock beside
 * the file. One that a killed process left is in nobody's way: the next holder takes
 * it over and removes it.
 * Ownership: lk_lock_release lets go and frees. Errors: LK_ERROR_BUSY (the text names
 * the path and, where it is known, the other's process id), LK_ERROR_IO,
 * LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_lock_folder(lk_lock **out, const char *folder, double seconds);
LK_API LK_MUST_USE lk_status lk_lock_file(lk_lock **out, const char *path, double seconds);
/* NULL does nothing. */
LK_API void lk_lock_release(lk_lock *lock);

/* Creates a directory and those above it; one that exists is fine.
 * Errors: LK_ERROR_IO, LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_directory_create(const char *path);

#ifdef __cplusplus
}
#endif

#endif

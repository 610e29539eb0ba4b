/* likeness/files.h: lists of input files, inputs that end, and outputs that appear
 * whole.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_FILES_H
#define LIKENESS_FILES_H

#include <string.h>

#include <likeness/base.h>
#include <likeness/options.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whose photograph a file is, by the folders that lead to it from the path that was
 * given. A photograph directly in that path has the path's own name for a label (that of
 * the folder that "." or "people/.." is), a file that was given by itself the name of its
 * folder. */
typedef enum lk_label_rule {
    LK_LABEL_FIRST = 0, /* the folder directly under the path, whatever lies below it: the
                         * rule of torchvision's ImageFolder */
    LK_LABEL_LAST = 1,  /* the innermost folder */
    LK_LABEL_PATH = 2   /* all folders below the path, joined by '/' */
} lk_label_rule;

/* One input file. The strings belong to the list. */
typedef struct lk_file {
    const char *path;  /* as found: the argument, or argument/sub/file */
    const char *label; /* by the list's rule, in Unicode's normal form C, so that two ways
                        * to write a letter are one name; "" only for a file in / */
    const char *group; /* the folder directly under the path, in the same form; "" where
                        * there is none */
    size_t depth;      /* folders between the path and the file; 0 by itself */
} lk_file;

typedef struct lk_file_list_options {
    size_t struct_size;  /* set by lk_file_list_options_init */
    lk_label_rule label; /* default LK_LABEL_FIRST */
} lk_file_list_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_file_list_options_table(void);
static inline void lk_file_list_options_init(lk_file_list_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_file_list_options_table(), options);
}

typedef struct lk_file_list lk_file_list;

/* Lists input files. A path that is a file is taken as it is. A path that is a directory
 * is walked recursively, its entries in bytewise order of their names, and contributes
 * the files whose name ends in .jpg, .jpeg, .jpe, .jfif, .png, .webp, .gif, .bmp, .dib,
 * .tif or .tiff in any case, in .heic, .heif, .hif or .avif where the build reads those,
 * and the files of another name whose first bytes are an image's (TIFF and BMP only
 * under a name without an ending: raw photographs begin like the one, plain text may
 * begin like the other). Links are followed, one that leads back to a folder above it is
 * not. What is left out is listed, see lk_file_list_skipped; the rest goes on.
 * The paths keep the order of `paths`. `options` NULL means the defaults.
 * Ownership: *out is the caller's, lk_file_list_destroy releases it.
 * Errors: LK_ERROR_IO naming the one of `paths` that is missing or cannot be read,
 * LK_ERROR_ARGUMENT (no such rule), LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_file_list_create(lk_file_list **out, const char *const *paths,
                                                 size_t path_count,
                                                 const lk_file_list_options *options);
LK_API void lk_file_list_destroy(lk_file_list *list);
LK_API size_t lk_file_list_count(const lk_file_list *list);
/* Borrowed from the list; NULL when `index` is not below the count. Threads: any. */
LK_API const lk_file *lk_file_list_get(const lk_file_list *list, size_t index);

/* Why something in a folder is not in the list. */
typedef enum lk_skip_kind {
    LK_SKIP_OTHER = 0,   /* no photograph by its name and content, or a hidden one */
    LK_SKIP_LITTER,      /* what systems and programs leave beside photographs: .DS_Store,
                          * @eaDir, __MACOSX, Thumbs.db, lost+found, all that is hidden but
                          * photographs, and the truth.csv of lk_synth_album_write */
    LK_SKIP_LINK,        /* a link that leads back to a folder above it, or to one that was
                          * met through links too often: nothing is missing */
    LK_SKIP_UNSUPPORTED, /* a photograph of a kind that this build does not read */
    LK_SKIP_UNREADABLE   /* a folder that cannot be read or is nested too deep, a link to
                          * nothing: what is in it is missing */
} lk_skip_kind;

typedef struct lk_skipped {
    const char *path;
    lk_skip_kind kind;
    const char *reason; /* in words, to be put behind the path and a colon */
} lk_skipped;

/* How many were left out. Threads: any. */
LK_API size_t lk_file_list_skipped_count(const lk_file_list *list);
/* Borrowed from the list; NULL when `index` is not below the count. Threads: any. */
LK_API const lk_skipped *lk_file_list_skipped(const lk_file_list *list, size_t index);

/* A file that is read from its start to its end. */
typedef struct lk_input lk_input;

/* Opens a file for reading. A directory, a pipe, a device or a socket is refused at
 * once, never waited for.
 * Ownership: *out is the caller's, lk_input_close releases it.
 * Errors: LK_ERROR_IO naming the path and what it is, LK_ERROR_MEMORY. Threads: any, but
 * an input is for one at a time. */
LK_API LK_MUST_USE lk_status lk_input_open(lk_input **out, const char *path);
/* The next `room` bytes into to[room]; *count is less where the file ends, and 0 at its
 * end. Errors: LK_ERROR_IO naming the path. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_input_take(lk_input *input, void *to, size_t room, size_t *count);
/* The next line with its line end, and a zero behind it, into line[room]; of a longer one
 * the first room - 1 bytes, the rest of it comes next. The last line may lack its end.
 * *count is its length, 0 at the file's end. Errors: LK_ERROR_IO naming the path.
 * Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_input_line(lk_input *input, char *line, size_t room, size_t *count);
LK_API void lk_input_close(lk_input *input);

/* Reads a whole input of at most `limit` bytes; a zero, not counted, follows the last.
 * Besides files it takes pipes without a name, such as a shell makes for /dev/stdin
 * and <(...), and waits for what is written to them; all else is refused at once.
 * Ownership: *out is the caller's, lk_free releases it.
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
 * Threads: any; an output is for one at a time. */
LK_API LK_MUST_USE lk_status lk_output_open(lk_output **out, const char *path);
/* Puts bytes[count] behind what was written before. A write that fails is told by commit,
 * so that none needs to be checked. Threads: one at a time. */
LK_API void lk_output_write(lk_output *output, const void *bytes, size_t count);
/* Likewise, what printf makes of its arguments, in the locale "C". Threads: one at a time. */
LK_API void lk_output_printf(lk_output *output, const char *format, ...) LK_PRINTF(2, 3);
/* Passes on to the system what was written so far, for those who read a pipe or a device
 * meanwhile. Errors: LK_ERROR_IO, also for an earlier write; commit tells them again.
 * Threads: one at a time. */
LK_API lk_status lk_output_flush(lk_output *output);
/* What is written to, -1 without an output: to ask whether it is a terminal or a pipe.
 * Borrowed; whoever writes to it flushes first. Threads: one at a time. */
LK_API int lk_output_descriptor(const lk_output *output);
/* The final name, "standard output" for that; borrowed. Threads: one at a time. */
LK_API const char *lk_output_path(const lk_output *output);
/* Flushes, checks every write, renames to the final name and frees the handle,
 * also on failure (then nothing is left behind; what standard output has refused is
 * dropped, and its error indicator cleared). Errors: LK_ERROR_IO,
 * LK_ERROR_CANCELLED after lk_output_abandon_all. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_output_commit(lk_output *output);
/* Removes the unfinished file and frees the handle; NULL does nothing. Threads: one at a time. */
LK_API void lk_output_discard(lk_output *output);
/* For a process that is about to end: removes the unfinished files of all outputs,
 * and from here on none is opened or made whole. What was made whole stays.
 * Threads: any; not in a signal handler, it takes a lock. */
LK_API void lk_output_abandon_all(void);

/* Commits outputs that belong together, in their order: all are flushed to the disk
 * before the first is renamed, so that a full disk leaves every old file in place.
 * Frees all handles, also on failure. Between two renames a kill leaves new files
 * beside old ones: have the one come last without which the others are refused, and
 * hold a lock. Errors: LK_ERROR_IO. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_output_commit_all(lk_output *const *outputs, size_t count);

/* The right to write files that belong together, held by one process (and by one
 * handle in it) at a time. The kernel lets go of it when the process ends, however
 * it ends. It is advice: only those who take it are kept out. Where the file system
 * has no locks, everybody gets it; on NFS it counts on all machines. */
typedef struct lk_lock lk_lock;

/* Takes the lock of a folder, which is created if need be, or of a set of files that
 * has the name `path` (the file need not exist; its folder is created). Another
 * holder is waited for, at most so many seconds; 0: not at all.
 * Links are followed: two ways to one file are one lock.
 * While it is held there is a hidden file, FOLDER/.lk-lock or .NAME.lk-lock beside
 * the file. One that a killed process left is in nobody's way: the next holder takes
 * it over and removes it.
 * Ownership: lk_lock_release lets go and frees. Errors: LK_ERROR_BUSY (the text names
 * the path and, where it is known, the other's process id), LK_ERROR_IO,
 * LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_lock_folder(lk_lock **out, const char *folder, double seconds);
LK_API LK_MUST_USE lk_status lk_lock_file(lk_lock **out, const char *path, double seconds);
/* NULL does nothing. Threads: one at a time. */
LK_API void lk_lock_release(lk_lock *lock);

/* Creates a directory and those above it; one that exists is fine.
 * Errors: LK_ERROR_IO, LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_directory_create(const char *path);

#ifdef __cplusplus
}
#endif

#endif

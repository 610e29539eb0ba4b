/* likeness/base.h: what every module shares: status codes, error text, threads.
 *
 * What holds for all calls. NULL where something is needed is LK_ERROR_ARGUMENT; a call
 * that returns no status gives NULL, 0, false or NaN for it, or does nothing, and so do
 * those that release (_destroy, _close, _clear, lk_free).
 *
 * Threads. A call works on what it is given and on nothing else. Its comment says who may
 * make it, and so do those of the calls right below it that have none of their own:
 *   Threads: any.            any number at once, each on things of its own; what all of them
 *                            take as const they may share
 *   Threads: one at a time.  any thread, but the thing that the call is about (an output, a
 *                            gallery, a trainer) is used by one at a time
 * What else there is to say follows. A thing is released when no other call uses it.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_BASE_H
#define LIKENESS_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LK_API               __attribute__((visibility("default")))
#define LK_MUST_USE          __attribute__((warn_unused_result))
#define LK_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define LK_API
#define LK_MUST_USE
#define LK_PRINTF(fmt, args)
#endif

/* What a call that can fail returns. The values are pinned: they are part of
 * the binary interface and never change meaning. */
typedef enum lk_status {
    LK_OK = 0,
    LK_ERROR_ARGUMENT = 1,    /* the caller broke the contract of the function */
    LK_ERROR_MEMORY = 2,      /* an allocation failed or a size overflowed */
    LK_ERROR_IO = 3,          /* the system could not open, read or write a file */
    LK_ERROR_FORMAT = 4,      /* the bytes of a file are not what its format says */
    LK_ERROR_UNSUPPORTED = 5, /* well-formed, but something we do not handle */
    LK_ERROR_LIMIT = 6,       /* larger than a limit that the caller set */
    LK_ERROR_MISSING = 7,     /* a model, data set or tensor that is not there */
    LK_ERROR_SHAPE = 8,       /* a tensor or image has the wrong shape or type */
    LK_ERROR_NUMBER = 9,      /* a NaN or infinity where a number is needed */
    LK_ERROR_NO_FACE = 10,    /* an image in which no face was found */
    LK_ERROR_DATABASE = 11,   /* the gallery's database failed */
    LK_ERROR_NETWORK = 12,    /* a download failed */
    LK_ERROR_CANCELLED = 13,  /* a progress callback asked to stop */
    LK_ERROR_INTERNAL = 14,   /* a dependency failed in a way we do not expect */
    LK_ERROR_BUSY = 15        /* another process is writing there (lk_lock_folder) */
} lk_status;

/* How far apart two embeddings are. */
typedef enum lk_metric {
    LK_METRIC_EUCLIDEAN = 0, /* the length of their difference */
    LK_METRIC_COSINE = 1     /* 1 - the cosine of the angle between them, 0 to 2 */
} lk_metric;

/* The short English name of a status, such as "format error". Never NULL.
 * Threads: any. */
LK_API const char *lk_status_text(lk_status status);

/* The text of the calling thread's most recent error: one line, no newline,
 * which names the file (or argument), what was found and what was expected. Control
 * characters of a name, those that turn the direction of writing and bytes that are
 * not UTF-8 stand in it as \n, \x1b or \u202e.
 * Empty before the first error. The pointer belongs to the library and stays
 * valid until the same thread's next failing call. Threads: any; each has a text of its own. */
LK_API const char *lk_error_text(void);

/* The version that a program is compiled with, and as one number that grows:
 * #if LIKENESS_VERSION >= LIKENESS_VERSION_NUMBER(0, 2, 0). */
#define LIKENESS_VERSION_MAJOR                       0
#define LIKENESS_VERSION_MINOR                       1
#define LIKENESS_VERSION_PATCH                       0
#define LIKENESS_VERSION_NUMBER(major, minor, patch) ((major)*1000000 + (minor)*1000 + (patch))
#define LIKENESS_VERSION                                                                           \
    LIKENESS_VERSION_NUMBER(LIKENESS_VERSION_MAJOR, LIKENESS_VERSION_MINOR, LIKENESS_VERSION_PATCH)

/* The version of the library that is running, such as "0.1.0"; the string is the
 * library's. Errors: none. Threads: any. */
LK_API const char *lk_version(void);

/* A caller's view of a long job. `done` and `total` count the same unit (total
 * 0: not known); returning false asks the job to stop, which then returns
 * LK_ERROR_CANCELLED. Called from the thread that started the job. */
typedef bool (*lk_progress_fn)(void *user, const char *what, uint64_t compare_done, uint64_t total);

/* Sets how many threads the library's loops and networks use from here on, for the
 * whole process, whichever thread calls them; 0 takes one per processor that the
 * process may run on. Unless it is called, OMP_NUM_THREADS says how many, or else there
 * is one per processor. At most 1024, or what the stack has room for, are used. What a
 * program's own OpenMP loops use stays as it is, and omp_set_num_threads says nothing
 * to the library. A call that runs within an OpenMP loop uses one thread.
 * Errors: none. Threads: any; a call that runs already keeps the number it has.
 * How long idle threads spin before they sleep is OpenMP's to say, in the environment
 * that the process starts with: on a machine with other work GOMP_SPINCOUNT=1000 is
 * many times as fast as the default, and on an idle one no slower. */
LK_API void lk_threads_set(size_t count);

/* How many threads are used now; at least 1. Threads: any. */
LK_API size_t lk_threads_get(void);

/* Releases a string or an array that the library has handed out; NULL does nothing.
 * Things that have a name of their own (lk_image, lk_tensors) have their own _clear,
 * _close or _destroy. Errors: none. Threads: any. */
LK_API void lk_free(void *memory);

/* Makes the numbers of a JSON text, in place, as short as they can be and still be read
 * as the same float64: 1.1 for 1.1000000000000001. Errors: none. Threads: any. */
LK_API void lk_json_shorten(char *text);

/* The float64 of the shortest decimal number that reads back as this float32: 0.1 for
 * 0.1f, where a cast gives 0.10000000149011612. Threads: any. */
LK_API double lk_json_float(float train_words_value);

#ifdef __cplusplus
}
#endif

#endif

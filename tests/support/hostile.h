/* Files that are small, or as large as an honest one, and ask for much more time or
 * memory than they are worth: made when they are needed, so that none has to be kept.
 * The tests run their readers under limits, the benchmark measures them. */
#ifndef LK_TESTS_HOSTILE_H
#define LK_TESTS_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* One kind of hostile file, and an honest file of about the same size for the same
 * reader. `bytes` is what each is asked to come to. */
typedef struct hostile_case {
    const char *name;
    size_t bytes;
    void (*make)(FILE *file, size_t bytes);
    void (*make_honest)(FILE *file, size_t bytes);
    void (*read)(const char *path); /* opens, uses, closes; an error is as good */
} hostile_case;

extern const hostile_case hostile_cases[];
extern const size_t hostile_case_count;

/* What reading a file took, in a process of its own. */
typedef struct hostile_cost {
    double seconds;   /* of processor time, user and system */
    double megabytes; /* the largest resident size, less what the process began with */
    int status;       /* of wait(): 0, or a signal when a limit was hit */
} hostile_cost;

/* Makes the file at `path`; 0, or an errno. */
int hostile_write(const char *path, void (*make)(FILE *, size_t), size_t bytes);

/* Runs a reader in a process of its own, under limits on time and memory that keep the
 * machine safe: `seconds` of processor time, and four times `memory` bytes of address
 * space, not under the address sanitizer, which takes terabytes. 0: no limit. */
hostile_cost hostile_run(void (*read)(const char *path), const char *path, size_t memory,
                         unsigned seconds);

/* The same under what the tests allow a file of `bytes`: its bytes twice and 200 MB,
 * and more time than the bar's second, for other tests run beside this one. False, and
 * said on standard error, when it ends otherwise than by returning or takes more. */
bool hostile_run_within(void (*read)(const char *path), const char *path, size_t bytes,
                        const char *name);

#endif

/* likeness/options.h: every option of the library as a row of a table: its name, its
 * range, its default, what it is for. Defaults, checks, the text of a checkpoint, the
 * program's --help and its words all follow from these rows.
 *
 * A struct of options begins with its own size, which its init function sets:
 *
 *   lk_detector_options options;
 *   lk_detector_options_init(&options);
 *   options.min_face_size = 40;
 *
 * A library that has options more than the program was compiled with finds out by that
 * size and gives them their defaults. A struct that no init function has seen is refused
 * with LK_ERROR_ARGUMENT, and so is one of a program that is newer than the library.
 *
 * Every call that takes a struct of options compares it with its table, and returns
 * LK_ERROR_ARGUMENT with one line that names the option, what it takes and what was found.
 *
 * By name, for other languages and for command lines:
 *
 *   lk_option_set(lk_detector_options_table(), &options, "factor", "0.8");
 *
 * Tables are constant; a struct of options belongs to its owner.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_OPTIONS_H
#define LIKENESS_OPTIONS_H

#include <math.h>

#include <likeness/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lk_option_type {
    LK_OPTION_FLAG = 0,   /* bool; as text "on" or "off" */
    LK_OPTION_WHOLE = 1,  /* uint64_t, size_t or int, from 0 */
    LK_OPTION_REAL = 2,   /* double or float, always finite */
    LK_OPTION_CHOICE = 3, /* an enum, by one of the names in `choices` */
    LK_OPTION_TEXT = 4,   /* const char *, or NULL */
    LK_OPTION_TEXTS = 5   /* const char *const *, and behind it a size_t: how many */
} lk_option_type;

/* One option. Strings live as long as the library; NULL where there is nothing to say. */
typedef struct lk_option {
    const char *name; /* "factor"; of a part of another struct "triplet.margin" */
    lk_option_type type;
    size_t count;       /* reals only: an array of so many, as text "0.6,0.7,0.7"; 0: one number */
    bool counted;       /* of them there may be fewer; a size_t behind the array says how many */
    double least, most; /* of numbers; LK_OPTION_NO_BOUND: no limit but the type's */
    bool above, below;  /* `least`, `most` themselves do not belong to it */
    const char *const *choices; /* NULL ends them; in the order of the enum, from 0 */
    const char *preset;         /* the default, as lk_option_set takes it */
    const char *preset_words;   /* the same in words, where those say more: "no limit" */
    const char *unit;           /* "pixels" */
    const char *help;           /* one sentence without a full stop */
    bool free;                  /* may differ when a run is resumed */
    const char *word;           /* the program's: "min-face-size" of --min-face-size */
    const char *argument;       /* what the program calls its argument: "PIXELS" */
    const char *commands;       /* that have it: "crop detect" */
    size_t offset, bytes;       /* where it lies in the library's own struct */
} lk_option;

#define LK_OPTION_NO_BOUND HUGE_VAL /* infinity */

/* The rows of one struct of options, lk_detector_options_table() and so on. */
typedef struct lk_options_table lk_options_table;

/* "detector" of lk_detector_options. Errors: none. Threads: any. */
LK_API const char *lk_options_name(const lk_options_table *table);
/* How many rows there are, and one of them: NULL when `index` is not below the count.
 * Threads: any. */
LK_API size_t lk_options_count(const lk_options_table *table);
LK_API const lk_option *lk_options_row(const lk_options_table *table, size_t index);
/* The row of a name, or NULL. Threads: any. */
LK_API const lk_option *lk_option_find(const lk_options_table *table, const char *name);

/* Every table of the library: NULL when `index` is not below their number. Threads: any. */
LK_API const lk_options_table *lk_options_table_at(size_t index);
/* The table of a name, or NULL. Threads: any. */
LK_API const lk_options_table *lk_options_table_find(const char *name);

/* Sets every option to its default. The struct's size, and those of the structs in it,
 * must be set: the init functions do both. Threads: any. */
LK_API void lk_options_defaults(const lk_options_table *table, void *options);

/* Sets one option from text. A TEXT is not copied: `text` must live as long as it is
 * used; "" and NULL mean none. Errors: LK_ERROR_ARGUMENT (no such option; a value that
 * it does not take: "NAME takes a number from 0 to 1, not '2'"; TEXTS, which have no
 * text); `options` then are as they were. Threads: any. */
LK_API LK_MUST_USE lk_status lk_option_set(const lk_options_table *table, void *options,
                                           const char *name, const char *text);
/* An option as text that lk_option_set reads back as the same value; of TEXTS a list with
 * commas. Ownership: *out is the caller's, lk_free releases it. Errors:
 * LK_ERROR_ARGUMENT (no such option), LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_option_get(char **out, const lk_options_table *table,
                                           const void *options, const char *name);
/* Whether every option is within its range; the text is that of lk_option_set. What
 * depends on several options at a time is checked by the call that takes them. Threads: any. */
LK_API LK_MUST_USE lk_status lk_options_check(const lk_options_table *table, const void *options);

/* What an option takes, in words: "a whole number from 1 to 100000", "sgd or adam". In
 * out[size], shortened where it does not fit; 256 bytes suffice for every row there is.
 * Threads: any. */
LK_API void lk_option_takes(char *out, size_t size, const lk_option *option);

#ifdef __cplusplus
}
#endif

#endif

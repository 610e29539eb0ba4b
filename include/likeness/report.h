/* likeness/report.h: self-contained HTML pages.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_REPORT_H
#define LIKENESS_REPORT_H

#include <likeness/base.h>
#include <likeness/image.h>
#include <likeness/stats.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One photograph of a lesson. Everything is borrowed for the call. */
typedef struct lk_lesson_image {
    const char *path;       /* as the user named it; never NULL */
    const char *label;      /* the person; NULL or "" for none (groups need none) */
    lk_status status;       /* LK_OK: it has a crop and an embedding */
    const char *problem;    /* why not, one line, when status is not LK_OK; or NULL */
    size_t width, height;   /* of the photograph, in pixels; 0: not known */
    lk_image photo;         /* the photograph or a smaller copy; rgb NULL: none */
    lk_image crop;          /* the face as it went into the network; rgb NULL: none */
    float probability;      /* of the detector, 0-1; below 0: not known */
    float box[4];           /* x1, y1, x2, y2 in pixels of the photograph */
    const float *embedding; /* [embedding_size]; NULL when status is not LK_OK */
} lk_lesson_image;

/* A group of photographs to be compared with the other groups. */
typedef struct lk_lesson_group {
    const char *name;
    const lk_lesson_image *images;
    size_t count;
} lk_lesson_group;

/* A name and a value for the page's reproducibility table. */
typedef struct lk_lesson_note {
    const char *name, *value;
} lk_lesson_note;

/* A stage of the run and how long it took. */
typedef struct lk_lesson_timing {
    const char *name; /* such as "detect" */
    double seconds;
} lk_lesson_timing;

/* Everything a lesson page is made of. lk_lesson_init fills in zeros and the
 * tutorial's settings; any string may be NULL (not shown then) unless it says
 * otherwise. Strings are UTF-8 and may be hostile: they are escaped. */
typedef struct lk_lesson {
    const char *title; /* NULL: "Recognising faces" */

    const lk_lesson_image *people;     /* in the order shown; persons by label */
    size_t people_count;               /* 0: the page explains what is missing */
    size_t people_size, people_margin; /* of the crops: 256, 32 */

    const lk_lesson_group *groups;
    size_t group_count;              /* 0: the page explains what is missing */
    size_t group_size, group_margin; /* of the crops: 150, 32 */

    size_t embedding_size; /* numbers an embedding has: 512 */

    const char *weights;       /* the network's weights: name or file */
    const char *weights_about; /* one sentence: what they were trained on */
    const char *detector;      /* "mtcnn", a folder, or how boxes were got */
    const char *warning;       /* shown at the top, such as: made-up weights, true
                                  boxes instead of a detector */
    const char *compat;        /* "facenet-pytorch" or NULL */
    const char *command;       /* the command line that made the page */
    const char *device;        /* "cpu" */
    const char *date;          /* when, as the caller likes it; NULL keeps the page
                                  the same from run to run */
    uint64_t seed;
    size_t threads; /* 0: lk_threads_get() */

    const lk_lesson_note *settings; /* further settings, in order */
    size_t setting_count;
    const lk_lesson_note *versions; /* of libraries; ours is added */
    size_t version_count;
    const lk_lesson_timing *timings;
    size_t timing_count;
} lk_lesson;

LK_API void lk_lesson_init(lk_lesson *lesson);

/* The main numbers of a lesson, for a program to print. */
typedef struct lk_lesson_summary {
    size_t people_embedded; /* photographs of people with an embedding */
    size_t person_count;    /* different labels among them */
    size_t nearest_tried;   /* of them, those with another photo of their person */
    size_t nearest_same;    /* whose nearest other photo is of the same person */
    double silhouette;      /* mean over photos, -1 to 1; NaN when undefined */
    lk_wss *groups;         /* in: room for [group_count], or NULL; out: filled */
} lk_lesson_summary;

/* Writes DIRECTORY/lesson.html, one page with everything inside (no network, no
 * scripts), and DIRECTORY/lesson.json with every number; creates the directory.
 * Images without an embedding are named on the page with their problem; too few
 * people or groups become an explanation on the page, not an error.
 * summary may be NULL. Ownership: nothing is kept.
 * Errors: LK_ERROR_ARGUMENT (a status of LK_OK without an embedding, a NULL
 * path), LK_ERROR_NUMBER (an embedding with NaN or infinity, naming its path),
 * LK_ERROR_IO, LK_ERROR_MEMORY. Each file appears whole or not at all.
 * Threads: one call at a time per directory. */
LK_API LK_MUST_USE lk_status lk_report_lesson(const lk_lesson *lesson, const char *directory,
                                              lk_lesson_summary *summary);

#ifdef __cplusplus
}
#endif

#endif

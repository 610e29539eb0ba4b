/* The page of an audit. It belongs to the program: this header is not installed,
 * liblikeness.so knows nothing of it, and it may change with every release. */
#ifndef LIKENESS_PROGRAM_AUDIT_PAGE_H
#define LIKENESS_PROGRAM_AUDIT_PAGE_H

#include <likeness/audit.h>
#include <likeness/files.h>
#include <likeness/report.h>

/* What photographs are measured by, and what came out for a group. */
typedef struct lk_audit_page_measure {
    const char *title, *unit;
} lk_audit_page_measure;

typedef struct lk_audit_page_quartiles {
    size_t count; /* 0: nothing was measured */
    double low, middle, high;
} lk_audit_page_quartiles;

/* A group as it was given. */
typedef struct lk_audit_page_group {
    const char *name;
    size_t photographs, people, no_face, unreadable, left_out;
    bool compared;
    lk_rate failure;                         /* to enrol */
    const lk_audit_page_quartiles *measures; /* [measure_count] */
} lk_audit_page_group;

/* Two photographs: one that is there twice, or two that are near each other. */
typedef struct lk_audit_page_pair {
    const char *paths[2], *persons[2];
    const char *how; /* in what they are equal; NULL: they are merely near */
    double distance;
    size_t faces[2]; /* of lk_audit_page.faces, whose pictures are shown; beyond them: none */
} lk_audit_page_pair;

/* What thresholds would do that a rate of false matches sets. */
typedef struct lk_audit_page_setting {
    double fmr;
    const lk_audit_what_if *found; /* done */
} lk_audit_page_setting;

/* All that the page shows; it draws and words these numbers and computes none. Zeros show
 * nothing. Everything is borrowed for the call; strings are UTF-8, may be NULL (not shown
 * then) and may be hostile: they are escaped. */
typedef struct lk_audit_page {
    const char *title;           /* NULL: "Audit" */
    const lk_report_note *scope; /* model, metric, how people were told apart, ... */
    size_t scope_count;
    const lk_report_note *settings; /* seed, versions */
    size_t setting_count;

    const lk_audit_findings *headline; /* never NULL */
    const lk_audit_findings *with_all; /* with what is there twice; NULL: nothing is */
    const lk_audit_findings *matched;  /* NULL: not done, */
    const char *no_match;              /* and why not; NULL: nobody asked */
    size_t first;                      /* of headline's levels, the one that is put first */
    const char *const *names;          /* [headline->groups] */
    const char *const *sentences;      /* [headline->groups] of FMR at the first level */

    /* For the slider: by rising thresholds, of the headline's rows, the first level among
     * them. None: rates are counted from the bins, and have no intervals. */
    const lk_audit_level *const *steps;
    size_t step_count;

    /* For the slider of what-if: by rising rates; `what_if_start`: the one that is shown first. */
    const lk_audit_page_setting *what_if;
    size_t what_if_count, what_if_start;

    const lk_audit_page_group *groups;
    size_t group_count;
    const lk_audit_page_measure *measures;
    size_t measure_count;
    const char *const *problems; /* sentences */
    size_t problem_count;
    const lk_audit_page_pair *duplicates, *near;
    size_t duplicate_count, near_count;
    size_t duplicate_pairs; /* of one photograph under two names, as if of two people */

    /* The headline's faces, by group: path, label and, if it is at hand, the crop are read. */
    const lk_lesson_image *faces;
    const size_t *face_group; /* [face_count] rising, below headline->groups */
    size_t face_count;
    const double *distances; /* [face_count, face_count]; NULL: too many to be shown */
    const double *pca;       /* [face_count, 2]; NULL: likewise */
    double pca_ratio[2];
    lk_metric metric;
} lk_audit_page;

/* The bins of distances that hold a pair: from *first until before *last, which is not above
 * *first where none does. Threads: any. */
void lk_audit_bins_used(size_t *first, size_t *last, const lk_audit_findings *findings);

/* Writes the page, one HTML file with everything inside: no network, and one script, by which
 * thresholds and photographs can be tried; all is there to be read and printed without it.
 * Only an interval without 1 becomes a statement. The output stays the caller's, to be
 * committed or discarded. Errors: LK_ERROR_ARGUMENT (NULL arrays, a first level that is
 * none, groups of faces that do not rise), LK_ERROR_MEMORY. Threads: any. */
LK_MUST_USE lk_status lk_audit_page_write(lk_output *output, const lk_audit_page *page);

#endif

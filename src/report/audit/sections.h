/* The parts of an audit's page. */
#ifndef LK_REPORT_AUDIT_SECTIONS_H
#define LK_REPORT_AUDIT_SECTIONS_H

#include <likeness-program/audit_page.h>

#include "report/frame/template.h"
#include "report/lesson/thumbnails.h"

/* Rates at every threshold that the slider stops at: [count] or [count, groups] each. */
typedef struct lk_audit_steps {
    size_t count, start; /* start: that of the first level */
    double *thresholds;
    lk_rate *fmr, *fnmr;
    lk_rate *matrix;    /* [count, groups, groups]; NULL: there is none */
    lk_contrast *ratio; /* [count] highest over lowest FMR; NaN: none */
    bool intervals;
} lk_audit_steps;

/* What every section works on. */
typedef struct lk_audit_page_data {
    const lk_audit_page *page;
    const lk_audit_findings *f; /* page->headline */
    const lk_audit_level *first;
    lk_audit_steps steps;
    lk_thumbnails pictures; /* of the faces */
} lk_audit_page_data;

/* Each is given an lk_audit_page_data. */
void lk_audit_draw_verdict(lk_buffer *html, const void *data);
void lk_audit_draw_scope(lk_buffer *html, const void *data);
void lk_audit_draw_enrolment(lk_buffer *html, const void *data);
void lk_audit_draw_errors(lk_buffer *html, const void *data);
void lk_audit_draw_threshold(lk_buffer *html, const void *data);
void lk_audit_draw_det(lk_buffer *html, const void *data);
void lk_audit_draw_geometry(lk_buffer *html, const void *data);
void lk_audit_draw_indices(lk_buffer *html, const void *data);
void lk_audit_draw_quality(lk_buffer *html, const void *data);
void lk_audit_draw_what_if(lk_buffer *html, const void *data);
void lk_audit_draw_limits(lk_buffer *html, const void *data);
void lk_audit_draw_reproduce(lk_buffer *html, const void *data);
bool lk_audit_wants_det(const void *data);

/* ---- steps (steps.c) ---- */

lk_status lk_audit_steps_create(lk_audit_steps *out, const lk_audit_page *page) LK_MUST_USE;
void lk_audit_steps_clear(lk_audit_steps *steps);
/* The bins to show: those that hold anything, or all of them. */
void lk_audit_bins_shown(size_t *first, size_t *last, const lk_audit_findings *findings);

/* ---- words (words.c) ---- */

enum { LK_AUDIT_TEXT = 128 };
/* "1.02 % (0.50 to 2.01)", "not estimable (at most 0.3 %)"; with a * at the end where fewer
 * than 10 pairs are wrong. Lines break before brackets only. */
void lk_audit_rate_text(char out[LK_AUDIT_TEXT], const lk_rate *rate);
/* "12 of 1176" */
void lk_audit_count_text(char out[LK_AUDIT_TEXT], const lk_rate *rate);
/* The same for a cell of a matrix, shorter: a count where a rate would say too much. */
void lk_audit_cell_text(char out[LK_AUDIT_TEXT], const lk_rate *rate);
/* "6.7 times (2.1 to 21)" */
void lk_audit_ratio_text(char out[LK_AUDIT_TEXT], const lk_contrast *ratio);
/* A cell of a table, hatched where it ends in a star. */
void lk_audit_add_cell(lk_buffer *html, const char *text);
void lk_audit_add_rate(lk_buffer *html, const lk_rate *rate);
/* A table's heading cells, one for each name. */
void lk_audit_add_heads(lk_buffer *html, const char *const *names, size_t count);
/* The name of a group, not too long. */
lk_value lk_audit_group_name(const char *name, const char *text);

/* ---- figures (forest.c) ---- */

/* Rates [count] of groups and their intervals on a logarithmic axis; nothing where no rate
 * is known. */
void lk_audit_forest(lk_buffer *html, const lk_rate *rates, const char *const *names, size_t count,
                     const char *label);

#endif

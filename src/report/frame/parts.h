/* What can be tried on a page: a question with choices, a threshold to move, a matrix and a
 * picture to point at, people drawn anew. Each is readable and printable as it is; its
 * controls come with the script (script.h), which only a live page has (html.h). All of it
 * is finished by the program: the script shows texts that it is given. */
#ifndef LK_REPORT_PARTS_H
#define LK_REPORT_PARTS_H

#include "base/buffer.h"

/* ---- Questions ------------------------------------------------------------ */

/* Room to write into, kept under `key`, which no other part of the page may have. */
void lk_part_room(lk_buffer *html, const char *key, const lk_buffer *question);

typedef struct lk_choice {
    const lk_buffer *text, *why; /* HTML; why: what is said when it was chosen */
} lk_choice;

typedef struct lk_ask {
    const char *key;
    const lk_buffer *question; /* HTML */
    const lk_choice *choices;
    size_t count;
    size_t right;      /* which choice, from 1; 0: none is right or wrong */
    const char *opens; /* what else is hidden until something is chosen: a CSS selector, ours;
                        * or NULL */
} lk_ask;

void lk_part_ask(lk_buffer *html, const lk_ask *ask);
/* A question without values from the fragments NAME, NAME_1, NAME_1_why, NAME_2, ...; its key
 * is quiz- and what follows the # in NAME. */
void lk_part_quiz(lk_buffer *html, const char *fragment, size_t right);

/* ---- Errors at a threshold ------------------------------------------------ */

/* A rate at one threshold. */
typedef struct lk_part_rate {
    double wrong, pairs;         /* counts; of no pairs there is no rate */
    double low, high;            /* of wrong / pairs, 0-1; NaN: not known */
    size_t people_wrong, people; /* in a wrong pair; in any */
} lk_part_rate;

/* A group, or all of them. */
typedef struct lk_threshold_row {
    const char *name;
    const lk_part_rate *fmr, *fnmr;   /* [steps] */
    const double *impostor, *genuine; /* [bins] counts for the figure; NULL: not drawn */
} lk_threshold_row;

typedef struct lk_threshold_part {
    const char *id;           /* of ours: letters */
    const double *thresholds; /* [steps] rising */
    size_t steps, start;      /* start: the step that is shown first, and on paper */
    int decimals;             /* of the thresholds */
    const lk_threshold_row *rows;
    size_t row_count;
    double low, high; /* of the figure's axis; the bins part it evenly */
    size_t bins;
} lk_threshold_part;

void lk_part_threshold(lk_buffer *html, const lk_threshold_part *part);
/* What a cell says: "12 of 1176", "1.02 % (0.50 to 2.01 %)", "17 of 49". */
enum { LK_RATE_TEXTS = 3, LK_RATE_TEXT = 64 };
void lk_part_rate_texts(char out[LK_RATE_TEXTS][LK_RATE_TEXT], const lk_part_rate *rate);
/* The figure alone, as SVG. */
void lk_part_histogram(lk_buffer *svg, const lk_threshold_part *part);

/* ---- Pictures ------------------------------------------------------------- */

/* Photographs and the elements on the page that show them. */
typedef struct lk_part_images {
    const char *const *names; /* [count] */
    const char *const *ids;   /* [count] of <img> elements; NULL: not on the page */
    size_t count;
} lk_part_images;

/* A scatter (its figure is HTML, its points in the order of the images), and each point's
 * nearest five under distances[count, count]. */
void lk_part_scatter(lk_buffer *html, const char *id, const lk_buffer *figure,
                     const lk_part_images *images, const double *distances);
/* A heat map of distances[count, count]. slider: the id of the threshold that tells the
 * verdict; NULL: none. Above LK_MATRIX_MOST images the figure stands alone. */
enum { LK_MATRIX_MOST = 300 };
void lk_part_matrix(lk_buffer *html, const char *id, const char *slider, const lk_buffer *figure,
                    const lk_part_images *images, const double *distances);
/* Grids of images with their names for those who cannot hover. */
void lk_part_names(lk_buffer *html, const lk_buffer *pictures);

/* ---- Chance --------------------------------------------------------------- */

/* A difference, and what it was when the people were drawn anew. */
typedef struct lk_redraw_part {
    const double *values; /* [count] */
    size_t count;
    double observed;
    int decimals;
    const lk_buffer *caption;
    const char *below, *above; /* what it means: "A lies closer", "B lies closer" */
} lk_redraw_part;

void lk_part_redraw(lk_buffer *html, const lk_redraw_part *part);

#endif

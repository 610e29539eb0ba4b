/* The lesson's parts: numbers first, then the page and the JSON file that show
 * them. */
#ifndef LK_REPORT_LESSON_H
#define LK_REPORT_LESSON_H

#include <likeness/plot.h>
#include <likeness/report.h>

#include "base/buffer.h"

/* Images that have an embedding, with all distances between them. */
typedef struct lk_embedded {
    const lk_lesson_image **images; /* [n] */
    size_t *group;                  /* [n] number of its person or group */
    double *x;                      /* [n, d] */
    double *distances;              /* [n, n] */
    size_t n;
} lk_embedded;

typedef struct lk_lesson_numbers {
    lk_embedded people;
    const char **persons; /* [person_count] labels in order of appearance */
    size_t *person_sizes; /* [person_count] embedded photographs */
    size_t person_count;
    double *pca; /* [people.n, 2]; NULL with fewer than 2 photographs */
    double variance[2], ratio[2];
    size_t *nearest;       /* [people.n] index of the nearest other photograph */
    double *nearest_own;   /* [people.n] distance to the nearest of the same
                              person; NaN: there is no other */
    double *nearest_other; /* [people.n] the same of other persons */
    size_t nearest_tried, nearest_same;
    double silhouette;

    lk_embedded grouped; /* all groups, in order */
    lk_wss *groups;      /* [group_count]; n 0 for one without embeddings */
    double *between;     /* [group_count, group_count] mean distance of pairs; NaN
                            where there are none */
} lk_lesson_numbers;

lk_status lk_lesson_compute(lk_lesson_numbers *numbers, const lk_lesson *lesson) LK_MUST_USE;
void lk_lesson_numbers_clear(lk_lesson_numbers *numbers);

/* Small copies of all images, as the text of data: addresses. */
typedef struct lk_thumbnails {
    char **photos, **crops; /* [count]; NULL where there is none */
    size_t count;
} lk_thumbnails;

lk_status lk_thumbnails_create(lk_thumbnails *out, const lk_lesson_image *images,
                               size_t count) LK_MUST_USE;
void lk_thumbnails_clear(lk_thumbnails *thumbnails);

/* What every section of the page works on. */
typedef struct lk_page {
    lk_buffer html;
    const lk_lesson *lesson;
    const lk_lesson_numbers *numbers;
    lk_thumbnails people;
    lk_thumbnails *groups; /* [group_count] */
} lk_page;

lk_status lk_page_write(lk_buffer *out, const lk_lesson *lesson,
                        const lk_lesson_numbers *numbers) LK_MUST_USE;
void lk_page_people(lk_page *page);
void lk_page_embedding(lk_page *page);
void lk_page_unlock(lk_page *page);
void lk_page_groups(lk_page *page);
void lk_page_questions(lk_page *page);
void lk_page_reproduce(lk_page *page);

/* A question with room to think and an answer to unfold; `answer` is HTML. */
void lk_page_think(lk_page *page, const char *question, const char *answer);
/* Images side by side. photos: the photographs, or else the crops. rows: each label
 * begins a row, and photographs have it as a heading. */
void lk_page_grid(lk_page *page, const lk_lesson_image *images, size_t count, char **addresses,
                  bool photos, bool rows);
/* The images that have no embedding, and why. */
void lk_page_problems(lk_page *page, const lk_lesson_image *images, size_t count);
/* The last part of a path. */
const char *lk_file_name(const char *path);

/* `page`: lesson.html, whose digest goes into the numbers. */
lk_status lk_lesson_json(lk_buffer *out, const lk_lesson *lesson, const lk_lesson_numbers *numbers,
                         const lk_buffer *page) LK_MUST_USE;

#endif

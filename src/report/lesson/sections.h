/* The lesson's sections, which page.c puts into a table. */
#ifndef LK_REPORT_LESSON_SECTIONS_H
#define LK_REPORT_LESSON_SECTIONS_H

#include "base/buffer.h"
#include "report/lesson/numbers.h"
#include "report/lesson/rates.h"
#include "report/lesson/thumbnails.h"

/* The numbers of sections that others speak of. */
typedef struct lk_lesson_places {
    size_t photographs, unlock, groups, evidence, spread, limits, ethics;
} lk_lesson_places;

/* What every section works on. */
typedef struct lk_lesson_page_data {
    const lk_lesson *lesson;
    const lk_lesson_numbers *numbers;
    lk_thumbnails people;
    lk_thumbnails *groups; /* [group_count] */
    lk_lesson_rates rates;
    char *people_name; /* what the people are called beside the groups */
    lk_lesson_places places;
} lk_lesson_page_data;

/* Each is given an lk_lesson_page_data. */
void lk_lesson_objectives(lk_buffer *html, const void *page);
void lk_lesson_photographs(lk_buffer *html, const void *page);
void lk_lesson_crops(lk_buffer *html, const void *page);
void lk_lesson_shapes(lk_buffer *html, const void *page);
void lk_lesson_embedding(lk_buffer *html, const void *page);
void lk_lesson_triplet(lk_buffer *html, const void *page);
void lk_lesson_pca(lk_buffer *html, const void *page);
void lk_lesson_unlock(lk_buffer *html, const void *page);
void lk_lesson_groups(lk_buffer *html, const void *page);
void lk_lesson_matrix(lk_buffer *html, const void *page);
void lk_lesson_evidence(lk_buffer *html, const void *page);
void lk_lesson_spread(lk_buffer *html, const void *page);
void lk_lesson_threshold(lk_buffer *html, const void *page);
void lk_lesson_models(lk_buffer *html, const void *page);
void lk_lesson_limits(lk_buffer *html, const void *page);
void lk_lesson_ethics(lk_buffer *html, const void *page);
void lk_lesson_quiz(lk_buffer *html, const void *page);
void lk_lesson_summary_section(lk_buffer *html, const void *page);
void lk_lesson_reading(lk_buffer *html, const void *page);
void lk_lesson_reproduce(lk_buffer *html, const void *page);

#endif

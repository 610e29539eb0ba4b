/* What the lesson's sections share. */
#ifndef LK_REPORT_LESSON_PIECES_H
#define LK_REPORT_LESSON_PIECES_H

#include <likeness/report.h>

#include "base/buffer.h"
#include "report/frame/parts.h"
#include "report/lesson/sections.h"

/* A question with room to think and an answer to unfold, both HTML. key: under which what is
 * written is kept. */
void lk_lesson_think_of(lk_buffer *html, const char *key, const lk_buffer *question,
                        const lk_buffer *answer);
/* Likewise, of two fragments that ask for no value; lesson/X#Y is kept as X-Y. */
void lk_lesson_think(lk_buffer *html, const char *question, const char *answer);
/* Images side by side. photos: the photographs, or else the crops. rows: each label
 * begins a row, and photographs have it as a heading. id: their elements are called ID-0,
 * ID-1, ... */
void lk_lesson_grid(lk_buffer *html, const char *id, const lk_lesson_image *images, size_t count,
                    char **addresses, bool photos, bool rows);
/* The names and elements of embedded images, for the parts that can be pointed at. */
typedef struct lk_lesson_names {
    lk_part_images images; /* what it points to is here: */
    char **names, **ids;
} lk_lesson_names;

lk_status lk_lesson_list(lk_lesson_names *out, const lk_lesson_image *const *images, size_t count,
                         const lk_lesson *lesson) LK_MUST_USE;
void lk_lesson_list_clear(lk_lesson_names *list);
/* The commands of a section, to copy, and the same in C. */
void lk_lesson_by_hand(lk_buffer *html, const lk_lesson_page_data *page, const char *section);
/* Before the spread is told: which group's is larger? And after it: the people drawn anew. */
void lk_lesson_guess_spread(lk_buffer *html, const lk_lesson_page_data *page);
void lk_lesson_draw_anew(lk_buffer *html, const lk_lesson_page_data *page);
/* Pairs of photographs: one person or two? */
void lk_lesson_guess_pairs(lk_buffer *html, const lk_lesson_page_data *page);
/* The images that have no embedding, and why. */
void lk_lesson_problems(lk_buffer *html, const lk_lesson_image *images, size_t count);
/* The last part of a path. */
const char *lk_file_name(const char *path);

#endif

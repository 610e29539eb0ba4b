/* What the lesson's sections share. */
#ifndef LK_REPORT_LESSON_PIECES_H
#define LK_REPORT_LESSON_PIECES_H

#include <likeness/report.h>

#include "base/buffer.h"

/* A question with room to think and an answer to unfold, both HTML. */
void lk_lesson_think_of(lk_buffer *html, const lk_buffer *question, const lk_buffer *answer);
/* Likewise, of two fragments that ask for no value. */
void lk_lesson_think(lk_buffer *html, const char *question, const char *answer);
/* Images side by side. photos: the photographs, or else the crops. rows: each label
 * begins a row, and photographs have it as a heading. */
void lk_lesson_grid(lk_buffer *html, const lk_lesson_image *images, size_t count, char **addresses,
                    bool photos, bool rows);
/* The images that have no embedding, and why. */
void lk_lesson_problems(lk_buffer *html, const lk_lesson_image *images, size_t count);
/* The last part of a path. */
const char *lk_file_name(const char *path);

#endif

/* Arithmetic on boxes, all in float32 and in facenet-pytorch's order, because
 * a crop's corner may hang on the last bit. */
#ifndef LK_DETECT_BOX_H
#define LK_DETECT_BOX_H

#include <likeness/detect.h>

#include "image/area.h"

/* A box between two stages of the cascade. */
typedef struct lk_candidate {
    lk_box box;
    float score;
    float shift[4];        /* regression, in parts of the box's sides */
    float landmarks[5][2]; /* after O-Net */
} lk_candidate;

/* The image area that P-Net's output pixel (column, row) looks at. */
lk_box lk_box_of_cell(size_t column, size_t row, float scale);

/* Moves each corner by its regression times the side; `extra` is 0 after P-Net
 * and 1 (sides counted in whole pixels) after R-Net and O-Net. */
lk_box lk_box_regress(const lk_box *box, const float shift[4], float extra);

/* The square with the same centre and the longer side. */
lk_box lk_box_square(const lk_box *box);

float lk_box_area(const lk_box *box);

/* The whole pixels of a box inside the image: corners truncated, 1-based, then
 * clipped. False when nothing is left (or a corner is not a number). */
bool lk_box_part(lk_area_part *out, const lk_box *box, size_t width, size_t height);
/* The same pixels and those outside the image. False also where a side is more than
 * LK_BOX_MOST_SIDES times the image's longer one: no face is that near. */
bool lk_box_window(lk_area_part *out, const lk_box *box, size_t width, size_t height);
enum { LK_BOX_MOST_SIDES = 4 };

#endif

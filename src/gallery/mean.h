/* What several faces of a person come to. */
#ifndef LK_GALLERY_MEAN_H
#define LK_GALLERY_MEAN_H

#include <likeness/gallery.h>

typedef struct lk_person_rows {
    int64_t id;
    float *vectors; /* [count, width] */
    size_t count;
} lk_person_rows;

/* out[width]: the mean of a person's vectors, under `unit` of each brought to length 1. By
 * LK_GALLERY_MEAN *plus is the mean of their squared distances from it: |q - x|^2 is on
 * average |q - mean|^2 + plus. By LK_GALLERY_TEMPLATE the mean of vectors of length 1 (to a
 * thousandth) gets that length, too, and *plus is 0. */
void lk_person_mean(float *out, float *plus, const lk_person_rows *rows, size_t width, bool unit,
                    lk_gallery_by by);

#endif

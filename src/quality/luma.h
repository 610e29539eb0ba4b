/* A face as shades of grey. */
#ifndef LK_QUALITY_LUMA_H
#define LK_QUALITY_LUMA_H

#include <likeness/quality.h>

/* The whole pixels of a box that lie in the image: [x0, x1) x [y0, y1). */
typedef struct lk_part {
    size_t x0, y0, x1, y1;
    double inside; /* share of the box that they are */
} lk_part;

/* Errors: LK_ERROR_ARGUMENT (no such pixels). */
lk_status lk_part_of(lk_part *out, const lk_image *image, const lk_face *face) LK_MUST_USE;

/* The part, resized to side x side, as luma[side * side] from 0 to 255. */
lk_status lk_luma_of(double *luma, const lk_image *image, const lk_part *part,
                     size_t side) LK_MUST_USE;

/* Of one pixel. */
static inline double lk_luma(const uint8_t *rgb)
{
    return .299 * rgb[0] + .587 * rgb[1] + .114 * rgb[2];
}

#endif

/* Where an aligned face lies in its image. */
#ifndef LK_ALIGN_CHIP_H
#define LK_ALIGN_CHIP_H

#include "align/similarity.h"

/* A rectangle turned by `angle` (radians, clockwise as seen) about its centre. */
typedef struct lk_chip_place {
    double left, top, right, bottom, angle;
} lk_chip_place;

/* Errors: those of lk_dlib_chip. */
lk_status lk_chip_place_of(lk_chip_place *out, const lk_dlib_points *points) LK_MUST_USE;

/* How often the image is halved before the face is cut out. */
size_t lk_chip_halvings(const lk_chip_place *place);

#endif

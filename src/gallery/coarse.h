/* The short copy of a vector: whole numbers of 8 bits, and how far they are off.
 *
 * x is written as scale * codes + rest. |rest|, and |x| itself, are kept with it, so that a
 * product with x can be bounded without x (index.h). Where the metric is the cosine, x is
 * brought to length 1 first. */
#ifndef LK_GALLERY_COARSE_H
#define LK_GALLERY_COARSE_H

#include <likeness/base.h>

typedef struct lk_coarse {
    float scale;  /* at least 0 */
    float rest;   /* at least |x - scale * codes| */
    float length; /* |x|, to the nearest */
} lk_coarse;

enum { LK_COARSE_MOST = 127 }; /* of a code; the least is -127 */

/* The bytes of a copy: an lk_coarse and the codes. */
static inline size_t lk_coarse_bytes(size_t width)
{
    return sizeof(lk_coarse) + width;
}

/* codes[width] of x[width], which is finite. */
lk_coarse lk_coarse_make(int8_t *codes, const float *x, size_t width, bool unit);

/* Whether it can be one that was made so; a file may say anything. */
bool lk_coarse_is_sound(const lk_coarse *coarse);

#endif

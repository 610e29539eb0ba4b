/* Images of half the size. */
#ifndef LK_ALIGN_HALF_H
#define LK_ALIGN_HALF_H

#include <likeness/image.h>

/* Halves an image `times` times, in its own struct: a pixel of the smaller one is the sum
 * of 5 x 5 pixels with the weights [1 4 6 4 1] in both directions, over 256, cut off;
 * (n - 3) / 2 of n pixels. An image that is used up so has no pixels: rgb is NULL.
 * Errors: LK_ERROR_MEMORY; the image is then as far as it came. */
lk_status lk_image_halve(lk_image *image, size_t times) LK_MUST_USE;

#endif

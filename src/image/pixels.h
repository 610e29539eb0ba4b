/* What the files of this module share about pixel buffers. */
#ifndef LK_IMAGE_PIXELS_H
#define LK_IMAGE_PIXELS_H

#include <likeness/image.h>

enum { LK_CHANNELS = 3 };

/* The first byte of row `y`. */
static inline uint8_t *lk_row(const lk_image *image, size_t y)
{
    return image->rgb + LK_CHANNELS * image->width * y;
}

/* a * b / 255, rounded, without a division (Pillow's MULDIV255). */
static inline unsigned lk_multiply255(unsigned a, unsigned b)
{
    unsigned t = a * b + 128;
    return ((t >> 8) + t) >> 8;
}

/* Cyan, magenta, yellow and black, 255 for full ink, to RGB as Pillow does it. */
static inline void lk_ink_to_rgb(uint8_t *rgb, const uint8_t *ink)
{
    unsigned light = 255u - ink[3];
    for (size_t c = 0; c < LK_CHANNELS; c++)
        rgb[c] = (uint8_t)(light - lk_multiply255(ink[c], light));
}

/* LK_ERROR_ARGUMENT, naming `function`, unless the image has pixels. */
lk_status lk_image_check(const lk_image *image, const char *function) LK_MUST_USE;

#endif

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

/* LK_ERROR_ARGUMENT, naming `function`, unless the image has pixels. */
lk_status lk_image_check(const lk_image *image, const char *function) LK_MUST_USE;

#endif

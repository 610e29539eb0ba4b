/* What every decoder is given, and the checks that it makes. */
#ifndef LK_IMAGE_ENCODED_H
#define LK_IMAGE_ENCODED_H

#include <likeness/image.h>

/* An encoded image in memory, and what it may cost. Decoders write error texts
 * without the name; lk_image_decode puts it in front. */
typedef struct lk_encoded {
    const uint8_t *bytes;
    size_t count;
    lk_image_options options;
} lk_encoded;

/* LK_ERROR_LIMIT when a header promises more pixels than the options allow.
 * Called before any pixel memory is allocated. */
lk_status lk_check_pixels(const lk_encoded *encoded, uint64_t width, uint64_t height) LK_MUST_USE;

/* LK_ERROR_FORMAT when a header promises more pixels than the file's bytes can
 * hold: `least` is what the format needs for them at the very best. A lying
 * header is so found out before any memory is spent on it. */
lk_status lk_check_bytes(const lk_encoded *encoded, uint64_t width, uint64_t height,
                         uint64_t least) LK_MUST_USE;

/* Lays count RGBA pixels over white, in place, and gives back what is then too much
 * of their memory; returns where the RGB pixels are. */
uint8_t *lk_over_white(uint8_t *rgba, size_t count);

#endif

/* Images for the tests, the same ones that tools/image_reference.py makes. */
#ifndef LK_TESTS_IMAGE_NOISE_H
#define LK_TESTS_IMAGE_NOISE_H

#include <zlib.h>

#include <likeness/image.h>

#include "support.h"

static inline lk_image noise_image(size_t width, size_t height, uint32_t seed)
{
    lk_image image;
    assert_ok(lk_image_create(&image, width, height));
    uint32_t state = seed;
    for (size_t i = 0; i < 3 * width * height; i++) {
        state = state * 1664525u + 1013904223u;
        image.rgb[i] = (uint8_t)(state >> 24);
    }
    return image;
}

static inline uint32_t checksum(const void *bytes, size_t count)
{
    return (uint32_t)crc32_z(0, bytes, count);
}

static inline uint32_t image_checksum(const lk_image *image)
{
    return checksum(image->rgb, 3 * image->width * image->height);
}

#endif

/* The pixel buffer: create, clear, crop. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/pixels.h"

lk_status lk_image_create(lk_image *out, size_t width, size_t height)
{
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "lk_image_create: NULL image");
    LK_REQUIRE(width && height, LK_ERROR_ARGUMENT, "lk_image_create: %zu x %zu has no pixels",
               width, height);
    size_t pixels;
    LK_REQUIRE(lk_mul(width, height, &pixels), LK_ERROR_MEMORY,
               "an image of %zu x %zu pixels does not fit into memory", width, height);
    uint8_t *rgb;
    LK_TRY(lk_alloc(&rgb, pixels, LK_CHANNELS));
    *out = (lk_image){width, height, rgb};
    return LK_OK;
}

void lk_image_clear(lk_image *image)
{
    if (!image)
        return;
    free(image->rgb);
    *image = (lk_image){0, 0, NULL};
}

lk_status lk_image_check(const lk_image *image, const char *function)
{
    LK_REQUIRE(image && image->rgb && image->width && image->height, LK_ERROR_ARGUMENT,
               "%s: an image without pixels", function);
    return LK_OK;
}

lk_status lk_image_crop(lk_image *out, const lk_image *image, size_t x0, size_t y0, size_t x1,
                        size_t y1)
{
    LK_TRY(lk_image_check(image, "lk_image_crop"));
    LK_REQUIRE(x0 < x1 && y0 < y1 && x1 <= image->width && y1 <= image->height, LK_ERROR_ARGUMENT,
               "lk_image_crop: box %zu,%zu-%zu,%zu is empty or outside an image of %zu x %zu", x0,
               y0, x1, y1, image->width, image->height);
    lk_image part;
    LK_TRY(lk_image_create(&part, x1 - x0, y1 - y0));
    for (size_t y = 0; y < part.height; y++)
        memcpy(lk_row(&part, y), lk_row(image, y0 + y) + LK_CHANNELS * x0,
               LK_CHANNELS * part.width);
    *out = part;
    return LK_OK;
}

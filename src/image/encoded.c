#include "image/encoded.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/pixels.h"

/* Resizing works its way through the longer side at the width that is wanted, so a
 * picture one pixel wide would cost what a hundred times its pixels cost. */
static uint64_t longest_side(const lk_image_options *options)
{
    enum { LEAST = 100000, SHARE = 1000 };
    uint64_t share = options->max_pixels / SHARE;
    return share < LEAST ? LEAST : share;
}

lk_status lk_check_pixels(const lk_encoded *encoded, uint64_t width, uint64_t height)
{
    uint64_t pixels, longest = longest_side(&encoded->options);
    bool fits = !__builtin_mul_overflow(width, height, &pixels);
    LK_REQUIRE(fits && pixels <= encoded->options.max_pixels, LK_ERROR_LIMIT,
               "%llu x %llu pixels, over the limit of %llu (max_pixels)", (unsigned long long)width,
               (unsigned long long)height, (unsigned long long)encoded->options.max_pixels);
    LK_REQUIRE(width <= longest && height <= longest, LK_ERROR_LIMIT,
               "%llu x %llu pixels, a side over the limit of %llu (max_pixels)",
               (unsigned long long)width, (unsigned long long)height, (unsigned long long)longest);
    return LK_OK;
}

lk_status lk_check_bytes(const lk_encoded *encoded, uint64_t width, uint64_t height, uint64_t least)
{
    LK_REQUIRE(encoded->count >= least, LK_ERROR_FORMAT,
               "%llu x %llu pixels need at least %llu bytes, there are %zu",
               (unsigned long long)width, (unsigned long long)height, (unsigned long long)least,
               encoded->count);
    return LK_OK;
}

/* Shrinking a block rarely fails, and then the larger block serves as well. */
uint8_t *lk_over_white(uint8_t *rgba, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned alpha = rgba[4 * i + 3];
        uint8_t pixel[LK_CHANNELS];
        for (size_t c = 0; c < LK_CHANNELS; c++)
            pixel[c] = (uint8_t)((rgba[4 * i + c] * alpha + 255 * (255 - alpha) + 127) / 255);
        memcpy(rgba + LK_CHANNELS * i, pixel, sizeof pixel);
    }
    uint8_t *smaller = realloc(rgba, LK_CHANNELS * count);
    return smaller ? smaller : rgba;
}

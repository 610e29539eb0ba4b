/* WebP through libwebp, still images only. EXIF lies in a chunk of the RIFF
 * container: four bytes of name, a 32-bit little-endian size, the data, padded
 * to an even size. */
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/decode.h"
#include "image/pixels.h"

static int find_orientation(const uint8_t *bytes, size_t count)
{
    for (size_t at = 12; at <= count && count - at >= 8;) {
        const uint8_t *p = bytes + at;
        size_t size = p[4] | (size_t)p[5] << 8 | (size_t)p[6] << 16 | (size_t)p[7] << 24;
        if (size > count - at - 8)
            return 1;
        if (memcmp(p, "EXIF", 4) == 0)
            return lk_exif_block_orientation(p + 8, size);
        at += 8 + size + size % 2;
    }
    return 1;
}

static lk_status fail(VP8StatusCode code)
{
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY: return lk_fail(LK_ERROR_MEMORY, "no memory to read a WebP");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return lk_fail(LK_ERROR_UNSUPPORTED, "WebP with a feature that libwebp does not know");
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED: return lk_fail(LK_ERROR_FORMAT, "truncated WebP");
    default: return lk_fail(LK_ERROR_FORMAT, "bad WebP: the bitstream is broken");
    }
}

/* Decodes into `pixels`: [height, width, 3 or 4]. */
static lk_status decode_into(uint8_t *pixels, size_t byte_count, size_t stride,
                             WebPDecoderConfig *config, const lk_encoded *encoded)
{
    config->output.colorspace = config->input.has_alpha ? MODE_RGBA : MODE_RGB;
    config->output.is_external_memory = 1;
    config->output.u.RGBA.rgba = pixels;
    config->output.u.RGBA.size = byte_count;
    config->output.u.RGBA.stride = (int)stride;
    VP8StatusCode code = WebPDecode(encoded->bytes, encoded->count, config);
    WebPFreeDecBuffer(&config->output);
    return code == VP8_STATUS_OK ? LK_OK : fail(code);
}

static lk_status decode_pixels(lk_image *out, WebPDecoderConfig *config, const lk_encoded *encoded)
{
    size_t width = (size_t)config->input.width, height = (size_t)config->input.height;
    size_t channels = config->input.has_alpha ? 4 : LK_CHANNELS; /* sides are below 2^14 */
    uint8_t *pixels;
    LK_TRY(lk_alloc(&pixels, width * height, channels));
    lk_status status =
        decode_into(pixels, width * height * channels, width * channels, config, encoded);
    if (status != LK_OK) {
        free(pixels);
        return status;
    }
    if (config->input.has_alpha) {
        lk_over_white(pixels, pixels, width * height);
        uint8_t *smaller = realloc(pixels, width * height * LK_CHANNELS);
        pixels = smaller ? smaller : pixels;
    }
    *out = (lk_image){width, height, pixels};
    return LK_OK;
}

lk_status lk_webp_decode(lk_image *out, int *orientation, const lk_encoded *encoded)
{
    WebPDecoderConfig config;
    LK_REQUIRE(WebPInitDecoderConfig(&config), LK_ERROR_INTERNAL,
               "libwebp is not the version that this was built with");
    VP8StatusCode code = WebPGetFeatures(encoded->bytes, encoded->count, &config.input);
    if (code != VP8_STATUS_OK)
        return fail(code);
    LK_REQUIRE(config.input.width > 0 && config.input.height > 0, LK_ERROR_FORMAT,
               "bad WebP: no pixels");
    LK_TRY(lk_check_pixels(encoded, (uint64_t)config.input.width, (uint64_t)config.input.height));
    LK_REQUIRE(!config.input.has_animation, LK_ERROR_UNSUPPORTED,
               "animated WebP, expected a still image");
    LK_TRY(decode_pixels(out, &config, encoded));
    *orientation = find_orientation(encoded->bytes, encoded->count);
    return LK_OK;
}

/* WebP through libwebp: a still image, or the first frame of an animation on its
 * canvas, whose open parts are transparent or, without an alpha channel, black.
 * Metadata lie in chunks of the RIFF container: four bytes of name, a 32-bit
 * little-endian size, the data, padded to an even size. */
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/decode.h"
#include "image/pixels.h"

static int webp_decode_find_orientation(const uint8_t *bytes, size_t count)
{
    int exif = 0, xmp = 0;
    for (size_t at = 12; at <= count && count - at >= 8;) {
        const uint8_t *p = bytes + at;
        size_t size = p[4] | (size_t)p[5] << 8 | (size_t)p[6] << 16 | (size_t)p[7] << 24;
        if (size > count - at - 8)
            break;
        if (!exif && memcmp(p, "EXIF", 4) == 0)
            exif = lk_exif_block_orientation(p + 8, size);
        if (!xmp && memcmp(p, "XMP ", 4) == 0)
            xmp = lk_xmp_orientation(p + 8, size);
        at += 8 + size + size % 2;
    }
    return exif ? exif : xmp;
}

static lk_status webp_decode_fail(VP8StatusCode code)
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

/* Decodes one image of `from` to `pixels`, rows of `stride` bytes in `bytes` bytes. */
static lk_status decode_into(uint8_t *pixels, size_t bytes, size_t stride,
                             WebPDecoderConfig *config, WebPData from)
{
    config->output.is_external_memory = 1;
    config->output.u.RGBA.rgba = pixels;
    config->output.u.RGBA.size = bytes;
    config->output.u.RGBA.stride = (int)stride;
    VP8StatusCode code = WebPDecode(from.bytes, from.size, config);
    WebPFreeDecBuffer(&config->output);
    return code == VP8_STATUS_OK ? LK_OK : webp_decode_fail(code);
}

static lk_status decode_still(uint8_t *pixels, size_t channels, WebPDecoderConfig *config,
                              WebPData file)
{
    size_t stride = (size_t)config->input.width * channels;
    config->output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB;
    return decode_into(pixels, stride * (size_t)config->input.height, stride, config, file);
}

/* Onto a canvas of RGBA pixels that are all 0. */
static lk_status decode_frame(uint8_t *pixels, WebPDecoderConfig *config, const WebPIterator *frame)
{
    int width = config->input.width, height = config->input.height;
    VP8StatusCode code =
        WebPGetFeatures(frame->fragment.bytes, frame->fragment.size, &config->input);
    if (code != VP8_STATUS_OK)
        return webp_decode_fail(code);
    bool fits = frame->complete && config->input.width == frame->width &&
                config->input.height == frame->height && frame->x_offset >= 0 &&
                frame->y_offset >= 0 && frame->x_offset <= width - frame->width &&
                frame->y_offset <= height - frame->height;
    LK_REQUIRE(fits, LK_ERROR_FORMAT,
               "bad WebP: the first frame is not whole, or not on the canvas");
    size_t stride = 4 * (size_t)width, y = (size_t)frame->y_offset;
    size_t start = stride * y + 4 * (size_t)frame->x_offset;
    config->output.colorspace = MODE_RGBA;
    return decode_into(pixels + start, stride * (size_t)height - start, stride, config,
                       frame->fragment);
}

static lk_status decode_first(uint8_t *pixels, WebPDecoderConfig *config, WebPData file)
{
    WebPIterator frame;
    WebPDemuxState state;
    WebPDemuxer *demuxer = WebPDemuxPartial(&file, &state);
    if (!demuxer || !WebPDemuxGetFrame(demuxer, 1, &frame)) {
        WebPDemuxDelete(demuxer);
        return lk_fail(LK_ERROR_FORMAT, "bad WebP: an animation without a whole first frame");
    }
    lk_status status = decode_frame(pixels, config, &frame);
    WebPDemuxReleaseIterator(&frame);
    WebPDemuxDelete(demuxer);
    return status;
}

static void hide_alpha(uint8_t *rgba, size_t count)
{
    for (size_t i = 0; i < count; i++)
        rgba[4 * i + 3] = 255;
}

static lk_status decode_pixels(lk_image *out, WebPDecoderConfig *config, WebPData file)
{
    size_t width = (size_t)config->input.width, height = (size_t)config->input.height;
    bool animated = config->input.has_animation, alpha = config->input.has_alpha;
    size_t channels = alpha || animated ? 4 : LK_CHANNELS; /* sides are below 2^24 */
    uint8_t *pixels;
    LK_TRY(lk_alloc(&pixels, width * height, channels));
    lk_status status = animated ? decode_first(pixels, config, file)
                                : decode_still(pixels, channels, config, file);
    if (status != LK_OK) {
        free(pixels);
        return status;
    }
    if (animated && !alpha)
        hide_alpha(pixels, width * height);
    if (channels == 4)
        pixels = lk_over_white(pixels, width * height);
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
        return webp_decode_fail(code);
    LK_REQUIRE(config.input.width > 0 && config.input.height > 0, LK_ERROR_FORMAT,
               "bad WebP: no pixels");
    LK_TRY(lk_check_pixels(encoded, (uint64_t)config.input.width, (uint64_t)config.input.height));
    LK_TRY(decode_pixels(out, &config, (WebPData){encoded->bytes, encoded->count}));
    *orientation = webp_decode_find_orientation(encoded->bytes, encoded->count);
    return LK_OK;
}

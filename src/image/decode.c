/* Reading images: the first bytes choose the decoder. */
#include "image/decode.h"

#include <stdio.h>
#include <stdlib.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/options.h"
#include "base/sniff.h"

typedef lk_status (*decoder)(lk_image *out, int *orientation, const lk_encoded *encoded);

#define KINDS "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF image"

static const decoder decoders[LK_KIND_COUNT] = {
    [LK_KIND_JPEG] = lk_jpeg_decode, [LK_KIND_PNG] = lk_png_decode,
    [LK_KIND_WEBP] = lk_webp_decode, [LK_KIND_GIF] = lk_gif_decode,
    [LK_KIND_TIFF] = lk_tiff_decode, [LK_KIND_BMP] = lk_bmp_decode,
    [LK_KIND_HEIF] = lk_heif_decode,
};

static lk_status unknown_format(const uint8_t *bytes, size_t count)
{
    LK_REQUIRE(count, LK_ERROR_FORMAT, "empty, expected a " KINDS);
    char hex[3 * 8 + 1] = "";
    for (size_t i = 0; i < count && i < 8; i++)
        snprintf(hex + 3 * i, 4, " %02x", bytes[i]);
    return lk_fail(LK_ERROR_FORMAT, "not a " KINDS " (starts with%s)", hex);
}

/* *found: the orientation that was left as it was, else 1. */
static lk_status decode_decode(lk_image *out, int *found, const lk_encoded *encoded)
{
    LK_REQUIRE(encoded->count <= encoded->options.max_bytes, LK_ERROR_LIMIT,
               "%zu bytes, over the limit of %llu", encoded->count,
               (unsigned long long)encoded->options.max_bytes);
    decoder run = decoders[lk_sniff(encoded->bytes, encoded->count)];
    if (!run)
        return unknown_format(encoded->bytes, encoded->count);
    lk_image image;
    int orientation = 1;
    LK_TRY(run(&image, &orientation, encoded));
    lk_status status = LK_OK;
    if (!encoded->options.ignore_exif)
        status = lk_image_orient(&image, orientation);
    if (status != LK_OK) {
        lk_image_clear(&image);
        return status;
    }
    *out = image;
    *found = encoded->options.ignore_exif && orientation >= 2 && orientation <= 8 ? orientation : 1;
    return LK_OK;
}

static lk_status decode_named(lk_image *out, int *orientation, const void *bytes, size_t byte_count,
                              const char *name, const lk_image_options *options)
{
    const lk_encoded encoded = {.bytes = bytes, .count = byte_count, .options = *options};
    lk_status status = decode_decode(out, orientation, &encoded);
    return status == LK_OK ? LK_OK : lk_fail_prefix(status, name);
}

lk_status lk_image_decode(lk_image *out, const void *bytes, size_t byte_count, const char *name,
                          const lk_image_options *options)
{
    LK_REQUIRE(out && name && (bytes || !byte_count), LK_ERROR_ARGUMENT,
               "lk_image_decode: NULL argument");
    lk_image_options taken;
    LK_TRY(lk_options_take(lk_image_options_table(), &taken, options));
    int left;
    return decode_named(out, &left, bytes, byte_count, name, &taken);
}

static lk_status decode_read_file(lk_image *out, int *orientation, const char *path,
                                  const lk_image_options *options)
{
    char *bytes;
    size_t count;
    LK_TRY(lk_input_read(&bytes, &count, path, options->max_bytes));
    lk_status status = decode_named(out, orientation, bytes, count, path, options);
    free(bytes);
    return status;
}

lk_status lk_image_read(lk_image *out, const char *path, const lk_image_options *options)
{
    LK_REQUIRE(out && path, LK_ERROR_ARGUMENT, "lk_image_read: NULL argument");
    lk_image_options taken;
    LK_TRY(lk_options_take(lk_image_options_table(), &taken, options));
    int left;
    return decode_read_file(out, &left, path, &taken);
}

lk_status lk_image_read_stored(lk_image *out, int *orientation, const char *path,
                               const lk_image_options *options)
{
    LK_REQUIRE(out && orientation && path, LK_ERROR_ARGUMENT,
               "lk_image_read_stored: NULL argument");
    lk_image_options stored;
    LK_TRY(lk_options_take(lk_image_options_table(), &stored, options));
    stored.ignore_exif = true;
    return decode_read_file(out, orientation, path, &stored);
}

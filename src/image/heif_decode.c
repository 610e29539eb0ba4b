/* HEIC and AVIF through libheif, which not every build has: Debian's package depends
 * on codecs under the GPL. libheif turns and mirrors the image as the container
 * says; EXIF's orientation is to be ignored there. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/sniff.h"
#include "image/decode.h"
#include "image/pixels.h"

#ifndef LK_WITH_HEIF

lk_status lk_heif_decode(lk_image *out, int *orientation, const lk_encoded *encoded)
{
    (void)out, (void)orientation;
    const char *name = memcmp(encoded->bytes + 8, "avi", 3) == 0 ? "AVIF" : "HEIC";
    return lk_fail(LK_ERROR_UNSUPPORTED, "%s images need " LK_HEIF_BUILD "; or convert it to JPEG",
                   name);
}

#else

#include <libheif/heif.h>

static lk_status heif_decode_fail(struct heif_error error)
{
    switch (error.code) {
    case heif_error_Memory_allocation_error:
        if (error.subcode == heif_suberror_Security_limit_exceeded)
            return lk_fail(LK_ERROR_LIMIT, "larger than libheif reads: %s", error.message);
        return lk_fail(LK_ERROR_MEMORY, "no memory to read a HEIF file");
    case heif_error_Unsupported_feature:
    case heif_error_Unsupported_filetype:
        return lk_fail(LK_ERROR_UNSUPPORTED, "HEIF that libheif does not read: %s", error.message);
    default: return lk_fail(LK_ERROR_FORMAT, "bad HEIF: %s", error.message);
    }
}

static bool failed(struct heif_error error)
{
    return error.code != heif_error_Ok;
}

/* What is decoded may be of another size than the header promised. */
static lk_status copy_pixels(lk_image *out, const lk_encoded *encoded,
                             const struct heif_image *image, size_t channels)
{
    int stride = 0;
    int width = heif_image_get_width(image, heif_channel_interleaved);
    int height = heif_image_get_height(image, heif_channel_interleaved);
    const uint8_t *from = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
    LK_REQUIRE(from && width > 0 && height > 0 && stride >= 0 &&
                   (size_t)stride >= (size_t)width * channels,
               LK_ERROR_FORMAT, "bad HEIF: no pixels");
    LK_TRY(lk_check_pixels(encoded, (uint64_t)width, (uint64_t)height));
    size_t row = (size_t)width * channels;
    uint8_t *pixels;
    LK_TRY(lk_alloc(&pixels, row, (size_t)height));
    for (size_t y = 0; y < (size_t)height; y++)
        memcpy(pixels + y * row, from + y * (size_t)stride, row);
    if (channels == 4)
        pixels = lk_over_white(pixels, (size_t)width * (size_t)height);
    *out = (lk_image){(size_t)width, (size_t)height, pixels};
    return LK_OK;
}

static lk_status decode_image(lk_image *out, const lk_encoded *encoded,
                              const struct heif_image_handle *handle)
{
    int width = heif_image_handle_get_width(handle), height = heif_image_handle_get_height(handle);
    LK_REQUIRE(width > 0 && height > 0, LK_ERROR_FORMAT, "bad HEIF: no pixels");
    LK_TRY(lk_check_pixels(encoded, (uint64_t)width, (uint64_t)height));
    bool alpha = heif_image_handle_has_alpha_channel(handle);
    struct heif_decoding_options *options = heif_decoding_options_alloc();
    LK_REQUIRE(options, LK_ERROR_MEMORY, "no memory to read a HEIF file");
    options->convert_hdr_to_8bit = 1;
    struct heif_image *image = NULL;
    struct heif_error error = heif_decode_image(
        handle, &image, heif_colorspace_RGB,
        alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, options);
    heif_decoding_options_free(options);
    if (failed(error))
        return heif_decode_fail(error);
    lk_status status = copy_pixels(out, encoded, image, alpha ? 4 : LK_CHANNELS);
    heif_image_release(image);
    return status;
}

static lk_status heif_decode_decode(lk_image *out, const lk_encoded *encoded,
                                    struct heif_context *context)
{
    struct heif_image_handle *handle = NULL;
    heif_context_set_max_decoding_threads(context, 0); /* photographs are decoded in parallel */
    struct heif_error error =
        heif_context_read_from_memory_without_copy(context, encoded->bytes, encoded->count, NULL);
    if (!failed(error))
        error = heif_context_get_primary_image_handle(context, &handle);
    if (failed(error))
        return heif_decode_fail(error);
    lk_status status = decode_image(out, encoded, handle);
    heif_image_handle_release(handle);
    return status;
}

lk_status lk_heif_decode(lk_image *out, int *orientation, const lk_encoded *encoded)
{
    (void)orientation;
    struct heif_context *context = heif_context_alloc();
    LK_REQUIRE(context, LK_ERROR_MEMORY, "no memory to read a HEIF file");
    lk_status status = heif_decode_decode(out, encoded, context);
    heif_context_free(context);
    return status;
}

#endif

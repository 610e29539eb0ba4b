/* likeness/image.h: decode, encode and resize 8-bit RGB images.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_IMAGE_H
#define LIKENESS_IMAGE_H

#include <string.h>

#include <likeness/base.h>
#include <likeness/options.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An image in memory. `rgb` is [height, width, 3], 0-255, RGB order, rows from
 * the top, no padding. An image filled by the library owns its pixels:
 * lk_image_clear releases them. */
typedef struct lk_image {
    size_t width, height; /* pixels */
    uint8_t *rgb;
} lk_image;

/* What an untrusted file may cost. */
typedef struct lk_image_options {
    size_t struct_size;  /* set by lk_image_options_init */
    uint64_t max_pixels; /* width x height; default 100 million; a side may have a
                            thousandth of it, and 100,000 in any case */
    uint64_t max_bytes;  /* of the file; default 256 MiB */
    /* Leave the pixels as stored; default false: turned upright by EXIF or, where that
     * says nothing, by XMP. The orientation of TIFF, HEIC and AVIF is a part of the
     * image and always applied, as in Pillow. */
    bool ignore_exif;
} lk_image_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_image_options_table(void);
static inline void lk_image_options_init(lk_image_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_image_options_table(), options);
}

/* Reads a JPEG, PNG, WebP, GIF, BMP or TIFF file, and HEIC and AVIF where the build
 * has libheif; its bytes decide which, not its name. Of an animation or of several
 * pages the first is read. The result is RGB: grey is repeated, alpha is laid over
 * white, CMYK is converted as Pillow does, 16 bits become 8 by dropping the low byte.
 * A file is whole when all its pixels are there, whatever follows them.
 * `options` NULL means the defaults. Ownership: *out is the caller's.
 * Errors: LK_ERROR_IO, LK_ERROR_FORMAT, LK_ERROR_UNSUPPORTED, LK_ERROR_LIMIT,
 * LK_ERROR_MEMORY; each text begins with the path. Threads: any. */
LK_API LK_MUST_USE lk_status lk_image_read(lk_image *out, const char *path,
                                           const lk_image_options *options);
/* The same, whatever options->ignore_exif says, with the pixels as stored; *orientation
 * is how they lie: 1 upright, 2 to 8 as EXIF counts. Threads: any. */
LK_API LK_MUST_USE lk_status lk_image_read_stored(lk_image *out, int *orientation, const char *path,
                                                  const lk_image_options *options);
/* The same as lk_image_read from bytes in memory; `name` stands for the path in error texts.
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_image_decode(lk_image *out, const void *bytes, size_t byte_count,
                                             const char *name, const lk_image_options *options);

/* Allocates a black image. Threads: any. */
LK_API LK_MUST_USE lk_status lk_image_create(lk_image *out, size_t width, size_t height);
/* Releases the pixels and zeroes the struct; NULL and twice are fine. Threads: any. */
LK_API void lk_image_clear(lk_image *image);

/* Copies the part [x0, x1) x [y0, y1) of an image; the box lies within it. Threads: any. */
LK_API LK_MUST_USE lk_status lk_image_crop(lk_image *out, const lk_image *image, size_t x0,
                                           size_t y0, size_t x1, size_t y1);

/* Which Pillow a resize equals. They differ where both sides change and the height
 * loses more than twice as many pixels as the width: there Pillow 13.0 resizes vertically
 * first, and some bytes are off by one. */
typedef enum lk_pillow {
    LK_PILLOW_12 = 0, /* those before 13, among them the one that facenet-pytorch asks for;
                       * the default everywhere. (12.2 and 12.3 differ for images more than
                       * a hundred times as high as wide.) */
    LK_PILLOW_13 = 1  /* 13.0 */
} lk_pillow;

/* Resizes as Pillow's Image.resize(BILINEAR) of that version does, byte for byte:
 * antialiased triangle filter, 22-bit fixed point, one direction after the other
 * through 8 bits. A face that Pillow crops and then resizes is lk_image_crop and this.
 * Ownership: *out is the caller's. Errors: LK_ERROR_ARGUMENT, LK_ERROR_MEMORY.
 * Threads: any. Source: Pillow, libImaging/Resample.c (behaviour). */
LK_API LK_MUST_USE lk_status lk_image_resize_pillow(lk_image *out, const lk_image *image,
                                                    size_t width, size_t height, lk_pillow version);
/* The same with LK_PILLOW_12. Threads: any. */
LK_API LK_MUST_USE lk_status lk_image_resize_bilinear(lk_image *out, const lk_image *image,
                                                      size_t width, size_t height);

/* Writes a whole PNG (8-bit RGB) or JPEG file (quality 1-100, 4:2:0), through a
 * temporary name. Errors: LK_ERROR_IO, LK_ERROR_MEMORY, LK_ERROR_LIMIT. Threads: any. */
LK_API LK_MUST_USE lk_status lk_image_write_png(const lk_image *image, const char *path);
LK_API LK_MUST_USE lk_status lk_image_write_jpeg(const lk_image *image, const char *path,
                                                 int quality);
/* The same into new memory, which the caller releases with lk_free. Threads: any. */
LK_API LK_MUST_USE lk_status lk_image_encode_png(uint8_t **out, size_t *out_count,
                                                 const lk_image *image);
LK_API LK_MUST_USE lk_status lk_image_encode_jpeg(uint8_t **out, size_t *out_count,
                                                  const lk_image *image, int quality);

#ifdef __cplusplus
}
#endif

#endif

/* What the decoders of the formats share. */
#ifndef LK_IMAGE_DECODE_H
#define LK_IMAGE_DECODE_H

#include "image/encoded.h"

/* Each fills *out with RGB pixels; *orientation, 1 before the call, is the EXIF value
 * 1-8 that is still to be applied (0 is 1). *out is written on success only. */
lk_status lk_jpeg_decode(lk_image *out, int *orientation, const lk_encoded *encoded) LK_MUST_USE;
lk_status lk_png_decode(lk_image *out, int *orientation, const lk_encoded *encoded) LK_MUST_USE;
lk_status lk_webp_decode(lk_image *out, int *orientation, const lk_encoded *encoded) LK_MUST_USE;
lk_status lk_gif_decode(lk_image *out, int *orientation, const lk_encoded *encoded) LK_MUST_USE;
lk_status lk_bmp_decode(lk_image *out, int *orientation, const lk_encoded *encoded) LK_MUST_USE;
lk_status lk_tiff_decode(lk_image *out, int *orientation, const lk_encoded *encoded) LK_MUST_USE;
/* LK_ERROR_UNSUPPORTED, saying what to do, where the build has no libheif. */
lk_status lk_heif_decode(lk_image *out, int *orientation, const lk_encoded *encoded) LK_MUST_USE;

/* LK_ERROR_LIMIT when a JPEG has thousands of segments before its image, for libjpeg
 * walks along those that it has for each that it adds. */
lk_status lk_jpeg_check_segments(const lk_encoded *encoded) LK_MUST_USE;

/* The orientation in a TIFF block (the part of EXIF after "Exif\0\0"), 1-8; 0 when
 * there is none or the block is broken: a picture outlives its bad metadata. */
int lk_exif_orientation(const uint8_t *tiff, size_t count);

/* The same for a block that may begin with "Exif\0\0". */
int lk_exif_block_orientation(const uint8_t *block, size_t count);

/* The same for an XMP packet. Files have it where EXIF says nothing. */
int lk_xmp_orientation(const uint8_t *packet, size_t count);

/* Turns an image upright in place; `orientation` is 1-8. */
lk_status lk_image_orient(lk_image *image, int orientation) LK_MUST_USE;

#endif

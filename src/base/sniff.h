/* What kind of image a file is, by its first bytes. */
#ifndef LK_BASE_SNIFF_H
#define LK_BASE_SNIFF_H

#include <stddef.h>
#include <stdint.h>

typedef enum lk_image_kind {
    LK_KIND_NONE = 0, /* none that is known */
    LK_KIND_JPEG,
    LK_KIND_PNG,
    LK_KIND_WEBP,
    LK_KIND_GIF,
    LK_KIND_TIFF,
    LK_KIND_BMP,
    LK_KIND_HEIF, /* HEIC and AVIF */
    LK_KIND_COUNT
} lk_image_kind;

enum { LK_SNIFF_BYTES = 16 }; /* as many as a kind ever needs */

lk_image_kind lk_sniff(const uint8_t *bytes, size_t count);

/* Whether HEIC and AVIF are read by this build. */
#ifdef LK_WITH_HEIF
enum { LK_READS_HEIF = 1 };
#else
enum { LK_READS_HEIF = 0 };
#endif

/* What reads them. */
#define LK_HEIF_BUILD                                                                              \
    "a build with libheif (apt-get install libheif-dev, then meson setup --reconfigure build "     \
    "-Dheif=enabled)"

#endif

#include "base/sniff.h"

#include <stdbool.h>
#include <string.h>

static bool is_heif(const uint8_t *bytes, size_t count)
{
    static const char brands[] = "heic heix heim heis hevc hevx hevm hevs mif1 msf1 avif avis";
    if (count < 12 || memcmp(bytes + 4, "ftyp", 4) != 0)
        return false;
    for (const char *brand = brands; brand < brands + sizeof brands - 1; brand += 5)
        if (memcmp(bytes + 8, brand, 4) == 0)
            return true;
    return false;
}

lk_image_kind lk_sniff(const uint8_t *bytes, size_t count)
{
    /* `bytes` at the byte `at` make a file one of this kind. */
    static const struct {
        size_t at, count;
        const char *bytes;
        lk_image_kind kind;
    } signatures[] = {
        {0, 3, "\xff\xd8\xff", LK_KIND_JPEG}, {0, 8, "\x89PNG\r\n\x1a\n", LK_KIND_PNG},
        {8, 4, "WEBP", LK_KIND_WEBP},         {0, 6, "GIF87a", LK_KIND_GIF},
        {0, 6, "GIF89a", LK_KIND_GIF},        {0, 4, "II*\0", LK_KIND_TIFF},
        {0, 4, "MM\0*", LK_KIND_TIFF},        {0, 4, "II+\0", LK_KIND_TIFF},
        {0, 4, "MM\0+", LK_KIND_TIFF},        {0, 2, "BM", LK_KIND_BMP},
    };
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        size_t at = signatures[i].at, length = signatures[i].count;
        if (count >= at + length && memcmp(bytes + at, signatures[i].bytes, length) == 0)
            return signatures[i].kind;
    }
    return is_heif(bytes, count) ? LK_KIND_HEIF : LK_KIND_NONE;
}

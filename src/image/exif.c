/* The one thing we want from EXIF: which way is up. A TIFF block is a header
 * (byte order, 42, offset of the first directory) and directories of 12-byte
 * entries (tag, type, count, value); orientation is tag 0x0112, one whole number,
 * of 16 bits by the standard and of 32 as some programs write it. Every offset is
 * checked against the block's end. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/decode.h"
#include "image/pixels.h"

enum { TAG_ORIENTATION = 0x0112, ENTRY_SIZE = 12 };
enum { TYPE_SHORT = 3, TYPE_LONG = 4, TYPE_SIGNED_SHORT = 8, TYPE_SIGNED_LONG = 9 };

static unsigned exif_read16(const uint8_t *p, bool big)
{
    return big ? (unsigned)(p[0] << 8 | p[1]) : (unsigned)(p[1] << 8 | p[0]);
}

static uint32_t exif_read32(const uint8_t *p, bool big)
{
    uint32_t first = exif_read16(p, big), second = exif_read16(p + 2, big);
    return big ? first << 16 | second : second << 16 | first;
}

/* "II*" or "MM*", 42 in the wrong byte order, too, as some programs write it. */
static bool is_tiff(const uint8_t *tiff, size_t count)
{
    return count >= 8 && (memcmp(tiff, "II", 2) == 0 || memcmp(tiff, "MM", 2) == 0) &&
           (memcmp(tiff + 2, "*\0", 2) == 0 || memcmp(tiff + 2, "\0*", 2) == 0);
}

/* A value that says nothing sensible says that nothing is to be turned. */
static int read_value(const uint8_t *entry, bool big)
{
    unsigned type = exif_read16(entry + 2, big);
    uint32_t value = 0;
    if (type == TYPE_SHORT || type == TYPE_SIGNED_SHORT)
        value = exif_read16(entry + 8, big);
    else if (type == TYPE_LONG || type == TYPE_SIGNED_LONG)
        value = exif_read32(entry + 8, big);
    return value >= 1 && value <= 8 ? (int)value : 1;
}

int lk_exif_orientation(const uint8_t *tiff, size_t count)
{
    if (!is_tiff(tiff, count))
        return 0;
    bool big = tiff[0] == 'M';
    size_t directory = exif_read32(tiff + 4, big);
    if (directory > count - 2)
        return 0;
    size_t entries = exif_read16(tiff + directory, big);
    const uint8_t *entry = tiff + directory + 2;
    size_t room = (count - directory - 2) / ENTRY_SIZE;
    for (size_t i = 0; i < entries && i < room; i++, entry += ENTRY_SIZE)
        if (exif_read16(entry, big) == TAG_ORIENTATION)
            return read_value(entry, big);
    return 0;
}

int lk_exif_block_orientation(const uint8_t *block, size_t count)
{
    while (count >= 6 && memcmp(block, "Exif\0\0", 6) == 0) {
        block += 6;
        count -= 6;
    }
    return lk_exif_orientation(block, count);
}

/* tiff:Orientation="6" as an attribute, <tiff:Orientation>6< as an element. XMP is
 * XML, but no more of it is wanted, and Pillow looks no closer. */
int lk_xmp_orientation(const uint8_t *packet, size_t count)
{
    static const char name[] = "tiff:Orientation";
    const uint8_t *end = packet + count, *at = packet;
    while (at < end && (at = memmem(at, (size_t)(end - at), name, sizeof name - 1))) {
        at += sizeof name - 1;
        size_t left = (size_t)(end - at);
        size_t skip = left >= 2 && memcmp(at, "=\"", 2) == 0 ? 2 : left && *at == '>' ? 1 : 0;
        if (skip && left > skip && at[skip] >= '0' && at[skip] <= '9')
            return at[skip] >= '1' && at[skip] <= '8' ? at[skip] - '0' : 1;
    }
    return 0;
}

/* Where the stored pixel (x, y) of a w x h image belongs: from `origin`, `right`
 * pixels further for each stored column and `down` for each stored row. */
typedef struct turn {
    ptrdiff_t origin, right, down;
} turn;

static turn find_turn(int orientation, ptrdiff_t w, ptrdiff_t h)
{
    switch (orientation) {
    case 2: return (turn){w - 1, -1, w};       /* mirrored left to right */
    case 3: return (turn){w * h - 1, -1, -w};  /* upside down */
    case 4: return (turn){w * (h - 1), 1, -w}; /* mirrored top to bottom */
    case 5: return (turn){0, h, 1};            /* transposed */
    case 6: return (turn){h - 1, h, -1};       /* to be turned clockwise */
    case 7: return (turn){w * h - 1, -h, -1};  /* transposed over the other diagonal */
    case 8: return (turn){h * (w - 1), -h, 1}; /* to be turned counterclockwise */
    default: return (turn){0, 1, w};
    }
}

lk_status lk_image_orient(lk_image *image, int orientation)
{
    if (orientation <= 1 || orientation > 8)
        return LK_OK;
    bool swap = orientation >= 5;
    lk_image upright;
    LK_TRY(lk_image_create(&upright, swap ? image->height : image->width,
                           swap ? image->width : image->height));
    turn t = find_turn(orientation, (ptrdiff_t)image->width, (ptrdiff_t)image->height);
    const uint8_t *from = image->rgb;
    for (size_t y = 0; y < image->height; y++) {
        ptrdiff_t to = t.origin + (ptrdiff_t)y * t.down;
        for (size_t x = 0; x < image->width; x++, from += LK_CHANNELS, to += t.right)
            memcpy(upright.rgb + LK_CHANNELS * to, from, LK_CHANNELS);
    }
    lk_image_clear(image);
    *image = upright;
    return LK_OK;
}

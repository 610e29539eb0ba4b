/* The one thing we want from EXIF: which way is up. A TIFF block is a header
 * (byte order, 42, offset of the first directory) and directories of 12-byte
 * entries (tag, type, count, value); orientation is tag 0x0112, one 16-bit
 * number. Every offset is checked against the block's end. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/decode.h"
#include "image/pixels.h"

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, ENTRY_SIZE = 12 };

static unsigned read16(const uint8_t *p, bool big)
{
    return big ? (unsigned)(p[0] << 8 | p[1]) : (unsigned)(p[1] << 8 | p[0]);
}

static uint32_t read32(const uint8_t *p, bool big)
{
    uint32_t first = read16(p, big), second = read16(p + 2, big);
    return big ? first << 16 | second : second << 16 | first;
}

int lk_exif_orientation(const uint8_t *tiff, size_t count)
{
    if (count < 8 || (memcmp(tiff, "II*\0", 4) != 0 && memcmp(tiff, "MM\0*", 4) != 0))
        return 1;
    bool big = tiff[0] == 'M';
    size_t directory = read32(tiff + 4, big);
    if (directory > count - 2)
        return 1;
    size_t entries = read16(tiff + directory, big);
    const uint8_t *entry = tiff + directory + 2;
    size_t room = (count - directory - 2) / ENTRY_SIZE;
    for (size_t i = 0; i < entries && i < room; i++, entry += ENTRY_SIZE)
        if (read16(entry, big) == TAG_ORIENTATION) {
            unsigned value = read16(entry + 8, big);
            bool valid = read16(entry + 2, big) == TYPE_SHORT && value >= 1 && value <= 8;
            return valid ? (int)value : 1;
        }
    return 1;
}

int lk_exif_block_orientation(const uint8_t *block, size_t count)
{
    if (count >= 6 && memcmp(block, "Exif\0\0", 6) == 0)
        return lk_exif_orientation(block + 6, count - 6);
    return lk_exif_orientation(block, count);
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

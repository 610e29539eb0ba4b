/* At which quality a JPEG was written, from its first quantisation table. */
#include <limits.h>
#include <string.h>

#include <likeness/quality.h>

enum { NUMBERS = 64 };

/* Table K.1 of the standard (ITU-T T.81), which the Independent JPEG Group's library scales,
 * in the zigzag order in which files have it. */
static const uint8_t standard[NUMBERS] = {
    16, 11, 12,  14,  12,  10, 16, 14,  13,  14,  18,  17,  16, 19,  24,  40,
    26, 24, 22,  22,  24,  49, 35, 37,  29,  40,  58,  51,  61, 60,  57,  51,
    56, 55, 64,  72,  92,  78, 64, 68,  87,  69,  55,  56,  80, 109, 81,  87,
    95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99};

static long scaled(int quality, size_t i)
{
    long percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
    long value = (standard[i] * percent + 50) / 100;
    return value < 1 ? 1 : value > 255 ? 255 : value;
}

static long misfit(const unsigned *table, int quality)
{
    long sum = 0;
    for (size_t i = 0; i < NUMBERS; i++) {
        long off = (long)table[i] - scaled(quality, i);
        sum += off < 0 ? -off : off;
    }
    return sum;
}

static int nearest_quality(const unsigned *table)
{
    int best = 1;
    long least = LONG_MAX;
    for (int quality = 1; quality <= 100; quality++) {
        long off = misfit(table, quality);
        if (off < least) {
            least = off;
            best = quality;
        }
    }
    return best;
}

/* Of a segment's tables the one with number 0; false where it is not among them. */
static bool take_table(unsigned *table, const uint8_t *at, size_t size)
{
    while (size > 0) {
        size_t width = (size_t)(*at >> 4) + 1, whole = 1 + NUMBERS * width;
        if (width > 2 || size < whole)
            return false;
        for (size_t i = 0; i < NUMBERS && (*at & 15) == 0; i++)
            table[i] = width == 1 ? at[1 + i] : (unsigned)(at[1 + 2 * i] << 8 | at[2 + 2 * i]);
        if ((*at & 15) == 0)
            return true;
        at += whole;
        size -= whole;
    }
    return false;
}

int lk_quality_jpeg(const void *bytes, size_t count)
{
    enum { TABLES = 0xdb, SCAN = 0xda, END = 0xd9 };
    const uint8_t *at = bytes, *end = at ? at + count : at;
    unsigned table[NUMBERS];
    if (!at || count < 4 || at[0] != 0xff || at[1] != 0xd8)
        return 0;
    for (at += 2; end - at >= 4;) {
        if (at[0] != 0xff || at[1] == 0xff || at[1] == 0) { /* fill bytes, and what is none */
            at++;
            continue;
        }
        size_t size = (size_t)(at[2] << 8 | at[3]);
        if (at[1] == SCAN || at[1] == END || size < 2 || size > (size_t)(end - at) - 2)
            return 0;
        if (at[1] == TABLES && take_table(table, at + 4, size - 2))
            return nearest_quality(table);
        at += 2 + size;
    }
    return 0;
}

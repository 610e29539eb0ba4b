/* TIFF files of every kind, written by libtiff, and what their pixels are. */
#ifndef LK_TESTS_TIFF_FILE_H
#define LK_TESTS_TIFF_FILE_H

#include <stdlib.h>

#include "support.h"

#include <tiffio.h>

#include "image/pixels.h"
#include "scratch.h"

enum { MOST_SAMPLES = 8, PALETTE = 1 << 16 };

/* A file, and how it lies there. */
typedef struct tiff_kind {
    const char *name;
    uint16_t photometric, bits, samples, compression;
    int extra;      /* EXTRASAMPLE_... of the last sample; -1: it is a colour */
    bool separate;  /* a plane a sample */
    uint32_t block; /* rows of a strip, or the side of a tile */
    bool tiled;
    uint32_t width, height;
} tiff_kind;

static const tiff_kind plain = {"plain", PHOTOMETRIC_RGB, 8, 3, COMPRESSION_LZW, -1, false,
                                4,       false,           5, 3};

/* What is in the file: any number of the sample's bits, with all of alpha's ends. */
static inline unsigned sample_at(const tiff_kind *k, uint32_t x, uint32_t y, unsigned s)
{
    uint32_t mixed = (x * 2654435761u) ^ (y * 40503u + 77u) ^ (s * 2246822519u + 3u);
    mixed = (mixed ^ mixed >> 13) * 1274126177u;
    unsigned value = (mixed >> 11) & ((1u << k->bits) - 1);
    bool last = s + 1u == k->samples;
    if (k->extra < 0 || !last)
        return value;
    unsigned most = (1u << k->bits) - 1;
    return (x + y) % 5 == 0 ? 0 : (x + y) % 5 == 1 ? most : value;
}

static inline unsigned entry_at(unsigned index, unsigned c)
{
    return (index * 40503u + c * 30011u) & 0xffff;
}

/* ---- writing ---- */

static char made[64]; /* the file that each test writes */

static inline int begin_made(void **state)
{
    int failed = make_scratch(state);
    TIFFSetWarningHandler(NULL);
    snprintf(made, sizeof made, "%s/made.tif", scratch);
    return failed;
}

static inline void put_sample(const tiff_kind *k, uint8_t *row, size_t at, unsigned value)
{
    if (k->bits == 16) {
        const uint16_t wide = (uint16_t)value;
        memcpy(row + 2 * at, &wide, sizeof wide);
        return;
    }
    size_t bit = at * k->bits;
    row[bit / 8] |= (uint8_t)(value << (8 - k->bits - bit % 8));
}

/* A block from (x, y) on; samples outside the image are noise that nobody may see. */
static inline void fill_block(const tiff_kind *k, uint8_t *block, size_t row_bytes, uint32_t x,
                              uint32_t y, uint32_t width, uint32_t height, unsigned plane)
{
    unsigned samples = k->separate ? 1 : k->samples;
    memset(block, 0, row_bytes * height);
    for (uint32_t v = 0; v < height; v++)
        for (uint32_t u = 0; u < width; u++)
            for (unsigned s = 0; s < samples; s++)
                put_sample(k, block + v * row_bytes, (size_t)u * samples + s,
                           sample_at(k, x + u, y + v, k->separate ? plane : s));
}

static inline void write_blocks(TIFF *tiff, const tiff_kind *k)
{
    uint32_t wide = k->tiled ? k->block : k->width;
    size_t row_bytes = (size_t)(k->tiled ? TIFFTileRowSize(tiff) : TIFFScanlineSize(tiff));
    uint8_t *block = malloc(row_bytes * k->block);
    for (unsigned plane = 0; plane < (k->separate ? k->samples : 1u); plane++)
        for (uint32_t y = 0; y < k->height; y += k->block)
            for (uint32_t x = 0; x < k->width; x += wide) {
                uint32_t left = k->height - y, rows = k->tiled || left > k->block ? k->block : left;
                fill_block(k, block, row_bytes, x, y, wide, rows, plane);
                tmsize_t size = (tmsize_t)(row_bytes * rows);
                uint16_t sample = (uint16_t)plane;
                tmsize_t put =
                    k->tiled ? TIFFWriteEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, sample),
                                                    block, size)
                             : TIFFWriteEncodedStrip(tiff, TIFFComputeStrip(tiff, y, sample), block,
                                                     size);
                assert_true(put >= 0);
            }
    free(block);
}

static inline void set_fields(TIFF *tiff, const tiff_kind *k)
{
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, k->width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, k->height);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, k->bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, k->samples);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, k->photometric);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, k->compression);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG,
                 k->separate ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    if (k->tiled) {
        TIFFSetField(tiff, TIFFTAG_TILEWIDTH, k->block);
        TIFFSetField(tiff, TIFFTAG_TILELENGTH, k->block);
    } else {
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, k->block);
    }
    if (k->extra >= 0) {
        uint16_t colours = k->photometric == PHOTOMETRIC_RGB         ? 3
                           : k->photometric == PHOTOMETRIC_SEPARATED ? 4
                                                                     : 1;
        uint16_t extra[MOST_SAMPLES];
        for (unsigned i = 0; i < MOST_SAMPLES; i++)
            extra[i] = (uint16_t)k->extra;
        TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, k->samples - colours, extra);
    }
    if (k->photometric == PHOTOMETRIC_PALETTE) {
        static uint16_t palette[3][PALETTE];
        for (unsigned c = 0; c < 3; c++)
            for (unsigned i = 0; i < PALETTE; i++)
                palette[c][i] = (uint16_t)entry_at(i, c);
        TIFFSetField(tiff, TIFFTAG_COLORMAP, palette[0], palette[1], palette[2]);
    }
}

/* Opens the scratch file anew. */
static inline TIFF *begin_file(void)
{
    TIFF *tiff = TIFFOpen(made, "w");
    assert_non_null(tiff);
    return tiff;
}

static inline lk_status read_file(lk_image *out)
{
    return lk_image_read(out, made, NULL);
}

/* ---- what the pixels are ---- */

static inline void expected_colours(uint8_t rgb[4], const tiff_kind *k, const unsigned *s)
{
    unsigned most = k->bits < 8 ? (1u << k->bits) - 1 : 255;
    uint8_t ink[4];
    for (unsigned c = 0; c < 3; c++)
        switch (k->photometric) {
        case PHOTOMETRIC_MINISBLACK: rgb[c] = (uint8_t)(s[0] * 255 / most); break;
        case PHOTOMETRIC_MINISWHITE: rgb[c] = (uint8_t)((most - s[0]) * 255 / most); break;
        case PHOTOMETRIC_PALETTE: rgb[c] = (uint8_t)(entry_at(s[0], c) >> 8); break;
        case PHOTOMETRIC_RGB: rgb[c] = (uint8_t)s[c]; break;
        default: break;
        }
    if (k->photometric != PHOTOMETRIC_SEPARATED)
        return;
    for (unsigned c = 0; c < 4; c++)
        ink[c] = (uint8_t)s[c];
    lk_ink_to_rgb(rgb, ink);
}

static inline void expected_pixel(uint8_t rgb[4], const tiff_kind *k, uint32_t x, uint32_t y)
{
    unsigned s[MOST_SAMPLES];
    for (unsigned i = 0; i < k->samples; i++)
        s[i] = sample_at(k, x, y, i) >> (k->bits == 16 ? 8 : 0);
    expected_colours(rgb, k, s);
    unsigned alpha = s[k->samples - 1];
    if (k->extra != EXTRASAMPLE_ASSOCALPHA && k->extra != EXTRASAMPLE_UNASSALPHA)
        return;
    for (unsigned c = 0; c < 3; c++) {
        unsigned value = rgb[c];
        if (k->extra == EXTRASAMPLE_ASSOCALPHA) {
            value = alpha ? value * 255 / alpha : 0;
            value = value > 255 ? 255 : value;
        }
        rgb[c] = (uint8_t)((value * alpha + 255 * (255 - alpha) + 127) / 255);
    }
}

static inline void assert_pixels(const lk_image *image, const tiff_kind *k)
{
    assert_int_equal(image->width, k->width);
    assert_int_equal(image->height, k->height);
    for (uint32_t y = 0; y < k->height; y++)
        for (uint32_t x = 0; x < k->width; x++) {
            uint8_t expected[4];
            const uint8_t *found = lk_row(image, y) + 3 * x;
            expected_pixel(expected, k, x, y);
            if (memcmp(found, expected, 3) != 0)
                fail_msg("%s: pixel %u, %u is %u %u %u, expected %u %u %u", k->name, x, y, found[0],
                         found[1], found[2], expected[0], expected[1], expected[2]);
        }
}

#endif

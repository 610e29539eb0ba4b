/* TIFF as libtiff writes it, in every kind that is read: the pixels follow from the samples by
 * the kind's definition, one by one. */
#include <stdlib.h>
#include <unistd.h>

#include "support.h"

#include <tiffio.h>

#include "image/decode.h"
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

static const tiff_kind kinds[] = {
    {"black", PHOTOMETRIC_MINISBLACK, 8, 1, COMPRESSION_NONE, -1, false, 3, false, 21, 11},
    {"white", PHOTOMETRIC_MINISWHITE, 8, 1, COMPRESSION_LZW, -1, false, 11, false, 21, 11},
    {"black 1 bit", PHOTOMETRIC_MINISBLACK, 1, 1, COMPRESSION_NONE, -1, false, 4, false, 21, 11},
    {"white 1 bit", PHOTOMETRIC_MINISWHITE, 1, 1, COMPRESSION_PACKBITS, -1, false, 4, false, 19, 9},
    {"fax", PHOTOMETRIC_MINISWHITE, 1, 1, COMPRESSION_CCITTFAX4, -1, false, 5, false, 37, 12},
    {"fax 3", PHOTOMETRIC_MINISWHITE, 1, 1, COMPRESSION_CCITTFAX3, -1, false, 5, false, 37, 12},
    {"rle", PHOTOMETRIC_MINISWHITE, 1, 1, COMPRESSION_CCITTRLE, -1, false, 5, false, 37, 12},
    {"2 bits", PHOTOMETRIC_MINISBLACK, 2, 1, COMPRESSION_NONE, -1, false, 2, false, 23, 7},
    {"4 bits", PHOTOMETRIC_MINISWHITE, 4, 1, COMPRESSION_DEFLATE, -1, false, 9, false, 13, 7},
    {"16 bits", PHOTOMETRIC_MINISBLACK, 16, 1, COMPRESSION_ADOBE_DEFLATE, -1, false, 3, false, 9,
     8},
    {"white 16", PHOTOMETRIC_MINISWHITE, 16, 1, COMPRESSION_NONE, -1, false, 3, false, 9, 8},
    {"grey and alpha", PHOTOMETRIC_MINISBLACK, 8, 2, COMPRESSION_LZW, EXTRASAMPLE_UNASSALPHA, false,
     3, false, 17, 6},
    {"palette", PHOTOMETRIC_PALETTE, 8, 1, COMPRESSION_LZW, -1, false, 3, false, 17, 16},
    {"palette 4", PHOTOMETRIC_PALETTE, 4, 1, COMPRESSION_NONE, -1, false, 3, false, 7, 16},
    {"palette 2", PHOTOMETRIC_PALETTE, 2, 1, COMPRESSION_NONE, -1, false, 3, false, 7, 5},
    {"palette 1", PHOTOMETRIC_PALETTE, 1, 1, COMPRESSION_NONE, -1, false, 3, false, 11, 5},
    {"colours", PHOTOMETRIC_RGB, 8, 3, COMPRESSION_NONE, -1, false, 4, false, 19, 10},
    {"colours 16", PHOTOMETRIC_RGB, 16, 3, COMPRESSION_LZW, -1, false, 4, false, 19, 10},
    {"alpha", PHOTOMETRIC_RGB, 8, 4, COMPRESSION_LZW, EXTRASAMPLE_UNASSALPHA, false, 4, false, 19,
     10},
    {"alpha 16", PHOTOMETRIC_RGB, 16, 4, COMPRESSION_LZW, EXTRASAMPLE_UNASSALPHA, false, 4, false,
     9, 5},
    {"premultiplied", PHOTOMETRIC_RGB, 8, 4, COMPRESSION_LZW, EXTRASAMPLE_ASSOCALPHA, false, 4,
     false, 19, 10},
    {"something else", PHOTOMETRIC_RGB, 8, 4, COMPRESSION_LZW, EXTRASAMPLE_UNSPECIFIED, false, 4,
     false, 19, 10},
    {"ink", PHOTOMETRIC_SEPARATED, 8, 4, COMPRESSION_LZW, -1, false, 4, false, 19, 10},
    {"ink and alpha", PHOTOMETRIC_SEPARATED, 8, 5, COMPRESSION_LZW, EXTRASAMPLE_UNASSALPHA, false,
     4, false, 19, 10},
    {"planes", PHOTOMETRIC_RGB, 8, 3, COMPRESSION_LZW, -1, true, 4, false, 19, 10},
    {"planes 16", PHOTOMETRIC_RGB, 16, 3, COMPRESSION_NONE, -1, true, 4, false, 19, 10},
    {"planes and alpha", PHOTOMETRIC_RGB, 8, 4, COMPRESSION_NONE, EXTRASAMPLE_ASSOCALPHA, true, 3,
     false, 19, 10},
    {"a plane", PHOTOMETRIC_MINISBLACK, 8, 1, COMPRESSION_LZW, -1, true, 4, false, 19, 10},
    {"tiles", PHOTOMETRIC_RGB, 8, 3, COMPRESSION_LZW, -1, false, 16, true, 50, 35},
    {"whole tiles", PHOTOMETRIC_RGB, 8, 3, COMPRESSION_NONE, -1, false, 16, true, 32, 16},
    {"tiles in planes", PHOTOMETRIC_RGB, 8, 4, COMPRESSION_LZW, EXTRASAMPLE_UNASSALPHA, true, 16,
     true, 37, 18},
    {"tiles of bits", PHOTOMETRIC_MINISBLACK, 1, 1, COMPRESSION_NONE, -1, false, 16, true, 37, 18},
    {"a tile", PHOTOMETRIC_PALETTE, 8, 1, COMPRESSION_ADOBE_DEFLATE, -1, false, 32, true, 5, 3},
    {"six samples", PHOTOMETRIC_RGB, 8, 6, COMPRESSION_LZW, EXTRASAMPLE_UNSPECIFIED, false, 4,
     false, 9, 5},
};

/* What is in the file: any number of the sample's bits, with all of alpha's ends. */
static unsigned sample_at(const tiff_kind *k, uint32_t x, uint32_t y, unsigned s)
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

static unsigned entry_at(unsigned index, unsigned c)
{
    return (index * 40503u + c * 30011u) & 0xffff;
}

/* ---- writing ---- */

static char made[64]; /* the file that each test writes */

static int begin_made(void **state)
{
    int failed = make_scratch(state);
    TIFFSetWarningHandler(NULL);
    snprintf(made, sizeof made, "%s/made.tif", scratch);
    return failed;
}

static void put_sample(const tiff_kind *k, uint8_t *row, size_t at, unsigned value)
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
static void fill_block(const tiff_kind *k, uint8_t *block, size_t row_bytes, uint32_t x, uint32_t y,
                       uint32_t width, uint32_t height, unsigned plane)
{
    unsigned samples = k->separate ? 1 : k->samples;
    memset(block, 0, row_bytes * height);
    for (uint32_t v = 0; v < height; v++)
        for (uint32_t u = 0; u < width; u++)
            for (unsigned s = 0; s < samples; s++)
                put_sample(k, block + v * row_bytes, (size_t)u * samples + s,
                           sample_at(k, x + u, y + v, k->separate ? plane : s));
}

static void write_blocks(TIFF *tiff, const tiff_kind *k)
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

static void set_fields(TIFF *tiff, const tiff_kind *k)
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
static TIFF *begin_file(void)
{
    TIFF *tiff = TIFFOpen(made, "w");
    assert_non_null(tiff);
    return tiff;
}

static lk_status read_file(lk_image *out)
{
    return lk_image_read(out, made, NULL);
}

/* ---- what the pixels are ---- */

static void expected_colours(uint8_t rgb[4], const tiff_kind *k, const unsigned *s)
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

static void expected_pixel(uint8_t rgb[4], const tiff_kind *k, uint32_t x, uint32_t y)
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

static void assert_pixels(const lk_image *image, const tiff_kind *k)
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

static void every_kind_is_what_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const tiff_kind *k = &kinds[i];
        if (!TIFFIsCODECConfigured(k->compression))
            continue;
        lk_image image;
        TIFF *tiff = begin_file();
        set_fields(tiff, k);
        write_blocks(tiff, k);
        TIFFClose(tiff);
        assert_ok(read_file(&image));
        assert_pixels(&image, k);
        lk_image_clear(&image);
    }
}

/* ---- which way is up ---- */

static const tiff_kind plain = {"plain", PHOTOMETRIC_RGB, 8, 3, COMPRESSION_LZW, -1, false,
                                4,       false,           5, 3};

/* The tag goes before an XMP packet, and either is applied. */
static void it_is_turned_upright(void **state)
{
    (void)state;
    for (int tag = 0; tag <= 8; tag++)
        for (int xmp = 0; xmp <= 8; xmp += 3) {
            char packet[64];
            int length =
                snprintf(packet, sizeof packet, "<tiff:Orientation>%d</tiff:Orientation>", xmp);
            lk_image image, upright;
            TIFF *tiff = begin_file();
            set_fields(tiff, &plain);
            if (tag)
                TIFFSetField(tiff, TIFFTAG_ORIENTATION, (uint16_t)tag);
            if (xmp)
                TIFFSetField(tiff, TIFFTAG_XMLPACKET, (uint32_t)length, packet);
            write_blocks(tiff, &plain);
            TIFFClose(tiff);
            assert_ok(read_file(&image));
            assert_ok(lk_image_create(&upright, plain.width, plain.height));
            for (uint32_t y = 0; y < plain.height; y++)
                for (uint32_t x = 0; x < plain.width; x++) {
                    uint8_t pixel[4];
                    expected_pixel(pixel, &plain, x, y);
                    memcpy(lk_row(&upright, y) + 3 * x, pixel, 3);
                }
            assert_ok(lk_image_orient(&upright, tag ? tag : xmp));
            assert_int_equal(image.width, upright.width);
            assert_int_equal(image.height, upright.height);
            assert_memory_equal(image.rgb, upright.rgb, 3 * image.width * image.height);
            lk_image_clear(&upright);
            lk_image_clear(&image);
        }
}

/* ---- what is refused ---- */

static void assert_kind_fails(const tiff_kind *k, lk_status status, const char *text)
{
    lk_image image;
    TIFF *tiff = begin_file();
    set_fields(tiff, k);
    write_blocks(tiff, k);
    TIFFClose(tiff);
    assert_fails(read_file(&image), status, text);
}

static void kinds_that_nobody_can_tell_are_refused(void **state)
{
    (void)state;
    tiff_kind k = plain;
    k.samples = 7;
    k.extra = EXTRASAMPLE_UNSPECIFIED;
    assert_kind_fails(&k, LK_ERROR_UNSUPPORTED, "kind 2 with 7 samples of 8 bits in format 1");
    k = plain;
    k.bits = 4;
    assert_kind_fails(&k, LK_ERROR_UNSUPPORTED, "kind 2 with 3 samples of 4 bits");
    k = plain;
    k.samples = 2;
    assert_kind_fails(&k, LK_ERROR_UNSUPPORTED, "kind 2 with 2 samples");
    k = plain;
    k.photometric = PHOTOMETRIC_SEPARATED;
    assert_kind_fails(&k, LK_ERROR_UNSUPPORTED, "kind 5 with 3 samples");
    k = plain;
    k.photometric = PHOTOMETRIC_CIELAB;
    assert_kind_fails(&k, LK_ERROR_UNSUPPORTED, "kind 8 with 3 samples");
    k = plain;
    k.photometric = PHOTOMETRIC_MASK;
    k.samples = 1;
    assert_kind_fails(&k, LK_ERROR_UNSUPPORTED, "kind 4 with 1 samples");
    k.photometric = PHOTOMETRIC_PALETTE;
    k.bits = 16;
    assert_kind_fails(&k, LK_ERROR_UNSUPPORTED, "kind 3 with 1 samples of 16 bits");
}

static void set_format(const tiff_kind *k, uint16_t format)
{
    TIFF *tiff = begin_file();
    set_fields(tiff, k);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, format);
    write_blocks(tiff, k);
    TIFFClose(tiff);
}

static void samples_that_are_no_whole_numbers_are_refused(void **state)
{
    (void)state;
    lk_image image;
    set_format(&plain, SAMPLEFORMAT_INT);
    assert_fails(read_file(&image), LK_ERROR_UNSUPPORTED, "in format 2");
    set_format(&plain, SAMPLEFORMAT_UINT);
    assert_ok(read_file(&image));
    lk_image_clear(&image);
}

static void a_small_copy_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint32_t kind;
        bool good;
    } types[] = {{0, true},
                 {FILETYPE_PAGE, true},
                 {FILETYPE_REDUCEDIMAGE, false},
                 {FILETYPE_REDUCEDIMAGE | FILETYPE_PAGE, false}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        lk_image image;
        TIFF *tiff = begin_file();
        set_fields(tiff, &plain);
        TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, types[i].kind);
        write_blocks(tiff, &plain);
        TIFFClose(tiff);
        if (types[i].good) {
            assert_ok(read_file(&image));
            lk_image_clear(&image);
        } else {
            assert_fails(read_file(&image), LK_ERROR_UNSUPPORTED, "small copy");
        }
    }
}

/* A strip of which a part is there is not filled up. */
static void missing_pixels_are_not_made_up(void **state)
{
    (void)state;
    tiff_kind k = plain;
    k.compression = COMPRESSION_PACKBITS;
    k.block = 1;
    uint8_t row[15] = {0}, some[3] = {1, 9, 9}; /* two bytes of fifteen */
    lk_image image;
    TIFF *tiff = begin_file();
    set_fields(tiff, &k);
    for (uint32_t strip = 0; strip < 2; strip++)
        assert_true(TIFFWriteEncodedStrip(tiff, strip, row, sizeof row) == sizeof row);
    assert_true(TIFFWriteRawStrip(tiff, 2, some, sizeof some) == sizeof some);
    TIFFClose(tiff);
    assert_fails(read_file(&image), LK_ERROR_FORMAT, "TIFF");
}

/* What it decodes to lies within the caller's limits, tiles too. */
static void limits_hold(void **state)
{
    (void)state;
    lk_image image;
    lk_image_options options;
    lk_image_options_init(&options);
    TIFF *tiff = begin_file();
    set_fields(tiff, &plain);
    write_blocks(tiff, &plain);
    TIFFClose(tiff);
    options.max_pixels = 15;
    assert_ok(lk_image_read(&image, made, &options));
    lk_image_clear(&image);
    options.max_pixels = 14;
    assert_fails(lk_image_read(&image, made, &options), LK_ERROR_LIMIT, "5 x 3");
    tiff_kind k = plain;
    k.tiled = true;
    k.block = 32;
    tiff = begin_file();
    set_fields(tiff, &k);
    write_blocks(tiff, &k);
    TIFFClose(tiff);
    options.max_pixels = 1023;
    assert_fails(lk_image_read(&image, made, &options), LK_ERROR_LIMIT, "32 x 32");
    options.max_pixels = 1024;
    assert_ok(lk_image_read(&image, made, &options));
    assert_pixels(&image, &k);
    lk_image_clear(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_what_it_says),
        cmocka_unit_test(it_is_turned_upright),
        cmocka_unit_test(kinds_that_nobody_can_tell_are_refused),
        cmocka_unit_test(samples_that_are_no_whole_numbers_are_refused),
        cmocka_unit_test(a_small_copy_is_refused),
        cmocka_unit_test(missing_pixels_are_not_made_up),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, begin_made, remove_scratch);
}

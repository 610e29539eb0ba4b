/* TIFF as libtiff writes it, in every kind that is read: the pixels follow from the samples by
 * the kind's definition, one by one. */
#include "tiff_file.h"

#include "image/decode.h"

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
    {"planes of grey and alpha", PHOTOMETRIC_MINISBLACK, 8, 2, COMPRESSION_LZW,
     EXTRASAMPLE_UNASSALPHA, true, 3, false, 17, 6},
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
     false, 64, 40},
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

/* ---- colours as luma and two differences ---- */

/* A ramp of greys, whose differences are none. */
static void write_luma(uint16_t compression, int orientation)
{
    enum { SIDE = 16 };
    TIFF *tiff = begin_file();
    uint8_t pixels[SIDE][SIDE][3];
    for (unsigned y = 0; y < SIDE; y++)
        for (unsigned x = 0; x < SIDE; x++) {
            pixels[y][x][0] = (uint8_t)(16 * y + x);
            pixels[y][x][1] = pixels[y][x][2] = 128;
        }
    set_fields(tiff, &(tiff_kind){.photometric = PHOTOMETRIC_YCBCR,
                                  .bits = 8,
                                  .samples = 3,
                                  .compression = compression,
                                  .extra = -1,
                                  .block = SIDE,
                                  .width = SIDE,
                                  .height = SIDE});
    TIFFSetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, 1, 1);
    if (compression == COMPRESSION_JPEG)
        TIFFSetField(tiff, TIFFTAG_JPEGQUALITY, 100);
    TIFFSetField(tiff, TIFFTAG_ORIENTATION, orientation);
    assert_true(TIFFWriteEncodedStrip(tiff, 0, pixels, sizeof pixels) > 0);
    TIFFClose(tiff);
}

static void luma_becomes_grey(void **state)
{
    (void)state;
    static const uint16_t compressions[] = {COMPRESSION_LZW, COMPRESSION_JPEG};
    for (int i = 0; i < 2; i++)
        for (int orientation = ORIENTATION_TOPLEFT; orientation <= ORIENTATION_BOTRIGHT;
             orientation += 2) { /* upright, and turned half round */
            lk_image image;
            write_luma(compressions[i], orientation);
            assert_ok(read_file(&image));
            assert_int_equal(image.width, 16);
            assert_int_equal(image.height, 16);
            for (int at = 0; at < 256; at++)
                for (int c = 0; c < 3; c++) {
                    int found = image.rgb[3 * at + c], grey = orientation == 1 ? at : 255 - at;
                    assert_true(abs(found - grey) <= 3 * i);
                }
            lk_image_clear(&image);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_what_it_says),
        cmocka_unit_test(it_is_turned_upright),
        cmocka_unit_test(luma_becomes_grey),
    };
    return cmocka_run_group_tests(tests, begin_made, remove_scratch);
}

/* TIFF that is refused, and why. */
#include "tiff_file.h"

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
        cmocka_unit_test(kinds_that_nobody_can_tell_are_refused),
        cmocka_unit_test(samples_that_are_no_whole_numbers_are_refused),
        cmocka_unit_test(a_small_copy_is_refused),
        cmocka_unit_test(missing_pixels_are_not_made_up),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, begin_made, remove_scratch);
}

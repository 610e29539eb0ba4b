/* What lies around an image's pixels: the segments of a JPEG, the orientation in EXIF and
 * XMP. */
#include "support.h"

#include "image/decode.h"

static int orientation_of(const char *packet)
{
    return lk_xmp_orientation((const uint8_t *)packet, strlen(packet));
}

static void xmp_says_how_an_image_stands(void **state)
{
    (void)state;
    assert_int_equal(orientation_of("<rdf tiff:Orientation=\"6\" a=\"7\">"), 6);
    assert_int_equal(orientation_of("<tiff:Orientation>3</tiff:Orientation>"), 3);
    assert_int_equal(orientation_of("tiff:Orientation=\"1\""), 1);
    assert_int_equal(orientation_of("tiff:Orientation=\"8\""), 8);
    assert_int_equal(orientation_of("tiff:Orientation=\"0\""), 1); /* as if it stood upright */
    assert_int_equal(orientation_of("tiff:Orientation=\"9\""), 1);
    assert_int_equal(orientation_of("no tiff:Orientation here, tiff:Orientation=\"5\""), 5);
    assert_int_equal(orientation_of("tiff:Orientation=\"x\""), 0);
    assert_int_equal(orientation_of("tiff:Orientation=\""), 0); /* cut short */
    assert_int_equal(orientation_of("tiff:Orientation="), 0);
    assert_int_equal(orientation_of("tiff:Orientation"), 0);
    assert_int_equal(orientation_of(""), 0);
}

/* In memory that ends where the block does. */
static int exif_orientation_of(const char *block, size_t count)
{
    uint8_t *copy = malloc(count ? count : 1);
    memcpy(copy, block, count);
    int found = lk_exif_block_orientation(copy, count);
    free(copy);
    return found;
}

#define EXIF(text) exif_orientation_of((text), sizeof(text) - 1)
#define ENTRY      "\x12\x01\3\0\1\0\0\0\6\0\0\0"

static void exif_says_how_an_image_stands(void **state)
{
    (void)state;
    assert_int_equal(EXIF("II*\0\x8\0\0\0\1\0" ENTRY), 6);
    assert_int_equal(EXIF("MM\0*\0\0\0\x8\0\1\x01\x12\0\3\0\0\0\1\0\5\0\0"), 5);
    assert_int_equal(EXIF("MM*\0\0\0\0\x8\0\1\x01\x12\0\4\0\0\0\1\0\0\0\7"), 7);
    assert_int_equal(EXIF("Exif\0\0Exif\0\0II*\0\x8\0\0\0\1\0" ENTRY), 6); /* twice by mistake */
    assert_int_equal(EXIF("II*\0\x8\0\0\0\2\0AAAAAAAAAAAA" ENTRY), 6);
    assert_int_equal(EXIF("II*\0\x8\0\0\0\1\0AAAAAAAAAAAA" ENTRY), 0); /* behind the directory */
    assert_int_equal(EXIF("II*\0\x8\0\0\0\2\0AAAAAAAAAAAA" ENTRY "A"), 6);
    assert_int_equal(EXIF("II*\0\x8\0\0\0\7\0" ENTRY), 6);
    assert_int_equal(EXIF("II*\0\x8\0\0\0\1\0\x12\x01\3\0\1\0\0\0\6\0\0"), 0); /* cut short */
    assert_int_equal(EXIF("II*\0\x8\0\0\0\7\0AAAAAAAAAAAA"), 0);
    assert_int_equal(EXIF("II*\0\x8\0\0\0\1\0\x12\x01\3\0\1\0\0\0\x9\0\0\0"), 1);
    assert_int_equal(EXIF("II*\0\x8\0\0\0\1\0\x12\x01\2\0\1\0\0\0\6\0\0\0"), 1); /* no number */
    assert_int_equal(EXIF("IX*\0\x8\0\0\0\1\0" ENTRY), 0);
    assert_int_equal(EXIF("II*\1\x8\0\0\0\1\0" ENTRY), 0);
    assert_int_equal(EXIF("II*\0\x8\0\0\0"), 0); /* a directory behind the end */
    assert_int_equal(EXIF("II*\0\x8\0\0\0\1"), 0);
    assert_int_equal(EXIF("II*\0\x8\0\0"), 0);
    assert_int_equal(EXIF(""), 0);
}

/* A JPEG's beginning: a large segment of what looks like segments, then small ones. */
static lk_status check_segments(size_t large, size_t small)
{
    static uint8_t bytes[2 + 65537 + 4 * 3000 + 2];
    size_t at = 0;
    bytes[at++] = 0xff;
    bytes[at++] = 0xd8;
    if (large) {
        memset(bytes + at, 0xe1, 2 + large);
        for (size_t i = 0; i < large; i += 2)
            bytes[at + i] = 0xff;
        bytes[at + 2] = (uint8_t)(large >> 8);
        bytes[at + 3] = (uint8_t)large;
        at += 2 + large;
    }
    for (size_t i = 0; i < small; i++, at += 4)
        memcpy(bytes + at, "\xff\xe0\0\2", 4);
    bytes[at++] = 0xff;
    bytes[at++] = 0xda;
    return lk_jpeg_check_segments(&(lk_encoded){.bytes = bytes, .count = at});
}

static void a_jpeg_has_at_most_2000_segments_before_its_pixels(void **state)
{
    (void)state;
    assert_ok(check_segments(0, 1999)); /* the start of the image is the first */
    assert_fails(check_segments(0, 2000), LK_ERROR_LIMIT, "more than 2000 segments");
    assert_ok(check_segments(65534, 1990)); /* what a segment holds is none */
    assert_fails(check_segments(12000, 2500), LK_ERROR_LIMIT, "more than 2000 segments");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exif_says_how_an_image_stands),
        cmocka_unit_test(xmp_says_how_an_image_stands),
        cmocka_unit_test(a_jpeg_has_at_most_2000_segments_before_its_pixels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Bitmaps made by hand, a few pixels each: every header, depth and coding, with what each
 * pixel must become. */
#include <likeness/image.h>

#include "support.h"

enum { CORE = 12, INFO = 40, PLAIN = 0, RLE8 = 1, RLE4 = 2, BITFIELDS = 3 };

/* A file as it grows. */
typedef struct made {
    uint8_t bytes[512];
    size_t count;
} made;

static void add(made *m, const void *bytes, size_t count)
{
    assert_true(m->count + count <= sizeof m->bytes);
    memcpy(m->bytes + m->count, bytes, count);
    m->count += count;
}

static void add16(made *m, uint32_t value)
{
    add(m, (uint8_t[]){(uint8_t)value, (uint8_t)(value >> 8)}, 2);
}

static void add32(made *m, uint32_t value)
{
    add16(m, value & 0xffff);
    add16(m, value >> 16);
}

static void set32(made *m, size_t at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        m->bytes[at + (size_t)i] = (uint8_t)(value >> 8 * i);
}

/* Both headers, zeros behind what a version of `size` bytes says beside the first 40. */
static made begin(uint32_t size, int32_t width, int32_t height, uint32_t bits, uint32_t compression)
{
    made m = {0};
    add(&m, "BM\0\0\0\0\0\0\0\0\0\0\0\0", 14);
    add32(&m, size);
    if (size == CORE) {
        add16(&m, (uint32_t)width);
        add16(&m, (uint32_t)height);
        add16(&m, 1);
        add16(&m, bits);
        return m;
    }
    add32(&m, (uint32_t)width);
    add32(&m, (uint32_t)height);
    add16(&m, 1);
    add16(&m, bits);
    add32(&m, compression);
    m.count = 14 + size;
    return m;
}

/* Pixels begin here, and the file header says so. */
static void pixels_begin(made *m)
{
    set32(m, 10, (uint32_t)m->count);
}

/* In memory that ends where the file does, for the sanitizers. */
static lk_status decode(lk_image *out, const made *m)
{
    uint8_t *copy = malloc(m->count);
    memcpy(copy, m->bytes, m->count);
    lk_status status = lk_image_decode(out, copy, m->count, "made.bmp", NULL);
    free(copy);
    return status;
}

#define assert_pixels(m, width, height, ...)                                                       \
    check_pixels(m, width, height, (const uint32_t[]){__VA_ARGS__}, #__VA_ARGS__)

/* `wanted` as 0xrrggbb, from the top. */
static void check_pixels(const made *m, size_t width, size_t height, const uint32_t *wanted,
                         const char *words)
{
    lk_image image;
    assert_ok(decode(&image, m));
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, height);
    for (size_t i = 0; i < width * height; i++) {
        const uint8_t *p = image.rgb + 3 * i;
        uint32_t found = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        if (found != wanted[i])
            print_error("pixel %zu of {%s} is %06x\n", i, words, (unsigned)found);
        assert_int_equal(found, wanted[i]);
    }
    lk_image_clear(&image);
}

/* 2 x 2 of 24 bits: rows of 6 bytes are padded to 8, and the lower one comes first. */
static void add_four(made *m)
{
    add(m, "\1\2\3\4\5\6\0\0\7\x8\x9\xa\xb\xc\0\0", 16);
}

#define UPRIGHT  0x090807, 0x0c0b0a, 0x030201, 0x060504
#define FROM_TOP 0x030201, 0x060504, 0x090807, 0x0c0b0a

static void every_header_is_read(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {CORE, INFO, 52, 56, 64, 108, 124};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        made m = begin(sizes[i], 2, 2, 24, PLAIN);
        pixels_begin(&m);
        add_four(&m);
        assert_pixels(&m, 2, 2, UPRIGHT);
        m.count = 14 + sizes[i] - 1;
        lk_image image;
        assert_fails(decode(&image, &m), LK_ERROR_FORMAT, "header is cut short");
        for (int off = -1; off <= 1; off += 2) {
            made other = m;
            set32(&other, 14, sizes[i] + (uint32_t)off);
            other.count = sizeof other.bytes;
            assert_fails(decode(&image, &other), LK_ERROR_FORMAT, "bad BMP: a header of");
        }
    }
    made m = begin(INFO, 2, -2, 24, PLAIN);
    pixels_begin(&m);
    add_four(&m);
    assert_pixels(&m, 2, 2, FROM_TOP);
}

static void pixels_lie_where_the_header_says(void **state)
{
    (void)state;
    made m = begin(INFO, 2, 2, 24, PLAIN);
    add(&m, "gap", 3);
    pixels_begin(&m);
    add_four(&m);
    assert_pixels(&m, 2, 2, UPRIGHT);
    m.count -= 2; /* the last row's padding may be missing, its pixels may not */
    assert_pixels(&m, 2, 2, UPRIGHT);
    m.count--;
    lk_image image;
    assert_fails(decode(&image, &m), LK_ERROR_FORMAT, "need at least");

    made unsaid = begin(INFO, 2, 2, 24, PLAIN); /* 0: behind the headers */
    add_four(&unsaid);
    assert_pixels(&unsaid, 2, 2, UPRIGHT);
}

/* Without a word on colours there are as many as the bits can count. */
static void add_colours(made *m, size_t entry, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(m, (uint8_t[]){(uint8_t)(3 * i + 1), (uint8_t)(3 * i + 2), (uint8_t)(3 * i + 3), 9},
            entry);
}

#define COLOUR(i)                                                                                  \
    ((uint32_t)(3 * (i) + 3) << 16 | (uint32_t)(3 * (i) + 2) << 8 | (uint32_t)(3 * (i) + 1))

static void palettes_are_looked_up(void **state)
{
    (void)state;
    made one = begin(INFO, 10, 1, 1, PLAIN);
    add_colours(&one, 4, 2);
    pixels_begin(&one);
    add(&one, "\xa5\x40\0\0", 4);
    assert_pixels(&one, 10, 1, COLOUR(1), COLOUR(0), COLOUR(1), COLOUR(0), COLOUR(0), COLOUR(1),
                  COLOUR(0), COLOUR(1), COLOUR(0), COLOUR(1));

    made four = begin(CORE, 3, 2, 4, PLAIN); /* its colours have three bytes */
    add_colours(&four, 3, 16);
    pixels_begin(&four);
    add(&four, "\x0f\x30\0\0\x12\xe0\0\0", 8);
    assert_pixels(&four, 3, 2, COLOUR(1), COLOUR(2), COLOUR(14), COLOUR(0), COLOUR(15), COLOUR(3));

    made few = begin(INFO, 4, 1, 8, PLAIN);
    set32(&few, 14 + 32, 3);
    add_colours(&few, 4, 3);
    pixels_begin(&few);
    add(&few, "\0\2\1\3", 4); /* the last has no colour */
    assert_pixels(&few, 4, 1, COLOUR(0), COLOUR(2), COLOUR(1), 0);

    made forgotten = few; /* the file header's sum left the palette out */
    set32(&forgotten, 10, 14 + INFO);
    assert_pixels(&forgotten, 4, 1, COLOUR(0), COLOUR(2), COLOUR(1), 0);
}

static void masks_part_a_pixel(void **state)
{
    (void)state;
    made fifteen = begin(INFO, 3, 1, 16, PLAIN);
    pixels_begin(&fifteen);
    add(&fifteen, "\0\x7c\xe0\3\x1f\x80\0\0", 8);
    assert_pixels(&fifteen, 3, 1, 0xff0000, 0x00ff00, 0x0000ff);

    made sixteen = begin(INFO, 3, 1, 16, BITFIELDS); /* its masks lie behind the header */
    add32(&sixteen, 0xf800);
    add32(&sixteen, 0x07e0);
    add32(&sixteen, 0x001f);
    pixels_begin(&sixteen);
    add(&sixteen, "\0\xf8\x20\0\x10\0\0\0", 8);
    assert_pixels(&sixteen, 3, 1, 0xff0000, 0x000400, 0x000083);
    made early = sixteen; /* 0: behind the masks */
    set32(&early, 10, 0);
    assert_pixels(&early, 3, 1, 0xff0000, 0x000400, 0x000083);
    sixteen.count = 14 + INFO + 11;
    lk_image image;
    assert_fails(decode(&image, &sixteen), LK_ERROR_FORMAT, "truncated BMP: no masks");

    made swapped = begin(52, 1, 1, 32, BITFIELDS); /* red, green and blue, no alpha */
    set32(&swapped, 14 + 40, 0xff);
    set32(&swapped, 14 + 44, 0xff00);
    set32(&swapped, 14 + 48, 0xff0000);
    pixels_begin(&swapped);
    add(&swapped, "\1\2\3\4", 4);
    assert_pixels(&swapped, 1, 1, 0x010203);
}

/* Four masks, and two pixels, of which the first has this alpha. */
static made with_alpha(uint32_t red, uint32_t alpha, uint8_t value)
{
    made m = begin(56, 2, 1, 32, BITFIELDS);
    set32(&m, 14 + 40, red);
    set32(&m, 14 + 44, red >> 8);
    set32(&m, 14 + 48, red >> 16);
    set32(&m, 14 + 52, alpha);
    pixels_begin(&m);
    add(&m, (uint8_t[]){1, 2, 3, value, 4, 5, 6, 0}, 8);
    return m;
}

static void alpha_is_laid_over_white(void **state)
{
    (void)state;
    made m = with_alpha(0xff0000, 0xff000000, 255);
    assert_pixels(&m, 2, 1, 0x030201, 0xffffff);
    m = with_alpha(0xff0000, 0xff000000, 0); /* zero everywhere was not meant */
    assert_pixels(&m, 2, 1, 0x030201, 0x060504);
    m = with_alpha(0, 0, 255); /* masks that were not set: blue, green, red, alpha */
    assert_pixels(&m, 2, 1, 0x030201, 0xffffff);
    m = with_alpha(0xff0000, 0, 255);
    assert_pixels(&m, 2, 1, 0x030201, 0x060504);
}

/* 6 x 3 in runs: a run, a literal of an odd count with its padding, the end of a row; a
 * move; a run that reaches over the edge. */
static void runs_are_followed(void **state)
{
    (void)state;
    made m = begin(INFO, 6, 3, 8, RLE8);
    set32(&m, 14 + 32, 8);
    add_colours(&m, 4, 8);
    pixels_begin(&m);
    add(&m, "\2\1\0\3\2\3\4\0\1\5\0\0", 12); /* 1 1 2 3 4 5 */
    add(&m, "\1\6\0\2\2\0\2\7\0\0", 10);     /* 6 . . 7 7 . */
    add(&m, "\x9\1\0\1", 4);                 /* 1 1 1 1 1 1 */
    assert_pixels(&m, 6, 3, COLOUR(1), COLOUR(1), COLOUR(1), COLOUR(1), COLOUR(1), COLOUR(1),
                  COLOUR(6), COLOUR(0), COLOUR(0), COLOUR(7), COLOUR(7), COLOUR(0), COLOUR(1),
                  COLOUR(1), COLOUR(2), COLOUR(3), COLOUR(4), COLOUR(5));
    set32(&m, 14 + 8, (uint32_t)-3); /* from the top */
    assert_pixels(&m, 6, 3, COLOUR(1), COLOUR(1), COLOUR(2), COLOUR(3), COLOUR(4), COLOUR(5),
                  COLOUR(6), COLOUR(0), COLOUR(0), COLOUR(7), COLOUR(7), COLOUR(0), COLOUR(1),
                  COLOUR(1), COLOUR(1), COLOUR(1), COLOUR(1), COLOUR(1));
}

static void runs_of_halves_are_followed(void **state)
{
    (void)state;
    made m = begin(INFO, 6, 2, 4, RLE4);
    add_colours(&m, 4, 16);
    pixels_begin(&m);
    add(&m, "\3\x12\0\3\x34\x50\0\0", 8);        /* 1 2 1 3 4 5: three literals are two bytes */
    add(&m, "\0\5\x67\x89\xa0\0\1\xb0\0\1", 10); /* 6 7 8 9 10, padded, 11 */
    assert_pixels(&m, 6, 2, COLOUR(6), COLOUR(7), COLOUR(8), COLOUR(9), COLOUR(10), COLOUR(11),
                  COLOUR(1), COLOUR(2), COLOUR(1), COLOUR(3), COLOUR(4), COLOUR(5));
}

static void runs_that_end_early_are_told(void **state)
{
    (void)state;
    made m = begin(INFO, 3, 2, 8, RLE8);
    set32(&m, 14 + 32, 4);
    add_colours(&m, 4, 4);
    pixels_begin(&m);
    add(&m, "\3\1\0\0\0\3\1\2\3", 9); /* whole without padding, end or another row */
    assert_pixels(&m, 3, 2, COLOUR(1), COLOUR(2), COLOUR(3), COLOUR(1), COLOUR(1), COLOUR(1));
    lk_image image;
    m.count--;
    assert_fails(decode(&image, &m), LK_ERROR_FORMAT, "row 2 of 2 is not whole");
    m.count -= 4;
    assert_fails(decode(&image, &m), LK_ERROR_FORMAT, "row 2 of 2 is not whole");
    m.count -= 2;
    assert_fails(decode(&image, &m), LK_ERROR_FORMAT, "row 1 of 2 is not whole");
}

static void depths_and_codings_belong_together(void **state)
{
    (void)state;
    static const uint32_t bits[] = {0, 1, 2, 4, 8, 15, 16, 24, 32};
    for (uint32_t compression = PLAIN; compression <= 4; compression++)
        for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
            uint32_t b = bits[i];
            bool palette = b == 1 || b == 4 || b == 8, masks = b == 16 || b == 24 || b == 32;
            bool good = (compression == PLAIN && (palette || masks)) ||
                        (compression == RLE8 && b == 8) || (compression == RLE4 && b == 4) ||
                        (compression == BITFIELDS && masks);
            made m = begin(INFO, 1, 1, b, compression);
            lk_image image;
            assert_fails(decode(&image, &m), good ? LK_ERROR_FORMAT : LK_ERROR_UNSUPPORTED,
                         good ? "" : "bits per pixel with compression");
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_header_is_read),
        cmocka_unit_test(pixels_lie_where_the_header_says),
        cmocka_unit_test(palettes_are_looked_up),
        cmocka_unit_test(masks_part_a_pixel),
        cmocka_unit_test(alpha_is_laid_over_white),
        cmocka_unit_test(runs_are_followed),
        cmocka_unit_test(runs_of_halves_are_followed),
        cmocka_unit_test(runs_that_end_early_are_told),
        cmocka_unit_test(depths_and_codings_belong_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

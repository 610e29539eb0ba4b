/* HEIC and AVIF: read where the build has libheif, and otherwise refused with what to
 * do. The samples are lossy, and codecs differ by version, so pixels are compared with
 * a bound. */
#include "support.h"

#include <likeness/image.h>

static const char *sample_file(const char *name)
{
    char relative[256];
    snprintf(relative, sizeof relative, "fuzz/corpus/image/%s", name);
    return test_file(relative);
}

#ifdef LK_WITH_HEIF

/* The mean difference of two images of one size. */
static double difference(const lk_image *a, const lk_image *b)
{
    double sum = 0;
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    size_t count = 3 * a->width * a->height;
    for (size_t i = 0; i < count; i++)
        sum += abs(a->rgb[i] - b->rgb[i]);
    return sum / (double)count;
}

static void photographs_are_read(void **state)
{
    (void)state;
    static const char *const names[] = {"plain.avif", "turned.avif", "plain.heic"};
    lk_image wanted, image;
    assert_ok(lk_image_read(&wanted, sample_file("heif_reference.png"), NULL));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_ok(lk_image_read(&image, sample_file(names[i]), NULL));
        if (difference(&image, &wanted) > 4)
            fail_msg("%s: differs by %g on average", names[i], difference(&image, &wanted));
        lk_image_clear(&image);
    }
    lk_image_clear(&wanted);
}

/* The sample's alpha is its red; white shows where there is little. */
static void alpha_is_laid_over_white(void **state)
{
    (void)state;
    lk_image image;
    assert_ok(lk_image_read(&image, sample_file("alpha.heic"), NULL));
    const uint8_t *left = image.rgb, *right = image.rgb + 3 * (image.width - 1);
    assert_true(left[0] > 240 && left[1] > 240 && left[2] > 240);
    assert_true(right[1] < 60);
    lk_image_clear(&image);
}

static void limits_hold(void **state)
{
    (void)state;
    lk_image_options options;
    lk_image image;
    lk_image_options_init(&options);
    options.max_pixels = 96 * 64 - 1;
    assert_fails(lk_image_read(&image, sample_file("plain.heic"), &options), LK_ERROR_LIMIT,
                 "96 x 64 pixels, over the limit of 6143");
}

static void truncations_are_errors(void **state)
{
    (void)state;
    static uint8_t bytes[1 << 13];
    FILE *file = fopen(sample_file("plain.heic"), "rb");
    assert_non_null(file);
    size_t count = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (size_t part = 0; part < count; part += 37) {
        lk_image image;
        assert_int_not_equal(lk_image_decode(&image, bytes, part, "x", NULL), LK_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(photographs_are_read),
        cmocka_unit_test(alpha_is_laid_over_white),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(truncations_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void photographs_are_named_with_what_to_do(void **state)
{
    (void)state;
    lk_image image;
    assert_fails(lk_image_read(&image, sample_file("plain.heic"), NULL), LK_ERROR_UNSUPPORTED,
                 "plain.heic: HEIC images need a build with libheif (apt-get install libheif-dev");
    assert_fails(lk_image_read(&image, sample_file("plain.avif"), NULL), LK_ERROR_UNSUPPORTED,
                 "plain.avif: AVIF images need a build with libheif");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(photographs_are_named_with_what_to_do)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif

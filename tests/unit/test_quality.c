/* What is measured of photographs, on pictures whose answer is known. */
#include <math.h>

#include "support.h"

#include <likeness/image.h>
#include <likeness/quality.h>

#include "base/random.h"

/* ---- pictures ---- */

static lk_image picture(size_t width, size_t height, double (*shade)(double x, double y, uint64_t),
                        uint64_t seed)
{
    lk_image image;
    assert_ok(lk_image_create(&image, width, height));
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            double value = shade((double)x / (double)width, (double)y / (double)height, seed);
            memset(image.rgb + 3 * (y * width + x), (int)lround(fmax(0, fmin(255, value))), 3);
        }
    return image;
}

static double grey(double x, double y, uint64_t value)
{
    (void)x;
    (void)y;
    return (double)value;
}

/* Soft and large shapes of a seed's own. */
static double clouds(double x, double y, uint64_t seed)
{
    lk_random random;
    lk_random_init(&random, seed, 1);
    double sum = 128;
    for (int i = 0; i < 12; i++) {
        double fx = (double)lk_random_below(&random, 7), fy = (double)lk_random_below(&random, 7);
        double phase = 6.28 * lk_random_unit(&random);
        sum += 25 * cos(3.14 * (fx * x + fy * y) + phase);
    }
    return sum;
}

static lk_face face_of(float x1, float y1, float x2, float y2)
{
    return (lk_face){.box = {x1, y1, x2, y2}, .probability = 1};
}

static lk_quality measure(const lk_image *image, const lk_face *face)
{
    lk_quality quality;
    assert_ok(lk_quality_measure(&quality, image, face));
    return quality;
}

/* ---- measures ---- */

static void light_is_the_mean_of_the_box(void **state)
{
    (void)state;
    lk_image image = picture(40, 30, grey, 50);
    memset(image.rgb, 200, 3 * 40 * 10); /* the rows from 0 to 10 */
    lk_face face = face_of(0, 10, 20, 30);
    lk_quality quality = measure(&image, &face);
    assert_true(fabs(quality.brightness - 50) < 1e-9);
    assert_true(quality.contrast < 1e-4 && quality.sharpness < 1e-9);
    face.box.y1 = 0;
    face.box.y2 = 20;
    quality = measure(&image, &face);
    assert_true(fabs(quality.brightness - 125) < 1e-9 && fabs(quality.contrast - 75) < 1e-9);
    lk_image_clear(&image);
}

static void sharpness_falls_with_detail(void **state)
{
    (void)state;
    lk_image sharp = picture(224, 224, clouds, 3), small, soft;
    for (size_t i = 0; i < 3 * 224 * 224; i++)
        sharp.rgb[i] = (uint8_t)(sharp.rgb[i] ^ ((i / 3 / 4 + i / 672 / 4) % 2 ? 24 : 0));
    assert_ok(lk_image_resize_bilinear(&small, &sharp, 28, 28));
    assert_ok(lk_image_resize_bilinear(&soft, &small, 224, 224));
    double before = measure(&sharp, NULL).sharpness, after = measure(&soft, NULL).sharpness;
    assert_true(before > 20 * after && after > 0);
    lk_image_clear(&sharp);
    lk_image_clear(&small);
    lk_image_clear(&soft);
}

static void pose_follows_the_landmarks(void **state)
{
    (void)state;
    lk_image image = picture(100, 100, clouds, 1);
    lk_face face = face_of(10, 10, 90, 90);
    lk_quality quality = measure(&image, &face);
    assert_true(isnan(quality.yaw) && isnan(quality.roll) && isnan(quality.eye_distance));
    const float frontal[5][2] = {{35, 40}, {65, 40}, {50, 55}, {40, 70}, {60, 70}};
    memcpy(face.landmarks, frontal, sizeof frontal);
    quality = measure(&image, &face);
    assert_true(quality.eye_distance == 30 && quality.yaw == 0 && quality.roll == 0);
    face.landmarks[2][0] = 59; /* towards the viewer's right */
    assert_true(fabs(measure(&image, &face).yaw - .3) < 1e-6);
    face.landmarks[1][1] = 70; /* the right eye lower */
    assert_true(fabs(measure(&image, &face).roll - 45) < 1e-6);
    face.landmarks[1][1] = NAN;
    assert_true(isnan(measure(&image, &face).roll));
    lk_image_clear(&image);
}

static void size_and_share_are_of_the_box(void **state)
{
    (void)state;
    lk_image image = picture(100, 80, clouds, 1);
    lk_face face = face_of(-10, 20, 30, 80);
    lk_quality quality = measure(&image, &face);
    assert_true(quality.face_size == 50 && fabs(quality.inside - .75) < 1e-9);
    face = face_of(10, 10, 60, 60);
    assert_true(measure(&image, &face).inside == 1);
    assert_true(measure(&image, NULL).face_size == 90);
    lk_image_clear(&image);
}

static void boxes_without_pixels_are_refused(void **state)
{
    (void)state;
    lk_image image = picture(10, 10, grey, 5);
    const lk_face bad[] = {face_of(20, 0, 30, 10),      face_of(-9, -9, 0, 0),
                           face_of(5, 5, 5, 9),         face_of(NAN, 0, 5, 5),
                           face_of(0, 0, INFINITY, 10), face_of(8, 8, 2, 2)};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lk_quality quality;
        lk_print print;
        assert_fails(lk_quality_measure(&quality, &image, &bad[i]), LK_ERROR_ARGUMENT, "");
        assert_fails(lk_print_make(&print, &image, &bad[i]), LK_ERROR_ARGUMENT, "");
    }
    lk_face huge = face_of(-1e9f, -1e9f, 1e9f, 1e9f);
    assert_true(measure(&image, &huge).inside < 1e-12);
    lk_image_clear(&image);
}

/* ---- JPEG ---- */

static void jpeg_quality_is_read_back(void **state)
{
    (void)state;
    lk_image image = picture(32, 32, clouds, 2);
    for (int quality = 5; quality <= 100; quality += 5) {
        uint8_t *bytes;
        size_t count;
        assert_ok(lk_image_encode_jpeg(&bytes, &count, &image, quality));
        assert_int_equal(lk_quality_jpeg(bytes, count), quality);
        for (size_t cut = 0; cut < 200; cut++) { /* never behind the end: ASan looks on */
            uint8_t *part = malloc(cut + 1);
            memcpy(part, bytes, cut);
            (void)lk_quality_jpeg(part, cut);
            free(part);
        }
        lk_free(bytes);
    }
    lk_image_clear(&image);
    assert_int_equal(lk_quality_jpeg("\x89PNG\r\n", 6), 0);
    assert_int_equal(lk_quality_jpeg(NULL, 0), 0);
    assert_int_equal(lk_quality_jpeg("\xff\xd8\xff\xdb\x00\x01\xff\xff", 8), 0);
}

/* ---- duplicates ---- */

static lk_print print_of(const lk_image *image, const lk_face *face)
{
    lk_print print = {0};
    assert_ok(lk_print_make(&print, image, face));
    return print;
}

static lk_image stored_again(const lk_image *image, size_t width, size_t height, int quality)
{
    uint8_t *bytes;
    size_t count;
    lk_image small, again;
    assert_ok(lk_image_resize_bilinear(&small, image, width, height));
    assert_ok(lk_image_encode_jpeg(&bytes, &count, &small, quality));
    assert_ok(lk_image_decode(&again, bytes, count, "again", NULL));
    lk_free(bytes);
    lk_image_clear(&small);
    return again;
}

static void one_photograph_stored_twice_is_found(void **state)
{
    (void)state;
    lk_image first = picture(120, 120, clouds, 7), other = picture(120, 120, clouds, 8);
    lk_image smaller = stored_again(&first, 80, 80, 60);
    lk_print prints[] = {print_of(&other, NULL), print_of(&first, NULL), print_of(&smaller, NULL),
                         print_of(&first, NULL), print_of(&first, NULL)};
    memset(prints[4].bytes, 1, sizeof prints[4].bytes);
    memset(prints[1].bytes, 1, sizeof prints[1].bytes);
    lk_duplicate *found;
    size_t count;
    assert_ok(lk_duplicates_find(&found, &count, prints, 5));
    assert_int_equal(count, 3);
    const lk_same how[] = {LK_SAME_PICTURE, LK_SAME_PIXELS, LK_SAME_BYTES};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(found[i].first, 1);
        assert_int_equal(found[i].second, i + 2);
        assert_int_equal(found[i].how, how[i]);
        assert_true(found[i].correlation >= .98 && found[i].correlation <= 1);
    }
    lk_free(found);
    lk_image_clear(&first);
    lk_image_clear(&other);
    lk_image_clear(&smaller);
}

static void two_faces_of_one_photograph_are_no_duplicates(void **state)
{
    (void)state;
    lk_image image = picture(200, 100, clouds, 9);
    lk_face left = face_of(0, 0, 100, 100), right = face_of(100, 0, 200, 100);
    lk_print prints[] = {print_of(&image, &left), print_of(&image, &right)};
    prints[1].face = 1;
    lk_duplicate *found;
    size_t count;
    assert_ok(lk_duplicates_find(&found, &count, prints, 2));
    assert_int_equal(count, 0);
    lk_free(found);
    lk_image_clear(&image);
}

static void others_are_not_taken_for_duplicates(void **state)
{
    (void)state;
    enum { COUNT = 200 };
    lk_print prints[COUNT];
    for (uint64_t i = 0; i < COUNT; i++) {
        lk_image image = picture(40, 40, clouds, 100 + i);
        prints[i] = print_of(&image, NULL);
        lk_image_clear(&image);
    }
    lk_duplicate *found;
    size_t count;
    assert_ok(lk_duplicates_find(&found, &count, prints, COUNT));
    assert_int_equal(count, 0);
    lk_free(found);
    assert_ok(lk_duplicates_find(&found, &count, NULL, 0));
    lk_free(found);
}

static void rows_that_are_there_twice_are_found(void **state)
{
    (void)state;
    enum { N = 300, D = 16 };
    double x[N * D];
    lk_random random;
    lk_random_init(&random, 5, 0);
    for (size_t i = 0; i < N * D; i++)
        x[i] = lk_random_normal(&random);
    memcpy(x + 10 * D, x + 200 * D, D * sizeof *x);
    memcpy(x + 299 * D, x + 10 * D, D * sizeof *x);
    memcpy(x + 20 * D, x + 3 * D, D * sizeof *x);
    x[20 * D] += 1e-5;
    lk_duplicate *found;
    size_t count;
    assert_ok(lk_same_rows(&found, &count, x, N, D, 1e-4));
    assert_int_equal(count, 3);
    const size_t pairs[3][2] = {{3, 20}, {10, 200}, {10, 299}};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(found[i].first, pairs[i][0]);
        assert_int_equal(found[i].second, pairs[i][1]);
        assert_int_equal(found[i].how, LK_SAME_VECTOR);
    }
    lk_free(found);
    assert_ok(lk_same_rows(&found, &count, x, N, D, 0));
    assert_int_equal(count, 2);
    lk_free(found);
    x[7] = NAN;
    assert_fails(lk_same_rows(&found, &count, x, N, D, 0), LK_ERROR_NUMBER, "");
}

/* ---- matching ---- */

static void matched_groups_are_alike(void **state)
{
    (void)state;
    enum { N = 2000 };
    static double values[N];
    static size_t groups[N];
    static bool keep[N], again[N];
    lk_random random;
    lk_random_init(&random, 2, 0);
    for (size_t i = 0; i < N; i++) {
        groups[i] = i % 3 == 0;
        values[i] = lk_random_normal(&random) + (groups[i] ? 1 : 0);
    }
    values[4] = NAN;
    assert_ok(lk_quality_match(keep, values, groups, N, 1, 2, 20, 1));
    assert_ok(lk_quality_match(again, values, groups, N, 1, 2, 20, 1));
    assert_memory_equal(keep, again, sizeof keep);
    double sum[2] = {0}, count[2] = {0};
    for (size_t i = 0; i < N; i++)
        if (keep[i]) {
            sum[groups[i]] += values[i];
            count[groups[i]]++;
        }
    assert_true(count[0] == count[1] && count[0] > 200 && !keep[4]);
    assert_true(fabs(sum[0] / count[0] - sum[1] / count[1]) < .1);
    assert_ok(lk_quality_match(again, values, groups, N, 1, 2, 20, 2));
    assert_memory_not_equal(keep, again, sizeof keep);
}

static void groups_without_a_like_keep_nobody(void **state)
{
    (void)state;
    const double values[] = {1, 1, 2, 2};
    const size_t groups[] = {0, 0, 1, 1};
    bool keep[4];
    assert_ok(lk_quality_match(keep, values, groups, 4, 1, 2, 2, 1));
    for (size_t i = 0; i < 4; i++)
        assert_false(keep[i]);
    assert_fails(lk_quality_match(keep, values, groups, 4, 0, 2, 2, 1), LK_ERROR_ARGUMENT, "");
    assert_fails(lk_quality_match(keep, values, groups, 4, 1, 1, 2, 1), LK_ERROR_ARGUMENT, "");
    assert_fails(lk_quality_match(keep, values, groups, 4, 1, 2, 1, 1), LK_ERROR_ARGUMENT, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(light_is_the_mean_of_the_box),
        cmocka_unit_test(sharpness_falls_with_detail),
        cmocka_unit_test(pose_follows_the_landmarks),
        cmocka_unit_test(size_and_share_are_of_the_box),
        cmocka_unit_test(boxes_without_pixels_are_refused),
        cmocka_unit_test(jpeg_quality_is_read_back),
        cmocka_unit_test(one_photograph_stored_twice_is_found),
        cmocka_unit_test(two_faces_of_one_photograph_are_no_duplicates),
        cmocka_unit_test(others_are_not_taken_for_duplicates),
        cmocka_unit_test(rows_that_are_there_twice_are_found),
        cmocka_unit_test(matched_groups_are_alike),
        cmocka_unit_test(groups_without_a_like_keep_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

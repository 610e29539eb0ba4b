/* dlib's landmarks and aligned faces, on made-up predictors and images, against what dlib
 * 20.0.1 gives for the same; and predictors that are cut short or hold what they must not. */
#include <math.h>

#include "detect_networks.h"
#include "dlib_file.h"
#include "scratch.h"

#include <likeness/align.h>

#include "align/chip.h"
#include "align/half.h"
#include "align/predictor.h"

static const dlib_predictor_size honest = {
    .cascades = 3, .trees = 8, .splits = 7, .values = 20, .rows = 10};

static lk_image made_up_image(size_t width, size_t height)
{
    lk_image image;
    assert_ok(lk_image_create(&image, width, height));
    for (size_t i = 0; i < 3 * width * height; i++) {
        size_t x = i / 3 % width, y = i / 3 / width;
        image.rgb[i] = (uint8_t)(3 * x + 5 * y + x * y / 37 + 40 * (i % 3));
    }
    return image;
}

/* ---- landmarks ---------------------------------------------------------- */

static lk_status open_predictor(lk_dlib_predictor **out, const dlib_file *file, size_t count)
{
    return lk_dlib_predictor_open_bytes(out, file->bytes.data, count, "f");
}

/* Inside, over two borders, over the other two, small. */
static void landmarks_equal_dlib_s(void **state)
{
    (void)state;
    static const struct {
        lk_dlib_box box;
        float points[10];
    } kept[] = {
        {{100, 80, 300, 280}, {260, 153, 231, 147, 141, 149, 167, 157, 196, 213}},
        {{-40, -30, 150, 160}, {115, 33, 80, 30, -2, 37, 18, 37, 52, 94}},
        {{500, 300, 700, 500}, {656, 370, 625, 374, 535, 369, 578, 375, 601, 434}},
        {{10, 10, 40, 40}, {34, 21, 29, 20, 17, 20, 22, 20, 24, 31}},
    };
    dlib_file file = {0};
    const char *path = join_path(scratch, "predictor.dat");
    lk_dlib_predictor *predictor;
    lk_image image = made_up_image(640, 480);
    dlib_make_predictor(&file, &honest);
    FILE *stream = fopen(path, "wb");
    assert_int_equal(fwrite(file.bytes.data, 1, file.bytes.count, stream), file.bytes.count);
    assert_int_equal(fclose(stream), 0);
    assert_ok(lk_dlib_predictor_open(&predictor, path));
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        lk_dlib_points points;
        assert_ok(lk_dlib_predict(predictor, &points, &image, &kept[i].box));
        assert_memory_equal(points.at, kept[i].points, sizeof points.at);
    }
    lk_dlib_predictor_close(predictor);
    lk_image_clear(&image);
    dlib_clear(&file);
}

static void every_cut_is_noticed(void **state)
{
    (void)state;
    dlib_file file = {0};
    dlib_make_predictor(&file, &honest);
    for (size_t cut = 0; cut < file.bytes.count; cut++) {
        lk_dlib_predictor *predictor = NULL;
        uint8_t *copy = malloc(cut ? cut : 1);
        memcpy(copy, file.bytes.data, cut);
        lk_status status = lk_dlib_predictor_open_bytes(&predictor, copy, cut, "f");
        if (status != LK_ERROR_FORMAT || strncmp(lk_error_text(), "f: ", 3) != 0)
            fail_msg("cut to %zu bytes: %s", cut, lk_error_text());
        assert_null(predictor);
        free(copy);
    }
    dlib_clear(&file);
}

static void refuse(dlib_predictor_size size, lk_status status, const char *part)
{
    dlib_file file = {0};
    lk_dlib_predictor *predictor = NULL;
    dlib_make_predictor(&file, &size);
    assert_fails(open_predictor(&predictor, &file, file.bytes.count), status, part);
    assert_null(predictor);
    dlib_clear(&file);
}

static void what_is_no_predictor_of_five_points_is_refused(void **state)
{
    (void)state;
    dlib_predictor_size size = honest;
    size.rows = 136; /* of 68 points */
    refuse(size, LK_ERROR_UNSUPPORTED, "a matrix's number of rows at byte 2 is -136, expected -10");
    size = honest;
    size.more_leaves = 1;
    refuse(size, LK_ERROR_UNSUPPORTED, "has 9 leaves in a tree at byte");
    size = honest;
    size.more_splits = 1;
    refuse(size, LK_ERROR_UNSUPPORTED, "has 8 splits in a tree at byte");
    size = honest;
    size.more_deltas = 1;
    refuse(size, LK_ERROR_UNSUPPORTED, "has 21 deltas at byte");
    size = honest;
    size.anchor = true;
    refuse(size, LK_ERROR_FORMAT, "is 5, expected 0 to 4");
    size = honest;
    size.split = true;
    refuse(size, LK_ERROR_FORMAT, "a split looks at values 20 and");
    size = honest;
    size.one_place = true;
    refuse(size, LK_ERROR_NUMBER, "the points of its first shape are all in one place");
    size = honest;
    size.cascades = 1001;
    size.trees = 0;
    size.values = 0;
    refuse(size, LK_ERROR_LIMIT, "has 1001 cascades, at most 1000 are read");
}

static void bytes_behind_a_predictor_are_refused(void **state)
{
    (void)state;
    dlib_file file = {0};
    lk_dlib_predictor *predictor = NULL;
    dlib_make_predictor(&file, &honest);
    lk_buffer_add(&file.bytes, "more", 4);
    assert_fails(open_predictor(&predictor, &file, file.bytes.count), LK_ERROR_FORMAT,
                 "f: has 4 bytes behind its last number");
    dlib_clear(&file);
}

/* Leaves that are float32 and whose sum is not; the output stays as it was. */
static void points_that_overflow_are_refused(void **state)
{
    (void)state;
    dlib_predictor_size size = honest;
    dlib_file file = {0};
    lk_dlib_predictor *predictor;
    lk_image image = made_up_image(64, 64);
    lk_dlib_points points = {{{42, 42}}};
    size.huge = true;
    dlib_make_predictor(&file, &size);
    assert_ok(open_predictor(&predictor, &file, file.bytes.count));
    assert_fails(lk_dlib_predict(predictor, &points, &image, &(lk_dlib_box){1, 1, 40, 40}),
                 LK_ERROR_NUMBER, "f: point 1 of 5 lies at ");
    assert_true(points.at[0][0] == 42);
    lk_dlib_predictor_close(predictor);
    lk_image_clear(&image);
    dlib_clear(&file);
}

/* ---- chips -------------------------------------------------------------- */

enum { BYTES = 3 * LK_DLIB_CHIP_SIZE * LK_DLIB_CHIP_SIZE, KEPT = 12 };

typedef struct kept_chip {
    size_t width, height;
    lk_dlib_points points;
    uint8_t bytes[KEPT]; /* every 4409th, around again at the end */
    size_t sum;
} kept_chip;

/* As they are, larger, turned and over the border, upside down; halved twice; halved
 * four times, mostly outside. */
static const kept_chip kept_chips[] = {
    {640,
     480,
     {{{211, 121}, {180, 121}, {105, 110}, {135, 116}, {151, 174}}},
     {12, 106, 177, 80, 107, 139, 162, 241, 202, 137, 82, 91},
     8565296},
    {640,
     480,
     {{{90, 60}, {85, 61}, {66, 60}, {73, 62}, {78, 76}}},
     {212, 153, 92, 147, 63, 102, 55, 246, 178, 231, 164, 95},
     8569685},
    {640,
     480,
     {{{640, 100}, {600, 90}, {480, 110}, {530, 105}, {560, 200}}},
     {0, 72, 108, 201, 0, 0, 143, 136, 50, 0, 0, 121},
     5975543},
    {640,
     480,
     {{{60, 300}, {100, 310}, {240, 300}, {190, 310}, {150, 180}}},
     {133, 181, 208, 161, 0, 113, 74, 33, 125, 0, 207, 184},
     7314907},
    {1800,
     1500,
     {{{1300, 400}, {1130, 410}, {600, 380}, {780, 400}, {940, 900}}},
     {125, 125, 125, 127, 125, 126, 125, 125, 126, 126, 125, 124},
     7831599},
    {1800,
     1500,
     {{{1900, 400}, {1400, 410}, {-100, 380}, {300, 400}, {940, 1900}}},
     {0, 0, 0, 0, 0, 0, 125, 125, 0, 0, 0, 0},
     950411},
};

static size_t sum_of(const lk_image *chip)
{
    size_t sum = 0;
    for (size_t i = 0; i < BYTES; i++)
        sum += chip->rgb[i];
    return sum;
}

static void chips_equal_dlib_s(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kept_chips / sizeof *kept_chips; i++) {
        const kept_chip *kept = &kept_chips[i];
        lk_image image = made_up_image(kept->width, kept->height), chip;
        assert_ok(lk_dlib_chip(&chip, &image, &kept->points));
        assert_int_equal(chip.width, LK_DLIB_CHIP_SIZE);
        assert_int_equal(chip.height, LK_DLIB_CHIP_SIZE);
        for (size_t k = 0; k < KEPT; k++)
            assert_int_equal(chip.rgb[(k + 1) * 4409 % BYTES], kept->bytes[k]);
        assert_int_equal(sum_of(&chip), kept->sum);
        lk_image_clear(&chip);
        lk_image_clear(&image);
    }
}

/* Black outside; and where the image is smaller than a window, all of it. */
static void faces_outside_are_black(void **state)
{
    (void)state;
    static const lk_dlib_points far_away = {
        {{9211, 121}, {9180, 121}, {9105, 110}, {9135, 116}, {9151, 174}}};
    static const size_t sides[] = {1, 2, 4, 640};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        lk_image image = made_up_image(sides[i], sides[i]), chip;
        assert_ok(lk_dlib_chip(&chip, &image, &far_away));
        assert_int_equal(sum_of(&chip), 0);
        lk_image_clear(&chip);
        assert_ok(lk_dlib_chip(&chip, &image, &kept_chips[5].points));
        lk_image_clear(&chip);
        lk_image_clear(&image);
    }
}

static void points_without_a_size_are_refused(void **state)
{
    (void)state;
    lk_image image = made_up_image(64, 64), chip = {0};
    lk_dlib_points points = {{{7, 7}, {7, 7}, {7, 7}, {7, 7}, {7, 7}}};
    assert_fails(lk_dlib_chip(&chip, &image, &points), LK_ERROR_ARGUMENT, "all in one place");
    points.at[3][1] = NAN;
    assert_fails(lk_dlib_chip(&chip, &image, &points), LK_ERROR_NUMBER, "point 4 has nan");
    points.at[3][1] = 1e30f;
    assert_fails(lk_dlib_chip(&chip, &image, &points), LK_ERROR_NUMBER, "point 4 has 1e+30");
    assert_null(chip.rgb);
    lk_image_clear(&image);
}

/* By the definition: 25 products a byte. */
static void halves_are_weighted_means(void **state)
{
    (void)state;
    static const unsigned weights[5] = {1, 4, 6, 4, 1};
    static const size_t sizes[][2] = {{5, 5}, {6, 9}, {31, 8}};
    for (size_t s = 0; s < 3; s++) {
        lk_image image = made_up_image(sizes[s][0], sizes[s][1]);
        lk_image half = made_up_image(sizes[s][0], sizes[s][1]);
        assert_ok(lk_image_halve(&half, 1));
        assert_int_equal(half.width, (image.width - 3) / 2);
        assert_int_equal(half.height, (image.height - 3) / 2);
        for (size_t i = 0; i < 3 * half.width * half.height; i++) {
            size_t c = i % 3, x = i / 3 % half.width, y = i / 3 / half.width;
            unsigned sum = 0;
            for (size_t k = 0; k < 25; k++)
                sum += weights[k / 5] * weights[k % 5] *
                       image.rgb[3 * ((2 * y + k / 5) * image.width + 2 * x + k % 5) + c];
            assert_int_equal(half.rgb[i], sum / 256);
        }
        assert_ok(lk_image_halve(&half, 9));
        assert_null(half.rgb);
        lk_image_clear(&image);
    }
    lk_image low = made_up_image(7, 4);
    assert_ok(lk_image_halve(&low, 1));
    assert_null(low.rgb);
}

static void mtcnn_s_landmarks_give_a_box(void **state)
{
    (void)state;
    lk_face face = {.landmarks = {{100, 100}, {200, 100}, {150, 150}, {110, 200}, {190, 200}}};
    lk_dlib_box box = {0};
    assert_ok(lk_dlib_box_of_face(&box, &face));
    /* d 100: centre 145.6, 151.4; side 183.9 */
    assert_true(box.left == 54 && box.top == 59 && box.right == 238 && box.bottom == 243);
    face.landmarks[4][0] = NAN;
    assert_fails(lk_dlib_box_of_face(&box, &face), LK_ERROR_NUMBER, "landmarks about nan");
    face.landmarks[4][0] = 1e20f;
    assert_fails(lk_dlib_box_of_face(&box, &face), LK_ERROR_NUMBER, "landmarks about");
    assert_int_equal(box.left, 54);
}

static void a_face_is_aligned_in_one_call(void **state)
{
    (void)state;
    static const lk_face face = {
        .landmarks = {{100, 100}, {200, 100}, {150, 150}, {110, 200}, {190, 200}}};
    static const lk_face far_off = {.landmarks = {{1e20f, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 1}}};
    dlib_file file = {0};
    lk_dlib_predictor *predictor;
    lk_dlib_box box;
    lk_dlib_points points;
    lk_image image = made_up_image(300, 260), chip, same;
    dlib_make_predictor(&file, &honest);
    assert_ok(open_predictor(&predictor, &file, file.bytes.count));
    assert_ok(lk_dlib_align(predictor, &chip, &image, &face));
    assert_ok(lk_dlib_box_of_face(&box, &face));
    assert_ok(lk_dlib_predict(predictor, &points, &image, &box));
    assert_ok(lk_dlib_chip(&same, &image, &points));
    assert_int_equal(chip.width, LK_ALIGN_DLIB_SIZE);
    assert_int_equal(chip.height, LK_ALIGN_DLIB_SIZE);
    assert_memory_equal(chip.rgb, same.rgb, 3 * chip.width * chip.height);
    assert_fails(lk_dlib_align(predictor, &same, &image, &far_off), LK_ERROR_NUMBER,
                 "landmarks about");
    lk_image_clear(&chip);
    lk_image_clear(&same);
    lk_image_clear(&image);
    lk_dlib_predictor_close(predictor);
    dlib_clear(&file);
}

/* As lk_detector_extract cuts it out. */
static void faces_are_extracted_so(void **state)
{
    (void)state;
    lk_detector_options loose = loose_options();
    lk_detector *detector = make_detector(&loose);
    lk_image image = make_image(60, 50, 5), chip;
    lk_extract_options options;
    lk_crops crops = {0};
    dlib_file file = {0};
    lk_dlib_predictor *predictor;
    lk_extract_options_init(&options);
    options.align = LK_ALIGN_DLIB;
    assert_fails(lk_detector_extract(detector, &crops, &image, &options), LK_ERROR_ARGUMENT,
                 "needs its predictor of landmarks, and none was given");
    dlib_make_predictor(&file, &honest);
    assert_ok(open_predictor(&predictor, &file, file.bytes.count));
    options.predictor = predictor;
    assert_fails(lk_detector_extract(detector, &crops, &image, &options), LK_ERROR_ARGUMENT,
                 "dlib's aligned faces have 150 pixels, and 160 were asked for");
    options.image_size = LK_ALIGN_DLIB_SIZE;
    assert_ok(lk_detector_extract(detector, &crops, &image, &options));
    assert_ok(lk_dlib_align(predictor, &chip, &image, &crops.faces[0]));
    for (size_t i = 0; i < 150 * 150; i++)
        assert_true(crops.values[150 * 150 + i] == (chip.rgb[3 * i + 1] - 127.5F) / 128);
    lk_image_clear(&chip);
    lk_crops_clear(&crops);
    lk_dlib_predictor_close(predictor);
    dlib_clear(&file);
    free(image.rgb);
    lk_detector_destroy(detector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(landmarks_equal_dlib_s),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(what_is_no_predictor_of_five_points_is_refused),
        cmocka_unit_test(bytes_behind_a_predictor_are_refused),
        cmocka_unit_test(points_that_overflow_are_refused),
        cmocka_unit_test(chips_equal_dlib_s),
        cmocka_unit_test(faces_outside_are_black),
        cmocka_unit_test(points_without_a_size_are_refused),
        cmocka_unit_test(halves_are_weighted_means),
        cmocka_unit_test(mtcnn_s_landmarks_give_a_box),
        cmocka_unit_test(a_face_is_aligned_in_one_call),
        cmocka_unit_test(faces_are_extracted_so),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}

/* Box arithmetic, suppression, pyramid sizes, selection, crop corners. Reference
 * numbers come from facenet-pytorch 2.6.0 and torchvision 0.17.2. */
#include "support.h"

#include <math.h>

#include <likeness/detect.h>

#include "base/random.h"
#include "detect/detector.h"
#include "detect/nms.h"

static void assert_box(lk_box box, float x1, float y1, float x2, float y2)
{
    if (box.x1 != x1 || box.y1 != y1 || box.x2 != x2 || box.y2 != y2)
        fail_msg("box is %.9g,%.9g-%.9g,%.9g, expected %.9g,%.9g-%.9g,%.9g", box.x1, box.y1, box.x2,
                 box.y2, x1, y1, x2, y2);
}

static void cells_regression_and_squares(void **state)
{
    (void)state;
    /* floor((2 * 7 + 1) / .6) and so on. */
    assert_box(lk_box_of_cell(7, 0, 0.6F), 24, 1, 43, 20);
    assert_box(lk_box_of_cell(0, 3, 0.4254F), 2, 16, 28, 42);
    lk_box box = {10, 20, 30, 60};
    assert_box(lk_box_regress(&box, (float[]){.25F, -.5F, .5F, 0}, 0), 15, 0, 40, 60);
    assert_box(lk_box_regress(&box, (float[]){.25F, -.5F, .5F, 0}, 1), 15.25F, -.5F, 40.5F, 60);
    assert_box(lk_box_square(&box), 0, 20, 40, 60);
}

static void assert_part(lk_box box, size_t x, size_t y, size_t width, size_t height)
{
    lk_area_part part;
    assert_true(lk_box_part(&part, &box, 100, 50));
    assert_int_equal(part.x, x);
    assert_int_equal(part.y, y);
    assert_int_equal(part.width, width);
    assert_int_equal(part.height, height);
}

static void boxes_become_pixels_inside_the_image(void **state)
{
    (void)state;
    assert_part((lk_box){1, 1, 10, 10}, 0, 0, 10, 10);
    assert_part((lk_box){5.9F, 2.1F, 10.9F, 3.999F}, 4, 1, 6, 2);
    assert_part((lk_box){-7, -3.5F, 1000, 49.99F}, 0, 0, 100, 49);
    assert_part((lk_box){99.5F, 50, 1e30F, INFINITY}, 98, 49, 2, 1);
    lk_area_part part;
    const lk_box outside[] = {{101, 1, 110, 10}, {-9, 1, 0.99F, 9}, {1, 30, 9, 20},
                              {NAN, 1, 9, 9},    {1, 1, 9, NAN},    {1e30F, 1, 2e30F, 9}};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        assert_false(lk_box_part(&part, &outside[i], 100, 50));
}

static void assert_window(lk_box box, int x, int y, size_t width, size_t height)
{
    lk_area_part part;
    assert_true(lk_box_window(&part, &box, 100, 50));
    assert_int_equal(part.x, x);
    assert_int_equal(part.y, y);
    assert_int_equal(part.width, width);
    assert_int_equal(part.height, height);
}

static void windows_keep_what_reaches_over_the_border(void **state)
{
    (void)state;
    assert_window((lk_box){1, 1, 10, 10}, 0, 0, 10, 10);
    assert_window((lk_box){5.9F, 2.1F, 10.9F, 3.999F}, 4, 1, 6, 2);
    assert_window((lk_box){-7, -3.5F, 20, 23.5F}, -8, -5, 28, 28);
    assert_window((lk_box){80.5F, 30.5F, 120.5F, 70.5F}, 79, 29, 41, 41);
    assert_window((lk_box){-150, -150, 250, 250}, -151, -151, 401, 401);
    lk_area_part part;
    const lk_box none[] = {{101, 1, 110, 10},  {-9, 1, 0.99F, 9},    {1, 30, 9, 20},
                           {NAN, 1, 9, 9},     {1, 1, 9, NAN},       {-150, 1, 251, 9},
                           {1, -200, 9, 201},  {1, 1, INFINITY, 9},  {-INFINITY, 1, 9, 9},
                           {1, -1e30F, 9, 40}, {1e30F, 1, 2e30F, 9}, {-1e30F, 1, 1e30F, 9}};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(lk_box_window(&part, &none[i], 100, 50));
}

static lk_candidate make_candidate(float x1, float y1, float x2, float y2, float score)
{
    return (lk_candidate){.box = {x1, y1, x2, y2}, .score = score};
}

/* Scores left after suppression, in order. */
static void assert_kept(const lk_candidate *list, size_t count, double threshold, lk_nms_kind kind,
                        const float *scores, size_t score_count)
{
    lk_candidate copy[16];
    memcpy(copy, list, count * sizeof *list);
    assert_ok(lk_nms(copy, &count, threshold, kind));
    assert_int_equal(count, score_count);
    for (size_t i = 0; i < count; i++)
        assert_true(copy[i].score == scores[i]);
}

static void suppression_by_union_keeps_what_lies_on_the_threshold(void **state)
{
    (void)state;
    const lk_candidate list[] = {
        make_candidate(0, 0, 10, 10, .6F),
        make_candidate(0, 0, 10, 20, .9F), /* ratio .5 */
        make_candidate(1, 0, 11, 20, .8F), /* .82 of .9's */
        make_candidate(50, 50, 60, 60, .7F),
        make_candidate(20, 20, 20, 40, .5F), /* empty: overlaps nothing */
        make_candidate(20, 20, 20, 40, .4F),
    };
    assert_kept(list, 6, 0.5, LK_NMS_UNION, (float[]){.9F, .7F, .6F, .5F, .4F}, 5);
    assert_kept(list, 6, 0.9, LK_NMS_UNION, (float[]){.9F, .8F, .7F, .6F, .5F, .4F}, 6);
    assert_kept(list, 0, 0.5, LK_NMS_UNION, NULL, 0);
}

static void suppression_by_minimum_counts_whole_pixels(void **state)
{
    (void)state;
    const lk_candidate list[] = {
        make_candidate(0, 0, 99, 99, .9F),    /* 100 x 100 pixels */
        make_candidate(10, 10, 19, 19, .8F),  /* inside it: 1.0 of the smaller */
        make_candidate(93, 0, 102, 9, .7F),   /* 7 of its 10 columns inside: .7 is kept */
        make_candidate(92, 20, 101, 29, .6F), /* 8 of 10 */
    };
    assert_kept(list, 4, 0.7, LK_NMS_MIN, (float[]){.9F, .7F}, 2);
}

static void equal_scores_keep_the_order_of_each_kind(void **state)
{
    (void)state;
    lk_candidate list[] = {make_candidate(0, 0, 10, 10, .5F), make_candidate(0, 0, 10, 11, .5F)};
    size_t count = 2;
    lk_candidate copy[2];
    memcpy(copy, list, sizeof list);
    assert_ok(lk_nms(copy, &count, 0.5, LK_NMS_UNION));
    assert_int_equal(count, 1);
    assert_true(copy[0].box.y2 == 10);
    count = 2;
    assert_ok(lk_nms(list, &count, 0.5, LK_NMS_MIN));
    assert_int_equal(count, 1);
    assert_true(list[0].box.y2 == 11);
}

static int by_score(const void *a, const void *b)
{
    const lk_candidate *left = a, *right = b;
    return left->score > right->score ? -1 : left->score < right->score;
}

static bool overlap(const lk_box *a, const lk_box *b, double threshold)
{
    float width = fminf(a->x2, b->x2) - fmaxf(a->x1, b->x1);
    float height = fminf(a->y2, b->y2) - fmaxf(a->y1, b->y1);
    float shared = fmaxf(width, 0) * fmaxf(height, 0);
    return shared / (lk_box_area(a) + lk_box_area(b) - shared) > threshold;
}

/* The same by comparing all pairs. */
static size_t suppress_by_hand(lk_candidate *list, size_t count, double threshold)
{
    size_t kept = 0;
    qsort(list, count, sizeof *list, by_score);
    for (size_t i = 0; i < count; i++) {
        bool keep = true;
        for (size_t j = 0; j < kept && keep; j++)
            keep = !overlap(&list[i].box, &list[j].box, threshold);
        if (keep)
            list[kept++] = list[i];
    }
    return kept;
}

static void suppression_of_many_equals_all_pairs(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    static lk_candidate list[COUNT], plain[COUNT];
    lk_random random;
    for (uint64_t seed = 0; seed < 8; seed++) {
        lk_random_init(&random, seed, 0);
        for (size_t i = 0; i < COUNT; i++) {
            float x = (float)(500 * lk_random_unit(&random)) - 60;
            float y = (float)(300 * lk_random_unit(&random)) - 60;
            float side = (float)exp(1 + 4 * lk_random_unit(&random));
            float score = (float)lk_random_unit(&random);
            list[i] = make_candidate(x, y, x + side, y + side * (i % 2 ? 1.2F : .8F), score);
        }
        memcpy(plain, list, sizeof list);
        double threshold = seed % 2 ? 0.5 : 0.7;
        size_t count = COUNT, expected = suppress_by_hand(plain, COUNT, threshold);
        assert_ok(lk_nms(list, &count, threshold, LK_NMS_UNION));
        assert_true(count > 100 && count < COUNT);
        assert_int_equal(count, expected);
        for (size_t i = 0; i < count; i++)
            assert_true(list[i].score == plain[i].score);
    }
}

static void pyramid_sizes_are_the_reference_s(void **state)
{
    (void)state;
    static const size_t widths[] = {151, 107, 76, 54, 38, 27, 20, 14};
    lk_detector_options options;
    lk_detector_options_init(&options);
    lk_level *levels;
    size_t count;
    assert_ok(lk_pyramid_create(&levels, &count, 250, 250, &options));
    assert_int_equal(count, 8);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(levels[i].width, widths[i]);
        assert_int_equal(levels[i].height, widths[i]);
        /* ceil((n - 2) / 2) - 4 */
        assert_int_equal(levels[i].out_width, (widths[i] - 1) / 2 - 4);
    }
    free(levels);
    assert_ok(lk_pyramid_create(&levels, &count, 640, 480, &options));
    assert_int_equal(count, 10);
    assert_int_equal(levels[9].width, 18);
    assert_int_equal(levels[9].height, 14);
    free(levels);
    assert_ok(lk_pyramid_create(&levels, &count, 19, 500, &options));
    assert_int_equal(count, 0);
    assert_null(levels);
}

static size_t selected(lk_detector_options *options, lk_selection selection, const lk_faces *faces)
{
    static const lk_image image = {100, 100, NULL};
    options->selection = selection;
    const lk_detector detector = {.options = *options};
    size_t index = 99;
    assert_ok(lk_detector_select(&detector, &index, faces, &image));
    return index;
}

static void each_method_selects_its_face(void **state)
{
    (void)state;
    lk_face list[] = {
        {.box = {0, 0, 60, 60}, .probability = .85F},
        {.box = {0, 0, 50, 50}, .probability = .95F},
        {.box = {40, 40, 60, 60}, .probability = .92F},
        {.box = {80, 80, 90, 90}, .probability = .99F},
    };
    lk_faces faces = {list, 4};
    lk_detector_options options;
    lk_detector_options_init(&options);
    assert_int_equal(selected(&options, LK_SELECT_LARGEST, &faces), 0);
    assert_int_equal(selected(&options, LK_SELECT_PROBABILITY, &faces), 3);
    assert_int_equal(selected(&options, LK_SELECT_LARGEST_OVER_THRESHOLD, &faces), 1);
    /* 3600 - 2 * 800 = 2000; 2500 - 2 * 1250 = 0; 400 - 0; 100 - 2 * 2450 */
    assert_int_equal(selected(&options, LK_SELECT_CENTER_WEIGHTED_SIZE, &faces), 0);
    options.center_weight = 5; /* 3600 - 4000 = -400; ...; 400 */
    assert_int_equal(selected(&options, LK_SELECT_CENTER_WEIGHTED_SIZE, &faces), 2);
    list[1].box = list[0].box;
    assert_int_equal(selected(&options, LK_SELECT_LARGEST, &faces), 1);
}

static void no_face_to_select_is_typed(void **state)
{
    (void)state;
    lk_detector detector;
    lk_image image = {100, 100, NULL};
    size_t index = 99;
    lk_face face = {.box = {0, 0, 9, 9}, .probability = .9F};
    lk_faces none = {NULL, 0}, one = {&face, 1};
    lk_detector_options_init(&detector.options);
    assert_fails(lk_detector_select(&detector, &index, &none, &image), LK_ERROR_NO_FACE,
                 "no face found");
    detector.options.selection = LK_SELECT_LARGEST_OVER_THRESHOLD;
    assert_fails(lk_detector_select(&detector, &index, &one, &image), LK_ERROR_NO_FACE,
                 "over the threshold");
    assert_int_equal(index, 99);
}

/* FNV-1a. */
static uint64_t checksum(const uint8_t *bytes, size_t count)
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3U;
    return hash;
}

/* Checksums of what extract_face cuts from this image with Pillow 10.2. */
static void crops_are_the_reference_s_bytes(void **state)
{
    (void)state;
    static const struct {
        lk_box box;
        size_t size, margin;
        uint64_t checksum;
    } cases[] = {
        {{10.7F, 12.2F, 40.9F, 55.9F}, 32, 0, 0x5fea02cd0c24770dU},   /* pixels 10,12-40,55 */
        {{10.7F, 12.2F, 40.9F, 55.9F}, 40, 8, 0x28dce3ea27d6e232U},   /* 6,6-44,61 */
        {{-5.5F, -3.2F, 30.1F, 20.8F}, 24, 5, 0xf2d0bd9c219246bdU},   /* 0,0-34,23 */
        {{50.3F, 30.4F, 120.9F, 90.2F}, 16, 15, 0xab047970f4fac9a1U}, /* 0,0-83,61 */
        {{3.99F, 4.01F, 5.2F, 60.999F}, 20, 1, 0x30481c7fa60f9e23U},  /* 3,2-5,61 */
        {{0.4F, 0.6F, 82.6F, 60.7F}, 160, 32, 0xe7f33749f111410cU},   /* 0,0-83,61 */
    };
    lk_image image, crop = {0};
    assert_ok(lk_image_create(&image, 83, 61));
    for (size_t i = 0; i < 83 * 61 * 3; i++) {
        size_t x = i / 3 % 83, y = i / 3 / 83, c = i % 3;
        image.rgb[i] = (uint8_t)(x * 7 + y * 13 + c * 29 + x * y % 31);
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(lk_face_crop(&crop, &image, &cases[i].box, cases[i].size, cases[i].margin));
        assert_int_equal(crop.width, cases[i].size);
        assert_true(checksum(crop.rgb, 3 * crop.width * crop.height) == cases[i].checksum);
        lk_image_clear(&crop);
    }
    /* 20 x 61 pixels: the versions of Pillow part there. */
    const lk_box tall = {9, 0, 29, 61};
    lk_image cut, resized;
    assert_ok(lk_image_crop(&cut, &image, 9, 0, 29, 61));
    assert_ok(lk_image_resize_pillow(&resized, &cut, 24, 24, LK_PILLOW_13));
    assert_ok(lk_face_crop_pillow(&crop, &image, &tall, 24, 0, LK_PILLOW_13));
    assert_memory_equal(crop.rgb, resized.rgb, 3 * 24 * 24);
    lk_image_clear(&crop);
    assert_ok(lk_face_crop(&crop, &image, &tall, 24, 0));
    assert_memory_not_equal(crop.rgb, resized.rgb, 3 * 24 * 24);
    lk_image_clear(&crop);
    lk_image_clear(&cut);
    lk_image_clear(&resized);
    const lk_box outside[] = {{83, 5, 99, 20}, {5, -20, 20, 0.5F}, {20, 5, 19, 30}, {NAN, 5, 9, 9}};
    for (size_t i = 0; i < 4; i++)
        assert_fails(lk_face_crop(&crop, &image, &outside[i], 20, 0), LK_ERROR_ARGUMENT, "83 x 61");
    assert_fails(lk_face_crop(&crop, &image, &cases[0].box, 20, 20), LK_ERROR_ARGUMENT, "margin");
    assert_null(crop.rgb);
    lk_image_clear(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_regression_and_squares),
        cmocka_unit_test(boxes_become_pixels_inside_the_image),
        cmocka_unit_test(windows_keep_what_reaches_over_the_border),
        cmocka_unit_test(suppression_by_union_keeps_what_lies_on_the_threshold),
        cmocka_unit_test(suppression_by_minimum_counts_whole_pixels),
        cmocka_unit_test(equal_scores_keep_the_order_of_each_kind),
        cmocka_unit_test(suppression_of_many_equals_all_pairs),
        cmocka_unit_test(pyramid_sizes_are_the_reference_s),
        cmocka_unit_test(each_method_selects_its_face),
        cmocka_unit_test(no_face_to_select_is_typed),
        cmocka_unit_test(crops_are_the_reference_s_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

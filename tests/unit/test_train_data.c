/* Augmentation and the loader: seeded, switchable, whatever the timing. */
#include <math.h>
#include <sys/stat.h>

#include "scratch.h"

#include <likeness/train.h>

enum { SIDE = 48 };

static void paint(lk_image *image, int number)
{
    assert_ok(lk_image_create(image, SIDE, SIDE + 8));
    for (size_t i = 0; i < SIDE * (SIDE + 8) * 3; i++)
        image->rgb[i] = (uint8_t)((i * 37 / 11 + (size_t)number * 53 + i / 144 * 5) % 251);
}

static const char *photo_path(int person, int photo)
{
    char name[64];
    snprintf(name, sizeof name, "p%d/%d.png", person, photo);
    return join_path(scratch, name);
}

static int make_photos(void **state)
{
    (void)state;
    if (make_scratch(state) != 0)
        return -1;
    for (int person = 0; person < 5; person++)
        for (int photo = 0; photo < 4; photo++) {
            lk_image image;
            paint(&image, person * 4 + photo);
            assert_ok(
                lk_directory_create(join_path(scratch, (char[]){'p', (char)('0' + person), 0})));
            assert_ok(lk_image_write_png(&image, photo_path(person, photo)));
            lk_image_clear(&image);
        }
    return 0;
}

static bool same_picture(const lk_image *a, const lk_image *b)
{
    return a->width == b->width && a->height == b->height &&
           memcmp(a->rgb, b->rgb, a->width * a->height * 3) == 0;
}

/* In how many of 32 pictures the options change anything. */
static int count_changed(const lk_augment_options *options)
{
    lk_image image, plain, made, again;
    paint(&image, 1);
    assert_ok(lk_augment_apply(&plain, &image, 40, NULL, 0, 0, 0));
    int changed = 0;
    for (uint64_t i = 0; i < 32; i++) {
        assert_ok(lk_augment_apply(&made, &image, 40, options, 9, 2, i));
        assert_ok(lk_augment_apply(&again, &image, 40, options, 9, 2, i));
        assert_int_equal(made.width, 40);
        assert_int_equal(made.height, 40);
        assert_true(same_picture(&made, &again));
        changed += !same_picture(&made, &plain);
        lk_image_clear(&made);
        lk_image_clear(&again);
    }
    lk_image_clear(&plain);
    lk_image_clear(&image);
    return changed;
}

static void each_switch_changes_its_share_of_images(void **state)
{
    (void)state;
    const lk_augment_options one[] = {
        {0},         {.flip = true}, {.shift = 0.1}, {.scale = 0.5}, {.colour = 0.3},
        {.blur = 3}, {.jpeg = 30},   {.erase = 0.3}};
    const int least[] = {0, 8, 28, 28, 32, 8, 8, 2}, most[] = {0, 24, 32, 32, 32, 24, 24, 18};
    for (size_t i = 0; i < 8; i++) {
        lk_augment_options options = one[i];
        options.struct_size = sizeof options;
        int changed = count_changed(&options);
        if (changed < least[i] || changed > most[i])
            fail_msg("switch %zu changes %d of 32", i, changed);
    }
}

static void flips_mirror_and_leave_other_steps_alone(void **state)
{
    (void)state;
    lk_image image, a, b;
    paint(&image, 2);
    lk_augment_options with = {.struct_size = sizeof(lk_augment_options),
                               .flip = true,
                               .shift = 0.1,
                               .scale = 0.2},
                       without = with;
    without.flip = false;
    int mirrored = 0;
    for (uint64_t i = 0; i < 16; i++) {
        assert_ok(lk_augment_apply(&a, &image, 32, &with, 1, 0, i));
        assert_ok(lk_augment_apply(&b, &image, 32, &without, 1, 0, i));
        bool mirror = true;
        for (size_t y = 0; y < 32; y++)
            for (size_t x = 0; x < 32; x++)
                mirror = mirror &&
                         memcmp(a.rgb + (y * 32 + x) * 3, b.rgb + (y * 32 + 31 - x) * 3, 3) == 0;
        assert_true(mirror || same_picture(&a, &b));
        mirrored += mirror;
        lk_image_clear(&a);
        lk_image_clear(&b);
    }
    assert_true(mirrored > 2 && mirrored < 14);
    lk_image_clear(&image);
}

static void resizing_is_that_of_the_chosen_pillow(void **state)
{
    (void)state;
    lk_image image, cut, made[2], resized;
    paint(&image, 4);
    assert_ok(lk_image_crop(&cut, &image, 0, 0, image.width / 4, image.height));
    for (int version = LK_PILLOW_12; version <= LK_PILLOW_13; version++) {
        lk_augment_options options;
        lk_augment_options_none(&options);
        options.resize = (lk_pillow)version;
        assert_ok(lk_image_resize_pillow(&resized, &cut, 17, 17, options.resize));
        assert_ok(lk_augment_apply(&made[version], &cut, 17, &options, 0, 0, 0));
        assert_true(same_picture(&made[version], &resized));
        lk_image_clear(&resized);
    }
    assert_false(same_picture(&made[0], &made[1]));
    lk_image_clear(&made[0]);
    lk_image_clear(&made[1]);
    lk_image_clear(&cut);
    lk_image_clear(&image);
}

static void augmentation_out_of_range_is_refused(void **state)
{
    (void)state;
    lk_image image, out;
    paint(&image, 3);
    lk_augment_options bad = {.struct_size = sizeof(lk_augment_options), .shift = NAN};
    assert_fails(lk_augment_apply(&out, &image, 32, &bad, 0, 0, 0), LK_ERROR_ARGUMENT, "shift");
    bad = (lk_augment_options){.struct_size = sizeof(lk_augment_options), .jpeg = 96};
    assert_fails(lk_augment_apply(&out, &image, 32, &bad, 0, 0, 0), LK_ERROR_ARGUMENT,
                 "jpeg takes a whole number from 0 to 95, not '96'");
    lk_augment_options_init(&bad);
    bad.blur = 15;
    assert_fails(lk_augment_apply(&out, &image, 32, &bad, 0, 0, 0), LK_ERROR_ARGUMENT,
                 "blur takes a number from 0 to 10, not '15'");
    lk_augment_options_init(&bad);
    bad.resize = (lk_pillow)2;
    assert_fails(lk_augment_apply(&out, &image, 32, &bad, 0, 0, 0), LK_ERROR_ARGUMENT,
                 "resize takes pillow-12 or pillow-13, not '2'");
    lk_image_clear(&image);
}

static lk_people *open_people(void)
{
    const char *paths[] = {scratch};
    lk_file_list *files;
    lk_people *people;
    assert_ok(lk_file_list_create(&files, paths, 1, NULL));
    assert_ok(lk_people_create(&people, files));
    lk_file_list_destroy(files);
    return people;
}

static lk_loader_options small_options(size_t ahead)
{
    lk_loader_options options;
    lk_loader_options_init(&options);
    options.size = 32;
    options.ahead = ahead;
    options.sampler = (lk_sampler_options){sizeof(lk_sampler_options), 2, 3, 11};
    return options;
}

enum { NUMBERS = 6 * 3 * 32 * 32 };

static void batches_do_not_depend_on_timing_or_start(void **state)
{
    (void)state;
    lk_people *people = open_people();
    lk_loader_options lazy = small_options(1), eager = small_options(4);
    lazy.threads = 1;
    eager.threads = LK_LOADER_THREADS;
    lk_loader *a, *b, *late;
    assert_ok(lk_loader_create(&a, people, &lazy, (lk_position){0, 0}));
    assert_ok(lk_loader_create(&b, people, &eager, (lk_position){0, 0}));
    assert_ok(lk_loader_create(&late, people, &eager, (lk_position){1, 1}));
    int met = 0;
    for (int i = 0; i < 12; i++) {
        lk_batch x, y, z;
        assert_ok(lk_loader_next(a, &x));
        if (i % 3 == 0)
            usleep(2000);
        assert_ok(lk_loader_next(b, &y));
        assert_int_equal(x.count, 6);
        assert_int_equal(x.position.batch, y.position.batch);
        assert_memory_equal(x.planes, y.planes, NUMBERS * sizeof(float));
        assert_memory_equal(x.person, y.person, 6 * sizeof(size_t));
        if (x.position.epoch > 1 || (x.position.epoch == 1 && x.position.batch >= 1)) {
            assert_ok(lk_loader_next(late, &z));
            assert_memory_equal(x.planes, z.planes, NUMBERS * sizeof(float));
            met++;
        }
        for (size_t k = 0; k < NUMBERS; k++)
            assert_true(fabsf(x.planes[k]) < 1);
    }
    assert_true(met > 5);
    lk_loader_destroy(a);
    lk_loader_destroy(b);
    lk_loader_destroy(late);
    lk_people_destroy(people);
}

static void overwrite(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void corrupt_photographs_are_replaced_and_reported(void **state)
{
    (void)state;
    overwrite(photo_path(1, 2), "not an image");
    lk_people *people = open_people();
    lk_loader_options options = small_options(2);
    options.threads = 4;
    lk_loader *loader;
    assert_ok(lk_loader_create(&loader, people, &options, (lk_position){0, 0}));
    for (int i = 0; i < 20; i++) {
        lk_batch batch;
        assert_ok(lk_loader_next(loader, &batch));
        for (size_t row = 0; row < batch.count; row++)
            assert_null(strstr(lk_people_path(people, batch.photo[row]), "p1/2.png"));
    }
    assert_int_equal(lk_loader_error_count(loader), 1);
    assert_non_null(strstr(lk_loader_error(loader, 0), "p1/2.png"));
    assert_null(lk_loader_error(loader, 1));
    lk_loader_destroy(loader);

    for (int i = 0; i < 4; i++)
        overwrite(photo_path(1, i), "not an image");
    assert_ok(lk_loader_create(&loader, people, &options, (lk_position){0, 0}));
    lk_status status = LK_OK;
    lk_batch batch;
    for (int i = 0; i < 20 && status == LK_OK; i++)
        status = lk_loader_next(loader, &batch);
    assert_int_equal(status, LK_ERROR_FORMAT);
    assert_fails(lk_loader_next(loader, &batch), LK_ERROR_FORMAT,
                 "p1: none of 4 photographs can be read");
    lk_loader_destroy(loader);
    lk_people_destroy(people);
}

static void a_loader_nobody_reads_can_be_stopped(void **state)
{
    (void)state;
    lk_people *people = open_people();
    lk_loader_options options = small_options(2);
    lk_loader *loader;
    assert_ok(lk_loader_create(&loader, people, &options, (lk_position){0, 0}));
    lk_loader_destroy(loader);
    lk_loader_destroy(NULL);
    options.sampler.people = 6;
    assert_fails(lk_loader_create(&loader, people, &options, (lk_position){0, 0}), LK_ERROR_MISSING,
                 "5 people are too few");
    lk_people_destroy(people);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_switch_changes_its_share_of_images),
        cmocka_unit_test(flips_mirror_and_leave_other_steps_alone),
        cmocka_unit_test(resizing_is_that_of_the_chosen_pillow),
        cmocka_unit_test(augmentation_out_of_range_is_refused),
        cmocka_unit_test(batches_do_not_depend_on_timing_or_start),
        cmocka_unit_test(corrupt_photographs_are_replaced_and_reported),
        cmocka_unit_test(a_loader_nobody_reads_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, make_photos, remove_scratch);
}

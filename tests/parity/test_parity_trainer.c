/* A sanity check, no measure of quality: a trainer that works can learn 45 photographs
 * of three people by heart. Fine-tuned from the seeded network on the tutorial's crops,
 * all triplets of a whole epoch cost nothing after few steps. */
#include <math.h>

#include "scratch.h"

#include <likeness/trainer.h>

enum { SIDE = 80, MOST_STEPS = 45 };

/* Writes one person's crops, [n, 160, 160, 3], as a folder of photographs. */
static void unpack_person(const char *name)
{
    char file[64];
    lk_tensors *crops;
    snprintf(file, sizeof file, "reference/crops_%s_160.npy", name);
    assert_ok(lk_npy_open(&crops, shared_file(file)));
    const lk_tensor *tensor = lk_tensors_get(crops, 0);
    assert_int_equal(tensor->rank, 4);
    size_t size = tensor->shape[1] * tensor->shape[2] * 3;
    for (size_t i = 0; i < tensor->shape[0]; i++) {
        lk_image image;
        assert_ok(lk_image_create(&image, tensor->shape[2], tensor->shape[1]));
        memcpy(image.rgb, (const char *)tensor->data + i * size, size);
        snprintf(file, sizeof file, "%s/%02zu.png", name, i);
        assert_ok(lk_image_write_png(&image, join_path(scratch, file)));
        lk_image_clear(&image);
    }
    lk_tensors_close(crops);
}

static lk_trainer *fine_tune(void)
{
    lk_trainer *trainer;
    lk_trainer_options options;
    const char *folder = scratch;
    lk_trainer_options_init(&options);
    options.init = shared_file("reference/seeded_inception_resnet_v1.pt");
    options.size = SIDE;
    options.sampler.people = 3;
    options.sampler.photos = 5;
    options.triplet.miner = LK_MINER_ALL;
    options.schedule.kind = LK_SCHEDULE_CONSTANT;
    options.schedule.rate = 3e-4;
    options.schedule.warmup = 0;
    options.validation = 0;
    lk_augment_options_none(&options.augment);
    assert_ok(lk_trainer_create(&trainer, &folder, 1, &options));
    assert_true(lk_trainer_get_options(trainer)->width == 1);
    return trainer;
}

static void three_people_are_learnt_by_heart(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    unpack_person("bruce");
    unpack_person("neil");
    unpack_person("pam");
    lk_trainer *trainer = fine_tune();
    lk_trainer_summary summary;
    lk_trainer_summarise(trainer, &summary);
    assert_int_equal(summary.photos, 45);
    lk_trainer_step_record record = {0};
    size_t still = 0, step = 0;
    double first = 0;
    for (; still < summary.steps_per_epoch && step < MOST_STEPS; step++) {
        assert_ok(lk_trainer_step(trainer, &record));
        first = step ? first : record.loss;
        still = record.loss == 0 ? still + 1 : 0;
    }
    print_message("  sanity: loss %.3f, then 0 for an epoch of %zu steps after %zu steps\n", first,
                  still, step);
    assert_true(first > 0.1);
    assert_int_equal(still, summary.steps_per_epoch);
    lk_trainer_destroy(trainer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(three_people_are_learnt_by_heart)};
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}

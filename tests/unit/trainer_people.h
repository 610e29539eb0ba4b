/* Made-up people for the tests of the trainer: a person is a colour and stripes, a
 * photograph of them has noise and light of its own. */
#ifndef LK_TESTS_TRAINER_PEOPLE_H
#define LK_TESTS_TRAINER_PEOPLE_H

#include <math.h>

#include "support.h"

#include <likeness/image.h>
#include <likeness/trainer.h>

#include "base/random.h"

enum { FACE = 75 };

static inline void draw_face(lk_image *image, int person, int photo)
{
    lk_random random, noise;
    lk_random_init(&random, 3, (uint64_t)person);
    lk_random_init(&noise, 4, (uint64_t)(person * 100 + photo));
    double colour[3], period = 4 + 20 * lk_random_unit(&random);
    for (int c = 0; c < 3; c++)
        colour[c] = 100 + 40 * lk_random_unit(&random);
    double light = 90 * lk_random_unit(&noise) - 45;
    assert_ok(lk_image_create(image, FACE, FACE));
    for (size_t i = 0; i < FACE * FACE * 3; i++) {
        double stripe = 20 * sin((double)(i / 3 % FACE) * 6.28 / period);
        double x = colour[i % 3] + stripe + light + 30 * lk_random_normal(&noise);
        image->rgb[i] = (uint8_t)fmin(fmax(x, 0), 255);
    }
}

/* FOLDER/pNN/MM.png for people [0, people). */
static inline void make_faces(const char *folder, int people, int photos)
{
    for (int person = 0; person < people; person++)
        for (int photo = 0; photo < photos; photo++) {
            char name[64];
            lk_image image;
            draw_face(&image, person, photo);
            snprintf(name, sizeof name, "p%02d/%02d.png", person, photo);
            assert_ok(lk_image_write_png(&image, join_path(folder, name)));
            lk_image_clear(&image);
        }
}

/* A network so narrow that a step takes little: batches of `people` x 2. */
static inline lk_trainer_options small_options(const char *run, size_t people)
{
    lk_trainer_options options;
    lk_trainer_options_init(&options);
    options.run = run;
    options.width = 4.0 / 256;
    options.size = FACE;
    options.seed = 11;
    options.sampler.people = people;
    options.sampler.photos = 2;
    options.triplet.miner = LK_MINER_ALL;
    options.schedule.kind = LK_SCHEDULE_CONSTANT;
    options.schedule.warmup = 0;
    options.schedule.rate = 3e-3;
    options.validation = 0;
    options.save_seconds = 0;
    options.save_epochs = 0;
    return options;
}

static inline lk_trainer *make_trainer(const char *folder, const lk_trainer_options *options)
{
    lk_trainer *trainer;
    assert_ok(lk_trainer_create(&trainer, &folder, 1, options));
    return trainer;
}

static inline lk_trainer *resume_trainer(const char *run)
{
    lk_trainer *trainer;
    assert_ok(lk_trainer_resume(&trainer, run, NULL, 0, NULL));
    return trainer;
}

static inline lk_trainer_step_record take_steps(lk_trainer *trainer, int steps)
{
    lk_trainer_step_record record = {0};
    for (int i = 0; i < steps; i++)
        assert_ok(lk_trainer_step(trainer, &record));
    return record;
}

#endif

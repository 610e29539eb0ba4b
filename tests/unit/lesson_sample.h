/* A small lesson for the tests of its page and of its numbers, in a folder of its own. */
#ifndef LK_TEST_LESSON_SAMPLE_H
#define LK_TEST_LESSON_SAMPLE_H

#include <math.h>

#include "page_checks.h"

#include <jansson.h>

#include <likeness/report.h>

enum { WIDTH = 8, PEOPLE = 7, MEMBERS = 5 };

static char directory[] = "/tmp/likeness-lesson-XXXXXX";
static float vectors[64][WIDTH];
static lk_image picture, crop;

static int prepare(void **state)
{
    (void)state;
    if (!mkdtemp(directory) || lk_image_create(&picture, 60, 40) != LK_OK ||
        lk_image_create(&crop, 32, 32) != LK_OK)
        return -1;
    for (size_t i = 0; i < 64; i++) {
        double norm = 0;
        for (size_t k = 0; k < WIDTH; k++) {
            double x = sin((double)(i * 7 + k * 3 + 1)) + (k == i / 3 % WIDTH ? 3 : 0);
            vectors[i][k] = (float)x;
            norm += x * x;
        }
        for (size_t k = 0; k < WIDTH; k++)
            vectors[i][k] = (float)(vectors[i][k] / sqrt(norm));
    }
    return 0;
}

static int tidy(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    lk_image_clear(&picture);
    lk_image_clear(&crop);
    return system(command);
}

static char *read_text(const char *name)
{
    return read_page(join_path(directory, name));
}

static lk_lesson_image embedded(const char *path, const char *label, size_t vector)
{
    return (lk_lesson_image){.path = path,
                             .label = label,
                             .width = 60,
                             .height = 40,
                             .photo = picture,
                             .crop = crop,
                             .probability = 0.5f,
                             .box = {1, 2, 30, 35},
                             .embedding = vectors[vector]};
}

static lk_lesson_image people[PEOPLE], members[2][MEMBERS];
static lk_lesson_group groups[2];

/* Two people with three photographs each, one without a face, two groups. */
static lk_lesson example(void)
{
    static const char *const paths[] = {"f/ann/1.jpg", "f/ann/2.jpg", "f/ann/3.jpg",
                                        "f/bo/1.jpg",  "f/bo/2.jpg",  "f/bo/<img src=x>.jpg"};
    for (size_t i = 0; i < 6; i++)
        people[i] = embedded(paths[i], i < 3 ? "ann" : "bo \"&\" <script>", i);
    people[6] = (lk_lesson_image){.path = "f/bo/bad\xff.jpg",
                                  .label = "bo \"&\" <script>",
                                  .status = LK_ERROR_NO_FACE,
                                  .problem = "no <face>",
                                  .photo = picture};
    for (size_t i = 0; i < 2 * MEMBERS; i++)
        members[i / MEMBERS][i % MEMBERS] = embedded("g/x.png", NULL, 10 + i);
    groups[0] = (lk_lesson_group){"first", members[0], MEMBERS};
    groups[1] = (lk_lesson_group){"<second>\xe2\x80\xae", members[1], MEMBERS - 1};
    lk_lesson lesson;
    lk_lesson_init(&lesson);
    lesson.people = people;
    lesson.people_count = PEOPLE;
    lesson.groups = groups;
    lesson.group_count = 2;
    lesson.embedding_size = WIDTH;
    lesson.weights = "weights.pt";
    lesson.command = "likeness lesson 'a b'";
    lesson.warning = "made-up <weights>";
    return lesson;
}

static void doubles(double *out, const lk_lesson_image *images, size_t count)
{
    for (size_t i = 0; i < count * WIDTH; i++)
        out[i] = images[i / WIDTH].embedding[i % WIDTH];
}

static double real_at(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        fail_msg("%s is not a number", key);
    return json_number_value(value);
}

#endif

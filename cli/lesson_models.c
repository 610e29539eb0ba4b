#include "lesson_models.h"

#include <stdlib.h>
#include <string.h>

#include <likeness-program/clock.h>

#include "needs.h"
#include "signals.h"

/* ---- What is known of a model ---- */

const char *cli_lesson_faces(lk_align align)
{
    switch (align) {
    case LK_ALIGN_ARCFACE:
        return "turned and scaled so that five landmarks lie where ArcFace has them";
    case LK_ALIGN_DLIB: return "turned and scaled by five landmarks of dlib's own";
    default: return NULL;
    }
}

/* What is said of the models that this program knows. */
static const struct {
    const char *name, *about, *how;
} known_weights[] = {
    {"vggface2", "InceptionResnetV1 as published with facenet-pytorch, trained on VGGFace2.",
     "It was trained to tell the people of that data set apart as classes (softmax), not by "
     "triplets; the embedding is the layer below the classes."},
    {"casia-webface",
     "InceptionResnetV1 as published with facenet-pytorch, trained on CASIA-WebFace.",
     "It was trained to tell the people of that data set apart as classes (softmax), not by "
     "triplets; the embedding is the layer below the classes."},
    {"synthetic",
     "InceptionResnetV1 of a reduced width, trained by this project on synthetic people only: what "
     "it says about photographs of real people has not been shown.",
     "It was trained to tell its people apart as classes with an angle between them (ArcFace), not "
     "by triplets; the embedding is the layer below the classes."},
    {"dlib",
     "The network of the library dlib; its author gives about three million photographs of 7485 "
     "people, from two data sets and the web.",
     NULL},
    {"sface",
     "SFace of OpenCV's model zoo; what these weights were trained on is not stated there.", NULL},
};
enum { KNOWN_WEIGHTS = sizeof known_weights / sizeof *known_weights };

static size_t models_find_known(const char *weights)
{
    size_t i = 0;
    while (i < KNOWN_WEIGHTS && strcmp(known_weights[i].name, weights) != 0)
        i++;
    return cli_needs_is_unpublished(weights) ? KNOWN_WEIGHTS : i;
}

const char *cli_lesson_weights_about(const char *weights)
{
    size_t i = models_find_known(weights);
    if (i < KNOWN_WEIGHTS)
        return known_weights[i].about;
    return cli_needs_is_unpublished(weights)
               ? "Not the published file of this name: what it was trained on is not known."
               : "A weight file that was named on the command line; this program does not know "
                 "what it was trained on.";
}

const char *cli_lesson_weights_how(const char *weights)
{
    size_t i = models_find_known(weights);
    return i < KNOWN_WEIGHTS ? known_weights[i].how : NULL;
}

/* ---- One after the other ---- */

static void models_fill(cli_lesson_models *out, const cli_lesson *other, const char *weights)
{
    lk_lesson_group *groups = out->groups[out->count];
    for (size_t g = 0; g < other->group_count; g++)
        groups[g] = (lk_lesson_group){
            .name = other->groups[g].name,
            .images = other->groups[g].images,
            .count = other->groups[g].inputs.count,
        };
    out->models[out->count] = (lk_lesson_model){
        .weights = weights,
        .weights_about = cli_lesson_weights_about(weights),
        .faces = cli_lesson_faces(other->align),
        .people = other->people.images,
        .groups = groups,
        .size = other->group_size,
        .margin = other->group_margin,
        .embedding_size = other->width,
        .metric = other->metric,
        .threshold = other->threshold,
        .threshold_source = other->threshold_source,
    };
}

int cli_lesson_models_run(cli_lesson_models *out, cli_lesson *lesson,
                          const cli_detect_options *detect, const cli_network_options *network,
                          const char *const *weights, size_t count)
{
    int status = CLI_OK;
    const cli_lesson *last = lesson;
    double start = lk_clock();
    *out = (cli_lesson_models){0};
    for (size_t m = 0; m < count && status == CLI_OK && !cli_interrupted(); m++) {
        cli_lesson *other = cli_alloc(1, sizeof *other);
        cli_network_options one = *network;
        one.weights = weights[m];
        cli_lesson_begin_again(other, lesson, last);
        status = cli_lesson_run(other, detect, &one);
        lesson->failed += other->failed;
        models_fill(out, other, weights[m]);
        out->others[out->count++] = other;
        last = other;
    }
    lesson->timings[LESSON_TIMINGS - 1] =
        (lk_lesson_timing){"the other models", lk_clock() - start};
    return status;
}

void cli_lesson_models_clear(cli_lesson_models *models)
{
    for (size_t m = 0; m < models->count; m++) {
        cli_lesson_clear(models->others[m]);
        free(models->others[m]);
    }
    models->count = 0;
}

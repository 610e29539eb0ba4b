/* The people of the experiment: rendered, cut out by their true boxes, kept in parts
 * so that little is lost when the work is stopped. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiment.h"
#include "photos.h"
#include "progress.h"
#include "signals.h"

const char *const experiment_populations[EXPERIMENT_POPULATIONS] = {"A", "B"};

enum { PART = 250 }; /* people */
/* Where each set of people begins in the endless row of people, so that nobody is in two
 * sets: populations share indices otherwise, and with them their dice. */
enum { SET_FIRST = 10000000 };

typedef struct people_set {
    const experiment_options *options;
    experiment_set set;
    size_t people, photos;
    const lk_synth_population *source;
} people_set;

static const char *set_word(experiment_set set)
{
    return set.test ? "test" : "train";
}

static uint64_t set_first(experiment_set set)
{
    size_t sets = 4 * (set.seed - 1) + 2 * set.population + (set.test ? 1 : 0);
    return (uint64_t)SET_FIRST * sets;
}

static char *part_path(const experiment_options *o, const char *folder, experiment_set set,
                       size_t part)
{
    return cli_format("%s/%s/seed-%zu/%s-%s-%03zu", o->output, folder, set.seed, set_word(set),
                      experiment_populations[set.population], part);
}

char *experiment_person_path(const experiment_options *o, experiment_set set, size_t person)
{
    char *part = part_path(o, "people", set, person / PART);
    char *path = cli_format("%s/%s%05zu", part, experiment_populations[set.population], person + 1);
    free(part);
    return path;
}

/* ---- cutting out ---- */

typedef struct cutting {
    const people_set *set;
    const char *folder;
    size_t first, count; /* people before this part; faces written */
    int status;
} cutting;

/* 007 of .../p0012/007.jpg goes to FOLDER/A00012/007.png. */
static void experiment_people_write_face(void *user, cli_photo *photo)
{
    cutting *c = user;
    if (photo->problem || photo->crop_count != 1) {
        cli_error("%s", photo->problem ? photo->problem : "a rendered photograph without a box");
        c->status = cli_worse(c->status, CLI_ENVIRONMENT);
        return;
    }
    const char *name = strrchr(photo->file->path, '/') + 1;
    size_t person = c->first + strtoul(photo->file->label + 1, NULL, 10);
    char *path =
        cli_format("%s/%s%05zu/%.*s.png", c->folder, experiment_populations[c->set->set.population],
                   person, (int)strcspn(name, "."), name);
    lk_status status = lk_image_write_png(&photo->crops[0], path);
    if (status == LK_OK)
        c->count++;
    else
        c->status = cli_worse(c->status, cli_fail(status));
    free(path);
}

static int cut_out(const people_set *set, const char *album, const char *folder, size_t first,
                   size_t people)
{
    cutting c = {.set = set, .folder = folder, .first = first};
    cli_finder finder = {0};
    cli_inputs inputs = {0};
    lk_image_options image;
    lk_image_options_init(&image);
    char *truth = cli_format("%s/truth.csv", album);
    c.status = cli_boxes_add(&finder.boxes, truth);
    cli_inputs_add(&inputs, album);
    if (c.status == CLI_OK)
        cli_photos_run(&(cli_photo_job){.finder = &finder,
                                        .image = &image,
                                        .crop = {.image_size = set->options->size,
                                                 .margin = set->options->size / 8},
                                        .done = experiment_people_write_face,
                                        .user = &c},
                       inputs.files, inputs.count);
    if (c.status == CLI_OK && !cli_interrupted() && c.count != people * set->photos) {
        cli_error("%s: %zu faces, expected %zu", album, c.count, people * set->photos);
        c.status = CLI_ENVIRONMENT;
    }
    free(truth);
    cli_inputs_clear(&inputs);
    cli_finder_clear(&finder);
    return c.status;
}

/* ---- rendering ---- */

static int experiment_people_render(const people_set *set, const char *album, size_t first,
                                    size_t people)
{
    lk_synth_album_options options;
    lk_synth_album_options_init(&options);
    options.people = people;
    options.photos = set->photos;
    /* The face fills about two thirds of a photograph. */
    options.size = set->options->size * 8 / 5;
    options.seed = set->options->common.seed;
    options.first_person = set_first(set->set) + first;
    options.progress = cli_progress_callback;
    cli_progress_begin("rendering", people * set->photos);
    lk_status status = lk_synth_album_write(album, &(lk_synth_share){set->source, 1}, 1, &options);
    cli_progress_end();
    return status == LK_OK ? CLI_OK : cli_interrupted() ? CLI_ENVIRONMENT : cli_fail(status);
}

/* A part is there when its folder has its final name. */
static int make_part(const people_set *set, size_t part)
{
    char *final = part_path(set->options, "people", set->set, part);
    char *unfinished = cli_format("%s.unfinished", final);
    char *album = part_path(set->options, "album", set->set, part);
    size_t first = part * PART, people = set->people - first < PART ? set->people - first : PART;
    int status = CLI_OK;
    if (access(final, F_OK) != 0) {
        status = experiment_people_render(set, album, first, people);
        if (status == CLI_OK)
            status = cut_out(set, album, unfinished, first, people);
        if (status == CLI_OK && !cli_interrupted() && rename(unfinished, final) != 0) {
            cli_error("%s: %s", final, strerror(errno));
            status = CLI_ENVIRONMENT;
        }
    }
    free(album);
    free(unfinished);
    free(final);
    return status;
}

static int make_set(people_set set)
{
    const experiment_options *o = set.options;
    const char *name = experiment_populations[set.set.population];
    lk_synth_population *source = NULL;
    lk_status opened = lk_synth_population_open(&source, name, o->difference);
    if (opened != LK_OK)
        return cli_fail(opened);
    set.source = source;
    int status = CLI_OK;
    for (size_t part = 0; part * PART < set.people && status == CLI_OK && !cli_interrupted();
         part++)
        status = make_part(&set, part);
    lk_synth_population_close(source);
    if (status == CLI_OK && !cli_interrupted()) {
        cli_line(stdout, "seed %zu: %zu people of population %s for %s, %zu %s each", set.set.seed,
                 set.people, name, set.set.test ? "testing" : "training", set.photos,
                 cli_word(set.photos, "photograph", "photographs"));
        fflush(stdout);
    }
    return status;
}

/* The most people of a population that a mixture takes. */
static size_t pool_size(const experiment_options *o, size_t population)
{
    return population ? o->people - experiment_share_people(o, 0)
                      : experiment_share_people(o, o->share_count - 1);
}

int experiment_people_make(const experiment_options *o, size_t seed)
{
    int status = CLI_OK;
    for (size_t p = 0; p < EXPERIMENT_POPULATIONS && status == CLI_OK; p++) {
        status = make_set((people_set){o, {seed, false, p}, pool_size(o, p), o->photos, NULL});
        if (status == CLI_OK)
            status =
                make_set((people_set){o, {seed, true, p}, o->test_people, o->test_photos, NULL});
    }
    return status;
}

/* ---- the faces for testing ---- */

static lk_status read_person(experiment_faces *faces, const experiment_options *o,
                             size_t population, size_t person)
{
    char *folder =
        experiment_person_path(o, (experiment_set){faces->seed, true, population}, person);
    lk_status status = LK_OK;
    for (size_t k = 0; k < o->test_photos && status == LK_OK; k++) {
        char *path = cli_format("%s/%03zu.png", folder, k + 1);
        status = lk_image_read(&faces->images[faces->count], path, NULL);
        faces->count += status == LK_OK;
        free(path);
    }
    free(folder);
    return status;
}

int experiment_faces_read(experiment_faces *out, const experiment_options *o, size_t seed)
{
    experiment_faces faces = {.seed = seed};
    size_t count = EXPERIMENT_POPULATIONS * o->test_people * o->test_photos;
    faces.images = cli_alloc(count, sizeof *faces.images);
    lk_status status = LK_OK;
    for (size_t p = 0; p < EXPERIMENT_POPULATIONS; p++)
        for (size_t i = 0; i < o->test_people && status == LK_OK; i++)
            status = read_person(&faces, o, p, i);
    *out = faces;
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

void experiment_faces_clear(experiment_faces *faces)
{
    for (size_t i = 0; i < faces->count; i++)
        lk_image_clear(&faces->images[i]);
    free(faces->images);
    *faces = (experiment_faces){0};
}

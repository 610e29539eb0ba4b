#include "lesson.h"

#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <likeness-program/clock.h>

#include "progress.h"
#include "signals.h"

int cli_lesson_add_group(cli_lesson *lesson, const char *name, const char *pattern)
{
    if (lesson->group_count == LESSON_MOST_GROUPS) {
        cli_error("--group: at most %d groups", LESSON_MOST_GROUPS);
        return CLI_USAGE;
    }
    struct stat info;
    glob_t matches = {0};
    /* What is there under just this name is meant, brackets and all. */
    bool literal = stat(pattern, &info) == 0;
    int found = literal ? 0 : glob(pattern, GLOB_TILDE | GLOB_BRACE, NULL, &matches);
    if (found == GLOB_NOSPACE)
        cli_out_of_memory();
    if (found != 0) {
        cli_error("--group %s: no file matches '%s'", name, pattern);
        return CLI_SOME_FAILED;
    }
    cli_lesson_set *group = &lesson->groups[lesson->group_count++];
    group->name = name;
    group->pattern = cli_strdup(pattern);
    group->inputs.label = lesson->label;
    if (literal)
        cli_inputs_add(&group->inputs, pattern);
    for (size_t i = 0; i < matches.gl_pathc; i++)
        cli_inputs_add(&group->inputs, matches.gl_pathv[i]);
    lesson->failed += group->inputs.failed;
    globfree(&matches);
    return CLI_OK;
}

/* The photograph for the page, no larger than it is shown there. */
static lk_image lesson_shrink(lk_image *photo)
{
    size_t side = photo->width > photo->height ? photo->width : photo->height;
    lk_image small = {0};
    if (side > LESSON_PHOTO_SIDE) {
        size_t width = photo->width * LESSON_PHOTO_SIDE / side;
        size_t height = photo->height * LESSON_PHOTO_SIDE / side;
        if (lk_image_resize_bilinear(&small, photo, width ? width : 1, height ? height : 1) ==
            LK_OK) {
            lk_image_clear(photo);
            return small;
        }
    }
    small = *photo;
    *photo = (lk_image){0};
    return small;
}

typedef struct set_run {
    cli_lesson *lesson;
    cli_lesson_set *set;
} set_run;

static void take_face(cli_photo *photo, lk_lesson_image *image)
{
    const lk_face *face = &photo->faces.faces[0];
    image->probability = face->probability;
    memcpy(image->box, &face->box, sizeof image->box);
    image->crop = photo->crops[0];
    photo->crops[0] = (lk_image){0};
}

/* The same photograph for another model. What went wrong the first time has been said. */
static void take_again(const set_run *run, cli_photo *photo, lk_lesson_image *image)
{
    bool seen = run->set->first->images[photo->index].status == LK_OK;
    if (photo->crop_count && !photo->problem) {
        take_face(photo, image);
        return;
    }
    if (photo->problem && seen) {
        cli_error("%s", photo->problem);
        run->lesson->failed++;
    }
    if (image->status == LK_OK)
        image->status = LK_ERROR_NO_FACE;
}

static void lesson_done(void *user, cli_photo *photo)
{
    set_run *run = user;
    lk_lesson_image *image = &run->set->images[photo->index];
    *image = (lk_lesson_image){
        .path = photo->file->path,
        .label = photo->file->label,
        .status = photo->status,
        .width = photo->width,
        .height = photo->height,
        .probability = -1,
    };
    if (run->lesson->first) {
        take_again(run, photo, image);
        return;
    }
    if (photo->problem) {
        cli_error("%s", photo->problem);
        run->lesson->failed++;
        run->set->problems[photo->index] = photo->problem;
        image->problem = photo->problem;
        photo->problem = NULL;
        return;
    }
    image->photo = lesson_shrink(&photo->image);
    if (photo->crop_count) {
        take_face(photo, image);
        return;
    }
    cli_warn("%s: %s", photo->file->path, photo->nothing);
    image->status = LK_ERROR_NO_FACE;
    run->set->problems[photo->index] = cli_strdup(photo->nothing);
    image->problem = run->set->problems[photo->index];
}

static void detect_set(cli_lesson *lesson, cli_lesson_set *set, const cli_finder *finder,
                       const cli_detect_options *options, size_t size, size_t margin)
{
    size_t count = set->inputs.count;
    set_run run = {lesson, set};
    set->images = cli_alloc(count, sizeof *set->images);
    if (!lesson->first)
        set->problems = cli_alloc(count, sizeof *set->problems);
    if (count)
        cli_photos_run(
            &(cli_photo_job){
                .finder = finder,
                .image = &options->image,
                .keep_image = !lesson->first,
                .again = lesson->first != NULL,
                .crop = {.image_size = size,
                         .margin = margin,
                         .resize = lesson->resize,
                         .align = lesson->align},
                .done = lesson_done,
                .user = &run,
                .what = "detecting",
            },
            set->inputs.files, count);
}

static int detect_all(cli_lesson *lesson, const cli_detect_options *options)
{
    cli_finder finder;
    double start = lk_clock();
    int status = cli_finder_load(&finder, options);
    if (status == CLI_OK)
        status = cli_finder_align(&finder, lesson->align);
    if (status != CLI_OK) {
        cli_finder_clear(&finder);
        return status;
    }
    detect_set(lesson, &lesson->people, &finder, options, lesson->people_size,
               lesson->people_margin);
    for (size_t g = 0; g < lesson->group_count; g++)
        detect_set(lesson, &lesson->groups[g], &finder, options, lesson->group_size,
                   lesson->group_margin);
    cli_finder_clear(&finder);
    lesson->timings[0] = (lk_lesson_timing){"read, detect, crop", lk_clock() - start};
    return cli_interrupted() || lesson->first ? CLI_OK : cli_lesson_compare_border(lesson, options);
}

/* The largest batch of at most `most` that goes into `count` without a rest, as
 * long as it is not small; else batches as even as can be. So the network is
 * prepared for one shape only, or two. */
static size_t choose_batch(size_t count, size_t most)
{
    for (size_t batch = most; 2 * batch > most; batch--)
        if (count % batch == 0)
            return batch;
    size_t batches = (count + most - 1) / most;
    return (count + batches - 1) / batches;
}

/* The lesson's distances are Euclidean: of rows of length 1 they stand in the order of the
 * cosine ones. */
static void make_rows_unit(float *rows, size_t count, size_t width)
{
    for (size_t i = 0; i < count; i++) {
        double squares = 0;
        for (size_t k = 0; k < width; k++)
            squares += (double)rows[i * width + k] * (double)rows[i * width + k];
        for (size_t k = 0; k < width && squares > 0; k++)
            rows[i * width + k] = (float)((double)rows[i * width + k] / sqrt(squares));
    }
}

/* Embeds the crops of a set. */
static lk_status embed_set(const cli_lesson *lesson, cli_lesson_set *set, lk_embedder *network,
                           size_t batch)
{
    size_t width = lesson->width;
    size_t faces = 0;
    lk_image *crops = cli_alloc(set->inputs.count, sizeof *crops);
    for (size_t i = 0; i < set->inputs.count; i++)
        if (set->images[i].crop.rgb)
            crops[faces++] = set->images[i].crop;
    set->rows = cli_alloc(faces * width, sizeof *set->rows);
    size_t even = choose_batch(faces, batch);
    lk_status status = LK_OK;
    cli_progress_begin("embedding", faces);
    for (size_t first = 0; first < faces && status == LK_OK && !cli_interrupted(); first += even) {
        size_t count = faces - first < even ? faces - first : even;
        status = lk_embedder_run(network, set->rows + first * width, crops + first, count);
        cli_progress_step(first + count);
    }
    free(crops);
    if (lesson->metric == LK_METRIC_COSINE && status == LK_OK)
        make_rows_unit(set->rows, faces, width);
    const float *row = set->rows;
    for (size_t i = 0; i < set->inputs.count; i++)
        if (set->images[i].crop.rgb) {
            set->images[i].embedding = row;
            row += width;
        }
    return status;
}

static int lesson_embed_all(cli_lesson *lesson, lk_embedder *network, size_t batch)
{
    double start = lk_clock();
    lk_status status = embed_set(lesson, &lesson->people, network, batch);
    for (size_t g = 0; g < lesson->group_count && status == LK_OK; g++)
        status = embed_set(lesson, &lesson->groups[g], network, batch);
    lesson->timings[2] = (lk_lesson_timing){"embed", lk_clock() - start};
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

/* All crops of one size, with the margin that the model says, or an eighth. */
static void settle_one_size(cli_lesson *lesson, const lk_model_traits *traits)
{
    size_t size = lesson->size ? lesson->size : traits->size, margin = size / 8;
    if (traits->source != LK_TRAITS_OF_KIND)
        margin = (traits->margin * size + traits->size / 2) / traits->size;
    if (lesson->align != LK_ALIGN_NONE)
        margin = 0;
    lesson->people_size = lesson->group_size = size;
    lesson->people_margin = lesson->group_margin = margin;
}

/* The tutorial's crops, unless a size was named, or the model knows its own, or takes no
 * other. */
static int settle_crops(cli_lesson *lesson, const lk_embedder *network,
                        const cli_network_options *options)
{
    const lk_model_traits *traits = lk_embedder_traits(network);
    bool any = lk_embedder_takes(network, LESSON_PEOPLE_SIZE) &&
               lk_embedder_takes(network, LESSON_GROUP_SIZE);
    lesson->width = lk_embedder_output_size(network);
    lesson->metric = traits->metric;
    lesson->align = traits->align;
    lesson->precision = cli_network_precision(network);
    lesson->threshold = traits->threshold;
    lesson->threshold_source =
        traits->threshold_source ? cli_strdup(traits->threshold_source) : NULL;
    if (!lesson->resize_given)
        lesson->resize = traits->resize;
    if (lesson->size || traits->source != LK_TRAITS_OF_KIND || !any) {
        settle_one_size(lesson, traits);
        return cli_network_takes(network, options, lesson->people_size) ? CLI_OK : CLI_USAGE;
    }
    lesson->people_size = LESSON_PEOPLE_SIZE;
    lesson->group_size = LESSON_GROUP_SIZE;
    lesson->people_margin = lesson->group_margin = LESSON_MARGIN;
    return CLI_OK;
}

/* Whether two models have their faces cut out alike. */
static bool lesson_cuts_alike(const cli_lesson *a, const cli_lesson *b)
{
    return a->align == b->align && a->resize == b->resize && a->people_size == b->people_size &&
           a->people_margin == b->people_margin && a->group_size == b->group_size &&
           a->group_margin == b->group_margin;
}

static void borrow_set(cli_lesson_set *set, const cli_lesson_set *from)
{
    set->images = cli_alloc(set->inputs.count, sizeof *set->images);
    set->borrowed = true;
    for (size_t i = 0; i < set->inputs.count; i++) {
        set->images[i] = from->images[i];
        set->images[i].embedding = NULL;
    }
}

/* The faces of an earlier model, where they will do. */
static bool lesson_borrow(cli_lesson *lesson)
{
    for (const cli_lesson *b = lesson->before; b; b = b->before) {
        if (!lesson_cuts_alike(lesson, b))
            continue;
        borrow_set(&lesson->people, &b->people);
        for (size_t g = 0; g < lesson->group_count; g++)
            borrow_set(&lesson->groups[g], &b->groups[g]);
        return true;
    }
    return false;
}

int cli_lesson_run(cli_lesson *lesson, const cli_detect_options *detect,
                   const cli_network_options *options)
{
    lk_embedder *network = NULL;
    double start = lk_clock();
    int status = cli_network_load(&network, options);
    lesson->timings[1] = (lk_lesson_timing){"load the network", lk_clock() - start};
    if (status == CLI_OK)
        status = settle_crops(lesson, network, options);
    if (status == CLI_OK && !cli_interrupted() && !lesson_borrow(lesson))
        status = detect_all(lesson, detect);
    if (status == CLI_OK && !cli_interrupted())
        status = lesson_embed_all(lesson, network, options->embedder.batch);
    cli_network_close(network);
    cli_progress_end();
    return status;
}

/* What a model that comes later adds to a set. */
static void clear_seen(cli_lesson_set *set)
{
    for (size_t i = 0; set->images && !set->borrowed && i < set->inputs.count; i++) {
        lk_image_clear(&set->images[i].photo);
        lk_image_clear(&set->images[i].crop);
    }
    free(set->images);
    free(set->rows);
}

static void clear_set(cli_lesson_set *set)
{
    for (size_t i = 0; set->problems && i < set->inputs.count; i++)
        free(set->problems[i]);
    free(set->problems);
    clear_seen(set);
    free(set->pattern);
    cli_inputs_clear(&set->inputs);
}

void cli_lesson_clear(cli_lesson *lesson)
{
    void (*const clear)(cli_lesson_set *) = lesson->before ? clear_seen : clear_set;
    clear(&lesson->people);
    for (size_t g = 0; g < lesson->group_count; g++)
        clear(&lesson->groups[g]);
    free(lesson->threshold_source);
}

static void look_again_at(cli_lesson_set *set, const cli_lesson_set *first)
{
    *set = (cli_lesson_set){.name = first->name, .inputs = first->inputs, .first = first};
}

void cli_lesson_begin_again(cli_lesson *out, const cli_lesson *first, const cli_lesson *before)
{
    *out = (cli_lesson){.resize = first->resize,
                        .resize_given = first->resize_given,
                        .label = first->label,
                        .group_count = first->group_count,
                        .first = first,
                        .before = before};
    look_again_at(&out->people, &first->people);
    for (size_t g = 0; g < first->group_count; g++)
        look_again_at(&out->groups[g], &first->groups[g]);
}

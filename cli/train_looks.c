/* Whether photographs look like face crops, which is what training without --detect
 * takes them for. A look at a few of them: their shape, which crops share; then, with a
 * detector at hand, how much of each its face covers. */
#include <math.h>
#include <stdlib.h>

#include "train_faces.h"

enum { SAMPLE = 12 };
/* Crops of other programs are at most so far from square (CelebA's are 178 x 218), a
 * photograph's sides are 3:2 or 4:3. */
static const double most_oblong = 1.25;
/* Of the picture; the box in a crop, with a wide margin around it, covers more. */
static const double least_cover = 0.5;

typedef struct looks {
    lk_file files[SAMPLE];
    size_t count;
    size_t read, oblong, found;
    double cover[SAMPLE];          /* [found] */
    size_t example, width, height; /* the first oblong one */
} looks;

static double train_looks_area(const lk_box *box)
{
    return ((double)box->x2 - (double)box->x1) * ((double)box->y2 - (double)box->y1);
}

static void take_shape(void *user, cli_photo *photo)
{
    looks *l = user;
    if (photo->problem)
        return; /* training tells */
    double w = (double)photo->width, h = (double)photo->height;
    l->read++;
    if (fmax(w, h) <= most_oblong * fmin(w, h) || l->oblong++)
        return;
    l->example = photo->index;
    l->width = photo->width;
    l->height = photo->height;
}

static void take_cover(void *user, cli_photo *photo)
{
    looks *l = user;
    if (!photo->problem && photo->faces.count)
        l->cover[l->found++] = train_looks_area(&photo->faces.faces[0].box) /
                               ((double)photo->width * (double)photo->height);
}

static int train_looks_by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void train_looks_look(looks *l, const cli_finder *finder, cli_photo_fn done)
{
    lk_image_options image;
    lk_image_options_init(&image);
    cli_photos_run(&(cli_photo_job){.finder = finder, .image = &image, .done = done, .user = l},
                   l->files, l->count);
}

/* False also without a detector. */
static bool covers_little(looks *l, const cli_detect_options *options)
{
    char *directory = NULL;
    cli_finder finder = {0};
    if (lk_store_find(&directory, options->detector) != LK_OK ||
        lk_detector_create(&finder.detector, directory, &options->mtcnn) != LK_OK) {
        lk_free(directory);
        return false;
    }
    train_looks_look(l, &finder, take_cover);
    cli_finder_clear(&finder);
    lk_free(directory);
    qsort(l->cover, l->found, sizeof *l->cover, train_looks_by_size);
    return 2 * l->found > l->count && l->cover[l->found / 2] < least_cover;
}

static void choose_sample(looks *l, const lk_file_list *files)
{
    size_t count = lk_file_list_count(files);
    l->count = count < SAMPLE ? count : SAMPLE;
    for (size_t i = 0; i < l->count; i++)
        l->files[i] = *lk_file_list_get(files, i * count / l->count);
}

static void warn(looks *l, const cli_detect_options *options)
{
    static const char advice[] = "they are trained on as they are, squeezed into squares, while "
                                 "embed cuts faces out; train with --detect, or crop them first";
    train_looks_look(l, NULL, take_shape);
    if (2 * l->oblong > l->read)
        cli_warn("these do not look like face crops (%s: %zu x %zu pixels): %s",
                 l->files[l->example].path, l->width, l->height, advice);
    else if (covers_little(l, options))
        cli_warn("these do not look like face crops (the face covers about %.0f %% of each): %s",
                 100 * l->cover[l->found / 2], advice);
}

void train_faces_warn(const train_options *o)
{
    looks l = {0};
    if (o->files)
        choose_sample(&l, o->files);
    if (l.count)
        warn(&l, &o->detect);
}

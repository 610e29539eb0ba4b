/* Opens the photographs of a table: bytes, pixels, and what the face in them is like. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "digest.h"
#include "progress.h"
#include "signals.h"

/* A file that is there, in memory. */
typedef struct photo_file {
    char *bytes;
    size_t count;
    lk_image image;
    uint8_t digest[32];
    int jpeg;
} photo_file;

static void photo_file_clear(photo_file *file)
{
    lk_free(file->bytes);
    lk_image_clear(&file->image);
}

static int hex_of(char digit)
{
    return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

static void photo_digest(photo_file *file)
{
    cli_digest *digest = cli_digest_begin();
    cli_digest_add(digest, file->bytes, file->count);
    char *digits = cli_digest_end(digest);
    for (size_t i = 0; i < sizeof file->digest; i++)
        file->digest[i] = (uint8_t)(hex_of(digits[2 * i]) << 4 | hex_of(digits[2 * i + 1]));
    free(digits);
}

static lk_status photo_file_read(photo_file *file, const char *path,
                                 const lk_image_options *options)
{
    lk_status status = lk_input_read(&file->bytes, &file->count, path, options->max_bytes);
    if (status != LK_OK)
        return status;
    photo_digest(file);
    file->jpeg = lk_quality_jpeg(file->bytes, file->count);
    return lk_image_decode(&file->image, file->bytes, file->count, path, options);
}

/* The face with a little around it, as far as the photograph goes, in a square that fits into
 * the page. */
static lk_status photo_picture(audit_photo *photo, const lk_image *image)
{
    enum { SIDE = 128 };
    lk_box box = {0, 0, (float)image->width, (float)image->height};
    if (photo->has_box)
        box = photo->face.box;
    float margin = photo->has_box ? (box.x2 - box.x1) / 8 : 0;
    double x1 = fmax(0, box.x1 - margin), y1 = fmax(0, box.y1 - margin);
    double x2 = fmin((double)image->width, box.x2 + margin),
           y2 = fmin((double)image->height, box.y2 + margin);
    if (!(x2 >= x1 + 1 && y2 >= y1 + 1))
        return LK_OK; /* beside the photograph */
    lk_image face;
    lk_status status = lk_image_crop(&face, image, (size_t)x1, (size_t)y1, (size_t)x2, (size_t)y2);
    if (status != LK_OK)
        return status;
    double scale = SIDE / fmax(SIDE, fmax((double)face.width, (double)face.height));
    size_t width = (size_t)fmax(1, scale * (double)face.width),
           height = (size_t)fmax(1, scale * (double)face.height);
    status = lk_image_resize_bilinear(&photo->picture, &face, width, height);
    lk_image_clear(&face);
    return status;
}

/* A whole photograph's box is the photograph. */
static void photo_measure(audit_photo *photo, const photo_file *file, bool picture)
{
    const lk_face *face = photo->has_box ? &photo->face : NULL;
    photo->was_read = true;
    photo->width = file->image.width;
    photo->height = file->image.height;
    photo->jpeg = file->jpeg;
    memcpy(photo->print.bytes, file->digest, sizeof file->digest);
    if (photo->row == SIZE_MAX)
        return;
    lk_status status = lk_quality_measure(&photo->quality, &file->image, face);
    if (status == LK_OK)
        status = lk_print_make(&photo->print, &file->image, face);
    photo->measured = status == LK_OK;
    if (status == LK_OK && picture)
        status = photo_picture(photo, &file->image);
    if (status != LK_OK)
        photo->trouble = cli_format("%s: %s", photo->path, lk_error_text());
}

/* Lines of one photograph stand together. */
static void photo_take(audit_photo *first, size_t count, const lk_image_options *options,
                       bool pictures)
{
    photo_file file = {0};
    lk_status status = photo_file_read(&file, first->path, options);
    for (size_t i = 0; i < count; i++)
        if (status == LK_OK)
            photo_measure(&first[i], &file, pictures);
        else if (first[i].enrolment != AUDIT_FAILED) /* that has been told */
            first[i].trouble = cli_strdup(lk_error_text());
    photo_file_clear(&file);
}

/* As they were read when they were embedded. */
static lk_image_options image_options(const audit_data *data)
{
    lk_image_options options = data->options->embed.how.detect.image;
    const json_t *faces = json_object_get(data->about, "faces");
    if (json_is_false(json_object_get(faces, "turned_by_exif")))
        options.ignore_exif = true;
    return options;
}

/* Where lines of another path begin; starts[count + 1]. */
static size_t find_runs(size_t *starts, const audit_data *data)
{
    size_t runs = 0;
    for (size_t i = 0; i < data->count; i++)
        if (i == 0 || strcmp(data->photos[i].path, data->photos[i - 1].path) != 0)
            starts[runs++] = i;
    starts[runs] = data->count;
    return runs;
}

/* What is not there at all is no trouble: a table may stand without its photographs. */
static bool photo_is_there(const audit_photo *photo)
{
    return photo->count && *photo->path && (access(photo->path, F_OK) == 0 || errno != ENOENT);
}

void audit_photos_measure(audit_data *data)
{
    size_t *starts = cli_alloc(data->count + 1, sizeof *starts), done = 0;
    size_t runs = find_runs(starts, data);
    lk_image_options options = image_options(data);
    cli_progress_begin("measuring", runs);
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)lk_threads_get())
    for (size_t i = 0; i < runs; i++) {
        audit_photo *first = &data->photos[starts[i]];
        if (!cli_interrupted() && photo_is_there(first))
            photo_take(first, starts[i + 1] - starts[i], &options,
                       data->vectors.n <= AUDIT_MOST_PICTURES);
#pragma omp critical(audit_photos)
        cli_progress_step(++done);
    }
    cli_progress_end();
    free(starts);
    for (size_t i = 0; i < data->count; i++) {
        audit_photo *photo = &data->photos[i];
        data->photos_at_hand = data->photos_at_hand || photo->was_read;
        if (photo->trouble)
            cli_warn("%s", photo->trouble);
    }
}

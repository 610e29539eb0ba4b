/* Every thread takes the next file and reads, detects and crops it; results are
 * handed on in the order of the files. So decoding and detection overlap, and no
 * more photographs are in memory than there are threads. Crops that wait for a slow
 * file before them are bounded: threads that are too far ahead wait, too. */
#include "photos.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "signals.h"

static void clear_photo(cli_photo *photo)
{
    for (size_t i = 0; photo->crops && i < photo->crop_count; i++)
        lk_image_clear(&photo->crops[i]);
    free(photo->crops);
    free(photo->problem);
    lk_image_clear(&photo->image);
    lk_faces_clear(&photo->faces);
    *photo = (cli_photo){0};
}

static float photos_area(const lk_face *face)
{
    return (face->box.x2 - face->box.x1) * (face->box.y2 - face->box.y1);
}

/* The known faces of a photograph, largest box first as a detector gives them. */
static void photos_look_up(lk_faces *out, const cli_boxes *boxes, const char *path)
{
    size_t first, count = cli_boxes_find(boxes, &first, path);
    lk_face *faces = count ? cli_alloc(count, sizeof *faces) : NULL;
    for (size_t i = 0; i < count; i++) {
        lk_face face = boxes->entries[first + i].face;
        size_t at = i;
        for (; at > 0 && photos_area(&faces[at - 1]) < photos_area(&face); at--)
            faces[at] = faces[at - 1];
        faces[at] = face;
    }
    *out = (lk_faces){faces, count};
}

/* Leaves only the face that the detector's selection takes, if any; of known boxes
 * the largest. */
static lk_status keep_selected(const lk_detector *detector, cli_photo *photo)
{
    size_t index = 0;
    lk_faces *faces = &photo->faces;
    if (!detector) {
        faces->count = faces->count ? 1 : 0;
        return LK_OK;
    }
    lk_status status = lk_detector_select(detector, &index, faces, &photo->image);
    if (status == LK_ERROR_NO_FACE) {
        if (faces->count)
            photo->nothing = "no face with a probability over the threshold";
        faces->count = 0;
        return LK_OK;
    }
    if (status != LK_OK)
        return status;
    faces->faces[0] = faces->faces[index];
    faces->count = 1;
    photo->taken = index;
    return LK_OK;
}

static lk_status photos_cut(lk_image *out, const cli_photo_job *job, cli_photo *photo,
                            const lk_face *face)
{
    if (job->crop.align == LK_ALIGN_NONE)
        return lk_face_crop_pillow(out, &photo->image, &face->box, job->crop.image_size,
                                   job->crop.margin, job->crop.resize);
    if (!cli_has_points(face)) {
        photo->problem = cli_format("%s: its box came without landmarks, which --align needs",
                                    photo->file->path);
        return LK_ERROR_ARGUMENT;
    }
    if (job->crop.align == LK_ALIGN_DLIB)
        return lk_dlib_align(job->finder->predictor, out, &photo->image, face);
    return lk_face_align(out, &photo->image, face, job->crop.align, job->crop.image_size);
}

static lk_status make_crops(const cli_photo_job *job, cli_photo *photo)
{
    size_t count = job->finder ? photo->faces.count : 1;
    photo->crops = cli_alloc(count, sizeof *photo->crops);
    photo->crop_count = count;
    if (!job->finder)
        return lk_image_resize_pillow(&photo->crops[0], &photo->image, job->crop.image_size,
                                      job->crop.image_size, job->crop.resize);
    for (size_t i = 0; i < count; i++) {
        lk_status status = photos_cut(&photo->crops[i], job, photo, &photo->faces.faces[i]);
        if (status != LK_OK)
            return status;
    }
    return LK_OK;
}

static lk_status photos_read_photo(const cli_photo_job *job, cli_photo *photo)
{
    const char *path = photo->file->path;
    return job->image->ignore_exif
               ? lk_image_read_stored(&photo->image, &photo->orientation, path, job->image)
               : lk_image_read(&photo->image, path, job->image);
}

static lk_status process(const cli_photo_job *job, cli_photo *photo)
{
    const char *path = photo->file->path;
    lk_status status = LK_OK;
    photo->width = photo->image.width;
    photo->height = photo->image.height;
    if (job->finder) {
        const lk_detector *detector = job->finder->detector;
        if (detector)
            status = lk_detector_detect(detector, &photo->faces, &photo->image);
        else
            photos_look_up(&photo->faces, &job->finder->boxes, path);
        photo->found = photo->faces.count;
        if (status == LK_OK && !job->keep_all)
            status = keep_selected(detector, photo);
    }
    if (status == LK_OK && job->crop.image_size)
        status = make_crops(job, photo);
    if (!job->keep_image)
        lk_image_clear(&photo->image);
    return status;
}

/* The library's words; where it names its field, the name of our option. */
static char *problem_text(void)
{
    static const char field[] = "(max_pixels)";
    const char *text = lk_error_text();
    size_t length = strlen(text), before = length - (sizeof field - 1);
    if (length < sizeof field - 1 || strcmp(text + before, field) != 0)
        return cli_strdup(text);
    return cli_format("%.*s(--max-pixels)", (int)before, text);
}

enum { MOST_AHEAD = 32 }; /* photographs */

/* Results that wait for their turn. */
typedef struct queue {
    const cli_photo_job *job;
    cli_photo *photos; /* [count] */
    bool *finished;    /* [count]; with `next` guarded by the mutex */
    size_t count, next;
    pthread_mutex_t mutex;
    pthread_cond_t moved; /* `next` has */
} queue;

static size_t turned;

size_t cli_photos_turned(void)
{
    return turned;
}

static void note_orientation(const cli_photo *photo)
{
    if (photo->orientation > 1 && ++turned == 1)
        cli_warn("%s: is used as it is stored, turned or mirrored, as facenet-pytorch does it; "
                 "--compat none turns such photographs upright",
                 photo->file->path);
}

/* Hands on what is next in order; the caller holds the mutex. */
static void hand_on(queue *q)
{
    size_t before = q->next;
    while (q->next < q->count && q->finished[q->next]) {
        cli_photo *photo = &q->photos[q->next++];
        if (!q->job->again)
            note_orientation(photo);
        if (!cli_interrupted())
            q->job->done(q->job->user, photo);
        clear_photo(photo);
    }
    if (q->job->what)
        cli_progress_step(q->job->done_before + q->next);
    if (q->next != before)
        pthread_cond_broadcast(&q->moved);
}

/* Files are taken in order, so whoever has the one that all wait for never waits. */
static void await_turn(queue *q, size_t index)
{
    pthread_mutex_lock(&q->mutex);
    while (index >= q->next + MOST_AHEAD)
        pthread_cond_wait(&q->moved, &q->mutex);
    pthread_mutex_unlock(&q->mutex);
}

/* What reads a photograph names it; what works on its pixels does not know its name. */
static void try_one(const cli_photo_job *job, cli_photo *photo)
{
    photo->status = photos_read_photo(job, photo);
    if (photo->status != LK_OK) {
        photo->problem = problem_text();
        return;
    }
    photo->status = process(job, photo);
    if (photo->status != LK_OK && !photo->problem)
        photo->problem = cli_format("%s: %s", photo->file->path, lk_error_text());
}

static void run_one(queue *q, const lk_file *file, size_t index)
{
    cli_photo *photo = &q->photos[index];
    await_turn(q, index);
    photo->file = file;
    photo->index = index;
    photo->nothing = "no face found";
    if (q->job->finder && q->job->finder->nothing)
        photo->nothing = q->job->finder->nothing;
    if (!cli_interrupted())
        try_one(q->job, photo);
    pthread_mutex_lock(&q->mutex);
    q->finished[index] = true;
    hand_on(q);
    pthread_mutex_unlock(&q->mutex);
}

void cli_photos_run(const cli_photo_job *job, const lk_file *files, size_t count)
{
    queue q = {.job = job,
               .count = count,
               .mutex = PTHREAD_MUTEX_INITIALIZER,
               .moved = PTHREAD_COND_INITIALIZER};
    q.photos = cli_alloc(count, sizeof *q.photos);
    q.finished = cli_alloc(count, sizeof *q.finished);
    if (job->what && job->done_before == 0)
        cli_progress_begin(job->what, job->total ? job->total : count);
    if (count == 1)
        run_one(&q, files, 0); /* the library may use all threads for it */
    else {
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)lk_threads_get())
        for (size_t i = 0; i < count; i++)
            run_one(&q, &files[i], i);
    }
    pthread_cond_destroy(&q.moved);
    pthread_mutex_destroy(&q.mutex);
    free(q.photos);
    free(q.finished);
}

void cli_photos_tell_several(size_t count)
{
    if (count)
        cli_line(stdout,
                 "%zu %s several faces, of which one was taken (--selection says which, --keep-all "
                 "takes all)",
                 count, count == 1 ? "photograph has" : "photographs have");
}

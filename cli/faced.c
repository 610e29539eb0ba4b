/* Photographs through detector and network, a few at a time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "known.h"
#include "progress.h"
#include "signals.h"

/* As many photographs as leave no long silence, and give every thread some. */
enum { FACED_CHUNK = 16 };

typedef struct faced_run {
    const cli_known *known;
    cli_embeddings embeddings;
    cli_faced photos[FACED_CHUNK];
    size_t count;
} faced_run;

/* Without a detector the face is the photograph. */
static void faced_take_whole(cli_faced *out, const cli_photo *photo)
{
    out->faces = cli_alloc(1, sizeof *out->faces);
    out->faces[0].box = (lk_box){0, 0, (float)photo->width, (float)photo->height};
    out->faces[0].probability = NAN;
    out->count = out->found = 1;
}

static void faced_measure(cli_faced *out, const cli_photo *photo, bool whole)
{
    out->quality = (lk_quality){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (photo->image.width == 0 || out->count == 0)
        return;
    lk_quality measured;
    if (lk_quality_measure(&measured, &photo->image, whole ? NULL : &out->faces[0]) == LK_OK)
        out->quality = measured;
}

static void faced_done(void *user, cli_photo *photo)
{
    faced_run *run = user;
    cli_faced *out = &run->photos[run->count++];
    *out = (cli_faced){.file = photo->file,
                       .width = photo->width,
                       .height = photo->height,
                       .nothing = photo->nothing,
                       .problem = photo->problem ? cli_strdup(photo->problem) : NULL};
    if (photo->problem)
        return;
    if (run->known->options->how.no_detect) {
        faced_take_whole(out, photo);
    } else {
        out->faces = photo->faces.faces;
        out->count = photo->faces.count;
        out->found = photo->found;
        photo->faces = (lk_faces){0};
    }
    faced_measure(out, photo, run->known->options->how.no_detect);
    for (size_t i = 0; i < photo->crop_count; i++)
        cli_embeddings_push(&run->embeddings, &photo->crops[i]);
}

static void faced_clear(faced_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        lk_faces_clear(&(lk_faces){run->photos[i].faces, run->photos[i].count});
        free(run->photos[i].problem);
    }
    run->count = 0;
    run->embeddings.count = 0;
}

static int faced_embed(faced_run *run)
{
    lk_status status = cli_embeddings_run(&run->embeddings, true);
    size_t row = 0;
    if (status != LK_OK)
        return cli_fail(status);
    for (size_t i = 0; i < run->count; i++) {
        run->photos[i].rows = run->embeddings.rows + row * run->embeddings.width;
        row += run->photos[i].count;
    }
    return CLI_OK;
}

static int faced_chunk(faced_run *run, const cli_photo_job *job, const lk_file *files, size_t count,
                       cli_faced_fn call, void *user)
{
    cli_photos_run(job, files, count);
    if (cli_interrupted())
        return CLI_OK;
    int status = faced_embed(run);
    return status != CLI_OK || cli_interrupted() ? status : call(user, run->photos, run->count);
}

int cli_faced_run(const cli_known *known, const lk_file *files, size_t count, bool all,
                  const char *what, cli_faced_fn call, void *user)
{
    const cli_known_options *o = known->options;
    faced_run run = {.known = known,
                     .embeddings = {.network = known->network,
                                    .batch = o->how.network.embedder.batch,
                                    .width = known->model.width}};
    cli_photo_job job = {.finder = o->how.no_detect ? NULL : &known->finder,
                         .image = &o->how.detect.image,
                         .keep_all = all,
                         .keep_image = !all,
                         .crop = known->crop,
                         .done = faced_done,
                         .user = &run,
                         .what = what,
                         .total = count};
    int status = CLI_OK;
    for (size_t at = 0; at < count && status < CLI_USAGE && !cli_interrupted(); at += FACED_CHUNK) {
        job.done_before = at;
        size_t here = count - at < FACED_CHUNK ? count - at : FACED_CHUNK;
        status = cli_worse(status, faced_chunk(&run, &job, files + at, here, call, user));
        faced_clear(&run);
    }
    cli_progress_end();
    run.embeddings.network = NULL; /* the caller's */
    cli_embeddings_clear(&run.embeddings);
    return status;
}

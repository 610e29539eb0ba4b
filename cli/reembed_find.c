#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "progress.h"
#include "reembed.h"
#include "signals.h"

static bool reembed_take_face(void *user, const lk_gallery_face *face)
{
    reembed_search *search = user;
    search->faces = cli_grow(search->faces, &search->face_capacity, search->face_count + 1,
                             sizeof *search->faces);
    search->photos = cli_grow(search->photos, &search->photo_capacity, search->photo_count + 1,
                              sizeof *search->photos);
    reembed_photo *photo = &search->photos[search->photo_count];
    *photo = (reembed_photo){.source = cli_strdup(face->source), .has_digest = face->digest};
    photo->first = SIZE_MAX;
    if (face->digest)
        memcpy(photo->digest, face->digest, sizeof photo->digest);
    search->faces[search->face_count++] =
        (reembed_face){face->id, face->box, search->photo_count++, SIZE_MAX, false};
    return true;
}

/* Faces of one photograph are looked for together. */
static int reembed_compare_photos(const void *a, const void *b, void *user)
{
    const reembed_search *search = user;
    const reembed_photo *x = &search->photos[search->faces[*(const size_t *)a].photo];
    const reembed_photo *y = &search->photos[search->faces[*(const size_t *)b].photo];
    int digests = memcmp(x->digest, y->digest, sizeof x->digest);
    return digests ? digests : strcmp(x->source, y->source);
}

static void reembed_join_photos(reembed_search *search)
{
    size_t *order = cli_alloc(search->face_count, sizeof *order);
    for (size_t i = 0; i < search->face_count; i++)
        order[i] = i;
    if (search->face_count)
        qsort_r(order, search->face_count, sizeof *order, reembed_compare_photos, search);
    for (size_t i = 1; i < search->face_count; i++) {
        const reembed_photo *before = &search->photos[search->faces[order[i - 1]].photo];
        const reembed_photo *photo = &search->photos[search->faces[order[i]].photo];
        if (photo->has_digest == before->has_digest &&
            (photo->has_digest ? memcmp(photo->digest, before->digest, sizeof photo->digest)
                               : strcmp(photo->source, before->source)) == 0)
            search->faces[order[i]].photo = search->faces[order[i - 1]].photo;
    }
    free(order);
    for (size_t i = search->face_count; i-- > 0;) {
        reembed_photo *photo = &search->photos[search->faces[i].photo];
        search->faces[i].next = photo->first;
        photo->first = i;
    }
}

static int reembed_compare_ids(const void *a, const void *b)
{
    const reembed_face *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

reembed_face *reembed_face_of(const reembed_search *search, int64_t id)
{
    const reembed_face wanted = {.id = id};
    return search->face_count ? bsearch(&wanted, search->faces, search->face_count, sizeof wanted,
                                        reembed_compare_ids)
                              : NULL;
}

int reembed_take_faces(reembed_search *search, lk_gallery *gallery)
{
    lk_status taken = lk_gallery_faces(gallery, 0, reembed_take_face, search);
    if (taken != LK_OK)
        return cli_fail(taken);
    reembed_join_photos(search);
    return CLI_OK;
}

void reembed_search_clear(reembed_search *search)
{
    for (size_t i = 0; i < search->photo_count; i++)
        free(search->photos[i].source);
    free(search->photos);
    free(search->faces);
    free(search->found);
    *search = (reembed_search){0};
}

/* ---- photographs that are found again ---- */

static int reembed_compare_found(const void *a, const void *b)
{
    return memcmp(((const reembed_found *)a)->digest, ((const reembed_found *)b)->digest,
                  LK_GALLERY_DIGEST);
}

void reembed_look_below(reembed_search *search, const cli_inputs *inputs)
{
    search->found = cli_alloc(inputs->count, sizeof *search->found);
    cli_progress_begin("reading", inputs->count);
    for (size_t i = 0; i < inputs->count && !cli_interrupted(); i++) {
        reembed_found *found = &search->found[search->found_count];
        if (cli_digest_bytes(found->digest, inputs->files[i].path) == CLI_OK) {
            found->file = &inputs->files[i];
            search->found_count++;
        }
        cli_progress_step(i + 1);
    }
    cli_progress_end();
    if (search->found_count)
        qsort(search->found, search->found_count, sizeof *search->found, reembed_compare_found);
}

static void reembed_look_at_source(reembed_photo *photo)
{
    uint8_t digest[LK_GALLERY_DIGEST];
    if (access(photo->source, R_OK) != 0)
        photo->why = "the photograph is not there";
    else if (photo->has_digest && (cli_digest_bytes(digest, photo->source) != CLI_OK ||
                                   memcmp(digest, photo->digest, sizeof digest) != 0))
        photo->why = "the file is another one by now";
    else
        photo->file = (lk_file){.path = photo->source, .label = "", .group = ""};
}

static void reembed_find_photo(reembed_search *search, reembed_photo *photo)
{
    reembed_found wanted;
    const reembed_found *found = NULL;
    memcpy(wanted.digest, photo->digest, sizeof wanted.digest);
    if (photo->has_digest && search->found_count)
        found = bsearch(&wanted, search->found, search->found_count, sizeof wanted,
                        reembed_compare_found);
    if (found)
        photo->file = *found->file;
    else
        reembed_look_at_source(photo);
}

/* Each photograph of which a face is not done, once. */
size_t reembed_list(reembed_search *search, lk_file *files, size_t *photos)
{
    bool *listed = cli_alloc(search->photo_count, sizeof *listed);
    size_t count = 0;
    for (size_t i = 0; i < search->face_count; i++) {
        size_t photo = search->faces[i].photo;
        if (search->faces[i].done || listed[photo])
            continue;
        listed[photo] = true;
        reembed_find_photo(search, &search->photos[photo]);
        if (!search->photos[photo].file.path)
            continue;
        photos[count] = photo;
        files[count++] = search->photos[photo].file;
    }
    free(listed);
    return count;
}

/* From one model to another. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/gallery.h"
#include "gallery/secret.h"

typedef struct lk_replace {
    lk_gallery *gallery;
    lk_gallery_vector_fn call;
    void *user;
    size_t width;   /* of the new vectors */
    float *vectors; /* [count, width] */
    int64_t *faces; /* [count]; negative: it has no vector any more */
    size_t count, capacity, face_capacity;
    lk_status status;
} lk_replace;

static lk_status replace_take(lk_replace *replace, const lk_gallery_face *face)
{
    bool there = false;
    size_t at = replace->count;
    LK_TRY(lk_grow(&replace->vectors, &replace->capacity, (at + 1) * replace->width,
                   sizeof *replace->vectors));
    LK_TRY(lk_grow(&replace->faces, &replace->face_capacity, at + 1, sizeof *replace->faces));
    LK_TRY(replace->call(replace->user, replace->vectors + at * replace->width, &there, face));
    replace->faces[at] = there ? face->id : -face->id;
    replace->count++;
    return LK_OK;
}

static bool replace_take_face(void *user, const lk_gallery_face *face)
{
    lk_replace *replace = user;
    replace->status = replace_take(replace, face);
    return replace->status == LK_OK;
}

static lk_status replace_one(lk_gallery *gallery, int64_t face, const float *vector)
{
    lk_database *db = &gallery->database;
    lk_rows *rows;
    bool row;
    LK_TRY(lk_query(db, &rows,
                    "SELECT person.id, name FROM face JOIN person ON person.id = person WHERE "
                    "face.id = ?",
                    "i", face));
    LK_TRY(lk_query_next(rows, &row));
    LK_REQUIRE(row, LK_ERROR_DATABASE, "%s: damaged: face %lld is nobody's", db->path,
               (long long)face);
    const lk_owner owner = {lk_row_whole(rows, 0), lk_row_text(rows, 1)};
    lk_status status = lk_gallery_keep_vector(gallery, face, owner, vector);
    lk_query_end(rows);
    return status;
}

static lk_status replace_all(lk_replace *replace, size_t *gone, const lk_gallery_model *model)
{
    lk_gallery *gallery = replace->gallery;
    LK_TRY(lk_gallery_faces(gallery, 0, replace_take_face, replace));
    LK_TRY(replace->status);
    LK_TRY(lk_gallery_change_model(gallery, model));
    LK_TRY(lk_gallery_touch(gallery));
    for (size_t i = 0; i < replace->count; i++) {
        int64_t face = replace->faces[i];
        *gone += face < 0;
        LK_TRY(face < 0
                   ? lk_execute(&gallery->database, "DELETE FROM face WHERE id = ?", "i", -face)
                   : replace_one(gallery, face, replace->vectors + i * replace->width));
    }
    return LK_OK;
}

lk_status lk_gallery_replace(lk_gallery *gallery, size_t *gone, const lk_gallery_model *model,
                             lk_gallery_vector_fn call, void *user)
{
    size_t count = 0;
    LK_REQUIRE(gallery && model && call, LK_ERROR_ARGUMENT, "lk_gallery_replace: NULL argument");
    LK_TRY(lk_gallery_check_model(model));
    lk_replace replace = {.gallery = gallery, .call = call, .user = user, .width = model->width};
    LK_TRY(lk_gallery_begin(gallery));
    lk_status status = replace_all(&replace, &count, model);
    if (status == LK_OK)
        status = lk_gallery_commit(gallery);
    else
        lk_gallery_rollback(gallery);
    free(replace.vectors);
    free(replace.faces);
    if (status == LK_OK && gone)
        *gone = count;
    return status;
}

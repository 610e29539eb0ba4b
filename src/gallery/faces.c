/* Faces and their vectors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/approximate.h"
#include "gallery/bulk.h"
#include "gallery/coarse.h"
#include "gallery/gallery.h"
#include "gallery/secret.h"

/* ---- adding ---- */

static lk_status faces_check_vector(const lk_gallery *gallery, const float *vector)
{
    double squares = 0;
    for (size_t i = 0; i < gallery->width; i++)
        squares += (double)vector[i] * (double)vector[i];
    /* Lengths and distances of such vectors are floats, too. */
    LK_REQUIRE(squares < 1e36, LK_ERROR_NUMBER,
               "%s: a vector with a NaN, an infinity or a number too large to work with",
               gallery->database.path);
    LK_REQUIRE(squares > 0 || gallery->metric != LK_METRIC_COSINE, LK_ERROR_NUMBER,
               "%s: a vector of zeros, which has no direction", gallery->database.path);
    return LK_OK;
}

static lk_status faces_check(const lk_gallery *gallery, const lk_gallery_face *face)
{
    LK_REQUIRE(gallery->fingerprint, LK_ERROR_ARGUMENT, "%s: of what model are the vectors?",
               gallery->database.path);
    LK_REQUIRE(face->vector, LK_ERROR_ARGUMENT, "lk_gallery_add: no vector");
    LK_REQUIRE(!face->source || strlen(face->source) <= LK_GALLERY_SOURCE_BYTES, LK_ERROR_ARGUMENT,
               "%s: a source of more than %d bytes", gallery->database.path,
               LK_GALLERY_SOURCE_BYTES);
    LK_REQUIRE(isfinite(face->box.x1 + face->box.y1 + face->box.x2 + face->box.y2), LK_ERROR_NUMBER,
               "%s: a box with a NaN or an infinity", gallery->database.path);
    return faces_check_vector(gallery, face->vector);
}

/* A vector's two copies as they are kept. */
typedef struct lk_faces_copies {
    uint8_t exact[LK_GALLERY_MOST_WIDTH * sizeof(float) + LK_SECRET_MORE];
    uint8_t coarse[sizeof(lk_coarse) + LK_GALLERY_MOST_WIDTH + LK_SECRET_MORE];
    size_t exact_count, coarse_count;
} lk_faces_copies;

static void faces_make_copies(const lk_gallery *gallery, lk_faces_copies *out, int64_t id,
                              lk_owner owner, const float *vector)
{
    uint8_t copy[sizeof(lk_coarse) + LK_GALLERY_MOST_WIDTH];
    lk_coarse coarse = lk_coarse_make((int8_t *)copy + sizeof coarse, vector, gallery->width,
                                      gallery->metric == LK_METRIC_COSINE);
    memcpy(copy, &coarse, sizeof coarse);
    lk_secret_put(gallery, out->exact, &out->exact_count, LK_SECRET_EXACT, id, owner, vector,
                  gallery->width * sizeof *vector);
    lk_secret_put(gallery, out->coarse, &out->coarse_count, LK_SECRET_COARSE, id, owner, copy,
                  lk_coarse_bytes(gallery->width));
}

lk_status lk_gallery_keep_vector(lk_gallery *gallery, int64_t id, lk_owner owner,
                                 const float *vector)
{
    lk_database *db = &gallery->database;
    lk_faces_copies copies;
    LK_TRY(faces_check_vector(gallery, vector));
    faces_make_copies(gallery, &copies, id, owner, vector);
    LK_TRY(lk_execute(
        db,
        "INSERT INTO exact VALUES(?, ?) ON CONFLICT(face) DO UPDATE SET vector = excluded.vector",
        "ib", id, (const void *)copies.exact, copies.exact_count));
    LK_TRY(lk_approximate_add(gallery, id, vector, true));
    return lk_execute(
        db,
        "INSERT INTO coarse VALUES(?, ?) ON CONFLICT(face) DO UPDATE SET vector = excluded.vector",
        "ib", id, (const void *)copies.coarse, copies.coarse_count);
}

static lk_status faces_add_vector(lk_gallery *gallery, int64_t id, lk_owner owner,
                                  const float *vector)
{
    lk_database *db = &gallery->database;
    lk_faces_copies copies;
    faces_make_copies(gallery, &copies, id, owner, vector);
    LK_TRY(lk_append(db, NULL, "exact(face, vector)", "ib", id, (const void *)copies.exact,
                     copies.exact_count));
    LK_TRY(lk_approximate_add(gallery, id, vector, false));
    return lk_append(db, NULL, "coarse(face, vector)", "ib", id, (const void *)copies.coarse,
                     copies.coarse_count);
}

/* A number that is not known is nothing to SQLite, which takes a NaN for that. */
static lk_status faces_add_row(lk_gallery *gallery, int64_t *id, lk_owner owner,
                               const lk_gallery_face *face)
{
    lk_database *db = &gallery->database;
    const char *source = face->source ? face->source : "";
    LK_TRY(lk_append(
        db, id, "face(person, source, digest, x1, y1, x2, y2, prob, quality, notes, created)",
        "ibbrrrrrrti", owner.person, (const void *)source, strlen(source),
        (const void *)face->digest, face->digest ? (size_t)LK_GALLERY_DIGEST : (size_t)0,
        (double)face->box.x1, (double)face->box.y1, (double)face->box.x2, (double)face->box.y2,
        face->prob, face->quality, face->notes ? face->notes : "",
        face->created ? face->created : lk_gallery_now()));
    if (lk_bulk_is_on(gallery))
        LK_TRY(lk_bulk_add_face(gallery, owner.person, face));
    return faces_add_vector(gallery, *id, owner, face->vector);
}

/* *id is not 0 where there is one. */
static lk_status faces_find_same(lk_gallery *gallery, int64_t *id, int64_t person,
                                 const lk_gallery_face *face)
{
    *id = 0;
    if (!face->digest)
        return LK_OK;
    if (lk_bulk_is_on(gallery)) {
        *id = lk_bulk_has_face(gallery, person, face);
        return LK_OK;
    }
    return lk_query_whole(&gallery->database, id, 0,
                          "SELECT id FROM face WHERE digest = ? AND person = ? AND round(x1) = "
                          "round(?) AND round(y1) = round(?) AND round(x2) = round(?) AND "
                          "round(y2) = round(?)",
                          "birrrr", (const void *)face->digest, (size_t)LK_GALLERY_DIGEST, person,
                          (double)face->box.x1, (double)face->box.y1, (double)face->box.x2,
                          (double)face->box.y2);
}

static lk_status faces_add(lk_gallery *gallery, int64_t *id, const char *name,
                           const lk_gallery_face *face)
{
    int64_t person, same;
    LK_TRY(lk_gallery_make_person(gallery, &person, name, 0));
    LK_TRY(faces_find_same(gallery, &same, person, face));
    *id = 0;
    return same ? LK_OK : faces_add_row(gallery, id, (lk_owner){person, name}, face);
}

lk_status lk_gallery_add(lk_gallery *gallery, int64_t *id, const char *name,
                         const lk_gallery_face *face)
{
    char *kept;
    int64_t added = 0;
    LK_REQUIRE(gallery && name && face, LK_ERROR_ARGUMENT, "lk_gallery_add: NULL argument");
    LK_TRY(faces_check(gallery, face));
    LK_TRY(lk_secret_require(gallery));
    LK_TRY(lk_gallery_take_name(&kept, name));
    lk_status status = lk_gallery_enter(gallery);
    if (status == LK_OK)
        status = lk_gallery_leave(gallery, faces_add(gallery, &added, kept, face));
    free(kept);
    if (status == LK_OK && id)
        *id = added;
    return status;
}

/* ---- reading ---- */

static lk_status faces_has_photo(lk_gallery *gallery, int64_t *person, const char *name,
                                 const uint8_t *digest)
{
    lk_database *db = &gallery->database;
    if (!name)
        return lk_query_whole(db, person, 0,
                              "SELECT person FROM face WHERE digest = ? ORDER BY id LIMIT 1", "b",
                              (const void *)digest, (size_t)LK_GALLERY_DIGEST);
    return lk_query_whole(db, person, 0,
                          "SELECT person FROM face WHERE digest = ? AND person = (SELECT id FROM "
                          "person WHERE name = ?) LIMIT 1",
                          "bt", (const void *)digest, (size_t)LK_GALLERY_DIGEST, name);
}

lk_status lk_gallery_has_photo(lk_gallery *gallery, int64_t *person, const char *name,
                               const uint8_t *digest)
{
    char *kept = NULL;
    LK_REQUIRE(gallery && person && digest, LK_ERROR_ARGUMENT,
               "lk_gallery_has_photo: NULL argument");
    if (name)
        LK_TRY(lk_gallery_take_name(&kept, name));
    lk_status status = faces_has_photo(gallery, person, kept, digest);
    free(kept);
    return status;
}

static lk_status faces_take_exact(const lk_gallery *gallery, float *out, int64_t face,
                                  lk_rows *rows)
{
    const lk_owner owner = {lk_row_whole(rows, 1), lk_row_text(rows, 2)};
    return lk_secret_take_row(gallery, out, gallery->width * sizeof *out, LK_SECRET_EXACT, face,
                              owner, rows, 0);
}

/* Whose the face is matters where vectors are sealed; elsewhere looking it up would read
 * another page of a cold file for each of the candidates of a search. */
static lk_status faces_query_exact(lk_gallery *gallery, lk_rows **rows, int64_t face)
{
    lk_database *db = &gallery->database;
    if (!gallery->sealed)
        return lk_query(db, rows, "SELECT vector, 0, NULL FROM exact WHERE face = ?1", "i", face);
    return lk_query(db, rows,
                    "SELECT vector, person, (SELECT name FROM person WHERE person.id = "
                    "face.person) FROM exact JOIN face ON face.id = exact.face WHERE exact.face = "
                    "?1",
                    "i", face);
}

lk_status lk_gallery_exact_row(lk_gallery *gallery, float *out, bool *there, int64_t face)
{
    lk_rows *rows;
    LK_TRY(faces_query_exact(gallery, &rows, face));
    LK_TRY(lk_query_next(rows, there));
    if (!*there)
        return LK_OK;
    lk_status status = faces_take_exact(gallery, out, face, rows);
    lk_query_end(rows);
    return status;
}

static lk_status faces_take_exact_of(lk_gallery *gallery, float *out, bool *there,
                                     const int64_t *faces, size_t count, lk_rows *rows)
{
    int64_t face = lk_row_whole(rows, 0);
    const lk_owner owner = {lk_row_whole(rows, 2), lk_row_text(rows, 3)};
    for (size_t i = 0; i < count; i++) {
        if (faces[i] != face)
            continue;
        there[i] = true;
        LK_TRY(lk_secret_take_row(gallery, out + i * gallery->width, gallery->width * sizeof *out,
                                  LK_SECRET_EXACT, face, owner, rows, 1));
    }
    return LK_OK;
}

lk_status lk_gallery_exact_rows(lk_gallery *gallery, float *out, bool *there, const int64_t *faces,
                                size_t count)
{
    lk_database *db = &gallery->database;
    lk_rows *rows;
    bool row;
    memset(there, 0, count * sizeof *there);
    LK_TRY(db->kind->exact_rows(db, &rows, faces, count, gallery->sealed));
    for (;;) {
        LK_TRY(lk_query_next(rows, &row));
        if (!row)
            return LK_OK;
        lk_status status = faces_take_exact_of(gallery, out, there, faces, count, rows);
        if (status != LK_OK) {
            lk_query_end(rows);
            return status;
        }
    }
}

/* The name is of use where vectors are sealed. */
#define FACE_COLUMNS                                                                               \
    "SELECT face.id, person, source, digest, x1, y1, x2, y2, prob, quality, notes, face.created, " \
    "vector, CASE WHEN ?1 <> 0 THEN (SELECT name FROM person WHERE person.id = face.person) END "  \
    "FROM "                                                                                        \
    "face LEFT JOIN exact ON exact.face = face.id "

/* What a row borrows from must end in a zero and be aligned. */
typedef struct lk_faces_row {
    char *source; /* [LK_GALLERY_SOURCE_BYTES + 1] */
    float *vector;
    lk_gallery_face face;
} lk_faces_row;

static void faces_take_source(lk_faces_row *row, lk_rows *rows)
{
    size_t count;
    const void *bytes = lk_row_bytes(rows, 2, &count);
    count = lk_smaller(count, LK_GALLERY_SOURCE_BYTES);
    if (bytes)
        memcpy(row->source, bytes, count);
    row->source[bytes ? count : 0] = '\0';
}

static lk_status faces_take_row(const lk_gallery *gallery, lk_faces_row *row, lk_rows *rows)
{
    size_t count;
    lk_gallery_face *face = &row->face;
    faces_take_source(row, rows);
    *face = (lk_gallery_face){.id = lk_row_whole(rows, 0),
                              .person = lk_row_whole(rows, 1),
                              .source = row->source,
                              .prob = lk_row_real(rows, 8),
                              .quality = lk_row_real(rows, 9),
                              .notes = lk_row_text(rows, 10),
                              .created = lk_row_whole(rows, 11),
                              .vector = row->vector};
    const void *digest = lk_row_bytes(rows, 3, &count);
    if (count == LK_GALLERY_DIGEST)
        face->digest = digest;
    face->box = (lk_box){(float)lk_row_real(rows, 4), (float)lk_row_real(rows, 5),
                         (float)lk_row_real(rows, 6), (float)lk_row_real(rows, 7)};
    LK_REQUIRE(face->notes, LK_ERROR_DATABASE, "%s: damaged: face %lld has no notes",
               gallery->database.path, (long long)face->id);
    const lk_owner owner = {face->person, lk_row_text(rows, 13)};
    return lk_secret_take_row(gallery, row->vector, gallery->width * sizeof *row->vector,
                              LK_SECRET_EXACT, face->id, owner, rows, 12);
}

static lk_status faces_walk(lk_gallery *gallery, lk_rows *rows, lk_faces_row *row,
                            lk_gallery_face_fn call, void *user)
{
    bool there;
    for (;;) {
        LK_TRY(lk_query_next(rows, &there));
        if (!there)
            return LK_OK;
        lk_status status = faces_take_row(gallery, row, rows);
        if (status != LK_OK || !call(user, &row->face)) {
            lk_query_end(rows);
            return status;
        }
    }
}

static lk_status faces_query(lk_gallery *gallery, lk_rows **rows, int64_t person)
{
    lk_database *db = &gallery->database;
    if (!person)
        return lk_query(db, rows, FACE_COLUMNS "ORDER BY face.id", "i", (int64_t)gallery->sealed);
    return lk_query(db, rows, FACE_COLUMNS "WHERE person = ?2 ORDER BY face.id", "ii",
                    (int64_t)gallery->sealed, person);
}

lk_status lk_gallery_faces(lk_gallery *gallery, int64_t person, lk_gallery_face_fn call, void *user)
{
    LK_REQUIRE(gallery && call, LK_ERROR_ARGUMENT, "lk_gallery_faces: NULL argument");
    LK_TRY(lk_gallery_read_model(gallery));
    if (!gallery->fingerprint)
        return LK_OK; /* no model, no faces */
    LK_TRY(lk_secret_require(gallery));
    lk_faces_row row = {0};
    lk_rows *rows;
    lk_status status = lk_alloc(&row.source, LK_GALLERY_SOURCE_BYTES + 1, 1);
    if (status == LK_OK)
        status = lk_alloc(&row.vector, gallery->width, sizeof *row.vector);
    if (status == LK_OK)
        status = faces_query(gallery, &rows, person);
    if (status == LK_OK)
        status = faces_walk(gallery, rows, &row, call, user);
    free(row.source);
    free(row.vector);
    return status;
}

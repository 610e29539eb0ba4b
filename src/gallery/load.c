/* What a search holds in memory, made from the file. */
#include "gallery/load.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* ---- a row a face ---- */

static lk_status load_face(const lk_gallery *gallery, lk_gallery_index *index, sqlite3_stmt *rows)
{
    uint8_t copy[sizeof(lk_coarse) + LK_GALLERY_MOST_WIDTH];
    lk_coarse coarse;
    int64_t face = sqlite3_column_int64(rows, 0), person = sqlite3_column_int64(rows, 1);
    const lk_owner owner = {person, (const char *)sqlite3_column_text(rows, 3)};
    LK_TRY(lk_secret_take(gallery, copy, lk_coarse_bytes(gallery->width), LK_SECRET_COARSE, face,
                          owner, sqlite3_column_blob(rows, 2),
                          (size_t)sqlite3_column_bytes(rows, 2)));
    memcpy(&coarse, copy, sizeof coarse);
    LK_REQUIRE(index->count < index->capacity && lk_coarse_is_sound(&coarse), LK_ERROR_DATABASE,
               "%s: damaged: the short copy of face %lld", gallery->database.path, (long long)face);
    lk_gallery_index_add(index, face, person, &coarse, (const int8_t *)copy + sizeof coarse);
    return LK_OK;
}

static lk_status load_faces(lk_gallery *gallery, lk_gallery_index *index)
{
    lk_database *db = &gallery->database;
    sqlite3_stmt *rows;
    bool row;
    LK_TRY(
        lk_query(db, &rows,
                 "SELECT coarse.face, person, vector, CASE WHEN ?1 THEN (SELECT name FROM person "
                 "WHERE person.id = face.person) END FROM coarse CROSS JOIN face ON face.id = "
                 "coarse.face ORDER BY coarse.face",
                 "i", (int64_t)gallery->sealed));
    for (;;) {
        LK_TRY(lk_query_next(db, rows, &row));
        if (!row)
            return LK_OK;
        lk_status status = load_face(gallery, index, rows);
        if (status != LK_OK) {
            lk_query_end(rows);
            return status;
        }
    }
}

/* ---- a row a person ---- */

static lk_status load_add_person(lk_gallery *gallery, lk_gallery_index *index,
                                 const lk_person_rows *person, lk_gallery_by by)
{
    int8_t codes[LK_GALLERY_MOST_WIDTH];
    size_t row = index->count;
    float *mean = index->rows + row * gallery->width, plus;
    lk_person_mean(mean, &plus, person, gallery->width, gallery->metric == LK_METRIC_COSINE, by);
    if (index->plus)
        index->plus[row] = plus;
    lk_coarse coarse = lk_coarse_make(codes, mean, gallery->width, index->unit);
    lk_gallery_index_add(index, person->id, person->id, &coarse, codes);
    return LK_OK;
}

typedef struct lk_load_people {
    lk_gallery *gallery;
    lk_gallery_index *index;
    lk_gallery_by by;
    lk_person_rows person;
    size_t capacity;
    lk_status status;
} lk_load_people;

static void load_end_person(lk_load_people *load)
{
    if (load->person.count && load->status == LK_OK)
        load->status = load_add_person(load->gallery, load->index, &load->person, load->by);
    load->person.count = 0;
}

static lk_status load_take_row(lk_load_people *load, sqlite3_stmt *row)
{
    size_t width = load->gallery->width;
    int64_t person = sqlite3_column_int64(row, 0);
    const lk_owner owner = {person, (const char *)sqlite3_column_text(row, 3)};
    lk_person_rows *rows = &load->person;
    if (rows->count && rows->id != person)
        load_end_person(load);
    LK_TRY(load->status);
    LK_TRY(
        lk_grow(&rows->vectors, &load->capacity, (rows->count + 1) * width, sizeof *rows->vectors));
    rows->id = person;
    return lk_secret_take(load->gallery, rows->vectors + rows->count++ * width,
                          width * sizeof *rows->vectors, LK_SECRET_EXACT,
                          sqlite3_column_int64(row, 2), owner, sqlite3_column_blob(row, 1),
                          (size_t)sqlite3_column_bytes(row, 1));
}

static lk_status load_people(lk_load_people *load)
{
    lk_database *db = &load->gallery->database;
    sqlite3_stmt *rows;
    bool row;
    LK_TRY(
        lk_query(db, &rows,
                 "SELECT person, vector, face.id, CASE WHEN ?1 THEN (SELECT name FROM person WHERE "
                 "person.id = face.person) END FROM face CROSS JOIN exact ON exact.face = face.id "
                 "ORDER BY person, face.id",
                 "i", (int64_t)load->gallery->sealed));
    for (;;) {
        LK_TRY(lk_query_next(db, rows, &row));
        if (!row)
            break;
        lk_status status = load_take_row(load, rows);
        if (status != LK_OK) {
            lk_query_end(rows);
            return status;
        }
    }
    load_end_person(load);
    return load->status;
}

/* ---- both ---- */

static lk_status load_into(lk_gallery *gallery, lk_gallery_index *index, lk_gallery_by by)
{
    if (by == LK_GALLERY_BEST)
        return load_faces(gallery, index);
    LK_TRY(lk_alloc(&index->rows, index->capacity, gallery->width * sizeof *index->rows));
    if (by == LK_GALLERY_MEAN)
        LK_TRY(lk_alloc(&index->plus, index->capacity, sizeof *index->plus));
    lk_load_people load = {.gallery = gallery, .index = index, .by = by};
    lk_status status = load_people(&load);
    free(load.person.vectors);
    return status;
}

static lk_status load_make(lk_gallery *gallery, lk_gallery_index **out, lk_gallery_by by)
{
    int64_t count;
    lk_gallery_index *index;
    bool unit = gallery->metric == LK_METRIC_COSINE && by != LK_GALLERY_MEAN;
    LK_TRY(lk_query_whole(
        &gallery->database, &count, 0,
        by == LK_GALLERY_BEST ? "SELECT count(*) FROM coarse" : "SELECT count(*) FROM person", ""));
    LK_TRY(lk_gallery_index_create(&index, gallery->width, unit, (size_t)count));
    int64_t people = 0;
    index->secret = gallery->sealed;
    lk_status status = load_into(gallery, index, by);
    if (status == LK_OK)
        status = lk_query_whole(&gallery->database, &people, 0, "SELECT count(*) FROM person", "");
    index->person_count = (size_t)people;
    if (status == LK_OK)
        *out = index;
    else
        lk_gallery_index_destroy(index);
    return status;
}

lk_status lk_gallery_load(lk_gallery *gallery, const lk_gallery_index **out, lk_gallery_by by)
{
    int64_t others;
    lk_gallery_index **kept = &gallery->index[by];
    LK_TRY(lk_query_whole(&gallery->database, &others, 0, "PRAGMA data_version", ""));
    bool fresh = *kept && !gallery->begun && (*kept)->seen_own == gallery->written &&
                 (*kept)->seen_others == others;
    if (!fresh) {
        lk_gallery_index_destroy(*kept);
        *kept = NULL;
        LK_TRY(load_make(gallery, kept, by));
        (*kept)->seen_own = gallery->written;
        (*kept)->seen_others = others;
    }
    *out = *kept;
    return LK_OK;
}

/* What a search holds in memory, made from the file. */
#include "gallery/load.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/graph.h"
#include "gallery/graph_search.h"
#include "gallery/scan.h"
#include "gallery/stored.h"

/* ---- a row a face ---- */

static lk_status load_face(const lk_gallery *gallery, lk_gallery_index *index, lk_rows *rows)
{
    uint8_t copy[sizeof(lk_coarse) + LK_GALLERY_MOST_WIDTH];
    lk_coarse coarse;
    int64_t face = lk_row_whole(rows, 0), person = lk_row_whole(rows, 1);
    const lk_owner owner = {person, lk_row_text(rows, 3)};
    LK_TRY(lk_secret_take_row(gallery, copy, lk_coarse_bytes(gallery->width), LK_SECRET_COARSE,
                              face, owner, rows, 2));
    memcpy(&coarse, copy, sizeof coarse);
    LK_TRY(lk_gallery_index_grow(index, index->count + 1));
    LK_REQUIRE(lk_coarse_is_sound(&coarse), LK_ERROR_DATABASE,
               "%s: damaged: the short copy of face %lld", gallery->database.path, (long long)face);
    lk_gallery_index_add(index, face, person, &coarse, (const int8_t *)copy + sizeof coarse);
    return LK_OK;
}

/* Those that come after what the index has. */
static lk_status load_faces(lk_gallery *gallery, lk_gallery_index *index)
{
    lk_database *db = &gallery->database;
    lk_rows *rows;
    bool row;
    LK_TRY(lk_query(
        db, &rows,
        "SELECT coarse.face, person, vector, CASE WHEN ?1 <> 0 THEN (SELECT name FROM person "
        "WHERE person.id = face.person) END FROM coarse CROSS JOIN face ON face.id = "
        "coarse.face WHERE coarse.face > ?2 ORDER BY coarse.face",
        "ii", (int64_t)gallery->sealed, index->state.last));
    for (;;) {
        LK_TRY(lk_query_next(rows, &row));
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
    LK_REQUIRE(row < index->capacity, LK_ERROR_DATABASE, "%s: damaged: there are faces of nobody",
               gallery->database.path);
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

static lk_status load_take_row(lk_load_people *load, lk_rows *row)
{
    size_t width = load->gallery->width;
    int64_t person = lk_row_whole(row, 0);
    const lk_owner owner = {person, lk_row_text(row, 3)};
    lk_person_rows *rows = &load->person;
    if (rows->count && rows->id != person)
        load_end_person(load);
    LK_TRY(load->status);
    LK_TRY(
        lk_grow(&rows->vectors, &load->capacity, (rows->count + 1) * width, sizeof *rows->vectors));
    rows->id = person;
    return lk_secret_take_row(load->gallery, rows->vectors + rows->count++ * width,
                              width * sizeof *rows->vectors, LK_SECRET_EXACT, lk_row_whole(row, 2),
                              owner, row, 1);
}

static lk_status load_people(lk_load_people *load)
{
    lk_database *db = &load->gallery->database;
    lk_rows *rows;
    bool row;
    LK_TRY(lk_query(
        db, &rows,
        "SELECT person, vector, face.id, CASE WHEN ?1 <> 0 THEN (SELECT name FROM person WHERE "
        "person.id = face.person) END FROM face CROSS JOIN exact ON exact.face = face.id "
        "ORDER BY person, face.id",
        "i", (int64_t)load->gallery->sealed));
    for (;;) {
        LK_TRY(lk_query_next(rows, &row));
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

/* ---- what is kept beside the file ---- */

static lk_status load_state(lk_gallery *gallery, lk_index_state *out)
{
    lk_database *db = &gallery->database;
    lk_rows *rows;
    bool row;
    *out = (lk_index_state){0};
    LK_TRY(lk_query(db, &rows, "SELECT value FROM meta WHERE key = 'state'", ""));
    LK_TRY(lk_query_next(rows, &row));
    if (!row)
        return LK_OK;
    size_t count;
    const void *bytes = lk_row_bytes(rows, 0, &count);
    if (bytes && count == sizeof out->random)
        memcpy(out->random, bytes, sizeof out->random);
    lk_query_end(rows);
    return LK_OK;
}

/* The last face of an index is told from any other by when it came: a database that was put
 * in the place of another may have gone on from the same state otherwise. */
static lk_status load_created(lk_gallery *gallery, int64_t *out, int64_t face)
{
    return lk_query_whole(&gallery->database, out, -1, "SELECT created FROM face WHERE id = ?", "i",
                          face);
}

static lk_status load_note_last(lk_gallery *gallery, lk_gallery_index *index)
{
    index->state.last = index->count ? index->ids[index->count - 1] : 0;
    return load_created(gallery, &index->state.last_created, index->state.last);
}

/* Whether what an index has is still as it has it, though there may be more by now. */
static lk_status load_still_holds(lk_gallery *gallery, bool *out, const lk_gallery_index *index,
                                  const lk_index_state *now)
{
    static const uint8_t none[sizeof now->random];
    int64_t created;
    *out = false;
    if (index->count == 0 || memcmp(index->state.random, none, sizeof none) == 0 ||
        memcmp(index->state.random, now->random, sizeof none) != 0)
        return LK_OK;
    LK_TRY(load_created(gallery, &created, index->state.last));
    *out = created == index->state.last_created;
    return LK_OK;
}

/* *out NULL: there is nothing of use beside the file. */
static lk_status load_stored(lk_gallery *gallery, lk_gallery_index **out, const lk_index_state *now)
{
    bool holds;
    lk_gallery_index *index;
    *out = NULL;
    if (gallery->sealed || gallery->database.kind->remote)
        return LK_OK;
    LK_TRY(lk_stored_read(&index, gallery->database.path, now, gallery->width,
                          gallery->metric == LK_METRIC_COSINE));
    if (!index)
        return LK_OK;
    lk_status status = load_still_holds(gallery, &holds, index, now);
    if (status == LK_OK && holds)
        *out = index;
    else
        lk_gallery_index_destroy(index);
    return status;
}

void lk_gallery_load_forget(lk_gallery *gallery)
{
    for (size_t i = 0; i < LK_GALLERY_BY_COUNT; i++) {
        lk_gallery_index_destroy(gallery->index[i]);
        gallery->index[i] = NULL;
    }
}

/* Who has been removed since must not come back into a file. */
static bool load_is_of_now(lk_gallery *gallery, const lk_gallery_index *index)
{
    bool holds;
    lk_index_state now;
    return load_state(gallery, &now) == LK_OK &&
           load_still_holds(gallery, &holds, index, &now) == LK_OK && holds;
}

void lk_gallery_load_end(lk_gallery *gallery)
{
    const char *path = gallery->database.path;
    const lk_gallery_index *index = gallery->index[LK_GALLERY_BEST];
    bool can = index && !gallery->begun && !gallery->sealed && !gallery->database.kind->remote &&
               !gallery->options.read_only;
    bool stored = can && index->count >= lk_stored_least() &&
                  index->count - index->stored > index->count / 16;
    bool graph = can && lk_graph_is_changed(gallery);
    if ((stored || graph) && load_is_of_now(gallery, index)) {
        if (stored)
            lk_stored_write(index, path);
        if (graph)
            lk_graph_save(gallery);
        if (!load_is_of_now(gallery, index)) { /* somebody was removed, and the files, meanwhile */
            lk_stored_remove(path);
            lk_graph_remove(path);
        }
    }
    lk_graph_forget(gallery);
    lk_gallery_load_forget(gallery);
}

/* ---- both ---- */

/* An empty index with room for all faces. Counting them reads much of the file. */
static lk_status load_begin(lk_gallery *gallery, lk_gallery_index **out, const lk_index_state *now)
{
    int64_t count;
    LK_TRY(lk_query_whole(&gallery->database, &count, 0, "SELECT count(*) FROM face", ""));
    LK_TRY(lk_gallery_index_create(out, gallery->width, gallery->metric == LK_METRIC_COSINE,
                                   (size_t)count + (size_t)count / 16));
    (*out)->secret = gallery->sealed;
    memcpy((*out)->state.random, now->random, sizeof now->random);
    return LK_OK;
}

/* By the nearest face: what there is already, and what has come since. */
static lk_status load_best(lk_gallery *gallery, lk_gallery_index **kept, const lk_index_state *now)
{
    if (!*kept)
        LK_TRY(load_stored(gallery, kept, now));
    if (!*kept)
        LK_TRY(load_begin(gallery, kept, now));
    LK_TRY(load_faces(gallery, *kept));
    return load_note_last(gallery, *kept);
}

static lk_status load_means(lk_gallery *gallery, lk_gallery_index **kept, lk_gallery_by by)
{
    int64_t count;
    bool unit = gallery->metric == LK_METRIC_COSINE && by != LK_GALLERY_MEAN;
    LK_TRY(lk_query_whole(&gallery->database, &count, 0, "SELECT count(*) FROM person", ""));
    LK_TRY(lk_gallery_index_create(kept, gallery->width, unit, (size_t)count));
    lk_gallery_index *index = *kept;
    index->secret = gallery->sealed;
    LK_TRY(lk_alloc(&index->rows, index->capacity, gallery->width * sizeof *index->rows));
    if (by == LK_GALLERY_MEAN)
        LK_TRY(lk_alloc(&index->plus, index->capacity, sizeof *index->plus));
    lk_load_people load = {.gallery = gallery, .index = index, .by = by};
    lk_status status = load_people(&load);
    if (load.person.vectors && gallery->sealed)
        lk_seal_forget(load.person.vectors, load.capacity * sizeof *load.person.vectors);
    free(load.person.vectors);
    return status;
}

static lk_status load_anew(lk_gallery *gallery, lk_gallery_index **kept, lk_gallery_by by)
{
    bool holds = false;
    int64_t people = 0;
    lk_index_state now;
    LK_TRY(load_state(gallery, &now));
    if (*kept && by == LK_GALLERY_BEST)
        LK_TRY(load_still_holds(gallery, &holds, *kept, &now));
    if (!holds) {
        lk_gallery_index_destroy(*kept);
        *kept = NULL;
    }
    LK_TRY(by == LK_GALLERY_BEST ? load_best(gallery, kept, &now) : load_means(gallery, kept, by));
    /* More than there are where some were removed; counting them reads much of the file. */
    LK_TRY(lk_query_whole(&gallery->database, &people, 0, "SELECT max(id) FROM person", ""));
    (*kept)->person_count = (size_t)people;
    return LK_OK;
}

lk_status lk_gallery_load(lk_gallery *gallery, const lk_gallery_index **out, lk_gallery_by by)
{
    int64_t others;
    lk_gallery_index **kept = &gallery->index[by];
    LK_TRY(lk_secret_require(gallery));
    LK_TRY(lk_database_version(&gallery->database, &others));
    bool fresh = *kept && !gallery->begun && (*kept)->seen_own == gallery->written &&
                 (*kept)->seen_others == others;
    if (!fresh) {
        lk_status status = load_anew(gallery, kept, by);
        if (status != LK_OK) {
            lk_gallery_index_destroy(*kept);
            *kept = NULL;
            return status;
        }
        (*kept)->seen_own = gallery->written;
        (*kept)->seen_others = others;
    }
    *out = *kept;
    return LK_OK;
}

/* ---- checking ---- */

static size_t load_count_wrong(const lk_gallery_index *a, const lk_gallery_index *b)
{
    size_t wrong = 0, block = a->groups * LK_SCAN_ROWS * 4;
    size_t count = lk_smaller(a->count, b->count);
    for (size_t i = 0; i < count; i++)
        wrong += a->ids[i] != b->ids[i] || a->people[i] != b->people[i] ||
                 memcmp(&a->coarse[i], &b->coarse[i], sizeof *a->coarse) != 0;
    for (size_t i = 0; i + LK_SCAN_ROWS <= count; i += LK_SCAN_ROWS)
        wrong += memcmp(a->codes + i / LK_SCAN_ROWS * block, b->codes + i / LK_SCAN_ROWS * block,
                        block) != 0;
    return wrong + (a->count - count);
}

lk_status lk_gallery_load_compare(lk_gallery *gallery, size_t *wrong)
{
    lk_gallery_index *stored, *made = NULL;
    lk_index_state now;
    *wrong = 0;
    LK_TRY(load_state(gallery, &now));
    LK_TRY(load_stored(gallery, &stored, &now));
    if (!stored)
        return LK_OK;
    lk_status status = lk_gallery_index_create(&made, gallery->width, stored->unit, stored->count);
    if (status == LK_OK)
        status = load_faces(gallery, made);
    if (status == LK_OK)
        *wrong = load_count_wrong(stored, made);
    lk_gallery_index_destroy(made);
    lk_gallery_index_destroy(stored);
    return status;
}

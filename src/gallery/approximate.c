#include "gallery/approximate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/gallery.h"
#include "gallery/index.h"
#include "gallery/secret.h"

/* ---- keeping the index ---- */

lk_status lk_approximate_add(lk_gallery *gallery, int64_t face, const float *vector, bool in_place)
{
    lk_database *db = &gallery->database;
    return db->near ? db->kind->near_add(db, face, vector, gallery->width, in_place) : LK_OK;
}

lk_status lk_approximate_drop(lk_gallery *gallery)
{
    lk_database *db = &gallery->database;
    return db->near ? db->kind->near_drop(db) : LK_OK;
}

/* Faces behind `last`, some thousand at a time; *last becomes the last of them, 0: there was
 * none. */
static lk_status approximate_fill_some(lk_gallery *gallery, int64_t *last, float *vector)
{
    lk_database *db = &gallery->database;
    lk_rows *rows;
    bool row;
    int64_t from = *last;
    *last = 0;
    LK_TRY(lk_query(db, &rows,
                    "SELECT face, vector FROM exact WHERE face > ? ORDER BY face LIMIT 2000", "i",
                    from));
    for (;;) {
        LK_TRY(lk_query_next(rows, &row));
        if (!row)
            return LK_OK;
        *last = lk_row_whole(rows, 0);
        lk_status status = lk_secret_take_row(gallery, vector, gallery->width * sizeof *vector,
                                              LK_SECRET_EXACT, *last, (lk_owner){0}, rows, 1);
        if (status == LK_OK)
            status = lk_approximate_add(gallery, *last, vector, false);
        if (status != LK_OK) {
            lk_query_end(rows);
            return status;
        }
    }
}

static lk_status approximate_make(lk_gallery *gallery)
{
    lk_database *db = &gallery->database;
    float vector[LK_GALLERY_MOST_WIDTH];
    int64_t last = 0;
    LK_TRY(db->kind->near_make(db, gallery->width));
    do {
        LK_TRY(approximate_fill_some(gallery, &last, vector));
    } while (last);
    return db->kind->near_finish(db, gallery->metric == LK_METRIC_COSINE);
}

lk_status lk_gallery_make_index(lk_gallery *gallery)
{
    LK_REQUIRE(gallery && !gallery->begun, LK_ERROR_ARGUMENT,
               "lk_gallery_make_index: no gallery, or within a transaction");
    LK_REQUIRE(gallery->database.kind->near_make, LK_ERROR_ARGUMENT,
               "%s: approximate searches are there for galleries on a server; a file is searched "
               "exactly",
               gallery->database.path);
    LK_REQUIRE(!gallery->sealed, LK_ERROR_ARGUMENT,
               "%s: it is encrypted, and an index on the server would hold its vectors as they are",
               gallery->database.path);
    LK_TRY(lk_gallery_read_model(gallery));
    LK_REQUIRE(gallery->fingerprint, LK_ERROR_MISSING, "%s: nobody is enrolled in it yet",
               gallery->database.path);
    LK_TRY(lk_gallery_enter(gallery));
    return lk_gallery_leave(gallery, approximate_make(gallery));
}

/* ---- choosing ---- */

void lk_gallery_set_search(lk_gallery *gallery, lk_gallery_search search)
{
    if (gallery)
        gallery->search = search;
}

lk_gallery_search lk_gallery_searched(const lk_gallery *gallery)
{
    return gallery && gallery->searched ? LK_GALLERY_APPROXIMATE : LK_GALLERY_EXACT;
}

lk_status lk_approximate_choose(lk_gallery *gallery, bool *out, lk_gallery_by by)
{
    lk_database *db = &gallery->database;
    int64_t faces = 0;
    bool can = db->near && !gallery->sealed && by == LK_GALLERY_BEST;
    LK_REQUIRE(can || gallery->search != LK_GALLERY_APPROXIMATE, LK_ERROR_ARGUMENT,
               "%s: no approximate search: that compares by the nearest face, with an index on the "
               "server, which 'likeness gallery index' makes",
               db->path);
    if (can && gallery->search == LK_GALLERY_AUTO)
        LK_TRY(db->kind->near_size(db, &faces));
    *out = can && (gallery->search == LK_GALLERY_APPROXIMATE || faces > LK_GALLERY_EXACT_FACES);
    gallery->searched = *out;
    return LK_OK;
}

/* ---- searching ---- */

typedef struct lk_approximate_hit {
    int64_t face, person;
    double square;
} lk_approximate_hit;

static int approximate_compare(const void *a, const void *b)
{
    const lk_approximate_hit *x = a, *y = b;
    if (x->square != y->square)
        return x->square < y->square ? -1 : 1;
    return x->face < y->face ? -1 : x->face > y->face;
}

/* hits[most]: what the server takes for the nearest, by their distances in float64. */
static lk_status approximate_hits(lk_gallery *gallery, lk_approximate_hit *hits, size_t *count,
                                  const float *vector, size_t most)
{
    lk_database *db = &gallery->database;
    bool cosine = gallery->metric == LK_METRIC_COSINE, row;
    float found[LK_GALLERY_MOST_WIDTH];
    lk_rows *rows;
    *count = 0;
    LK_TRY(db->kind->near_rows(db, &rows, vector, gallery->width, cosine, most));
    for (;;) {
        LK_TRY(lk_query_next(rows, &row));
        if (!row)
            break;
        int64_t face = lk_row_whole(rows, 0);
        lk_status status = lk_secret_take_row(gallery, found, gallery->width * sizeof *found,
                                              LK_SECRET_EXACT, face, (lk_owner){0}, rows, 2);
        if (status != LK_OK || *count == most) {
            lk_query_end(rows);
            return status;
        }
        hits[(*count)++] = (lk_approximate_hit){
            face, lk_row_whole(rows, 1), lk_gallery_square(vector, found, gallery->width, cosine)};
    }
    if (*count)
        qsort(hits, *count, sizeof *hits, approximate_compare);
    return LK_OK;
}

static size_t approximate_people(lk_gallery_match *out, const lk_gallery *gallery,
                                 const lk_approximate_hit *hits, size_t count, size_t most)
{
    size_t found = 0;
    for (size_t i = 0; i < count && found < most; i++) {
        size_t known = 0;
        while (known < found && out[known].person != hits[i].person)
            known++;
        double square = hits[i].square > 0 ? hits[i].square : 0;
        if (known == found)
            out[found++] =
                (lk_gallery_match){hits[i].person, hits[i].face,
                                   gallery->metric == LK_METRIC_COSINE ? square / 2 : sqrt(square)};
    }
    return found;
}

/* More faces are asked for until there are people enough. */
static lk_status approximate_one(lk_gallery *gallery, lk_gallery_match *out, size_t *found,
                                 const float *vector, size_t most)
{
    enum { FIRST = 50, LAST = 1000 };
    lk_approximate_hit *hits;
    size_t count, rows = lk_smaller(most > FIRST / 4 ? 4 * most : FIRST, LAST);
    LK_TRY(lk_alloc(&hits, LAST, sizeof *hits));
    lk_status status = LK_OK;
    for (bool enough = false; status == LK_OK && !enough; rows = lk_smaller(4 * rows, LAST)) {
        status = approximate_hits(gallery, hits, &count, vector, rows);
        *found = status == LK_OK ? approximate_people(out, gallery, hits, count, most) : 0;
        enough = *found == most || count < rows || rows == LAST;
    }
    free(hits);
    return status;
}

lk_status lk_approximate_identify(lk_gallery *gallery, lk_gallery_match *out, size_t *found,
                                  const float *vectors, size_t count, size_t most)
{
    for (size_t i = 0; i < count; i++)
        LK_TRY(approximate_one(gallery, out + i * most, &found[i], vectors + i * gallery->width,
                               most));
    return LK_OK;
}

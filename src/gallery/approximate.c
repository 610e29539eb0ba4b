#include "gallery/approximate.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/gallery.h"
#include "gallery/graph.h"
#include "gallery/graph_search.h"
#include "gallery/index.h"
#include "gallery/load.h"
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
    lk_graph_forget(gallery);
    if (!db->kind->remote)
        lk_graph_remove(db->path);
    return db->near ? db->kind->near_drop(db) : LK_OK;
}

static int approximate_compare_faces(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* *changed: the graph had faces that are gone. */
static lk_status approximate_take_out(lk_graph **graph, const int64_t *faces, size_t count,
                                      bool *changed)
{
    bool *keep;
    size_t at = 0;
    *changed = false;
    LK_TRY(lk_alloc(&keep, (*graph)->count, sizeof *keep));
    for (size_t i = 0; i < (*graph)->count; i++) {
        while (at < count && faces[at] < (*graph)->faces[i])
            at++;
        keep[i] = at < count && faces[at] == (*graph)->faces[i];
        *changed = *changed || !keep[i];
    }
    lk_status status = *changed ? lk_graph_keep(graph, keep) : LK_OK;
    free(keep);
    return status;
}

/* What is left, in place of the file; that is overwritten. */
static lk_status approximate_wipe_graph(const lk_gallery *gallery, lk_graph **graph,
                                        const int64_t *faces, size_t count)
{
    bool changed;
    const char *path = gallery->database.path;
    LK_TRY(approximate_take_out(graph, faces, count, &changed));
    if (!changed)
        return LK_OK;
    lk_graph_remove(path);
    return (*graph)->count
               ? lk_graph_write(*graph, path, gallery->width, gallery->metric == LK_METRIC_COSINE)
               : LK_OK;
}

static lk_status approximate_wipe(lk_gallery *gallery)
{
    lk_graph *graph;
    int64_t *faces;
    size_t count;
    LK_TRY(lk_gallery_read_model(gallery));
    LK_TRY(lk_graph_read(&graph, gallery->database.path, gallery->width,
                         gallery->metric == LK_METRIC_COSINE));
    LK_REQUIRE(graph && !gallery->sealed, LK_ERROR_MISSING, "no index that is one");
    lk_status status = lk_secret_faces(gallery, 0, &faces, &count);
    if (status == LK_OK) {
        if (count)
            qsort(faces, count, sizeof *faces, approximate_compare_faces);
        status = approximate_wipe_graph(gallery, &graph, faces, count);
        free(faces);
    }
    lk_graph_destroy(graph);
    return status;
}

void lk_approximate_wipe(lk_gallery *gallery)
{
    lk_graph_forget(gallery);
    if (approximate_wipe(gallery) != LK_OK)
        lk_graph_remove(gallery->database.path);
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

/* Others may write meanwhile: what they add is compared exactly. */
static lk_status approximate_make_graph(lk_gallery *gallery)
{
    const lk_gallery_index *index;
    LK_TRY(lk_gallery_load(gallery, &index, LK_GALLERY_BEST));
    LK_REQUIRE(index->count, LK_ERROR_MISSING, "%s: nobody is enrolled in it yet",
               gallery->database.path);
    return lk_graph_make(gallery, index);
}

static lk_status approximate_make_any(lk_gallery *gallery)
{
    if (gallery->database.kind->near_make) {
        LK_TRY(lk_gallery_enter(gallery));
        return lk_gallery_leave(gallery, approximate_make(gallery));
    }
    LK_REQUIRE(!gallery->options.read_only, LK_ERROR_ARGUMENT, "%s: was opened to be read only",
               gallery->database.path);
    LK_TRY(lk_gallery_enter_to_read(gallery));
    return lk_gallery_leave_read(gallery, approximate_make_graph(gallery));
}

lk_status lk_gallery_make_index(lk_gallery *gallery)
{
    LK_REQUIRE(gallery && !gallery->begun, LK_ERROR_ARGUMENT,
               "lk_gallery_make_index: no gallery, or within a transaction");
    LK_REQUIRE(!gallery->sealed, LK_ERROR_ARGUMENT,
               "%s: it is encrypted, and an index would tell who looks like whom",
               gallery->database.path);
    LK_TRY(lk_gallery_read_model(gallery));
    LK_REQUIRE(gallery->fingerprint, LK_ERROR_MISSING, "%s: nobody is enrolled in it yet",
               gallery->database.path);
    return approximate_make_any(gallery);
}

/* ---- choosing ---- */

static atomic_size_t approximate_exact = LK_GALLERY_EXACT_FACES;

size_t lk_approximate_most(void)
{
    return approximate_exact;
}

void lk_approximate_set_most(size_t faces)
{
    approximate_exact = faces;
}

void lk_gallery_set_search(lk_gallery *gallery, lk_gallery_search search)
{
    if (gallery)
        gallery->search = search;
}

lk_gallery_search lk_gallery_searched(const lk_gallery *gallery)
{
    return gallery && gallery->searched ? LK_GALLERY_APPROXIMATE : LK_GALLERY_EXACT;
}

/* About how many faces there is an index of; 0: there is none. */
static lk_status approximate_size(lk_gallery *gallery, int64_t *faces)
{
    lk_database *db = &gallery->database;
    *faces = 0;
    if (!db->kind->remote)
        *faces = (int64_t)lk_graph_size(gallery);
    else if (db->near)
        return db->kind->near_size(db, faces);
    return LK_OK;
}

/* Where nothing is said: whether there are faces enough, and questions. */
static bool approximate_pays(const lk_gallery *gallery, int64_t faces)
{
    return (size_t)faces > lk_approximate_most() &&
           (gallery->database.kind->remote || gallery->graph ||
            gallery->asked > LK_APPROXIMATE_OFTEN);
}

/* Of a file only reading the index tells whether it is one of use. */
static lk_status approximate_load(lk_gallery *gallery, bool *out)
{
    const lk_gallery_index *index;
    if (gallery->database.kind->remote)
        return LK_OK;
    LK_TRY(lk_gallery_load(gallery, &index, LK_GALLERY_BEST));
    return lk_graph_load(gallery, index, out);
}

static lk_status approximate_refuse(const lk_gallery *gallery)
{
    const char *path = gallery->database.path;
    if (!gallery->database.kind->remote)
        LK_TRY(lk_graph_require(gallery));
    return lk_fail(LK_ERROR_ARGUMENT,
                   "%s: no approximate search: that compares by the nearest face, with an index "
                   "that 'likeness gallery index' makes",
                   path);
}

lk_status lk_approximate_choose(lk_gallery *gallery, bool *out, lk_gallery_by by)
{
    int64_t faces = 0;
    bool remote = gallery->database.kind->remote, asked = gallery->search == LK_GALLERY_APPROXIMATE;
    bool can = !gallery->sealed && by == LK_GALLERY_BEST && gallery->search != LK_GALLERY_EXACT &&
               (remote ? gallery->database.near : lk_graph_can());
    if (can && (!remote || !asked))
        LK_TRY(approximate_size(gallery, &faces));
    can = can && (asked ? remote || faces > 0 : approximate_pays(gallery, faces));
    if (can)
        LK_TRY(approximate_load(gallery, &can));
    if (asked && !can)
        return approximate_refuse(gallery);
    *out = gallery->searched = can;
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

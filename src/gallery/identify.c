/* Is this who they say, and who is it? */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/approximate.h"
#include "gallery/gallery.h"
#include "gallery/graph_search.h"
#include "gallery/load.h"

static const char *const by_names[LK_GALLERY_BY_COUNT] = {"best", "mean", "template"};

const char *lk_gallery_by_name(lk_gallery_by by)
{
    return (size_t)by < LK_GALLERY_BY_COUNT ? by_names[by] : NULL;
}

static lk_status identify_check(lk_gallery *gallery, const float *vectors, size_t count,
                                lk_gallery_by by)
{
    LK_REQUIRE(lk_gallery_by_name(by), LK_ERROR_ARGUMENT, "no such way to compare: %d", (int)by);
    LK_TRY(lk_gallery_read_model(gallery));
    LK_REQUIRE(gallery->fingerprint, LK_ERROR_MISSING, "%s: nobody is enrolled in it yet",
               gallery->database.path);
    for (size_t i = 0; i < count; i++) {
        double squares = 0;
        for (size_t column = 0; column < gallery->width; column++) {
            double value = (double)vectors[i * gallery->width + column];
            squares += value * value;
        }
        LK_REQUIRE(squares < 1e36 && (squares > 0 || gallery->metric != LK_METRIC_COSINE),
                   LK_ERROR_NUMBER, "vector %zu to be found cannot be worked with", i);
    }
    return LK_OK;
}

/* The metric's distance for a squared one: under the cosine that of vectors of length 1. */
static double identify_distance(const lk_gallery *gallery, double square)
{
    square = square > 0 ? square : 0; /* not the rounding of 2 - 2 */
    return gallery->metric == LK_METRIC_COSINE ? square / 2 : sqrt(square);
}

/* By the mean under the cosine rows are no longer of length 1, but the query is. */
static void identify_bring_to_one(float *vectors, size_t count, size_t width)
{
    for (size_t i = 0; i < count; i++) {
        double squares = 0;
        for (size_t column = 0; column < width; column++)
            squares += (double)vectors[i * width + column] * (double)vectors[i * width + column];
        double by = 1 / sqrt(squares);
        for (size_t column = 0; column < width; column++)
            vectors[i * width + column] = (float)((double)vectors[i * width + column] * by);
    }
}

/* The vectors to search for, copied where they must change; *made the caller's. */
static lk_status identify_prepare(const lk_gallery *gallery, const float **out, float **made,
                                  const float *vectors, size_t count, lk_gallery_by by)
{
    *made = NULL;
    *out = vectors;
    if (by != LK_GALLERY_MEAN || gallery->metric != LK_METRIC_COSINE)
        return LK_OK;
    LK_TRY(lk_alloc(made, count, gallery->width * sizeof **made));
    memcpy(*made, vectors, count * gallery->width * sizeof **made);
    identify_bring_to_one(*made, count, gallery->width);
    *out = *made;
    return LK_OK;
}

/* ---- one person ---- */

typedef struct lk_own_rows {
    lk_gallery *gallery;
    lk_person_rows rows;
    int64_t *faces;
    size_t capacity, face_capacity;
    lk_status status;
} lk_own_rows;

static bool identify_collect(void *user, const lk_gallery_face *face)
{
    lk_own_rows *own = user;
    lk_person_rows *rows = &own->rows;
    size_t width = own->gallery->width;
    own->status =
        lk_grow(&rows->vectors, &own->capacity, (rows->count + 1) * width, sizeof *rows->vectors);
    if (own->status == LK_OK)
        own->status =
            lk_grow(&own->faces, &own->face_capacity, rows->count + 1, sizeof *own->faces);
    if (own->status != LK_OK)
        return false;
    memcpy(rows->vectors + rows->count * width, face->vector, width * sizeof *rows->vectors);
    own->faces[rows->count++] = face->id;
    return true;
}

static void identify_nearest(lk_gallery_match *out, const lk_own_rows *own, const float *vector)
{
    const lk_gallery *gallery = own->gallery;
    double least = HUGE_VAL;
    for (size_t i = 0; i < own->rows.count; i++) {
        double square = lk_gallery_square(vector, own->rows.vectors + i * gallery->width,
                                          gallery->width, gallery->metric == LK_METRIC_COSINE);
        if (square < least) {
            least = square;
            out->face = own->faces[i];
        }
    }
    out->distance = identify_distance(gallery, least);
}

static void identify_from_mean(lk_gallery_match *out, const lk_own_rows *own, const float *vector,
                               lk_gallery_by by)
{
    const lk_gallery *gallery = own->gallery;
    bool cosine = gallery->metric == LK_METRIC_COSINE;
    float mean[LK_GALLERY_MOST_WIDTH], plus;
    lk_person_mean(mean, &plus, &own->rows, gallery->width, cosine, by);
    double square =
        lk_gallery_square(vector, mean, gallery->width, cosine && by == LK_GALLERY_TEMPLATE);
    out->distance = identify_distance(gallery, square + (double)plus);
}

static lk_status identify_verify(lk_gallery *gallery, lk_gallery_match *out, const char *name,
                                 const float *vector, lk_gallery_by by)
{
    lk_gallery_person person;
    lk_own_rows own = {.gallery = gallery};
    const float *prepared;
    float *made;
    LK_TRY(lk_gallery_find(gallery, &person, name));
    LK_TRY(identify_prepare(gallery, &prepared, &made, vector, 1, by));
    lk_status status = lk_gallery_faces(gallery, person.id, identify_collect, &own);
    if (status == LK_OK)
        status = own.status;
    if (status == LK_OK && own.rows.count == 0)
        status = lk_fail(LK_ERROR_MISSING, "%s: %s has no face in it", gallery->database.path,
                         person.name);
    if (status == LK_OK) {
        lk_gallery_match match = {.person = person.id};
        if (by == LK_GALLERY_BEST)
            identify_nearest(&match, &own, prepared);
        else
            identify_from_mean(&match, &own, prepared, by);
        *out = match;
    }
    free(made);
    free(own.rows.vectors);
    free(own.faces);
    return status;
}

lk_status lk_gallery_verify(lk_gallery *gallery, lk_gallery_match *out, const char *name,
                            const float *vector, lk_gallery_by by)
{
    LK_REQUIRE(gallery && out && name && vector, LK_ERROR_ARGUMENT,
               "lk_gallery_verify: NULL argument");
    LK_TRY(identify_check(gallery, vector, 1, by));
    LK_TRY(lk_gallery_enter_to_read(gallery));
    return lk_gallery_leave_read(gallery, identify_verify(gallery, out, name, vector, by));
}

/* ---- everybody ---- */

typedef struct lk_fetch {
    lk_gallery *gallery;
    const lk_gallery_index *index;
    float *copies; /* [LK_INDEX_AHEAD, width] */
    int64_t faces[LK_INDEX_AHEAD];
    bool there[LK_INDEX_AHEAD];
    size_t fetched, given; /* of those that a server was asked for */
    bool by_graph;
    size_t most; /* rows that can be asked for */
} lk_fetch;

/* Each statement is a journey there: it brings what will be asked for next. */
static lk_status identify_fetch_ahead(lk_fetch *fetch, const float **vector, const size_t *rows,
                                      size_t count)
{
    size_t at = ++fetch->given;
    if (at >= fetch->fetched || fetch->faces[at] != fetch->index->ids[rows[0]]) {
        for (size_t i = 0; i < count; i++)
            fetch->faces[i] = fetch->index->ids[rows[i]];
        fetch->fetched = fetch->given = at = 0;
        LK_TRY(lk_gallery_exact_rows(fetch->gallery, fetch->copies, fetch->there, fetch->faces,
                                     count));
        fetch->fetched = count;
    }
    *vector = fetch->there[at] ? fetch->copies + at * fetch->gallery->width : NULL;
    return LK_OK;
}

static lk_status identify_fetch(void *user, const float **vector, const size_t *rows, size_t count)
{
    lk_fetch *fetch = user;
    bool there;
    if (fetch->index->rows) {
        *vector = fetch->index->rows + rows[0] * fetch->gallery->width;
        return LK_OK;
    }
    if (fetch->gallery->database.kind->exact_rows)
        return identify_fetch_ahead(fetch, vector, rows, count);
    LK_TRY(lk_gallery_exact_row(fetch->gallery, fetch->copies, &there, fetch->index->ids[rows[0]]));
    *vector = there ? fetch->copies : NULL;
    return LK_OK;
}

/* Of each person the nearest face; returns how many people there are. */
static size_t identify_people(lk_gallery_match *out, const lk_fetch *fetch, lk_gallery_by by,
                              const lk_index_hit *hits, size_t count, size_t most)
{
    size_t found = 0;
    for (size_t i = 0; i < count && found < most; i++) {
        int64_t person = fetch->index->people[hits[i].row];
        size_t known = 0;
        while (known < found && out[known].person != person)
            known++;
        if (known == found)
            out[found++] = (lk_gallery_match){
                person, by == LK_GALLERY_BEST ? fetch->index->ids[hits[i].row] : 0,
                identify_distance(fetch->gallery, hits[i].square)};
    }
    return found;
}

static lk_status identify_rows(lk_fetch *fetch, lk_index_hit *hits, size_t *found,
                               const float *vectors, size_t count, size_t rows, size_t people)
{
    return fetch->by_graph ? lk_graph_find(fetch->gallery, fetch->index, hits, found, vectors,
                                           count, rows, people, identify_fetch, fetch)
                           : lk_gallery_index_search(fetch->index, hits, found, vectors, count,
                                                     rows, people, identify_fetch, fetch);
}

/* The nearest `rows` faces, and the people whose they are. *enough: whether those are
 * `most`, or all there are. */
static lk_status identify_try(lk_gallery_match *out, size_t *found, lk_fetch *fetch,
                              lk_gallery_by by, const float *vectors, size_t count, size_t most,
                              size_t rows, bool *enough)
{
    lk_index_hit *hits;
    size_t *hit_count = NULL;
    LK_TRY(lk_alloc(&hits, count, rows * sizeof *hits));
    lk_status status = lk_alloc(&hit_count, count, sizeof *hit_count);
    if (status == LK_OK)
        status = identify_rows(fetch, hits, hit_count, vectors, count, rows, most);
    *enough = true;
    for (size_t i = 0; i < count && status == LK_OK; i++) {
        found[i] = identify_people(out + i * most, fetch, by, hits + i * rows, hit_count[i], most);
        *enough = *enough && (found[i] == most || rows >= fetch->most);
    }
    free(hits);
    free(hit_count);
    return status;
}

/* Faces to ask for, so that mostly they are those of people enough. */
static size_t identify_first_rows(const lk_gallery_index *index, size_t most)
{
    size_t people = index->person_count ? index->person_count : 1;
    return index->count > people ? most * (1 + lk_ceil_div(index->count, people)) : most;
}

/* A person may have many of the nearest faces: more are asked for until there are people
 * enough. */
static lk_status identify_search(lk_gallery *gallery, lk_gallery_match *out, size_t *found,
                                 const float *vectors, size_t count, size_t most, lk_gallery_by by,
                                 bool by_graph)
{
    enum { MOST_BY_GRAPH = 1000 };
    lk_fetch fetch = {.gallery = gallery, .by_graph = by_graph};
    bool enough = false;
    LK_TRY(lk_gallery_load(gallery, &fetch.index, by));
    fetch.most = by_graph ? lk_smaller(fetch.index->count, MOST_BY_GRAPH) : fetch.index->count;
    LK_TRY(lk_alloc(&fetch.copies, LK_INDEX_AHEAD, gallery->width * sizeof *fetch.copies));
    lk_status status = LK_OK;
    for (size_t rows = identify_first_rows(fetch.index, most); status == LK_OK && !enough;
         rows *= 4)
        status = identify_try(out, found, &fetch, by, vectors, count, most,
                              lk_smaller(rows, fetch.most ? fetch.most : 1), &enough);
    free(fetch.copies);
    return status;
}

static lk_status identify_either(lk_gallery *gallery, lk_gallery_match *out, size_t *found,
                                 const float *vectors, size_t count, size_t most, lk_gallery_by by)
{
    bool approximate;
    LK_TRY(lk_approximate_choose(gallery, &approximate, by));
    return approximate && gallery->database.kind->remote
               ? lk_approximate_identify(gallery, out, found, vectors, count, most)
               : identify_search(gallery, out, found, vectors, count, most, by, approximate);
}

lk_status lk_gallery_identify(lk_gallery *gallery, lk_gallery_match *out, size_t *found,
                              const float *vectors, size_t count, size_t most, lk_gallery_by by)
{
    const float *prepared;
    float *made;
    enum { MOST = 1 << 20 };
    LK_REQUIRE(gallery && out && found && vectors && most && most <= MOST, LK_ERROR_ARGUMENT,
               "lk_gallery_identify: NULL argument, or none of the nearest asked for");
    LK_TRY(identify_check(gallery, vectors, count, by));
    LK_TRY(identify_prepare(gallery, &prepared, &made, vectors, count, by));
    gallery->asked += count;
    lk_status status = lk_gallery_enter_to_read(gallery);
    if (status == LK_OK)
        status = lk_gallery_leave_read(
            gallery, identify_either(gallery, out, found, prepared, count, most, by));
    free(made);
    return status;
}

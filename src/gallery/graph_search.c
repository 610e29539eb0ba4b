#include "gallery/graph_search.h"

#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "gallery/graph.h"
#include "gallery/hnsw.h"
#include "gallery/pair.h"

struct lk_graph_search {
    lk_hnsw *hnsw;
    size_t rows;       /* the first ones of the index are in it */
    size_t removed;    /* as lk_graph has it */
    uint8_t state[16]; /* of the index */
    bool changed;
};

bool lk_graph_can(void)
{
    return lk_hnsw_is_there();
}

lk_status lk_graph_require(const lk_gallery *gallery)
{
    LK_REQUIRE(lk_graph_can(), LK_ERROR_ARGUMENT,
               "%s: this likeness was built without hnswlib (Debian: libhnswlib-dev), which an "
               "approximate search of a file needs; it is searched exactly",
               gallery->database.path);
    return LK_OK;
}

static bool graph_is_unit(const lk_gallery *gallery)
{
    return gallery->metric == LK_METRIC_COSINE;
}

size_t lk_graph_size(const lk_gallery *gallery)
{
    return lk_graph_can()
               ? lk_graph_read_count(gallery->database.path, gallery->width, graph_is_unit(gallery))
               : 0;
}

void lk_graph_forget(lk_gallery *gallery)
{
    lk_graph_search *graph = gallery->graph;
    if (graph)
        lk_hnsw_destroy(graph->hnsw);
    free(graph);
    gallery->graph = NULL;
}

bool lk_graph_is_changed(const lk_gallery *gallery)
{
    return gallery->graph && gallery->graph->changed;
}

static lk_status graph_no_memory(const lk_gallery *gallery)
{
    return lk_fail(LK_ERROR_MEMORY, "%s: no memory for an approximate search",
                   gallery->database.path);
}

static lk_status graph_begin(lk_gallery *gallery, const lk_gallery_index *index)
{
    lk_graph_search *graph;
    lk_graph_forget(gallery);
    LK_TRY(lk_alloc(&graph, 1, sizeof *graph));
    gallery->graph = graph;
    memcpy(graph->state, index->state.random, sizeof graph->state);
    return lk_hnsw_create(&graph->hnsw, lk_pair_bytes(index->width), lk_pair_codes(index->width),
                          lk_pair_best(), index->count, LK_GRAPH_LINKS)
               ? LK_OK
               : graph_no_memory(gallery);
}

static void graph_make_row(void *out, const lk_gallery_index *index, size_t row)
{
    int8_t codes[LK_GALLERY_MOST_WIDTH];
    lk_gallery_index_codes(index, codes, row);
    lk_pair_make(out, &index->coarse[row], codes, index->width);
}

/* ---- from the file ---- */

/* Whether the nodes that stay are the index's first rows, one by one. keep[count]. */
static bool graph_match(const lk_graph *graph, const lk_gallery_index *index, bool *keep,
                        size_t *rows)
{
    size_t row = 0;
    for (size_t i = 0; i < graph->count; i++) {
        keep[i] = row < index->count && index->ids[row] == graph->faces[i];
        if (!keep[i] && row < index->count && index->ids[row] < graph->faces[i])
            return false;
        row += keep[i];
    }
    *rows = row;
    return row > 0;
}

/* Of the same state faces were only added since: if the last one is the same, all are. */
static bool graph_is_of(const lk_graph *graph, const lk_gallery_index *index)
{
    static const uint8_t none[sizeof graph->state];
    bool same = memcmp(graph->state, index->state.random, sizeof none) == 0 &&
                memcmp(graph->state, none, sizeof none) != 0;
    atomic_bool right = true;
#pragma omp parallel for num_threads(lk_threads())
    for (size_t i = same ? graph->count - 1 : 0; i < graph->count; i++)
        if (right && lk_graph_check(index, i) != graph->checks[i])
            right = false;
    return right;
}

/* Few enough have been taken out of it that it is still a good one. */
static bool graph_is_whole(const lk_graph *graph)
{
    return graph->removed <= graph->count / 4;
}

/* Takes out who is gone. *fits: it is this gallery's. */
static lk_status graph_bring_up(lk_graph **graph, const lk_gallery_index *index, bool *fits,
                                bool *changed)
{
    bool *keep;
    size_t rows, before = (*graph)->count;
    LK_TRY(lk_alloc(&keep, before, sizeof *keep));
    *fits = graph_match(*graph, index, keep, &rows);
    lk_status status = *fits && rows < before ? lk_graph_keep(graph, keep) : LK_OK;
    free(keep);
    LK_TRY(status);
    *fits = *fits && graph_is_of(*graph, index) && graph_is_whole(*graph);
    *changed = rows < before ||
               memcmp((*graph)->state, index->state.random, sizeof index->state.random) != 0;
    return LK_OK;
}

static lk_status graph_put(lk_graph_search *to, const lk_graph *graph,
                           const lk_gallery_index *index)
{
    for (size_t i = 0; i < graph->count; i++)
        if (!lk_hnsw_put(to->hnsw, graph->levels[i]))
            return lk_fail(LK_ERROR_MEMORY, "no memory for a graph");
#pragma omp parallel for num_threads(lk_threads())
    for (size_t i = 0; i < graph->count; i++) {
        graph_make_row(lk_hnsw_vector(to->hnsw, i), index, i);
        for (size_t level = 0; level <= graph->levels[i]; level++) {
            uint32_t *count, *links = lk_graph_links(graph, i, level, &count);
            lk_hnsw_put_links(to->hnsw, i, level, links, *count);
        }
    }
    lk_hnsw_enter_at(to->hnsw, (size_t)graph->entry);
    to->rows = graph->count;
    to->removed = (size_t)graph->removed;
    return LK_OK;
}

static lk_status graph_take(lk_gallery *gallery, lk_graph **graph, const lk_gallery_index *index)
{
    bool fits, changed;
    LK_TRY(graph_bring_up(graph, index, &fits, &changed));
    if (!fits)
        return LK_OK;
    LK_TRY(graph_begin(gallery, index));
    LK_TRY(graph_put(gallery->graph, *graph, index));
    gallery->graph->changed = changed;
    return LK_OK;
}

static lk_status graph_read_anew(lk_gallery *gallery, const lk_gallery_index *index)
{
    lk_graph *graph;
    lk_graph_forget(gallery);
    LK_TRY(lk_graph_read(&graph, gallery->database.path, gallery->width, graph_is_unit(gallery)));
    if (!graph)
        return LK_OK;
    lk_status status = graph_take(gallery, &graph, index);
    lk_graph_destroy(graph);
    if (status != LK_OK)
        lk_graph_forget(gallery);
    return status;
}

lk_status lk_graph_load(lk_gallery *gallery, const lk_gallery_index *index, bool *there)
{
    const lk_graph_search *graph = gallery->graph;
    bool up = graph && graph->rows <= index->count &&
              memcmp(graph->state, index->state.random, sizeof graph->state) == 0;
    if (!up)
        LK_TRY(graph_read_anew(gallery, index));
    *there = gallery->graph != NULL;
    return LK_OK;
}

/* ---- into the file ---- */

/* hnswlib numbers nodes as they came, from several threads: here they stand as their rows do. */
static void graph_export_links(lk_graph *to, const lk_hnsw *from, size_t node)
{
    size_t row = lk_hnsw_label(from, node);
    for (size_t level = 0; level <= to->levels[row]; level++) {
        size_t many;
        const uint32_t *links = lk_hnsw_links(from, node, level, &many);
        uint32_t *count, *out = lk_graph_links(to, row, level, &count);
        *count = (uint32_t)many;
        for (size_t i = 0; i < many; i++)
            out[i] = (uint32_t)lk_hnsw_label(from, links[i]);
    }
}

static lk_status graph_export(const lk_graph_search *graph, lk_graph **out,
                              const lk_gallery_index *index)
{
    lk_graph *to;
    const lk_hnsw *from = graph->hnsw;
    size_t high = 0;
    for (size_t i = 0; i < graph->rows; i++)
        high += lk_hnsw_level(from, i);
    LK_TRY(lk_graph_create(&to, graph->rows, high));
    for (size_t i = 0; i < graph->rows; i++)
        to->levels[lk_hnsw_label(from, i)] = (uint8_t)lk_hnsw_level(from, i);
    lk_graph_place(to);
#pragma omp parallel for num_threads(lk_threads())
    for (size_t i = 0; i < graph->rows; i++) {
        to->faces[i] = index->ids[i];
        to->checks[i] = lk_graph_check(index, i);
        graph_export_links(to, from, i);
    }
    to->entry = lk_hnsw_label(from, lk_hnsw_entry(from));
    to->removed = graph->removed;
    memcpy(to->state, graph->state, sizeof to->state);
    *out = to;
    return LK_OK;
}

static lk_status graph_write(lk_gallery *gallery, const lk_gallery_index *index)
{
    lk_graph *graph;
    LK_TRY(graph_export(gallery->graph, &graph, index));
    lk_status status =
        lk_graph_write(graph, gallery->database.path, gallery->width, graph_is_unit(gallery));
    gallery->graph->changed = gallery->graph->changed && status != LK_OK;
    lk_graph_destroy(graph);
    return status;
}

void lk_graph_save(lk_gallery *gallery)
{
    if (graph_write(gallery, gallery->index[LK_GALLERY_BEST]) != LK_OK) {
        /* the next one who opens the gallery does it again */
    }
}

/* ---- making it ---- */

static lk_status graph_add_rows(lk_gallery *gallery, const lk_gallery_index *index)
{
    lk_graph_search *graph = gallery->graph;
    atomic_bool whole = true;
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic, 16)
    for (size_t row = graph->rows; row < index->count; row++) {
        _Alignas(lk_pair_row) uint8_t made[sizeof(lk_pair_row) + LK_GALLERY_MOST_WIDTH];
        if (!whole)
            continue;
        graph_make_row(made, index, row);
        if (!lk_hnsw_add(graph->hnsw, made, row))
            whole = false;
    }
    if (!whole)
        return graph_no_memory(gallery);
    graph->rows = index->count;
    return LK_OK;
}

/* What is there is read again, with room for all. */
static lk_status graph_make_all(lk_gallery *gallery, const lk_gallery_index *index)
{
    LK_TRY(graph_read_anew(gallery, index));
    if (!gallery->graph)
        LK_TRY(graph_begin(gallery, index));
    LK_TRY(graph_add_rows(gallery, index));
    return graph_write(gallery, index);
}

lk_status lk_graph_make(lk_gallery *gallery, const lk_gallery_index *index)
{
    LK_TRY(lk_graph_require(gallery));
    lk_status status = graph_make_all(gallery, index);
    if (status != LK_OK)
        lk_graph_forget(gallery);
    return status;
}

/* ---- searching ---- */

/* So many of the nearest that are known so far are looked on from: with that 99 of 100 of the
 * ten nearest are found among 100,000 faces. The more faces there are, the more of them are
 * nearly as near; measured up to 1,000,000 (docs/measurements.md). */
static atomic_size_t graph_least = 0;

void lk_graph_set_effort(size_t least)
{
    graph_least = least;
}

size_t lk_graph_effort(size_t rows, size_t most)
{
    const double faces = 1e5, enough = 320, grows = 1.15;
    size_t least = graph_least;
    if (least == 0)
        least = (size_t)(enough * pow(fmax((double)rows / faces, 1), grows));
    return lk_smaller(2 * most > least ? 2 * most : least, rows);
}

static lk_status graph_ask(const lk_gallery *gallery, lk_index_some *out, const float *query,
                           size_t effort)
{
    _Alignas(lk_pair_row) uint8_t made[sizeof(lk_pair_row) + LK_GALLERY_MOST_WIDTH];
    int8_t codes[LK_GALLERY_MOST_WIDTH];
    LK_TRY(lk_alloc(&out->rows, effort, sizeof *out->rows));
    LK_TRY(lk_alloc(&out->squares, effort, sizeof *out->squares));
    const lk_coarse coarse = lk_coarse_make(codes, query, gallery->width, graph_is_unit(gallery));
    lk_pair_make(made, &coarse, codes, gallery->width);
    return lk_hnsw_search(gallery->graph->hnsw, out->rows, out->squares, &out->count, made, effort)
               ? LK_OK
               : graph_no_memory(gallery);
}

static lk_status graph_ask_all(const lk_gallery *gallery, lk_index_some *out, const float *queries,
                               size_t count, size_t effort)
{
    atomic_int failed = LK_OK;
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic)
    for (size_t i = 0; i < count; i++) {
        lk_status status = graph_ask(gallery, &out[i], queries + i * gallery->width, effort);
        if (status != LK_OK)
            failed = (int)status;
    }
    return failed == LK_OK ? LK_OK : graph_no_memory(gallery);
}

lk_status lk_graph_find(const lk_gallery *gallery, const lk_gallery_index *index, lk_index_hit *out,
                        size_t *found, const float *queries, size_t count, size_t most,
                        size_t people, lk_index_fetch_fn fetch, void *user)
{
    lk_index_some *some;
    const lk_graph_search *graph = gallery->graph;
    LK_TRY(lk_alloc(&some, count, sizeof *some));
    lk_status status =
        graph_ask_all(gallery, some, queries, count, lk_graph_effort(graph->rows, most));
    if (status == LK_OK)
        status = lk_gallery_index_search_some(index, out, found, queries, count, most, people, some,
                                              graph->rows, fetch, user);
    for (size_t i = 0; i < count; i++) {
        free(some[i].rows);
        free(some[i].squares);
    }
    free(some);
    return status;
}

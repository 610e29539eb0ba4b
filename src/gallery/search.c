/* The exact search: a pass over the short copies, then the vectors of what is left. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "gallery/index.h"
#include "gallery/scan.h"

/* What is known of a query. */
typedef struct lk_search_query {
    float scale, rest, length; /* as lk_coarse */
    float square;              /* length squared */
} lk_search_query;

/* Queries that go over the rows together, in tiles. */
enum { TOGETHER = 64 };

/* A row that may be among the nearest. */
typedef struct lk_candidate {
    uint32_t row;
    float low; /* its squared distance is no less */
} lk_candidate;

/* What one thread knows of one query. */
typedef struct lk_sieve {
    float *highs; /* [most], a heap with the largest first: of so many rows the squared
                   * distance is no more */
    size_t high_count;
    float limit; /* what is farther by its bound is out */
    lk_candidate *kept;
    size_t count, capacity, next_look; /* at so many, those beyond the limit are thrown out */
    lk_status status;
} lk_sieve;

/* ---- the sieve ---- */

static void search_sift_down(float *heap, size_t count, size_t at)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            return;
        if (child + 1 < count && heap[child + 1] > heap[child])
            child++;
        if (heap[at] >= heap[child])
            return;
        float moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
        at = child;
    }
}

static void search_sift_up(float *heap, size_t at)
{
    while (at > 0 && heap[(at - 1) / 2] < heap[at]) {
        float moved = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = moved;
        at = (at - 1) / 2;
    }
}

static void search_note_high(lk_sieve *sieve, size_t most, float high)
{
    if (most == 0)
        return;
    if (sieve->high_count < most) {
        sieve->highs[sieve->high_count] = high;
        search_sift_up(sieve->highs, sieve->high_count++);
    } else if (high < sieve->highs[0]) {
        sieve->highs[0] = high;
        search_sift_down(sieve->highs, most, 0);
    }
    if (sieve->high_count == most)
        sieve->limit = sieve->highs[0];
}

static void search_throw_out(lk_sieve *sieve)
{
    size_t left = 0;
    for (size_t i = 0; i < sieve->count; i++)
        if (sieve->kept[i].low <= sieve->limit)
            sieve->kept[left++] = sieve->kept[i];
    sieve->count = left;
}

static void search_keep(lk_sieve *sieve, size_t most, uint32_t row, float low, float high)
{
    if (sieve->count >= sieve->next_look) {
        search_throw_out(sieve);
        sieve->next_look = 2 * sieve->count + 1024;
    }
    if (sieve->status == LK_OK)
        sieve->status =
            lk_grow(&sieve->kept, &sieve->capacity, sieve->count + 1, sizeof *sieve->kept);
    if (sieve->status != LK_OK)
        return;
    sieve->kept[sieve->count++] = (lk_candidate){row, low};
    search_note_high(sieve, most, high);
}

/* Twice the bound on the product of a row and a query, and what float32 rounds off on the
 * way: eight operations on numbers of this size at most. */
static inline float search_bound(const lk_search_query *query, const lk_coarse *coarse, float plus)
{
    float lengths = query->length + coarse->length;
    return 2 * (query->length * coarse->rest + query->rest * (coarse->length + coarse->rest)) +
           2e-6f * (lengths * lengths + plus);
}

static inline float search_square(const lk_search_query *query, const lk_coarse *coarse, float plus,
                                  int32_t product)
{
    return query->square + coarse->length * coarse->length + plus -
           2 * query->scale * coarse->scale * (float)product;
}

/* The rows of a block, of which those from `begin` to before `count` are looked at. */
static void search_sieve_block(lk_sieve *sieve, const lk_gallery_index *index,
                               const lk_search_query *query, const int32_t *products, size_t first,
                               size_t begin, size_t count, size_t most)
{
    float low[LK_SCAN_ROWS];
    const lk_coarse *coarse = index->coarse + first;
    int any = 0;
    for (size_t i = 0; i < LK_SCAN_ROWS; i++) {
        float plus = index->plus ? index->plus[first + i] : 0;
        low[i] = search_square(query, &coarse[i], plus, products[i]) -
                 search_bound(query, &coarse[i], plus);
        any |= low[i] <= sieve->limit;
    }
    for (size_t i = begin; any && i < count; i++)
        if (low[i] <= sieve->limit) {
            float plus = index->plus ? index->plus[first + i] : 0;
            search_keep(sieve, most, (uint32_t)(first + i), low[i],
                        low[i] + 2 * search_bound(query, &coarse[i], plus));
        }
}

/* ---- the queries ---- */

typedef struct lk_search {
    const lk_gallery_index *index;
    const float *vectors; /* [count, width] */
    size_t count, most, people;
    lk_search_query queries[TOGETHER];
    int8_t *tiles; /* of LK_SCAN_TILE queries each, the last may have fewer */
    size_t threads;
    lk_sieve *sieves;          /* [threads, count] */
    float *highs;              /* [threads, count, most] */
    double within;             /* with most = 0: all below this squared distance */
    const lk_index_some *some; /* [count] rows before `from` that are looked at; or NULL */
    size_t from;
} lk_search;

static int8_t *search_tile(const lk_search *search, size_t tile)
{
    return search->tiles + tile * search->index->groups * LK_SCAN_TILE * 4;
}

static size_t search_tile_count(const lk_search *search, size_t tile)
{
    return lk_smaller(search->count - tile * LK_SCAN_TILE, LK_SCAN_TILE);
}

static lk_status search_prepare_queries(lk_search *search)
{
    const lk_gallery_index *index = search->index;
    size_t tiles = lk_ceil_div(search->count, LK_SCAN_TILE);
    int8_t *codes;
    LK_TRY(lk_alloc(&search->tiles, tiles * LK_SCAN_TILE, index->groups * 4));
    LK_TRY(lk_alloc(&codes, index->groups, 4));
    for (size_t q = 0; q < search->count; q++) {
        size_t tile = q / LK_SCAN_TILE, many = search_tile_count(search, tile);
        int8_t *to = search_tile(search, tile) + q % LK_SCAN_TILE * 4;
        lk_coarse made =
            lk_coarse_make(codes, search->vectors + q * index->width, index->width, index->unit);
        search->queries[q] =
            (lk_search_query){made.scale, made.rest, made.length, made.length * made.length};
        for (size_t g = 0; g < index->groups; g++)
            memcpy(to + g * many * 4, codes + g * 4, 4);
    }
    free(codes);
    return LK_OK;
}

static lk_status search_prepare_sieves(lk_search *search)
{
    size_t count = search->threads * search->count;
    LK_TRY(lk_alloc(&search->sieves, count, sizeof *search->sieves));
    LK_TRY(lk_alloc(&search->highs, count, search->most * sizeof *search->highs));
    for (size_t i = 0; i < count; i++) {
        search->sieves[i].highs = search->highs + i * search->most;
        search->sieves[i].limit =
            search->most ? HUGE_VALF : nextafterf((float)search->within, HUGE_VALF);
        search->sieves[i].next_look = 4 * search->most + 1024;
    }
    return LK_OK;
}

/* ---- the pass ---- */

static void search_block(lk_search *search, lk_sieve *sieves, lk_scan_fn scan, size_t block)
{
    const lk_gallery_index *index = search->index;
    int32_t products[LK_SCAN_TILE * LK_SCAN_ROWS];
    size_t first = block * LK_SCAN_ROWS;
    size_t begin = search->from > first ? search->from - first : 0;
    size_t count = lk_smaller(index->count - first, LK_SCAN_ROWS);
    for (size_t tile = 0; tile * LK_SCAN_TILE < search->count; tile++) {
        size_t many = search_tile_count(search, tile);
        scan(products, index->codes + first * index->groups * 4, search_tile(search, tile),
             index->groups, many);
        for (size_t i = 0; i < many; i++) {
            size_t q = tile * LK_SCAN_TILE + i;
            search_sieve_block(&sieves[q], index, &search->queries[q], products + i * LK_SCAN_ROWS,
                               first, begin, count, search->most);
        }
    }
}

/* Threads that are held up by other work take fewer chunks. */
static void search_pass(lk_search *search)
{
    enum { CHUNK = 64 };
    size_t blocks = lk_ceil_div(search->index->count, LK_SCAN_ROWS);
    lk_scan_fn scan = lk_scan_best();
#pragma omp parallel num_threads((int)search->threads)
    {
        lk_sieve *sieves = search->sieves + (size_t)omp_get_thread_num() * search->count;
#pragma omp for schedule(dynamic, CHUNK)
        for (size_t block = search->from / LK_SCAN_ROWS; block < blocks; block++)
            search_block(search, sieves, scan, block);
    }
}

/* What somebody else has found, by the first thread's sieve. The bound holds whichever way the
 * rests point; that they point as far as six deviations of a random one does not happen, and
 * somebody may be missing here anyway. */
static void search_take_some(lk_search *search, size_t q)
{
    const lk_index_some *some = &search->some[q];
    float part = fminf(1, 6 / sqrtf((float)search->index->width));
    for (size_t i = 0; i < some->count; i++) {
        const lk_coarse *coarse = &search->index->coarse[some->rows[i]];
        float bound = part * search_bound(&search->queries[q], coarse, 0);
        float low = some->squares[i] - bound;
        if (low <= search->sieves[q].limit)
            search_keep(&search->sieves[q], search->most, some->rows[i], low, low + 2 * bound);
    }
}

/* ---- what is left ---- */

static int search_compare_candidates(const void *a, const void *b)
{
    const lk_candidate *x = a, *y = b;
    if (x->low != y->low)
        return x->low < y->low ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* All threads' candidates for a query into the first thread's sieve. */
static lk_status search_merge(lk_search *search, size_t q)
{
    lk_sieve *all = &search->sieves[q];
    LK_TRY(all->status);
    for (size_t t = 1; t < search->threads; t++) {
        const lk_sieve *other = &search->sieves[t * search->count + q];
        LK_TRY(other->status);
        for (size_t i = 0; i < other->high_count; i++)
            search_note_high(all, search->most, other->highs[i]);
        LK_TRY(lk_grow(&all->kept, &all->capacity, all->count + other->count, sizeof *all->kept));
        if (other->count)
            memcpy(all->kept + all->count, other->kept, other->count * sizeof *all->kept);
        all->count += other->count;
    }
    search_throw_out(all);
    if (all->count)
        qsort(all->kept, all->count, sizeof *all->kept, search_compare_candidates);
    return LK_OK;
}

static bool search_is_before(const lk_index_hit *a, const lk_index_hit *b)
{
    return a->square < b->square || (a->square == b->square && a->row < b->row);
}

static void search_insert(lk_index_hit *hits, size_t *count, size_t most, lk_index_hit hit)
{
    if (*count == most && !search_is_before(&hit, &hits[most - 1]))
        return;
    size_t at = *count < most ? (*count)++ : most - 1;
    for (; at > 0 && search_is_before(&hit, &hits[at - 1]); at--)
        hits[at] = hits[at - 1];
    hits[at] = hit;
}

/* The rows from candidate `at` on that are fetched next: from there to the end of a round. */
static size_t search_look_ahead(size_t rows[LK_INDEX_AHEAD], const lk_sieve *sieve, size_t at)
{
    size_t begin = at / LK_INDEX_AHEAD * LK_INDEX_AHEAD;
    size_t count = lk_smaller(sieve->count - begin, LK_INDEX_AHEAD);
    for (size_t i = 0; at == begin && i < count; i++)
        rows[i] = sieve->kept[begin + i].row;
    return count - (at - begin);
}

/* Whether the nearest hits are of people enough, and none that is no nearer than `low` comes
 * before them. */
static bool search_has_people(const lk_search *search, const lk_index_hit *hits, size_t found,
                              double low)
{
    enum { MOST = 64 }; /* each is compared with each */
    int64_t people[MOST];
    size_t known = 0, wanted = search->people;
    if (wanted == 0 || wanted > MOST || found < wanted || hits[wanted - 1].square >= low)
        return false;
    for (size_t i = 0; i < found && hits[i].square < low && known < wanted; i++) {
        size_t at = 0;
        people[known] = search->index->people[hits[i].row];
        while (people[at] != people[known])
            at++;
        known += at == known;
    }
    return known == wanted;
}

/* The most promising first. `low` is a float that was rounded, by less than the bound
 * allows for. */
static lk_status search_compare(const lk_search *search, lk_index_hit *out, size_t *found, size_t q,
                                lk_index_fetch_fn fetch, void *user)
{
    const lk_gallery_index *index = search->index;
    const lk_sieve *sieve = &search->sieves[q];
    size_t rows[LK_INDEX_AHEAD];
    *found = 0;
    for (size_t i = 0; i < sieve->count; i++) {
        lk_index_hit hit = {sieve->kept[i].row, 0};
        const float *vector;
        double low = (double)sieve->kept[i].low;
        if ((*found == search->most && low > out[search->most - 1].square) ||
            search_has_people(search, out, *found, low))
            break;
        size_t ahead = search_look_ahead(rows, sieve, i);
        LK_TRY(fetch(user, &vector, rows + i % LK_INDEX_AHEAD, ahead));
        if (!vector)
            continue;
        hit.square = lk_gallery_square(search->vectors + q * index->width, vector, index->width,
                                       index->unit) +
                     (index->plus ? (double)index->plus[hit.row] : 0);
        search_insert(out, found, search->most, hit);
    }
    return LK_OK;
}

static lk_status search_together(lk_search *search, lk_index_hit *out, size_t *found,
                                 lk_index_fetch_fn fetch, void *user)
{
    LK_TRY(search_prepare_queries(search));
    LK_TRY(search_prepare_sieves(search));
    for (size_t q = 0; search->some && q < search->count; q++)
        search_take_some(search, q);
    if (search->from < search->index->count)
        search_pass(search);
    for (size_t q = 0; q < search->count; q++) {
        LK_TRY(search_merge(search, q));
        LK_TRY(search_compare(search, out + q * search->most, &found[q], q, fetch, user));
    }
    return LK_OK;
}

static void search_clear(lk_search *search)
{
    for (size_t i = 0; search->sieves && i < search->threads * search->count; i++)
        free(search->sieves[i].kept);
    free(search->sieves);
    free(search->highs);
    free(search->tiles);
}

lk_status lk_gallery_index_search_some(const lk_gallery_index *index, lk_index_hit *out,
                                       size_t *found, const float *queries, size_t count,
                                       size_t most, size_t people, const lk_index_some *some,
                                       size_t from, lk_index_fetch_fn fetch, void *user)
{
    LK_REQUIRE(index->count < UINT32_MAX, LK_ERROR_UNSUPPORTED, "a gallery of %zu faces",
               index->count);
    for (size_t at = 0; at < count; at += TOGETHER) {
        lk_search search = {.index = index,
                            .vectors = queries + at * index->width,
                            .count = lk_smaller(count - at, TOGETHER),
                            .most = most,
                            .people = people,
                            .some = some ? some + at : NULL,
                            .from = from,
                            .threads = lk_threads_get()};
        lk_status status = search_together(&search, out + at * most, found + at, fetch, user);
        search_clear(&search);
        LK_TRY(status);
    }
    return LK_OK;
}

lk_status lk_gallery_index_search(const lk_gallery_index *index, lk_index_hit *out, size_t *found,
                                  const float *queries, size_t count, size_t most, size_t people,
                                  lk_index_fetch_fn fetch, void *user)
{
    return lk_gallery_index_search_some(index, out, found, queries, count, most, people, NULL, 0,
                                        fetch, user);
}

/* ---- all that are near ---- */

static int search_compare_rows(const void *a, const void *b)
{
    const lk_candidate *x = a, *y = b;
    return x->row < y->row ? -1 : x->row > y->row;
}

static lk_status search_tell_near(const lk_search *search, size_t q, size_t number, const float *x,
                                  lk_index_near_fn call, void *user)
{
    const lk_gallery_index *index = search->index;
    const lk_sieve *sieve = &search->sieves[q];
    if (sieve->count)
        qsort(sieve->kept, sieve->count, sizeof *sieve->kept, search_compare_rows);
    for (size_t i = 0; i < sieve->count; i++) {
        size_t row = sieve->kept[i].row;
        double square = lk_gallery_square(search->vectors + q * index->width,
                                          x + row * index->width, index->width, index->unit);
        if (square < search->within)
            LK_TRY(call(user, number, row, square));
    }
    return LK_OK;
}

static lk_status search_near_together(lk_search *search, size_t first, const float *x,
                                      lk_index_near_fn call, void *user)
{
    LK_TRY(search_prepare_queries(search));
    LK_TRY(search_prepare_sieves(search));
    search_pass(search);
    for (size_t q = 0; q < search->count; q++) {
        LK_TRY(search_merge(search, q));
        LK_TRY(search_tell_near(search, q, first + q, x, call, user));
    }
    return LK_OK;
}

lk_status lk_gallery_index_near(const lk_gallery_index *index, const float *x, double within,
                                lk_index_near_fn call, void *user)
{
    LK_REQUIRE(index->count < UINT32_MAX, LK_ERROR_UNSUPPORTED, "a gallery of %zu faces",
               index->count);
    for (size_t at = 0; at < index->count; at += TOGETHER) {
        lk_search search = {.index = index,
                            .vectors = x + at * index->width,
                            .count = lk_smaller(index->count - at, TOGETHER),
                            .within = within,
                            .threads = lk_threads_get()};
        lk_status status = search_near_together(&search, at, x, call, user);
        search_clear(&search);
        LK_TRY(status);
    }
    return LK_OK;
}

#include "stats/walk.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <omp.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "stats/tile.h"

/* Two blocks of 512 numbers a row fill half of a second-level cache of a megabyte. */
enum { SIDE = LK_WALK_SIDE };

/* A walk under way. */
typedef struct journey {
    const lk_walk *walk;
    lk_tile_rows x, y;
    size_t *starts; /* [units + 1] */
    size_t units;
    uint64_t total;
    _Atomic uint64_t done;
    atomic_bool stopped;
} journey;

size_t lk_walk_threads(void)
{
    return lk_threads_get();
}

/* ---- units ---- */

/* Where the unit that begins with `row` ends; *at is the place in walk->ends. */
static size_t unit_end(const lk_walk *w, size_t row, size_t *at)
{
    if (!w->ends)
        return lk_smaller(row + SIDE, w->n);
    while (*at + 1 < w->end_count && w->ends[*at] < row + SIDE)
        ++*at;
    return w->ends[*at];
}

/* starts NULL: only counts. */
static size_t divide(size_t *starts, const lk_walk *w)
{
    size_t units = 0, at = 0;
    for (size_t row = 0; row < w->n; units++) {
        if (starts)
            starts[units] = row;
        row = unit_end(w, row, &at);
    }
    if (starts)
        starts[units] = w->n;
    return units;
}

size_t lk_walk_units(const lk_walk *walk)
{
    return divide(NULL, walk);
}

/* ---- pairs ---- */

/* The pairs that rows [row, end) begin. */
static uint64_t pairs_of(const lk_walk *w, size_t row, size_t end)
{
    uint64_t rows = end - row;
    if (w->y)
        return rows * w->m;
    return rows * (w->n - end) + rows * (rows - 1) / 2;
}

static void walk_strip(const journey *j, double *room, size_t row, size_t rows, size_t unit,
                       size_t thread)
{
    const lk_walk *w = j->walk;
    const lk_tile_rows *other = w->y ? &j->y : &j->x;
    for (size_t column = w->y ? 0 : row; column < other->n; column += SIDE) {
        const lk_walk_block block = {.distance = room,
                                     .row = row,
                                     .rows = rows,
                                     .column = column,
                                     .columns = lk_smaller(SIDE, other->n - column),
                                     .thread = thread,
                                     .unit = unit};
        lk_tile_distances(room, block.columns, j->x.x + row * j->x.width, rows,
                          other->x + column * other->width, block.columns, other->width, w->metric);
        w->visit(w->user, &block);
    }
}

/* Progress is told by the thread that began the walk. */
static void tell(journey *j, uint64_t pairs, size_t thread)
{
    const lk_walk *w = j->walk;
    uint64_t done = atomic_fetch_add(&j->done, pairs) + pairs;
    if (thread == 0 && w->progress && !w->progress(w->progress_user, w->what, done, j->total))
        atomic_store(&j->stopped, true);
}

static void walk_unit(journey *j, double *room, size_t unit, size_t thread)
{
    const lk_walk *w = j->walk;
    size_t start = j->starts[unit], end = j->starts[unit + 1];
    for (size_t row = start; row < end && !atomic_load(&j->stopped); row += SIDE) {
        size_t rows = lk_smaller(SIDE, end - row);
        walk_strip(j, room, row, rows, unit, thread);
        tell(j, pairs_of(w, row, row + rows), thread);
    }
    if (w->leave && !atomic_load(&j->stopped))
        w->leave(w->user, thread, unit, start, end);
}

static lk_status walk_all(journey *j)
{
    double *rooms;
    size_t threads = j->walk->threads;
    LK_TRY(lk_alloc_aligned(&rooms, threads * SIDE * SIDE, sizeof *rooms));
#pragma omp parallel for num_threads((int)threads) schedule(dynamic, 1)
    for (size_t unit = 0; unit < j->units; unit++) {
        size_t thread = (size_t)omp_get_thread_num();
        walk_unit(j, rooms + thread * SIDE * SIDE, unit, thread);
    }
    lk_free_aligned(rooms);
    LK_REQUIRE(!atomic_load(&j->stopped), LK_ERROR_CANCELLED, "%s: stopped", j->walk->what);
    return LK_OK;
}

/* ---- what the caller sees ---- */

static lk_status check_ends(const lk_walk *w)
{
    for (size_t i = 0, before = 0; w->ends && i < w->end_count; before = w->ends[i++])
        LK_REQUIRE(w->ends[i] > before, LK_ERROR_ARGUMENT, "%s: ends of rows must rise", w->what);
    LK_REQUIRE(!w->ends || (w->end_count && w->ends[w->end_count - 1] == w->n), LK_ERROR_ARGUMENT,
               "%s: the last end must be the number of rows, %zu", w->what, w->n);
    return LK_OK;
}

static lk_status walk_begin(journey *j)
{
    const lk_walk *w = j->walk;
    size_t pairs;
    LK_TRY(check_ends(w));
    LK_TRY(lk_tile_rows_make(&j->x, w->what, w->x, w->n, w->d, w->metric));
    if (w->y)
        LK_TRY(lk_tile_rows_make(&j->y, w->what, w->y, w->m, w->d, w->metric));
    LK_REQUIRE(lk_mul(w->n, w->y ? w->m : w->n, &pairs), LK_ERROR_MEMORY,
               "%s: the pairs of %zu rows do not fit", w->what, w->n);
    j->total = pairs_of(w, 0, w->n);
    j->units = lk_walk_units(w);
    LK_TRY(lk_alloc(&j->starts, j->units + 1, sizeof *j->starts));
    divide(j->starts, w);
    return LK_OK;
}

lk_status lk_walk_pairs(const lk_walk *walk)
{
    LK_REQUIRE(walk && walk->visit && walk->threads, LK_ERROR_ARGUMENT,
               "lk_walk_pairs: NULL visitor, or no threads");
    journey j = {.walk = walk};
    lk_status status = walk_begin(&j);
    if (status == LK_OK)
        status = walk_all(&j);
    free(j.starts);
    lk_tile_rows_clear(&j.y);
    lk_tile_rows_clear(&j.x);
    return status;
}

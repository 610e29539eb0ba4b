/* All pairs at once, by products where that loses no digits (dots.h). Each pair is computed
 * once, a block at a time, and copied to its mirror while it is in the cache, so the result is
 * symmetric to the bit and does not depend on the number of threads. */
#include <stdlib.h>

#include <likeness/stats.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "stats/dots.h"

enum { SIDE = 4 * LK_DOTS_PANEL };

static void mirror(double *out, size_t n, size_t row, size_t rows, size_t column, size_t columns)
{
    for (size_t j = column; j < column + columns; j++)
        for (size_t i = row; i < row + rows && i < j; i++)
            out[j * n + i] = out[i * n + j];
}

/* Rows from `row` on against themselves and all later ones. */
static void fill_rows(double *out, const lk_dots_rows *x, size_t row)
{
    size_t n = x->tile.n, rows = lk_smaller(SIDE, n - row);
    for (size_t column = row; column < n; column += SIDE) {
        size_t columns = lk_smaller(SIDE, n - column);
        lk_dots_distances(out + row * n + column, n, x, row, rows, column, columns);
        mirror(out, n, row, rows, column, columns);
    }
}

/* ---- lines, as they are finished ---- */

/* Strips of SIDE lines. One is finished when it and all before it are filled: the mirrors of
 * those are its beginning. */
typedef struct distances_strips {
    double *out;
    size_t n, count, told;
    bool *filled; /* [count] */
    bool telling; /* somebody is */
    lk_lines_fn *lines;
    void *user;
} distances_strips;

/* The strips behind s->told that are finished, which the caller is to tell; none: he stops. */
static size_t strips_to_tell(distances_strips *s)
{
    size_t end;
#pragma omp critical(lk_distances_strips)
    {
        for (end = s->told; end < s->count && s->filled[end];)
            end++;
        s->telling = end > s->told;
    }
    return end;
}

/* Whether the caller is the one to tell. */
static bool strips_fill(distances_strips *s, size_t strip)
{
    bool first;
#pragma omp critical(lk_distances_strips)
    {
        s->filled[strip] = true;
        first = !s->telling;
        s->telling = true;
    }
    return first;
}

static void strips_take(distances_strips *s, size_t strip)
{
    if (!s->lines || !strips_fill(s, strip))
        return;
    for (size_t end; (end = strips_to_tell(s)) > s->told; s->told = end) {
        size_t first = s->told * SIDE, lines = lk_smaller(end * SIDE, s->n) - first;
        s->lines(s->user, s->out + first * s->n, first, lines);
    }
}

/* ---- what the caller sees ---- */

lk_status lk_stats_distances_told(double *out, const double *x, size_t n, size_t d,
                                  lk_lines_fn *lines, void *user)
{
    size_t count;
    lk_dots_rows rows;
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "lk_stats_distances: NULL output");
    LK_TRY(lk_dots_rows_make(&rows, "distances", x, n, d));
    bool fits = lk_mul(n, n, &count);
    distances_strips strips = {
        .out = out, .n = n, .count = lk_ceil_div(n, SIDE), .lines = lines, .user = user};
    lk_status status = lk_alloc(&strips.filled, strips.count, sizeof *strips.filled);
    /* Later rows have fewer pairs left, so they are dealt out as threads get free. */
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic, 1)
    for (size_t strip = 0; strip < (fits && status == LK_OK ? strips.count : 0); strip++) {
        fill_rows(out, &rows, strip * SIDE);
        strips_take(&strips, strip);
    }
    free(strips.filled);
    lk_dots_rows_clear(&rows);
    LK_REQUIRE(fits, LK_ERROR_MEMORY, "distances: %zu rows do not fit", n);
    return status;
}

lk_status lk_stats_distances(double *out, const double *x, size_t n, size_t d)
{
    return lk_stats_distances_told(out, x, n, d, NULL, NULL);
}

lk_status lk_stats_distances_from(double *out, const double *x, size_t n, size_t d, size_t first,
                                  size_t count)
{
    lk_dots_rows rows;
    LK_REQUIRE(out && first <= n && count <= n - first, LK_ERROR_ARGUMENT,
               "lk_stats_distances_from: NULL output, or lines beyond the %zu there are", n);
    LK_TRY(lk_dots_rows_make(&rows, "distances", x, n, d));
    size_t tall = lk_ceil_div(count, SIDE), wide = lk_ceil_div(n, SIDE);
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic, 4)
    for (size_t t = 0; t < tall * wide; t++) {
        size_t row = t % tall * SIDE, column = t / tall * SIDE;
        lk_dots_distances(out + row * n + column, n, &rows, first + row,
                          lk_smaller(SIDE, count - row), column, lk_smaller(SIDE, n - column));
    }
    lk_dots_rows_clear(&rows);
    return LK_OK;
}

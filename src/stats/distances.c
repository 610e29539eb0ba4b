/* All pairs, the plain way: difference, square, sum. The usual shortcut
 * |a|^2 + |b|^2 - 2ab loses half the digits of near-equal rows and makes the
 * diagonal nearly 0 instead of 0. Each pair is computed once, a block at a time, and
 * copied to its mirror while it is in the cache, so the result is symmetric to the bit
 * and does not depend on the number of threads. */
#include <likeness/stats.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "stats/tile.h"

enum { SIDE = 64 };

static void mirror(double *out, size_t n, size_t row, size_t rows, size_t column, size_t columns)
{
    for (size_t j = column; j < column + columns; j++)
        for (size_t i = row; i < row + rows && i < j; i++)
            out[j * n + i] = out[i * n + j];
}

/* Rows from `row` on against themselves and all later ones. */
static void fill_rows(double *out, const lk_tile_rows *x, size_t row)
{
    size_t n = x->n, rows = lk_smaller(SIDE, n - row);
    for (size_t column = row; column < n; column += SIDE) {
        size_t columns = lk_smaller(SIDE, n - column);
        lk_tile_distances(out + row * n + column, n, x->x + row * x->width, rows,
                          x->x + column * x->width, columns, x->width, LK_METRIC_EUCLIDEAN);
        mirror(out, n, row, rows, column, columns);
    }
}

lk_status lk_stats_distances(double *out, const double *x, size_t n, size_t d)
{
    size_t count;
    lk_tile_rows rows;
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "lk_stats_distances: NULL output");
    LK_TRY(lk_tile_rows_make(&rows, "distances", x, n, d, LK_METRIC_EUCLIDEAN));
    bool fits = lk_mul(n, n, &count);
    /* Later rows have fewer pairs left, so they are dealt out as threads get free. */
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic, 1)
    for (size_t row = 0; row < (fits ? n : 0); row += SIDE)
        fill_rows(out, &rows, row);
    lk_tile_rows_clear(&rows);
    LK_REQUIRE(fits, LK_ERROR_MEMORY, "distances: %zu rows do not fit", n);
    return LK_OK;
}

lk_status lk_stats_distances_from(double *out, const double *x, size_t n, size_t d, size_t first,
                                  size_t count)
{
    lk_tile_rows rows;
    LK_REQUIRE(out && first <= n && count <= n - first, LK_ERROR_ARGUMENT,
               "lk_stats_distances_from: NULL output, or lines beyond the %zu there are", n);
    LK_TRY(lk_tile_rows_make(&rows, "distances", x, n, d, LK_METRIC_EUCLIDEAN));
    size_t tall = lk_ceil_div(count, SIDE), wide = lk_ceil_div(n, SIDE);
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic, 4)
    for (size_t t = 0; t < tall * wide; t++) {
        size_t row = t % tall * SIDE, column = t / tall * SIDE;
        lk_tile_distances(out + row * n + column, n, rows.x + (first + row) * rows.width,
                          lk_smaller(SIDE, count - row), rows.x + column * rows.width,
                          lk_smaller(SIDE, n - column), rows.width, LK_METRIC_EUCLIDEAN);
    }
    lk_tile_rows_clear(&rows);
    return LK_OK;
}

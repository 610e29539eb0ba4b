/* Distances of a block of rows from another block's. */
#ifndef LK_STATS_TILE_H
#define LK_STATS_TILE_H

#include <likeness/stats.h>

#include "stats/lanes.h"

/* out[rows, columns], `stride` numbers a line: the distances of a[rows, width] from
 * b[columns, width]. width is a multiple of LK_LANES, numbers that a row lacks are 0. For
 * LK_METRIC_COSINE the rows have length 1. */
void lk_tile_distances(double *out, size_t stride, const double *a, size_t rows, const double *b,
                       size_t columns, size_t width, lk_metric metric);

/* Rows as a tile wants them. */
typedef struct lk_tile_rows {
    const double *x; /* [n, width] */
    size_t n, width;
    double *own; /* what x points to where it is not the caller's */
} lk_tile_rows;

/* x[n, d] checked (lk_stats_check), copied where its width or the metric asks for it.
 * Ownership: lk_tile_rows_clear. Errors: LK_ERROR_ARGUMENT, LK_ERROR_NUMBER (for
 * LK_METRIC_COSINE a row of zeros too), LK_ERROR_MEMORY. */
lk_status lk_tile_rows_make(lk_tile_rows *out, const char *what, const double *x, size_t n,
                            size_t d, lk_metric metric) LK_MUST_USE;
void lk_tile_rows_clear(lk_tile_rows *rows);

#endif

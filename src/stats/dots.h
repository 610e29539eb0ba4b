/* Squared distances by products: |a|^2 + |b|^2 - 2ab takes two operations a number where
 * differences take three, two of which wait for the same unit of the processor. What that loses is
 * computed again: where rows are near, by their differences. So a squared distance is within some
 * 1e-13 of itself of what differences give, rows that are equal are 0 apart, and the order of
 * two rows does not matter. It is not to the bit the number that tile.h gives: thresholds are
 * compared with those alone. */
#ifndef LK_STATS_DOTS_H
#define LK_STATS_DOTS_H

#include "stats/tile.h"

/* Rows that are multiplied at a time, in a panel: of each column of numbers one after the other. */
enum { LK_DOTS_PANEL = 24 };

typedef struct lk_dots_rows {
    lk_tile_rows tile;
    bool is_single;  /* all numbers are of single precision */
    double *squares; /* [n] squared lengths, and 0 until the end of the last panel */
    double *panels;  /* [n / LK_DOTS_PANEL, rounded up][width][LK_DOTS_PANEL], 0 behind row n */
} lk_dots_rows;

/* As lk_tile_rows_make, of Euclidean distances. Ownership: lk_dots_rows_clear. */
lk_status lk_dots_rows_make(lk_dots_rows *out, const char *what, const double *x, size_t n,
                            size_t d) LK_MUST_USE;
void lk_dots_rows_clear(lk_dots_rows *rows);

/* out[rows, columns], `stride` numbers a line: the distances of rows [row, row + rows) from rows
 * [column, column + columns); column begins a panel. */
void lk_dots_distances(double *out, size_t stride, const lk_dots_rows *x, size_t row, size_t rows,
                       size_t column, size_t columns);

#endif

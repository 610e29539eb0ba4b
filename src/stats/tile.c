/* Differences, squared and summed, four rows by two at a time, or two by two. The product |a|^2 +
 * |b|^2 - 2ab would take two operations a number instead of three, and loses half the digits of
 * near-equal rows: what is gained is a third at most, and all that it loses would have to be
 * recomputed. The cosine is ½|a - b|^2 of unit rows, which is exact where rows are near. */
#include "stats/tile.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/check.h"

enum { TALL = 4, WIDE = 2, PAIR = 2, HALVES = 2 };

typedef double half_lanes __attribute__((vector_size(LK_LANES * 4), aligned(8), may_alias));

/* The squared distances of TALL rows from WIDE others. */
LK_SIMD_BODY void squares_whole(double *out, const double *const *a, const double *const *b,
                                size_t width)
{
    lk_lanes sums[TALL][WIDE] = {{{0}}};
    for (size_t k = 0; k < width; k += LK_LANES)
#pragma GCC unroll 4
        for (int i = 0; i < TALL; i++)
#pragma GCC unroll 2
            for (int j = 0; j < WIDE; j++) {
                lk_lanes difference = *(const lk_lanes *)(a[i] + k) - *(const lk_lanes *)(b[j] + k);
                sums[i][j] += difference * difference;
            }
    for (int i = 0; i < TALL * WIDE; i++)
        out[i] = lk_lanes_sum((const double *)sums + i * LK_LANES);
}

/* Of two rows the same sums, in halves: a compiler breaks a vector that the processor has not
 * into numbers, and there are half as many of them. */
LK_SIMD_BODY void squares_halves(double *out, const double *const *a, const double *const *b,
                                 size_t width)
{
    half_lanes sums[PAIR][WIDE][HALVES] = {{{{0}}}};
    for (size_t k = 0; k < width; k += LK_LANES)
#pragma GCC unroll 2
        for (size_t h = 0; h < HALVES; h++)
#pragma GCC unroll 2
            for (int i = 0; i < PAIR; i++)
#pragma GCC unroll 2
                for (int j = 0; j < WIDE; j++) {
                    size_t at = k + h * LK_LANES / HALVES;
                    half_lanes difference =
                        *(const half_lanes *)(a[i] + at) - *(const half_lanes *)(b[j] + at);
                    sums[i][j][h] += difference * difference;
                }
    for (int i = 0; i < PAIR * WIDE; i++)
        out[i] = lk_lanes_sum((const double *)sums + i * LK_LANES);
}

/* The first `rows` of TALL rows, at least one. */
LK_SIMD_BODY void squares(double *out, const double *const *a, size_t rows, const double *const *b,
                          size_t width, const bool whole)
{
    if (whole && rows > PAIR) {
        squares_whole(out, a, b, width);
        return;
    }
    for (size_t i = 0; i < rows; i += PAIR)
        squares_halves(out + i * WIDE, a + i, b, width);
}

/* At an edge the last row stands in for those that are missing. */
LK_SIMD_BODY void block_body(double *out, size_t stride, const double *a, size_t rows,
                             const double *b, size_t columns, size_t width, const bool whole)
{
    for (size_t i = 0; i < rows; i += TALL) {
        size_t tall = lk_smaller(TALL, rows - i);
        const double *left[TALL];
        for (size_t r = 0; r < TALL; r++)
            left[r] = a + (i + lk_smaller(r, tall - 1)) * width;
        for (size_t j = 0; j < columns; j += WIDE) {
            bool wide = j + 1 < columns;
            const double *const right[WIDE] = {b + j * width, b + (j + wide) * width};
            double found[TALL * WIDE];
            squares(found, left, tall, right, width, whole);
            for (size_t r = 0; r < tall; r++)
                for (size_t c = 0; c <= wide; c++)
                    out[(i + r) * stride + j + c] = found[r * WIDE + c];
        }
    }
}

#define BLOCK                                                                                      \
    (double *out, size_t stride, const double *a, size_t rows, const double *b, size_t columns,    \
     size_t width)

LK_SIMD_BODY void whole_body BLOCK
{
    block_body(out, stride, a, rows, b, columns, width, true);
}

LK_SIMD_BODY void halves_body BLOCK
{
    block_body(out, stride, a, rows, b, columns, width, false);
}

LK_SIMD_VARIANTS(whole, BLOCK, (out, stride, a, rows, b, columns, width))
LK_SIMD_VARIANTS(halves, BLOCK, (out, stride, a, rows, b, columns, width))

void lk_tile_distances(double *out, size_t stride, const double *a, size_t rows, const double *b,
                       size_t columns, size_t width, lk_metric metric)
{
    (lk_simd_best() == LK_SIMD_AVX512 ? whole : halves)(out, stride, a, rows, b, columns, width);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            double *at = &out[i * stride + j];
            *at = metric == LK_METRIC_COSINE ? *at / 2 : sqrt(*at);
        }
}

/* ---- rows ---- */

/* A row's length, its numbers divided by the largest first, so that no square overflows or
 * vanishes. */
static double tile_length(const double *x, size_t d, double largest)
{
    double sum = 0;
    for (size_t k = 0; k < d; k++)
        sum += (x[k] / largest) * (x[k] / largest);
    return sqrt(sum);
}

static lk_status tile_normalise(double *x, size_t row, const char *what, size_t d)
{
    double largest = 0;
    for (size_t k = 0; k < d; k++)
        largest = fmax(largest, fabs(x[k]));
    LK_REQUIRE(largest > 0, LK_ERROR_NUMBER,
               "%s: row %zu holds zeros only, which have no direction and so no cosine", what, row);
    double length = tile_length(x, d, largest);
    for (size_t k = 0; k < d; k++)
        x[k] = x[k] / largest / length;
    return LK_OK;
}

static lk_status tile_copy(lk_tile_rows *rows, const char *what, const double *x, size_t d,
                           lk_metric metric)
{
    size_t count;
    LK_REQUIRE(lk_mul(rows->n, rows->width, &count), LK_ERROR_MEMORY,
               "%s: %zu rows of %zu numbers do not fit", what, rows->n, d);
    LK_TRY(lk_alloc_aligned(&rows->own, count, sizeof *rows->own));
    rows->x = rows->own;
    for (size_t i = 0; i < rows->n; i++) {
        double *row = rows->own + i * rows->width;
        memcpy(row, x + i * d, d * sizeof *row);
        memset(row + d, 0, (rows->width - d) * sizeof *row);
        if (metric == LK_METRIC_COSINE)
            LK_TRY(tile_normalise(row, i, what, d));
    }
    return LK_OK;
}

lk_status lk_tile_rows_make(lk_tile_rows *out, const char *what, const double *x, size_t n,
                            size_t d, lk_metric metric)
{
    LK_REQUIRE(metric == LK_METRIC_EUCLIDEAN || metric == LK_METRIC_COSINE, LK_ERROR_ARGUMENT,
               "%s: unknown metric %d", what, (int)metric);
    LK_TRY(lk_stats_check(what, x, n, d));
    lk_tile_rows rows = {.x = x, .n = n, .width = lk_ceil_div(d, LK_LANES) * LK_LANES};
    if (rows.width != d || metric == LK_METRIC_COSINE) {
        lk_status status = tile_copy(&rows, what, x, d, metric);
        if (status != LK_OK) {
            lk_tile_rows_clear(&rows);
            return status;
        }
    }
    *out = rows;
    return LK_OK;
}

void lk_tile_rows_clear(lk_tile_rows *rows)
{
    lk_free_aligned(rows->own);
    *rows = (lk_tile_rows){0};
}

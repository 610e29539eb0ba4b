/* Some rows by a panel of others at a time. A sum runs from the first number to the last, in a
 * lane of its own, so that every instruction set gives the same bits. */
#include "stats/dots.h"

#include <math.h>
#include <stdlib.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "stats/check.h"

enum { TALL = 8, LANES = LK_DOTS_PANEL / LK_LANES };

typedef int64_t dots_mask __attribute__((vector_size(LK_LANES * 8)));

/* ---- products ---- */

/* out[tall, LK_LANES * wide] of rows a[tall] and so many columns of a panel. */
LK_SIMD_BODY void dots_part(double *out, const double *const *a, const double *panel, size_t width,
                            const int tall, const int wide)
{
    lk_lanes sums[TALL][LANES] = {{{0}}};
    for (size_t k = 0; k < width; k++, panel += LK_DOTS_PANEL)
#pragma GCC unroll 8
        for (int i = 0; i < tall; i++)
#pragma GCC unroll 3
            for (int j = 0; j < wide; j++)
                sums[i][j] += *(const lk_lanes *)(panel + j * LK_LANES) * a[i][k];
    for (int i = 0; i < tall; i++)
        for (int j = 0; j < wide; j++)
            *(lk_lanes *)(out + i * LK_DOTS_PANEL + j * LK_LANES) = sums[i][j];
}

/* out[TALL, LK_DOTS_PANEL], in parts for which there are vectors enough. */
LK_SIMD_BODY void dots_tile(double *out, const double *const *a, const double *panel, size_t width,
                            const int tall, const int wide)
{
    for (int i = 0; i < TALL; i += tall)
        for (int j = 0; j < LANES; j += wide)
            dots_part(out + i * LK_DOTS_PANEL + j * LK_LANES, a + i, panel + j * LK_LANES, width,
                      tall, wide);
}

#define DOTS (double *out, const double *const *a, const double *panel, size_t width)

LK_SIMD_BODY void dots_many_body DOTS
{
    dots_tile(out, a, panel, width, TALL, LANES);
}

LK_SIMD_BODY void dots_few_body DOTS
{
    dots_tile(out, a, panel, width, 4, 1);
}

LK_SIMD_VARIANTS(dots_many, DOTS, (out, a, panel, width))
LK_SIMD_VARIANTS(dots_few, DOTS, (out, a, panel, width))

#if defined(__x86_64__)
/* Products of numbers that single precision holds are exact in double precision, so that to fuse
 * them with the sum leaves every bit as it is. */
LK_TARGET_AVX512 static void dots_fused DOTS
{
    __m512d sums[TALL][LANES];
    for (int i = 0; i < TALL * LANES; i++)
        sums[i / LANES][i % LANES] = _mm512_setzero_pd();
    for (size_t k = 0; k < width; k++, panel += LK_DOTS_PANEL)
#pragma GCC unroll 8
        for (int i = 0; i < TALL; i++)
#pragma GCC unroll 3
            for (int j = 0; j < LANES; j++)
                sums[i][j] = _mm512_fmadd_pd(_mm512_loadu_pd(panel + j * LK_LANES),
                                             _mm512_set1_pd(a[i][k]), sums[i][j]);
    for (int i = 0; i < TALL * LANES; i++)
        _mm512_storeu_pd(out + i * LK_LANES, sums[i / LANES][i % LANES]);
}
#else
#define dots_fused dots_many
#endif

/* out[TALL, LK_DOTS_PANEL] of rows a[TALL] and a panel. */
static void dots_find(double *out, const double *const *a, const double *panel,
                      const lk_dots_rows *x)
{
    if (lk_simd_best() != LK_SIMD_AVX512)
        dots_few(out, a, panel, x->tile.width);
    else
        (x->is_single ? dots_fused : dots_many)(out, a, panel, x->tile.width);
}

static bool dots_are_single(const double *x, size_t count)
{
    bool single = true;
    for (size_t i = 0; i < count; i++)
        single &= (double)(float)x[i] == x[i];
    return single;
}

/* The same sum of two rows. */
static double dots_one(const double *a, const double *b, size_t width)
{
    double sum = 0;
    for (size_t k = 0; k < width; k++)
        sum += a[k] * b[k];
    return sum;
}

/* ---- distances ---- */

/* Below this share of both squared lengths a difference of sums has lost 6 of its 52 bits. */
static const double NEAR = 1.0 / 64;

/* From products of a panel to squared distances; true: some have lost digits. */
LK_SIMD_BODY void dots_subtract_body(bool *near, double *line, const double *squares, double own)
{
    dots_mask some = {0};
    for (size_t j = 0; j < LK_DOTS_PANEL; j += LK_LANES) {
        lk_lanes both = *(const lk_lanes *)(squares + j) + own;
        lk_lanes square = both - 2 * *(const lk_lanes *)(line + j);
        some |= ~(square > NEAR * both);
        *(lk_lanes *)(line + j) = square;
    }
    for (size_t j = 0; j < LK_LANES; j++)
        *near |= some[j] != 0;
}

LK_SIMD_VARIANTS(dots_subtract, (bool *near, double *line, const double *squares, double own),
                 (near, line, squares, own))

static void dots_line(double *out, double *line, const lk_dots_rows *x, size_t row, size_t column,
                      size_t columns)
{
    const double *squares = x->squares + column;
    size_t width = x->tile.width;
    bool near = false;
    dots_subtract(&near, line, squares, x->squares[row]);
    for (size_t j = 0; near && j < columns; j++)
        if (!(line[j] > NEAR * (x->squares[row] + squares[j])))
            line[j] = lk_stats_squared_distance(x->tile.x + row * width,
                                                x->tile.x + (column + j) * width, width);
    for (size_t j = 0; j < columns; j++)
        out[j] = sqrt(line[j]);
}

/* Some rows and a panel; at the edge the last row stands in for those that are missing. */
static void dots_square(double *out, size_t stride, const lk_dots_rows *x, size_t row, size_t rows,
                        size_t column, size_t columns)
{
    const double *a[TALL];
    double products[TALL * LK_DOTS_PANEL] __attribute__((aligned(64)));
    for (size_t i = 0; i < TALL; i++)
        a[i] = x->tile.x + (row + lk_smaller(i, rows - 1)) * x->tile.width;
    dots_find(products, a, x->panels + column * x->tile.width, x);
    for (size_t i = 0; i < rows; i++)
        dots_line(out + i * stride, products + i * LK_DOTS_PANEL, x, row + i, column, columns);
}

void lk_dots_distances(double *out, size_t stride, const lk_dots_rows *x, size_t row, size_t rows,
                       size_t column, size_t columns)
{
    for (size_t j = 0; j < columns; j += LK_DOTS_PANEL)
        for (size_t i = 0; i < rows; i += TALL)
            dots_square(out + i * stride + j, stride, x, row + i, lk_smaller(TALL, rows - i),
                        column + j, lk_smaller(LK_DOTS_PANEL, columns - j));
}

/* ---- rows ---- */

static void dots_fill_panel(const lk_dots_rows *x, size_t row)
{
    size_t width = x->tile.width;
    double *panel = x->panels + row * width;
    for (size_t j = 0; j < LK_DOTS_PANEL; j++)
        for (size_t k = 0; k < width; k++)
            panel[k * LK_DOTS_PANEL + j] =
                row + j < x->tile.n ? x->tile.x[(row + j) * width + k] : 0;
}

static lk_status dots_fill(lk_dots_rows *x)
{
    size_t n = x->tile.n, width = x->tile.width, panels = lk_ceil_div(n, LK_DOTS_PANEL);
    LK_TRY(lk_alloc(&x->squares, panels, LK_DOTS_PANEL * sizeof *x->squares));
    LK_TRY(lk_alloc_aligned(&x->panels, panels, width * LK_DOTS_PANEL * sizeof *x->panels));
#pragma omp parallel for num_threads(lk_threads())
    for (size_t row = 0; row < n; row += LK_DOTS_PANEL)
        dots_fill_panel(x, row);
    x->is_single = dots_are_single(x->tile.x, n * width);
    for (size_t i = 0; i < n; i++)
        x->squares[i] = dots_one(x->tile.x + i * width, x->tile.x + i * width, width);
    return LK_OK;
}

lk_status lk_dots_rows_make(lk_dots_rows *out, const char *what, const double *x, size_t n,
                            size_t d)
{
    lk_dots_rows rows = {0};
    LK_TRY(lk_tile_rows_make(&rows.tile, what, x, n, d, LK_METRIC_EUCLIDEAN));
    lk_status status = dots_fill(&rows);
    if (status == LK_OK)
        *out = rows;
    else
        lk_dots_rows_clear(&rows);
    return status;
}

void lk_dots_rows_clear(lk_dots_rows *rows)
{
    lk_tile_rows_clear(&rows->tile);
    free(rows->squares);
    lk_free_aligned(rows->panels);
    *rows = (lk_dots_rows){0};
}

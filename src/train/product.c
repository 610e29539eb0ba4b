/* Both matrices are copied into panels first, a in ROWS rows and b in COLUMNS columns
 * side by side, so that a tile of out reads two streams from end to end while its sums
 * stay in registers. OpenBLAS would be faster still, but says nothing about the order
 * of its sums, and processes that train together must not drift apart. */
#include "train/product.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/simd.h"
#include "base/threads.h"

enum { ROWS = 6, COLUMNS = 8 };

typedef double vec __attribute__((vector_size(COLUMNS * 8), aligned(8), may_alias));

/* sums[ROWS, COLUMNS] of one tile. */
LK_SIMD_BODY void tile_body(double *sums, const double *a, const double *b, size_t k)
{
    vec s[ROWS] = {{0}};
    for (size_t i = 0; i < k; i++, a += ROWS) {
        vec row = *(const vec *)(b + i * COLUMNS);
#pragma GCC unroll 6
        for (int r = 0; r < ROWS; r++)
            s[r] += a[r] * row;
    }
#pragma GCC unroll 6
    for (int r = 0; r < ROWS; r++)
        *(vec *)(sums + r * COLUMNS) = s[r];
}

LK_SIMD_VARIANTS(tile, (double *sums, const double *a, const double *b, size_t k), (sums, a, b, k))

/* `width` lines of m, from line `first` of `count` on, side by side: out[k, width], with
 * zeros where there are no lines. `line` and `along` are m's steps. */
static void pack(double *out, const double *m, size_t line, size_t along, size_t first,
                 size_t count, size_t width, size_t k)
{
    for (size_t w = 0; w < width; w++) {
        const double *from = m + (first + w) * line;
        for (size_t i = 0; i < k; i++)
            out[i * width + w] = first + w < count ? from[i * along] : 0;
    }
}

static void product_keep(double *out, const double *sums, size_t row, size_t column, size_t m,
                         size_t n)
{
    size_t columns = n - column < COLUMNS ? n - column : COLUMNS;
    for (size_t r = 0; r < ROWS && row + r < m; r++)
        memcpy(out + (row + r) * n + column, sums + r * COLUMNS, columns * sizeof *out);
}

lk_status lk_product(double *out, lk_matrix a, lk_matrix b, size_t m, size_t n, size_t k)
{
    size_t tall = lk_ceil_div(m, ROWS), wide = lk_ceil_div(n, COLUMNS);
    const size_t a_sizes[] = {tall, ROWS, k}, b_sizes[] = {wide, COLUMNS, k};
    size_t a_count, b_count;
    double *a_panels, *b_panels;
    LK_REQUIRE(lk_mul_all(a_sizes, 3, &a_count) && lk_mul_all(b_sizes, 3, &b_count),
               LK_ERROR_MEMORY, "a product of %zu x %zu x %zu is too large", m, k, n);
    LK_TRY(lk_alloc_aligned(&a_panels, a_count, sizeof *a_panels));
    lk_status status = lk_alloc_aligned(&b_panels, b_count, sizeof *b_panels);
    if (status != LK_OK) {
        lk_free_aligned(a_panels);
        return status;
    }
#pragma omp parallel num_threads(lk_threads())
    {
#pragma omp for schedule(static) nowait
        for (size_t i = 0; i < tall; i++)
            pack(a_panels + i * ROWS * k, a.at, a.row, a.column, i * ROWS, m, ROWS, k);
#pragma omp for schedule(static)
        for (size_t j = 0; j < wide; j++)
            pack(b_panels + j * COLUMNS * k, b.at, b.column, b.row, j * COLUMNS, n, COLUMNS, k);
#pragma omp for schedule(static)
        for (size_t t = 0; t < tall * wide; t++) {
            size_t i = t % tall, j = t / tall;
            double sums[ROWS * COLUMNS];
            tile(sums, a_panels + i * ROWS * k, b_panels + j * COLUMNS * k, k);
            product_keep(out, sums, i * ROWS, j * COLUMNS, m, n);
        }
    }
    lk_free_aligned(b_panels);
    lk_free_aligned(a_panels);
    return LK_OK;
}

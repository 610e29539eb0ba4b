/* Principal components by the singular value decomposition X - mean = U S V^T;
 * the coordinates are U S.
 *
 * The row-major X [n, d] is, read by columns, X^T [d, n] = V S U^T, so LAPACK
 * gets it as it lies and our U is its right factor. dgesdd's job 'O' overwrites
 * the input with the longer factor: beside the centred copy of X there is only
 * one square of side min(n, d), however long the other side is.
 *
 * A component's sign is arbitrary. scikit-learn turns it so that the entry of largest
 * magnitude is positive in its column of V, until 1.4 in its column of U (svd_flip).
 *
 * Source: scikit-learn PCA(svd_solver="full") (behaviour). */
#include <math.h>
#include <stdlib.h>

#include <lapacke.h>

#include <likeness/stats.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/threads.h"
#include "stats/check.h"

/* A factor as LAPACK leaves it: entry (row, component) lies at
 * data[row * row_step + component * component_step]. */
typedef struct factor {
    const double *data;
    size_t rows, row_step, component_step;
} factor;

typedef struct factors {
    factor u, v; /* n and d rows */
} factors;

static lk_status pca_check(const double *out, const double *x, size_t n, size_t d,
                           size_t components)
{
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "lk_stats_pca: NULL output");
    LK_TRY(lk_stats_check("PCA", x, n, d));
    LK_REQUIRE(n <= INT32_MAX && d <= INT32_MAX, LK_ERROR_LIMIT,
               "PCA: %zu rows of %zu numbers, expected at most %d of each", n, d, INT32_MAX);
    size_t rank = n < d ? n : d;
    LK_REQUIRE(components >= 1 && components <= rank, LK_ERROR_ARGUMENT,
               "PCA: %zu components of %zu rows of %zu numbers, expected 1 to %zu", components, n,
               d, rank);
    return LK_OK;
}

static void pca_centre(double *centred, const double *x, size_t n, size_t d)
{
    for (size_t k = 0; k < d; k++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += x[i * d + k];
        for (size_t i = 0; i < n; i++)
            centred[i * d + k] = x[i * d + k] - sum / (double)n;
    }
}

/* What dgesdd works in. LAPACKE would make it itself, but where it cannot it prints. The
 * first call, without any, says how much is wanted. */
typedef struct work {
    double *numbers, wanted;
    lapack_int *integers, no_integer, count;
} work;

static lk_status pca_make_room(work *room, size_t rank)
{
    LK_REQUIRE(room->wanted < (double)INT32_MAX, LK_ERROR_MEMORY,
               "PCA: LAPACK works on no more than %d numbers, wanted %.0f", INT32_MAX,
               room->wanted);
    room->count = (lapack_int)room->wanted;
    LK_TRY(lk_alloc(&room->numbers, (size_t)room->count, sizeof *room->numbers));
    return lk_alloc(&room->integers, 8 * rank, sizeof *room->integers);
}

/* Decomposes centred[n, d] in place; square[rank, rank], singular[rank]. On one
 * thread: dgesdd starts thousands of small parallel loops, and where the cores
 * are busy with anything else, waiting at the end of each one costs twenty times
 * what the second core saves. */
static lk_status decompose(factors *out, double *centred, double *square, double *singular,
                           size_t n, size_t d)
{
    size_t rank = n < d ? n : d;
    bool wide = n > d; /* as LAPACK sees it: d rows, n columns */
    double unused = 0;
    work room = {.count = -1};
    lk_status status = LK_OK;
    lapack_int info = 0;
    int threads = lk_threads_lend(1); /* of this thread's loops alone */
    for (int pass = 0; pass < 2 && info == 0 && status == LK_OK; pass++) {
        info = LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'O', (lapack_int)d, (lapack_int)n, centred,
                                   (lapack_int)d, singular, wide ? square : &unused, (lapack_int)d,
                                   wide ? &unused : square, (lapack_int)rank,
                                   room.numbers ? room.numbers : &room.wanted, room.count,
                                   room.integers ? room.integers : &room.no_integer);
        if (pass == 0 && info == 0)
            status = pca_make_room(&room, rank);
    }
    lk_threads_return(&threads);
    free(room.numbers);
    free(room.integers);
    LK_TRY(status);
    LK_REQUIRE(info == 0, LK_ERROR_INTERNAL, "PCA: dgesdd failed with %d", (int)info);
    out->u = wide ? (factor){centred, n, d, 1} : (factor){square, n, rank, 1};
    out->v = wide ? (factor){square, d, 1, d} : (factor){centred, d, 1, d};
    return LK_OK;
}

/* 1 or -1: the sign of a column's entry of largest magnitude. */
static double column_sign(factor f, size_t column)
{
    double largest = 0;
    for (size_t i = 0; i < f.rows; i++) {
        double entry = f.data[i * f.row_step + column * f.component_step];
        if (fabs(entry) > fabs(largest))
            largest = entry;
    }
    return largest < 0 ? -1 : 1;
}

static void store(double *out, const factors *f, const double *singular,
                  const lk_pca_options *options)
{
    factor u = f->u, decides = options->signs == LK_PCA_SIGNS_SKLEARN ? f->v : u;
    for (size_t c = 0; c < options->components; c++) {
        double scale = column_sign(decides, c) * singular[c];
        for (size_t i = 0; i < u.rows; i++)
            out[i * options->components + c] = u.data[i * u.row_step + c] * scale;
    }
}

static void store_variance(double *variance, double *ratio, const double *singular, size_t n,
                           size_t rank, size_t components)
{
    double total = 0;
    for (size_t k = 0; k < rank; k++)
        total += singular[k] * singular[k];
    for (size_t c = 0; c < components; c++) {
        double square = singular[c] * singular[c];
        if (variance)
            variance[c] = n > 1 ? square / (double)(n - 1) : 0;
        if (ratio)
            ratio[c] = total > 0 ? square / total : 0;
    }
}

/* Some 9 squares of the smaller side, of which LAPACK asks for most. */
static lk_status fail_room(size_t n, size_t d, size_t rank)
{
    double numbers = (double)n * (double)d + 9 * (double)rank * (double)rank;
    return lk_fail(LK_ERROR_MEMORY,
                   "out of memory: PCA of %zu rows of %zu numbers takes about %.2f GB; take fewer "
                   "rows",
                   n, d, numbers * sizeof(double) / 1e9);
}

lk_status lk_stats_pca(double *out, double *variance, double *ratio, const double *x, size_t n,
                       size_t d, const lk_pca_options *options)
{
    lk_pca_options taken;
    LK_TRY(lk_options_take(lk_pca_options_table(), &taken, options));
    LK_TRY(pca_check(out, x, n, d, taken.components));
    size_t rank = n < d ? n : d, cells, squares;
    LK_REQUIRE(lk_mul(n, d, &cells) && lk_mul(rank, rank, &squares), LK_ERROR_MEMORY,
               "out of memory: PCA of %zu rows of %zu numbers", n, d);
    double *centred = NULL, *square = NULL, *singular = NULL;
    factors found;
    lk_status status = lk_alloc(&centred, cells, sizeof *centred);
    if (status == LK_OK)
        status = lk_alloc(&square, squares, sizeof *square);
    if (status == LK_OK)
        status = lk_alloc(&singular, rank, sizeof *singular);
    if (status == LK_OK) {
        pca_centre(centred, x, n, d);
        status = decompose(&found, centred, square, singular, n, d);
    }
    if (status == LK_OK) {
        store(out, &found, singular, &taken);
        store_variance(variance, ratio, singular, n, rank, taken.components);
    }
    free(centred);
    free(square);
    free(singular);
    if (status == LK_ERROR_MEMORY)
        return fail_room(n, d, rank);
    return status;
}

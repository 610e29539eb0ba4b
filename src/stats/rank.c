/* Rank correlation: does one number rise where another does, however unevenly? */
#include <math.h>
#include <stdlib.h>

#include <likeness/stats.h>

#include "base/error.h"
#include "base/memory.h"

typedef struct ranked {
    double value;
    size_t index;
} ranked;

static int rank_by_value(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

/* Ranks from 1; equal values share the mean of theirs. */
static void rank(double *out, ranked *scratch, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        scratch[i] = (ranked){x[i], i};
    qsort(scratch, n, sizeof *scratch, rank_by_value);
    for (size_t i = 0, next; i < n; i = next) {
        next = i + 1;
        while (next < n && scratch[next].value == scratch[i].value)
            next++;
        for (size_t k = i; k < next; k++)
            out[scratch[k].index] = (double)(i + next + 1) / 2;
    }
}

/* Pearson's correlation; NaN when one of the two does not vary. */
static double correlate(const double *x, const double *y, size_t n)
{
    double middle = (double)(n + 1) / 2, xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < n; i++) {
        double a = x[i] - middle, b = y[i] - middle;
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}

static bool has_nan(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i]))
            return true;
    return false;
}

lk_status lk_stats_spearman(double *out, const double *x, const double *y, size_t n)
{
    LK_REQUIRE(out && (n == 0 || (x && y)), LK_ERROR_ARGUMENT, "lk_stats_spearman: NULL argument");
    if (n < 2 || has_nan(x, n) || has_nan(y, n)) {
        *out = NAN;
        return LK_OK;
    }
    ranked *scratch;
    double *ranks = NULL;
    LK_TRY(lk_alloc(&scratch, n, sizeof *scratch));
    lk_status status = lk_alloc(&ranks, n, 2 * sizeof *ranks);
    if (status == LK_OK) {
        rank(ranks, scratch, x, n);
        rank(ranks + n, scratch, y, n);
        *out = correlate(ranks, ranks + n, n);
    }
    free(ranks);
    free(scratch);
    return status;
}

#include "stats/check.h"

#include <float.h>
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/lanes.h"

lk_status lk_stats_check(const char *what, const double *x, size_t n, size_t d)
{
    size_t count;
    LK_REQUIRE(x && n > 0 && d > 0, LK_ERROR_ARGUMENT,
               "%s: found %zu rows of %zu numbers, expected"
               " at least one of each",
               what, x ? n : 0, d);
    LK_REQUIRE(lk_mul(n, d, &count), LK_ERROR_MEMORY, "%s: %zu rows of %zu numbers do not fit",
               what, n, d);
    /* Of differences between such numbers n * d squares add up to something finite. */
    double largest = sqrt(DBL_MAX / (double)count) / 2;
    for (size_t i = 0; i < count; i++) {
        LK_REQUIRE(isfinite(x[i]), LK_ERROR_NUMBER,
                   "%s: row %zu, column %zu: found %g, expected a finite number", what, i / d,
                   i % d, x[i]);
        LK_REQUIRE(fabs(x[i]) <= largest, LK_ERROR_NUMBER,
                   "%s: row %zu, column %zu: found %g, which is too large to be squared", what,
                   i / d, i % d, x[i]);
    }
    return LK_OK;
}

lk_status lk_stats_check_people(const lk_bias_rows *rows)
{
    LK_REQUIRE(rows && rows->person, LK_ERROR_ARGUMENT, "pairs of people: NULL argument");
    LK_TRY(lk_stats_check("pairs of people", rows->x, rows->n, rows->d));
    for (size_t i = 0; i < rows->n; i++)
        LK_REQUIRE(rows->person[i] < rows->people, LK_ERROR_ARGUMENT,
                   "pairs of people: row %zu is of person %zu, expected below %zu", i,
                   rows->person[i], rows->people);
    return LK_OK;
}

lk_status lk_stats_alloc_pairs(void *out, size_t *count, size_t n, size_t size)
{
    size_t cells;
    bool fits = lk_mul(n, n - 1, &cells) && lk_alloc(out, cells / 2, size) == LK_OK;
    LK_REQUIRE(fits, LK_ERROR_MEMORY,
               "out of memory: the pairs of %zu rows take %.2f GB; take fewer rows", n,
               (double)n * ((double)n - 1) / 2 * (double)size / 1e9);
    *count = cells / 2;
    return LK_OK;
}

double lk_stats_squared_distance(const double *a, const double *b, size_t d)
{
    double sums[LK_LANES] = {0};
    for (size_t k = 0; k + LK_LANES <= d; k += LK_LANES) {
        lk_lanes difference = *(const lk_lanes *)(a + k) - *(const lk_lanes *)(b + k);
        *(lk_lanes *)sums += difference * difference;
    }
    for (size_t k = d - d % LK_LANES; k < d; k++) {
        double difference = a[k] - b[k];
        sums[k % LK_LANES] += difference * difference;
    }
    return lk_lanes_sum(sums);
}

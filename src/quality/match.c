/* Groups thinned until they are alike: coarsened exact matching (Iacus, King and Porro 2012),
 * with cells at quantiles. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "quality/quality.h"

enum { MOST_MEASURES = 8, MOST_BINS = 100 };

/* One of those to be thinned. */
typedef struct celled {
    uint64_t cell;
    size_t group, index;
    uint64_t lot; /* those with the lowest stay */
} celled;

static int match_by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int match_by_cell(const void *a, const void *b)
{
    const celled *x = a, *y = b;
    if (x->cell != y->cell)
        return x->cell < y->cell ? -1 : 1;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->lot != y->lot)
        return x->lot < y->lot ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* The bounds between the parts of a measure, edges[bins - 1]; sorted[count] is room. */
static void find_edges(double *edges, double *sorted, const double *values, const celled *all,
                       size_t count, size_t k, size_t bins)
{
    for (size_t i = 0; i < count; i++)
        sorted[i] = values[all[i].index * k];
    qsort(sorted, count, sizeof *sorted, match_by_value);
    for (size_t b = 1; b < bins; b++)
        edges[b - 1] = sorted[b * count / bins];
}

static void add_measure(celled *all, size_t count, const double *values, size_t k, size_t bins,
                        double *sorted)
{
    double edges[MOST_BINS];
    if (!count)
        return;
    find_edges(edges, sorted, values, all, count, k, bins);
    for (size_t i = 0; i < count; i++) {
        uint64_t part = 0;
        while (part < bins - 1 && values[all[i].index * k] >= edges[part])
            part++;
        all[i].cell = all[i].cell * bins + part;
    }
}

static bool match_is_known(const double *values, size_t k)
{
    for (size_t j = 0; j < k; j++)
        if (isnan(values[j]))
            return false;
    return true;
}

static size_t list_known(celled *all, const double *values, const size_t *groups, size_t n,
                         size_t k, uint64_t seed)
{
    size_t count = 0;
    lk_random random;
    lk_random_init(&random, seed, 0);
    for (size_t i = 0; i < n; i++) {
        uint64_t lot = lk_random_u64(&random);
        if (match_is_known(values + i * k, k))
            all[count++] = (celled){0, groups[i], i, lot};
    }
    return count;
}

/* Where the run that begins at `first` ends: of one cell, or of one group in it. */
static size_t run_end(const celled *all, size_t count, size_t first, bool group)
{
    size_t end = first;
    while (end < count && all[end].cell == all[first].cell &&
           (!group || all[end].group == all[first].group))
        end++;
    return end;
}

/* all[first, end) is one cell. */
static void keep_cell(bool *keep, const celled *all, size_t first, size_t end, size_t group_count)
{
    size_t groups = 0, fewest = SIZE_MAX;
    for (size_t at = first; at < end; groups++) {
        size_t next = run_end(all, end, at, true);
        fewest = lk_smaller(fewest, next - at);
        at = next;
    }
    if (groups < group_count)
        return; /* a group has nobody like these */
    for (size_t at = first; at < end;) {
        for (size_t i = 0; i < fewest; i++)
            keep[all[at + i].index] = true;
        at = run_end(all, end, at, true);
    }
}

static lk_status match_check(const bool *keep, const double *values, const size_t *groups, size_t n,
                             size_t k, size_t group_count, size_t bins)
{
    LK_REQUIRE(keep && values && groups, LK_ERROR_ARGUMENT, "NULL where groups are to be matched");
    LK_REQUIRE(k >= 1 && k <= MOST_MEASURES, LK_ERROR_ARGUMENT,
               "groups are matched by 1 to %d measures, not %zu", MOST_MEASURES, k);
    LK_REQUIRE(bins >= 2 && bins <= MOST_BINS, LK_ERROR_ARGUMENT,
               "a measure is cut into 2 to %d parts, not %zu", MOST_BINS, bins);
    for (size_t i = 0; i < n; i++)
        LK_REQUIRE(groups[i] < group_count, LK_ERROR_ARGUMENT, "group %zu of %zu", groups[i],
                   group_count);
    return LK_OK;
}

lk_status lk_quality_match(bool *keep, const double *values, const size_t *groups, size_t n,
                           size_t k, size_t group_count, size_t bins, uint64_t seed)
{
    celled *all = NULL;
    double *sorted = NULL;
    LK_TRY(match_check(keep, values, groups, n, k, group_count, bins));
    LK_TRY(lk_alloc(&all, n, sizeof *all));
    lk_status status = lk_alloc(&sorted, n, sizeof *sorted);
    if (status == LK_OK) {
        size_t count = list_known(all, values, groups, n, k, seed);
        memset(keep, 0, n * sizeof *keep);
        for (size_t j = 0; j < k; j++)
            add_measure(all, count, values + j, k, bins, sorted);
        if (count)
            qsort(all, count, sizeof *all, match_by_cell);
        for (size_t at = 0; at < count;) {
            size_t end = run_end(all, count, at, false);
            keep_cell(keep, all, at, end, group_count);
            at = end;
        }
    }
    free(sorted);
    free(all);
    return status;
}

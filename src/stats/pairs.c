/* Pairs of photographs within a population, added up by pairs of people.
 *
 * All measures of lk_bias_measure are means over pairs, and resampling people only
 * changes how often each pair of people counts: w_i w_j times. So the pairs of
 * photographs are gone through once, and a replicate of the bootstrap costs a sum
 * over pairs of people. The sums lie in a packed upper triangle: row i has the people
 * after i. */
#include <math.h>
#include <stdlib.h>

#include <likeness/stats.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "stats/check.h"

struct lk_pair_sums {
    size_t people, cells;
    /* [cells], of pairs of different people */
    double *pairs, *squared, *cosine, *matches;
    /* [people], of pairs of one person */
    double *genuine, *missed;
};

/* ---- rows ---- */

static lk_status pairs_check_rows(const lk_bias_rows *rows)
{
    LK_REQUIRE(rows && rows->person, LK_ERROR_ARGUMENT, "pairs of people: NULL argument");
    LK_TRY(lk_stats_check("pairs of people", rows->x, rows->n, rows->d));
    for (size_t i = 0; i < rows->n; i++)
        LK_REQUIRE(rows->person[i] < rows->people, LK_ERROR_ARGUMENT,
                   "pairs of people: row %zu is of person %zu, expected below %zu", i,
                   rows->person[i], rows->people);
    return LK_OK;
}

static const double *row_of(const lk_bias_rows *rows, size_t i)
{
    return rows->x + i * rows->d;
}

static double distance_of(const lk_bias_rows *rows, size_t i, size_t j)
{
    return sqrt(lk_stats_squared_distance(row_of(rows, i), row_of(rows, j), rows->d));
}

/* ---- the threshold ---- */

/* Pairs of different people that row i makes with later rows. */
static size_t different_after(const lk_bias_rows *rows, size_t i)
{
    size_t count = 0;
    for (size_t j = i + 1; j < rows->n; j++)
        count += rows->person[j] != rows->person[i];
    return count;
}

static void fill_distances(double *out, const size_t *starts, const lk_bias_rows *rows)
{
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic, 8)
    for (size_t i = 0; i < rows->n; i++) {
        size_t at = starts[i];
        for (size_t j = i + 1; j < rows->n; j++)
            if (rows->person[j] != rows->person[i])
                out[at++] = distance_of(rows, i, j);
    }
}

/* Appends a population's distances. */
static lk_status add_distances(double **all, size_t *count, size_t *capacity,
                               const lk_bias_rows *rows)
{
    LK_TRY(pairs_check_rows(rows));
    size_t *starts, end = *count;
    LK_TRY(lk_alloc(&starts, rows->n, sizeof *starts));
    for (size_t i = 0; i < rows->n; i++) {
        starts[i] = end;
        end += different_after(rows, i);
    }
    lk_status status = lk_grow(all, capacity, end, sizeof **all);
    if (status == LK_OK) {
        fill_distances(*all, starts, rows);
        *count = end;
    }
    free(starts);
    return status;
}

static int pairs_by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The most of `count` whose share is not above the rate. The product alone may round to
 * the other side of a whole number: 0.29 * 100 is below 29. */
static size_t allowed(double rate, size_t count)
{
    size_t k = (size_t)floor(rate * (double)count);
    if (k < count && (double)(k + 1) / (double)count <= rate)
        return k + 1;
    return k > 0 && (double)k / (double)count > rate ? k - 1 : k;
}

/* Of sorted distances: so many may pass as the rate allows, and equal ones pass together. */
static double pairs_cut(const double *distances, size_t count, double rate, size_t *passing)
{
    size_t k = allowed(rate, count);
    while (k > 0 && k < count && distances[k] == distances[k - 1])
        k--;
    *passing = k;
    return k ? distances[k - 1] : nextafter(distances[0], -INFINITY);
}

lk_status lk_stats_threshold(double *out, double *achieved, const lk_bias_rows *populations,
                             size_t count, double rate)
{
    LK_REQUIRE(out && populations && rate >= 0 && rate <= 1, LK_ERROR_ARGUMENT,
               "lk_stats_threshold: NULL argument or a rate that is not within 0 to 1");
    double *all = NULL;
    size_t total = 0, capacity = 0, passing = 0;
    lk_status status = LK_OK;
    for (size_t k = 0; k < count && status == LK_OK; k++)
        status = add_distances(&all, &total, &capacity, &populations[k]);
    if (status == LK_OK && total == 0)
        status = lk_fail(LK_ERROR_ARGUMENT, "no pair of different people: no threshold");
    if (status == LK_OK) {
        qsort(all, total, sizeof *all, pairs_by_size);
        *out = pairs_cut(all, total, rate, &passing);
        if (achieved)
            *achieved = (double)passing / (double)total;
    }
    free(all);
    return status;
}

/* ---- the sums ---- */

/* Where the pair of people i < j lies. */
static size_t cell_of(size_t people, size_t i, size_t j)
{
    return i * (2 * people - i - 1) / 2 + (j - i - 1);
}

/* A row of zeros has no direction: its cosines count as 0, as in lk_stats_wss. */
static double cosine_of(const lk_bias_rows *rows, size_t i, size_t j)
{
    const double *a = row_of(rows, i), *b = row_of(rows, j);
    double aa = 0, bb = 0, ab = 0;
#pragma omp simd reduction(+ : aa, bb, ab)
    for (size_t k = 0; k < rows->d; k++) {
        aa += a[k] * a[k];
        bb += b[k] * b[k];
        ab += a[k] * b[k];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

static void add_pair(lk_pair_sums *s, const lk_bias_rows *rows, size_t i, size_t j,
                     double threshold)
{
    double distance = distance_of(rows, i, j);
    size_t a = rows->person[i], b = rows->person[j];
    if (a == b) {
        s->genuine[a] += 1;
        s->missed[a] += distance > threshold;
        return;
    }
    size_t cell = a < b ? cell_of(s->people, a, b) : cell_of(s->people, b, a);
    s->pairs[cell] += 1;
    s->squared[cell] += distance * distance;
    s->cosine[cell] += cosine_of(rows, i, j);
    s->matches[cell] += distance <= threshold;
}

/* order[n]: rows by person; starts[people + 1]. */
static void sort_rows(size_t *order, size_t *starts, const lk_bias_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        starts[rows->person[i] + 1]++;
    for (size_t p = 0; p < rows->people; p++)
        starts[p + 1] += starts[p];
    for (size_t i = rows->n; i-- > 0;) /* starts[p + 1] counts down to p's own start */
        order[--starts[rows->person[i] + 1]] = i;
    for (size_t p = 0; p < rows->people; p++)
        starts[p] = starts[p + 1];
    starts[rows->people] = rows->n;
}

/* Each cell is written by the one thread that has its first person, in the order of
 * the rows, so that sums do not depend on the number of threads. */
static void add_up(lk_pair_sums *s, const size_t *order, const size_t *starts,
                   const lk_bias_rows *rows, double threshold)
{
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic, 4)
    for (size_t p = 0; p < s->people; p++)
        for (size_t i = starts[p]; i < starts[p + 1]; i++)
            for (size_t j = i + 1; j < rows->n; j++)
                add_pair(s, rows, order[i], order[j], threshold);
}

static lk_status pairs_allocate(lk_pair_sums **out, size_t people)
{
    size_t twice, cells;
    LK_REQUIRE(lk_mul(people, people - 1, &twice) && twice < SIZE_MAX / 8, LK_ERROR_MEMORY,
               "pairs of %zu people do not fit", people);
    lk_pair_sums *s;
    LK_TRY(lk_alloc(&s, 1, sizeof *s));
    s->people = people;
    s->cells = cells = twice / 2;
    lk_status status = lk_alloc(&s->pairs, cells, 4 * sizeof *s->pairs);
    if (status == LK_OK)
        status = lk_alloc(&s->genuine, people, 2 * sizeof *s->genuine);
    if (status != LK_OK) {
        lk_stats_pair_sums_destroy(s);
        return status;
    }
    s->squared = s->pairs + cells;
    s->cosine = s->squared + cells;
    s->matches = s->cosine + cells;
    s->missed = s->genuine + people;
    *out = s;
    return LK_OK;
}

static lk_status pairs_fill(lk_pair_sums *s, const lk_bias_rows *rows, double threshold)
{
    size_t *order, *starts = NULL;
    LK_TRY(lk_alloc(&order, rows->n, sizeof *order));
    lk_status status = lk_alloc(&starts, rows->people + 1, sizeof *starts);
    if (status == LK_OK) {
        sort_rows(order, starts, rows);
        add_up(s, order, starts, rows, threshold);
    }
    free(starts);
    free(order);
    return status;
}

lk_status lk_stats_pair_sums_create(lk_pair_sums **out, const lk_bias_rows *rows, double threshold)
{
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "lk_stats_pair_sums_create: NULL output");
    LK_TRY(pairs_check_rows(rows));
    lk_pair_sums *sums;
    LK_TRY(pairs_allocate(&sums, rows->people));
    lk_status status = pairs_fill(sums, rows, threshold);
    if (status == LK_OK)
        *out = sums;
    else
        lk_stats_pair_sums_destroy(sums);
    return status;
}

void lk_stats_pair_sums_destroy(lk_pair_sums *sums)
{
    if (!sums)
        return;
    free(sums->pairs);
    free(sums->genuine);
    free(sums);
}

size_t lk_stats_pair_people(const lk_pair_sums *sums)
{
    if (!sums)
        return 0;
    return sums->people;
}

/* ---- the measures ---- */

typedef struct totals {
    double pairs, squared, cosine, matches;
} totals;

/* Row i of the triangle: its people are those after i. */
static totals pairs_add_row(const lk_pair_sums *s, const double *weights, size_t i)
{
    size_t first = cell_of(s->people, i, i + 1), count = s->people - i - 1;
    const double *pairs = s->pairs + first, *squared = s->squared + first;
    const double *cosines = s->cosine + first, *matches = s->matches + first;
    double n = 0, square = 0, cosine = 0, match = 0;
#pragma omp simd reduction(+ : n, square, cosine, match)
    for (size_t k = 0; k < count; k++) {
        double w = weights ? weights[i + 1 + k] : 1;
        n += w * pairs[k];
        square += w * squared[k];
        cosine += w * cosines[k];
        match += w * matches[k];
    }
    return (totals){n, square, cosine, match};
}

void lk_stats_pair_measures(double *out, const lk_pair_sums *s, const double *weights)
{
    if (!out || !s)
        return;
    totals all = {0};
    double genuine = 0, missed = 0;
    for (size_t i = 0; i < s->people; i++) {
        double w = weights ? weights[i] : 1;
        if (w == 0)
            continue;
        genuine += w * s->genuine[i];
        missed += w * s->missed[i];
        if (i + 1 == s->people)
            continue;
        totals row = pairs_add_row(s, weights, i);
        all.pairs += w * row.pairs;
        all.squared += w * row.squared;
        all.cosine += w * row.cosine;
        all.matches += w * row.matches;
    }
    out[LK_BIAS_WSS] = all.pairs > 0 ? all.squared / all.pairs / 2 : NAN;
    out[LK_BIAS_COSINE] = all.pairs > 0 ? all.cosine / all.pairs : NAN;
    out[LK_BIAS_FMR] = all.pairs > 0 ? all.matches / all.pairs : NAN;
    out[LK_BIAS_FNMR] = genuine > 0 ? missed / genuine : NAN;
}

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
    size_t people;
    double *photos;                     /* [people]; a pair of people has the product of theirs */
    double *squared, *cosine, *matches; /* [cells], of pairs of different people */
    double *genuine, *missed;           /* [people], of pairs of one person */
};

static const double *row_of(const lk_bias_rows *rows, size_t i)
{
    return rows->x + i * rows->d;
}

static double distance_of(const lk_bias_rows *rows, size_t i, size_t j)
{
    return sqrt(lk_stats_squared_distance(row_of(rows, i), row_of(rows, j), rows->d));
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
    size_t twice;
    LK_REQUIRE(lk_mul(people, people - 1, &twice), LK_ERROR_MEMORY,
               "pairs of %zu people do not fit", people);
    size_t cells = twice / 2;
    lk_pair_sums *s;
    LK_TRY(lk_alloc(&s, 1, sizeof *s));
    s->people = people;
    lk_status status = lk_alloc(&s->squared, cells, 3 * sizeof *s->squared);
    if (status == LK_OK)
        status = lk_alloc(&s->photos, people, 3 * sizeof *s->photos);
    if (status != LK_OK) {
        lk_stats_pair_sums_destroy(s);
        return status;
    }
    s->cosine = s->squared + cells;
    s->matches = s->cosine + cells;
    s->genuine = s->photos + people;
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
        for (size_t p = 0; p < rows->people; p++)
            s->photos[p] = (double)(starts[p + 1] - starts[p]);
        add_up(s, order, starts, rows, threshold);
    }
    free(starts);
    free(order);
    return status;
}

lk_status lk_stats_pair_sums_create(lk_pair_sums **out, const lk_bias_rows *rows, double threshold)
{
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "lk_stats_pair_sums_create: NULL output");
    LK_TRY(lk_stats_check_people(rows));
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
    free(sums->squared);
    free(sums->photos);
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
    const double *photos = s->photos + i + 1, *squared = s->squared + first;
    const double *cosines = s->cosine + first, *matches = s->matches + first;
    double n = 0, square = 0, cosine = 0, match = 0;
#pragma omp simd reduction(+ : n, square, cosine, match)
    for (size_t k = 0; k < count; k++) {
        double w = weights ? weights[i + 1 + k] : 1;
        n += w * (s->photos[i] * photos[k]);
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

/* The one threshold of several populations, from all their pairs without keeping them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/check.h"
#include "stats/cut.h"

/* The rows of all populations below each other, [n, width], numbers that a row lacks 0, which
 * changes no distance; whose each is, and which population's. */
typedef struct threshold_rows {
    double *own; /* NULL: the one population's */
    size_t *person, *population;
    size_t n, width;
} threshold_rows;

/* Whether any pair counts. */
static bool threshold_has_pair(const lk_bias_rows *populations, size_t count)
{
    for (size_t p = 0; p < count; p++)
        for (size_t i = 1; i < populations[p].n; i++)
            if (populations[p].person[i] != populations[p].person[0])
                return true;
    return false;
}

static lk_status threshold_check(const lk_bias_rows *populations, size_t count)
{
    for (size_t p = 0; p < count; p++)
        LK_TRY(lk_stats_check_people(&populations[p]));
    LK_REQUIRE(threshold_has_pair(populations, count), LK_ERROR_ARGUMENT,
               "no pair of different people: no threshold");
    return LK_OK;
}

static void threshold_copy(threshold_rows *all, const lk_bias_rows *populations, size_t count)
{
    size_t at = 0;
    for (size_t p = 0; p < count; p++) {
        const lk_bias_rows *rows = &populations[p];
        for (size_t i = 0; i < rows->n; i++, at++) {
            all->person[at] = rows->person[i];
            all->population[at] = p;
            if (all->own)
                memcpy(all->own + at * all->width, rows->x + i * rows->d,
                       rows->d * sizeof *rows->x);
        }
    }
}

static lk_status threshold_gather(threshold_rows *all, const lk_bias_rows *populations,
                                  size_t count)
{
    size_t numbers;
    for (size_t p = 0; p < count; p++) {
        all->n += populations[p].n;
        all->width = populations[p].d > all->width ? populations[p].d : all->width;
    }
    LK_REQUIRE(lk_mul(all->n, all->width, &numbers), LK_ERROR_MEMORY, "%zu rows do not fit",
               all->n);
    LK_TRY(lk_alloc(&all->person, all->n, sizeof *all->person));
    LK_TRY(lk_alloc(&all->population, all->n, sizeof *all->population));
    if (count > 1)
        LK_TRY(lk_alloc(&all->own, numbers, sizeof *all->own));
    threshold_copy(all, populations, count);
    return LK_OK;
}

static bool threshold_counts(void *user, size_t i, size_t j)
{
    const threshold_rows *all = user;
    return all->population[i] == all->population[j] && all->person[i] != all->person[j];
}

lk_status lk_stats_threshold(double *out, double *achieved, const lk_bias_rows *populations,
                             size_t count, double rate)
{
    LK_REQUIRE(out && populations && rate >= 0 && rate <= 1, LK_ERROR_ARGUMENT,
               "lk_stats_threshold: NULL argument or a rate that is not within 0 to 1");
    LK_TRY(threshold_check(populations, count));
    threshold_rows all = {0};
    lk_cut cut;
    lk_status status = threshold_gather(&all, populations, count);
    const lk_walk walk = {.what = "pairs of people",
                          .x = all.own ? all.own : populations[0].x,
                          .n = all.n,
                          .d = all.width,
                          .metric = LK_METRIC_EUCLIDEAN,
                          .threads = lk_walk_threads()};
    if (status == LK_OK)
        status = lk_walk_cuts(&cut, &rate, 1, &walk, threshold_counts, &all);
    if (status == LK_OK) {
        *out = cut.threshold;
        if (achieved)
            *achieved = (double)cut.passing / (double)cut.total;
    }
    free(all.own);
    free(all.person);
    free(all.population);
    return status;
}

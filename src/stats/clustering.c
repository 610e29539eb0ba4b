/* Clusters against people: rows by both, sorted, so that each meeting of a person and a cluster
 * is one run. */
#include <math.h>
#include <stdlib.h>

#include <likeness/evaluate.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/people.h"

typedef struct meeting {
    uint32_t person, cluster;
} meeting;

typedef struct sizes {
    uint32_t *person, *cluster; /* [n] */
    size_t *persons, *clusters; /* how many rows each has */
    meeting *rows;              /* [n], sorted */
} sizes;

static int clustering_by_both(const void *a, const void *b)
{
    const meeting *x = a, *y = b;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    return (x->cluster > y->cluster) - (x->cluster < y->cluster);
}

static double pairs_among(double n)
{
    return n * (n - 1) / 2;
}

static double harmonic(double a, double b)
{
    return a + b > 0 ? 2 * a * b / (a + b) : 0;
}

static double pairs_in(const size_t *counts, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += pairs_among((double)counts[i]);
    return sum;
}

static void clustering_measure(lk_clustering *out, const sizes *s)
{
    double both = 0, n = (double)out->rows;
    for (size_t i = 0, end; i < out->rows; i = end) {
        for (end = i; end < out->rows && clustering_by_both(&s->rows[i], &s->rows[end]) == 0;)
            end++;
        double met = (double)(end - i);
        both += pairs_among(met);
        out->bcubed_precision += met * met / (double)s->clusters[s->rows[i].cluster] / n;
        out->bcubed_recall += met * met / (double)s->persons[s->rows[i].person] / n;
    }
    out->precision = both / pairs_in(s->clusters, out->clusters);
    out->recall = both / pairs_in(s->persons, out->people);
    out->f = harmonic(out->precision, out->recall);
    if (isnan(out->precision) || isnan(out->recall))
        out->f = NAN;
    out->bcubed_f = harmonic(out->bcubed_precision, out->bcubed_recall);
}

static lk_status clustering_sort(lk_clustering *out, sizes *s, const size_t *person,
                                 const size_t *cluster)
{
    size_t n = out->rows;
    LK_TRY(lk_alloc(&s->person, n, sizeof *s->person));
    LK_TRY(lk_alloc(&s->cluster, n, sizeof *s->cluster));
    LK_TRY(lk_alloc(&s->persons, n, sizeof *s->persons));
    LK_TRY(lk_alloc(&s->clusters, n, sizeof *s->clusters));
    LK_TRY(lk_alloc(&s->rows, n, sizeof *s->rows));
    LK_TRY(lk_people_number(s->person, &out->people, person, n));
    LK_TRY(lk_people_number(s->cluster, &out->clusters, cluster, n));
    for (size_t i = 0; i < n; i++) {
        s->rows[i] = (meeting){s->person[i], s->cluster[i]};
        s->persons[s->person[i]]++;
        s->clusters[s->cluster[i]]++;
    }
    qsort(s->rows, n, sizeof *s->rows, clustering_by_both);
    return LK_OK;
}

lk_status lk_stats_clustering(lk_clustering *out, const size_t *person, const size_t *cluster,
                              size_t n)
{
    LK_REQUIRE(out && person && cluster && n, LK_ERROR_ARGUMENT,
               "lk_stats_clustering: NULL argument or no rows");
    lk_clustering found = {.rows = n};
    sizes s = {0};
    lk_status status = clustering_sort(&found, &s, person, cluster);
    if (status == LK_OK) {
        clustering_measure(&found, &s);
        *out = found;
    }
    free(s.person);
    free(s.cluster);
    free(s.persons);
    free(s.clusters);
    free(s.rows);
    return status;
}

/* Intervals of rates at every threshold. Pairs are taken in the order in which a rising
 * threshold lets them pass, so that the sums over pairs of people only ever grow. */
#include "report/lesson/rates_bounds.h"

#include <math.h>
#include <stdlib.h>

#include <likeness/audit.h>

#include "base/error.h"
#include "base/memory.h"

enum { MOST_PEOPLE = 1000, MOST_PHOTOGRAPHS = 2000 };

typedef struct bounds_pair {
    unsigned a, b, step; /* rows */
} bounds_pair;

/* What stands so far; [people] and [people, people]. */
typedef struct bounds_sums {
    bounds_pair *pairs; /* by step */
    size_t pair_count;
    double *m, *k; /* pairs of photographs of two people, and those that pass */
    double *person_pairs, *person_errors;
    double *own_pairs, *own_wrong; /* of one person: further apart than the threshold */
    lk_dyads dyads;
} bounds_sums;

static void bounds_clear(bounds_sums *b)
{
    free(b->pairs);
    free(b->m);
    free(b->k);
    free(b->person_pairs);
    free(b->person_errors);
    free(b->own_pairs);
    free(b->own_wrong);
}

static lk_status bounds_create(bounds_sums *b, const lk_rates_set *s)
{
    size_t n = s->people;
    LK_TRY(lk_alloc(&b->pairs, s->n * (s->n - 1) / 2, sizeof *b->pairs));
    LK_TRY(lk_alloc(&b->m, n * n, sizeof *b->m));
    LK_TRY(lk_alloc(&b->k, n * n, sizeof *b->k));
    LK_TRY(lk_alloc(&b->person_pairs, n, sizeof *b->person_pairs));
    LK_TRY(lk_alloc(&b->person_errors, n, sizeof *b->person_errors));
    LK_TRY(lk_alloc(&b->own_pairs, n, sizeof *b->own_pairs));
    return lk_alloc(&b->own_wrong, n, sizeof *b->own_wrong);
}

static int bounds_by_step(const void *left, const void *right)
{
    const bounds_pair *a = left, *b = right;
    return (a->step > b->step) - (a->step < b->step);
}

/* A cell of [people, people] for two people, whichever comes first. */
static size_t bounds_cell(const lk_rates_set *s, size_t i, size_t j)
{
    return (i < j ? i : j) * s->people + (i < j ? j : i);
}

static void bounds_list(bounds_sums *b, const lk_rates_set *s, const lk_threshold_part *p)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = i + 1; j < s->n; j++) {
            size_t one = s->person[s->first + i], other = s->person[s->first + j];
            size_t step = lk_rates_step(p, lk_rates_distance(s, i, j));
            b->pairs[b->pair_count++] = (bounds_pair){(unsigned)i, (unsigned)j, (unsigned)step};
            if (one == other) {
                b->own_pairs[one]++;
                b->own_wrong[one]++;
                continue;
            }
            double *m = &b->m[bounds_cell(s, one, other)];
            b->dyads.pairs_squared += 2 * (*m)++ + 1;
            b->dyads.pairs++;
            b->person_pairs[one]++;
            b->person_pairs[other]++;
        }
    qsort(b->pairs, b->pair_count, sizeof *b->pairs, bounds_by_step);
    b->dyads.people[0] = b->dyads.count = s->people;
    b->dyads.person_pairs = b->person_pairs;
    b->dyads.person_errors = b->person_errors;
}

static void bounds_pass(bounds_sums *b, const lk_rates_set *s, const bounds_pair *pair)
{
    size_t one = s->person[s->first + pair->a], other = s->person[s->first + pair->b];
    if (one == other) {
        b->own_wrong[one]--;
        return;
    }
    size_t cell = bounds_cell(s, one, other);
    b->dyads.errors++;
    b->dyads.errors_squared += 2 * b->k[cell]++ + 1;
    b->dyads.product += b->m[cell];
    b->person_errors[one]++;
    b->person_errors[other]++;
}

static void bounds_take(lk_part_rate *out, const lk_rate *rate)
{
    out->low = rate->state == LK_RATE_ESTIMATED ? rate->low : NAN;
    out->high = rate->state == LK_RATE_NONE ? NAN : rate->high;
}

lk_status lk_rates_bound(lk_part_rate *fmr, lk_part_rate *fnmr, const lk_rates_set *s,
                         const lk_threshold_part *p)
{
    if (s->people > MOST_PEOPLE || s->n > MOST_PHOTOGRAPHS)
        return LK_OK;
    bounds_sums b = {0};
    lk_status status = bounds_create(&b, s);
    if (status == LK_OK)
        bounds_list(&b, s, p);
    for (size_t step = 0, next = 0; status == LK_OK && step < p->steps; step++) {
        lk_rate rate;
        for (; next < b.pair_count && b.pairs[next].step == step; next++)
            bounds_pass(&b, s, &b.pairs[next]);
        lk_rate_of_dyads(&rate, &b.dyads, NAN);
        bounds_take(&fmr[step], &rate);
        lk_rate_of_people(&rate, b.own_pairs, b.own_wrong, s->people);
        bounds_take(&fnmr[step], &rate);
    }
    bounds_clear(&b);
    return status;
}

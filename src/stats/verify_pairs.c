/* Verification of a list of pairs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/stats.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "stats/cut.h"
#include "stats/people.h"
#include "stats/tally.h"

typedef struct unlike_pair {
    double distance;
    uint32_t a, b; /* a < b */
} unlike_pair;

/* The list by kind. */
typedef struct kinds {
    uint32_t *person; /* [2 count] */
    size_t people;
    lk_same_pair *same;
    unlike_pair *different;
    double *sorted; /* the different pairs' distances */
    size_t same_count, different_count;
    lk_tally tally;
} kinds;

static void kinds_clear(kinds *k)
{
    lk_tally_clear(&k->tally);
    free(k->person);
    free(k->same);
    free(k->different);
    free(k->sorted);
}

static lk_status number_both(kinds *k, const lk_pair_list *pairs)
{
    size_t *both;
    LK_TRY(lk_alloc(&both, pairs->count, 2 * sizeof *both));
    memcpy(both, pairs->a, pairs->count * sizeof *both);
    memcpy(both + pairs->count, pairs->b, pairs->count * sizeof *both);
    lk_status status = lk_people_number(k->person, &k->people, both, 2 * pairs->count);
    free(both);
    return status;
}

static lk_status divide_pairs(kinds *k, const lk_pair_list *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        double distance = pairs->distance[i];
        uint32_t a = k->person[i], b = k->person[pairs->count + i];
        LK_REQUIRE(isfinite(distance) && distance >= 0, LK_ERROR_NUMBER,
                   "verification: the distance of pair %zu is %g, expected 0 or more", i, distance);
        if (a == b)
            k->same[k->same_count++] = (lk_same_pair){distance, a};
        else
            k->different[k->different_count++] =
                (unlike_pair){distance, a < b ? a : b, a < b ? b : a};
    }
    LK_REQUIRE(k->same_count && k->different_count, LK_ERROR_ARGUMENT,
               "%zu same and %zu different pairs: both are needed", k->same_count,
               k->different_count);
    return LK_OK;
}

static int unlike_by_people(const void *a, const void *b)
{
    const unlike_pair *x = a, *y = b;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    if (x->b != y->b)
        return x->b < y->b ? -1 : 1;
    return (x->distance > y->distance) - (x->distance < y->distance);
}

static int unlike_by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int like_by_size(const void *a, const void *b)
{
    return unlike_by_size(&((const lk_same_pair *)a)->distance,
                          &((const lk_same_pair *)b)->distance);
}

static lk_status kinds_make(kinds *k, const lk_pair_list *pairs)
{
    LK_TRY(lk_alloc(&k->person, pairs->count, 2 * sizeof *k->person));
    LK_TRY(lk_alloc(&k->same, pairs->count, sizeof *k->same));
    LK_TRY(lk_alloc(&k->different, pairs->count, sizeof *k->different));
    LK_TRY(lk_alloc(&k->sorted, pairs->count, sizeof *k->sorted));
    LK_TRY(number_both(k, pairs));
    LK_TRY(divide_pairs(k, pairs));
    for (size_t i = 0; i < k->different_count; i++)
        k->sorted[i] = k->different[i].distance;
    qsort(k->sorted, k->different_count, sizeof *k->sorted, unlike_by_size);
    qsort(k->different, k->different_count, sizeof *k->different, unlike_by_people);
    qsort(k->same, k->same_count, sizeof *k->same, like_by_size);
    return LK_OK;
}

/* ---- thresholds ---- */

/* The threshold just below the first different pair that may not pass; *passing: the largest
 * distance of one that does. */
static double pairs_threshold(double *passing, const kinds *k, double rate)
{
    size_t allowed = (size_t)lk_cut_allowed(rate, k->different_count);
    const double *sorted = k->sorted;
    if (allowed == k->different_count) {
        *passing = sorted[allowed - 1];
        return INFINITY;
    }
    double next = sorted[allowed];
    while (allowed > 0 && sorted[allowed - 1] == next)
        allowed--;
    *passing = allowed ? sorted[allowed - 1] : -INFINITY;
    return nextafter(next, -INFINITY);
}

/* The first different pair at which as many pass as same pairs are refused. */
static double pairs_equal(const kinds *k)
{
    size_t kept = 0;
    for (size_t i = 0; i < k->different_count; i++) {
        while (kept < k->same_count && k->same[kept].distance <= k->sorted[i])
            kept++;
        if ((double)(i + 1) / (double)k->different_count >=
            1 - (double)kept / (double)k->same_count)
            return k->sorted[i];
    }
    return k->sorted[k->different_count - 1];
}

/* ---- the tally ---- */

static lk_status tally_pairs(kinds *k, const double *thresholds, size_t count)
{
    lk_tally *t = &k->tally;
    LK_TRY(lk_tally_begin(t, k->same, k->same_count, k->people, thresholds, count, 1, 1, 1));
    for (size_t i = 0; i < k->different_count; i++) {
        const unlike_pair *p = &k->different[i];
        lk_tally_add(t, 0, 0, 0, p->a, p->b, p->distance);
        if (i + 1 == k->different_count || p[1].a != p->a)
            lk_tally_fold(t, 0, 0, 0, p->a);
    }
    lk_tally_end(t);
    return LK_OK;
}

static lk_status verify_kinds(lk_verification *out, lk_roc **curve, kinds *k,
                              const lk_verification_options *o)
{
    double thresholds[LK_TALLY_THRESHOLDS];
    lk_verification found = {0};
    lk_roc *roc = NULL;
    for (size_t i = 0; i < o->far_count; i++)
        thresholds[i] = pairs_threshold(&found.threshold[i], k, o->far[i]);
    thresholds[o->far_count] = pairs_equal(k);
    LK_TRY(tally_pairs(k, thresholds, o->far_count + 1));
    LK_TRY(lk_tally_curve(&roc, &k->tally, k->sorted[k->different_count - 1]));
    lk_status status = lk_tally_figures(&found, &k->tally, roc, o);
    if (status == LK_OK)
        *out = found;
    if (status == LK_OK && curve)
        *curve = roc;
    else
        lk_stats_roc_destroy(roc);
    return status;
}

lk_status lk_stats_verify_pairs(lk_verification *out, lk_roc **curve, const lk_pair_list *pairs,
                                const lk_verification_options *options)
{
    lk_verification_options taken;
    LK_TRY(lk_options_take(lk_verification_options_table(), &taken, options));
    LK_REQUIRE(out && pairs && pairs->count && pairs->distance && pairs->a && pairs->b,
               LK_ERROR_ARGUMENT, "lk_stats_verify_pairs: NULL argument or no pairs");
    LK_REQUIRE(pairs->count < UINT32_MAX / 2, LK_ERROR_ARGUMENT, "%zu pairs are too many",
               pairs->count);
    kinds k = {0};
    lk_status status = kinds_make(&k, pairs);
    if (status == LK_OK)
        status = verify_kinds(out, curve, &k, &taken);
    kinds_clear(&k);
    return status;
}

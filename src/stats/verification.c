/* Verification figures with intervals: one list of pairs, sorted by distance once, and
 * walked again for every replicate of the bootstrap with other weights.
 *
 * A replicate draws people, not pairs: the pairs of a person have that person in common
 * and say less than as many pairs of strangers would. A person who was drawn twice counts
 * twice in same pairs, and in different pairs once for each meeting of two drawings;
 * two drawings of one person make no pair. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/stats.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/random.h"
#include "base/threads.h"
#include "stats/check.h"
#include "stats/curve.h"
#include "stats/interval.h"

/* What the pairs are, and whose. */
typedef struct pair_list {
    const lk_pair *pairs; /* sorted */
    size_t count;
    size_t people, *photos; /* photos: how many each person has */
    const lk_verification_options *options;
} pair_list;

/* AUC, EER, then TAR at every rate. */
enum { NUMBER_AUC, NUMBER_EER, NUMBER_TAR };

static size_t number_count(const lk_verification_options *o)
{
    return NUMBER_TAR + o->far_count;
}

/* The weight of all pairs, from the people alone: whole numbers, so it is exact. */
static void totals(double *same, double *different, const pair_list *list, const double *weights)
{
    double all = 0, own = 0, within = 0;
    for (size_t i = 0; i < list->people; i++) {
        double photos = (double)list->photos[i], rows = weights[i] * photos;
        all += rows;
        own += rows * rows;
        within += rows * (photos - 1) / 2;
    }
    *same = within;
    *different = (all * all - own) / 2;
}

/* What is asked of the curve. */
typedef struct asked {
    double *numbers;    /* [number_count] */
    double *thresholds; /* [far_count] */
    const lk_verification_options *options;
} asked;

static void take_point(void *user, const lk_roc_point *before, const lk_roc_point *now)
{
    const asked *a = user;
    double eer;
    a->numbers[NUMBER_AUC] += lk_curve_area(before, now);
    if (lk_curve_crosses(&eer, before, now))
        a->numbers[NUMBER_EER] = eer;
    for (size_t k = 0; k < a->options->far_count; k++)
        if (now->far <= a->options->far[k]) {
            a->numbers[NUMBER_TAR + k] = now->tar;
            a->thresholds[k] = now->threshold;
        }
}

/* numbers[number_count], thresholds[far_count]; NaN where a kind of pair is missing. */
static void verification_walk(double *numbers, double *thresholds, const pair_list *list,
                              const double *weights)
{
    const lk_verification_options *o = list->options;
    double same, different;
    totals(&same, &different, list, weights);
    bool known = same > 0 && different > 0;
    for (size_t k = 0; k < number_count(o); k++)
        numbers[k] = known ? 0 : NAN;
    for (size_t k = 0; k < o->far_count; k++)
        thresholds[k] = -INFINITY;
    asked a = {numbers, thresholds, o};
    if (known)
        lk_curve_walk(list->pairs, list->count, weights, same, different, take_point, &a);
}

/* ---- pairs ---- */

static void measure_pairs(lk_pair *pairs, const double *x, const uint32_t *person, size_t n,
                          size_t d)
{
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic, 8)
    for (size_t i = 1; i < n; i++)
        for (size_t j = 0; j < i; j++)
            pairs[i * (i - 1) / 2 + j] = (lk_pair){
                sqrt(lk_stats_squared_distance(x + i * d, x + j * d, d)), person[i], person[j]};
}

static lk_status create_pairs(lk_pair **out, size_t *count, const double *x, const uint32_t *person,
                              size_t n, size_t d)
{
    lk_pair *pairs;
    LK_TRY(lk_stats_alloc_pairs(&pairs, count, n, sizeof *pairs));
    measure_pairs(pairs, x, person, n, d);
    lk_curve_sort(pairs, *count);
    *out = pairs;
    return LK_OK;
}

/* ---- people ---- */

static int verification_by_value(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* Numbers the groups, whatever their values, from 0 without a gap. */
static lk_status number_people(uint32_t **out, size_t *people, const size_t *group, size_t n)
{
    size_t *values, count = 0;
    uint32_t *person;
    LK_REQUIRE(n <= UINT32_MAX, LK_ERROR_ARGUMENT, "%zu rows are too many", n);
    LK_TRY(lk_alloc(&values, n, sizeof *values));
    lk_status status = lk_alloc(&person, n, sizeof *person);
    if (status == LK_OK) {
        memcpy(values, group, n * sizeof *values);
        qsort(values, n, sizeof *values, verification_by_value);
        for (size_t i = 0; i < n; i++)
            if (count == 0 || values[count - 1] != values[i])
                values[count++] = values[i];
        for (size_t i = 0; i < n; i++) {
            const size_t *found =
                bsearch(&group[i], values, count, sizeof *values, verification_by_value);
            person[i] = (uint32_t)(found - values);
        }
        *out = person;
        *people = count;
    }
    free(values);
    return status;
}

static lk_status count_photos(pair_list *list, const uint32_t *person, size_t n)
{
    LK_TRY(lk_alloc(&list->photos, list->people, sizeof *list->photos));
    for (size_t i = 0; i < n; i++)
        list->photos[person[i]]++;
    return LK_OK;
}

/* ---- the bootstrap ---- */

static lk_status verification_replicate_share(double *all, const pair_list *list)
{
    const lk_verification_options *o = list->options;
    size_t length = number_count(o);
    double *weights, thresholds[LK_VERIFICATION_RATES];
    lk_status status = lk_alloc(&weights, list->people, sizeof *weights);
#pragma omp for schedule(dynamic, 1)
    for (size_t r = 0; r < o->replicates; r++) {
        if (status != LK_OK)
            continue;
        lk_random random;
        lk_random_init(&random, o->seed, r);
        lk_draw_people(weights, list->people, &random);
        verification_walk(all + r * length, thresholds, list, weights);
    }
    if (status == LK_OK)
        free(weights);
    return status;
}

static lk_status verification_set_intervals(lk_estimate *const *out, const pair_list *list)
{
    const lk_verification_options *o = list->options;
    size_t length = number_count(o);
    double *all, *column = NULL;
    LK_TRY(lk_alloc(&all, o->replicates, length * sizeof *all));
    lk_status status = lk_alloc(&column, o->replicates, sizeof *column);
    if (status == LK_OK) {
#pragma omp parallel num_threads(lk_threads())
        {
            lk_status mine = verification_replicate_share(all, list);
            if (mine != LK_OK)
#pragma omp critical(lk_stats_verification)
                status = mine;
        }
    }
    for (size_t k = 0; k < length && status == LK_OK; k++)
        lk_interval_set(out[k], column, all + k, length, o->replicates, o->level);
    free(column);
    free(all);
    return status == LK_OK ? LK_OK : lk_fail(status, "bootstrap: out of memory");
}

/* ---- what the caller sees ---- */

static lk_status verification_check(const lk_verification *out, const double *x,
                                    const size_t *group, size_t n, size_t d)
{
    LK_REQUIRE(out && group && n >= 2, LK_ERROR_ARGUMENT,
               "lk_stats_verification: NULL argument or fewer than two rows");
    LK_TRY(lk_stats_check("verification", x, n, d));
    return LK_OK;
}

/* A rate below one pair in all that there are says nothing about this sample. */
static void leave_out_rates(lk_verification *out, const lk_verification_options *o)
{
    for (size_t k = 0; k < o->far_count; k++)
        if (o->far[k] * (double)out->different < 1 - 1e-9) {
            out->tar[k] = (lk_estimate){NAN, NAN, NAN};
            out->threshold[k] = -INFINITY;
        }
}

static lk_status verification_measure(lk_verification *out, const pair_list *list)
{
    double *weights, numbers[NUMBER_TAR + LK_VERIFICATION_RATES], same, different;
    LK_TRY(lk_alloc(&weights, list->people, sizeof *weights));
    for (size_t i = 0; i < list->people; i++)
        weights[i] = 1;
    totals(&same, &different, list, weights);
    verification_walk(numbers, out->threshold, list, weights);
    free(weights);
    LK_REQUIRE(same > 0 && different > 0, LK_ERROR_ARGUMENT,
               "%.0f same and %.0f different pairs: both are needed", same, different);
    out->people = list->people;
    out->same = (size_t)same;
    out->different = (size_t)different;
    lk_estimate *places[NUMBER_TAR + LK_VERIFICATION_RATES] = {&out->auc, &out->eer};
    for (size_t k = 0; k < list->options->far_count; k++)
        places[NUMBER_TAR + k] = &out->tar[k];
    for (size_t k = 0; k < number_count(list->options); k++)
        *places[k] = (lk_estimate){numbers[k], NAN, NAN};
    if (list->options->replicates >= 2)
        LK_TRY(verification_set_intervals(places, list));
    leave_out_rates(out, list->options);
    return LK_OK;
}

lk_status lk_stats_verification(lk_verification *out, const double *x, const size_t *group,
                                size_t n, size_t d, const lk_verification_options *options)
{
    lk_verification_options taken;
    LK_TRY(lk_options_take(lk_verification_options_table(), &taken, options));
    LK_TRY(verification_check(out, x, group, n, d));
    uint32_t *person;
    lk_pair *pairs = NULL;
    pair_list list = {.options = &taken};
    LK_TRY(number_people(&person, &list.people, group, n));
    lk_status status = count_photos(&list, person, n);
    if (status == LK_OK)
        status = create_pairs(&pairs, &list.count, x, person, n, d);
    list.pairs = pairs;
    lk_verification found = {.rows = n};
    if (status == LK_OK)
        status = verification_measure(&found, &list);
    if (status == LK_OK)
        *out = found;
    free(pairs);
    free(list.photos);
    free(person);
    return status;
}

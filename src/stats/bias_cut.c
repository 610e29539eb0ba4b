/* A model's pairs around its threshold.
 *
 * The threshold is a quantile of the distances between different people, and the same people
 * are measured at it: where one population's pairs come nearer, the threshold falls, and its
 * rate rises by less than at a threshold that stays. A bootstrap must set it anew. For that
 * the nearest pairs are enough, in the order of their distances: a replicate adds up w_i w_j
 * until the rate is reached. */
#include "stats/bias_cut.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/check.h"

enum { POPULATIONS = 2 };
/* Kept are WIDER times the pairs that pass, and at least so many: a replicate may have to
 * look further than the sample did. */
enum { WIDER = 4, AT_LEAST = 4096 };

typedef struct near_pair {
    double distance;
    uint32_t a, b; /* persons; those of the second population come after the first's */
} near_pair;

typedef struct own_pair {
    double distance;
    size_t person;
} own_pair;

struct lk_bias_cut {
    size_t people[POPULATIONS];
    double rate;
    double *photos; /* [people of both], of each */
    near_pair *near;
    size_t near_count, near_room;
    bool complete; /* all pairs are kept */
    own_pair *own[POPULATIONS];
    size_t own_count[POPULATIONS], own_room[POPULATIONS];
};

static int near_by_distance(const void *a, const void *b)
{
    const near_pair *x = a, *y = b;
    return (x->distance > y->distance) - (x->distance < y->distance);
}

/* All that two rows of a population add. */
static lk_status cut_add(lk_bias_cut *c, const lk_bias_rows *rows, size_t population, size_t i,
                         size_t j, double limit)
{
    size_t a = rows->person[i], b = rows->person[j], first = population ? c->people[0] : 0;
    double distance =
        sqrt(lk_stats_squared_distance(rows->x + i * rows->d, rows->x + j * rows->d, rows->d));
    if (a == b) {
        size_t *count = &c->own_count[population];
        LK_TRY(lk_grow(&c->own[population], &c->own_room[population], *count + 1, sizeof **c->own));
        c->own[population][(*count)++] = (own_pair){distance, first + a};
    } else if (distance <= limit) {
        LK_TRY(lk_grow(&c->near, &c->near_room, c->near_count + 1, sizeof *c->near));
        c->near[c->near_count++] =
            (near_pair){distance, (uint32_t)(first + a), (uint32_t)(first + b)};
    }
    return LK_OK;
}

static lk_status cut_collect(lk_bias_cut *c, const lk_bias_rows *populations, double limit)
{
    for (size_t p = 0; p < POPULATIONS; p++) {
        const lk_bias_rows *rows = &populations[p];
        for (size_t i = 0; i < rows->n; i++)
            for (size_t j = i + 1; j < rows->n; j++)
                LK_TRY(cut_add(c, rows, p, i, j, limit));
    }
    qsort(c->near, c->near_count, sizeof *c->near, near_by_distance);
    return LK_OK;
}

/* Pairs of different people, person p counting weights[p] times (NULL: once). */
static double cut_pairs(const lk_bias_cut *c, const double *weights, size_t population)
{
    size_t first = population ? c->people[0] : 0;
    double sum = 0, squares = 0;
    for (size_t p = first; p < first + c->people[population]; p++) {
        double photos = (weights ? weights[p] : 1) * c->photos[p];
        sum += photos;
        squares += photos * photos;
    }
    return (sum * sum - squares) / 2;
}

static lk_status cut_fill(lk_bias_cut *c, const lk_bias_rows *populations)
{
    double limit, wide = c->rate * WIDER, all = 0;
    for (size_t p = 0; p < POPULATIONS; p++)
        for (size_t i = 0; i < populations[p].n; i++)
            c->photos[(p ? c->people[0] : 0) + populations[p].person[i]] += 1;
    for (size_t p = 0; p < POPULATIONS; p++)
        all += cut_pairs(c, NULL, p);
    wide = fmin(1, fmax(wide, c->rate + AT_LEAST / all));
    LK_TRY(lk_stats_threshold(&limit, NULL, populations, POPULATIONS, wide));
    LK_TRY(cut_collect(c, populations, limit));
    c->complete = (double)c->near_count >= all;
    return LK_OK;
}

lk_status lk_stats_bias_cut_create(lk_bias_cut **out, const lk_bias_rows *populations, double rate)
{
    double threshold;
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "lk_stats_bias_cut_create: NULL output");
    LK_TRY(lk_stats_threshold(&threshold, NULL, populations, POPULATIONS, rate)); /* checks all */
    lk_bias_cut *c;
    LK_TRY(lk_alloc(&c, 1, sizeof *c));
    size_t people = 0;
    c->rate = rate;
    for (size_t p = 0; p < POPULATIONS; p++)
        people += c->people[p] = populations[p].people;
    lk_status status = people <= UINT32_MAX
                           ? lk_alloc(&c->photos, people, sizeof *c->photos)
                           : lk_fail(LK_ERROR_ARGUMENT, "%zu people are too many", people);
    if (status == LK_OK)
        status = cut_fill(c, populations);
    if (status == LK_OK)
        *out = c;
    else
        lk_stats_bias_cut_destroy(c);
    return status;
}

void lk_stats_bias_cut_destroy(lk_bias_cut *cut)
{
    if (!cut)
        return;
    for (size_t p = 0; p < POPULATIONS; p++)
        free(cut->own[p]);
    free(cut->near);
    free(cut->photos);
    free(cut);
}

size_t lk_bias_cut_people(const lk_bias_cut *cut, size_t population)
{
    return cut->people[population];
}

/* ---- a replicate ---- */

/* Pairs at one distance pass together or not at all: what those at near[*at] add, and *at
 * behind them. */
static void cut_step(double passing[POPULATIONS], const lk_bias_cut *c, const double *weights,
                     size_t *at)
{
    double distance = c->near[*at].distance;
    passing[0] = passing[1] = 0;
    for (; *at < c->near_count && c->near[*at].distance == distance; ++*at) {
        const near_pair *pair = &c->near[*at];
        passing[pair->a >= c->people[0]] += weights[pair->a] * weights[pair->b];
    }
}

/* As lk_stats_threshold. False: more pairs would be needed than were kept. */
static bool cut_walk(double passed[POPULATIONS], double *threshold, const lk_bias_cut *c,
                     const double *weights, double allowed)
{
    *threshold = -INFINITY;
    passed[0] = passed[1] = 0;
    for (size_t at = 0; at < c->near_count;) {
        double step[POPULATIONS], distance = c->near[at].distance;
        cut_step(step, c, weights, &at);
        double more = step[0] + step[1], sum = passed[0] + passed[1];
        if (sum + more > allowed) {
            if (sum == 0)
                *threshold = nextafter(distance, -INFINITY);
            return true;
        }
        passed[0] += step[0];
        passed[1] += step[1];
        *threshold = more > 0 ? distance : *threshold;
    }
    return c->complete;
}

static double cut_missed(const lk_bias_cut *c, const double *weights, size_t population,
                         double threshold)
{
    double missed = 0, all = 0;
    for (size_t i = 0; i < c->own_count[population]; i++) {
        const own_pair *pair = &c->own[population][i];
        double weight = weights[pair->person];
        all += weight;
        missed += pair->distance > threshold ? weight : 0;
    }
    return all > 0 ? missed / all : NAN;
}

void lk_bias_cut_rates(lk_bias_rates *out, const lk_bias_cut *c, const double *weights)
{
    double pairs[POPULATIONS], passed[POPULATIONS], threshold;
    for (size_t p = 0; p < POPULATIONS; p++)
        pairs[p] = cut_pairs(c, weights, p);
    double allowed = c->rate * (pairs[0] + pairs[1]);
    /* The product may round to below a whole number: 0.29 * 100 does. */
    bool known = cut_walk(passed, &threshold, c, weights, allowed * (1 + 1e-12));
    known = known && pairs[0] + pairs[1] > 0;
    *out = (lk_bias_rates){.threshold = known ? threshold : NAN};
    for (size_t p = 0; p < POPULATIONS; p++) {
        out->fmr[p] = known && pairs[p] > 0 ? passed[p] / pairs[p] : NAN;
        out->fnmr[p] = known ? cut_missed(c, weights, p, threshold) : NAN;
    }
}

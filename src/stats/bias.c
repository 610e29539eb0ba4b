/* The experiment on training mixtures: estimates and how sure they are.
 *
 * Everything reported is a function of one table, values[mixture, seed, population,
 * measure]. summarise() is that function; it fills a plain array of numbers, so that
 * nothing else need know what they mean. Of people there are hundreds: a replicate of the
 * bootstrap draws them anew (other weights in the pair sums, another threshold), and the
 * spread of the replicates is the people's part of the variance. Of seeds there are few: their part
 * is the ordinary variance of a mean, with Student's t. The parts are added as squares, each with
 * its own quantile. Rank correlations are no means; theirs are percentiles of replicates that
 * draw seeds, too, one fewer than there are (Rao and Wu 1988). Every replicate has its own
 * random stream and can be computed by any thread. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/stats.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/threads.h"
#include "stats/bias_cut.h"
#include "stats/interval.h"
#include "stats/special.h"

enum { POPULATIONS = 2, MEASURES = LK_BIAS_MEASURES, TABLE_ROW = POPULATIONS * MEASURES };

/* ---- the summary, an array ---- */

/* Per mixture: populations x measures, then differences. */
enum { MIXTURE_NUMBERS = TABLE_ROW + MEASURES };
/* After the mixtures: changes, then three correlations. */
enum { FINAL_NUMBERS = TABLE_ROW + 3 };

static size_t summary_length(const lk_bias_design *d)
{
    return d->mixtures * MIXTURE_NUMBERS + FINAL_NUMBERS;
}

/* What one summary works with: the table, the seeds that count, room for two lists of
 * as many numbers as there are models and populations. */
typedef struct table {
    const lk_bias_design *design;
    double *values; /* [mixtures, seeds, 2, MEASURES] */
    size_t *seeds;  /* [draws] */
    size_t draws;   /* at most the design's seeds */
    double *x, *y;  /* [mixtures * seeds * 2] */
} table;

static double value_at(const table *t, size_t mixture, size_t draw, size_t population,
                       lk_bias_measure measure)
{
    size_t model = mixture * t->design->seeds + t->seeds[draw];
    return t->values[(model * POPULATIONS + population) * MEASURES + measure];
}

static void summarise_mixture(double *out, const table *t, size_t mixture)
{
    for (size_t p = 0; p < POPULATIONS; p++)
        for (size_t m = 0; m < MEASURES; m++) {
            double sum = 0;
            for (size_t s = 0; s < t->draws; s++)
                sum += value_at(t, mixture, s, p, (lk_bias_measure)m);
            out[p * MEASURES + m] = sum / (double)t->draws;
        }
    for (size_t m = 0; m < MEASURES; m++)
        out[TABLE_ROW + m] = out[m] - out[MEASURES + m];
}

/* Of WSS with FMR, over the populations [first, end). */
static lk_status track(double *out, const table *t, size_t first, size_t end)
{
    size_t count = 0;
    for (size_t i = 0; i < t->design->mixtures; i++)
        for (size_t s = 0; s < t->draws; s++)
            for (size_t p = first; p < end; p++) {
                t->x[count] = value_at(t, i, s, p, LK_BIAS_WSS);
                t->y[count++] = value_at(t, i, s, p, LK_BIAS_FMR);
            }
    return lk_stats_spearman(out, t->x, t->y, count);
}

static lk_status bias_summarise(double *out, const table *t)
{
    size_t mixtures = t->design->mixtures;
    for (size_t i = 0; i < mixtures; i++)
        summarise_mixture(out + i * MIXTURE_NUMBERS, t, i);
    double *rest = out + mixtures * MIXTURE_NUMBERS;
    const double *last = rest - MIXTURE_NUMBERS;
    for (size_t k = 0; k < TABLE_ROW; k++)
        rest[k] = last[k] - out[k];
    LK_TRY(track(rest + TABLE_ROW, t, 0, 2));
    LK_TRY(track(rest + TABLE_ROW + 1, t, 0, 1));
    return track(rest + TABLE_ROW + 2, t, 1, 2);
}

/* ---- the table ---- */

static void table_clear(table *t)
{
    free(t->values);
    free(t->seeds);
    free(t->x);
    *t = (table){0};
}

static lk_status table_allocate(table *out, const lk_bias_design *design)
{
    size_t models = design->mixtures * design->seeds;
    table t = {.design = design, .draws = design->seeds};
    lk_status status = lk_alloc(&t.values, models, TABLE_ROW * sizeof(double));
    if (status == LK_OK)
        status = lk_alloc(&t.seeds, design->seeds, sizeof *t.seeds);
    if (status == LK_OK)
        status = lk_alloc(&t.x, models, 2 * POPULATIONS * sizeof(double));
    t.y = t.x ? t.x + models * POPULATIONS : NULL;
    for (size_t s = 0; status == LK_OK && s < design->seeds; s++)
        t.seeds[s] = s;
    *out = t;
    if (status != LK_OK)
        table_clear(out);
    return status;
}

/* How often people count. */
typedef struct counted {
    size_t people[POPULATIONS], sets; /* sets: one for all seeds, or one for each */
    double *weights;                  /* [sets, people of both]; NULL: once each */
} counted;

static const double *weights_of(const counted *people, size_t seed, size_t population)
{
    size_t both = people->people[0] + people->people[1], set = people->sets > 1 ? seed : 0;
    if (!people->weights)
        return NULL;
    return people->weights + set * both + (population ? people->people[0] : 0);
}

static void bias_cut_anew(double *values, const lk_bias_cut *cut, const double *weights)
{
    lk_bias_rates rates;
    lk_bias_cut_rates(&rates, cut, weights);
    for (size_t p = 0; p < POPULATIONS; p++) {
        values[p * MEASURES + LK_BIAS_FMR] = rates.fmr[p];
        values[p * MEASURES + LK_BIAS_FNMR] = rates.fnmr[p];
    }
}

static void table_fill(table *t, const counted *people)
{
    const lk_bias_design *d = t->design;
    for (size_t i = 0; i < d->mixtures * d->seeds; i++) {
        size_t seed = i % d->seeds;
        double *values = t->values + i * TABLE_ROW;
        for (size_t p = 0; p < POPULATIONS; p++)
            lk_stats_pair_measures(values + p * MEASURES, d->sums[i * POPULATIONS + p],
                                   weights_of(people, seed, p));
        if (d->cuts && people->weights)
            bias_cut_anew(values, d->cuts[i], weights_of(people, seed, 0));
    }
}

/* ---- the bootstrap ---- */

static void take_all_seeds(table *t)
{
    t->draws = t->design->seeds;
    for (size_t s = 0; s < t->draws; s++)
        t->seeds[s] = s;
}

/* The correlations are the last numbers of a summary. */
static lk_status summarise_tracking(double *out, table *t, lk_random *random)
{
    double *last = out + summary_length(t->design) - 3;
    t->draws = t->design->seeds > 1 ? t->design->seeds - 1 : 1;
    for (size_t s = 0; s < t->draws; s++)
        t->seeds[s] = lk_random_below(random, t->design->seeds);
    LK_TRY(track(last, t, 0, 2));
    LK_TRY(track(last + 1, t, 0, 1));
    return track(last + 2, t, 1, 2);
}

static lk_status replicate(double *out, table *t, const counted *people, uint64_t index)
{
    lk_random random;
    lk_random_init(&random, t->design->seed, index);
    double *weights = people->weights;
    for (size_t set = 0; set < people->sets; set++)
        for (size_t p = 0; p < POPULATIONS; weights += people->people[p++])
            lk_draw_people(weights, people->people[p], &random);
    table_fill(t, people);
    take_all_seeds(t);
    LK_TRY(bias_summarise(out, t));
    return summarise_tracking(out, t, &random);
}

/* One thread's share of the replicates; to be called by all threads of a team. */
static lk_status bias_replicate_share(double *all, const lk_bias_design *design,
                                      const size_t people[POPULATIONS])
{
    size_t length = summary_length(design);
    counted drawn = {{people[0], people[1]}, design->own_people ? design->seeds : 1, NULL};
    table t = {0};
    lk_status status = table_allocate(&t, design);
    if (status == LK_OK)
        status = lk_alloc(&drawn.weights, drawn.sets, (people[0] + people[1]) * sizeof(double));
#pragma omp for schedule(dynamic, 1)
    for (size_t r = 0; r < design->replicates; r++)
        if (status == LK_OK)
            status = replicate(all + r * length, &t, &drawn, r);
    free(drawn.weights);
    table_clear(&t);
    return status;
}

static lk_status replicate_all(double *all, const lk_bias_design *design,
                               const size_t people[POPULATIONS])
{
    lk_status status = LK_OK;
#pragma omp parallel num_threads(lk_threads())
    {
        lk_status mine = bias_replicate_share(all, design, people);
        if (mine != LK_OK)
#pragma omp critical(lk_stats_bias)
            status = mine;
    }
    return status == LK_OK ? LK_OK : lk_fail(status, "bootstrap: out of memory");
}

/* ---- intervals ---- */

/* values[count * stride]: those that exist; NaN where more than one in twenty do not. */
static double bias_variance_of(const double *values, size_t stride, size_t count)
{
    double sum = 0, squares = 0, n = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i * stride])) {
            sum += values[i * stride];
            n++;
        }
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i * stride])) {
            double away = values[i * stride] - sum / n;
            squares += away * away;
        }
    return n >= 2 && n * 20 >= (double)count * 19 ? squares / (n - 1) : NAN;
}

/* The summary of each seed by itself, out[seeds, length]. */
static lk_status summarise_seeds(double *out, const lk_bias_design *design)
{
    table t;
    LK_TRY(table_allocate(&t, design));
    table_fill(&t, &(counted){.sets = 1});
    lk_status status = LK_OK;
    for (size_t s = 0; s < design->seeds && status == LK_OK; s++) {
        t.draws = 1;
        t.seeds[0] = s;
        status = bias_summarise(out + s * summary_length(design), &t);
    }
    table_clear(&t);
    return status;
}

/* Number k of a summary is a measure of one population, or a difference of two. */
static void keep_possible(lk_estimate *e, const lk_bias_design *design, size_t k)
{
    static const double least[MEASURES] = {0, -1, 0, 0}, most[MEASURES] = {INFINITY, 1, 1, 1};
    size_t m = k % MEASURES;
    bool plain = k < design->mixtures * MIXTURE_NUMBERS && k % MIXTURE_NUMBERS < TABLE_ROW;
    e->low = fmax(e->low, plain ? least[m] : least[m] - most[m]);
    e->high = fmin(e->high, plain ? most[m] : most[m] - least[m]);
}

/* Of a mean over seeds: people by the normal distribution, seeds by Student's. */
static void interval_of_mean(lk_estimate *out, const lk_bias_design *design, size_t k,
                             const double *replicates, const double *seeds)
{
    size_t length = summary_length(design);
    double z = lk_normal_quantile((1 + design->level) / 2), n = (double)design->seeds;
    double square = z * z * bias_variance_of(replicates, length, design->replicates);
    if (design->seeds > 1) {
        double t = lk_t_two_sided(design->level, n - 1);
        square += t * t * bias_variance_of(seeds, length, design->seeds) / n;
    }
    if (isnan(out->mean) || isnan(square))
        return;
    out->low = out->mean - sqrt(square);
    out->high = out->mean + sqrt(square);
    keep_possible(out, design, k);
}

/* Chance puts n ranks into one of the two orders that a correlation of 1 or -1 means with a
 * probability of 2 in n!: where that is no small one, no interval would be what it says. There
 * are as many points as models: the populations share a threshold, so one FMR gives the other. */
static bool bias_can_track(const lk_bias_design *design)
{
    double chance = 2, models = (double)(design->mixtures * design->seeds);
    for (double n = 2; n <= models && chance > 1 - design->level; n++)
        chance /= n;
    return chance <= 1 - design->level;
}

static lk_status bias_set_intervals(lk_estimate *out, const lk_bias_design *design,
                                    const size_t people[POPULATIONS])
{
    size_t length = summary_length(design), rows, count;
    double *all, *column = NULL;
    LK_REQUIRE(lk_add(design->replicates, design->seeds, &rows) && lk_mul(length, rows, &count),
               LK_ERROR_MEMORY, "%zu replicates do not fit", design->replicates);
    LK_TRY(lk_alloc(&all, count, sizeof *all));
    double *seeds = all + design->replicates * length;
    lk_status status = lk_alloc(&column, design->replicates, sizeof *column);
    if (status == LK_OK)
        status = replicate_all(all, design, people);
    if (status == LK_OK)
        status = summarise_seeds(seeds, design);
    for (size_t k = 0; k < length && status == LK_OK; k++)
        if (k + 3 < length)
            interval_of_mean(&out[k], design, k, all + k, seeds + k);
        else if (bias_can_track(design))
            lk_interval_set(&out[k], column, all + k, length, design->replicates, design->level);
    free(column);
    free(all);
    return status;
}

/* ---- rates of which nothing is seen ---- */

/* Where no model has a wrong pair, or each has nothing else, neither people nor seeds vary, and
 * what may be missed is bounded as in an audit (rate.c): photographs do not multiply the people,
 * nor do models. */
static bool bias_bound_rate(lk_estimate *e, lk_bias_measure measure, size_t people, double level)
{
    double n = (double)people, chances = measure == LK_BIAS_FMR ? n * (n - 1) / 2 / 1.5 : n;
    double bound = -expm1(log1p(-level) / chances);
    if (e->mean != 0 && e->mean != 1)
        return false;
    *e = e->mean == 0 ? (lk_estimate){0, 0, bound} : (lk_estimate){1, 1 - bound, 1};
    return true;
}

/* a - b from both intervals (MOVER). */
static void bias_bound_difference(lk_estimate *out, const lk_estimate *a, const lk_estimate *b)
{
    out->low = out->mean - hypot(a->mean - a->low, b->high - b->mean);
    out->high = out->mean + hypot(a->high - a->mean, b->mean - b->low);
}

static void bias_bound_measure(lk_bias_findings *f, const lk_bias_design *d, const size_t *people,
                               lk_bias_measure m)
{
    bool ends[POPULATIONS] = {false, false};
    size_t last = d->mixtures - 1;
    for (size_t i = 0; i < d->mixtures; i++) {
        lk_bias_mixture_findings *at = &f->mixtures[i];
        bool any = false;
        for (size_t p = 0; p < POPULATIONS; p++) {
            bool bound = bias_bound_rate(&at->populations[p][m], m, people[p], d->level);
            any |= bound;
            ends[p] |= bound && (i == 0 || i == last);
        }
        if (any)
            bias_bound_difference(&at->differences[m], &at->populations[0][m],
                                  &at->populations[1][m]);
    }
    for (size_t p = 0; p < POPULATIONS && last > 0; p++)
        if (ends[p])
            bias_bound_difference(&f->changes[p][m], &f->mixtures[last].populations[p][m],
                                  &f->mixtures[0].populations[p][m]);
}

/* ---- what the caller sees ---- */

static lk_status bias_check_cuts(const lk_bias_design *d, const size_t people[POPULATIONS])
{
    for (size_t i = 0; d->cuts && i < d->mixtures * d->seeds; i++) {
        LK_REQUIRE(d->cuts[i], LK_ERROR_ARGUMENT, "lk_stats_bias: NULL cut");
        for (size_t p = 0; p < POPULATIONS; p++)
            LK_REQUIRE(lk_bias_cut_people(d->cuts[i], p) == people[p], LK_ERROR_ARGUMENT,
                       "the threshold of model %zu is of %zu people, expected %zu", i,
                       lk_bias_cut_people(d->cuts[i], p), people[p]);
    }
    return LK_OK;
}

static lk_status bias_check(const lk_bias_findings *out, const lk_bias_design *d,
                            size_t people[POPULATIONS])
{
    size_t models;
    LK_REQUIRE(out && d && d->sums && d->mixtures && d->seeds, LK_ERROR_ARGUMENT,
               "lk_stats_bias: NULL argument, or no models");
    LK_REQUIRE(d->level > 0 && d->level < 1, LK_ERROR_ARGUMENT,
               "a level of %g, expected between 0 and 1", d->level);
    LK_REQUIRE(lk_mul(d->mixtures, d->seeds, &models) && models < SIZE_MAX / 1024, LK_ERROR_MEMORY,
               "%zu mixtures with %zu models do not fit", d->mixtures, d->seeds);
    for (size_t i = 0; i < models * POPULATIONS; i++) {
        LK_REQUIRE(d->sums[i], LK_ERROR_ARGUMENT, "lk_stats_bias: NULL sums");
        size_t count = lk_stats_pair_people(d->sums[i]);
        if (i < POPULATIONS)
            people[i] = count;
        LK_REQUIRE(count == people[i % POPULATIONS], LK_ERROR_ARGUMENT,
                   "model %zu was measured on %zu people, expected %zu as for the first",
                   i / POPULATIONS, count, people[i % POPULATIONS]);
    }
    return bias_check_cuts(d, people);
}

static void hand_out(lk_bias_findings *out, const lk_estimate *from, size_t mixtures)
{
    for (size_t i = 0; i < mixtures; i++, from += MIXTURE_NUMBERS) {
        memcpy(out->mixtures[i].populations, from, sizeof out->mixtures[i].populations);
        memcpy(out->mixtures[i].differences, from + TABLE_ROW, sizeof out->mixtures[i].differences);
    }
    memcpy(out->changes, from, sizeof out->changes);
    out->tracking = from[TABLE_ROW];
    out->tracking_within[0] = from[TABLE_ROW + 1];
    out->tracking_within[1] = from[TABLE_ROW + 2];
}

/* The summary of the people as they are, without intervals; *values is the table. */
static lk_status bias_estimate(lk_estimate *out, double **values, const lk_bias_design *design)
{
    size_t length = summary_length(design);
    double *plain;
    table t;
    LK_TRY(table_allocate(&t, design));
    lk_status status = lk_alloc(&plain, length, sizeof *plain);
    if (status == LK_OK) {
        table_fill(&t, &(counted){.sets = 1});
        status = bias_summarise(plain, &t);
        for (size_t k = 0; k < length; k++)
            out[k] = (lk_estimate){plain[k], NAN, NAN};
        *values = t.values;
        t.values = NULL;
        free(plain);
    }
    table_clear(&t);
    return status;
}

lk_status lk_stats_bias(lk_bias_findings *out, const lk_bias_design *design)
{
    size_t people[POPULATIONS];
    LK_TRY(bias_check(out, design, people));
    lk_bias_findings found = {0};
    lk_estimate *estimates;
    LK_TRY(lk_alloc(&estimates, summary_length(design), sizeof *estimates));
    lk_status status = lk_alloc(&found.mixtures, design->mixtures, sizeof *found.mixtures);
    if (status == LK_OK)
        status = bias_estimate(estimates, &found.values, design);
    if (status == LK_OK && design->replicates >= 2)
        status = bias_set_intervals(estimates, design, people);
    if (status == LK_OK) {
        hand_out(&found, estimates, design->mixtures);
        for (int m = LK_BIAS_FMR; m <= LK_BIAS_FNMR && design->replicates >= 2; m++)
            bias_bound_measure(&found, design, people, (lk_bias_measure)m);
        *out = found;
    } else {
        lk_bias_findings_clear(&found);
    }
    free(estimates);
    return status;
}

void lk_bias_findings_clear(lk_bias_findings *findings)
{
    if (!findings)
        return;
    free(findings->mixtures);
    free(findings->values);
    *findings = (lk_bias_findings){0};
}

/* One pass over the pairs of a set puts each pair and each person into the first threshold
 * that counts it; sums from there give the rates at all thresholds. */
#include "report/lesson/rates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/lesson/rates_bounds.h"

enum { MOST_ROWS = 9, MOST_STEPS = 201, BINS = 60, PARTS = 2 };

static void rates_count_bin(double *bins, const lk_threshold_part *p, double distance)
{
    double at = floor(BINS * (distance - p->low) / (p->high - p->low));
    bins[(size_t)fmin(BINS - 1, fmax(0, at))]++;
}

/* Of each kind of pair [0] different, [1] the same person: how many pairs there are, how
 * many begin to pass at a step, and each person's step of the nearest and farthest pair. */
typedef struct rates_tally {
    double pairs[PARTS], *passing[PARTS]; /* [steps + 1] */
    size_t *nearest, *farthest;           /* [people]; SIZE_MAX, 0: no pair */
    bool *paired[PARTS];                  /* [people] */
} rates_tally;

static void tally_clear(rates_tally *t)
{
    for (size_t k = 0; k < PARTS; k++) {
        free(t->passing[k]);
        free(t->paired[k]);
    }
    free(t->nearest);
    free(t->farthest);
}

static lk_status tally_create(rates_tally *t, size_t steps, size_t people)
{
    for (size_t k = 0; k < PARTS; k++) {
        LK_TRY(lk_alloc(&t->passing[k], steps + 1, sizeof *t->passing[k]));
        LK_TRY(lk_alloc(&t->paired[k], people, sizeof *t->paired[k]));
    }
    LK_TRY(lk_alloc(&t->nearest, people, sizeof *t->nearest));
    LK_TRY(lk_alloc(&t->farthest, people, sizeof *t->farthest));
    for (size_t i = 0; i < people; i++)
        t->nearest[i] = SIZE_MAX;
    return LK_OK;
}

static void tally_pair(rates_tally *t, const lk_rates_set *s, size_t i, size_t j, size_t step)
{
    const size_t who[2] = {s->person[s->first + i], s->person[s->first + j]};
    size_t kind = who[0] == who[1];
    t->pairs[kind]++;
    t->passing[kind][step]++;
    for (size_t k = 0; k < 2; k++) {
        t->paired[kind][who[k]] = true;
        if (kind == 0 && step < t->nearest[who[k]])
            t->nearest[who[k]] = step;
        if (kind == 1 && step > t->farthest[who[k]])
            t->farthest[who[k]] = step;
    }
}

static void tally_all(rates_tally *t, const lk_rates_set *s, const lk_threshold_part *p,
                      double *const bins[PARTS])
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = i + 1; j < s->n; j++) {
            double distance = lk_rates_distance(s, i, j);
            size_t kind = s->person[s->first + i] == s->person[s->first + j];
            tally_pair(t, s, i, j, lk_rates_step(p, distance));
            rates_count_bin(bins[kind], p, distance);
        }
}

/* Sums up to a step: pairs that pass are wrong where they are of different people, those
 * that do not where they are of one person. */
static void tally_sum(lk_part_rate *fmr, lk_part_rate *fnmr, const rates_tally *t,
                      const lk_rates_set *s, size_t steps)
{
    double passing[PARTS] = {0};
    for (size_t step = 0; step < steps; step++) {
        for (size_t k = 0; k < PARTS; k++)
            passing[k] += t->passing[k][step];
        fmr[step] =
            (lk_part_rate){.wrong = passing[0], .pairs = t->pairs[0], .low = NAN, .high = NAN};
        fnmr[step] = (lk_part_rate){
            .wrong = t->pairs[1] - passing[1], .pairs = t->pairs[1], .low = NAN, .high = NAN};
        for (size_t i = 0; i < s->people; i++) {
            fmr[step].people += t->paired[0][i];
            fmr[step].people_wrong += t->nearest[i] <= step;
            fnmr[step].people += t->paired[1][i];
            fnmr[step].people_wrong += t->farthest[i] > step;
        }
    }
}

static lk_status rates_add_row(lk_lesson_rates *out, const char *name, const lk_rates_set *s)
{
    lk_threshold_part *p = &out->part;
    size_t row = p->row_count;
    lk_part_rate *fmr = out->rates + PARTS * row * p->steps, *fnmr = fmr + p->steps;
    double *impostor = out->counts + PARTS * row * BINS;
    rates_tally t = {0};
    lk_status status = tally_create(&t, p->steps, s->people);
    if (status == LK_OK) {
        tally_all(&t, s, p, (double *const[PARTS]){impostor, impostor + BINS});
        tally_sum(fmr, fnmr, &t, s, p->steps);
        out->rows[row] = (lk_threshold_row){name, fmr, fnmr, impostor, impostor + BINS};
        p->row_count++;
        status = lk_rates_bound(fmr, fnmr, s, p);
    }
    tally_clear(&t);
    return status;
}

static void rates_find_range(double *low, double *high, const lk_rates_set *s)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = i + 1; j < s->n; j++) {
            *low = fmin(*low, lk_rates_distance(s, i, j));
            *high = fmax(*high, lk_rates_distance(s, i, j));
        }
}

/* Steps of 0.01 where that is few enough, else of a larger round number. */
static lk_status rates_choose_steps(lk_lesson_rates *out, double low, double high)
{
    lk_threshold_part *p = &out->part;
    double scale = 100;
    while ((high - low) * scale > MOST_STEPS - 3)
        scale /= 10;
    double first = fmax(0, floor(low * scale) - 1);
    p->decimals = scale >= 100 ? 2 : scale >= 10 ? 1 : 0;
    p->steps = (size_t)(ceil(high * scale) - first) + 2;
    LK_TRY(lk_alloc(&out->thresholds, p->steps, sizeof *out->thresholds));
    for (size_t s = 0; s < p->steps; s++)
        out->thresholds[s] = (first + (double)s) / scale;
    p->thresholds = out->thresholds;
    p->low = out->thresholds[0];
    p->high = out->thresholds[p->steps - 1];
    p->bins = BINS;
    return LK_OK;
}

/* Where the people's two rates are nearest to each other. */
static size_t rates_equal_step(const lk_threshold_part *p, const lk_threshold_row *row)
{
    size_t best = 0;
    double least = INFINITY;
    for (size_t s = 0; s < p->steps; s++) {
        double apart =
            fabs(row->fmr[s].wrong / row->fmr[s].pairs - row->fnmr[s].wrong / row->fnmr[s].pairs);
        if (apart < least) {
            least = apart;
            best = s;
        }
    }
    return best;
}

/* The last at which at most one in a hundred of all pairs of different people pass. */
static size_t rates_hundredth_step(const lk_threshold_part *p)
{
    size_t best = 0;
    for (size_t s = 0; s < p->steps; s++) {
        double wrong = 0, pairs = 0;
        for (size_t r = 0; r < p->row_count; r++) {
            wrong += p->rows[r].fmr[s].wrong;
            pairs += p->rows[r].fmr[s].pairs;
        }
        if (wrong <= pairs / 100)
            best = s;
    }
    return best;
}

static size_t rates_list_sets(lk_rates_set sets[MOST_ROWS], const char *names[MOST_ROWS],
                              const lk_lesson *lesson, const lk_lesson_numbers *n,
                              const char *people)
{
    size_t count = 0, first = 0;
    if (n->people.n > 1) {
        names[count] = people;
        sets[count++] =
            (lk_rates_set){&n->people, n->people.group, 0, n->people.n, n->person_count};
    }
    for (size_t g = 0; g < lesson->group_count; first += n->groups[g++].n)
        if (n->groups[g].n > 1 && count < MOST_ROWS) {
            names[count] = lesson->groups[g].name;
            sets[count++] = (lk_rates_set){&n->grouped, n->grouped_person, first, n->groups[g].n,
                                           n->group_people[g]};
        }
    return count;
}

static lk_status rates_fill(lk_lesson_rates *out, const lk_rates_set *sets,
                            const char *const *names, size_t count)
{
    lk_threshold_part *p = &out->part;
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < count; i++)
        rates_find_range(&low, &high, &sets[i]);
    LK_TRY(rates_choose_steps(out, low, high));
    LK_TRY(lk_alloc(&out->rows, count, sizeof *out->rows));
    LK_TRY(lk_alloc(&out->counts, PARTS * count * BINS, sizeof *out->counts));
    LK_TRY(lk_alloc(&out->rates, PARTS * count * p->steps, sizeof *out->rates));
    p->rows = out->rows;
    for (size_t i = 0; i < count; i++)
        LK_TRY(rates_add_row(out, names[i], &sets[i]));
    out->by_people = p->rows[0].fmr[0].pairs > 0 && p->rows[0].fnmr[0].pairs > 0;
    p->start = out->by_people ? rates_equal_step(p, &p->rows[0]) : rates_hundredth_step(p);
    return LK_OK;
}

lk_status lk_lesson_rates_create(lk_lesson_rates *out, const lk_lesson *lesson,
                                 const lk_lesson_numbers *numbers, const char *people)
{
    lk_rates_set sets[MOST_ROWS];
    const char *names[MOST_ROWS];
    *out = (lk_lesson_rates){.part = {.id = "threshold-part"}};
    size_t count = rates_list_sets(sets, names, lesson, numbers, people);
    lk_status status = count ? rates_fill(out, sets, names, count) : LK_OK;
    if (status != LK_OK)
        lk_lesson_rates_clear(out);
    return status;
}

/* A part of one step is no figure: its bins catch what falls. */
lk_status lk_lesson_rate_at(lk_part_rate *out, const lk_lesson_numbers *numbers, size_t group,
                            double threshold)
{
    size_t first = 0;
    for (size_t g = 0; g < group; g++)
        first += numbers->groups[g].n;
    const lk_rates_set set = {&numbers->grouped, numbers->grouped_person, first,
                              numbers->groups[group].n, numbers->group_people[group]};
    double counts[PARTS * BINS] = {0};
    lk_part_rate rates[PARTS];
    lk_threshold_row row;
    lk_lesson_rates one = {.rows = &row, .counts = counts, .rates = rates};
    one.part = (lk_threshold_part){
        .thresholds = &threshold, .steps = 1, .high = 1, .bins = BINS, .rows = &row};
    LK_TRY(rates_add_row(&one, "", &set));
    *out = rates[0];
    return LK_OK;
}

void lk_lesson_rates_clear(lk_lesson_rates *rates)
{
    free(rates->rows);
    free(rates->thresholds);
    free(rates->counts);
    free(rates->rates);
    *rates = (lk_lesson_rates){0};
}

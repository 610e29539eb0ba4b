#include "stats/tally.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { PLACES = 1 << 15 };

/* ---- the same pairs, to be searched ---- */

static int tally_by_distance(const void *a, const void *b)
{
    const lk_same_pair *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->person > y->person) - (x->person < y->person);
}

/* Rises with the distance, so that what lies in an earlier bin is nearer. */
static size_t tally_place_of(const lk_tally *t, double distance)
{
    double place = distance * t->scale;
    return place < PLACES - 1 ? (size_t)place : PLACES - 1;
}

static void make_places(lk_tally *t)
{
    double most = t->same[t->same_count - 1].distance;
    double scale = (PLACES - 1) / most;
    t->scale = isfinite(scale) ? scale : 1;
    for (size_t i = 0, place = 0; i <= t->same_count; i++) {
        size_t end = i < t->same_count ? tally_place_of(t, t->same[i].distance) : PLACES;
        while (place <= end)
            t->places[place++] = i;
    }
}

/* The first same pair that is not nearer. */
static size_t tally_rank(const lk_tally *t, double distance)
{
    size_t place = tally_place_of(t, distance);
    size_t low = t->places[place], high = t->places[place + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->same[middle].distance < distance)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- begin, end ---- */

static lk_status tally_rooms(lk_tally *t)
{
    const size_t cells[] = {t->threads, t->cell_rows, t->people};
    size_t cell_count;
    LK_REQUIRE(lk_mul_all(cells, 3, &cell_count), LK_ERROR_MEMORY, "%zu people do not fit",
               t->people);
    LK_TRY(lk_alloc(&t->between, t->same_count + 1, sizeof *t->between));
    LK_TRY(lk_alloc(&t->tied, t->same_count, sizeof *t->tied));
    LK_TRY(lk_alloc(&t->persons, t->threads * t->people, sizeof *t->persons));
    LK_TRY(lk_alloc(&t->cells, cell_count, sizeof *t->cells));
    LK_TRY(lk_alloc(&t->unit, t->units, sizeof *t->unit));
    return lk_alloc(&t->places, PLACES + 1, sizeof *t->places);
}

lk_status lk_tally_begin(lk_tally *out, lk_same_pair *same, size_t same_count, size_t people,
                         const double *thresholds, size_t threshold_count, size_t threads,
                         size_t units, size_t cell_rows)
{
    lk_tally t = {.same = same,
                  .same_count = same_count,
                  .people = people,
                  .threads = threads,
                  .units = units,
                  .cell_rows = cell_rows,
                  .threshold_count = threshold_count};
    memcpy(t.thresholds, thresholds, threshold_count * sizeof *thresholds);
    lk_status status = tally_rooms(&t);
    if (status != LK_OK) {
        lk_tally_clear(&t);
        return status;
    }
    qsort(same, same_count, sizeof *same, tally_by_distance);
    for (size_t i = 0; i < same_count; i++)
        t.centre += same[i].distance / (double)same_count;
    make_places(&t);
    *out = t;
    return LK_OK;
}

void lk_tally_clear(lk_tally *t)
{
    free((void *)t->between);
    free((void *)t->tied);
    free(t->persons);
    free(t->cells);
    free(t->unit);
    free(t->places);
    *t = (lk_tally){0};
}

/* ---- a pair ---- */

static void count_at(lk_tally *t, size_t rank, size_t tied)
{
    _Atomic uint64_t *at = tied ? &t->tied[rank] : &t->between[rank];
    atomic_fetch_add_explicit(at, 1, memory_order_relaxed);
}

static void pass_thresholds(const lk_tally *t, double distance, lk_tally_cell *cell,
                            lk_tally_person *a, lk_tally_person *b)
{
    for (size_t k = 0; k < t->threshold_count; k++) {
        bool passes = distance <= t->thresholds[k];
        cell->passing[k] += passes;
        a->passing[k] += passes;
        b->passing[k] += passes;
    }
}

void lk_tally_add(lk_tally *t, size_t thread, size_t unit, size_t cell_row, size_t a, size_t b,
                  double distance)
{
    size_t rank = tally_rank(t, distance), tied = 0;
    while (rank + tied < t->same_count && t->same[rank + tied].distance == distance)
        tied++;
    count_at(t, rank, tied);
    lk_tally_person *one = &t->persons[thread * t->people + a];
    lk_tally_person *other = &t->persons[thread * t->people + b];
    lk_tally_cell *cell = &t->cells[(thread * t->cell_rows + cell_row) * t->people + b];
    uint64_t nearer = 2 * (uint64_t)rank + tied;
    one->nearer += nearer;
    other->nearer += nearer;
    cell->nearer += nearer;
    one->pairs++;
    other->pairs++;
    cell->pairs++;
    pass_thresholds(t, distance, cell, one, other);
    double off = distance - t->centre;
    t->unit[unit].distance += off;
    t->unit[unit].distance_square += off * off;
}

/* ---- cells ---- */

static void square(lk_tally_squares *sum, double value, double pairs)
{
    sum->square += value * value;
    sum->product += value * pairs;
}

static void fold_cell(lk_tally_unit *unit, const lk_tally_cell *cell, size_t thresholds)
{
    double pairs = (double)cell->pairs;
    unit->pairs_square += pairs * pairs;
    square(&unit->nearer, (double)cell->nearer, pairs);
    for (size_t k = 0; k < thresholds; k++)
        square(&unit->passing[k], (double)cell->passing[k], pairs);
}

void lk_tally_fold(lk_tally *t, size_t thread, size_t unit, size_t cell_row, size_t person)
{
    lk_tally_cell *row = &t->cells[(thread * t->cell_rows + cell_row) * t->people];
    for (size_t b = person + 1; b < t->people; b++)
        if (row[b].pairs)
            fold_cell(&t->unit[unit], &row[b], t->threshold_count);
    memset(row, 0, t->people * sizeof *row);
}

/* ---- sums ---- */

static void tally_add_person(lk_tally_person *to, const lk_tally_person *from)
{
    to->nearer += from->nearer;
    to->pairs += from->pairs;
    for (size_t k = 0; k < LK_TALLY_THRESHOLDS; k++)
        to->passing[k] += from->passing[k];
}

static void tally_add_squares(lk_tally_squares *to, const lk_tally_squares *from)
{
    to->square += from->square;
    to->product += from->product;
}

static void add_unit(lk_tally_unit *to, const lk_tally_unit *from)
{
    tally_add_squares(&to->nearer, &from->nearer);
    for (size_t k = 0; k < LK_TALLY_THRESHOLDS; k++)
        tally_add_squares(&to->passing[k], &from->passing[k]);
    to->pairs_square += from->pairs_square;
    to->distance += from->distance;
    to->distance_square += from->distance_square;
}

void lk_tally_end(lk_tally *t)
{
    for (size_t i = t->people; i < t->threads * t->people; i++)
        tally_add_person(&t->persons[i % t->people], &t->persons[i]);
    for (size_t i = 1; i < t->units; i++)
        add_unit(&t->unit[0], &t->unit[i]);
}

lk_status lk_tally_curve(lk_roc **out, const lk_tally *t, double most)
{
    lk_step *steps;
    size_t count = 0;
    LK_TRY(lk_alloc(&steps, 2 * t->same_count + 1, sizeof *steps));
    for (size_t i = 0; i <= t->same_count; i++) {
        double at = i < t->same_count ? t->same[i].distance : most;
        double before = i < t->same_count ? nextafter(at, -INFINITY) : at;
        if (t->between[i])
            steps[count++] = (lk_step){before, 0, t->between[i]};
        if (i < t->same_count)
            steps[count++] = (lk_step){at, 1, t->tied[i]};
    }
    lk_status status = lk_curve_create(out, steps, count);
    free(steps);
    return status;
}

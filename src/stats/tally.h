/* What verification needs of the pairs: for every different pair how many same pairs are
 * nearer, and whether it passes a few thresholds; added up by person, and by pairs of people
 * for the variance. Whole numbers throughout, so no result depends on the order. */
#ifndef LK_STATS_TALLY_H
#define LK_STATS_TALLY_H

#include <likeness/stats.h>

#include "stats/curve.h"

enum { LK_TALLY_THRESHOLDS = LK_VERIFICATION_RATES + 1 };

typedef struct lk_same_pair {
    double distance;
    uint32_t person;
} lk_same_pair;

/* The different pairs of one pair of people: how many, how many pass, and over them the
 * number of same pairs that are nearer (twice; once where equally near). */
typedef struct lk_tally_cell {
    uint64_t nearer;
    uint32_t pairs, passing[LK_TALLY_THRESHOLDS];
} lk_tally_cell;

/* The sums over cells of one measure: value^2 and value * pairs. */
typedef struct lk_tally_squares {
    double square, product;
} lk_tally_squares;

/* What one unit of people found, to be added in the units' order. */
typedef struct lk_tally_unit {
    lk_tally_squares nearer, passing[LK_TALLY_THRESHOLDS];
    double pairs_square, distance, distance_square; /* distances less `centre` */
} lk_tally_unit;

/* One person's different pairs. */
typedef struct lk_tally_person {
    uint64_t nearer, pairs, passing[LK_TALLY_THRESHOLDS];
} lk_tally_person;

typedef struct lk_tally {
    lk_same_pair *same; /* [same_count], sorted; the caller's */
    size_t same_count;
    size_t people, threads, units, cell_rows;
    double thresholds[LK_TALLY_THRESHOLDS];
    size_t threshold_count;
    double centre;             /* mean of the same pairs' distances */
    _Atomic uint64_t *between; /* [same_count + 1]: different pairs before the same pair */
    _Atomic uint64_t *tied;    /* [same_count]: different pairs as far as the same pair; of
                                * equal same pairs at the first */
    lk_tally_person *persons;  /* [threads, people] */
    lk_tally_cell *cells;      /* [threads, cell_rows, people] */
    lk_tally_unit *unit;       /* [units] */
    size_t *places;            /* where same pairs of a bin of distances begin */
    double scale;
} lk_tally;

/* Sorts same[same_count], which must stay. cell_rows: of how many people at a time cells are
 * kept. Ownership: lk_tally_clear. Errors: LK_ERROR_MEMORY. */
lk_status lk_tally_begin(lk_tally *out, lk_same_pair *same, size_t same_count, size_t people,
                         const double *thresholds, size_t threshold_count, size_t threads,
                         size_t units, size_t cell_rows) LK_MUST_USE;
void lk_tally_clear(lk_tally *tally);

/* A different pair of persons a and b; cell_row is a's. Threads: any, each with its number
 * and a unit of its own. */
void lk_tally_add(lk_tally *tally, size_t thread, size_t unit, size_t cell_row, size_t a, size_t b,
                  double distance);
/* Takes in the cells of a person, who has that cell_row, and empties them. */
void lk_tally_fold(lk_tally *tally, size_t thread, size_t unit, size_t cell_row, size_t person);
/* After the last pair: adds up the threads' and units' sums into those of number 0. */
void lk_tally_end(lk_tally *tally);

/* The curve. most: no distance is larger. Errors: as lk_curve_create. */
lk_status lk_tally_curve(lk_roc **out, const lk_tally *tally, double most) LK_MUST_USE;

/* What lk_verification says, of a tally that has ended and its curve. thresholds: those of
 * the options' rates, each just below the first different pair that may not pass, then one
 * near the equal error rate's; out->threshold[] holds the largest distances of different pairs
 * that pass, or -infinity. */
lk_status lk_tally_figures(lk_verification *out, const lk_tally *tally, const lk_roc *curve,
                           const lk_verification_options *options) LK_MUST_USE;

#endif

/* The threshold that lets a given share of pairs pass, exactly, without keeping the pairs. */
#ifndef LK_STATS_CUT_H
#define LK_STATS_CUT_H

#include "stats/cut_pairs.h"

/* A threshold, how many of all pairs that count have at most that distance, and how many
 * count. */
typedef struct lk_cut {
    double threshold;
    uint64_t passing, total;
    double next; /* the nearest pair that does not pass; infinity: all do */
} lk_cut;

/* The most of `count` whose share is not above the rate. */
uint64_t lk_cut_allowed(double rate, uint64_t count);

/* out[count], for each rate (0-1): the largest distance of a pair such that the share of the
 * pairs with at most that distance is not above the rate; equal distances pass together. Where
 * none may pass, a number just below the nearest pair's. `wanted` NULL: all pairs count. Of
 * `walk` only the rows, metric, threads and progress are looked at; it is gone along once
 * or twice, and up to six times where very many distances lie together. Errors: as lk_walk_pairs;
 * LK_ERROR_ARGUMENT where no pair counts, or there are more than LK_CUTS_MOST rates. Memory:
 * at most 8 MB + 128 KB a thread for each rate, or 32 MB for all where that is more, and an
 * eighth of the rows. */
lk_status lk_walk_cuts(lk_cut *out, const double *rates, size_t count, const lk_walk *walk,
                       lk_cut_wanted *wanted, void *user) LK_MUST_USE;

/* How the distances of all pairs that count are spread: bin i holds those from i / scale on,
 * the last one all that are above. */
typedef struct lk_cut_bins {
    uint64_t bins[LK_CUT_BINS];
    double scale, most; /* most: the largest distance */
} lk_cut_bins;

/* The same; *spread is what was found on the way. */
lk_status lk_walk_cuts_and_bins(lk_cut *out, lk_cut_bins *spread, const double *rates, size_t count,
                                const lk_walk *walk, lk_cut_wanted *wanted, void *user) LK_MUST_USE;

#endif

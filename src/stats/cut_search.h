/* What the search for thresholds (cut.c) and its guesses (cut_guess.c) share. */
#ifndef LK_STATS_CUT_SEARCH_H
#define LK_STATS_CUT_SEARCH_H

#include <math.h>
#include <stdatomic.h>

#include "stats/cut_pairs.h"

/* At most so many distances are kept to be sorted. */
enum { LK_CUT_KEPT = 1 << 20 };

/* What a rate asks for: the first distance that may not pass, number `rank` from 0, and where
 * it lies: in a bin, and there between two keys. */
typedef struct lk_cut_bracket {
    uint64_t rank, below, inside;
    size_t bin;
    uint64_t low, high;
    unsigned shift; /* key bits that a bin of the next pass leaves together */
    bool divides, keeps;
    double *kept;
    _Atomic size_t kept_count;
    size_t guess_first, guess_end, guess_room; /* bins; room for what falls into them */
} lk_cut_bracket;

/* What the threads share. */
typedef struct lk_cut_search {
    lk_walk walk;
    lk_cut_wanted *wanted;
    void *user;
    double scale; /* of a distance to its bin */
    lk_cut_bracket *brackets;
    size_t count;
    uint64_t *bins; /* [threads, count, LK_CUT_BINS] */
    double *most;   /* [threads, 1 + count]: the largest distance, and below each lk_cut_bracket */
} lk_cut_search;

static inline size_t lk_cut_bin_of(const lk_cut_search *s, double distance)
{
    double bin = distance * s->scale;
    return bin < LK_CUT_BINS - 1 ? (size_t)bin : LK_CUT_BINS - 1;
}

typedef void lk_cut_look(lk_cut_search *s, size_t thread, double distance);

static inline void lk_cut_look_first(lk_cut_search *s, size_t thread, double distance)
{
    double *most = &s->most[thread * (1 + s->count)];
    *most = fmax(*most, distance);
    s->bins[thread * s->count * LK_CUT_BINS + lk_cut_bin_of(s, distance)]++;
}

static inline void lk_cut_look_at(lk_cut_search *s, const lk_walk_block *block, lk_cut_look *each)
{
    for (size_t i = 0; i < block->rows; i++) {
        size_t first = s->walk.y ? 0 : lk_walk_first(block, i);
        const double *line = block->distance + i * block->columns;
        for (size_t j = first; j < block->columns; j++)
            if (!s->wanted || s->wanted(s->user, block->row + i, block->column + j))
                each(s, block->thread, line[j]);
    }
}

/* The visitor of the first pass. */
lk_walk_visit lk_cut_visit_first;
/* All pairs once more, the bins emptied before. Errors: as lk_walk_pairs. */
lk_status lk_cut_pass(lk_cut_search *s, lk_walk_visit *visit) LK_MUST_USE;
/* Bins of bracket t over all threads, into those of thread 0. */
uint64_t *lk_cut_add_threads(lk_cut_search *s, size_t t);
uint64_t lk_cut_total(const uint64_t *bins);

/* Guesses where the wanted distances lie: *guessed is true where the first pass is to be
 * lk_cut_visit_guessed, which keeps what it finds there. Errors: as lk_walk_pairs. */
lk_status lk_cut_guess(bool *guessed, lk_cut_search *s, const double *rates) LK_MUST_USE;
lk_walk_visit lk_cut_visit_guessed;
/* After that pass and once brackets know their bins. True: each has kept what is in its bin, as
 * after a pass that keeps. False: nothing of the guesses stays. */
bool lk_cut_take_guesses(lk_cut_search *s);

#endif

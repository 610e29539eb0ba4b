/* A pass over the pairs, as the search and its guesses make it. */
#include "stats/cut_search.h"

#include <string.h>

void lk_cut_visit_first(void *user, const lk_walk_block *block)
{
    lk_cut_look_at(user, block, lk_cut_look_first);
}

lk_status lk_cut_pass(lk_cut_search *s, lk_walk_visit *visit)
{
    memset(s->bins, 0, s->walk.threads * s->count * LK_CUT_BINS * sizeof *s->bins);
    s->walk.visit = visit;
    return lk_walk_pairs(&s->walk);
}

/* bins of bracket t over all threads, into those of thread 0. */
uint64_t *lk_cut_add_threads(lk_cut_search *s, size_t t)
{
    uint64_t *sum = s->bins + t * LK_CUT_BINS;
    for (size_t thread = 1; thread < s->walk.threads; thread++)
        for (size_t i = 0; i < LK_CUT_BINS; i++)
            sum[i] += s->bins[(thread * s->count + t) * LK_CUT_BINS + i];
    return sum;
}

uint64_t lk_cut_total(const uint64_t *bins)
{
    uint64_t total = 0;
    for (size_t i = 0; i < LK_CUT_BINS; i++)
        total += bins[i];
    return total;
}

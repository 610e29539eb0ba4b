/* Which pairs a search for thresholds counts, and how finely. */
#ifndef LK_STATS_CUT_PAIRS_H
#define LK_STATS_CUT_PAIRS_H

#include "stats/walk.h"

enum { LK_CUTS_MOST = 64, LK_CUT_BINS = 1 << 14 };

/* Whether the pair of rows i and j is one of those that count. */
typedef bool lk_cut_wanted(void *user, size_t i, size_t j);

#endif

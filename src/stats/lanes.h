/* The one order in which squared differences are summed: eight sums side by side, of every
 * eighth number each, added up in pairs at the end. It needs no fused operation and is the
 * same for one pair as for a block of them and on every instruction set, so that a distance
 * is the same number wherever it is computed and can be compared with a threshold that was
 * one. */
#ifndef LK_STATS_LANES_H
#define LK_STATS_LANES_H

#include "base/simd.h"

enum { LK_LANES = 8 };

typedef double lk_lanes __attribute__((vector_size(LK_LANES * 8), aligned(8), may_alias));

LK_SIMD_BODY double lk_lanes_sum(const double *s)
{
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

#endif

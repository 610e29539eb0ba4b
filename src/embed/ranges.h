/* ranges.h: how far the numbers of an activation reach, over all photographs that a network is
 * shown, and which whole numbers stand for them with the least error. */
#ifndef LK_EMBED_RANGES_H
#define LK_EMBED_RANGES_H

#include "nn/nn.h"

enum { LK_RANGE_BINS = 2048 };

typedef struct lk_range {
    float low, high; /* low at most 0, high at least 0 */
    uint64_t bins[LK_RANGE_BINS];
} lk_range;

/* First all numbers widen the range, then all of them are counted. */
void lk_range_widen(lk_range *range, const float *numbers, size_t count);
void lk_range_count(lk_range *range, const float *numbers, size_t count);

/* The scale of least mean square error of rounding, and of cutting, which counts four times; scale
 * 0 where all numbers are 0. Numbers that are never below 0 have the zero 0. */
lk_nn_scale lk_range_choose(const lk_range *range);

#endif

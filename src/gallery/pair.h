/* The product of one short vector with another, for where rows are met one by one and not in
 * blocks (scan.h). */
#ifndef LK_GALLERY_PAIR_H
#define LK_GALLERY_PAIR_H

#include <likeness/base.h>

#include "gallery/coarse.h"
#include "gallery/pair_loop.h"
#include "gallery/scan.h"

/* The codes of a row, and all its bytes. */
static inline size_t lk_pair_codes(size_t width)
{
    return (width + LK_PAIR_STEP - 1) / LK_PAIR_STEP * LK_PAIR_STEP;
}

static inline size_t lk_pair_bytes(size_t width)
{
    return sizeof(lk_pair_row) + lk_pair_codes(width);
}

/* out[lk_pair_bytes(width)], on a boundary of 4 bytes. */
void lk_pair_make(void *out, const lk_coarse *coarse, const int8_t *codes, size_t width);

/* The best for this processor, as lk_scan_limit lets it be. */
lk_pair_fn lk_pair_best(void);
/* NULL where the processor does not have it. */
lk_pair_fn lk_pair_of(lk_scan_isa isa);

#endif

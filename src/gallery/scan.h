/* The loop that a search spends its time in, picked for the processor. */
#ifndef LK_GALLERY_SCAN_H
#define LK_GALLERY_SCAN_H

#include "gallery/scan_loop.h"

/* The instruction sets that there is a loop for. All give the same numbers. */
typedef enum lk_scan_isa { LK_SCAN_PLAIN = 0, LK_SCAN_AVX2 = 1, LK_SCAN_VNNI = 2 } lk_scan_isa;

/* The best loop that this processor has, at most the limit (tests lower it). */
lk_scan_fn lk_scan_best(void);
void lk_scan_limit(lk_scan_isa limit);
lk_scan_isa lk_scan_limited(void);
/* NULL where the processor does not have it. */
lk_scan_fn lk_scan_of(lk_scan_isa isa);

#endif

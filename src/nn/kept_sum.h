/* kept_sum.h: a checksum that is as fast as memory: it finds what disks and killed writers
 * do, not what somebody does on purpose. */
#ifndef LK_NN_KEPT_SUM_H
#define LK_NN_KEPT_SUM_H

#include <likeness/base.h>

#define LK_NN_KEPT_SEED 0x9e3779b97f4a7c15u

/* Goes on from `sum`. Whatever word of the bytes changes, so does the sum. */
uint64_t lk_nn_kept_sum(uint64_t sum, const void *bytes, size_t count);
/* Of many bytes, by several threads. */
uint64_t lk_nn_kept_sum_blocks(const void *bytes, size_t count);

#endif

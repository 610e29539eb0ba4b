/* share.h: a convolution's work, shared out between threads.
 *
 * Work is a list of (block of output channels, tile of pixels) pairs, of which a
 * thread takes an equal part: blocks first, so that it reads some of the weights
 * and all pixels, or tiles first, so that it reads all weights and some of the
 * pixels, those that it wrote itself in the layer before. It walks through its part
 * in groups: some neighbouring blocks for some neighbouring tiles, so that a weight
 * that was read serves many pixels. */
#ifndef LK_NN_KERNEL_SHARE_H
#define LK_NN_KERNEL_SHARE_H

#include <likeness/base.h>

typedef struct lk_nn_work {
    size_t blocks, tiles;
    size_t most;      /* blocks in a group */
    bool tiles_first; /* a share is all blocks for some tiles */
} lk_nn_work;

/* A part of the list: pairs, or with tiles first tiles, `from` to `to` - 1. */
typedef struct lk_nn_share {
    size_t from, to;
} lk_nn_share;

/* Tiles `first` to `last` - 1 of `blocks` output blocks from `block` on. */
typedef struct lk_nn_group {
    size_t block, blocks, first, last;
} lk_nn_group;

lk_nn_share lk_nn_share_of(const lk_nn_work *work, size_t thread, size_t threads);

/* The share's next group behind *group, which starts as zeros; false: no more. */
bool lk_nn_next_group(const lk_nn_work *work, lk_nn_share part, lk_nn_group *group);

#endif

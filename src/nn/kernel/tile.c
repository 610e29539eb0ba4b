/* How large tiles are. */
#include "nn/kernel/tile.h"

#include "base/memory.h"

static size_t tile_common_divisor(size_t a, size_t b)
{
    while (b) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* How many threads begin in the middle of a group of `blocks`, whose weights are
 * then read twice. Thread k of threads begins with a group if all * k is a multiple
 * of threads * blocks. */
static size_t tile_split_groups(size_t all, size_t blocks, size_t threads)
{
    size_t whole = threads * blocks / tile_common_divisor(all, threads * blocks);
    return threads - 1 - (threads - 1) / whole;
}

/* Counted in loads of inputs for all output blocks. A tile's own cost is small;
 * weights that two threads read cost more (measured). */
size_t lk_nn_tile_group(size_t pixels, size_t all, size_t threads)
{
    const double tile = 0.5, weights = 9;
    double least = 0;
    size_t best = 1;
    for (size_t blocks = 1; blocks <= LK_NN_MAX_BLOCKS && blocks <= all; blocks++) {
        size_t tiles = lk_ceil_div(pixels, lk_nn_tile_pixels(blocks));
        double loads = (double)all * (tile * (double)tiles + (double)pixels / (double)blocks);
        loads += weights * (double)(blocks * tile_split_groups(all, blocks, threads));
        if (blocks == 1 || loads < least) {
            least = loads;
            best = blocks;
        }
    }
    return best;
}

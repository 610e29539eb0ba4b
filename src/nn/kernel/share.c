#include "nn/kernel/share.h"

#include "base/memory.h"

lk_nn_share lk_nn_share_of(const lk_nn_work *work, size_t thread, size_t threads)
{
    size_t all = work->tiles_first ? work->tiles : work->blocks * work->tiles;
    return (lk_nn_share){all * thread / threads, all * (thread + 1) / threads};
}

/* Blocks taken next when `left` remain: never a single one at the end. */
static size_t share_next_blocks(const lk_nn_work *work, size_t left)
{
    if (left <= work->most)
        return left;
    return left == work->most + 1 ? left - left / 2 : work->most;
}

/* How many of a group's tiles begin before pair `end` of the list, when `before`
 * are done before the group. */
static size_t share_tiles_before(size_t end, size_t before, size_t blocks, size_t tiles)
{
    size_t count = end > before ? lk_ceil_div(end - before, blocks) : 0;
    return lk_smaller(count, tiles);
}

bool lk_nn_next_group(const lk_nn_work *work, lk_nn_share part, lk_nn_group *group)
{
    group->first = group->last = 0;
    if (part.from >= part.to)
        return false;
    while (group->first >= group->last) {
        group->block += group->blocks;
        if (group->block >= work->blocks)
            return false;
        group->blocks = share_next_blocks(work, work->blocks - group->block);
        if (work->tiles_first) {
            group->first = part.from;
            group->last = part.to;
            continue;
        }
        size_t before = group->block * work->tiles;
        group->first = share_tiles_before(part.from, before, group->blocks, work->tiles);
        group->last = share_tiles_before(part.to, before, group->blocks, work->tiles);
    }
    return true;
}

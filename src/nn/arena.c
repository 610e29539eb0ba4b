#include "nn/arena.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

enum { ALIGNMENT = 16 }; /* floats: a cache line */

size_t lk_nn_block_root(const lk_nn_block *blocks, size_t index)
{
    while (blocks[index].parent != index)
        index = blocks[index].parent;
    return index;
}

size_t lk_nn_block_last(const lk_nn_block *blocks, size_t count, size_t index)
{
    size_t root = lk_nn_block_root(blocks, index), last = 0;
    for (size_t i = 0; i < count; i++)
        if (blocks[i].last > last && lk_nn_block_root(blocks, i) == root)
            last = blocks[i].last;
    return last;
}

/* A family's time and place. */
typedef struct family {
    size_t root, first, last, size, offset;
} family;

static size_t arena_collect(const lk_nn_block *blocks, size_t count, family *families)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (blocks[i].size && blocks[i].parent == i)
            families[found++] =
                (family){.root = i,
                         .first = blocks[i].first,
                         .last = blocks[i].last,
                         .size = (blocks[i].size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT};
    for (size_t i = 0; i < count; i++)
        for (size_t f = 0; blocks[i].size && f < found; f++)
            if (lk_nn_block_root(blocks, i) == families[f].root) {
                if (blocks[i].first < families[f].first)
                    families[f].first = blocks[i].first;
                if (blocks[i].last > families[f].last)
                    families[f].last = blocks[i].last;
            }
    return found;
}

/* Largest first: the large ones decide the size, the small ones fill the gaps. */
static int arena_by_size(const void *a, const void *b)
{
    const family *x = a, *y = b;
    if (x->size != y->size)
        return x->size < y->size ? 1 : -1;
    return x->root < y->root ? -1 : x->root > y->root;
}

/* The lowest offset that clears the `placed` families alive at the same time. */
static size_t arena_lowest_offset(const family *families, size_t placed, const family *next)
{
    size_t offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < placed; i++) {
            const family *other = &families[i];
            bool together = other->first <= next->last && next->first <= other->last;
            if (together && offset < other->offset + other->size &&
                other->offset < offset + next->size) {
                offset = other->offset + other->size;
                moved = true;
            }
        }
    }
    return offset;
}

static size_t arena_total_shift(const lk_nn_block *blocks, size_t index)
{
    size_t shift = 0;
    for (; blocks[index].parent != index; index = blocks[index].parent)
        shift += blocks[index].shift;
    return shift;
}

lk_status lk_nn_arena_plan(lk_nn_block *blocks, size_t count, size_t *size)
{
    family *families;
    LK_TRY(lk_alloc(&families, count, sizeof *families));
    size_t found = arena_collect(blocks, count, families), end = 0;
    qsort(families, found, sizeof *families, arena_by_size);
    for (size_t i = 0; i < found; i++) {
        families[i].offset = arena_lowest_offset(families, i, &families[i]);
        blocks[families[i].root].offset = families[i].offset;
        if (families[i].offset + families[i].size > end)
            end = families[i].offset + families[i].size;
    }
    free(families);
    for (size_t i = 0; i < count; i++)
        blocks[i].offset =
            blocks[lk_nn_block_root(blocks, i)].offset + arena_total_shift(blocks, i);
    *size = end;
    return LK_OK;
}

/* arena.h: where a plan's activations live: one piece of memory, a place given
 * to the next activation as soon as its last reader has run. */
#ifndef LK_NN_ARENA_H
#define LK_NN_ARENA_H

#include <likeness/base.h>

/* An activation's memory. Several may share one family: a branch lies inside
 * the concatenation (`parent`), an in-place result on top of its input. */
typedef struct lk_nn_block {
    size_t size;   /* floats */
    size_t parent; /* index of the block it lies in; its own index: none */
    size_t shift;  /* floats from the parent's start */
    size_t first;  /* step that writes it */
    size_t last;   /* last step that reads it */
    size_t offset; /* floats from the arena's start: filled by lk_nn_arena_plan */
} lk_nn_block;

/* The block at the top of a family. */
size_t lk_nn_block_root(const lk_nn_block *blocks, size_t index);

/* The last step that reads any block of a family. */
size_t lk_nn_block_last(const lk_nn_block *blocks, size_t count, size_t index);

/* Gives every block an offset (a multiple of 16 floats) such that no two
 * families that are alive together overlap; *size gets the arena's floats.
 * Errors: LK_ERROR_MEMORY. */
LK_MUST_USE lk_status lk_nn_arena_plan(lk_nn_block *blocks, size_t count, size_t *size);

#endif

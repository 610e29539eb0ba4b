/* tile.h: what convolutions by our own kernels are cut into: sums of some output
 * pixels and channels that stay in registers while the inputs pass by. */
#ifndef LK_NN_KERNEL_TILE_H
#define LK_NN_KERNEL_TILE_H

#include "nn/kernel/narrow.h"

enum { LK_NN_LANES = 16, LK_NN_MAX_PIXELS = 13, LK_NN_MAX_BLOCKS = 4 };

/* Some neighbouring output pixels of some blocks of channels. Distances are in
 * numbers: floats, or bf16 (narrow.h) for narrow tiles; n blocks and p pixels are those
 * of the function that runs it. */
typedef struct lk_nn_tile {
    const void *in;               /* [blocks][taps][p][16]: from the first tap inside */
    size_t in_pixel, in_block;    /* from pixel to pixel (16 or 32), block to block */
    size_t in_tap[2];             /* from tap to tap */
    size_t first[2], last[2];     /* taps that lie inside the plane: first to last - 1 */
    size_t kernel_width;          /* taps in a row of the weights */
    const void *weights;          /* [n][blocks][taps][16 in][16] */
    size_t weight_in, weight_out; /* to the next input block, to the next output block */
    size_t blocks;                /* input blocks */
    void *out;                    /* [n][p][16] */
    bool wide_out;                /* floats, of a narrow tile ... */
    lk_bf16 *twin;                /* ... which gets the same in bf16, too, as `out`; or NULL */
    size_t out_pixel, out_block;
    const float *bias;           /* [n][16] */
    const float *slope;          /* of a PReLU, [n][16]; NULL: none */
    bool sum, relu;              /* sum: onto what `out` holds */
    const void *ahead;           /* weights to fetch early, shaped as `weights`; NULL: none */
    size_t ahead_out;            /* to the next output block there */
    int ahead_first, ahead_last; /* which of each tap's 16 lines */
} lk_nn_tile;

typedef void lk_nn_tile_fn(const lk_nn_tile *tile);

/* Tile `index` of `count` that share their weights fetches its part of the next
 * ones, if tile->ahead says which. */
static inline void lk_nn_tile_fetch(lk_nn_tile *tile, size_t index, size_t count)
{
    enum { LINES = LK_NN_LANES };
    tile->ahead_first = tile->ahead ? (int)(LINES * index / count) : 0;
    tile->ahead_last = tile->ahead ? (int)(LINES * (index + 1) / count) : 0;
}

/* This processor can run them. */
bool lk_nn_tile_available(void);
/* The kernel for `blocks` output blocks and `pixels` pixels, for floats and for bf16
 * where lk_nn_narrow_available. */
lk_nn_tile_fn *lk_nn_tile_get(size_t blocks, size_t pixels);
lk_nn_tile_fn *lk_nn_tile_get_narrow(size_t blocks, size_t pixels);
/* Most pixels that fit beside `blocks` output blocks. */
size_t lk_nn_tile_pixels(size_t blocks);

/* How many of `all` output blocks to take together over a line of pixels, when
 * threads share them out: what costs least. */
size_t lk_nn_tile_group(size_t pixels, size_t all, size_t threads);

#endif

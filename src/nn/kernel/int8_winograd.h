/* int8_winograd.h: convolutions of whole numbers with 3x3 windows in fewer products
 * (winograd.h), and yet exact.
 *
 * 4x4 outputs come of 6x6 inputs by 36 products instead of 144, of 16 bits though, of which an
 * instruction takes half as many. Inputs become numbers of up to 68 * 255; filters are taken
 * times what makes their transforms whole, 24 in each direction or a part of it, up to
 * 144 * 127: 16 bits hold both. What comes out is 576 times the sums, too much for 32 bits; but
 * added up modulo 2^32 it is what it is modulo 2^32. There 9 has an inverse, and of 64 times a
 * number 26 bits of it are left: as many as a sum may have here (lk_nn_int8_winograd_exact). */
#ifndef LK_NN_KERNEL_INT8_WINOGRAD_H
#define LK_NN_KERNEL_INT8_WINOGRAD_H

#include "nn/kernel/int8.h"

enum {
    LK_NN_INT8_TILE_IN = 6, /* pixels a side */
    LK_NN_INT8_TILE_OUT = 4,
    LK_NN_INT8_POSITIONS = LK_NN_INT8_TILE_IN * LK_NN_INT8_TILE_IN
};

/* Whether it costs less than doing it directly: of a convolution without weights. */
bool lk_nn_int8_winograd_pays(const lk_nn_int8 *conv);
/* Whether sums by conv->weights are sure to have no more than 26 bits. */
bool lk_nn_int8_winograd_exact(const lk_nn_int8 *conv);

/* Numbers of transformed weights, and how they come from conv->weights:
 * [out blocks][positions][in blocks][8][16 out][2 in]. */
size_t lk_nn_int8_winograd_weights(const lk_nn_int8 *conv);
void lk_nn_int8_winograd_filters(int16_t *out, const lk_nn_int8 *conv);

/* Bytes of scratch memory: of all threads together, and of each. */
size_t lk_nn_int8_winograd_shared(const lk_nn_int8 *conv);
size_t lk_nn_int8_winograd_own(const lk_nn_int8 *conv);
void lk_nn_int8_winograd_run(const lk_nn_int8 *conv);

/* ---- by the processor's instructions ---- */

/* in[6][6][16], rows `row` numbers apart, to out[positions][16], `position` numbers apart. */
void lk_nn_int8_winograd_read(int16_t *out, size_t position, const uint8_t *in, size_t row);

/* The products of one position for some tiles. */
typedef struct lk_nn_int8_products {
    const int16_t *in; /* [in_blocks][tiles][16] */
    const int16_t *weights;
    size_t in_blocks, in_block, tiles; /* numbers from block to block */
    bool far;                          /* weights of the next position, behind, are fetched early */
    size_t blocks, weight_out;         /* output blocks, numbers from one to the next */
    int32_t *out;     /* [blocks][tiles][16]; up to a multiple of 24 tiles are written */
    size_t out_block; /* numbers from block to block */
} lk_nn_int8_products;

void lk_nn_int8_winograd_multiply(const lk_nn_int8_products *products);

/* sums[positions][16], `position` numbers apart, to results: size[0] rows of size[1] pixels from
 * number `to` of output block `block` on. */
void lk_nn_int8_winograd_write(const lk_nn_int8 *conv, size_t block, size_t to,
                               const size_t size[2], const int32_t *sums, size_t position);

#endif

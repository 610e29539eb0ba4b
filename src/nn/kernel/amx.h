/* amx.h: convolutions in bf16 by AMX, whose eight registers are tiles of 16 rows of 64 bytes
 * and whose one product multiplies two of them: 16 pixels of 32 input channels by 16 output
 * channels. */
#ifndef LK_NN_KERNEL_AMX_H
#define LK_NN_KERNEL_AMX_H

#include "nn/kernel/amx_panel.h"

enum {
    LK_NN_AMX_BLOCKS = 2,                            /* of output channels at once */
    LK_NN_AMX_SUMS = LK_NN_AMX_PIXELS * LK_NN_LANES, /* floats of a panel's sums for one block */
    LK_NN_AMX_ENTRY = LK_NN_LANES * LK_NN_LANES      /* numbers of an entry's weights */
};

/* The sums of one panel for one or two blocks of output channels. */
typedef struct lk_nn_amx_product {
    const lk_bf16 *panel;        /* [tiles][steps][16 pixels][32] */
    size_t tiles, blocks;        /* one or two of each */
    size_t steps, whole;         /* all; of which the weights hold both entries */
    const lk_bf16 *weights;      /* [blocks][steps][16 pairs][16][2] */
    size_t weight_out;           /* numbers to the next block's */
    const lk_bf16 *last;         /* [blocks][16 pairs][16][2]: the step that is not whole */
    const float *bias;           /* [blocks][16] */
    float *sums;                 /* [blocks][LK_NN_AMX_PIXELS][16] */
    const lk_bf16 *ahead;        /* as of lk_nn_tile: weights to fetch early; NULL: none */
    size_t ahead_out;            /* to the next output block there */
    int ahead_first, ahead_last; /* which of each step's 16 lines */
} lk_nn_amx_product;

/* Who multiplies. A thread begins before its products and ends behind them: in between, its
 * tile registers are in use, which costs whatever the system saves of them. */
typedef struct lk_nn_amx {
    void (*begin)(void);
    void (*multiply)(const lk_nn_amx_product *product);
    void (*end)(void);
} lk_nn_amx;

/* The processor's tiles; NULL where it has none, or the system does not lend them. Asks for
 * them, once for the process. */
const lk_nn_amx *lk_nn_amx_get(void);

/* Floats of scratch memory that each thread wants (conv->own), a multiple of 16. */
size_t lk_nn_amx_own(const lk_nn_direct *conv);

/* This thread's part of a convolution with conv->amx. */
void lk_nn_amx_run(const lk_nn_direct *conv, size_t thread, size_t threads);

#endif

/* amx.h: products of AMX, whose eight registers are tiles of 16 rows of 64 bytes, and one of
 * whose instructions multiplies two of them: 16 pixels by 16 output channels, of 32 input
 * channels in bf16 or of 64 in whole numbers (int8.h). */
#ifndef LK_NN_KERNEL_AMX_H
#define LK_NN_KERNEL_AMX_H

#include "nn/kernel/amx_panel.h"

enum {
    LK_NN_AMX_BLOCKS = 2,                           /* of output channels at once */
    LK_NN_AMX_SUMS = LK_NN_AMX_PIXELS * LK_NN_LANES /* numbers of a panel's sums for one block */
};

/* The sums of one panel for one or two blocks of output channels. Distances are in bytes. */
typedef struct lk_nn_amx_product {
    const char *panel;           /* [tiles][steps][16 pixels][64] */
    size_t tiles, blocks;        /* one or two of each */
    size_t steps, whole;         /* all; of which the weights hold all entries */
    const char *weights;         /* [blocks][steps][16][64] */
    size_t weight_out;           /* to the next block's */
    const char *last;            /* [blocks][16][64]: the step that is not whole */
    const float *bias;           /* [blocks][16]: of bf16 */
    void *sums;                  /* [blocks][LK_NN_AMX_PIXELS][16]: float, or int32_t */
    const char *ahead;           /* as of lk_nn_tile: weights to fetch early; NULL: none */
    size_t ahead_out;            /* to the next output block there */
    int ahead_first, ahead_last; /* which of each step's 16 lines */
} lk_nn_amx_product;

/* Who multiplies numbers of one format. A thread begins before its products and ends behind
 * them: in between, its tile registers are in use, which costs whatever the system saves of
 * them. */
typedef struct lk_nn_amx {
    void (*begin)(void);
    void (*multiply)(const lk_nn_amx_product *product);
    void (*end)(void);
} lk_nn_amx;

/* The processor's tiles for LK_NN_BF16 or LK_NN_U8; NULL where it has none, or the system does
 * not lend them. Asks for them, once for the process. */
const lk_nn_amx *lk_nn_amx_get(lk_nn_format format);

#endif

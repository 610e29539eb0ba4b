/* amx_panel.h: the input of amx.h's products.
 *
 * What is multiplied is counted in entries: one tap of one block of 16 input channels, in the
 * order of the weights. As many entries after each other as fill a row of a tile, two of bf16 or
 * four of whole numbers, are a step, in which the weights of a block of output channels are a tile
 * as they lie, 16 rows of pairs (narrow.h) or of fours (int8.h). The input is copied to lie
 * likewise, a row a pixel; 16 pixels are a tile, two tiles a panel. */
#ifndef LK_NN_KERNEL_AMX_PANEL_H
#define LK_NN_KERNEL_AMX_PANEL_H

#include "nn/kernel/tile.h"

enum {
    LK_NN_AMX_ROWS = 16,                             /* of a tile */
    LK_NN_AMX_ROW = 64,                              /* bytes of a row: of a pixel in a step */
    LK_NN_AMX_TILE = LK_NN_AMX_ROWS * LK_NN_AMX_ROW, /* bytes of a tile */
    LK_NN_AMX_PIXELS = 2 * LK_NN_AMX_ROWS            /* of a panel */
};

/* What a convolution reads. */
typedef struct lk_nn_amx_input {
    size_t blocks;                                      /* of 16 channels */
    size_t in[2], out[2], kernel[2], stride[2], pad[2]; /* {vertical, horizontal} */
    const void *src;                                    /* [images][blocks][in[0]][in[1]][16] */
    lk_nn_format format; /* of what is multiplied: LK_NN_BF16 or LK_NN_U8 */
    bool wide;           /* src is floats, which become bf16 */
    uint8_t outside;     /* all bytes of what the window sees outside of the plane */
} lk_nn_amx_input;

/* Bytes of an entry of a pixel; entries of a step. */
static inline size_t lk_nn_amx_entry(lk_nn_format format)
{
    return LK_NN_LANES * lk_nn_number_size(format);
}

static inline size_t lk_nn_amx_together(lk_nn_format format)
{
    return LK_NN_AMX_ROW / lk_nn_amx_entry(format);
}

/* Taps of all blocks of input channels; and steps. */
size_t lk_nn_amx_entries(const lk_nn_amx_input *input);
size_t lk_nn_amx_steps(const lk_nn_amx_input *input);

/* Fills panel[tiles][steps][16][64 bytes] for output pixels `first` to `first + count` - 1 of all
 * images' (count up to LK_NN_AMX_PIXELS, a tile for each 16 of them): of each the numbers that
 * its window sees. Rows behind the last pixel see what lies outside. */
void lk_nn_amx_panel(const lk_nn_amx_input *input, char *panel, size_t first, size_t count);

#endif

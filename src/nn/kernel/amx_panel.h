/* amx_panel.h: the input of amx.h's products.
 *
 * What is multiplied is counted in entries: one tap of one block of 16 input channels, in the
 * order of the weights. Two entries after each other are a step, in which the weights of a
 * block of output channels are a tile as they lie (narrow.h): 16 rows of pairs. The input is
 * copied to lie likewise, a row a pixel; 16 pixels are a tile, two tiles a panel. */
#ifndef LK_NN_KERNEL_AMX_PANEL_H
#define LK_NN_KERNEL_AMX_PANEL_H

#include "nn/kernel/conv.h"
#include "nn/kernel/tile.h"

enum {
    LK_NN_AMX_ROWS = 16,                             /* of a tile */
    LK_NN_AMX_ROW = 2 * LK_NN_LANES,                 /* numbers of a row: of a pixel in a step */
    LK_NN_AMX_TILE = LK_NN_AMX_ROWS * LK_NN_AMX_ROW, /* numbers of a tile */
    LK_NN_AMX_PIXELS = 2 * LK_NN_AMX_ROWS            /* of a panel */
};

/* Taps of all blocks of input channels; and steps, two of them each. */
size_t lk_nn_amx_entries(const lk_nn_direct *conv);
size_t lk_nn_amx_steps(const lk_nn_direct *conv);

/* Fills panel[tiles][steps][16][32] for output pixels `first` to `first + count` - 1 of all
 * images' (count up to LK_NN_AMX_PIXELS, a tile for each 16 of them): of each the numbers that
 * its window sees, with zeros outside of the plane. Rows behind the last pixel are zeros. */
void lk_nn_amx_panel(const lk_nn_direct *conv, lk_bf16 *panel, size_t first, size_t count);

#endif

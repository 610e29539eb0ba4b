/* pages.h: memory for packed weights: side by side in large pages, in the order
 * they are asked for, which is the order they are read in. A pass over a network
 * reads more weights than small pages' addresses can be kept at hand for. */
#ifndef LK_NN_PAGES_H
#define LK_NN_PAGES_H

#include <likeness/base.h>

/* `bytes` on a 64-byte boundary, not zeroed. Safe from several threads.
 * Errors: LK_ERROR_MEMORY. */
LK_MUST_USE lk_status lk_nn_pages_take(float **out, size_t bytes);
/* Gives it back; a region goes when all that lay in it has gone. */
void lk_nn_pages_give(float *memory);

#endif

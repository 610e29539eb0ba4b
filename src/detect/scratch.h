/* How the networks lay out their scratch memory; for pnet.c and refiner.c. */
#ifndef LK_DETECT_SCRATCH_H
#define LK_DETECT_SCRATCH_H

#include "detect/networks.h"

/* Rows of P-Net's layers, in rings where several are at work. Each begins on a 64-byte
 * boundary. */
enum { LK_PNET_RING = 2 * LK_STRIP_STEP };

/* Where a row's odd pixels begin (rows.h): of P-Net's level, of a window of `side` pixels, which
 * takes twice as many floats. */
enum { LK_PNET_ODD = ((LK_STRIP_WIDTH + LK_STRIP_STEP + 3) * 3 + 15) / 16 * 16 };
#define LK_WINDOW_ODD(side) (((side)*3 / 2 + 15) / 16 * 16)

typedef struct lk_pnet_scratch {
    float *level[4], *pooled[LK_PNET_RING], *conv2[LK_PNET_RING];
    float *conv3[LK_STRIP_STEP], *face, *head, *winograd;
} lk_pnet_scratch;

/* Maps of R-Net's and O-Net's layers: a map is read and the next one written, in
 * turn. `whole` holds all rows of a convolution before its pooling; `last`, what
 * the last convolution reads, and what follows it are of a whole batch. */
typedef struct lk_refiner_scratch {
    float *input, *map[2], *whole, *winograd, *last, *features, *hidden, *head;
} lk_refiner_scratch;

lk_pnet_scratch lk_pnet_rows(const lk_scratch *scratch);
lk_refiner_scratch lk_refiner_maps(const lk_scratch *scratch);

#endif

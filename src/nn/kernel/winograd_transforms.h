/* winograd_transforms.h: how tiles and filters become positions and back. */
#ifndef LK_NN_KERNEL_WINOGRAD_TRANSFORMS_H
#define LK_NN_KERNEL_WINOGRAD_TRANSFORMS_H

#include "nn/kernel/winograd.h"

enum {
    LK_NN_WINOGRAD_TAPS = 7,    /* a side */
    LK_NN_WINOGRAD_WINDOW = 9,  /* taps of both sides */
    LK_NN_WINOGRAD_INPUTS = 10, /* pixels a side */
    LK_NN_WINOGRAD_PIXELS = 49, /* of a tile's inputs */
    LK_NN_WINOGRAD_OUTPUTS = 16 /* of a tile */
};

/* One direction: how a filter's taps become positions. */
typedef struct lk_nn_winograd_axis {
    size_t taps, stride, outputs, inputs, positions;
    const double (*filter)[LK_NN_WINOGRAD_TAPS]; /* [positions] */
} lk_nn_winograd_axis;

typedef struct lk_nn_winograd_transforms {
    const lk_nn_winograd_axis *axis[2]; /* vertical, horizontal */
    size_t positions;                  /* of both together, rows first */
    /* 16 channels of a tile's inputs, rows `row` floats apart, to positions
     * `position` floats apart. */
    void (*read)(float *out, size_t position, const float *in, size_t row);
    /* Back: a tile's outputs of 16 channels with their bias, a row behind the other. */
    void (*write)(float *out, const float *in, size_t position, const float *bias, bool relu);
} lk_nn_winograd_transforms;

const lk_nn_winograd_transforms *lk_nn_winograd_get(lk_nn_winograd_kind kind);

#endif

/* winograd_transforms.h: how tiles and filters become positions and back. */
#ifndef LK_NN_KERNEL_WINOGRAD_TRANSFORMS_H
#define LK_NN_KERNEL_WINOGRAD_TRANSFORMS_H

#include "nn/kernel/tile.h"

/* Named after window, step and outputs. Step 2 takes even and odd input pixels
 * apart: a filter of two taps over the even ones, of one over the odd ones. Seven
 * taps are four and three. */
typedef enum lk_nn_winograd_kind {
    LK_NN_WINOGRAD_3X3_1_4 = 0, /* 4x4 outputs of 6x6 inputs: 2.25 products each, not 9 */
    LK_NN_WINOGRAD_3X3_1_2,     /* 2x2 of 4x4: 4 */
    LK_NN_WINOGRAD_3X3_2_3,     /* 3x3 of 7x7: 5.4 */
    LK_NN_WINOGRAD_3X3_2_2,     /* 2x2 of 5x5: 6.25 */
    LK_NN_WINOGRAD_1X7_1_4,     /* 1x4 of 1x10: 3.25, not 7 */
    LK_NN_WINOGRAD_7X1_1_4,     /* 4x1 of 10x1 */
    LK_NN_WINOGRAD_1X7_1_8,     /* 1x8 of 1x14: 2.5 */
    LK_NN_WINOGRAD_7X1_1_8,     /* 8x1 of 14x1 */
    LK_NN_WINOGRAD_3X3_1_6,     /* 6x6 of 8x8: 1.78 */
    LK_NN_WINOGRAD_3X3_1_46,    /* 4x6 of 6x8: 2 */
    LK_NN_WINOGRAD_KINDS
} lk_nn_winograd_kind;

/* 4 outputs come from the values of polynomials at 0, A, -A, B, -B and infinity.
 * With these two a sum over 16 channels is off by 2.2e-7 of its size, with 1 and 2 by
 * 3.2e-7, done directly by 1.3e-7 (root mean squares, measured). */
#define LK_NN_WINOGRAD_A 0.625
#define LK_NN_WINOGRAD_B 1.5
/* 6 outputs from values at 0, infinity and these, with both signs: off by 1.7e-6. */
#define LK_NN_WINOGRAD_SIX_A .5
#define LK_NN_WINOGRAD_SIX_B 1.0
#define LK_NN_WINOGRAD_SIX_C 2.0

enum {
    LK_NN_WINOGRAD_TAPS = 7,    /* a side */
    LK_NN_WINOGRAD_WINDOW = 9,  /* taps of both sides */
    LK_NN_WINOGRAD_INPUTS = 14, /* pixels a side */
    LK_NN_WINOGRAD_PIXELS = 64, /* of a tile's inputs */
    LK_NN_WINOGRAD_OUTPUTS = 36 /* of a tile */
};

/* One direction: how a filter's taps become positions. */
typedef struct lk_nn_winograd_axis {
    size_t taps, stride, outputs, inputs, positions;
    const double (*filter)[LK_NN_WINOGRAD_TAPS]; /* [positions] */
} lk_nn_winograd_axis;

/* What a kind's tiles are, without the code that transforms them. */
typedef struct lk_nn_winograd_shape {
    const lk_nn_winograd_axis *axis[2]; /* vertical, horizontal */
    size_t positions;                   /* of both together, rows first */
} lk_nn_winograd_shape;

const lk_nn_winograd_shape *lk_nn_winograd_shape_of(lk_nn_winograd_kind kind);

/* 16 output channels of one input channel: taps[window][16] to out[positions][16],
 * `step` floats from position to position; in float64, rounded once. */
void lk_nn_winograd_filter(lk_nn_winograd_kind kind, float *out, size_t step,
                           double taps[LK_NN_WINOGRAD_WINDOW][LK_NN_LANES]);

/* 16 channels of a tile's inputs, in[inputs][inputs][16] with rows `row` numbers apart, to
 * out[positions][16], `position` numbers apart. */
typedef void lk_nn_winograd_read_fn(void *out, size_t position, const void *in, size_t row);

/* Back: in[positions][16] with bias[16] to out[outputs][outputs][16], rows `row` numbers
 * apart. */
typedef void lk_nn_winograd_write_fn(void *out, size_t row, const float *in, size_t position,
                                     const float *bias, bool relu);

/* A kind's tiles in AVX-512; NULL on other kinds of processor. */
typedef struct lk_nn_winograd_transforms {
    lk_nn_winograd_read_fn *read;
    lk_nn_winograd_write_fn *write, *write_floats;
    /* What a convolution takes in beside: in[count][16], with `sum` added to what `out`
     * holds, and a PReLU with slope[16] (NULL: none) or a ReLU of that. */
    void (*finish)(void *out, const float *in, size_t count, const float *slope, bool sum,
                   bool relu);
} lk_nn_winograd_transforms;

lk_nn_winograd_transforms lk_nn_winograd_get(lk_nn_winograd_kind kind);
/* NULL for the kinds from LK_NN_WINOGRAD_1X7_1_8 on. `read` from bf16, or from floats where
 * wide_in, to bf16; `write` and `finish` to bf16, or to floats where wide_out. */
lk_nn_winograd_transforms lk_nn_winograd_get_narrow(lk_nn_winograd_kind kind, bool wide_in,
                                                    bool wide_out);

#endif

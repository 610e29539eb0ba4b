/* rows.h: convolutions a row at a time, in channel-last layout: for small networks
 * over maps of any size (the face detector's), on any processor.
 *
 * A feature map is [height][width][stride] float32, stride >= channels; a row is
 * one line of it. Channels out are padded to blocks of 16, the widest vector, so
 * that no kernel has a tail: padded weights are zero, and so are their outputs.
 * Fully connected layers are 1x1 convolutions over a row of candidates. */
#ifndef LK_NN_KERNEL_ROWS_H
#define LK_NN_KERNEL_ROWS_H

#include "nn/kernel/tile.h"

enum { LK_NN_ROW_MAX_KERNEL = 3, LK_NN_ROW_MAX_POOL = 3 };

/* A square convolution without padding, stride 1, with bias and PReLU. */
typedef struct lk_nn_row_conv {
    size_t kernel;       /* rows and columns of the window */
    size_t in_channels;  /* that are read; the input's stride may be larger */
    size_t out_channels; /* multiple of LK_NN_LANES: the output's stride */
    float *weights;      /* [out_channels / 16][kernel][kernel][in_channels][16] */
    float *bias;         /* [out_channels] */
    float *slope;        /* [out_channels], below zero; 1 where there is no PReLU; NULL where there
                          * is no bias either */
} lk_nn_row_conv;

/* Allocates zeroed weights, and slopes of 1. */
lk_status lk_nn_row_conv_create(lk_nn_row_conv *conv, size_t kernel, size_t in_channels,
                                size_t out_channels) LK_MUST_USE;
void lk_nn_row_conv_clear(lk_nn_row_conv *conv);

/* The place of one weight in `weights`. */
float *lk_nn_row_conv_weight(const lk_nn_row_conv *conv, size_t out_channel, size_t row,
                             size_t column, size_t in_channel);

/* out[width][conv->out_channels] from rows[kernel][width + kernel - 1][stride]. `out`
 * lies on a 64-byte boundary. */
typedef void lk_nn_row_conv_fn(const lk_nn_row_conv *conv, float *out, const float *const *rows,
                               size_t stride, size_t width);

/* Maximum over `row_count` rows and `size` columns at a step of 2: out[width]
 * [channels] from rows[row_count][in_width][channels]; a window is clipped at
 * in_width, as ceil_mode has it. Channels
 * are a multiple of 16 and rows lie on 64-byte boundaries. */
typedef void lk_nn_row_max_fn(float *out, const float *const *rows, size_t row_count, size_t size,
                              size_t in_width, size_t width, size_t channels);

/* Winograd's transforms (rows_winograd.c) of tiles [first, first + count) of a row of tiles. To
 * positions: from n rows[width][stride], n = 4, 5 or 6, to out[n * n][count][stride], positions
 * `step` floats apart. A tile that reaches over the border repeats the last pixel: it counts only
 * for outputs that are dropped. Back, with bias and PReLU: in[n * n][count][conv->out_channels],
 * likewise, to `row_count` rows[width][conv->out_channels]. All memory lies on 64-byte
 * boundaries. */
typedef void lk_nn_row_read_fn(float *out, size_t step, const float *const *rows, size_t stride,
                               size_t width, size_t first, size_t count);
typedef void lk_nn_row_write_fn(const lk_nn_row_conv *conv, float *const *rows, size_t row_count,
                                const float *in, size_t step, size_t width, size_t first,
                                size_t count);

/* A 3x3 convolution of four rows of width + 2 pixels, of whose two rows `row_count` count, pooled
 * at a step of 2 to out[(width + 1) / 2][out_channels]. With `pool` 2: maxima of squares of 2x2,
 * of what there is at the end. With 3, for two rows of even width: of 3x3, of what these two rows
 * have; `above` is what the two before gave, which their third row now is added to; NULL: none.
 * `weights` are of lk_nn_row_first_create. A row is its pixels 0, 2, 4..., [..][3], and, `odd`
 * floats from its start on, the others; behind them lies rows_first.h's slack. */
typedef void lk_nn_row_first_fn(const lk_nn_row_conv *conv, const float *weights, float *out,
                                float *above, size_t row_count, const float *const *rows,
                                size_t odd, size_t width, size_t pool);

/* out[width] = bias + the products of in[width][channels] and weights[channels]; channels are a
 * multiple of 16, `in` and `weights` lie on 64-byte boundaries. */
typedef void lk_nn_row_dot_fn(float *out, const float *in, const float *weights, float bias,
                              size_t channels, size_t width);

/* Inputs a side: 4 (3x3 outputs of a 2x2 convolution), 5 and 6 (3x3 and 4x4 of a 3x3 one). */
enum { LK_NN_ROW_TILE_KINDS = 3, LK_NN_ROW_TILE_LEAST = 4 };

/* One implementation for one instruction set. They differ in rounding only: the
 * AVX kernels fuse multiply and add, the order of the sum is the same. */
typedef struct lk_nn_row_kernels {
    const char *name;
    lk_nn_row_conv_fn *conv_row;
    lk_nn_row_max_fn *max_row;
    lk_nn_row_first_fn *first_rows;
    lk_nn_row_dot_fn *dot_row;
    lk_nn_row_read_fn *read_tiles[LK_NN_ROW_TILE_KINDS]; /* from LK_NN_ROW_TILE_LEAST on */
    lk_nn_row_write_fn *write_tiles[LK_NN_ROW_TILE_KINDS];
} lk_nn_row_kernels;

extern const lk_nn_row_kernels lk_nn_rows_plain;
#if defined(__x86_64__)
extern const lk_nn_row_kernels lk_nn_rows_avx2;
extern const lk_nn_row_kernels lk_nn_rows_avx512;
#endif

/* The kernels that this processor can run, best first; NULL past the end. */
const lk_nn_row_kernels *lk_nn_row_kernels_get(size_t index);

#endif

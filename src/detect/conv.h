/* Convolutions of the three small networks, in channel-last layout.
 *
 * A feature map is [height][width][stride] float32, stride >= channels; a row is
 * one line of it. Channels out are padded to blocks of 16, the widest vector, so
 * that no kernel has a tail: padded weights are zero, and so are their outputs.
 * Fully connected layers are 1x1 convolutions over a row of candidates. */
#ifndef LK_DETECT_CONV_H
#define LK_DETECT_CONV_H

#include <likeness/base.h>

enum { LK_CONV_BLOCK = 16, LK_CONV_MAX_KERNEL = 3, LK_POOL_MAX = 3 };

/* A square convolution without padding, stride 1, with bias and PReLU. */
typedef struct lk_conv {
    size_t kernel;       /* rows and columns of the window */
    size_t in_channels;  /* that are read; the input's stride may be larger */
    size_t out_channels; /* multiple of LK_CONV_BLOCK: the output's stride */
    float *weights;      /* [out_channels / 16][kernel][kernel][in_channels][16] */
    float *bias;         /* [out_channels] */
    float *slope;        /* [out_channels], below zero; 1 where there is no PReLU */
} lk_conv;

/* Allocates zeroed weights, and slopes of 1. */
lk_status lk_conv_create(lk_conv *conv, size_t kernel, size_t in_channels,
                         size_t out_channels) LK_MUST_USE;
void lk_conv_clear(lk_conv *conv);

/* The place of one weight in `weights`. */
float *lk_conv_weight(const lk_conv *conv, size_t out_channel, size_t row, size_t column,
                      size_t in_channel);

/* out[width][conv->out_channels] from `kernel` input rows, each of at least
 * width + kernel - 1 pixels of `stride` floats. `out` lies on a 64-byte boundary. */
typedef void lk_conv_row_fn(const lk_conv *conv, float *out, const float *const *rows,
                            size_t stride, size_t width);

/* Maximum over `row_count` rows and `size` columns at a step of 2: out[width]
 * [channels]; a window is clipped at in_width, as ceil_mode has it. Channels
 * are a multiple of 16 and rows lie on 64-byte boundaries. */
typedef void lk_max_row_fn(float *out, const float *const *rows, size_t row_count, size_t size,
                           size_t in_width, size_t width, size_t channels);

/* One implementation for one instruction set. They differ in rounding only: the
 * AVX kernels fuse multiply and add, the order of the sum is the same. */
typedef struct lk_conv_kernels {
    const char *name;
    lk_conv_row_fn *conv_row;
    lk_max_row_fn *max_row;
} lk_conv_kernels;

extern const lk_conv_kernels lk_conv_plain;
#if defined(__x86_64__)
extern const lk_conv_kernels lk_conv_avx2;
extern const lk_conv_kernels lk_conv_avx512;
#endif

/* The kernels that this processor can run, best first; NULL past the end. */
const lk_conv_kernels *lk_conv_kernels_get(size_t index);

#endif

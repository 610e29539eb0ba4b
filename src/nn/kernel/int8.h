/* int8.h: convolutions of whole numbers: activations of 8 bits without a sign, x = scale
 * (q - zero), by weights of 8 bits with one, w = scale q of each output channel. Their
 * products are summed in 32 bits, exactly, so that every processor gets the same sums; what
 * is done to the sums then is rounded step by step and the same everywhere, too. */
#ifndef LK_NN_KERNEL_INT8_H
#define LK_NN_KERNEL_INT8_H

#include "nn/kernel/narrow.h"
#include "nn/nn.h"

enum {
    LK_NN_INT8_LEAST = -127,            /* of a weight; the largest is 127 */
    LK_NN_INT8_MOST_PRODUCTS = 1 << 16, /* that 32 bits hold the sum of: 255 * 128 each */
    LK_NN_INT8_PIXELS = 12,             /* of a tile, at most */
    LK_NN_INT8_BLOCKS = 4,              /* output blocks of a tile, at most */
    LK_NN_INT8_LINES = 4                /* of the cache that a tap's weights take */
};

/* A convolution over planes in blocks of `lanes` channels. */
typedef struct lk_nn_int8 {
    size_t images, in_blocks, out_blocks, lanes;        /* lanes: 8 or 16 */
    size_t in[2], out[2], kernel[2], stride[2], pad[2]; /* {vertical, horizontal} */
    bool sum;                                           /* add onto what dst holds */
    bool relu;
    const float *slope;          /* of a PReLU, [out_blocks][lanes]; NULL: none */
    lk_nn_scale from, to, trunk; /* of src, dst, and what dst holds before */
    bool wide_in, wide_out;      /* src, dst are floats */
    const void *src;             /* [images][in_blocks][in[0]][in[1]][lanes] */
    const int8_t *weights;       /* as lk_nn_int8_filters lays them out */
    const float *scale, *bias;   /* of sums: result = scale sum + bias; [out_blocks][lanes] */
    void *dst;                   /* [images][out_blocks][out[0]][out[1]][lanes] */
    uint8_t *twin;        /* with wide_out: gets dst in whole numbers of `to`, too; or NULL */
    uint8_t *scratch;     /* [lk_nn_int8_scratch] */
    const int16_t *fewer; /* transformed weights: to be run as int8_winograd.h does; or NULL */
    const struct lk_nn_amx *amx; /* by these tiles (int8_amx.c); NULL: without */
    size_t threads;              /* with either: that it runs with, at most, and ... */
    char *own;                   /* ... memory of each: [threads][own_step] */
    size_t own_step;
    const struct lk_nn_int8 *next; /* whose first weights are fetched early; NULL: none */
    bool small;                    /* lk_nn_int8_is_small says so */
    bool plain;                    /* without the processor's instructions */
} lk_nn_int8;

/* Some output pixels of some output blocks. Distances in the input are in bytes. */
typedef struct lk_nn_int8_tile {
    const lk_nn_int8 *conv;
    const uint8_t *in;
    size_t at[LK_NN_INT8_PIXELS]; /* where each pixel's first tap lies in `in` */
    size_t to[LK_NN_INT8_PIXELS]; /* where its result goes in a block, in numbers */
    size_t count;                 /* pixels; those behind are the last one again */
    size_t in_block, in_row;      /* from one to the next */
    size_t blocks, rows, columns; /* of the input; of the window, as far as it is inside */
    size_t out_block, out_blocks; /* the first one; how many */
    const int8_t *weights;
    size_t weight_in, weight_out, weight_row; /* to the next input and output block, and row */
    const int8_t *ahead; /* weights to fetch early, as if they lay as `weights`; NULL: none */
    size_t ahead_out;
    int ahead_first, ahead_last; /* which of each tap's LK_NN_INT8_LINES */
} lk_nn_int8_tile;

typedef void lk_nn_int8_tile_fn(const lk_nn_int8_tile *tile);

/* The processor has AVX512_VNNI. */
bool lk_nn_int8_available(void);
/* The function for a tile of `blocks` output blocks where `left` pixels are to be done, if the
 * processor has it, and how many pixels it takes. */
lk_nn_int8_tile_fn *lk_nn_int8_tile_get(const lk_nn_int8 *conv, size_t blocks, size_t left,
                                        size_t *pixels);

/* Numbers are rounded once: what is only written as whole numbers is scaled for these straight
 * away, by `scale / to.scale` and `bias / to.scale + to.zero`. */
static inline bool lk_nn_int8_straight(const lk_nn_int8 *conv)
{
    return !conv->wide_out && !conv->sum && !conv->slope;
}

/* Whether all that sums by scale and bias can give are whole numbers of 32 bits, before they are
 * cut to 8. */
bool lk_nn_int8_is_small(const lk_nn_int8 *conv);

/* q of count numbers, a multiple of 16, the nearest, of two the even one. */
void lk_nn_int8_quantise(uint8_t *out, const float *in, size_t count, lk_nn_scale scale);

/* The same on any processor. */
static inline uint8_t lk_nn_int8_of(float x, float inverse, float zero)
{
    const float whole = 12582912.0f; /* 1.5 * 2^23: what is added to it is rounded */
    float q = x * inverse + zero;
    uint32_t bits;
    q = q > 0 ? q : 0; /* a NaN, too */
    q = (q < 255 ? q : 255) + whole;
    memcpy(&bits, &q, sizeof bits);
    return bits & 0xff;
}

/* Lays filters[shape[0]][shape[1]][shape[2]][shape[3]] out as `weights`,
 * [out blocks][in blocks][window][lanes / 4][lanes out][4 in]; channels fill their blocks. */
void lk_nn_int8_filters(int8_t *weights, const int8_t *filters, const size_t shape[4],
                        size_t lanes);

/* With conv->amx: bytes of scratch memory that each thread wants (conv->own), a multiple of 64;
 * and a thread's part, for which floats that it reads have become whole numbers in
 * conv->scratch. */
size_t lk_nn_int8_amx_own(const lk_nn_int8 *conv);
void lk_nn_int8_amx_run(const lk_nn_int8 *conv, size_t thread, size_t threads);

/* Bytes of scratch memory that a run wants. */
size_t lk_nn_int8_scratch(const lk_nn_int8 *conv);
void lk_nn_int8_run(const lk_nn_int8 *conv);

#endif

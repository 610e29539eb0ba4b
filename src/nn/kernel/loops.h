/* loops.h: the layers that need no primitive: plain vectorisable loops over
 * activations, parallel over planes. */
#ifndef LK_NN_KERNEL_LOOPS_H
#define LK_NN_KERNEL_LOOPS_H

#include "nn/kernel/narrow.h"
#include "nn/nn.h"

/* An activation in memory: [n, groups, plane, lanes]. Blocked planes have a
 * block of channels a group (padding lanes hold zeros, and every loop here keeps
 * them so); plain planes have one lane, a plain vector one group of all its
 * channels. */
typedef struct lk_nn_view {
    size_t n, channels, groups, plane, lanes;
    bool vector;
    lk_nn_format format; /* others than floats of planes in blocks; only those loops below take
                          * them that say so */
    lk_nn_scale scale;   /* of whole numbers */
    bool twin;           /* floats that lie as whole numbers, too, or in bf16 ... */
    void *twin_data;     /* ... here, once for all who read such */
    float *data;         /* [n][groups][plane][lanes] */
} lk_nn_view;

/* Numbers that the view holds. */
size_t lk_nn_view_size(const lk_nn_view *view);
/* Floats whose memory they take. */
size_t lk_nn_view_floats(const lk_nn_view *view);

/* out = scale[c] * in + shift[c]; both [groups * lanes], padded with zeros. */
void lk_nn_loop_affine(const lk_nn_view *out, const lk_nn_view *in, const float *scale,
                       const float *shift);
/* out = in > 0 ? in : slope[c] * in; slope likewise, NULL: 0. */
void lk_nn_loop_prelu(const lk_nn_view *out, const lk_nn_view *in, const float *slope);
/* out = scale * branch + trunk, all of one shape. */
void lk_nn_loop_residual(const lk_nn_view *out, const lk_nn_view *branch, const lk_nn_view *trunk,
                         float scale);
/* Blocked planes and how high and wide they are. */
typedef struct lk_nn_map {
    const lk_nn_view *view;
    size_t height, width;
} lk_nn_map;

/* The mean of each window of `layer`, of what lies inside the plane, or with
 * layer->count_padding of all; of equal blocks. */
void lk_nn_loop_meanpool(const lk_nn_map *out, const lk_nn_map *in, const lk_nn_layer *layer);
/* out = a + b, zeros where one has no such channel, row or column; of equal blocks. */
void lk_nn_loop_fillsum(const lk_nn_map *out, const lk_nn_map *a, const lk_nn_map *b);
/* in: planes, of any format; out: a plain vector [n, channels]. */
void lk_nn_loop_avgpool(const lk_nn_view *out, const lk_nn_view *in);
/* in: planes; out: a plain vector [n, channels * plane], a channel after the other. */
void lk_nn_loop_flatten(const lk_nn_view *out, const lk_nn_view *in);
/* Puts `in` at channel `offset` of out; a multiple of out's lanes is fastest. Both of
 * one format. */
void lk_nn_loop_place(const lk_nn_view *out, const lk_nn_view *in, size_t offset);
/* Zeros the lanes behind the last channel; of any format. */
void lk_nn_loop_clear_padding(const lk_nn_view *view);
/* Any view into any other of the same shape: plain to blocked and back. */
void lk_nn_loop_copy(const lk_nn_view *out, const lk_nn_view *in);
/* Over the channels of a pixel: out = in / max(|in|, epsilon). */
void lk_nn_loop_l2norm(const lk_nn_view *out, const lk_nn_view *in, double epsilon);

#endif

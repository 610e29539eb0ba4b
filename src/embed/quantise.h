/* quantise.h: a network whose weights are being quantised. */
#ifndef LK_EMBED_QUANTISE_H
#define LK_EMBED_QUANTISE_H

#include "embed/quantised.h"
#include "embed/ranges.h"
#include "nn/infer/fuse.h"

/* What is known of an activation that quantised convolutions read. */
typedef struct lk_activation {
    lk_range *range; /* its own, or that of activations that must have the same scale */
    lk_nn_scale scale;
    size_t channels;
    double *means, *rounded; /* [channels], sums at first */
    double numbers;          /* of each channel */
} lk_activation;

typedef enum lk_quantise_pass {
    LK_PASS_WIDEN = 0,
    LK_PASS_COUNT,
    LK_PASS_MEANS,
    LK_PASSES
} lk_quantise_pass;

typedef struct lk_quantiser {
    const lk_tensors *weights;
    const lk_nn_graph *graph;
    lk_nn_fused *steps;
    size_t step_count;
    size_t *group;       /* [layers], of equal scale: the first layer that it is one with */
    lk_range **owned;    /* [layers], of those */
    lk_activation *seen; /* [layers] */
    lk_quantise_pass pass;
    lk_tensors *out;
} lk_quantiser;

/* Weights, rows of which have a scale each. */
typedef struct lk_rounded {
    size_t rows, row;
    float *values, *scale;
    int8_t *whole;
} lk_rounded;

/* Whether the layer becomes whole numbers. The first convolution stays as it is: its input is
 * not an activation. */
bool lk_quantiser_wants(const lk_quantiser *q, const lk_nn_layer *layer);
/* What a layer reads. */
const lk_activation *lk_quantiser_input(const lk_quantiser *q, size_t layer);

/* Room for `count` weights; lk_quantiser_free in any case. */
lk_status lk_quantiser_begin(lk_rounded *out, size_t rows, size_t count) LK_MUST_USE;
/* The nearest whole numbers to its values. */
void lk_quantiser_round(lk_rounded *r);
void lk_quantiser_free(lk_rounded *r);
/* By how much rounding makes the mean of an output channel too large. */
double lk_quantiser_excess(const lk_rounded *r, const lk_activation *seen, size_t channel);

/* Puts the graph of an ONNX file with its weights as whole numbers into q->out. */
lk_status lk_quantiser_write_onnx(lk_quantiser *q) LK_MUST_USE;

#endif

/* packed_layer.h: what packed.c makes of a layer, and keep.c keeps. */
#ifndef LK_NN_INFER_PACKED_LAYER_H
#define LK_NN_INFER_PACKED_LAYER_H

#include "nn/dnnl/shim.h"
#include "nn/kernel/winograd.h"
#include "nn/model.h"

typedef struct lk_nn_packed_layer {
    lk_dnnl_weights **layouts; /* [0] holds all the numbers, unless all are borrowed */
    size_t count, capacity;
    float *winograd[LK_NN_WINOGRAD_KINDS];   /* NULL: no kernel has wanted it */
    float *narrow[LK_NN_WINOGRAD_KINDS + 1]; /* the same in bf16, and last direct.h's */
    float *rows;                             /* of grouped.h or dense.h, instead of these */
    bool is_plain;                           /* no kernel reads layouts[0] yet */
    size_t shape[4];                         /* of the weights, channels padded */
    float *channels[2];                      /* bias; or scale and shift; or slope */
    size_t row_bytes, channel_bytes;         /* of `rows`, and of each of `channels` */
} lk_nn_packed_layer;

struct lk_nn_packed_set {
    size_t count;                /* layers of the graph */
    lk_nn_packed_layer **layers; /* [count], NULL where a layer has none (yet) */
    const lk_nn_kept *kept;      /* whose memory some of it is */
};

/* Where the model keeps a layer's; a model without any gets a set. */
LK_MUST_USE lk_status lk_nn_packed_slot(lk_nn_packed_layer ***out, lk_nn_model *model,
                                        size_t layer);
/* NULL does nothing. What lies in `kept` stays. */
void lk_nn_packed_layer_destroy(lk_nn_packed_layer *packed, const lk_nn_kept *kept);

/* Kinds of parts. Those of Winograd's and their narrow ones are followed by what follows
 * from the kind of transform. */
typedef enum lk_nn_part_kind {
    LK_NN_PART_LAYOUT = 0, /* the layout: lk_dnnl_form */
    LK_NN_PART_ROWS,
    LK_NN_PART_CHANNELS,                                           /* and the second */
    LK_NN_PART_WINOGRAD = LK_NN_PART_CHANNELS + 2,                 /* + lk_nn_winograd_kind */
    LK_NN_PART_NARROW = LK_NN_PART_WINOGRAD + LK_NN_WINOGRAD_KINDS /* likewise */
} lk_nn_part_kind;

/* Bytes of the parts that `shape` gives the size of; `kind` LK_NN_WINOGRAD_KINDS: direct.h's. */
size_t lk_nn_packed_numbers(const size_t shape[4], size_t kind);

/* Sets *out to a part of `bytes` bytes that the model's file has; leaves it, if it has
 * none, and notes that more is packed than the file holds. True where it has. */
bool lk_nn_packed_find(float **out, lk_nn_model *model, size_t layer, unsigned kind,
                       uint64_t layout, size_t bytes);
/* The number of a layout that is of our own making, from the weights' shape. */
uint64_t lk_nn_packed_form(const size_t shape[4]);

#endif

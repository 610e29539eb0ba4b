/* build.h: a network being made of an ONNX graph, for the files of this room. */
#ifndef LK_ONNX_BUILD_H
#define LK_ONNX_BUILD_H

#include "onnx/onnx.h"

enum {
    LK_ONNX_RANK = 4,      /* directions that operators work on */
    LK_ONNX_MOST_RANK = 6, /* that a result may have between two reshapes */
    LK_ONNX_LAYERS = 4096
};

/* Numbers that are known before any image is. */
typedef struct lk_onnx_array {
    size_t rank, shape[LK_MAX_RANK], count;
    float *real;       /* one of the two is NULL */
    int64_t *whole;    /* whole numbers, truth values */
    lk_onnx_type type; /* that it has in the file; 0: it was computed */
    /* What whole numbers from -128 to 127 were multiplied by, one of each row, or one in all;
     * NULL: it is none of such. */
    const struct lk_onnx_array *steps;
} lk_onnx_array;

/* How a layer's result lies, as nn/infer/layout.c decides it. */
typedef enum lk_onnx_lie { LK_ONNX_BLOCKS, LK_ONNX_PLAINLY, LK_ONNX_VECTOR } lk_onnx_lie;

/* What a name of the graph stands for. */
typedef struct lk_onnx_item {
    enum { LK_ONNX_NOTHING, LK_ONNX_ARRAY, LK_ONNX_LAYER } kind;
    lk_onnx_array *array;
    const lk_onnx_tensor *tensor; /* of the file, that the array is made of when a node reads it */
    size_t layer, rank, shape[LK_ONNX_MOST_RANK]; /* of a layer; shape[0] is 1, the image */
    lk_onnx_lie lie;
    bool channels_last; /* the image, which only a Transpose may read that puts it right */
    bool quantised;     /* only a DequantizeLinear may read it */
    bool scaled;        /* it is, or was, as bytes: */
    lk_nn_scale scale;  /* not checked */
    size_t readers;     /* nodes, and the graph's output */
} lk_onnx_item;

/* A layer's numbers, in the order in which nn asks for them. */
typedef struct lk_onnx_parameter {
    const float *numbers;
    float *owned; /* the same, or NULL */
    size_t count;
} lk_onnx_parameter;

/* A convolution that the file has in whole numbers. */
typedef struct lk_onnx_whole_conv {
    size_t layer, channels;
    const lk_onnx_array *steps; /* of its weights */
    lk_nn_scale input;
} lk_onnx_whole_conv;

typedef struct lk_onnx_build {
    const lk_onnx *onnx;
    const lk_onnx_node *node; /* the one at work */
    lk_nn_graph graph;
    lk_onnx_item *items; /* [onnx->value_count] */
    bool *needed;        /* [onnx->value_count] */
    lk_onnx_array **arrays;
    size_t array_count, array_capacity;
    lk_onnx_parameter *parameters;
    size_t parameter_count, parameter_capacity, parameter_next;
    lk_onnx_whole_conv *wholes;
    size_t whole_count, whole_capacity;
    size_t *nodes; /* [graph.count], which each layer is of; the image is of none */
    size_t node_capacity;
    size_t numbers_left; /* that arrays and parameters may still hold */
    double products;     /* multiplications of an image */
    lk_onnx_item first;  /* the image, channels first */
    size_t channels;
    double scale[4], shift[4];
} lk_onnx_build;

/* Fails with a text that names the node at work. */
lk_status lk_onnx_fail(const lk_onnx_build *build, lk_status status, const char *format, ...)
    LK_PRINTF(3, 4);
#define LK_ONNX_REQUIRE(cond, build, status, ...)                                                  \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            lk_onnx_fail((build), (status), __VA_ARGS__);                                          \
            return (status);                                                                       \
        }                                                                                          \
    } while (0)

/* ---- what the node at work reads and makes (node.c) ---- */

/* Input `index`; its kind is LK_ONNX_NOTHING where the node has none. */
const lk_onnx_item *lk_onnx_input(lk_onnx_build *build, size_t index);
/* Input `index` must be a layer, an array (of floats, of whole numbers); *out NULL only for
 * the optional ones. A layer has at most LK_ONNX_RANK directions, but of the second. */
lk_status lk_onnx_layer_input(lk_onnx_build *build, size_t index, lk_onnx_item *out) LK_MUST_USE;
lk_status lk_onnx_any_layer_input(lk_onnx_build *build, size_t index,
                                  lk_onnx_item *out) LK_MUST_USE;
lk_status lk_onnx_reals(lk_onnx_build *build, size_t index, bool optional,
                        const lk_onnx_array **out) LK_MUST_USE;
lk_status lk_onnx_wholes(lk_onnx_build *build, size_t index, bool optional,
                         const lk_onnx_array **out) LK_MUST_USE;
/* What the node's output `index` stands for. */
lk_status lk_onnx_make(lk_onnx_build *build, size_t index, const lk_onnx_item *item) LK_MUST_USE;
lk_status lk_onnx_make_array(lk_onnx_build *build, lk_onnx_array *array) LK_MUST_USE;

int64_t lk_onnx_integer(const lk_onnx_build *build, const char *name, int64_t otherwise);
double lk_onnx_real(const lk_onnx_build *build, const char *name, double otherwise);
/* A list of whole numbers, which is an attribute or, in newer versions, input `index` (0:
 * never). *there is false where neither is. */
lk_status lk_onnx_list(lk_onnx_build *build, const char *name, size_t index,
                       int64_t out[LK_MAX_RANK], size_t *count, bool *there) LK_MUST_USE;
/* An axis as a number below `rank`; negative ones count from the end. */
lk_status lk_onnx_axis(const lk_onnx_build *build, int64_t axis, size_t rank,
                       size_t *out) LK_MUST_USE;

/* A place from 0 to extent; negative ones count from the end. */
size_t lk_onnx_place(int64_t at, size_t extent);

/* A new array of zeros, which the build owns. */
lk_status lk_onnx_array_new(lk_onnx_build *build, lk_onnx_array **out, bool whole,
                            const size_t *shape, size_t rank) LK_MUST_USE;
/* The numbers of the node's input `index`, which nobody reads after it, are let go; those of an
 * initialiser alone. */
void lk_onnx_let_go(lk_onnx_build *build, size_t index);
/* An initialiser's or attribute's numbers. */
lk_status lk_onnx_array_of(lk_onnx_build *build, lk_onnx_array **out,
                           const lk_onnx_tensor *tensor) LK_MUST_USE;

/* ---- layers (layer.c) ---- */

/* A layer that reads `from` (NULL: nothing) and is named after the node. */
lk_nn_layer lk_onnx_new_layer(const lk_onnx_build *build, lk_nn_op op, const lk_onnx_item *from);
/* Adds it; *item gets its number, and keeps rank, shape and lie, which the caller set. */
lk_status lk_onnx_add_layer(lk_onnx_build *build, const lk_nn_layer *layer,
                            lk_onnx_item *item) LK_MUST_USE;
/* The numbers of the layer that is added next: `numbers` live as long as the build, or are
 * taken over. */
lk_status lk_onnx_give(lk_onnx_build *build, const float *numbers, size_t count) LK_MUST_USE;
lk_status lk_onnx_take(lk_onnx_build *build, float *numbers, size_t count) LK_MUST_USE;

/* {channels, height, width} of an item, and the direction that an axis is. */
lk_nn_shape lk_onnx_shape(const lk_onnx_item *item);
size_t lk_onnx_direction(const lk_onnx_item *item, size_t axis);

/* *item, of rank 4, in blocks. */
lk_status lk_onnx_to_blocks(lk_onnx_build *build, lk_onnx_item *item) LK_MUST_USE;
/* How a result of this shape lies that is written plainly. */
lk_onnx_lie lk_onnx_lie_plainly(const lk_onnx_item *item);
/* Adds a layer of one input that writes its result plainly; item's rank and shape are set. */
lk_status lk_onnx_add_plain(lk_onnx_build *build, const lk_nn_layer *layer,
                            lk_onnx_item *item) LK_MUST_USE;
/* *item with so many `value`s before and behind it in each direction. */
lk_status lk_onnx_pad(lk_onnx_build *build, lk_onnx_item *item, const size_t before[LK_ONNX_RANK],
                      const size_t behind[LK_ONNX_RANK], double value) LK_MUST_USE;
/* An array as a layer, aligned to the last of `rank` directions. */
lk_status lk_onnx_add_constant(lk_onnx_build *build, const lk_onnx_array *array, size_t rank,
                               lk_onnx_item *item) LK_MUST_USE;
/* *item = function(*item). */
lk_status lk_onnx_activate(lk_onnx_build *build, lk_onnx_item *item, lk_nn_function function,
                           double alpha, double beta) LK_MUST_USE;
/* *item times factors plus sums, a number a channel; may be left to who fills in the input. */
lk_status lk_onnx_affine(lk_onnx_build *build, lk_onnx_item *item, const double *factors,
                         const double *sums) LK_MUST_USE;
/* *out = a arithmetic b. */
lk_status lk_onnx_binary(lk_onnx_build *build, lk_onnx_item *out, const lk_onnx_item *a,
                         const lk_onnx_item *b, lk_nn_arithmetic arithmetic) LK_MUST_USE;
/* *item as so many numbers a direction. */
lk_status lk_onnx_reshape_to(lk_onnx_build *build, lk_onnx_item *item, const size_t *shape,
                             size_t rank) LK_MUST_USE;
/* *item over the directions whose axes are set; shape and lie are set. */
lk_status lk_onnx_reduce(lk_onnx_build *build, lk_onnx_item *item, lk_nn_reduction reduction,
                         const bool axes[LK_ONNX_RANK]) LK_MUST_USE;
/* An array as a number a channel of `item`, in a new list; *out NULL: it is none. */
lk_status lk_onnx_channels(lk_onnx_build *build, const lk_onnx_array *array,
                           const lk_onnx_item *item, double **out) LK_MUST_USE;

/* ---- convolutions in whole numbers (whole.c) ---- */

/* What QuantizeLinear, the node at work, makes of *item. */
void lk_onnx_quantise(lk_onnx_build *build, lk_onnx_item *item);
/* *made are `numbers` times `scale`, each times that of its block along an axis. */
void lk_onnx_note_steps(lk_onnx_array *made, const lk_onnx_array *numbers,
                        const lk_onnx_array *scale, const lk_onnx_array *zero);
/* Convolution `layer` of such weights reads *from: where both are whole numbers, it can be done
 * in them. */
lk_status lk_onnx_note_whole(lk_onnx_build *build, size_t layer, const lk_onnx_item *from,
                             const lk_onnx_array *weight) LK_MUST_USE;
/* Says it to the model. */
lk_status lk_onnx_set_wholes(const lk_onnx_build *build, lk_nn_model *model) LK_MUST_USE;

/* ---- all (network.c) ---- */

/* Goes through the graph, but makes no model. lk_onnx_build_clear in any case. */
lk_status lk_onnx_build_graph(lk_onnx_build *build, lk_onnx_network *out, size_t height,
                              size_t width) LK_MUST_USE;
void lk_onnx_build_clear(lk_onnx_build *build);

/* ---- operators ---- */

typedef lk_status (*lk_onnx_operator_fn)(lk_onnx_build *build);

/* Finds the operator in a file's table; NULL: not there. */
lk_onnx_operator_fn lk_onnx_window_operator(lk_onnx_text name);    /* convolutions, pools */
lk_onnx_operator_fn lk_onnx_number_operator(lk_onnx_text name);    /* number by number */
lk_onnx_operator_fn lk_onnx_tensor_operator(lk_onnx_text name);    /* products, means, parts */
lk_onnx_operator_fn lk_onnx_reshaping_operator(lk_onnx_text name); /* other orders and shapes */
lk_onnx_operator_fn lk_onnx_folding_operator(lk_onnx_text name);   /* sums and the like of arrays */
lk_onnx_operator_fn lk_onnx_moving_operator(lk_onnx_text name);    /* arrays moved about */

typedef struct lk_onnx_operator {
    const char *name;
    lk_onnx_operator_fn run;
} lk_onnx_operator;
lk_onnx_operator_fn lk_onnx_find_operator(const lk_onnx_operator *table, size_t count,
                                          lk_onnx_text name);

#endif

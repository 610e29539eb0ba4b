/* nn.h: a network is data, a list of layers; this header builds and loads one.
 *
 * Things that live apart:
 *   lk_nn_graph    the layers, in the order they run; knows names and shapes,
 *                  no numbers.
 *   lk_nn_model    a graph and its parameters under their published names;
 *                  immutable once created, shared between threads.
 *   lk_nn_session  runs a model: nn/infer/processor.h.
 *   lk_nn_train    trains one: nn/train/train.h. */
#ifndef LK_NN_NN_H
#define LK_NN_NN_H

#include <likeness/base.h>

#include "nn/kept.h"

enum {
    LK_NN_MAX_INPUTS = 4,
    LK_NN_MAX_OUTPUTS = 12,
    LK_NN_NAME = 64 /* bytes of a layer's name with its end */
};

typedef enum lk_nn_op {
    LK_NN_INPUT = 0,
    LK_NN_CONV,   /* NAME.weight [out,in,kh,kw], NAME.bias [out] if `bias` */
    LK_NN_LINEAR, /* NAME.weight [out,in], NAME.bias [out] if `bias` */
    LK_NN_NORM,   /* batch norm: NAME.weight .bias .running_mean .running_var, all [c] */
    LK_NN_RELU,
    LK_NN_PRELU, /* NAME.weight [c] */
    LK_NN_MAXPOOL,
    LK_NN_AVGPOOL,  /* over the whole plane: [c,h,w] -> [c,1,1] */
    LK_NN_CONCAT,   /* of channels */
    LK_NN_RESIDUAL, /* scale * first input + second input */
    LK_NN_FLATTEN,  /* [c,h,w] -> [c*h*w,1,1] */
    LK_NN_DROPOUT,  /* nothing in inference */
    LK_NN_L2NORM,   /* over channels: x / max(|x|, epsilon) */
    LK_NN_MEANPOOL, /* the mean of each window, of what lies inside */
    LK_NN_FILLSUM,  /* first + second input, in each direction, channels too, as large as the
                     * larger, zeros where one has nothing */

    /* What networks from elsewhere are made of beside; no training. */
    LK_NN_ACTIVATE,  /* `function` of each number */
    LK_NN_BINARY,    /* first `arithmetic` second input; one of extent 1 is stretched */
    LK_NN_CONSTANT,  /* NAME.weight [c,h,w], the same for all images; only binary and matmul read it
                      */
    LK_NN_MATMUL,    /* of each channel [h,k] x [k,w]; one channel serves all */
    LK_NN_TRANSPOSE, /* direction i of the result is direction axes[i] of the input */
    LK_NN_RESHAPE,   /* [c,h,w] -> extent, as the numbers lie in memory */
    LK_NN_REDUCE,    /* over each direction i with axes[i], of which 1 is left: `reduction` */
    LK_NN_SOFTMAX,   /* along axes[0] */
    LK_NN_SLICE,     /* of direction axes[0], extent[1] from extent[0] on */
    LK_NN_UPSAMPLE,  /* each pixel `stride` times */
    LK_NN_PAD,       /* in direction i axes[i] numbers before and extent[i] behind, all alpha */
    LK_NN_PACK,      /* planes again, of what lies plainly */
    LK_NN_OPS
} lk_nn_op;

typedef enum lk_nn_function {
    LK_NN_CLIP = 0,     /* to alpha at least, beta at most */
    LK_NN_SIGMOID,      /* 1 / (1 + exp(-x)) */
    LK_NN_HARD_SIGMOID, /* alpha x + beta, from 0 to 1 */
    LK_NN_HARD_SWISH,   /* x times hard sigmoid with 1/6 and 1/2 */
    LK_NN_TANH,
    LK_NN_ERF,
    LK_NN_GELU, /* x (1 + erf(x / sqrt 2)) / 2 */
    LK_NN_ELU,  /* x, below 0 alpha (exp(x) - 1) */
    LK_NN_EXP,
    LK_NN_SQRT,
    LK_NN_ABS,
    LK_NN_POWER, /* to the power of alpha */
    LK_NN_FUNCTIONS
} lk_nn_function;

typedef enum lk_nn_arithmetic {
    LK_NN_PLUS = 0,
    LK_NN_MINUS,
    LK_NN_TIMES,
    LK_NN_OVER,
    LK_NN_ARITHMETICS
} lk_nn_arithmetic;

typedef enum lk_nn_reduction {
    LK_NN_MEAN_OF = 0,
    LK_NN_SUM_OF,
    LK_NN_LENGTH_OF, /* root of the sum of squares */
    LK_NN_REDUCTIONS
} lk_nn_reduction;

/* One layer. `name` is the prefix of its parameters and the name in messages;
 * fields that the operation does not use are zero. */
typedef struct lk_nn_layer {
    lk_nn_op op;
    char name[LK_NN_NAME];
    size_t inputs[LK_NN_MAX_INPUTS]; /* indices of earlier layers */
    size_t input_count;
    size_t channels;                     /* of the result: input, conv, linear */
    size_t kernel[2], stride[2], pad[2]; /* {vertical, horizontal}: conv, maxpool, meanpool */
    bool bias;                           /* conv, linear */
    bool ceil_mode;                      /* maxpool: the last window may hang over the edge */
    size_t groups;                       /* conv: of channels that do not mix; 0 is 1 */
    bool count_padding;                  /* meanpool: zeros around the plane count, too */
    double epsilon;                      /* norm, l2norm */
    double scale;                        /* residual */
    double rate;                         /* dropout, in training */
    lk_nn_function function;
    lk_nn_arithmetic arithmetic;
    lk_nn_reduction reduction;
    double alpha, beta;
    size_t axes[3], extent[3]; /* directions are {channels, height, width} */
    bool plain;                /* binary: the result lies plainly whatever its inputs do */
} lk_nn_layer;

/* A graph under construction: start from zeroes ({0}), add layers, mark the
 * outputs. Each call below adds one layer and returns its index. A failure is
 * kept in `status` (with its text) and reported by lk_nn_model_create, so that
 * a network reads as a plain list of calls. */
typedef struct lk_nn_graph {
    lk_nn_layer *layers;
    size_t count, capacity;
    size_t outputs[LK_NN_MAX_OUTPUTS];
    size_t output_count;
    lk_status status;
} lk_nn_graph;

void lk_nn_graph_clear(lk_nn_graph *graph);
/* One number for all that the graph says: what is kept of one graph is of no use to another. */
uint64_t lk_nn_graph_number(const lk_nn_graph *graph);

/* A square window; the struct's own fields may be set apart for 1x7 and 7x1. */
typedef struct lk_nn_window {
    size_t kernel[2], stride[2], pad[2];
} lk_nn_window;

static inline lk_nn_window lk_nn_square(size_t kernel, size_t stride, size_t pad)
{
    return (lk_nn_window){{kernel, kernel}, {stride, stride}, {pad, pad}};
}

size_t lk_nn_add(lk_nn_graph *graph, const lk_nn_layer *layer);
size_t lk_nn_add_input(lk_nn_graph *graph, size_t channels);
size_t lk_nn_add_conv(lk_nn_graph *graph, size_t from, const char *name, size_t channels,
                      lk_nn_window window, bool bias);
size_t lk_nn_add_linear(lk_nn_graph *graph, size_t from, const char *name, size_t channels,
                        bool bias);
size_t lk_nn_add_norm(lk_nn_graph *graph, size_t from, const char *name, double epsilon);
size_t lk_nn_add_relu(lk_nn_graph *graph, size_t from);
size_t lk_nn_add_prelu(lk_nn_graph *graph, size_t from, const char *name);
size_t lk_nn_add_maxpool(lk_nn_graph *graph, size_t from, lk_nn_window window, bool ceil_mode);
size_t lk_nn_add_avgpool(lk_nn_graph *graph, size_t from);
size_t lk_nn_add_meanpool(lk_nn_graph *graph, size_t from, lk_nn_window window);
size_t lk_nn_add_concat(lk_nn_graph *graph, const size_t *from, size_t count);
size_t lk_nn_add_residual(lk_nn_graph *graph, size_t branch, size_t trunk, double scale);
size_t lk_nn_add_fillsum(lk_nn_graph *graph, size_t branch, size_t trunk);
size_t lk_nn_add_flatten(lk_nn_graph *graph, size_t from);
size_t lk_nn_add_dropout(lk_nn_graph *graph, size_t from, double rate);
size_t lk_nn_add_l2norm(lk_nn_graph *graph, size_t from, double epsilon);
/* Marks a layer as the network's next output. */
void lk_nn_add_output(lk_nn_graph *graph, size_t layer);

/* The groups of a convolution. */
static inline size_t lk_nn_groups(const lk_nn_layer *layer)
{
    return layer->groups ? layer->groups : 1;
}

/* The shape of one image's activation. */
typedef struct lk_nn_shape {
    size_t channels, height, width;
} lk_nn_shape;

/* Infers shapes[graph->count] for an input of height x width, and checks that
 * every layer fits its inputs. Errors: LK_ERROR_SHAPE naming the layer (an input
 * too small for a window, channels that do not match), LK_ERROR_ARGUMENT (an
 * index that is not an earlier layer). */
LK_MUST_USE lk_status lk_nn_graph_shapes(const lk_nn_graph *graph, size_t height, size_t width,
                                         lk_nn_shape *shapes);

/* One named tensor of a model, as published: never folded, never reordered. */
typedef struct lk_nn_parameter {
    char name[LK_NN_NAME + 16];
    size_t layer; /* index into the graph's layers */
    size_t rank, shape[4], count;
    float *data;
} lk_nn_parameter;

/* Fills out[product of shape] with the tensor `name` or fails with a text;
 * lk_tensors_load_f32 behind one line of adapter. */
typedef lk_status (*lk_nn_load_fn)(void *user, const char *name, const size_t *shape, size_t rank,
                                   float *out);

typedef struct lk_nn_model lk_nn_model;

/* Makes a model: takes the graph's layers over (also on failure: *graph is empty
 * afterwards) and loads every parameter. height and width are an input that the
 * graph's shapes are checked with; linear layers fix the input's size.
 * `keep` keeps the plain parameters beside the compiled ones: for training and
 * for tests; otherwise they are released when the first plan is compiled.
 * Errors: the graph's own, those of lk_nn_graph_shapes and of `load`. */
LK_MUST_USE lk_status lk_nn_model_create(lk_nn_model **out, lk_nn_graph *graph, size_t height,
                                         size_t width, lk_nn_load_fn load, void *user, bool keep);
/* The same with its parameters still to load: all at once by lk_nn_model_load, after which
 * `user` is asked for nothing more; or a layer's when they are first needed, as long as the
 * model lives. */
LK_MUST_USE lk_status lk_nn_model_declare(lk_nn_model **out, lk_nn_graph *graph, size_t height,
                                          size_t width, lk_nn_load_fn load, void *user);
LK_MUST_USE lk_status lk_nn_model_load(lk_nn_model *model);
bool lk_nn_model_is_loaded(const lk_nn_model *model);
void lk_nn_model_destroy(lk_nn_model *model);

/* Lets its sessions run in bf16 (kernel/narrow.h) where there are kernels for it, which
 * lk_nn_processor_narrows says of the processor. Before the first of them is made. */
void lk_nn_model_set_narrow(lk_nn_model *model);

/* Takes what a file keeps of the packed parameters, over; before the first session. */
void lk_nn_model_set_kept(lk_nn_model *model, lk_nn_kept *kept);

/* What whole numbers from 0 to 255 stand for: scale (q - zero). */
typedef struct lk_nn_scale {
    float scale, zero; /* scale above 0, or 0: there are none; zero is whole, from 0 to 255 */
} lk_nn_scale;

/* Lets a convolution multiply whole numbers (kernel/int8.h): its weights are weight[c] times
 * those from -127 to 127, c an output channel, and its input's numbers as `input` says. Those
 * that the kernels cannot do, and all other layers, run as before. Before the first session.
 * weight[channels] is copied. */
LK_MUST_USE lk_status lk_nn_model_set_int8(lk_nn_model *model, size_t layer, const float *weight,
                                           lk_nn_scale input);
/* Takes it back, of all layers. Before the first session. */
void lk_nn_model_unset_int8(lk_nn_model *model);

/* Sees the result of each step of every run, that of `layer`, as soon as it is there; and
 * that of the layers that the step took in is nowhere. */
struct lk_nn_view;
typedef struct lk_nn_watch {
    void (*see)(void *user, size_t layer, const struct lk_nn_view *view); /* NULL: nobody */
    void *user;
} lk_nn_watch;

/* Before the first session. */
void lk_nn_model_set_watch(lk_nn_model *model, lk_nn_watch watch);

const lk_nn_graph *lk_nn_model_graph(const lk_nn_model *model);
/* The plain parameters in layer order; data is NULL where they were released or not loaded. */
const lk_nn_parameter *lk_nn_model_parameters(const lk_nn_model *model, size_t *count);

#endif

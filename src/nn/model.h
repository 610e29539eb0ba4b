/* model.h: a graph with its parameters, as the rooms of nn/ see it. */
#ifndef LK_NN_MODEL_H
#define LK_NN_MODEL_H

#include <pthread.h>

#include "nn/nn.h"

/* A model's parameters as nn/infer reads them, made there at the first plan. */
typedef struct lk_nn_packed_set lk_nn_packed_set;

/* Which tensor of a layer a parameter is. */
typedef enum lk_nn_role {
    LK_NN_WEIGHT = 0,
    LK_NN_BIAS,
    LK_NN_MEAN,
    LK_NN_VARIANCE,
    LK_NN_ROLES
} lk_nn_role;

/* A convolution in whole numbers; weight NULL: it is none. */
typedef struct lk_nn_int8_layer {
    float *weight; /* [output channels] */
    lk_nn_scale input;
    int8_t *packed; /* as its kernel reads them, made with the first plan; NULL: not yet */
    int16_t *fewer; /* the same for fewer products (kernel/int8_winograd.h); NULL: not wanted yet */
    float *scale, *bias;
} lk_nn_int8_layer;

struct lk_nn_model {
    lk_nn_graph graph;
    lk_nn_parameter *parameters;
    size_t parameter_count;
    lk_nn_parameter **roles; /* [graph.count][LK_NN_ROLES], NULL: no such parameter */
    lk_nn_load_fn load;      /* of numbers that are not there (any more); NULL: nobody has them */
    void *load_user;
    lk_nn_kept *kept; /* packed numbers of a file; NULL: there is none */
    bool packed_more; /* than that file holds */
    bool keep;
    bool narrow;            /* runs in bf16 where there are kernels for it */
    lk_nn_int8_layer *int8; /* [graph.count]; NULL: nothing runs in whole numbers */
    lk_nn_watch watch;
    pthread_mutex_t lock;     /* of `packed`, and of releasing plain parameters */
    lk_nn_packed_set *packed; /* NULL: none yet */
    void (*destroy_packed)(lk_nn_packed_set *packed); /* set by who made it */
};

/* The plain values of one of a layer's parameters; NULL when it has none. */
float *lk_nn_parameter_of(const lk_nn_model *model, size_t layer, lk_nn_role role);

/* Every parameter still fits these shapes: a linear layer behind a flattened
 * plane fits one input size only. Errors: LK_ERROR_SHAPE. */
LK_MUST_USE lk_status lk_nn_check_shapes(const lk_nn_model *model, const lk_nn_shape *shapes);

/* Loads a layer's plain parameters where they are not there. Errors: those of its load_fn;
 * LK_ERROR_ARGUMENT where they were let go and nobody has them. With the model's lock held. */
LK_MUST_USE lk_status lk_nn_need_plain(lk_nn_model *model, size_t layer);

/* Frees a layer's plain parameters unless the model keeps them. */
void lk_nn_release_plain(lk_nn_model *model, size_t layer);

#endif

/* model.h: a graph with its parameters, as nn/ and its backends see it. */
#ifndef LK_NN_MODEL_H
#define LK_NN_MODEL_H

#include <pthread.h>

#include "nn/nn.h"

/* A backend's own data of a model, made at its first plan. */
typedef struct lk_nn_packed lk_nn_packed;

/* Which tensor of a layer a parameter is. */
typedef enum lk_nn_role {
    LK_NN_WEIGHT = 0,
    LK_NN_BIAS,
    LK_NN_MEAN,
    LK_NN_VARIANCE,
    LK_NN_ROLES
} lk_nn_role;

struct lk_nn_model {
    lk_nn_graph graph;
    lk_nn_parameter *parameters;
    size_t parameter_count;
    lk_nn_parameter **roles; /* [graph.count][LK_NN_ROLES], NULL: no such parameter */
    bool keep;
    pthread_mutex_t lock;  /* of `packed`, and of releasing plain parameters */
    lk_nn_packed **packed; /* [graph.count], NULL where a layer has none (yet) */
};

/* The plain values of one of a layer's parameters; NULL when it has none. */
float *lk_nn_parameter_of(const lk_nn_model *model, size_t layer, lk_nn_role role);

/* Every parameter still fits these shapes: a linear layer behind a flattened
 * plane fits one input size only. Errors: LK_ERROR_SHAPE. */
LK_MUST_USE lk_status lk_nn_check_shapes(const lk_nn_model *model, const lk_nn_shape *shapes);

/* The backend's: frees a layer's packed weights. */
void lk_nn_packed_destroy(lk_nn_packed *packed);

/* Frees a layer's plain parameters unless the model keeps them. */
void lk_nn_release_plain(lk_nn_model *model, size_t layer);

#endif

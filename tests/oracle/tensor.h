/* tensor.h: the oracle of the layers that networks from elsewhere are made of, a number
 * of the result at a time. */
#ifndef LK_TESTS_ORACLE_TENSOR_H
#define LK_TESTS_ORACLE_TENSOR_H

#include "nn/nn.h"

/* One image's activation, [channels, height, width]. */
typedef struct oracle_image {
    lk_nn_shape shape;
    const double *data;
} oracle_image;

/* Number `index` of the result, whose shape is `shape`. */
double oracle_number(const lk_nn_layer *layer, const oracle_image in[2], lk_nn_shape shape,
                     size_t index);

#endif

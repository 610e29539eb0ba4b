/* tensor_shapes.h: the shapes of the layers that networks from elsewhere are made of. */
#ifndef LK_NN_TENSOR_SHAPES_H
#define LK_NN_TENSOR_SHAPES_H

#include "nn/nn.h"

/* *out gets the shape of the layer's activation, which is that of its first input where
 * nothing else is known. Errors: LK_ERROR_SHAPE, LK_ERROR_ARGUMENT naming the layer. */
LK_MUST_USE lk_status lk_nn_tensor_shape(const lk_nn_layer *layer, const lk_nn_shape *shapes,
                                         lk_nn_shape *out);

#endif

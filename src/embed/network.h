/* network.h: the networks as lists of layers. */
#ifndef LK_EMBED_NETWORK_H
#define LK_EMBED_NETWORK_H

#include "nn/nn.h"

/* Adds all layers to an empty graph, with one output: unit embeddings [512], or
 * under `classes` > 0 that many logits of the batch-normed vector before
 * normalisation. Layers carry the published tensor names.
 * Source: facenet-pytorch models/inception_resnet_v1.py; Szegedy et al. 2016. */
void lk_embed_network(lk_nn_graph *graph, double width, size_t classes);

/* An lk_nn_load_fn of this network: one tensor of `user`, an open lk_tensors. Errors:
 * those of lk_tensors_load_f32; LK_ERROR_NUMBER for a variance below zero. */
lk_status lk_embed_load(void *user, const char *name, const size_t *shape, size_t rank,
                        float *out) LK_MUST_USE;

/* The same two of dlib's network: crops of 150 pixels, one output, 128 numbers. */
void lk_embed_dlib_network(lk_nn_graph *graph);
lk_status lk_embed_dlib_load(void *user, const char *name, const size_t *shape, size_t rank,
                             float *out) LK_MUST_USE;

#endif

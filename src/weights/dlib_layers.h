/* The layers of dlib's face recognition network as its file lists them. */
#ifndef LK_WEIGHTS_DLIB_LAYERS_H
#define LK_WEIGHTS_DLIB_LAYERS_H

#include <stdbool.h>
#include <stddef.h>

enum { LK_DLIB_LAYERS = 130, LK_DLIB_LAYER_NAME = 32 };

typedef enum lk_dlib_kind {
    LK_DLIB_CON = 0,
    LK_DLIB_AFFINE,
    LK_DLIB_RELU,
    LK_DLIB_MAXPOOL,
    LK_DLIB_AVGPOOL,
    LK_DLIB_ADD,
    LK_DLIB_FC,
    LK_DLIB_TAG, /* a name for what came before, to be added later; nothing is stored */
    LK_DLIB_BACK /* back to what the tag before the last one named; likewise */
} lk_dlib_kind;

typedef struct lk_dlib_layer {
    lk_dlib_kind kind;
    char name[LK_DLIB_LAYER_NAME]; /* of its tensors: "level2.0.conv1"; of con, affine, fc */
    size_t in, out;                /* channels: con, affine (out), fc */
    size_t kernel, stride, pad;    /* con and pools; 0: the whole plane */
} lk_dlib_layer;

/* Whether the file holds anything of it but its place. */
static inline bool lk_dlib_is_stored(const lk_dlib_layer *layer)
{
    return layer->kind != LK_DLIB_TAG && layer->kind != LK_DLIB_BACK;
}

/* In the order in which they run. */
void lk_dlib_list_layers(lk_dlib_layer layers[LK_DLIB_LAYERS]);

#endif

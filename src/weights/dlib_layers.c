/* A convolution and a pool; then residual blocks on five levels, on all but the first of
 * which the first block halves the plane and takes the mean of its input's windows
 * beside it; the mean of the plane; 128 numbers. */
#include "weights/dlib_layers.h"

#include <stdio.h>

typedef struct lister {
    lk_dlib_layer *next;
    size_t channels; /* here */
    char prefix[16]; /* of names */
} lister;

static lk_dlib_layer *dlib_layers_add(lister *list, lk_dlib_kind kind, const char *name)
{
    lk_dlib_layer *layer = list->next++;
    *layer = (lk_dlib_layer){.kind = kind, .in = list->channels, .out = list->channels};
    if (name)
        snprintf(layer->name, sizeof layer->name, "%s.%s", list->prefix, name);
    return layer;
}

static void add_con(lister *list, const char *name, size_t out, size_t kernel, size_t stride,
                    size_t pad)
{
    lk_dlib_layer *layer = dlib_layers_add(list, LK_DLIB_CON, name);
    layer->out = list->channels = out;
    layer->kernel = kernel;
    layer->stride = stride;
    layer->pad = pad;
}

static void add_pool(lister *list, lk_dlib_kind kind, size_t kernel, size_t stride)
{
    lk_dlib_layer *layer = dlib_layers_add(list, kind, NULL);
    layer->kernel = kernel;
    layer->stride = stride;
}

static void add_block(lister *list, size_t out, bool down)
{
    dlib_layers_add(list, LK_DLIB_TAG, NULL);
    add_con(list, "conv1", out, 3, down ? 2 : 1, down ? 0 : 1);
    dlib_layers_add(list, LK_DLIB_AFFINE, "affine1");
    dlib_layers_add(list, LK_DLIB_RELU, NULL);
    add_con(list, "conv2", out, 3, 1, 1);
    dlib_layers_add(list, LK_DLIB_AFFINE, "affine2");
    if (down) {
        dlib_layers_add(list, LK_DLIB_TAG, NULL);  /* the branch */
        dlib_layers_add(list, LK_DLIB_BACK, NULL); /* to the block's input */
        add_pool(list, LK_DLIB_AVGPOOL, 2, 2);
    }
    dlib_layers_add(list, LK_DLIB_ADD, NULL);
    dlib_layers_add(list, LK_DLIB_RELU, NULL);
}

void lk_dlib_list_layers(lk_dlib_layer layers[LK_DLIB_LAYERS])
{
    static const struct {
        size_t channels, blocks;
        bool down; /* the first block */
    } levels[] = {{32, 3, false}, {64, 4, true}, {128, 3, true}, {256, 3, true}, {256, 1, true}};
    lister list = {.next = layers, .channels = 3, .prefix = "stem"};
    add_con(&list, "conv", 32, 7, 2, 0);
    dlib_layers_add(&list, LK_DLIB_AFFINE, "affine");
    dlib_layers_add(&list, LK_DLIB_RELU, NULL);
    add_pool(&list, LK_DLIB_MAXPOOL, 3, 2);
    for (unsigned level = 0; level < sizeof levels / sizeof *levels; level++)
        for (unsigned block = 0; block < levels[level].blocks; block++) {
            snprintf(list.prefix, sizeof list.prefix, "level%u.%u", level + 1, block);
            add_block(&list, levels[level].channels, levels[level].down && block == 0);
        }
    add_pool(&list, LK_DLIB_AVGPOOL, 0, 1);
    snprintf(list.prefix, sizeof list.prefix, "head");
    dlib_layers_add(&list, LK_DLIB_FC, "fc")->out = 128;
}

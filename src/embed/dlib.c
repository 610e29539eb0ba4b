/* dlib's face recognition network: a residual network of 29 convolutions (a ResNet-34
 * with half the filters and fewer blocks), 150 x 150 pixels to 128 numbers, which are
 * not brought to unit length. Its layers are those of the file (weights/dlib_layers.c).
 * Where a block halves its plane, the shortcut is the mean of 2 x 2 pixels, and what it
 * lacks of channels or the branch of rows is zero.
 *
 * Its batch norms were turned into factors and sums before it was published; they stand
 * here as norms of mean 0 and variance 1, which a convolution takes in.
 * Source: dlib.net, dnn_face_recognition (its description); He et al. 2016. */
#include <string.h>

#include <likeness/weights.h>

#include "base/error.h"
#include "embed/kind.h"
#include "embed/network.h"
#include "embed/traits.h"
#include "weights/dlib_layers.h"

enum { OUTPUTS = 128, SIDE = 150 };

/* Where the graph has come to, and what the last tags name. */
typedef struct dlib_walk {
    lk_nn_graph *graph;
    size_t at, tag, before;
    bool back; /* since the last tag: what is added has another shape */
} dlib_walk;

static size_t dlib_add(dlib_walk *w)
{
    return w->back ? lk_nn_add_fillsum(w->graph, w->tag, w->at)
                   : lk_nn_add_residual(w->graph, w->at, w->tag, 1);
}

static size_t dlib_pool(dlib_walk *w, const lk_dlib_layer *l)
{
    lk_nn_window window = lk_nn_square(l->kernel, l->stride, l->pad);
    if (l->kind == LK_DLIB_MAXPOOL)
        return lk_nn_add_maxpool(w->graph, w->at, window, false);
    return l->kernel ? lk_nn_add_meanpool(w->graph, w->at, window)
                     : lk_nn_add_avgpool(w->graph, w->at);
}

static size_t dlib_step(dlib_walk *w, const lk_dlib_layer *l)
{
    switch (l->kind) {
    case LK_DLIB_CON:
        return lk_nn_add_conv(w->graph, w->at, l->name, l->out,
                              lk_nn_square(l->kernel, l->stride, l->pad), true);
    case LK_DLIB_AFFINE: return lk_nn_add_norm(w->graph, w->at, l->name, 0);
    case LK_DLIB_RELU: return lk_nn_add_relu(w->graph, w->at);
    case LK_DLIB_MAXPOOL:
    case LK_DLIB_AVGPOOL: return dlib_pool(w, l);
    case LK_DLIB_ADD: return dlib_add(w);
    case LK_DLIB_FC: return lk_nn_add_linear(w->graph, w->at, l->name, l->out, false);
    case LK_DLIB_TAG:
        w->before = w->tag;
        w->tag = w->at;
        w->back = false;
        break;
    case LK_DLIB_BACK: w->back = true; return w->before;
    }
    return w->at;
}

void lk_embed_dlib_network(lk_nn_graph *graph)
{
    lk_dlib_layer layers[LK_DLIB_LAYERS];
    dlib_walk walk = {.graph = graph, .at = lk_nn_add_input(graph, 3)};
    lk_dlib_list_layers(layers);
    for (size_t i = 0; i < LK_DLIB_LAYERS; i++)
        walk.at = dlib_step(&walk, &layers[i]);
    lk_nn_add_output(graph, walk.at);
}

static bool dlib_ends_with(const char *name, const char *ending)
{
    size_t length = strlen(name), tail = strlen(ending);
    return length > tail && strcmp(name + length - tail, ending) == 0;
}

lk_status lk_embed_dlib_load(void *user, const char *name, const size_t *shape, size_t rank,
                             float *out)
{
    bool variance = dlib_ends_with(name, ".running_var");
    if (!variance && !dlib_ends_with(name, ".running_mean"))
        return lk_tensors_load_f32(user, name, shape, rank, out);
    for (size_t i = 0; i < shape[0]; i++)
        out[i] = variance ? 1 : 0;
    return LK_OK;
}

bool lk_embed_is_dlib(const lk_tensors *tensors)
{
    return lk_tensors_find(tensors, "stem.affine.weight") != NULL;
}

lk_status lk_embed_describe_dlib(lk_model_traits *traits, const lk_tensors *tensors)
{
    float mean[3], threshold;
    LK_TRY(lk_tensors_load_f32(tensors, "input.mean", (size_t[]){3}, 1, mean));
    LK_TRY(lk_tensors_load_f32(tensors, "loss.threshold", NULL, 0, &threshold));
    for (size_t c = 0; c < 3; c++) {
        traits->mean[c] = lk_json_float(mean[c]);
        traits->deviation[c] = 256;
    }
    traits->size = SIDE;
    traits->align = LK_ALIGN_DLIB;
    traits->width = OUTPUTS;
    traits->threshold = lk_json_float(threshold);
    LK_TRY(lk_traits_set_text(&traits->name, "dlib's face recognition network"));
    return lk_traits_set_text(&traits->threshold_source, "dlib's author");
}

lk_status lk_embed_load_dlib(lk_embed_loaded *out, const lk_tensors *tensors,
                             const lk_embedder_options *options)
{
    LK_REQUIRE(!options->classify, LK_ERROR_MISSING, "%s: dlib's network has no classes",
               lk_tensors_path(tensors));
    LK_REQUIRE(options->width == 0 || options->width == 1, LK_ERROR_SHAPE,
               "%s: dlib's network has no width but 1, not %g", lk_tensors_path(tensors),
               options->width);
    lk_embed_loaded loaded = {.output_size = OUTPUTS, .embeds = true, .least = SIDE, .most = SIDE};
    lk_nn_graph graph = {0};
    lk_embed_dlib_network(&graph);
    LK_TRY(lk_nn_model_declare(&loaded.model, &graph, SIDE, SIDE, lk_embed_dlib_load,
                               (void *)tensors));
    *out = loaded;
    return LK_OK;
}

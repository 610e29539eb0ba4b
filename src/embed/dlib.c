/* dlib's face recognition network: a residual network of 29 convolutions (a ResNet-34
 * with half the filters and fewer blocks), 150 x 150 pixels to 128 numbers, which are
 * not brought to unit length. Where a block halves its plane, the shortcut is the mean
 * of 2 x 2 pixels, and what it lacks of channels or the branch of rows is zero.
 *
 * Its batch norms were turned into factors and sums before it was published; they stand
 * here as norms of mean 0 and variance 1, which a convolution takes in.
 * Source: dlib.net, dnn_face_recognition (its description); He et al. 2016. */
#include <stdio.h>
#include <string.h>

#include <likeness/weights.h>

#include "base/error.h"
#include "embed/kind.h"
#include "embed/network.h"
#include "embed/traits.h"

enum { OUTPUTS = 128, SIDE = 150 };

static size_t conv_norm(lk_nn_graph *graph, size_t x, const char *prefix, const char *number,
                        size_t channels, lk_nn_window window)
{
    char conv[LK_NN_NAME], affine[LK_NN_NAME];
    snprintf(conv, sizeof conv, "%s.conv%s", prefix, number);
    snprintf(affine, sizeof affine, "%s.affine%s", prefix, number);
    x = lk_nn_add_conv(graph, x, conv, channels, window, true);
    return lk_nn_add_norm(graph, x, affine, 0);
}

static size_t block(lk_nn_graph *graph, size_t x, const char *prefix, size_t channels, bool down)
{
    lk_nn_window first = down ? lk_nn_square(3, 2, 0) : lk_nn_square(3, 1, 1);
    size_t branch = lk_nn_add_relu(graph, conv_norm(graph, x, prefix, "1", channels, first));
    branch = conv_norm(graph, branch, prefix, "2", channels, lk_nn_square(3, 1, 1));
    size_t sum =
        down ? lk_nn_add_fillsum(graph, branch, lk_nn_add_meanpool(graph, x, lk_nn_square(2, 2, 0)))
             : lk_nn_add_residual(graph, branch, x, 1);
    return lk_nn_add_relu(graph, sum);
}

void lk_embed_dlib_network(lk_nn_graph *graph)
{
    static const struct {
        size_t channels, blocks;
        bool down; /* the first block halves the plane */
    } levels[] = {{32, 3, false}, {64, 4, true}, {128, 3, true}, {256, 3, true}, {256, 1, true}};
    size_t x = lk_nn_add_input(graph, 3);
    x = lk_nn_add_relu(graph, conv_norm(graph, x, "stem", "", 32, lk_nn_square(7, 2, 0)));
    x = lk_nn_add_maxpool(graph, x, lk_nn_square(3, 2, 0), false);
    for (size_t level = 0; level < sizeof levels / sizeof *levels; level++)
        for (size_t i = 0; i < levels[level].blocks; i++) {
            char prefix[32];
            snprintf(prefix, sizeof prefix, "level%zu.%zu", level + 1, i);
            x = block(graph, x, prefix, levels[level].channels, levels[level].down && i == 0);
        }
    x = lk_nn_add_avgpool(graph, x);
    lk_nn_add_output(graph, lk_nn_add_linear(graph, x, "head.fc", OUTPUTS, false));
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
    LK_TRY(lk_nn_model_create(&loaded.model, &graph, SIDE, SIDE, lk_embed_dlib_load,
                              (void *)tensors, false));
    *out = loaded;
    return LK_OK;
}

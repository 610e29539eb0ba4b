/* InceptionResnetV1: a stem, five blocks at 1/8 of the input's size, a reduction,
 * ten blocks at 1/16, a reduction, six blocks at 1/32, the mean over the plane,
 * a linear layer to 512 numbers and a batch norm.
 *
 * As published in facenet-pytorch: convolutions without bias before their batch
 * norm (epsilon 0.001), a residual branch scaled by 0.17, 0.10, 0.20 and in the
 * last block 1, which has no ReLU behind it. */
#include "embed/network.h"

#include <stdio.h>
#include <string.h>

#include <likeness/embed.h>
#include <likeness/weights.h>

#include "base/error.h"

static const double norm_epsilon = 0.001;
static const double dropout_rate = 0.6;
static const double unit_epsilon = 1e-12;

/* Channels at a width: the published count times `width`, rounded, at least 1; the
 * embedding keeps its 512. */
static size_t channels_at(size_t published, double width)
{
    double channels = (double)published * width + 0.5;
    return channels < 1 ? 1 : (size_t)channels;
}

/* A network under construction; `prefix` is the block that layers are added to. */
typedef struct builder {
    lk_nn_graph *graph;
    double width;
    size_t trunk; /* channels of the trunk here */
    char prefix[32];
} builder;

static lk_nn_window window(size_t kernel_y, size_t kernel_x, size_t stride, size_t pad_y,
                           size_t pad_x)
{
    return (lk_nn_window){{kernel_y, kernel_x}, {stride, stride}, {pad_y, pad_x}};
}

/* Convolution, batch norm, ReLU: PREFIX.NAME.conv and PREFIX.NAME.bn. */
static size_t unit(builder *b, size_t from, const char *name, size_t channels, lk_nn_window w)
{
    char conv[LK_NN_NAME], norm[LK_NN_NAME];
    const char *dot = b->prefix[0] ? "." : "";
    snprintf(conv, sizeof conv, "%s%s%s.conv", b->prefix, dot, name);
    snprintf(norm, sizeof norm, "%s%s%s.bn", b->prefix, dot, name);
    size_t x = lk_nn_add_conv(b->graph, from, conv, channels_at(channels, b->width), w, false);
    return lk_nn_add_relu(b->graph, lk_nn_add_norm(b->graph, x, norm, norm_epsilon));
}

/* The end of every block: 1x1 back to the trunk's channels, scaled, added. */
static size_t join(builder *b, size_t x, const size_t *branches, size_t count, double scale)
{
    char name[LK_NN_NAME];
    snprintf(name, sizeof name, "%s.conv2d", b->prefix);
    size_t branch = lk_nn_add_concat(b->graph, branches, count);
    branch = lk_nn_add_conv(b->graph, branch, name, b->trunk, lk_nn_square(1, 1, 0), true);
    return lk_nn_add_residual(b->graph, branch, x, scale);
}

/* A reduction's result: its branches side by side, the last one the pooled trunk. */
static size_t reduced(builder *b, const size_t *branches, size_t count)
{
    b->trunk += channels_at(384, b->width) + (count - 2) * channels_at(256, b->width);
    return lk_nn_add_concat(b->graph, branches, count);
}

static size_t block35(builder *b, size_t x)
{
    lk_nn_window one = lk_nn_square(1, 1, 0), three = lk_nn_square(3, 1, 1);
    size_t branches[3];
    branches[0] = unit(b, x, "branch0", 32, one);
    branches[1] = unit(b, unit(b, x, "branch1.0", 32, one), "branch1.1", 32, three);
    branches[2] = unit(b, x, "branch2.0", 32, one);
    branches[2] = unit(b, branches[2], "branch2.1", 32, three);
    branches[2] = unit(b, branches[2], "branch2.2", 32, three);
    return lk_nn_add_relu(b->graph, join(b, x, branches, 3, 0.17));
}

static size_t block17(builder *b, size_t x)
{
    size_t branches[2];
    branches[0] = unit(b, x, "branch0", 128, lk_nn_square(1, 1, 0));
    branches[1] = unit(b, x, "branch1.0", 128, lk_nn_square(1, 1, 0));
    branches[1] = unit(b, branches[1], "branch1.1", 128, window(1, 7, 1, 0, 3));
    branches[1] = unit(b, branches[1], "branch1.2", 128, window(7, 1, 1, 3, 0));
    return lk_nn_add_relu(b->graph, join(b, x, branches, 2, 0.10));
}

/* Without the ReLU behind it, which the very last one lacks. */
static size_t block8(builder *b, size_t x, double scale)
{
    size_t branches[2];
    branches[0] = unit(b, x, "branch0", 192, lk_nn_square(1, 1, 0));
    branches[1] = unit(b, x, "branch1.0", 192, lk_nn_square(1, 1, 0));
    branches[1] = unit(b, branches[1], "branch1.1", 192, window(1, 3, 1, 0, 1));
    branches[1] = unit(b, branches[1], "branch1.2", 192, window(3, 1, 1, 1, 0));
    return join(b, x, branches, 2, scale);
}

static size_t mixed_6a(builder *b, size_t x)
{
    size_t branches[3];
    branches[0] = unit(b, x, "branch0", 384, lk_nn_square(3, 2, 0));
    branches[1] = unit(b, x, "branch1.0", 192, lk_nn_square(1, 1, 0));
    branches[1] = unit(b, branches[1], "branch1.1", 192, lk_nn_square(3, 1, 1));
    branches[1] = unit(b, branches[1], "branch1.2", 256, lk_nn_square(3, 2, 0));
    branches[2] = lk_nn_add_maxpool(b->graph, x, lk_nn_square(3, 2, 0), false);
    return reduced(b, branches, 3);
}

static size_t mixed_7a(builder *b, size_t x)
{
    lk_nn_window one = lk_nn_square(1, 1, 0), reduce = lk_nn_square(3, 2, 0);
    size_t branches[4];
    branches[0] = unit(b, unit(b, x, "branch0.0", 256, one), "branch0.1", 384, reduce);
    branches[1] = unit(b, unit(b, x, "branch1.0", 256, one), "branch1.1", 256, reduce);
    branches[2] = unit(b, x, "branch2.0", 256, one);
    branches[2] = unit(b, branches[2], "branch2.1", 256, lk_nn_square(3, 1, 1));
    branches[2] = unit(b, branches[2], "branch2.2", 256, reduce);
    branches[3] = lk_nn_add_maxpool(b->graph, x, reduce, false);
    return reduced(b, branches, 4);
}

static size_t stem(builder *b)
{
    size_t x = lk_nn_add_input(b->graph, 3);
    x = unit(b, x, "conv2d_1a", 32, lk_nn_square(3, 2, 0));
    x = unit(b, x, "conv2d_2a", 32, lk_nn_square(3, 1, 0));
    x = unit(b, x, "conv2d_2b", 64, lk_nn_square(3, 1, 1));
    x = lk_nn_add_maxpool(b->graph, x, lk_nn_square(3, 2, 0), false);
    x = unit(b, x, "conv2d_3b", 80, lk_nn_square(1, 1, 0));
    x = unit(b, x, "conv2d_4a", 192, lk_nn_square(3, 1, 0));
    b->trunk = channels_at(256, b->width);
    return unit(b, x, "conv2d_4b", 256, lk_nn_square(3, 2, 0));
}

static size_t body(builder *b)
{
    size_t x = stem(b);
    for (int i = 0; i < 5; i++) {
        snprintf(b->prefix, sizeof b->prefix, "repeat_1.%d", i);
        x = block35(b, x);
    }
    snprintf(b->prefix, sizeof b->prefix, "mixed_6a");
    x = mixed_6a(b, x);
    for (int i = 0; i < 10; i++) {
        snprintf(b->prefix, sizeof b->prefix, "repeat_2.%d", i);
        x = block17(b, x);
    }
    snprintf(b->prefix, sizeof b->prefix, "mixed_7a");
    x = mixed_7a(b, x);
    for (int i = 0; i < 5; i++) {
        snprintf(b->prefix, sizeof b->prefix, "repeat_3.%d", i);
        x = lk_nn_add_relu(b->graph, block8(b, x, 0.20));
    }
    snprintf(b->prefix, sizeof b->prefix, "block8");
    return block8(b, x, 1.0);
}

void lk_embed_network(lk_nn_graph *graph, double width, size_t classes)
{
    builder b = {.graph = graph, .width = width};
    size_t x = lk_nn_add_avgpool(graph, body(&b));
    x = lk_nn_add_dropout(graph, x, dropout_rate);
    x = lk_nn_add_linear(graph, x, "last_linear", LK_EMBEDDING_SIZE, false);
    x = lk_nn_add_norm(graph, x, "last_bn", norm_epsilon);
    if (classes)
        x = lk_nn_add_linear(graph, x, "logits", classes, true);
    else
        x = lk_nn_add_l2norm(graph, x, unit_epsilon);
    lk_nn_add_output(graph, x);
}

static bool is_variance(const char *name)
{
    static const char ending[] = ".running_var";
    size_t length = strlen(name), tail = sizeof ending - 1;
    return length > tail && strcmp(name + length - tail, ending) == 0;
}

lk_status lk_embed_load(void *user, const char *name, const size_t *shape, size_t rank, float *out)
{
    const lk_tensors *tensors = user;
    LK_TRY(lk_tensors_load_f32(tensors, name, shape, rank, out));
    for (size_t i = 0; is_variance(name) && i < shape[0]; i++)
        LK_REQUIRE((double)out[i] + norm_epsilon > 0, LK_ERROR_NUMBER,
                   "%s: tensor \"%s\" has %g at element %zu, a variance is not negative",
                   lk_tensors_path(tensors), name, (double)out[i], i);
    return LK_OK;
}

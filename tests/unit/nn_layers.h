/* nn_layers.h: small networks, one a kind of layer. */
#ifndef LK_TESTS_NN_LAYERS_H
#define LK_TESTS_NN_LAYERS_H

#include "nn_cases.h"

static size_t conv_odd(lk_nn_graph *g, size_t x)
{
    return conv(g, x, "c", 7, 3, 1, 1);
}

static size_t conv_stride(lk_nn_graph *g, size_t x)
{
    return conv(g, conv(g, x, "a", 32, 3, 2, 0), "b", 48, 3, 2, 1);
}

static size_t conv_long(lk_nn_graph *g, size_t x)
{
    x = conv(g, x, "a", 20, 1, 1, 0);
    x = lk_nn_add_conv(g, x, "b", 20, (lk_nn_window){{1, 7}, {1, 1}, {0, 3}}, true);
    return lk_nn_add_conv(g, x, "c", 20, (lk_nn_window){{7, 1}, {1, 1}, {3, 0}}, true);
}

static size_t conv_norm_relu(lk_nn_graph *g, size_t x)
{
    x = lk_nn_add_conv(g, x, "c.conv", 24, lk_nn_square(3, 1, 0), false);
    return lk_nn_add_relu(g, lk_nn_add_norm(g, x, "c.bn", 0.001));
}

static size_t conv_winograd(lk_nn_graph *g, size_t x)
{
    return lk_nn_add_relu(g, conv(g, conv(g, x, "a", 64, 1, 1, 0), "b", 96, 3, 1, 1));
}

static size_t norm_alone(lk_nn_graph *g, size_t x)
{
    x = lk_nn_add_relu(g, conv(g, x, "a", 12, 1, 1, 0));
    return lk_nn_add_relu(g, lk_nn_add_norm(g, x, "bn", 0.001));
}

static size_t prelu(lk_nn_graph *g, size_t x)
{
    x = lk_nn_add_prelu(g, conv(g, x, "a", 28, 3, 1, 0), "p1");
    return conv(g, x, "b", 5, 3, 1, 0);
}

static size_t maxpool_floor(lk_nn_graph *g, size_t x)
{
    return lk_nn_add_maxpool(g, conv(g, x, "a", 20, 1, 1, 0), lk_nn_square(3, 2, 0), false);
}

static size_t maxpool_ceil(lk_nn_graph *g, size_t x)
{
    return conv(g, lk_nn_add_maxpool(g, x, lk_nn_square(2, 2, 0), true), "a", 6, 1, 1, 0);
}

static size_t maxpool_ceil_pad(lk_nn_graph *g, size_t x)
{
    return lk_nn_add_maxpool(g, x, lk_nn_square(3, 2, 1), true);
}

static size_t meanpool(lk_nn_graph *g, size_t x)
{
    return lk_nn_add_meanpool(g, conv(g, x, "a", 20, 1, 1, 0), lk_nn_square(2, 2, 0));
}

static size_t meanpool_of_input(lk_nn_graph *g, size_t x)
{
    x = lk_nn_add_meanpool(g, x, (lk_nn_window){{3, 2}, {1, 3}, {0, 0}});
    return conv(g, x, "a", 6, 1, 1, 0);
}

/* As in a block that shrinks the plane: more channels on one side, on the other a row
 * and a column more, or less. */
static size_t fillsum_of(lk_nn_graph *g, size_t x, size_t channels, size_t kernel, bool swap)
{
    size_t branch = lk_nn_add_norm(g, conv(g, x, "a", channels, kernel, 2, 0), "bn", 0.001);
    size_t trunk = lk_nn_add_meanpool(g, x, lk_nn_square(2, 2, 0));
    size_t sum = swap ? lk_nn_add_fillsum(g, trunk, branch) : lk_nn_add_fillsum(g, branch, trunk);
    return conv(g, lk_nn_add_relu(g, sum), "b", 24, 3, 1, 1);
}

static size_t fillsum_channels(lk_nn_graph *g, size_t x)
{
    return fillsum_of(g, x, 40, 2, false);
}

static size_t fillsum_edges(lk_nn_graph *g, size_t x)
{
    return fillsum_of(g, conv(g, x, "c", 40, 1, 1, 0), 20, 4, true);
}

static size_t fillsum_both(lk_nn_graph *g, size_t x)
{
    return fillsum_of(g, x, 33, 4, false);
}

/* The larger plane has the more channels: the smaller is a corner of it. */
static size_t fillsum_corner(lk_nn_graph *g, size_t x)
{
    return lk_nn_add_fillsum(g, conv(g, x, "a", 48, 1, 1, 0), conv(g, x, "b", 7, 3, 2, 0));
}

static size_t concat_blocks(lk_nn_graph *g, size_t x)
{
    size_t parts[3] = {conv(g, x, "a", 16, 1, 1, 0), conv(g, x, "b", 32, 3, 1, 1),
                       conv(g, x, "c", 20, 1, 1, 0)};
    return conv(g, lk_nn_add_concat(g, parts, 3), "d", 16, 1, 1, 0);
}

static size_t concat_odd(lk_nn_graph *g, size_t x)
{
    size_t parts[4] = {conv(g, x, "a", 5, 1, 1, 0), conv(g, x, "b", 16, 1, 1, 0), x,
                       conv(g, x, "c", 9, 1, 1, 0)};
    return conv(g, lk_nn_add_concat(g, parts, 4), "d", 8, 1, 1, 0);
}

static size_t concat_twice(lk_nn_graph *g, size_t x)
{
    size_t a = conv(g, x, "a", 16, 1, 1, 0), b = conv(g, x, "b", 16, 1, 1, 0);
    size_t one = lk_nn_add_concat(g, (size_t[]){a, b}, 2);
    size_t two = lk_nn_add_concat(g, (size_t[]){b, one, b}, 3);
    return lk_nn_add_relu(g, lk_nn_add_concat(g, (size_t[]){two, one}, 2));
}

static size_t residual_in_place(lk_nn_graph *g, size_t x)
{
    size_t trunk = conv(g, x, "a", 32, 1, 1, 0);
    size_t branch = conv(g, conv(g, trunk, "b", 16, 1, 1, 0), "c", 32, 1, 1, 0);
    trunk = lk_nn_add_relu(g, lk_nn_add_residual(g, branch, trunk, 0.17));
    branch = conv(g, trunk, "d", 32, 3, 1, 1);
    return lk_nn_add_residual(g, branch, trunk, 1.0);
}

/* The trunk is read again after the addition. */
static size_t residual_copied(lk_nn_graph *g, size_t x)
{
    size_t trunk = conv(g, x, "a", 24, 1, 1, 0);
    size_t sum = lk_nn_add_residual(g, conv(g, trunk, "b", 24, 1, 1, 0), trunk, 0.2);
    return lk_nn_add_concat(g, (size_t[]){lk_nn_add_relu(g, sum), trunk}, 2);
}

/* The branch is no convolution; the trunk is the input; x + x. */
static size_t residual_alone(lk_nn_graph *g, size_t x)
{
    size_t branch = lk_nn_add_relu(g, x);
    x = lk_nn_add_residual(g, branch, x, 0.3);
    return lk_nn_add_residual(g, x, x, 2.0);
}

/* The convolution is the trunk, not the branch. */
static size_t residual_swapped(lk_nn_graph *g, size_t x)
{
    size_t a = lk_nn_add_relu(g, conv(g, x, "a", 16, 1, 1, 0));
    return lk_nn_add_residual(g, a, conv(g, x, "b", 16, 1, 1, 0), 0.5);
}

static size_t average_linear(lk_nn_graph *g, size_t x)
{
    x = lk_nn_add_dropout(g, lk_nn_add_avgpool(g, conv(g, x, "a", 40, 1, 1, 0)), 0.6);
    x = lk_nn_add_norm(g, lk_nn_add_linear(g, x, "fc", 10, false), "bn", 0.001);
    return lk_nn_add_l2norm(g, x, 1e-12);
}

static size_t flatten(lk_nn_graph *g, size_t x)
{
    x = lk_nn_add_flatten(g, conv(g, x, "a", 6, 3, 2, 0));
    x = lk_nn_add_prelu(g, lk_nn_add_linear(g, x, "fc", 16, true), "p");
    return lk_nn_add_relu(g, lk_nn_add_linear(g, x, "fd", 16, true));
}

static size_t vectors_joined(lk_nn_graph *g, size_t x)
{
    size_t a = lk_nn_add_avgpool(g, x), b = lk_nn_add_linear(g, a, "b", 16, true);
    size_t joined = lk_nn_add_concat(g, (size_t[]){a, b}, 2);
    return lk_nn_add_residual(g, lk_nn_add_linear(g, joined, "c", 16, true), b, 0.5);
}

static size_t unit_planes(lk_nn_graph *g, size_t x)
{
    x = lk_nn_add_l2norm(g, conv(g, x, "a", 5, 1, 1, 0), 1e-12);
    return conv(g, x, "b", 3, 1, 1, 0);
}

static size_t nothing(lk_nn_graph *g, size_t x)
{
    return lk_nn_add_dropout(g, x, 0.5);
}

static const struct {
    const char *name;
    build_fn build;
    bool winograd;
} layers[] = {
    {"odd channels", conv_odd, false},
    {"strides", conv_stride, false},
    {"1x7 and 7x1", conv_long, false},
    {"batch norm and ReLU in a convolution", conv_norm_relu, false},
    {"Winograd", conv_winograd, true},
    {"batch norm alone", norm_alone, false},
    {"PReLU", prelu, false},
    {"max pool", maxpool_floor, false},
    {"max pool, ceil mode", maxpool_ceil, false},
    {"max pool, ceil mode and padding", maxpool_ceil_pad, false},
    {"mean of windows", meanpool, false},
    {"mean of the input's windows", meanpool_of_input, false},
    {"sum of unequal channels", fillsum_channels, false},
    {"sum of unequal planes", fillsum_edges, true},
    {"sum of unequal channels and planes", fillsum_both, false},
    {"sum of a corner", fillsum_corner, false},
    {"concatenation of whole blocks", concat_blocks, false},
    {"concatenation of odd channels", concat_odd, false},
    {"nested concatenations", concat_twice, false},
    {"residual in its trunk's place", residual_in_place, true},
    {"residual with a trunk read later", residual_copied, false},
    {"residual of no convolution", residual_alone, false},
    {"residual onto a convolution", residual_swapped, false},
    {"mean, linear, batch norm, unit length", average_linear, false},
    {"flatten, linear, PReLU", flatten, false},
    {"vectors joined and added", vectors_joined, false},
    {"unit length of planes", unit_planes, false},
    {"the input itself", nothing, false},
};

#endif

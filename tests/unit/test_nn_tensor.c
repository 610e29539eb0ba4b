/* The layers that networks from elsewhere are made of, against the plain loops: groups of
 * channels, what a convolution takes in, activations, arithmetic, and what lies plainly. */
#include "nn_cases.h"

static const double direct_bound = 2e-6, winograd_bound = 2e-5;

static size_t grouped(lk_nn_graph *g, size_t x, const char *name, size_t channels, size_t groups,
                      lk_nn_window window)
{
    lk_nn_layer layer = {.op = LK_NN_CONV,
                         .inputs = {x},
                         .input_count = 1,
                         .channels = channels,
                         .groups = groups,
                         .bias = true};
    strcpy(layer.name, name);
    memcpy(layer.kernel, window.kernel, sizeof layer.kernel);
    memcpy(layer.stride, window.stride, sizeof layer.stride);
    memcpy(layer.pad, window.pad, sizeof layer.pad);
    return lk_nn_add(g, &layer);
}

static size_t add(lk_nn_graph *g, lk_nn_layer layer, size_t a, size_t b)
{
    layer.inputs[0] = a;
    layer.inputs[1] = b;
    if (!layer.input_count)
        layer.input_count = 1;
    strcpy(layer.name, "tensor");
    return lk_nn_add(g, &layer);
}

static size_t constant(lk_nn_graph *g, const char *name, size_t c, size_t h, size_t w)
{
    lk_nn_layer layer = {.op = LK_NN_CONSTANT, .extent = {c, h, w}};
    strcpy(layer.name, name);
    return lk_nn_add(g, &layer);
}

static size_t binary(lk_nn_graph *g, size_t a, size_t b, lk_nn_arithmetic arithmetic)
{
    lk_nn_layer layer = {.op = LK_NN_BINARY, .input_count = 2, .arithmetic = arithmetic};
    return add(g, layer, a, b);
}

static size_t activate(lk_nn_graph *g, size_t x, lk_nn_function function, double alpha, double beta)
{
    lk_nn_layer layer = {.op = LK_NN_ACTIVATE, .function = function, .alpha = alpha, .beta = beta};
    return add(g, layer, x, 0);
}

static size_t pack(lk_nn_graph *g, size_t x)
{
    return add(g, (lk_nn_layer){.op = LK_NN_PACK}, x, 0);
}

static size_t transpose(lk_nn_graph *g, size_t x, size_t a, size_t b, size_t c)
{
    return add(g, (lk_nn_layer){.op = LK_NN_TRANSPOSE, .axes = {a, b, c}}, x, 0);
}

static size_t reduce(lk_nn_graph *g, size_t x, lk_nn_reduction reduction, unsigned axes)
{
    lk_nn_layer layer = {.op = LK_NN_REDUCE, .reduction = reduction};
    for (unsigned i = 0; i < 3; i++)
        layer.axes[i] = axes >> i & 1;
    return add(g, layer, x, 0);
}

/* ---- groups ---- */

static size_t depthwise(lk_nn_graph *g, size_t x)
{
    x = grouped(g, conv(g, x, "a", 37, 1, 1, 0), "b", 37, 37, lk_nn_square(3, 1, 1));
    x = lk_nn_add_relu(g, lk_nn_add_norm(g, x, "bn", 0.001));
    x = grouped(g, x, "c", 37, 37, lk_nn_square(3, 2, 1));
    return conv(g, lk_nn_add_prelu(g, x, "p"), "d", 20, 1, 1, 0);
}

static size_t depthwise_windows(lk_nn_graph *g, size_t x)
{
    x = conv(g, x, "a", 16, 1, 1, 0);
    x = grouped(g, x, "b", 16, 16, lk_nn_square(5, 1, 2));
    x = grouped(g, x, "c", 16, 16, lk_nn_square(7, 2, 3));
    x = grouped(g, x, "d", 16, 16, (lk_nn_window){{1, 3}, {1, 1}, {0, 2}});
    x = grouped(g, x, "e", 16, 16, (lk_nn_window){{2, 4}, {3, 1}, {1, 3}});
    return lk_nn_add_relu(g, x);
}

/* A window as large as the plane and larger than what lies beside any pixel. */
static size_t depthwise_whole(lk_nn_graph *g, size_t x)
{
    x = grouped(g, conv(g, x, "a", 24, 1, 1, 0), "b", 24, 24, lk_nn_square(9, 1, 0));
    return grouped(g, x, "c", 24, 24, lk_nn_square(9, 4, 8));
}

static size_t depthwise_of_input(lk_nn_graph *g, size_t x)
{
    size_t channels = g->layers[0].channels;
    return grouped(g, x, "a", channels, channels, lk_nn_square(3, 1, 1));
}

static size_t groups_of_channels(lk_nn_graph *g, size_t x)
{
    x = grouped(g, conv(g, x, "a", 30, 1, 1, 0), "b", 42, 6, lk_nn_square(3, 2, 1));
    x = lk_nn_add_prelu(g, lk_nn_add_norm(g, x, "bn", 0.001), "p");
    return lk_nn_add_relu(g, grouped(g, x, "c", 84, 42, lk_nn_square(1, 1, 0)));
}

static size_t dense(lk_nn_graph *g, size_t x)
{
    x = lk_nn_add_flatten(g, conv(g, x, "a", 61, 1, 1, 0));
    x = lk_nn_add_relu(g, lk_nn_add_norm(g, lk_nn_add_linear(g, x, "fc", 7, true), "bn", 0.001));
    return lk_nn_add_linear(g, x, "fd", 3, true);
}

/* ---- what a convolution takes in ---- */

static size_t prelu_in_convolutions(lk_nn_graph *g, size_t x)
{
    x = lk_nn_add_prelu(g, lk_nn_add_norm(g, conv(g, x, "a", 40, 1, 1, 0), "bn", 0.001), "p");
    x = lk_nn_add_prelu(g, conv(g, x, "b", 70, 3, 2, 1), "q");
    return lk_nn_add_prelu(g, conv(g, x, "c", 70, 5, 1, 2), "r");
}

/* Channels and pixels enough for Winograd's way; sums onto the trunk, bent or not. */
static size_t sums_of_3x3(lk_nn_graph *g, size_t x)
{
    size_t trunk = conv(g, x, "a", 64, 1, 1, 0);
    size_t branch = lk_nn_add_prelu(g, conv(g, trunk, "b", 64, 3, 1, 1), "p");
    branch = lk_nn_add_norm(g, conv(g, branch, "c", 64, 3, 1, 1), "bn", 0.001);
    trunk = lk_nn_add_prelu(g, lk_nn_add_residual(g, branch, trunk, 0.7), "q");
    trunk = lk_nn_add_relu(g, lk_nn_add_residual(g, conv(g, trunk, "d", 64, 3, 1, 1), trunk, 1));
    return lk_nn_add_residual(g, conv(g, trunk, "e", 64, 3, 1, 1), trunk, 1);
}

/* ---- activations and arithmetic ---- */

static size_t all_functions(lk_nn_graph *g, size_t x)
{
    static const struct {
        lk_nn_function function;
        double alpha, beta;
    } of[] = {{LK_NN_CLIP, -0.5, 1.5}, {LK_NN_SIGMOID, 0, 0},    {LK_NN_HARD_SIGMOID, 0.2, 0.5},
              {LK_NN_TANH, 0, 0},      {LK_NN_HARD_SWISH, 0, 0}, {LK_NN_ERF, 0, 0},
              {LK_NN_GELU, 0, 0},      {LK_NN_ELU, 1.3, 0},      {LK_NN_EXP, 0, 0},
              {LK_NN_SQRT, 0, 0},      {LK_NN_ABS, 0, 0},        {LK_NN_POWER, 2, 0}};
    size_t sum = x;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        bool root = of[i].function == LK_NN_SQRT;
        size_t from = root ? activate(g, x, LK_NN_ABS, 0, 0) : x;
        sum = lk_nn_add_residual(g, activate(g, from, of[i].function, of[i].alpha, of[i].beta), sum,
                                 1 + 0.1 * (double)i);
    }
    return conv(g, sum, "a", 7, 1, 1, 0);
}

/* Squeeze and excitation: a factor for each channel, in blocks. */
static size_t factors_of_channels(lk_nn_graph *g, size_t x)
{
    x = conv(g, x, "a", 21, 1, 1, 0);
    size_t mean = lk_nn_add_meanpool(g, x, lk_nn_square(9, 9, 0));
    mean = lk_nn_add_meanpool(g, mean, lk_nn_square(1, 9, 0));
    size_t factor = activate(g, conv(g, mean, "b", 21, 1, 1, 0), LK_NN_SIGMOID, 0, 0);
    return conv(g, binary(g, x, factor, LK_NN_TIMES), "c", 9, 1, 1, 0);
}

static size_t four_operations(lk_nn_graph *g, size_t x)
{
    size_t channels = g->layers[0].channels;
    size_t a = conv(g, x, "a", channels, 1, 1, 0), b = activate(g, x, LK_NN_EXP, 0, 0);
    size_t y = binary(g, a, b, LK_NN_OVER);
    y = binary(g, y, constant(g, "k", 1, 1, 9), LK_NN_PLUS);
    y = binary(g, constant(g, "l", channels, 1, 1), y, LK_NN_MINUS);
    y = binary(g, y, lk_nn_add_avgpool(g, x), LK_NN_TIMES);
    return conv(g, pack(g, lk_nn_add_prelu(g, y, "p")), "b", 9, 3, 1, 1);
}

/* ---- what lies plainly ---- */

static size_t orders(lk_nn_graph *g, size_t x)
{
    x = transpose(g, conv(g, x, "a", 9, 1, 1, 0), 2, 0, 1);
    x = lk_nn_add_norm(g, x, "bn", 0.001);
    x = transpose(g, activate(g, x, LK_NN_TANH, 0, 0), 0, 2, 1);
    return conv(g, pack(g, x), "b", 5, 3, 1, 1);
}

static size_t attention(lk_nn_graph *g, size_t x)
{
    size_t q = conv(g, x, "q", 6, 1, 1, 0), k = conv(g, x, "k", 6, 1, 1, 0);
    size_t length = activate(g, reduce(g, q, LK_NN_LENGTH_OF, 4), LK_NN_CLIP, 1e-6, 1e30);
    q = binary(g, q, length, LK_NN_OVER);
    size_t map =
        add(g, (lk_nn_layer){.op = LK_NN_MATMUL, .input_count = 2}, q, transpose(g, k, 0, 2, 1));
    map = add(g, (lk_nn_layer){.op = LK_NN_SOFTMAX, .axes = {2}}, map, 0);
    x = add(g, (lk_nn_layer){.op = LK_NN_MATMUL, .input_count = 2}, map, k);
    x = add(g, (lk_nn_layer){.op = LK_NN_MATMUL, .input_count = 2}, x, constant(g, "w", 1, 9, 4));
    return add(g, (lk_nn_layer){.op = LK_NN_SOFTMAX, .axes = {0}}, x, 0);
}

static size_t parts_and_means(lk_nn_graph *g, size_t x)
{
    x = conv(g, x, "a", 18, 1, 1, 0);
    size_t part = add(g, (lk_nn_layer){.op = LK_NN_SLICE, .axes = {0}, .extent = {5, 11}}, x, 0);
    part = add(g, (lk_nn_layer){.op = LK_NN_SLICE, .axes = {2}, .extent = {1, 6}}, part, 0);
    size_t mean = reduce(g, part, LK_NN_MEAN_OF, 6), sum = reduce(g, part, LK_NN_SUM_OF, 1);
    return binary(g, binary(g, part, mean, LK_NN_MINUS), sum, LK_NN_TIMES);
}

static size_t numbers_around(lk_nn_graph *g, size_t x)
{
    lk_nn_layer pad = {.op = LK_NN_PAD, .axes = {0, 0, 1}, .extent = {0, 2, 0}, .alpha = -0.5};
    x = conv(g, pack(g, add(g, pad, x, 0)), "a", 18, 3, 2, 0);
    pad = (lk_nn_layer){.op = LK_NN_PAD, .axes = {3, 1, 0}, .extent = {2, 0, 4}};
    return add(g, pad, x, 0);
}

static size_t vector_of_parts(lk_nn_graph *g, size_t x)
{
    x = add(g, (lk_nn_layer){.op = LK_NN_SLICE, .axes = {1}, .extent = {2, 3}}, x, 0);
    x = add(g, (lk_nn_layer){.op = LK_NN_RESHAPE, .extent = {9, 3 * g->layers[0].channels, 1}}, x,
            0);
    x = lk_nn_add_linear(g, reduce(g, x, LK_NN_MEAN_OF, 2), "fc", 5, true);
    return lk_nn_add_l2norm(g, x, 1e-12);
}

static size_t pixels_repeated(lk_nn_graph *g, size_t x)
{
    x = conv(g, x, "a", 20, 3, 2, 1);
    x = add(g, (lk_nn_layer){.op = LK_NN_UPSAMPLE, .stride = {2, 3}}, x, 0);
    return conv(g, x, "b", 6, 3, 1, 1);
}

static size_t meanpool_padded(lk_nn_graph *g, size_t x)
{
    lk_nn_layer layer = {.op = LK_NN_MEANPOOL, .kernel = {3, 2}, .stride = {2, 1}, .pad = {1, 1}};
    x = add(g, layer, conv(g, x, "a", 20, 1, 1, 0), 0);
    layer.count_padding = true;
    return add(g, layer, x, 0);
}

static const struct {
    const char *name;
    build_fn build;
    bool winograd;
} layers[] = {
    {"depthwise", depthwise, false},
    {"depthwise, other windows", depthwise_windows, false},
    {"depthwise, the whole plane", depthwise_whole, false},
    {"depthwise, of the input", depthwise_of_input, false},
    {"groups of channels", groups_of_channels, false},
    {"many numbers", dense, false},
    {"PReLU in convolutions", prelu_in_convolutions, true},
    {"sums and PReLU in 3x3", sums_of_3x3, true},
    {"functions", all_functions, false},
    {"factors of channels", factors_of_channels, false},
    {"arithmetic", four_operations, false},
    {"orders of directions", orders, false},
    {"attention", attention, false},
    {"parts and means", parts_and_means, false},
    {"a vector of parts", vector_of_parts, false},
    {"numbers around", numbers_around, false},
    {"repeated pixels", pixels_repeated, false},
    {"mean of windows with padding", meanpool_padded, false},
};

static void check(size_t i, size_t channels, size_t height)
{
    enum { WIDTH = 9 };
    lk_nn_model *model = make_model(layers[i].build, channels, height, WIDTH);
    lk_nn_session *session;
    assert_ok(lk_nn_session_create(&session, model));
    for (size_t count = 1; count <= 3; count += 2) {
        double found = difference(model, session, count, height, WIDTH);
        double bound = layers[i].winograd ? winograd_bound : direct_bound;
        if (!(found <= bound))
            fail_msg("%s, %zu images of %zux%zux%d: off by %g, bound %g", layers[i].name, count,
                     channels, height, WIDTH, found, bound);
    }
    lk_nn_session_destroy(session);
    lk_nn_model_destroy(model);
}

static void layers_equal_the_plain_loops(void **state)
{
    static const size_t inputs[][2] = {{3, 13}, {5, 12}, {16, 9}};
    (void)state;
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        for (size_t k = 0; k < 3; k++)
            check(i, inputs[k][0], inputs[k][1]);
}

/* ---- what does not fit ---- */

static const struct {
    lk_nn_layer layer; /* of the input [6, 8, 10], where it has two of itself and its pool */
    lk_status status;
    const char *text;
} wrong[] = {
    {{.op = LK_NN_CONV, .channels = 6, .groups = 4, .kernel = {1, 1}, .stride = {1, 1}},
     LK_ERROR_SHAPE,
     "layer tensor: 6 channels to 6 in 4 groups"},
    {{.op = LK_NN_BINARY, .input_count = 2},
     LK_ERROR_SHAPE,
     "layer tensor: joins [6, 8, 10] and [6, 4, 5]"},
    {{.op = LK_NN_MATMUL, .input_count = 2},
     LK_ERROR_SHAPE,
     "layer tensor: multiplies [6, 8, 10] by [6, 4, 5]"},
    {{.op = LK_NN_RESHAPE, .extent = {6, 8, 11}},
     LK_ERROR_SHAPE,
     "layer tensor: [6, 8, 11] are not the numbers of [6, 8, 10]"},
    {{.op = LK_NN_RESHAPE, .extent = {SIZE_MAX, 8, 11}},
     LK_ERROR_SHAPE,
     "are not the numbers of [6, 8, 10]"},
    {{.op = LK_NN_SLICE, .axes = {1}, .extent = {5, 4}},
     LK_ERROR_SHAPE,
     "layer tensor: takes 4 from 5 on of [6, 8, 10]"},
    {{.op = LK_NN_SLICE, .axes = {3}, .extent = {0, 1}}, LK_ERROR_SHAPE, "takes 1 from 0 on"},
    {{.op = LK_NN_PAD, .axes = {0, SIZE_MAX}}, LK_ERROR_SHAPE, "layer tensor: pads 8 numbers by"},
    {{.op = LK_NN_PAD, .extent = {1 << 20, 1 << 20, 1 << 20}}, LK_ERROR_SHAPE, "an activation of"},
    {{.op = LK_NN_TRANSPOSE, .axes = {0, 1, 1}},
     LK_ERROR_ARGUMENT,
     "layer tensor: no order of three directions"},
    {{.op = LK_NN_SOFTMAX, .axes = {3}}, LK_ERROR_ARGUMENT, "layer tensor: direction 3"},
    {{.op = LK_NN_ACTIVATE, .function = LK_NN_FUNCTIONS}, LK_ERROR_ARGUMENT, "function"},
    {{.op = LK_NN_UPSAMPLE, .stride = {0, 1}},
     LK_ERROR_SHAPE,
     "layer tensor: repeats pixels 1 x 0 times"},
    {{.op = LK_NN_UPSAMPLE, .stride = {1 << 20, 1 << 20}}, LK_ERROR_SHAPE, "an activation of"},
    {{.op = LK_NN_OPS}, LK_ERROR_ARGUMENT, "operation"},
};

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        lk_nn_graph graph = {0};
        lk_nn_model *model;
        size_t x = lk_nn_add_input(&graph, 6);
        size_t pool = lk_nn_add_meanpool(&graph, x, lk_nn_square(2, 2, 0));
        lk_nn_add_output(&graph, add(&graph, wrong[i].layer, x, pool));
        assert_int_equal(lk_nn_model_create(&model, &graph, 8, 10, made_up, NULL, true),
                         wrong[i].status);
        assert_non_null(strstr(lk_error_text(), wrong[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_equal_the_plain_loops),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

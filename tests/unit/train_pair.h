/* train_pair.h: a model in training on the fast backend and in the float64 oracle, with one
 * batch: outputs, gradients of all parameters and running statistics compared. */
#ifndef LK_TESTS_TRAIN_PAIR_H
#define LK_TESTS_TRAIN_PAIR_H

#include <math.h>

#include "support.h"

#include "base/random.h"
#include "embed/network.h"
#include "nn/train/train.h"
#include "oracle/oracle.h"
#include "oracle/state.h"

enum { COUNT = 3, HEIGHT = 9, WIDTH = 8 };

/* Made-up parameters; scales and variances stay positive, sums of size 1. */
static lk_status load(void *user, const char *name, const size_t *shape, size_t rank, float *out)
{
    lk_random *random = user;
    size_t count = 1;
    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    bool positive =
        strstr(name, "running_var") || strstr(name, "norm.weight") || strstr(name, "bn.weight");
    double size = rank > 1 ? 1 / sqrt((double)(count / shape[0])) : 0.5;
    for (size_t i = 0; i < count; i++) {
        double z = size * lk_random_normal(random);
        out[i] = (float)(positive ? 0.5 + fabs(z) : z);
    }
    return LK_OK;
}

/* Both backends on one model and one batch. */
typedef struct pair {
    lk_nn_model *model;
    lk_nn_train *train;
    oracle_pass *pass;
    size_t input_size, output_size;
    double *input, *output, *output_gradient;
    float *found, *found_gradient;
} pair;

static void *zeros(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);
    assert_non_null(memory);
    return memory;
}

static void open_pair(pair *p, lk_nn_graph *graph, const lk_nn_train_options *options)
{
    lk_random random;
    lk_random_init(&random, 8, 1);
    size_t channels = graph->layers[0].channels;
    assert_ok(
        lk_nn_model_create(&p->model, graph, options->height, options->width, load, &random, true));
    assert_ok(lk_nn_train_create(&p->train, p->model, options));
    assert_ok(
        oracle_pass_create(&p->pass, p->model, options->count, options->height, options->width));
    p->input_size = options->count * channels * options->height * options->width;
    p->output_size = oracle_size(p->pass, p->model->graph.outputs[0]);
    p->input = zeros(p->input_size, sizeof(double));
    p->output = zeros(p->output_size, sizeof(double));
    p->output_gradient = zeros(p->output_size, sizeof(double));
    p->found = zeros(p->output_size, sizeof(float));
    p->found_gradient = zeros(p->output_size, sizeof(float));
    for (size_t i = 0; i < p->input_size; i++)
        p->input[i] = (double)(float)lk_random_normal(&random);
    for (size_t i = 0; i < p->output_size; i++)
        p->output_gradient[i] = (double)(float)lk_random_normal(&random);
}

static void close_pair(pair *p)
{
    free(p->input);
    free(p->output);
    free(p->output_gradient);
    free(p->found);
    free(p->found_gradient);
    oracle_pass_destroy(p->pass);
    lk_nn_train_destroy(p->train);
    lk_nn_model_destroy(p->model);
}

static void run_fast(pair *p, uint64_t seed)
{
    float *input = lk_nn_train_input(p->train);
    for (size_t i = 0; i < p->input_size; i++)
        input[i] = (float)p->input[i];
    for (size_t i = 0; i < p->output_size; i++)
        p->found_gradient[i] = (float)p->output_gradient[i];
    assert_ok(lk_nn_train_forward(p->train, p->found, seed));
    assert_ok(lk_nn_train_backward(p->train, p->found_gradient));
}

static void run_both(pair *p, uint64_t seed)
{
    p->pass->dropout = seed;
    assert_ok(oracle_forward(p->pass, p->input));
    oracle_read(p->pass, p->output, (const double *const *)p->pass->values,
                p->model->graph.outputs[0]);
    assert_ok(oracle_backward(p->pass, p->output_gradient));
    run_fast(p, seed);
}

/* The largest difference relative to the largest of `expected`, or to `least`. */
static double distance(const float *found, const double *expected, size_t count, double least)
{
    double worst = 0, size = least;
    for (size_t i = 0; i < count; i++) {
        worst = worse(worst, fabs((double)found[i] - expected[i]));
        size = fmax(size, fabs(expected[i]));
    }
    return worst / size;
}

/* A slot's gradient or value in the published order; the caller frees it. */
static float *read_slot(const lk_nn_train *train, const lk_nn_model *model, size_t slot,
                        const float *numbers)
{
    float *plain = zeros(model->parameters[slot].count, sizeof(float));
    assert_ok(lk_nn_train_read(train, slot, plain, numbers));
    return plain;
}

static void compare_slot(const pair *p, size_t i, bool learns, double tolerance)
{
    size_t slots;
    const lk_nn_slot *slot = &lk_nn_train_slots(p->train, &slots)[i];
    const lk_nn_parameter *parameter = &p->model->parameters[i];
    bool running = strstr(parameter->name, "running_");
    assert_int_equal(slots, p->model->parameter_count);
    assert_string_equal(slot->name, parameter->name);
    assert_int_equal(slot->parameter, i);
    assert_true((slot->gradient != NULL) == (learns && !running));
    if (learns && (running || slot->gradient)) {
        float *plain = read_slot(p->train, p->model, i, running ? slot->value : slot->gradient);
        double *const *expected = running ? p->pass->parameters : p->pass->gradients;
        double d = distance(plain, expected[i], parameter->count, 0.3);
        if (!(d <= tolerance))
            fail_msg("%s: off by %.3g, relative", parameter->name, d);
        free(plain);
    }
    if (!learns) {
        float *plain = read_slot(p->train, p->model, i, slot->value);
        assert_memory_equal(plain, parameter->data, parameter->count * sizeof *plain);
        free(plain);
    }
}

static void compare_pair(const pair *p, double tolerance)
{
    double d = distance(p->found, p->output, p->output_size, 1e-6);
    if (!(d <= tolerance))
        fail_msg("output: off by %.3g, relative", d);
    for (size_t i = 0; i < p->model->parameter_count; i++)
        compare_slot(p, i, true, tolerance);
}

static size_t conv(lk_nn_graph *g, size_t from, const char *name, size_t channels, size_t kernel,
                   size_t stride)
{
    return lk_nn_add_conv(g, from, name, channels, lk_nn_square(kernel, stride, kernel / 2), true);
}

/* Convolution, batch norm, ReLU. */
static size_t unit(lk_nn_graph *g, size_t from, const char *name, size_t channels,
                   lk_nn_window window)
{
    char norm[LK_NN_NAME];
    snprintf(norm, sizeof norm, "%s.norm", name);
    size_t x = lk_nn_add_conv(g, from, name, channels, window, false);
    return lk_nn_add_relu(g, lk_nn_add_norm(g, x, norm, 0.001));
}

/* Parts of 2 and 3 channels, straight from convolutions and from batch norms; the
 * trunk has four readers. */
static size_t block(lk_nn_graph *g)
{
    lk_nn_window one = lk_nn_square(1, 1, 0), three = lk_nn_square(3, 1, 1);
    size_t x = conv(g, lk_nn_add_input(g, 4), "stem", 18, 3, 1), parts[3];
    parts[0] = conv(g, x, "a", 2, 1, 1);
    parts[1] = unit(g, x, "b", 3, three);
    parts[2] = unit(g, unit(g, x, "c", 20, one), "d", 17, three);
    size_t y = lk_nn_add_concat(g, parts, 3);
    y = lk_nn_add_residual(g, conv(g, y, "up", 18, 1, 1), x, 0.17);
    return conv(g, lk_nn_add_relu(g, y), "end", 3, 3, 1);
}

#endif

/* nn_cases.h: networks of made-up parameters, run by sessions and by the plain loops. */
#ifndef LK_TESTS_NN_CASES_H
#define LK_TESTS_NN_CASES_H

#include <math.h>
#include <stdlib.h>

#include "support.h"

#include "base/random.h"
#include "nn/infer/session.h"
#include "oracle/oracle.h"
#include "run_session.h"

static uint64_t name_seed(const char *name)
{
    uint64_t seed = 1469598103934665603u; /* FNV-1a */
    for (; *name; name++)
        seed = (seed ^ (uint8_t)*name) * 1099511628211u;
    return seed;
}

static lk_status made_up(void *user, const char *name, const size_t *shape, size_t rank, float *out)
{
    (void)user;
    size_t count = 1;
    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    lk_random random;
    lk_random_init(&random, name_seed(name), 0);
    double scale = rank > 1 ? sqrt(2.0 * (double)shape[0] / (double)count) : 0.5;
    for (size_t i = 0; i < count; i++)
        out[i] = (float)(strstr(name, "running_var") ? 0.5 + lk_random_unit(&random)
                                                     : scale * lk_random_normal(&random));
    return LK_OK;
}

typedef size_t (*build_fn)(lk_nn_graph *graph, size_t x);

static size_t conv(lk_nn_graph *g, size_t x, const char *name, size_t channels, size_t k,
                   size_t stride, size_t pad)
{
    return lk_nn_add_conv(g, x, name, channels, lk_nn_square(k, stride, pad), true);
}

static inline lk_nn_model *make_model(build_fn build, size_t channels, size_t height, size_t width)
{
    lk_nn_graph graph = {0};
    lk_nn_model *model;
    lk_nn_add_output(&graph, build(&graph, lk_nn_add_input(&graph, channels)));
    assert_ok(lk_nn_model_create(&model, &graph, height, width, made_up, NULL, true));
    return model;
}

static lk_nn_shape output_shape(const lk_nn_model *model, size_t height, size_t width)
{
    const lk_nn_graph *graph = lk_nn_model_graph(model);
    lk_nn_shape *shapes = calloc(graph->count, sizeof *shapes), shape;
    assert_ok(lk_nn_graph_shapes(graph, height, width, shapes));
    shape = shapes[graph->outputs[0]];
    free(shapes);
    return shape;
}

static float *random_input(size_t count)
{
    lk_random random;
    lk_random_init(&random, 7, 1);
    float *input = malloc(count * sizeof *input);
    for (size_t i = 0; i < count; i++)
        input[i] = (float)lk_random_normal(&random);
    return input;
}

/* The largest difference between session and oracle, over the largest value. */
static inline double difference(lk_nn_model *model, lk_nn_session *session, size_t count,
                                size_t height, size_t width)
{
    lk_nn_shape shape = output_shape(model, height, width);
    size_t channels = lk_nn_model_graph(model)->layers[0].channels;
    size_t size = count * shape.channels * shape.height * shape.width;
    float *input = random_input(count * channels * height * width);
    float *ours = malloc(size * sizeof *ours);
    double *exact = malloc(size * sizeof *exact), largest = 0, scale = 1e-30;
    assert_ok(run_session(session, &ours, input, count, (lk_nn_shape){channels, height, width}));
    assert_ok(oracle_run(model, &exact, input, count, height, width, NULL));
    for (size_t i = 0; i < size; i++) {
        assert_true(isfinite(ours[i]));
        largest = worse(largest, fabs((double)ours[i] - exact[i]));
        scale = fmax(scale, fabs(exact[i]));
    }
    free(input);
    free(ours);
    free(exact);
    return largest / scale;
}

#endif

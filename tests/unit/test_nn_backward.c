/* The oracle's backward pass against central differences in float64: one small
 * network a kind of layer, then all of them together. */
#include <math.h>

#include "support.h"

#include "base/random.h"
#include "oracle/oracle.h"
#include "oracle/state.h"

enum { COUNT = 3, CHANNELS = 4, HEIGHT = 7, WIDTH = 6, INPUT = COUNT * CHANNELS * HEIGHT * WIDTH };

/* Made-up parameters; scales and variances stay positive. */
static lk_status load(void *user, const char *name, const size_t *shape, size_t rank, float *out)
{
    lk_random *random = user;
    size_t count = 1;
    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    bool positive = strstr(name, "running_var") || strstr(name, "norm.weight");
    for (size_t i = 0; i < count; i++) {
        double z = 0.5 * lk_random_normal(random);
        out[i] = (float)(positive ? 0.5 + fabs(z) : z);
    }
    return LK_OK;
}

/* The scalar that is differentiated: a fixed random combination of the output. */
typedef struct probe {
    oracle_pass *pass;
    double *input, *weights, *output;
    size_t size;
} probe;

static double evaluate(const probe *p)
{
    double sum = 0;
    assert_ok(oracle_forward(p->pass, p->input));
    oracle_read(p->pass, p->output, (const double *const *)p->pass->values,
                p->pass->model->graph.outputs[0]);
    for (size_t i = 0; i < p->size; i++)
        sum += p->weights[i] * p->output[i];
    return sum;
}

/* Every `step`-th element of x, which the probe's result depends on. */
static void check(const probe *p, const char *what, double *x, const double *gradient, size_t count,
                  size_t step)
{
    const double h = 1e-5;
    for (size_t i = 0; i < count; i += step) {
        double at = x[i];
        x[i] = at + h;
        double above = evaluate(p);
        x[i] = at - h;
        double below = evaluate(p);
        x[i] = at;
        double expected = (above - below) / (2 * h);
        if (!(fabs(gradient[i] - expected) <= 1e-6 * (1 + fabs(expected))))
            fail_msg("%s, element %zu: gradient %.10g, differences say %.10g", what, i, gradient[i],
                     expected);
    }
}

static double *normals(size_t count, lk_random *random)
{
    double *x = calloc(count, sizeof *x);
    for (size_t i = 0; i < count; i++)
        x[i] = lk_random_normal(random);
    return x;
}

static void check_parameters(const probe *p)
{
    const lk_nn_model *model = p->pass->model;
    for (size_t i = 0; i < model->parameter_count; i++) {
        const lk_nn_parameter *parameter = &model->parameters[i];
        if (strstr(parameter->name, "running_"))
            continue; /* training does not look at them */
        double *copy = calloc(parameter->count, sizeof *copy);
        memcpy(copy, p->pass->gradients[i], parameter->count * sizeof *copy);
        check(p, parameter->name, p->pass->parameters[i], copy, parameter->count,
              1 + parameter->count / 40);
        free(copy);
    }
}

/* Checks a finished graph; takes it over. */
static void check_graph(lk_nn_graph *graph, size_t output)
{
    lk_random random;
    lk_random_init(&random, 8, 1);
    lk_nn_add_output(graph, output);
    lk_nn_model *model;
    assert_ok(lk_nn_model_create(&model, graph, HEIGHT, WIDTH, load, &random, true));
    probe p = {0};
    assert_ok(oracle_pass_create(&p.pass, model, COUNT, HEIGHT, WIDTH));
    p.pass->dropout = 77;
    p.pass->keep_value_gradients = true;
    p.size = oracle_size(p.pass, output);
    p.input = normals(INPUT, &random);
    p.weights = normals(p.size, &random);
    p.output = calloc(p.size, sizeof(double));
    evaluate(&p);
    assert_ok(oracle_backward(p.pass, p.weights));
    double *input_gradient = calloc(INPUT, sizeof *input_gradient);
    oracle_read(p.pass, input_gradient, (const double *const *)p.pass->value_gradients, 0);
    check(&p, "input", p.input, input_gradient, INPUT, 7);
    check_parameters(&p);
    free(input_gradient);
    free(p.input);
    free(p.weights);
    free(p.output);
    oracle_pass_destroy(p.pass);
    lk_nn_model_destroy(model);
}

static lk_nn_window uneven = {{1, 3}, {2, 1}, {0, 1}};

static void convolution(void **state)
{
    (void)state;
    lk_nn_graph g = {0};
    size_t x = lk_nn_add_conv(&g, lk_nn_add_input(&g, CHANNELS), "a", 5, uneven, true);
    check_graph(&g, lk_nn_add_conv(&g, x, "b", 3, lk_nn_square(3, 2, 1), false));
}

static void batch_norm(void **state)
{
    (void)state;
    lk_nn_graph g = {0};
    check_graph(&g, lk_nn_add_norm(&g, lk_nn_add_input(&g, CHANNELS), "norm", 0.001));
}

static void relu(void **state)
{
    (void)state;
    lk_nn_graph g = {0};
    check_graph(&g, lk_nn_add_relu(&g, lk_nn_add_input(&g, CHANNELS)));
}

static void pooling(void **state)
{
    (void)state;
    lk_nn_graph g = {0}, whole = {0}, padded = {0};
    check_graph(&g,
                lk_nn_add_maxpool(&g, lk_nn_add_input(&g, CHANNELS), lk_nn_square(3, 2, 0), false));
    check_graph(&padded, lk_nn_add_maxpool(&padded, lk_nn_add_input(&padded, CHANNELS),
                                           lk_nn_square(3, 1, 1), false));
    check_graph(&whole, lk_nn_add_avgpool(&whole, lk_nn_add_input(&whole, CHANNELS)));
}

static void concatenation_and_residual(void **state)
{
    (void)state;
    lk_nn_graph g = {0};
    size_t x = lk_nn_add_input(&g, CHANNELS), parts[2];
    parts[0] = lk_nn_add_conv(&g, x, "a", 2, lk_nn_square(1, 1, 0), false);
    parts[1] = lk_nn_add_conv(&g, x, "b", 3, lk_nn_square(3, 1, 1), true);
    size_t y = lk_nn_add_concat(&g, parts, 2);
    y = lk_nn_add_conv(&g, y, "c", CHANNELS, lk_nn_square(1, 1, 0), true);
    check_graph(&g, lk_nn_add_residual(&g, y, x, 0.17));
}

static void linear_dropout_and_unit_length(void **state)
{
    (void)state;
    lk_nn_graph g = {0};
    size_t x = lk_nn_add_avgpool(&g, lk_nn_add_input(&g, CHANNELS));
    x = lk_nn_add_dropout(&g, x, 0.4);
    x = lk_nn_add_linear(&g, x, "linear", 6, true);
    check_graph(&g, lk_nn_add_l2norm(&g, x, 1e-12));
}

static void a_whole_block(void **state)
{
    (void)state;
    lk_nn_graph g = {0};
    size_t x = lk_nn_add_input(&g, CHANNELS), parts[2];
    x = lk_nn_add_conv(&g, x, "stem", 6, lk_nn_square(3, 1, 1), false);
    x = lk_nn_add_relu(&g, lk_nn_add_norm(&g, x, "stem.norm", 0.001));
    parts[0] = lk_nn_add_conv(&g, x, "a", 2, lk_nn_square(3, 2, 0), false);
    parts[0] = lk_nn_add_relu(&g, lk_nn_add_norm(&g, parts[0], "a.norm", 0.001));
    parts[1] = lk_nn_add_maxpool(&g, x, lk_nn_square(3, 2, 0), false);
    x = lk_nn_add_concat(&g, parts, 2);
    x = lk_nn_add_residual(&g, lk_nn_add_conv(&g, x, "up", 8, lk_nn_square(1, 1, 0), true), x, 0.2);
    x = lk_nn_add_dropout(&g, lk_nn_add_avgpool(&g, x), 0.3);
    x = lk_nn_add_norm(&g, lk_nn_add_linear(&g, x, "last", 5, false), "last.norm", 0.001);
    check_graph(&g, lk_nn_add_l2norm(&g, x, 1e-12));
}

static void running_statistics_move_by_a_tenth(void **state)
{
    (void)state;
    lk_random random;
    lk_random_init(&random, 8, 2);
    lk_nn_graph g = {0};
    lk_nn_add_output(&g, lk_nn_add_norm(&g, lk_nn_add_input(&g, 1), "norm", 0.001));
    lk_nn_model *model;
    oracle_pass *pass;
    assert_ok(lk_nn_model_create(&model, &g, 1, 2, load, &random, true));
    assert_ok(oracle_pass_create(&pass, model, 2, 1, 2));
    double *mean = oracle_parameter(pass, 1, LK_NN_MEAN);
    double *variance = oracle_parameter(pass, 1, LK_NN_VARIANCE);
    *mean = 5;
    *variance = 10;
    assert_ok(oracle_forward(pass, (const double[]){1, 2, 3, 6})); /* mean 3, variance 14/3 */
    assert_true(fabs(*mean - 4.8) < 1e-14);
    assert_true(fabs(*variance - (9 + 1.4 / 3)) < 1e-14);
    oracle_pass_destroy(pass);
    lk_nn_model_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolution),
        cmocka_unit_test(batch_norm),
        cmocka_unit_test(relu),
        cmocka_unit_test(pooling),
        cmocka_unit_test(concatenation_and_residual),
        cmocka_unit_test(linear_dropout_and_unit_length),
        cmocka_unit_test(a_whole_block),
        cmocka_unit_test(running_statistics_move_by_a_tenth),
    };
    lk_threads_set(1); /* matrices this small only wait for each other */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

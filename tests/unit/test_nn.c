/* Every layer compiled by oneDNN against the plain loops, alone and fused with
 * its neighbours, and graphs that do not fit together. Parameters and inputs are
 * made up from the parameters' names, the same on every machine. */
#include <math.h>
#include <pthread.h>

#include "support.h"

#include "base/error.h"
#include "nn/arena.h"
#include "nn/dnnl/shim.h"
#include "nn_layers.h"

/* Largest difference allowed, as a part of the largest value: float32 sums of a
 * few hundred products; Winograd's transforms cost about a digit. */
static const double direct_bound = 2e-6, winograd_bound = 2e-5;

static void layers_equal_the_plain_loops(void **state)
{
    (void)state;
    static const size_t inputs[][3] = {{3, 13, 17}, {5, 12, 9}, {16, 11, 11}};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        for (size_t k = 0; k < 3; k++) {
            const size_t *in = inputs[k];
            lk_nn_model *model = make_model(layers[i].build, in[0], in[1], in[2]);
            lk_nn_session *session;
            assert_ok(lk_nn_session_create(&session, model));
            for (size_t count = 1; count <= 5; count += 2) {
                double found = difference(model, session, count, in[1], in[2]);
                double bound = layers[i].winograd ? winograd_bound : direct_bound;
                if (!(found <= bound))
                    fail_msg("%s, %zu images of %zux%zux%zu: off by %g, bound %g", layers[i].name,
                             count, in[0], in[1], in[2], found, bound);
            }
            lk_nn_session_destroy(session);
            lk_nn_model_destroy(model);
        }
}

/* The three outputs of a small O-Net, one left out, one of them read on. */
static void outputs_are_independent(void **state)
{
    (void)state;
    lk_nn_graph graph = {0};
    size_t x = lk_nn_add_input(&graph, 3);
    size_t planes = conv(&graph, x, "a", 8, 3, 1, 0);
    size_t a = lk_nn_add_relu(&graph, planes), b = lk_nn_add_avgpool(&graph, a);
    lk_nn_add_output(&graph, planes);
    lk_nn_add_output(&graph, b);
    lk_nn_add_output(&graph, lk_nn_add_linear(&graph, b, "fc", 4, true));
    lk_nn_model *model;
    lk_nn_session *session;
    assert_ok(lk_nn_model_create(&model, &graph, 5, 5, made_up, NULL, true));
    assert_ok(lk_nn_session_create(&session, model));
    float *input = random_input(2 * 3 * 25), ours[2][2 * 72] = {{0}};
    double exact[2][2 * 72];
    assert_ok(run_session(session, (float *[]){ours[0], NULL, ours[1]}, input, 2,
                          (lk_nn_shape){3, 5, 5}));
    assert_ok(oracle_run(model, (double *[]){exact[0], NULL, exact[1]}, input, 2, 5, 5, NULL));
    for (size_t i = 0; i < 2 * 72; i++)
        assert_true(fabs((double)ours[0][i] - exact[0][i]) < 1e-5);
    for (size_t i = 0; i < 2 * 4; i++)
        assert_true(fabs((double)ours[1][i] - exact[1][i]) < 1e-5);
    free(input);
    lk_nn_session_destroy(session);
    lk_nn_model_destroy(model);
}

/* Parameters given up after the first plan: other shapes still work, and give
 * what a model that kept them gives. */
static void weights_outlive_their_plain_form(void **state)
{
    (void)state;
    lk_nn_graph graph = {0};
    lk_nn_add_output(&graph, residual_in_place(&graph, lk_nn_add_input(&graph, 3)));
    lk_nn_model *kept = make_model(residual_in_place, 3, 9, 9), *lean;
    assert_ok(lk_nn_model_create(&lean, &graph, 9, 9, made_up, NULL, false));
    lk_nn_session *sessions[2];
    assert_ok(lk_nn_session_create(&sessions[0], kept));
    assert_ok(lk_nn_session_create(&sessions[1], lean));
    for (size_t size = 9; size < 30; size++) { /* more shapes than a session keeps plans */
        size_t count = size % 3 + 1, floats = count * 32 * size * size;
        float *input = random_input(count * 3 * size * size);
        float *ours[2] = {malloc(floats * sizeof(float)), malloc(floats * sizeof(float))};
        for (int i = 0; i < 2; i++)
            assert_ok(
                run_session(sessions[i], &ours[i], input, count, (lk_nn_shape){3, size, size}));
        assert_memory_equal(ours[0], ours[1], floats * sizeof(float));
        free(input);
        free(ours[0]);
        free(ours[1]);
    }
    assert_null(oracle_find(lean, "a.weight")->data);
    assert_non_null(oracle_find(kept, "a.weight")->data);
    assert_fails(oracle_run(lean, NULL, NULL, 1, 9, 9, NULL), LK_ERROR_ARGUMENT, "keep");
    for (int i = 0; i < 2; i++)
        lk_nn_session_destroy(sessions[i]);
    lk_nn_model_destroy(lean);
    lk_nn_model_destroy(kept);
}

static void *run_in_thread(void *user)
{
    lk_nn_session *session;
    lk_nn_model *model = user;
    if (lk_nn_session_create(&session, model) != LK_OK)
        return user;
    double worst = 0;
    for (size_t size = 12; size < 18; size++)
        worst = worse(worst, difference(model, session, 3, size, size));
    lk_nn_session_destroy(session);
    return worst <= winograd_bound ? NULL : user;
}

static void threads_share_a_model(void **state)
{
    (void)state;
    lk_nn_model *model = make_model(conv_winograd, 3, 12, 12);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_in_thread, model), 0);
    for (int i = 0; i < 4; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    lk_nn_model_destroy(model);
}

/* No two activations that are alive together share memory. */
static void the_arena_keeps_the_living_apart(void **state)
{
    (void)state;
    enum { COUNT = 60 };
    lk_random random;
    lk_random_init(&random, 3, 0);
    for (int round = 0; round < 50; round++) {
        lk_nn_block blocks[COUNT] = {{0}};
        size_t size, sum = 0;
        for (size_t i = 0; i < COUNT; i++) {
            size_t first = lk_random_below(&random, 40);
            blocks[i] = (lk_nn_block){.size = 1 + lk_random_below(&random, 500),
                                      .parent = i,
                                      .first = first,
                                      .last = first + lk_random_below(&random, 10)};
            sum += (blocks[i].size + 15) / 16 * 16;
        }
        assert_ok(lk_nn_arena_plan(blocks, COUNT, &size));
        assert_true(size < sum);
        for (size_t i = 0; i < COUNT; i++) {
            assert_true(blocks[i].offset + blocks[i].size <= size);
            for (size_t k = 0; k < i; k++) {
                bool together =
                    blocks[i].first <= blocks[k].last && blocks[k].first <= blocks[i].last;
                bool apart = blocks[i].offset + blocks[i].size <= blocks[k].offset ||
                             blocks[k].offset + blocks[k].size <= blocks[i].offset;
                assert_true(apart || !together);
            }
        }
    }
}

/* ---- graphs that do not fit ------------------------------------------- */

static size_t window_too_large(lk_nn_graph *g, size_t x)
{
    return conv(g, x, "wide", 4, 9, 1, 0);
}

static size_t no_stride(lk_nn_graph *g, size_t x)
{
    return conv(g, x, "still", 4, 3, 0, 0);
}

static size_t planes_differ(lk_nn_graph *g, size_t x)
{
    return lk_nn_add_concat(g, (size_t[]){x, conv(g, x, "a", 3, 3, 1, 0)}, 2);
}

static size_t channels_differ(lk_nn_graph *g, size_t x)
{
    return lk_nn_add_residual(g, conv(g, x, "a", 4, 1, 1, 0), x, 1);
}

static size_t mean_over_the_edge(lk_nn_graph *g, size_t x)
{
    x = lk_nn_add_meanpool(g, x, lk_nn_square(3, 2, 0));
    g->layers[x].ceil_mode = true;
    return x;
}

static size_t linear_of_planes(lk_nn_graph *g, size_t x)
{
    return lk_nn_add_linear(g, x, "fc", 4, true);
}

static size_t reads_ahead(lk_nn_graph *g, size_t x)
{
    (void)x;
    return lk_nn_add_relu(g, 5);
}

static size_t joins_too_many(lk_nn_graph *g, size_t x)
{
    return lk_nn_add_concat(g, (size_t[]){x, x, x, x, x}, 5);
}

static size_t long_name(lk_nn_graph *g, size_t x)
{
    char name[100];
    memset(name, 'n', sizeof name);
    name[99] = 0;
    return conv(g, x, name, 4, 1, 1, 0);
}

static size_t too_many_channels(lk_nn_graph *g, size_t x)
{
    return conv(g, x, "vast", SIZE_MAX / 2, 1, 1, 0);
}

static size_t no_channels(lk_nn_graph *g, size_t x)
{
    return conv(g, x, "none", 0, 1, 1, 0);
}

static size_t unknown_operation(lk_nn_graph *g, size_t x)
{
    return lk_nn_add(g, &(lk_nn_layer){.op = (lk_nn_op)99, .inputs = {x}, .input_count = 1});
}

static void misfits_are_named(void **state)
{
    (void)state;
    static const struct {
        build_fn build;
        lk_status status;
        const char *part;
    } misfits[] = {
        {window_too_large, LK_ERROR_SHAPE, "layer wide: an input 8 pixels high"},
        {no_stride, LK_ERROR_SHAPE, "layer still: a window of 3, stride 0"},
        {planes_differ, LK_ERROR_SHAPE, "joins planes of 8x8 and 6x6"},
        {channels_differ, LK_ERROR_SHAPE, "adds [4, 8, 8] to [3, 8, 8]"},
        {mean_over_the_edge, LK_ERROR_SHAPE, "layer meanpool: takes whole windows only"},
        {linear_of_planes, LK_ERROR_SHAPE, "layer fc: takes a vector"},
        {reads_ahead, LK_ERROR_ARGUMENT, "input 5 is not an earlier layer"},
        {joins_too_many, LK_ERROR_ARGUMENT, "a concatenation of 5 layers"},
        {long_name, LK_ERROR_ARGUMENT, "longer than 63 bytes"},
        {too_many_channels, LK_ERROR_SHAPE, "layer vast: an activation of"},
        {no_channels, LK_ERROR_SHAPE, "layer none: an activation of [0, 8, 8]"},
        {unknown_operation, LK_ERROR_ARGUMENT, "operation 99"},
    };
    for (size_t i = 0; i < sizeof misfits / sizeof *misfits; i++) {
        lk_nn_graph graph = {0};
        lk_nn_model *model = NULL;
        lk_nn_add_output(&graph, misfits[i].build(&graph, lk_nn_add_input(&graph, 3)));
        assert_fails(lk_nn_model_create(&model, &graph, 8, 8, made_up, NULL, true),
                     misfits[i].status, misfits[i].part);
        assert_null(model);
        assert_int_equal(graph.count, 0);
    }
    lk_nn_graph empty = {0};
    lk_nn_model *model = NULL;
    assert_fails(lk_nn_model_create(&model, &empty, 8, 8, made_up, NULL, true), LK_ERROR_ARGUMENT,
                 "needs an input layer");
}

static void other_input_sizes_are_checked(void **state)
{
    (void)state;
    lk_nn_model *model = make_model(flatten, 3, 12, 12);
    lk_nn_session *session;
    float *input, out[16];
    assert_ok(lk_nn_session_create(&session, model));
    assert_fails(lk_nn_session_run(session, (float *[]){out}), LK_ERROR_ARGUMENT, "no prepared");
    assert_fails(lk_nn_session_prepare(session, &input, 1, 20, 20), LK_ERROR_SHAPE, "layer fc");
    assert_fails(lk_nn_session_prepare(session, &input, 1, 2, 12), LK_ERROR_SHAPE, "layer a");
    assert_fails(lk_nn_session_prepare(session, &input, 0, 12, 12), LK_ERROR_ARGUMENT, "0 images");
    assert_fails(lk_nn_session_prepare(session, &input, SIZE_MAX, 12, 12), LK_ERROR_ARGUMENT,
                 "images");
    assert_ok(lk_nn_session_prepare(session, &input, 1, 12, 12));
    memset(input, 0, 3 * 12 * 12 * sizeof *input);
    assert_ok(lk_nn_session_run(session, (float *[]){out}));
    lk_nn_session_destroy(session);
    lk_nn_model_destroy(model);
}

static lk_status bad_variance(void *user, const char *name, const size_t *shape, size_t rank,
                              float *out)
{
    LK_TRY(made_up(user, name, shape, rank, out));
    if (strstr(name, "running_var"))
        out[3] = -1;
    return LK_OK;
}

static lk_status no_tensor(void *user, const char *name, const size_t *shape, size_t rank,
                           float *out)
{
    if (strcmp(name, "c.bn.running_mean") == 0)
        return lk_fail(LK_ERROR_MISSING, "no tensor %s", name);
    return made_up(user, name, shape, rank, out);
}

static void bad_parameters_are_reported(void **state)
{
    (void)state;
    lk_nn_graph graph = {0};
    lk_nn_model *model = NULL;
    lk_nn_session *session;
    float *input;
    lk_nn_add_output(&graph, conv_norm_relu(&graph, lk_nn_add_input(&graph, 3)));
    assert_ok(lk_nn_model_create(&model, &graph, 8, 8, bad_variance, NULL, true));
    assert_ok(lk_nn_session_create(&session, model));
    assert_fails(lk_nn_session_prepare(session, &input, 1, 8, 8), LK_ERROR_NUMBER,
                 "c.bn.running_var[3] is -1");
    lk_nn_session_destroy(session);
    lk_nn_model_destroy(model);

    model = NULL;
    lk_nn_add_output(&graph, conv_norm_relu(&graph, lk_nn_add_input(&graph, 3)));
    assert_fails(lk_nn_model_create(&model, &graph, 8, 8, no_tensor, NULL, true), LK_ERROR_MISSING,
                 "c.bn.running_mean");
    assert_null(model);
}

/* oneDNN pools from a plain plane into a blocked one by its reference loops only. */
static void slow_reference_kernels_are_refused(void **state)
{
    (void)state;
    lk_dnnl_tensor src = {1, 16, 20, 20, LK_DNNL_PLAIN}, dst = {1, 16, 10, 10, LK_DNNL_BLOCKED};
    lk_dnnl_window window = {{2, 2}, {2, 2}, {0, 0}};
    lk_dnnl_kernel *kernel = NULL;
    assert_fails(lk_dnnl_maxpool_create(&kernel, &src, &dst, &window), LK_ERROR_INTERNAL,
                 "only its slow reference implementation (ref");
    assert_null(kernel);
    src.layout = LK_DNNL_BLOCKED;
    assert_ok(lk_dnnl_maxpool_create(&kernel, &src, &dst, &window));
    lk_dnnl_kernel_destroy(kernel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_equal_the_plain_loops),
        cmocka_unit_test(outputs_are_independent),
        cmocka_unit_test(weights_outlive_their_plain_form),
        cmocka_unit_test(threads_share_a_model),
        cmocka_unit_test(the_arena_keeps_the_living_apart),
        cmocka_unit_test(misfits_are_named),
        cmocka_unit_test(other_input_sizes_are_checked),
        cmocka_unit_test(bad_parameters_are_reported),
        cmocka_unit_test(slow_reference_kernels_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

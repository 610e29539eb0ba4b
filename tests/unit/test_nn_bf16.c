/* Networks in bf16 against the plain loops. */
#include "amx_emulated.h"
#include "nn/infer/plan.h"
#include "nn/infer/processor.h"
#include "nn_layers.h"

/* What bf16 reaches inside of a network: pooled, joined with and without whole blocks, summed
 * in place and copied, read by a layer that wants floats. */
static size_t narrow_body(lk_nn_graph *g, size_t x)
{
    size_t trunk = conv(g, conv(g, x, "stem", 32, 3, 1, 1), "a", 32, 3, 1, 1);
    size_t pooled = lk_nn_add_maxpool(g, trunk, lk_nn_square(3, 2, 1), true);
    size_t branch = conv(g, conv(g, pooled, "b", 16, 1, 1, 0), "c", 20, 3, 1, 1);
    size_t joined =
        lk_nn_add_concat(g, (size_t[]){branch, pooled, conv(g, pooled, "d", 5, 1, 1, 0)}, 3);
    size_t sum =
        lk_nn_add_relu(g, lk_nn_add_residual(g, conv(g, joined, "e", 32, 1, 1, 0), pooled, 0.5));
    size_t again = lk_nn_add_residual(g, conv(g, sum, "f", 32, 3, 1, 1), sum, 1);
    size_t bent = lk_nn_add_prelu(g, conv(g, again, "g", 24, 3, 2, 1), "h");
    size_t normed = lk_nn_add_norm(g, lk_nn_add_relu(g, bent), "i", 1e-3);
    size_t last = conv(g, normed, "j", 16, 3, 1, 1);
    return lk_nn_add_linear(g, lk_nn_add_avgpool(g, last), "k", 8, true);
}

static void check_narrow(const char *name, build_fn build, const size_t in[3])
{
    const double bound = 0.03;
    lk_nn_model *model = make_model(build, in[0], in[1], in[2]);
    lk_nn_session *session;
    lk_nn_model_set_narrow(model);
    assert_ok(lk_nn_session_create(&session, model));
    for (size_t count = 1; count <= 5; count += 2) {
        double found = difference(model, session, count, in[1], in[2]);
        if (!(found <= bound))
            fail_msg("%s, %zu images of %zux%zux%zu: off by %g, bound %g", name, count, in[0],
                     in[1], in[2], found, bound);
    }
    lk_nn_session_destroy(session);
    lk_nn_model_destroy(model);
}

static const size_t inputs[][3] = {{3, 13, 17}, {5, 12, 9}, {16, 11, 11}};
enum { INPUTS = sizeof inputs / sizeof *inputs };

static void check_layers(size_t from)
{
    for (size_t k = from; k < INPUTS; k++) {
        for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
            check_narrow(layers[i].name, layers[i].build, inputs[k]);
        check_narrow("a body", narrow_body, inputs[k]);
    }
}

static bool no_bf16(void)
{
    if (!lk_nn_processor_narrows())
        print_message("SKIPPED: this processor has no AVX512_BF16\n");
    return !lk_nn_processor_narrows();
}

static void layers_in_bf16_are_near_the_plain_loops(void **state)
{
    (void)state;
    if (!no_bf16())
        check_layers(0);
}

/* By AMX, whether the processor has it or not. */
static void layers_in_emulated_tiles_are_near_the_plain_loops(void **state)
{
    (void)state;
    if (no_bf16())
        return;
    lk_nn_processor_set_amx(LK_NN_BF16, &amx_products);
    check_layers(INPUTS - 1);
    lk_nn_processor_set_amx(LK_NN_BF16, NULL);
    assert_true(emulated_products);
    assert_int_equal(emulated_in_use, 0);
}

/* ---- what stays float32 ---- */

static size_t block_of_two(lk_nn_graph *g, size_t trunk, const char *const names[2])
{
    size_t branch = conv(g, conv(g, trunk, names[0], 32, 3, 1, 1), names[1], 128, 1, 1, 0);
    return lk_nn_add_relu(g, lk_nn_add_residual(g, branch, trunk, 0.5));
}

/* Large planes, then blocks of residuals on small ones, where most of the time goes. */
static size_t trunk_body(lk_nn_graph *g, size_t x)
{
    static const char *const names[][2] = {{"d", "e"}, {"f", "g"}, {"h", "i"}};
    x = conv(g, conv(g, x, "a", 16, 3, 2, 1), "b", 16, 3, 1, 1);
    x = conv(g, lk_nn_add_maxpool(g, x, lk_nn_square(3, 2, 0), false), "c", 128, 3, 1, 0);
    x = block_of_two(g, block_of_two(g, x, names[0]), names[1]);
    x = conv(g, conv(g, block_of_two(g, x, names[2]), "j", 256, 3, 1, 1), "k", 256, 3, 1, 1);
    return lk_nn_add_linear(g, lk_nn_add_avgpool(g, x), "l", 8, true);
}

enum { SIDE = 41 };

static size_t layer_named(const lk_nn_graph *graph, const char *name)
{
    for (size_t i = 0; i < graph->count; i++)
        if (strcmp(graph->layers[i].name, name) == 0)
            return i;
    fail_msg("no layer %s", name);
    return 0;
}

static size_t count_twins(const lk_nn_plan *plan)
{
    size_t twins = 0;
    for (size_t i = 0; i < plan->layers; i++)
        if (plan->views[i].twin) {
            assert_int_equal(plan->views[i].format, LK_NN_F32);
            twins++;
        }
    return twins;
}

static void check_spared(lk_nn_model *model, bool wide_layers, size_t twins)
{
    const lk_nn_graph *graph = lk_nn_model_graph(model);
    lk_dnnl_stream *stream;
    lk_nn_plan *plan;
    assert_ok(lk_dnnl_stream_create(&stream));
    assert_ok(lk_nn_plan_create(&plan, model, stream, 1, SIDE, SIDE));
    assert_int_equal(plan->wide_layers > layer_named(graph, "b"), wide_layers);
    assert_true(plan->wide_layers <= layer_named(graph, "j"));
    assert_int_equal(count_twins(plan), twins);
    lk_nn_plan_destroy(plan);
    lk_dnnl_stream_destroy(stream);
}

/* But for AMX, by which bf16 is faster than that is worth. */
static void first_layers_and_the_trunk_stay_float32(void **state)
{
    (void)state;
    if (no_bf16())
        return;
    lk_nn_model *model = make_model(trunk_body, 3, SIDE, SIDE);
    lk_nn_model_set_narrow(model);
    check_spared(model, true, 3);
    lk_nn_processor_set_amx(LK_NN_BF16, &amx_products);
    check_spared(model, false, 0);
    lk_nn_processor_set_amx(LK_NN_BF16, NULL);
    lk_nn_model_destroy(model);
    check_narrow("a trunk", trunk_body, (size_t[]){3, SIDE, SIDE});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_in_bf16_are_near_the_plain_loops),
        cmocka_unit_test(layers_in_emulated_tiles_are_near_the_plain_loops),
        cmocka_unit_test(first_layers_and_the_trunk_stay_float32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

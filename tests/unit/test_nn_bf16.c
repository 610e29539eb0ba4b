/* Networks in bf16 against the plain loops. */
#include "amx_emulated.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_in_bf16_are_near_the_plain_loops),
        cmocka_unit_test(layers_in_emulated_tiles_are_near_the_plain_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

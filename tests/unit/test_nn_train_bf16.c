/* Training with convolutions in bf16 against the float64 oracle: off by what numbers of 8 bits
 * make of it, and not by as little as float32 is. */
#include "nn/infer/processor.h"
#include "train_pair.h"

static void check_narrow(lk_nn_graph *graph, size_t output, double most)
{
    const double least = 1e-4;
    pair p = {0};
    lk_nn_add_output(graph, output);
    open_pair(
        &p, graph,
        &(lk_nn_train_options){.count = COUNT, .height = HEIGHT, .width = WIDTH, .narrow = true});
    run_both(&p, 77);
    compare_pair(&p, most);
    assert_true(distance(p.found, p.output, p.output_size, 1e-6) > least);
    close_pair(&p);
}

static bool no_narrow_convolutions(void)
{
    if (lk_nn_processor_narrows())
        return false;
    print_message("SKIPPED: this processor has no bf16\n");
    return true;
}

static void convolutions_in_bf16(void **state)
{
    (void)state;
    static const lk_nn_window windows[] = {
        {{1, 1}, {1, 1}, {0, 0}}, {{3, 3}, {1, 1}, {1, 1}}, {{3, 3}, {2, 2}, {0, 0}},
        {{1, 7}, {1, 1}, {0, 3}}, {{7, 1}, {1, 1}, {3, 0}}, {{1, 3}, {2, 1}, {0, 1}},
    };
    if (no_narrow_convolutions())
        return;
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++)
        for (size_t channels = 3; channels <= 40; channels += 37) {
            lk_nn_graph g = {0};
            size_t x = conv(&g, lk_nn_add_input(&g, channels), "first", 40, 3, 1);
            x = lk_nn_add_conv(&g, x, "second", 20, windows[i], i % 2);
            check_narrow(&g, x, 0.03);
        }
}

/* Batch norms subtract most of what there is of a gradient, and leave the rounding. */
static void concatenation_and_residual_in_bf16(void **state)
{
    (void)state;
    lk_nn_graph g = {0};
    if (!no_narrow_convolutions())
        check_narrow(&g, block(&g), 0.2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_in_bf16),
        cmocka_unit_test(concatenation_and_residual_in_bf16),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Checkpoints as training scripts save them, and what is often taken for weights. Made by
 * tools/checkpoint_samples.py. */
#include "support.h"

#include <likeness/weights.h>

static const char *sample(const char *name)
{
    char relative[128];
    snprintf(relative, sizeof relative, "data/checkpoints/%s", name);
    return test_file(relative);
}

static void assert_same(const lk_tensors *found, const lk_tensors *expected)
{
    for (size_t i = 0; i < lk_tensors_count(expected); i++) {
        const lk_tensor *want = lk_tensors_get(expected, i);
        const lk_tensor *have = lk_tensors_find(found, want->name);
        assert_non_null(have);
        assert_int_equal(have->rank, want->rank);
        assert_memory_equal(have->shape, want->shape, sizeof want->shape);
        assert_memory_equal(have->data, want->data, want->count * lk_dtype_size(want->dtype));
    }
}

static const struct {
    const char *name, *prefix;
} shapes[] = {
    {"module", "module."},
    {"compiled", "_orig_mod."},
    {"model_prefix", "model."},
    {"net_prefix", "net."},
    {"both", "_orig_mod.module."},
    {"under_state_dict", "module."},
    {"under_model", "module."},
    {"under_model_state_dict", "module."},
    {"under_net", "module."},
    {"under_weights", "module."},
    {"nested", ""},
    {"plain", ""},
};

static void every_shape_gives_the_same_tensors(void **state)
{
    static const char *const endings[] = {"legacy", "zip"};
    (void)state;
    lk_tensors *plain, *found;
    assert_ok(lk_tensors_open(&plain, sample("plain.legacy.pt")));
    for (size_t i = 0; i < 2 * sizeof shapes / sizeof *shapes; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.%s.pt", shapes[i / 2].name, endings[i % 2]);
        assert_ok(lk_tensors_open(&found, sample(name)));
        assert_int_equal(lk_tensors_count(found), 2);
        assert_string_equal(lk_tensors_prefix(found), shapes[i / 2].prefix);
        assert_same(found, plain);
        lk_tensors_close(found);
    }
    lk_tensors_close(plain);
}

static void tensors_of_small_types_are_there(void **state)
{
    static const char *const names[] = {"small_types.legacy.pt", "small_types.zip.pt"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        lk_tensors *found;
        double numbers[2];
        float weights[2];
        assert_ok(lk_tensors_open(&found, sample(names[i])));
        assert_int_equal(lk_tensors_count(found), 5);
        assert_int_equal(lk_tensors_find(found, "q")->dtype, LK_I8);
        lk_tensor_copy_f64(lk_tensors_find(found, "q"), numbers);
        assert_true(numbers[0] == -3 && numbers[1] == 4);
        lk_tensor_copy_f64(lk_tensors_find(found, "s"), numbers);
        assert_true(numbers[0] == -300 && numbers[1] == 400);
        assert_fails(lk_tensors_load_f32(found, "q", (size_t[]){2}, 1, weights), LK_ERROR_SHAPE,
                     "tensor \"q\" has the type int8, expected a float type");
        lk_tensors_close(found);
    }
}

static void what_is_no_weights_is_named(void **state)
{
    static const struct {
        const char *name;
        lk_status status;
        const char *text;
    } others[] = {
        {"lfs", LK_ERROR_FORMAT, "is a pointer of Git LFS, not the file that it stands for"},
        {"page", LK_ERROR_FORMAT, "is an HTML page, as a server sends in place of a file"},
        {"xml", LK_ERROR_FORMAT, "is an XML page, as a server sends in place of a file"},
        {"error", LK_ERROR_FORMAT, "is JSON, as a server sends with an error in place of a file"},
        {"script", LK_ERROR_UNSUPPORTED, "is a TorchScript archive, a program with its weights"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        lk_tensors *found;
        assert_fails(lk_tensors_open(&found, sample(others[i].name)), others[i].status,
                     others[i].text);
        assert_int_equal(
            strncmp(lk_error_text(), sample(others[i].name), strlen(sample(others[i].name))), 0);
    }
    lk_tensors *found;
    assert_fails(lk_tensors_open(&found, test_file("data/onnx/operators.onnx")),
                 LK_ERROR_UNSUPPORTED, "is an ONNX file, a network with its weights");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_gives_the_same_tensors),
        cmocka_unit_test(tensors_of_small_types_are_there),
        cmocka_unit_test(what_is_no_weights_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* ONNX files: networks with made-up weights against what ONNX Runtime makes of them, and
 * hostile files. Made by tools/onnx_samples.py. */
#include <math.h>

#include "support.h"

#include <likeness/weights.h>

#include "nn/infer/session.h"
#include "onnx/onnx.h"

enum { IMAGES = 2 };

/* As the tool makes it up. */
static float pixel(size_t n, size_t c, size_t y, size_t x)
{
    return (float)(((double)((x * 7 + y * 13 + c * 29 + n * 31 + x * y % 11) % 256) - 127.5) / 128);
}

static void fill(float *input, const lk_onnx_network *network, size_t first, size_t count)
{
    for (size_t n = first; n < first + count; n++)
        for (size_t c = 0; c < network->channels; c++)
            for (size_t y = 0; y < network->height; y++)
                for (size_t x = 0; x < network->width; x++)
                    *input++ = pixel(n, c, y, x) * network->scale[c] + network->shift[c];
}

static void open_network(lk_onnx_network *network, const char *file)
{
    lk_onnx *onnx;
    assert_ok(lk_onnx_open(&onnx, test_file(file)));
    assert_ok(lk_onnx_network_create(network, onnx, 0, 0));
    lk_onnx_close(onnx);
    assert_int_equal(network->result_count, 1);
    assert_int_equal(network->results[0].rank, 2);
}

/* Images `first` and on in one batch: the largest difference, of vectors of largest number 1. */
static double run(const lk_onnx_network *network, const float *expected, size_t first, size_t count)
{
    size_t numbers = network->results[0].shape[1];
    float *input, *output = malloc(count * numbers * sizeof *output);
    double off = 0, largest = 1e-30;
    lk_nn_session *session;
    assert_non_null(output);
    assert_ok(lk_nn_session_create(&session, network->model));
    assert_ok(lk_nn_session_prepare(session, &input, count, network->height, network->width));
    fill(input, network, first, count);
    assert_ok(lk_nn_session_run(session, &output));
    for (size_t i = 0; i < count * numbers; i++) {
        double number = (double)expected[first * numbers + i];
        off = worse(off, fabs((double)output[i] - number));
        largest = fmax(largest, fabs(number));
    }
    lk_nn_session_destroy(session);
    free(output);
    return off / largest;
}

static void networks_give_what_onnx_runtime_gives(void **state)
{
    static const char *const names[] = {"iresnet",   "mobilefacenet", "edgeface",      "inception",
                                        "operators", "windows",       "channels_last", "names"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char file[64];
        lk_onnx_network network;
        lk_tensors *tensors;
        snprintf(file, sizeof file, "data/onnx/%s.npy", names[i]);
        assert_ok(lk_npy_open(&tensors, test_file(file)));
        const lk_tensor *expected = lk_tensors_get(tensors, 0);
        snprintf(file, sizeof file, "data/onnx/%s.onnx", names[i]);
        open_network(&network, file);
        assert_int_equal(expected->count, IMAGES * network.results[0].shape[1]);
        float *numbers = malloc(expected->count * sizeof *numbers);
        assert_non_null(numbers);
        lk_tensor_copy_f32(expected, numbers);
        for (size_t first = 0; first < IMAGES; first++)
            for (size_t count = 1; first + count <= IMAGES; count++) {
                double off = run(&network, numbers, first, count);
                if (!(off <= 1e-5))
                    fail_msg("%s, %zu images from %zu on: off by %g", names[i], count, first, off);
            }
        free(numbers);
        lk_nn_model_destroy(network.model);
        lk_tensors_close(tensors);
    }
}

/* What is done to the image at first is left to who fills it in. */
static void the_image_is_scaled_as_it_is_filled_in(void **state)
{
    (void)state;
    lk_onnx_network network;
    open_network(&network, "data/onnx/operators.onnx");
    for (size_t c = 0; c < 3; c++) {
        assert_true(fabs(network.scale[c] - 2) < 1e-7);
        assert_true(fabs(network.shift[c] + 0.2) < 1e-7);
    }
    assert_int_equal(network.height, 20);
    lk_nn_model_destroy(network.model);
}

static const struct {
    const char *name;
    lk_status status;
    const char *text;
} hostile[] = {
    {"circle", LK_ERROR_FORMAT, "node \"first\" (Add): reads \"b\", which no node before it makes"},
    {"itself", LK_ERROR_FORMAT, "node \"snake\" (Add): reads \"y\", which no node before it makes"},
    {"twice", LK_ERROR_FORMAT, "node \"two\" (Relu): makes what is there already"},
    {"unknown", LK_ERROR_UNSUPPORTED, "node \"spin\" (Loop): this operator is not taken"},
    {"foreign", LK_ERROR_UNSUPPORTED, "node \"odd\" (FusedConv): is none of ONNX's own operators"},
    {"axis", LK_ERROR_SHAPE, "node \"soft\" (Softmax): axis -5 of 4 directions"},
    {"batch_axis", LK_ERROR_UNSUPPORTED,
     "node \"soft\" (Softmax): is over several directions, or over the images of a batch"},
    {"reshape", LK_ERROR_SHAPE, "node \"bend\" (Reshape): makes the extent -2 in direction 1"},
    {"reshape_batch", LK_ERROR_UNSUPPORTED,
     "node \"bend\" (Reshape): mixes the images of a batch: 2 in the first direction"},
    {"bomb_constant", LK_ERROR_LIMIT,
     "node \"bomb\" (ConstantOfShape): its constants come to far more numbers than the file has"},
    {"bomb_overflow", LK_ERROR_LIMIT,
     "node \"bomb\" (ConstantOfShape): a constant of more numbers than can be counted"},
    {"bomb_resize", LK_ERROR_LIMIT,
     "node \"r2\" (Resize): its result would have more than 16777216 numbers an image"},
    {"bomb_pad", LK_ERROR_SHAPE, "node \"wide\" (Conv): a window of 1 over 8 pixels with padding"},
    {"bomb_work", LK_ERROR_LIMIT, "the network would do more than 3e+11 multiplications"},
    {"external", LK_ERROR_UNSUPPORTED,
     "tensor \"w\" has its numbers in another file (external data)"},
    {"short_weights", LK_ERROR_FORMAT, "tensor \"w\" has 4 bytes of numbers, its shape wants 48"},
    {"huge_weights", LK_ERROR_FORMAT, "tensor \"w\" has a size that overflows"},
    {"negative_dims", LK_ERROR_FORMAT, "tensor \"w\" has the extent -4"},
    {"strings", LK_ERROR_UNSUPPORTED, "tensor \"w\" has the element type 8, which is not read"},
    {"not_finite", LK_ERROR_NUMBER, "conv.weight has nan at element 0, expected finite numbers"},
    {"groups", LK_ERROR_SHAPE,
     "node \"conv\" (Conv): 3 channels in 2 groups, weights of [4, 3, ...]"},
    {"dilated", LK_ERROR_UNSUPPORTED,
     "node \"pool\" (MaxPool): its window has gaps (dilations 2, 2)"},
    {"bomb_dilated", LK_ERROR_SHAPE, "node \"conv\" (Conv): a window of 1048577 over 8 pixels"},
    {"bomb_spread", LK_ERROR_LIMIT,
     "node \"conv\" (Conv): its weights come to far more numbers than the file has, with"},
    {"auto_pad", LK_ERROR_UNSUPPORTED, "node \"conv\" (Conv): auto_pad is none of NOTSET, VALID"},
    {"uneven_mean", LK_ERROR_UNSUPPORTED,
     "node \"pool\" (AveragePool): pads its two sides differently (0 and 1 rows, 0 and 1 col"},
    {"pad_mirror", LK_ERROR_UNSUPPORTED, "node \"pad\" (Pad): pads by numbers of the image"},
    {"pad_cut", LK_ERROR_UNSUPPORTED, "node \"pad\" (Pad): pads direction 2 by -1 and 0"},
    {"pad_bomb", LK_ERROR_LIMIT, "node \"pad\" (Pad): its result would have more than"},
    {"pad_batch", LK_ERROR_UNSUPPORTED, "node \"pad\" (Pad): pads the images of a batch"},
    {"seven", LK_ERROR_UNSUPPORTED, "node \"bend\" (Reshape): makes 8 directions, 2 to 6 are"},
    {"five", LK_ERROR_UNSUPPORTED, "node \"soft\" (Softmax): its input 0 has 5 directions"},
    {"five_out", LK_ERROR_UNSUPPORTED, "its output \"y\" has 5 directions, at most 4 are taken"},
    {"five_apart", LK_ERROR_UNSUPPORTED, "node \"turn\" (Transpose): moves more than 3 directions"},
    {"last", LK_ERROR_UNSUPPORTED,
     "node \"relu\" (Relu): reads the image with its channels last, expected a Transpose"},
    {"last_kept", LK_ERROR_UNSUPPORTED,
     "node \"turn\" (Transpose): reads the image with its channels last and does not put"},
    {"kernel", LK_ERROR_SHAPE, "node \"conv\" (Conv): kernel_shape is not that of its weights"},
    {"stride", LK_ERROR_SHAPE, "node \"conv\" (Conv): strides holds 0"},
    {"two_inputs", LK_ERROR_UNSUPPORTED, "takes two inputs, \"x\" and \"z\", expected one image"},
    {"no_size", LK_ERROR_SHAPE, "does not say how many rows its input has"},
    {"no_input", LK_ERROR_UNSUPPORTED, "takes no input, expected an image"},
    {"no_output", LK_ERROR_UNSUPPORTED, "takes no input, expected an image"},
    {"old", LK_ERROR_UNSUPPORTED, "has ONNX operators of version 5, 7 to 24 are read"},
    {"quantised", LK_ERROR_UNSUPPORTED,
     "node \"relu\" (Relu): reads quantised numbers of the image"},
    {"scales", LK_ERROR_SHAPE,
     "node \"dq\" (DequantizeLinear): 7 scales do not fit 12 numbers in blocks of 1"},
    {"gather", LK_ERROR_SHAPE, "node \"take\" (Gather): axis -9 of 4 directions"},
};

static lk_status open_hostile(const char *path)
{
    lk_onnx *onnx;
    lk_onnx_network network;
    lk_status status = lk_onnx_open(&onnx, path);
    if (status != LK_OK)
        return status;
    status = lk_onnx_network_create(&network, onnx, 0, 0);
    if (status == LK_OK)
        lk_nn_model_destroy(network.model);
    lk_onnx_close(onnx);
    return status;
}

static void hostile_files_are_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        char file[64];
        snprintf(file, sizeof file, "crashers/onnx/%s", hostile[i].name);
        const char *path = test_file(file);
        lk_status status = open_hostile(path);
        size_t length = strlen(path);
        if (status != hostile[i].status || strncmp(lk_error_text(), path, length) != 0 ||
            !strstr(lk_error_text() + length, hostile[i].text))
            fail_msg("%s: %s: \"%s\"", hostile[i].name, lk_status_text(status), lk_error_text());
    }
}

/* Cut short anywhere, a file is refused or, where what is missing is not needed, read. */
static void files_cut_short_are_refused(void **state)
{
    (void)state;
    lk_mapping whole;
    size_t refused = 0, cuts = 0;
    assert_ok(lk_mapping_open(&whole, test_file("data/onnx/operators.onnx")));
    for (size_t size = 1; size < whole.size; size += 97, cuts++) {
        lk_onnx *onnx;
        lk_onnx_network network;
        char *copy = malloc(size); /* so that a sanitizer sees its end */
        assert_non_null(copy);
        memcpy(copy, whole.bytes, size);
        if (lk_onnx_open_bytes(&onnx, copy, size, "cut") != LK_OK) {
            assert_memory_equal(lk_error_text(), "cut: ", 5);
            refused++;
        } else {
            if (lk_onnx_network_create(&network, onnx, 0, 0) == LK_OK)
                lk_nn_model_destroy(network.model);
            lk_onnx_close(onnx);
        }
        free(copy);
    }
    assert_int_equal(refused, cuts);
    lk_mapping_close(&whole);
}

static void files_are_told_by_their_bytes(void **state)
{
    (void)state;
    static const char *const others[] = {"fuzz/corpus/safetensors/mixed.safetensors",
                                         "crashers/pt/eval.pt", "unit/test_onnx.c"};
    lk_mapping mapping;
    assert_ok(lk_mapping_open(&mapping, test_file("data/onnx/edgeface.onnx")));
    assert_true(lk_onnx_detect(&mapping));
    lk_mapping half = {.bytes = mapping.bytes, .size = mapping.size / 2};
    assert_true(lk_onnx_detect(&half));
    lk_mapping_close(&mapping);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (access(test_file(others[i]), R_OK) != 0)
            continue;
        assert_ok(lk_mapping_open(&mapping, test_file(others[i])));
        assert_false(lk_onnx_detect(&mapping));
        lk_mapping_close(&mapping);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_give_what_onnx_runtime_gives),
        cmocka_unit_test(the_image_is_scaled_as_it_is_filled_in),
        cmocka_unit_test(hostile_files_are_refused_by_name),
        cmocka_unit_test(files_cut_short_are_refused),
        cmocka_unit_test(files_are_told_by_their_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

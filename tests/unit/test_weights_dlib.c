/* dlib's files: numbers and strings, a made-up network read back, cut short everywhere,
 * changed, and run against the plain loops. */
#include <math.h>

#include "dlib_file.h"
#include "scratch.h"

#include <likeness/embed.h>
#include <likeness/weights.h>

#include "embed/network.h"
#include "oracle/oracle.h"
#include "weights/dlib_dat.h"
#include "weights/tensors.h"

enum { SIDE = 150, WIDTH = 128 };

static lk_cursor cursor_of(const char *bytes, size_t count)
{
    return (lk_cursor){.bytes = (const uint8_t *)bytes, .size = count};
}

#define CURSOR(text) cursor_of(text, sizeof(text) - 1)

static void integers_are_read(void **state)
{
    (void)state;
    static const int64_t numbers[] = {0, 1, -1, 127, 128, 255, 256, -65536, INT64_MAX, -INT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        dlib_file file = {0};
        int64_t found = 42;
        dlib_int(&file, numbers[i]);
        lk_cursor cursor = cursor_of(file.bytes.data, file.bytes.count);
        assert_ok(lk_dlib_int(&cursor, &found));
        assert_true(found == numbers[i] && cursor.at == cursor.size);
        for (size_t cut = 0; cut < file.bytes.count; cut++) {
            cursor = cursor_of(file.bytes.data, cut);
            assert_fails(lk_dlib_int(&cursor, &found), LK_ERROR_FORMAT, "is cut short");
        }
        dlib_clear(&file);
    }
}

static void what_is_no_integer_is_refused(void **state)
{
    (void)state;
    int64_t found;
    lk_cursor none = CURSOR("\x00\x01"), nine = CURSOR("\x09\1\1\1\1\1\1\1\1\1"),
              text = CURSOR("12"), vast = CURSOR("\x08\xff\xff\xff\xff\xff\xff\xff\xff");
    assert_fails(lk_dlib_int(&none, &found), LK_ERROR_FORMAT, "byte 0 is 0x00, expected");
    assert_fails(lk_dlib_int(&nine, &found), LK_ERROR_FORMAT, "byte 0 is 0x09");
    assert_fails(lk_dlib_int(&text, &found), LK_ERROR_FORMAT, "byte 0 is 0x31");
    assert_fails(lk_dlib_int(&vast, &found), LK_ERROR_FORMAT, "at byte 0 is too large");
}

static void floats_are_read_to_the_bit(void **state)
{
    (void)state;
    static const float numbers[] = {0,      1,       -1,     0.6f,  122.782f, 3.4028235e38f,
                                    1e-45f, -1e-40f, 1e-38f, 0.04f, -17.25f,  16777216.0f};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        dlib_file file = {0};
        float found = 42;
        dlib_float(&file, numbers[i]);
        lk_cursor cursor = cursor_of(file.bytes.data, file.bytes.count);
        assert_ok(lk_dlib_float(&cursor, &found));
        assert_memory_equal(&found, &numbers[i], sizeof found);
        dlib_clear(&file);
    }
}

static void floats_that_are_no_numbers_are_refused(void **state)
{
    (void)state;
    float found;
    static const int64_t exponents[] = {32000,     32001,      32002, -32002,
                                        INT64_MAX, -INT64_MAX, 1000,  128};
    for (size_t i = 0; i < sizeof exponents / sizeof *exponents; i++) {
        dlib_file file = {0};
        dlib_int(&file, 1);
        dlib_int(&file, exponents[i]);
        lk_cursor cursor = cursor_of(file.bytes.data, file.bytes.count);
        assert_fails(lk_dlib_float(&cursor, &found), LK_ERROR_NUMBER, "expected a finite float32");
        dlib_clear(&file);
    }
    lk_cursor old = CURSOR("0.6 ");
    assert_fails(lk_dlib_float(&old, &found), LK_ERROR_FORMAT, "byte 0 is 0x30");
}

static void sizes_beyond_the_file_are_refused(void **state)
{
    (void)state;
    const char *text;
    const uint8_t *data;
    size_t length, shape[4];
    bool flag;
    float numbers[4];
    lk_cursor word = CURSOR("\1\3ab"), negative = CURSOR("\x81\1ab"), three = CURSOR("3"),
              matrix = CURSOR("\x81\2\x81\3"), plain = CURSOR("\1\2\1\2"),
              tensor = CURSOR("\1\2\1\2\1\1\1\1\1\1\0\0\0\0"),
              product = CURSOR("\1\2\5\0\0\0\0\1\5\0\0\0\0\1\1\1\1\1"),
              below = CURSOR("\1\2\x81\1\1\1\1\1\1\1"), alias = CURSOR("\1\1\1\1\1\2\1\1\1\1");
    assert_fails(lk_dlib_string(&word, &text, &length), LK_ERROR_FORMAT, "3 elements at byte 0");
    assert_fails(lk_dlib_string(&negative, &text, &length), LK_ERROR_FORMAT, "-1 elements");
    assert_fails(lk_dlib_bool(&three, &flag), LK_ERROR_FORMAT, "byte 0 is 0x33");
    assert_fails(lk_dlib_matrix(&matrix, numbers, 2, 2), LK_ERROR_UNSUPPORTED,
                 "columns at byte 2 is -3, expected -2");
    assert_fails(lk_dlib_matrix(&plain, numbers, 2, 2), LK_ERROR_UNSUPPORTED, "is 2, expected -2");
    assert_fails(lk_dlib_tensor(&tensor, shape, &data), LK_ERROR_FORMAT, "[2, 1, 1, 1]");
    assert_fails(lk_dlib_tensor(&product, shape, &data), LK_ERROR_FORMAT,
                 "[4294967296, 4294967296, 1, 1]");
    assert_fails(lk_dlib_tensor(&below, shape, &data), LK_ERROR_FORMAT, "is -1");
    assert_fails(lk_dlib_alias(&alias, (size_t[]){1, 1, 1, 1}), LK_ERROR_UNSUPPORTED,
                 "[1, 2, 1, 1], expected [1, 1, 1, 1]");
}

/* ---- the network -------------------------------------------------------- */

static dlib_file network, newer_network;

static int make_networks(void **state)
{
    newer_network.newer = true;
    dlib_make_network(&network);
    dlib_make_network(&newer_network);
    return make_scratch(state);
}

static int clear_networks(void **state)
{
    dlib_clear(&network);
    dlib_clear(&newer_network);
    return remove_scratch(state);
}

static lk_status open_bytes(lk_tensors **out, const dlib_file *file, size_t count)
{
    return lk_tensors_open_bytes(out, file->bytes.data, count, "f");
}

static float element(const lk_tensor *tensor, size_t index)
{
    float number;
    memcpy(&number, (const char *)tensor->data + index * sizeof number, sizeof number);
    return number;
}

static void check_tensors(const dlib_file *file)
{
    lk_tensors *tensors;
    assert_ok(open_bytes(&tensors, file, file->bytes.count));
    assert_int_equal(lk_tensors_count(tensors), 2 * 29 * 2 + 1 + 2);
    const lk_tensor *conv = lk_tensors_find(tensors, "level2.0.conv1.weight");
    const lk_tensor *bias = lk_tensors_find(tensors, "level2.0.conv1.bias");
    const lk_tensor *beta = lk_tensors_find(tensors, "level5.0.affine2.bias");
    const lk_tensor *fc = lk_tensors_find(tensors, "head.fc.weight");
    assert_true(conv->rank == 4 && conv->shape[0] == 64 && conv->shape[1] == 32);
    assert_true(element(conv, 77) == dlib_number("level2.0.conv1", 77, 32 * 9));
    assert_true(element(bias, 5) == dlib_number("level2.0.conv1", 64 * 32 * 9 + 5, 32 * 9));
    assert_true(element(beta, 255) == dlib_number("level5.0.affine2", 256 + 255, 0));
    assert_true(fc->rank == 2 && fc->shape[0] == 128 && fc->shape[1] == 256);
    assert_true(element(fc, 3 * 256 + 200) == dlib_number("head.fc", 200 * 128 + 3, 256));
    assert_true(element(lk_tensors_find(tensors, "input.mean"), 2) == 104.298f);
    assert_true(element(lk_tensors_find(tensors, "loss.threshold"), 0) == 0.6f);
    lk_tensors_close(tensors);
}

static void a_network_becomes_tensors(void **state)
{
    (void)state;
    check_tensors(&network);
    check_tensors(&newer_network);
}

/* Behind every field, and a byte before. The bytes are copied, so that the sanitizers see
 * one too many, as far as that is quick. */
static void every_cut_is_noticed(void **state)
{
    (void)state;
    enum { COPIED = 1 << 16 };
    for (size_t i = 0; i < 2 * network.end_count - 1; i++) {
        lk_tensors *tensors = NULL;
        size_t cut = network.ends[i / 2] - (i + 1) % 2;
        void *copy = malloc(cut ? cut : 1);
        bool copied = cut <= COPIED;
        if (copied)
            memcpy(copy, network.bytes.data, cut);
        lk_status status =
            lk_tensors_open_bytes(&tensors, copied ? copy : network.bytes.data, cut, "f");
        if (status != LK_ERROR_FORMAT || strncmp(lk_error_text(), "f: ", 3) != 0)
            fail_msg("cut to %zu bytes: %s", cut, lk_error_text());
        assert_null(tensors);
        free(copy);
    }
}

/* The offset behind the `count`th time that these bytes are found. */
static size_t find(const dlib_file *file, const char *bytes, size_t length, size_t count)
{
    const char *at = file->bytes.data, *end = at + file->bytes.count;
    for (size_t i = 0; i < count; i++) {
        at = memmem(at, (size_t)(end - at), bytes, length);
        assert_non_null(at);
        at += length;
    }
    return (size_t)(at - file->bytes.data);
}

/* Puts a byte there and sees it refused. */
static void refuse(dlib_file *file, size_t at, char byte, const char *part)
{
    lk_tensors *tensors = NULL;
    char before = file->bytes.data[at];
    assert_int_not_equal(before, byte);
    file->bytes.data[at] = byte;
    assert_fails(open_bytes(&tensors, file, file->bytes.count), LK_ERROR_UNSUPPORTED, part);
    assert_null(tensors);
    file->bytes.data[at] = before;
}

static void other_architectures_are_refused_by_name(void **state)
{
    (void)state;
    size_t versions = find(&network, "loss_metric_2", 13, 1) + 2 * 6;
    size_t input = find(&network, "input_rgb_image_sized", 21, 1);
    size_t con = find(&network, "con_4", 5, 1), affine = find(&network, "affine_", 7, 2);
    refuse(&network, find(&network, "loss_m", 6, 1), 'a', "with the loss \"loss_matric_2\"");
    refuse(&network, versions + 1, 1, "layer 130 of 130 has the version 1, expected 2");
    refuse(&network, versions + 2 * 129 + 1, 2, "layer 1 of 130 has the version 2, expected 3");
    refuse(&network, input - 1, 'x', "with the input \"input_rgb_image_sizex\"");
    refuse(&network, con - 1, '3', "layer 1 of 130: is \"con_3\", expected con_4");
    refuse(&network, affine - 2, 'x', "is \"affinx_\", expected affine_");
    refuse(&newer_network, find(&newer_network, "con_6", 5, 3) - 1, '7', "is \"con_7\"");
    refuse(&network, find(&network, "max_pool_2", 10, 1) + 1, 2,
           "layer 4 of 130: a window's height at byte");
    refuse(&network, find(&network, "avg_pool_2", 10, 1) + 5, 1, "a vertical stride at byte");
}

/* Where the flags of the newer versions lie: behind the factors, before the three of
 * training. */
static void flags_that_change_the_network_are_refused(void **state)
{
    (void)state;
    dlib_file *file = &newer_network;
    size_t use_bias = find(file, "10110", 5, 1) - 5;
    refuse(file, use_bias, '0', "layer 1 of 130: use_bias is 0, expected 1");
    refuse(file, use_bias + 1, '1', "layer 1 of 130: use_relu is 1, expected 0");
    refuse(file, find(file, "relu_2", 6, 1), '1', "layer 3 of 130: disabled is 1, expected 0");
}

static void bytes_behind_the_network_are_refused(void **state)
{
    (void)state;
    lk_tensors *tensors = NULL;
    size_t count = network.bytes.count;
    lk_buffer_add(&network.bytes, "more", 4);
    assert_fails(open_bytes(&tensors, &network, count + 4), LK_ERROR_FORMAT,
                 "has 4 bytes behind its last layer");
    network.bytes.count = count;
}

static void write_network(const char *path)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(network.bytes.data, 1, network.bytes.count, file), network.bytes.count);
    assert_int_equal(fclose(file), 0);
}

static float *made_up_planes(size_t count)
{
    float *input = malloc(count * sizeof *input);
    for (size_t i = 0; i < count; i++)
        input[i] = dlib_number("input", i, 150);
    return input;
}

/* The first image by the plain loops, which take a second; both alone and in a batch. */
static void the_network_equals_the_plain_loops(void **state)
{
    (void)state;
    enum { COUNT = 2, PLANES = 3 * SIDE * SIDE };
    const char *path = join_path(scratch, "network.dat");
    lk_nn_graph graph = {0};
    lk_nn_model *model;
    lk_tensors *tensors;
    lk_embedder *embedder;
    float alone[COUNT * WIDTH], together[COUNT * WIDTH], *input = made_up_planes(COUNT * PLANES);
    double exact[WIDTH], *outputs = exact, scale = 0, worst = 0;
    write_network(path);
    assert_ok(lk_tensors_open(&tensors, path));
    lk_embed_dlib_network(&graph);
    assert_ok(lk_nn_model_create(&model, &graph, SIDE, SIDE, lk_embed_dlib_load, tensors, true));
    assert_ok(lk_embedder_create(&embedder, path, NULL));
    assert_ok(oracle_run(model, &outputs, input, 1, SIDE, SIDE, NULL));
    assert_ok(lk_embedder_run_planes(embedder, together, input, COUNT, SIDE, SIDE));
    for (size_t i = 0; i < COUNT; i++)
        assert_ok(
            lk_embedder_run_planes(embedder, alone + i * WIDTH, input + i * PLANES, 1, SIDE, SIDE));
    for (size_t i = 0; i < COUNT * WIDTH; i++) {
        double expected = i < WIDTH ? exact[i] : (double)alone[i];
        scale = fmax(scale, fabs(expected));
        worst = worse(worst, fabs((double)alone[i] - expected));
        worst = worse(worst, fabs((double)together[i] - expected));
    }
    assert_true(scale > 1e-3 && scale < 1e3);
    if (!(worst <= 1e-5 * scale))
        fail_msg("off by %g of %g", worst, scale);
    free(input);
    lk_embedder_destroy(embedder);
    lk_nn_model_destroy(model);
    lk_tensors_close(tensors);
}

/* What dlib 20.0.1 gives for the same file and these crops. */
static void the_network_equals_dlib_s(void **state)
{
    (void)state;
    enum { KEPT = 8 };
    static const double kept[2][KEPT] = {{4.46183252, -2.37768936, 5.9471612, -5.95522594,
                                          -10.2570057, 4.62964487, 0.495753616, -3.09731722},
                                         {4.43624544, -2.41333508, 5.95040607, -5.96051979,
                                          -10.271842, 4.64642096, 0.60217762, -3.22148275}};
    lk_tensors *tensors;
    lk_embedder *embedder;
    lk_image crops[2];
    float out[2 * WIDTH];
    for (size_t k = 0; k < 2; k++) {
        assert_ok(lk_image_create(&crops[k], SIDE, SIDE));
        for (size_t i = 0; i < 3 * SIDE * SIDE; i++)
            crops[k].rgb[i] = (uint8_t)((i * (7 + 4 * k) + i / 450 * (13 + k)) % 251);
    }
    assert_ok(open_bytes(&tensors, &newer_network, newer_network.bytes.count));
    assert_ok(lk_embedder_create_from(&embedder, tensors, NULL));
    lk_tensors_close(tensors);
    assert_ok(lk_embedder_run(embedder, out, crops, 2));
    for (size_t i = 0; i < 2 * KEPT; i++) {
        double found = (double)out[i / KEPT * WIDTH + i % KEPT];
        if (!(fabs(found - kept[i / KEPT][i % KEPT]) <= 1e-4))
            fail_msg("crop %zu, number %zu: %g, expected %g", i / KEPT, i % KEPT, found,
                     kept[i / KEPT][i % KEPT]);
    }
    for (size_t k = 0; k < 2; k++)
        lk_image_clear(&crops[k]);
    lk_embedder_destroy(embedder);
}

static void an_embedder_knows_its_network(void **state)
{
    (void)state;
    lk_tensors *tensors;
    lk_embedder *embedder, *none = NULL;
    lk_embedder_options options;
    lk_image crop;
    float out[WIDTH] = {42};
    assert_ok(open_bytes(&tensors, &network, network.bytes.count));
    assert_ok(lk_embedder_create_from(&embedder, tensors, NULL));
    assert_int_equal(lk_embedder_output_size(embedder), WIDTH);
    assert_int_equal(lk_embedder_crop_size(embedder), SIDE);
    assert_true(lk_embedder_takes(embedder, 150) && !lk_embedder_takes(embedder, 149) &&
                !lk_embedder_takes(embedder, 151));
    assert_false(lk_embedder_is_unit(embedder));
    assert_int_equal(lk_embedder_metric(embedder), LK_METRIC_EUCLIDEAN);
    assert_true(lk_embedder_threshold(embedder) == 0.6);
    assert_ok(lk_image_create(&crop, 160, 160));
    assert_fails(lk_embedder_run(embedder, out, &crop, 1), LK_ERROR_SHAPE,
                 "a crop of 160x160 pixels, the network takes 150");
    assert_true(out[0] == 42);
    lk_image_clear(&crop);
    lk_embedder_options_init(&options);
    options.classify = true;
    assert_fails(lk_embedder_create_from(&none, tensors, &options), LK_ERROR_MISSING, "no classes");
    lk_embedder_destroy(embedder);
    lk_tensors_close(tensors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_read),
        cmocka_unit_test(what_is_no_integer_is_refused),
        cmocka_unit_test(floats_are_read_to_the_bit),
        cmocka_unit_test(floats_that_are_no_numbers_are_refused),
        cmocka_unit_test(sizes_beyond_the_file_are_refused),
        cmocka_unit_test(a_network_becomes_tensors),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(other_architectures_are_refused_by_name),
        cmocka_unit_test(flags_that_change_the_network_are_refused),
        cmocka_unit_test(bytes_behind_the_network_are_refused),
        cmocka_unit_test(the_network_equals_the_plain_loops),
        cmocka_unit_test(the_network_equals_dlib_s),
        cmocka_unit_test(an_embedder_knows_its_network),
    };
    return cmocka_run_group_tests(tests, make_networks, clear_networks);
}

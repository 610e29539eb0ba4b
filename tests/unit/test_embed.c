/* The embedder at a quarter of its width, with weights and crops made up from
 * their names: against PyTorch's float64 (numbers of tools/embed_reference.py),
 * against the plain loops, alone and in batches, and with bad weights. */
#include <pthread.h>
#include <unistd.h>

#include "embed_made_up.h"
#include "oracle/oracle.h"

enum { KEPT = 8 };

static const double kept_embeddings[2][KEPT] = {
    {-0.0007740863814, -0.01502306603, -0.05143008579, 0.09462177392, 0.0132848784, 0.02418975194,
     0.004232734033, -0.05029502839},
    {0.002096081378, -0.01369618631, -0.03635001786, 0.1154342327, -0.0005040828222, 0.02541344259,
     0.0100190357, -0.06286047247},
};
static const double kept_logits[2][KEPT] = {
    {1.306918785, 11.77466251, 6.774521374, 7.219604339, -1.399950776, -0.3635317504, -0.6738123766,
     -5.405852646},
    {-1.157821861, 12.06258687, 7.522141429, 11.78215449, -0.4943642039, -2.321571803, 4.24687226,
     -9.440391353},
};

static void compare_with_pytorch(bool classify, const double kept[2][KEPT], double bound)
{
    lk_nn_model *model;
    lk_image crops[2];
    lk_embedder *embedder = make_embedder(classify, &model);
    size_t size = lk_embedder_output_size(embedder);
    assert_int_equal(size, classify ? CLASSES : LK_EMBEDDING_SIZE);
    float *out = malloc(2 * size * sizeof *out);
    make_crops(crops, 2, SIZE);
    assert_ok(lk_embedder_run(embedder, out, crops, 2));
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < KEPT; k++) {
            double found = fabs((double)out[i * size + k] - kept[i][k]);
            if (!(found <= bound))
                fail_msg("crop %zu, number %zu: %g, expected %g", i, k, (double)out[i * size + k],
                         kept[i][k]);
        }
    free(out);
    free_crops(crops, 2);
    lk_embedder_destroy(embedder);
    lk_nn_model_destroy(model);
}

static void embeddings_equal_pytorch(void **state)
{
    (void)state;
    compare_with_pytorch(false, kept_embeddings, 5e-6);
}

static void logits_equal_pytorch(void **state)
{
    (void)state;
    compare_with_pytorch(true, kept_logits, 1e-4 * 12);
}

/* Any size from 75 pixels, any batch, wide and high: the oracle's numbers, and
 * rows of unit length. */
static void every_batch_equals_the_plain_loops(void **state)
{
    (void)state;
    static const size_t cases[][3] = {{1, 75, 75}, {2, 75, 99}, {9, 76, 75}};
    lk_nn_model *model;
    lk_embedder *embedder = make_embedder(false, &model);
    for (size_t i = 0; i < 3; i++) {
        size_t count = cases[i][0], height = cases[i][1], w = cases[i][2];
        size_t floats = count * 3 * height * w;
        float *input = malloc(floats * sizeof *input);
        float *ours = malloc(count * LK_EMBEDDING_SIZE * sizeof *ours);
        double *exact = malloc(count * LK_EMBEDDING_SIZE * sizeof *exact);
        for (size_t k = 0; k < floats; k++)
            input[k] = (float)(2 * unit_number(i, k) - 1);
        assert_ok(lk_embedder_run_planes(embedder, ours, input, count, height, w));
        assert_ok(oracle_run(model, &exact, input, count, height, w, NULL));
        for (size_t n = 0; n < count; n++) {
            double length = 0;
            for (size_t k = n * LK_EMBEDDING_SIZE; k < (n + 1) * LK_EMBEDDING_SIZE; k++) {
                assert_true(fabs((double)ours[k] - exact[k]) <= 5e-6);
                length += (double)ours[k] * (double)ours[k];
            }
            assert_true(fabs(length - 1) < 1e-5);
        }
        free(input);
        free(ours);
        free(exact);
    }
    lk_embedder_destroy(embedder);
    lk_nn_model_destroy(model);
}

typedef struct caller {
    lk_embedder *embedder;
    const lk_image *crops;
    float out[2 * LK_EMBEDDING_SIZE];
    lk_status status;
} caller;

static void *embed_in_thread(void *user)
{
    caller *self = user;
    for (int i = 0; i < 3 && self->status == LK_OK; i++)
        self->status = lk_embedder_run(self->embedder, self->out, self->crops, 2);
    return NULL;
}

/* A batch of one is what a crop by itself gives, bit for bit; a larger one goes through
 * other kernels, which the plain loops above are compared with. */
static void a_batch_is_as_large_as_was_asked_for(void **state)
{
    (void)state;
    enum { MANY = 11 };
    static float alone[MANY * LK_EMBEDDING_SIZE], ones[MANY * LK_EMBEDDING_SIZE],
        all[MANY * LK_EMBEDDING_SIZE];
    lk_nn_model *model;
    lk_image crops[MANY];
    lk_embedder *by_one, *by_all;
    lk_tensors *tensors = make_tensors((spoiled){0}, 0, &model);
    lk_embedder_options options;
    lk_embedder_options_init(&options);
    assert_int_equal(options.batch, 8);
    options.batch = 1;
    assert_ok(lk_embedder_create_from(&by_one, tensors, &options));
    options.batch = 0;
    assert_fails(lk_embedder_create_from(&by_all, tensors, &options), LK_ERROR_ARGUMENT,
                 "batch takes a whole number from 1 to 1024, not '0'");
    options.batch = MANY;
    assert_ok(lk_embedder_create_from(&by_all, tensors, &options));
    make_crops(crops, MANY, SIZE);
    for (size_t i = 0; i < MANY; i++)
        assert_ok(lk_embedder_run(by_one, alone + i * LK_EMBEDDING_SIZE, &crops[i], 1));
    assert_ok(lk_embedder_run(by_one, ones, crops, MANY));
    assert_ok(lk_embedder_run(by_all, all, crops, MANY));
    assert_memory_equal(alone, ones, sizeof alone);
    for (size_t i = 0; i < MANY * LK_EMBEDDING_SIZE; i++)
        assert_true(fabsf(all[i] - alone[i]) < 1e-4F);
    free_crops(crops, MANY);
    lk_embedder_destroy(by_one);
    lk_embedder_destroy(by_all);
    lk_tensors_close(tensors);
    lk_nn_model_destroy(model);
}

static void threads_share_an_embedder(void **state)
{
    (void)state;
    lk_nn_model *model;
    lk_image crops[2];
    static caller callers[4];
    pthread_t threads[4];
    lk_embedder *embedder = make_embedder(false, &model);
    make_crops(crops, 2, SIZE);
    for (int i = 0; i < 4; i++) {
        callers[i] = (caller){.embedder = embedder, .crops = crops};
        assert_int_equal(pthread_create(&threads[i], NULL, embed_in_thread, &callers[i]), 0);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(callers[i].status, LK_OK);
        assert_memory_equal(callers[i].out, callers[0].out, sizeof callers[0].out);
    }
    free_crops(crops, 2);
    lk_embedder_destroy(embedder);
    lk_nn_model_destroy(model);
}

static void wrong_crops_are_refused(void **state)
{
    (void)state;
    lk_nn_model *model;
    lk_image crops[2];
    float out[2 * LK_EMBEDDING_SIZE] = {42};
    lk_embedder *embedder = make_embedder(false, &model);
    make_crops(crops, 1, 74);
    make_crops(crops + 1, 1, 80);
    assert_fails(lk_embedder_run(embedder, out, crops, 1), LK_ERROR_SHAPE, "74x74");
    assert_fails(lk_embedder_run(embedder, out, crops, 2), LK_ERROR_SHAPE, "crop 1 is 80x80");
    assert_fails(lk_embedder_run_planes(embedder, out, out, 1, 80, 0), LK_ERROR_SHAPE, "0x80");
    assert_ok(lk_embedder_run(embedder, out, NULL, 0));
    assert_true(out[0] == 42);
    free_crops(crops, 2);
    lk_embedder_destroy(embedder);
    lk_nn_model_destroy(model);
}

static void check_spoiled(spoiled spoil, size_t classes, const lk_embedder_options *options,
                          lk_status status, const char *part)
{
    lk_nn_model *model;
    lk_embedder *embedder = NULL;
    lk_tensors *tensors = make_tensors(spoil, classes, &model);
    assert_fails(lk_embedder_create_from(&embedder, tensors, options), status, part);
    assert_null(embedder);
    lk_tensors_close(tensors);
    lk_nn_model_destroy(model);
}

static void wrong_weights_are_refused(void **state)
{
    (void)state;
    lk_embedder_options options = {.struct_size = sizeof(lk_embedder_options),
                                   .batch = 8,
                                   .width = width},
                        classify = {.struct_size = sizeof(lk_embedder_options),
                                    .batch = 8,
                                    .width = width,
                                    .classify = true};
    const char *name = "repeat_2.3.branch1.1.conv.weight";
    check_spoiled((spoiled){.name = name, .how = LEFT_OUT}, 0, &options, LK_ERROR_MISSING, name);
    check_spoiled((spoiled){.name = name, .how = SHORTER}, 0, &options, LK_ERROR_SHAPE, name);
    check_spoiled((spoiled){.name = name, .how = NOT_A_NUMBER}, 0, &options, LK_ERROR_NUMBER, name);
    check_spoiled((spoiled){0}, 0, &classify, LK_ERROR_MISSING, "logits.bias");
    check_spoiled((spoiled){.name = "logits.weight", .how = SHORTER}, CLASSES, &classify,
                  LK_ERROR_SHAPE, "logits.weight");
    options.width = 1;
    check_spoiled((spoiled){0}, 0, &options, LK_ERROR_SHAPE, "conv2d_1a.conv.weight");
    options.width = NAN;
    check_spoiled((spoiled){0}, 0, &options, LK_ERROR_ARGUMENT, "width");
    lk_embedder *embedder = NULL;
    assert_fails(lk_embedder_create(&embedder, "/nowhere/weights.pt", NULL), LK_ERROR_IO,
                 "/nowhere/weights.pt");
    lk_embedder_destroy(NULL);
}

/* Weights that load, but give a face no numbers, or only zeros. */
static void check_useless(const char *name, int how, size_t classes, const char *part)
{
    lk_nn_model *model;
    lk_embedder *embedder;
    lk_image crops[2];
    float out[2 * LK_EMBEDDING_SIZE] = {42};
    const lk_embedder_options options = {
        .struct_size = sizeof(lk_embedder_options), .batch = 8, .classify = classes > 0};
    lk_tensors *tensors = make_tensors((spoiled){.name = name, .how = how}, classes, &model);
    assert_ok(lk_embedder_create_from(&embedder, tensors, &options));
    make_crops(crops, 2, SIZE);
    assert_fails(lk_embedder_run(embedder, out, crops, 2), LK_ERROR_NUMBER, part);
    assert_true(out[0] == 42);
    free_crops(crops, 2);
    lk_embedder_destroy(embedder);
    lk_tensors_close(tensors);
    lk_nn_model_destroy(model);
}

static void embeddings_are_numbers(void **state)
{
    (void)state;
    check_useless("last_linear.weight", HUGE_NUMBERS, 0, "face 1 of 2 are not finite");
    check_useless("logits.weight", HUGE_NUMBERS, CLASSES, "face 1 of 2 are not finite");
    check_useless("last_bn.", ZEROS, 0, "face 1 of 2 are all 0");
}

/* Every width builds, also those whose rounded branches do not add up to the
 * rounded whole. */
static void any_width_fits_together(void **state)
{
    (void)state;
    static const double widths[] = {0.01, 0.1, 0.15, 0.33, 0.5, 0.77, 1.0, 1.3, 2.0};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        lk_nn_graph graph = {0};
        lk_embed_network(&graph, widths[i], 0);
        lk_nn_shape *shapes = calloc(graph.count, sizeof *shapes);
        assert_int_equal(graph.status, LK_OK);
        assert_ok(lk_nn_graph_shapes(&graph, 75, 75, shapes));
        assert_int_equal(shapes[graph.outputs[0]].channels, LK_EMBEDDING_SIZE);
        assert_int_equal(lk_nn_graph_shapes(&graph, 74, 75, shapes), LK_ERROR_SHAPE);
        free(shapes);
        lk_nn_graph_clear(&graph);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embeddings_equal_pytorch),
        cmocka_unit_test(logits_equal_pytorch),
        cmocka_unit_test(every_batch_equals_the_plain_loops),
        cmocka_unit_test(a_batch_is_as_large_as_was_asked_for),
        cmocka_unit_test(threads_share_an_embedder),
        cmocka_unit_test(wrong_crops_are_refused),
        cmocka_unit_test(wrong_weights_are_refused),
        cmocka_unit_test(embeddings_are_numbers),
        cmocka_unit_test(any_width_fits_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

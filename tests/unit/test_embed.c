/* The embedder at a quarter of its width, with weights and crops made up from
 * their names: against PyTorch's float64 (numbers of tools/embed_reference.py),
 * against the plain loops, alone and in batches, and with bad weights. */
#include <math.h>
#include <pthread.h>
#include <unistd.h>

#include "support.h"

#include <likeness/embed.h>
#include <likeness/packed.h>
#include <likeness/weights.h>

#include "amx_emulated.h"
#include "embed/network.h"
#include "nn/infer/processor.h"
#include "oracle/oracle.h"

static const double width = 0.25;
enum { CLASSES = 10, SIZE = 80, KEPT = 8 };

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

/* Number `index` of a name, in [0, 1): FNV-1a seeds splitmix64, the top 24 bits. */
static uint64_t name_seed(const char *name)
{
    uint64_t seed = 1469598103934665603u;
    for (; *name; name++)
        seed = (seed ^ (uint8_t)*name) * 1099511628211u;
    return seed;
}

static double unit_number(uint64_t seed, uint64_t index)
{
    uint64_t z = seed + (index + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 40) / (1 << 24);
}

static bool ends_with(const char *name, const char *ending)
{
    size_t length = strlen(name), tail = strlen(ending);
    return length >= tail && strcmp(name + length - tail, ending) == 0;
}

/* What a test changes of the made-up weights. */
typedef struct spoiled {
    lk_tensors *tensors;
    const char *name; /* of the tensor, or how names begin; NULL: none */
    enum { LEFT_OUT, SHORTER, NOT_A_NUMBER, HUGE_NUMBERS, ZEROS } how;
} spoiled;

static lk_status made_up(void *user, const char *name, const size_t *shape, size_t rank, float *out)
{
    spoiled *state = user;
    size_t count = 1, used[4];
    for (size_t i = 0; i < rank; i++)
        count *= used[i] = shape[i];
    double fan_in = (double)count / (double)shape[0];
    bool around_one = ends_with(name, "bn.weight") || ends_with(name, "running_var");
    uint64_t seed = name_seed(name);
    for (size_t i = 0; i < count; i++) {
        double u = unit_number(seed, i);
        out[i] = (float)(rank > 1     ? (2 * u - 1) * sqrt(6 / fan_in)
                         : around_one ? 0.5 + u
                                      : 0.2 * (u - 0.5));
    }
    if (state->name && strncmp(name, state->name, strlen(state->name)) == 0) {
        if (state->how == LEFT_OUT)
            return LK_OK;
        if (state->how == NOT_A_NUMBER)
            out[count / 2] = NAN;
        else if (state->how == SHORTER)
            used[0]--;
        else
            for (size_t i = 0; i < count; i++)
                out[i] = state->how == ZEROS ? 0 : 3e38f;
    }
    return lk_tensors_add(state->tensors, name, LK_F32, out, used, rank);
}

/* A state dict as the network's own list of parameters asks for it, and the
 * model that came of it, for the oracle. */
static lk_tensors *make_tensors(spoiled spoil, size_t classes, lk_nn_model **model)
{
    lk_nn_graph graph = {0};
    assert_ok(lk_tensors_create(&spoil.tensors));
    lk_embed_network(&graph, width, classes);
    assert_ok(lk_nn_model_create(model, &graph, SIZE, SIZE, made_up, &spoil, true));
    return spoil.tensors;
}

static lk_embedder *make_embedder(bool classify, lk_nn_model **model)
{
    lk_embedder *embedder;
    lk_tensors *tensors = make_tensors((spoiled){0}, classify ? CLASSES : 0, model);
    lk_embedder_options options = {.struct_size = sizeof(lk_embedder_options),
                                   .batch = 8,
                                   .classify = classify}; /* the width as the shapes say */
    assert_ok(lk_embedder_create_from(&embedder, tensors, &options));
    lk_tensors_close(tensors);
    return embedder;
}

static void make_crops(lk_image *crops, size_t count, size_t size)
{
    uint64_t seed = name_seed("crops");
    size_t bytes = size * size * 3;
    for (size_t i = 0; i < count; i++) {
        crops[i] = (lk_image){size, size, malloc(bytes)};
        for (size_t k = 0; k < bytes; k++)
            crops[i].rgb[k] = (uint8_t)(unit_number(seed, i * bytes + k) * 256);
    }
}

static void free_crops(lk_image *crops, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(crops[i].rgb);
}

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

enum { CROPS = 3, ROWS = CROPS * LK_EMBEDDING_SIZE };

static void check_nearness(const float *a, const float *b)
{
    for (size_t i = 0; i < CROPS; i++) {
        double cosine = 0;
        for (size_t k = i * LK_EMBEDDING_SIZE; k < (i + 1) * LK_EMBEDDING_SIZE; k++)
            cosine += (double)a[k] * (double)b[k];
        assert_true(cosine > 0.99 && cosine < 1 - 1e-9);
    }
}

/* In bf16, which auto stands for where there is AMX, by emulated tiles. */
static void check_emulated(const lk_tensors *tensors, const lk_image *crops, const float *wide,
                           const float *narrow)
{
    float rows[ROWS];
    lk_precision automatic;
    lk_embedder *embedder;
    lk_embedder_options options;
    lk_embedder_options_init(&options);
    options.precision = LK_PRECISION_AUTO;
    lk_nn_processor_set_amx(&amx_products);
    assert_ok(lk_precision_resolve(&automatic, LK_PRECISION_AUTO));
    assert_int_equal(automatic, LK_PRECISION_BF16);
    assert_ok(lk_embedder_create_from(&embedder, tensors, &options));
    assert_int_equal(lk_embedder_precision(embedder), LK_PRECISION_BF16);
    assert_ok(lk_embedder_run(embedder, rows, crops, CROPS));
    lk_embedder_destroy(embedder);
    lk_nn_processor_set_amx(NULL);
    assert_true(emulated_products);
    assert_int_equal(emulated_in_use, 0);
    check_nearness(wide, rows);
    if (!lk_nn_processor_amx())
        check_nearness(narrow, rows);
}

/* bf16 gives nearly the same rows, and says that it is what ran; auto is one of the two. */
static void precisions_are_near_each_other(void **state)
{
    lk_nn_model *models[2];
    lk_image crops[CROPS];
    lk_embedder *wide = make_embedder(false, &models[0]), *narrow = NULL;
    lk_tensors *tensors = make_tensors((spoiled){0}, 0, &models[1]);
    float rows[2][ROWS];
    lk_precision automatic;
    lk_embedder_options options;
    lk_embedder_options_init(&options);
    (void)state;
    assert_int_equal(lk_embedder_precision(wide), LK_PRECISION_F32);
    assert_ok(lk_precision_resolve(&automatic, LK_PRECISION_AUTO));
    assert_true(automatic == LK_PRECISION_F32 || automatic == LK_PRECISION_BF16);
    make_crops(crops, CROPS, SIZE);
    assert_ok(lk_embedder_run(wide, rows[0], crops, CROPS));
    options.precision = LK_PRECISION_BF16;
    if (lk_precision_resolve(&automatic, LK_PRECISION_BF16) == LK_OK) {
        assert_ok(lk_embedder_create_from(&narrow, tensors, &options));
        assert_int_equal(lk_embedder_precision(narrow), LK_PRECISION_BF16);
        assert_ok(lk_embedder_run(narrow, rows[1], crops, CROPS));
        check_nearness(rows[0], rows[1]);
        check_emulated(tensors, crops, rows[0], rows[1]);
    } else {
        assert_fails(lk_embedder_create_from(&narrow, tensors, &options), LK_ERROR_INTERNAL,
                     "AVX512_BF16");
    }
    lk_embedder_destroy(narrow);
    lk_embedder_destroy(wide);
    lk_tensors_close(tensors);
    lk_nn_model_destroy(models[0]);
    lk_nn_model_destroy(models[1]);
    free_crops(crops, CROPS);
}

static size_t count_packed(const char *folder)
{
    lk_packed_files files;
    assert_ok(lk_packed_list(&files, folder));
    size_t count = files.count;
    lk_packed_files_clear(&files);
    return count;
}

static void embed_and_keep(float out[LK_EMBEDDING_SIZE], const char *path,
                           const lk_embedder_options *options, const lk_image *crop)
{
    lk_embedder *embedder;
    assert_ok(lk_embedder_create(&embedder, path, options));
    assert_ok(lk_embedder_run(embedder, out, crop, 1));
    assert_ok(lk_embedder_keep(embedder));
    lk_embedder_destroy(embedder);
}

/* Of the weights that the file has, whatever the caller says; nothing without a folder. */
static void laid_out_weights_are_kept_where_asked(void **state)
{
    char folder[] = "/tmp/likeness-packed-XXXXXX", path[64], packed[64];
    float without[LK_EMBEDDING_SIZE], with[LK_EMBEDDING_SIZE];
    lk_embedder *embedder;
    lk_image crop;
    lk_embedder_options options;
    lk_nn_model *model;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/w.safetensors", folder);
    snprintf(packed, sizeof packed, "%s/packed", folder);
    lk_tensors *tensors = make_tensors((spoiled){0}, 0, &model);
    assert_ok(lk_tensors_write_safetensors(tensors, path));
    lk_tensors_close(tensors);
    lk_nn_model_destroy(model);
    make_crops(&crop, 1, SIZE);
    lk_embedder_options_init(&options);
    embed_and_keep(without, path, &options, &crop);
    options.packed = packed;
    options.packed_digest = "0123";
    assert_fails(lk_embedder_create(&embedder, path, &options), LK_ERROR_ARGUMENT, "packed_digest");
    options.packed_digest = "0000000000000000000000000000000000000000000000000000000000000000";
    embed_and_keep(with, path, &options, &crop);
    assert_memory_equal(with, without, sizeof with);
    assert_int_equal(count_packed(packed), 0);
    options.packed_digest = NULL;
    for (int i = 0; i < 2; i++)
        embed_and_keep(with, path, &options, &crop);
    assert_memory_equal(with, without, sizeof with);
    assert_true(count_packed(packed) <= 1); /* none where programs have no build id */
    assert_ok(lk_packed_trim(packed, 0));
    assert_int_equal(count_packed(packed), 0);
    free_crops(&crop, 1);
    (void)rmdir(packed);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(laid_out_weights_are_kept_where_asked),
        cmocka_unit_test(precisions_are_near_each_other),
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

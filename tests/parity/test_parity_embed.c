/* The full-size network against PyTorch's float64 on the shared crops: largest
 * differences at three input sizes, three batch sizes; logits; and, when those
 * differ, which block began it. */
#include <math.h>

#include <jansson.h>

#include "support.h"

#include <likeness/embed.h>
#include <likeness/weights.h>

#include "embed/network.h"
#include "nn/infer/processor.h"
#include "run_session.h"

#define WEIGHTS "reference/seeded_inception_resnet_v1.pt"

static const double embedding_bound = 5e-6;

/* Opens a group's crops as images that borrow one piece of memory. */
typedef struct crop_set {
    uint8_t *bytes;
    lk_image *images;
    size_t count;
} crop_set;

static void open_npy(lk_tensors **set, const char *format, const char *group, int size)
{
    char name[256];
    snprintf(name, sizeof name, format, group, size);
    assert_ok(lk_npy_open(set, shared_file(name)));
}

static void open_crops(crop_set *crops, const char *group, int size)
{
    lk_tensors *set;
    open_npy(&set, "reference/crops_%s_%d.npy", group, size);
    const lk_tensor *tensor = lk_tensors_get(set, 0);
    assert_int_equal(tensor->dtype, LK_U8);
    crops->count = tensor->shape[0];
    crops->bytes = malloc(tensor->count);
    memcpy(crops->bytes, tensor->data, tensor->count);
    crops->images = calloc(crops->count, sizeof *crops->images);
    for (size_t i = 0; i < crops->count; i++)
        crops->images[i] = (lk_image){(size_t)size, (size_t)size,
                                      crops->bytes + i * (tensor->count / crops->count)};
    lk_tensors_close(set);
}

static void close_crops(crop_set *crops)
{
    free(crops->bytes);
    free(crops->images);
}

static double largest_difference(const float *ours, const double *expected, size_t count)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = worse(largest, fabs((double)ours[i] - expected[i]));
    return largest;
}

/* 1 less the least cosine of rows. */
static double largest_angle(const float *ours, const double *expected, size_t count)
{
    double largest = 0;
    for (size_t row = 0; row + LK_EMBEDDING_SIZE <= count; row += LK_EMBEDDING_SIZE) {
        double dot = 0, a = 0, b = 0;
        for (size_t i = row; i < row + LK_EMBEDDING_SIZE; i++) {
            dot += (double)ours[i] * expected[i];
            a += (double)ours[i] * (double)ours[i];
            b += expected[i] * expected[i];
        }
        largest = worse(largest, 1 - dot / sqrt(a * b));
    }
    return largest;
}

typedef double (*measure_fn)(const float *ours, const double *expected, size_t count);

/* Embeds a group in batches of `batch` and compares. */
static double check_group(lk_embedder *embedder, const char *group, int size, size_t batch,
                          measure_fn measure)
{
    crop_set crops;
    lk_tensors *set;
    open_crops(&crops, group, size);
    open_npy(&set, "reference/embeddings_%s_%d.npy", group, size);
    const lk_tensor *tensor = lk_tensors_get(set, 0);
    double *expected = malloc(tensor->count * sizeof *expected);
    float *ours = malloc(tensor->count * sizeof *ours);
    lk_tensor_copy_f64(tensor, expected);
    for (size_t first = 0; first < crops.count; first += batch) {
        size_t now = crops.count - first < batch ? crops.count - first : batch;
        assert_ok(
            lk_embedder_run(embedder, ours + first * LK_EMBEDDING_SIZE, crops.images + first, now));
    }
    double largest = measure(ours, expected, tensor->count);
    free(expected);
    free(ours);
    lk_tensors_close(set);
    close_crops(&crops);
    return largest;
}

static const struct {
    const char *group;
    int size;
} sets[] = {{"bruce", 160},        {"neil", 160},         {"pam", 160},
            {"black_female", 150}, {"white_female", 150}, {"white_male", 150},
            {"bruce", 256},        {"neil", 256},         {"pam", 256}};

static void embeddings_equal_float64(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    static const size_t batches[] = {1, 7, 49};
    lk_embedder *embedder;
    assert_ok(lk_embedder_create(&embedder, shared_file(WEIGHTS), NULL));
    double worst = 0;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        for (size_t b = 0; b < 3; b++) {
            double largest =
                check_group(embedder, sets[i].group, sets[i].size, batches[b], largest_difference);
            print_message("%-12s %d px, batches of %2zu: largest difference %.2e\n", sets[i].group,
                          sets[i].size, batches[b], largest);
            worst = worse(worst, largest);
        }
    lk_embedder_destroy(embedder);
    if (!(worst <= embedding_bound))
        fail_msg("largest difference %g, at most %g is allowed", worst, embedding_bound);
}

/* By AMX, where no layer stays float32, it is as near as other libraries are. */
static void embeddings_in_bf16_are_near_float64(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    if (!lk_nn_processor_narrows()) {
        print_message("SKIPPED: this processor has no AVX512_BF16\n");
        return;
    }
    double worst = 0, bound = lk_nn_processor_amx(LK_NN_BF16) ? 2e-3 : 5e-4;
    lk_embedder_options options;
    lk_embedder *embedder;
    lk_embedder_options_init(&options);
    options.precision = LK_PRECISION_BF16;
    assert_ok(lk_embedder_create(&embedder, shared_file(WEIGHTS), &options));
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        worst = worse(worst, check_group(embedder, sets[i].group, sets[i].size, 8, largest_angle));
    lk_embedder_destroy(embedder);
    print_message("bf16: 1 - cosine at most %.2g\n", worst);
    if (!(worst <= bound))
        fail_msg("1 - cosine is %g, at most %g is allowed", worst, bound);
}

static void logits_equal_float64(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    lk_embedder_options options;
    lk_embedder_options_init(&options);
    options.classify = true;
    lk_embedder *embedder;
    assert_ok(lk_embedder_create(&embedder, shared_file(WEIGHTS), &options));
    crop_set crops;
    lk_tensors *set;
    open_crops(&crops, "bruce", 160);
    assert_ok(lk_npy_open(&set, shared_file("reference/logits_bruce_160_first3.npy")));
    const lk_tensor *tensor = lk_tensors_get(set, 0);
    assert_int_equal(tensor->shape[1], lk_embedder_output_size(embedder));
    double *expected = malloc(tensor->count * sizeof *expected), scale = 0;
    float *ours = malloc(tensor->count * sizeof *ours);
    lk_tensor_copy_f64(tensor, expected);
    assert_ok(lk_embedder_run(embedder, ours, crops.images, 3));
    for (size_t i = 0; i < tensor->count; i++)
        scale = fmax(scale, fabs(expected[i]));
    double relative = largest_difference(ours, expected, tensor->count) / scale;
    print_message("logits: largest difference %.2e of the largest logit\n", relative);
    assert_true(relative <= 1e-4);
    free(expected);
    free(ours);
    lk_tensors_close(set);
    close_crops(&crops);
    lk_embedder_destroy(embedder);
}

/* ---- block by block: which one begins to differ -------------------------- */

/* The layer whose activation PyTorch calls `block`: the last one under that
 * name, and what follows it without a name of its own. */
static size_t block_layer(const lk_nn_graph *graph, const char *block)
{
    size_t length = strlen(block), last = 0;
    bool joins = strncmp(block, "mixed", 5) == 0;
    for (size_t i = 1; i < graph->count; i++) {
        const char *name = graph->layers[i].name;
        if (strncmp(name, block, length) == 0 && (name[length] == '.' || name[length] == 0))
            last = i;
    }
    for (size_t i = last + 1; i < graph->count; i++) {
        lk_nn_op op = graph->layers[i].op;
        bool follows = op == LK_NN_RELU || op == LK_NN_RESIDUAL ||
                       (joins && (op == LK_NN_MAXPOOL || op == LK_NN_CONCAT));
        if (!follows)
            break;
        last = i;
    }
    return last;
}

static size_t stage_layer(const lk_nn_graph *graph, const char *stage)
{
    bool pool = strcmp(stage, "maxpool_3a") == 0, average = strcmp(stage, "avgpool_1a") == 0;
    for (size_t i = 0; i < graph->count; i++)
        if ((pool && graph->layers[i].op == LK_NN_MAXPOOL) ||
            (average && graph->layers[i].op == LK_NN_AVGPOOL))
            return i;
    return block_layer(graph, stage);
}

static lk_status load_tensor(void *user, const char *name, const size_t *shape, size_t rank,
                             float *out)
{
    return lk_tensors_load_f32(user, name, shape, rank, out);
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* Mean, standard deviation (of the sample) and first eight values. */
static void check_activation(const char *stage, const json_t *expected, const float *ours,
                             size_t count)
{
    double sum = 0, squares = 0, worst;
    for (size_t i = 0; i < count; i++)
        sum += (double)ours[i];
    for (size_t i = 0; i < count; i++)
        squares +=
            ((double)ours[i] - sum / (double)count) * ((double)ours[i] - sum / (double)count);
    double deviation = sqrt(squares / (double)(count - 1));
    worst = worse(fabs(sum / (double)count - number(expected, "mean")),
                  fabs(deviation - number(expected, "std")));
    for (size_t i = 0; i < 8; i++)
        worst = worse(worst, fabs((double)ours[i] - json_number_value(json_array_get(
                                                        json_object_get(expected, "first8"), i))));
    print_message("%-12s largest difference %.2e\n", stage, worst);
    if (!(worst <= 2e-5))
        fail_msg("the activation of %s is off by %g", stage, worst);
}

/* Runs the network with up to four of its stages as outputs. */
static void check_stages(lk_tensors *weights, const float *input, const json_t *expected,
                         const char *const *stages, size_t count)
{
    lk_nn_graph graph = {0};
    lk_nn_model *model;
    lk_nn_session *session;
    float *outputs[LK_NN_MAX_OUTPUTS];
    size_t sizes[LK_NN_MAX_OUTPUTS];
    lk_embed_network(&graph, 1.0, 0);
    lk_nn_shape *shapes = calloc(graph.count, sizeof *shapes);
    assert_ok(lk_nn_graph_shapes(&graph, 160, 160, shapes));
    graph.output_count = 0;
    for (size_t i = 0; i < count; i++) {
        size_t layer = stage_layer(&graph, stages[i]);
        sizes[i] = shapes[layer].channels * shapes[layer].height * shapes[layer].width;
        outputs[i] = malloc(sizes[i] * sizeof(float));
        lk_nn_add_output(&graph, layer);
    }
    assert_ok(lk_nn_model_create(&model, &graph, 160, 160, load_tensor, weights, false));
    assert_ok(lk_nn_session_create(&session, model));
    assert_ok(run_session(session, outputs, input, 1, (lk_nn_shape){3, 160, 160}));
    for (size_t i = 0; i < count; i++) {
        check_activation(stages[i], json_object_get(expected, stages[i]), outputs[i], sizes[i]);
        free(outputs[i]);
    }
    free(shapes);
    lk_nn_session_destroy(session);
    lk_nn_model_destroy(model);
}

static void every_block_equals_float64(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    json_t *expected =
        json_load_file(shared_file("reference/activations_bruce_160_first.json"), 0, NULL);
    assert_non_null(expected);
    crop_set crops;
    lk_tensors *weights;
    open_crops(&crops, "bruce", 160);
    assert_ok(lk_tensors_open(&weights, shared_file(WEIGHTS)));
    float *input = malloc(3 * 160 * 160 * sizeof *input);
    for (size_t i = 0; i < 3 * 160 * 160; i++)
        input[i % 3 * 160 * 160 + i / 3] = ((float)crops.images[0].rgb[i] - 127.5f) / 128.0f;
    const char *stages[LK_NN_MAX_OUTPUTS], *name;
    size_t count = 0, checked = 0;
    json_t *value;
    json_object_foreach(expected, name, value)
    {
        stages[count++] = name;
        checked++;
        if (count == LK_NN_MAX_OUTPUTS) {
            check_stages(weights, input, expected, stages, count);
            count = 0;
        }
    }
    if (count)
        check_stages(weights, input, expected, stages, count);
    assert_int_equal(checked, 16);
    free(input);
    close_crops(&crops);
    lk_tensors_close(weights);
    json_decref(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_equals_float64),
        cmocka_unit_test(embeddings_equal_float64),
        cmocka_unit_test(embeddings_in_bf16_are_near_float64),
        cmocka_unit_test(logits_equal_float64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

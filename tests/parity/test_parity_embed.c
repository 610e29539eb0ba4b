/* The full-size network against PyTorch's float64 on the shared crops: largest
 * differences at three input sizes, three batch sizes; logits; and, when those
 * differ, which block began it (activations of the oracle). */
#include <math.h>

#include "support.h"

#include <likeness/embed.h>
#include <likeness/weights.h>

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
        largest = fmax(largest, fabs((double)ours[i] - expected[i]));
    return largest;
}

/* Embeds a group in batches of `batch` and compares. */
static double check_group(lk_embedder *embedder, const char *group, int size, size_t batch)
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
    double largest = largest_difference(ours, expected, tensor->count);
    free(expected);
    free(ours);
    lk_tensors_close(set);
    close_crops(&crops);
    return largest;
}

static void embeddings_equal_float64(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    static const struct {
        const char *group;
        int size;
    } sets[] = {{"bruce", 160},        {"neil", 160},         {"pam", 160},
                {"black_female", 150}, {"white_female", 150}, {"white_male", 150},
                {"bruce", 256},        {"neil", 256},         {"pam", 256}};
    static const size_t batches[] = {1, 7, 49};
    lk_embedder *embedder;
    assert_ok(lk_embedder_create(&embedder, shared_file(WEIGHTS), NULL));
    double worst = 0;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        for (size_t b = 0; b < 3; b++) {
            double largest = check_group(embedder, sets[i].group, sets[i].size, batches[b]);
            print_message("%-12s %d px, batches of %2zu: largest difference %.2e\n", sets[i].group,
                          sets[i].size, batches[b], largest);
            worst = fmax(worst, largest);
        }
    lk_embedder_destroy(embedder);
    if (!(worst <= embedding_bound))
        fail_msg("largest difference %g, at most %g is allowed", worst, embedding_bound);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embeddings_equal_float64),
        cmocka_unit_test(logits_equal_float64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

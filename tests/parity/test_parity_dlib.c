/* dlib's models against the numbers that dlib itself gave. The models are looked for in
 * the folder LIKENESS_DLIB, else in the store's models/dlib. */
#include <math.h>

#include "support.h"

#include <likeness/embed.h>
#include <likeness/store.h>
#include <likeness/weights.h>

#define NETWORK   "dlib_face_recognition_resnet_model_v1.dat"
#define REFERENCE "reference/realmodels/dlib/"

static const double embedding_bound = 1e-5;
enum { SIDE = 150, WIDTH = 128 };

/* The model of that name, or NULL. */
static const char *model_file(const char *name)
{
    static char path[4096];
    const char *folder = getenv("LIKENESS_DLIB");
    char *store = NULL;
    if (!folder && lk_store_directory(&store) == LK_OK) {
        snprintf(path, sizeof path, "%s/models/dlib/%s", store, name);
        lk_free(store);
    } else {
        snprintf(path, sizeof path, "%s/%s", folder ? folder : ".", name);
    }
    return access(path, R_OK) == 0 ? path : NULL;
}

#define SKIP_WITHOUT_MODELS()                                                                      \
    do {                                                                                           \
        SKIP_WITHOUT_SHARED();                                                                     \
        if (!model_file(NETWORK)) {                                                                \
            print_message("SKIPPED %s: no dlib models (set LIKENESS_DLIB)\n", __func__);           \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

static const lk_tensor *open_npy(lk_tensors **set, const char *name)
{
    assert_ok(lk_npy_open(set, shared_file(name)));
    return lk_tensors_get(*set, 0);
}

static double largest_difference(lk_embedder *embedder, const lk_image *chips, size_t count,
                                 const double *expected)
{
    double largest = 0;
    float *ours = malloc(count * WIDTH * sizeof *ours);
    assert_ok(lk_embedder_run(embedder, ours, chips, count));
    for (size_t i = 0; i < count * WIDTH; i++)
        largest = worse(largest, fabs((double)ours[i] - expected[i]));
    free(ours);
    return largest;
}

/* The chips of one file one at a time and in batches. */
static void check_chips(lk_embedder *embedder, const char *chips, const char *embeddings)
{
    lk_tensors *pixels, *numbers;
    const lk_tensor *x = open_npy(&pixels, chips), *y = open_npy(&numbers, embeddings);
    assert_int_equal(x->dtype, LK_U8);
    size_t count = x->shape[0], bytes = (size_t)SIDE * SIDE * 3;
    assert_int_equal(x->count, count * bytes);
    assert_int_equal(y->count, count * WIDTH);
    double *expected = malloc(y->count * sizeof *expected), alone = 0;
    uint8_t *copy = malloc(x->count);
    lk_image *images = calloc(count, sizeof *images);
    memcpy(copy, x->data, x->count);
    lk_tensor_copy_f64(y, expected);
    for (size_t i = 0; i < count; i++) {
        images[i] = (lk_image){SIDE, SIDE, copy + i * bytes};
        alone = worse(alone, largest_difference(embedder, &images[i], 1, expected + i * WIDTH));
    }
    double together = largest_difference(embedder, images, count, expected);
    print_message("%s: largest difference %.2e alone, %.2e in batches\n", chips, alone, together);
    assert_true(alone <= embedding_bound && together <= embedding_bound);
    free(images);
    free(copy);
    free(expected);
    lk_tensors_close(pixels);
    lk_tensors_close(numbers);
}

static void embeddings_equal_dlib_s(void **state)
{
    (void)state;
    SKIP_WITHOUT_MODELS();
    lk_embedder *embedder;
    assert_ok(lk_embedder_create(&embedder, model_file(NETWORK), NULL));
    assert_int_equal(lk_embedder_output_size(embedder), WIDTH);
    assert_int_equal(lk_embedder_crop_size(embedder), SIDE);
    assert_false(lk_embedder_is_unit(embedder));
    assert_int_equal(lk_embedder_metric(embedder), LK_METRIC_EUCLIDEAN);
    assert_true(lk_embedder_threshold(embedder) == 0.6);
    check_chips(embedder, REFERENCE "photos_chips_rgb_u8.npy",
                REFERENCE "photos_embeddings_f64.npy");
    check_chips(embedder, REFERENCE "artificial_chips_rgb_u8.npy",
                REFERENCE "artificial_embeddings_f64.npy");
    lk_embedder_destroy(embedder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embeddings_equal_dlib_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

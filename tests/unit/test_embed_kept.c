/* In what numbers the embedder runs, and what it keeps of its weights. */
#include <unistd.h>

#include <likeness/packed.h>

#include "amx_emulated.h"
#include "embed_made_up.h"
#include "nn/infer/processor.h"

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
    lk_nn_processor_set_amx(LK_NN_BF16, &amx_products);
    assert_ok(lk_precision_resolve(&automatic, LK_PRECISION_AUTO));
    assert_int_equal(automatic, LK_PRECISION_BF16);
    assert_ok(lk_embedder_create_from(&embedder, tensors, &options));
    assert_int_equal(lk_embedder_precision(embedder), LK_PRECISION_BF16);
    assert_ok(lk_embedder_run(embedder, rows, crops, CROPS));
    lk_embedder_destroy(embedder);
    lk_nn_processor_set_amx(LK_NN_BF16, NULL);
    assert_true(emulated_products);
    assert_int_equal(emulated_in_use, 0);
    check_nearness(wide, rows);
    if (!lk_nn_processor_amx(LK_NN_BF16))
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

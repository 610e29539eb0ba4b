/* Networks whose weights were quantised: how near their vectors are to those of floats, what
 * stands in the file, and files that lie. Ranges by themselves. */
#include <math.h>
#include <string.h>

#include "support.h"

#include <likeness/embed.h>
#include <likeness/weights.h>

#include "amx_emulated.h"
#include "base/memory.h"
#include "base/random.h"
#include "embed/network.h"
#include "embed/ranges.h"
#include "nn/infer/processor.h"

enum { SIDE = 80, CROPS = 4 };

static lk_image crops[CROPS];
static lk_tensors *wide, *whole;

static bool named(const char *name, const char *part)
{
    return strstr(name, part) != NULL;
}

static lk_status made_up(void *user, const char *name, const size_t *shape, size_t rank, float *out)
{
    size_t count = 1;
    lk_random *random = user;
    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    double size = rank > 1 ? sqrt(2 * (double)shape[0] / (double)count) : .1;
    double middle = named(name, "running_var") || named(name, "bn.weight") ? 1 : 0;
    for (size_t i = 0; i < count; i++)
        out[i] = (float)(middle + size * fmin(fmax(lk_random_normal(random), -3), 3));
    return lk_tensors_add(wide, name, LK_F32, out, shape, rank);
}

static int make_network(void **state)
{
    lk_nn_graph graph = {0};
    lk_nn_model *model;
    lk_random random;
    (void)state;
    lk_random_init(&random, 5, 0);
    for (size_t i = 0; i < CROPS; i++) {
        crops[i] = (lk_image){SIDE, SIDE, malloc(SIDE * SIDE * 3)};
        for (size_t k = 0; k < SIDE * SIDE * 3; k++)
            crops[i].rgb[k] = (uint8_t)lk_random_below(&random, 256);
    }
    assert_ok(lk_tensors_create(&wide));
    lk_embed_network(&graph, 0.125, 0);
    assert_ok(lk_nn_model_create(&model, &graph, SIDE, SIDE, made_up, &random, false));
    lk_nn_model_destroy(model);
    assert_ok(lk_tensors_quantise(&whole, wide, crops, CROPS));
    return 0;
}

static int free_network(void **state)
{
    (void)state;
    for (size_t i = 0; i < CROPS; i++)
        free(crops[i].rgb);
    lk_tensors_close(wide);
    lk_tensors_close(whole);
    return 0;
}

/* The precision that ran. */
static lk_precision embed(float *rows, const lk_tensors *tensors, lk_precision asked)
{
    lk_embedder *embedder;
    lk_embedder_options options;
    lk_embedder_options_init(&options);
    options.precision = asked;
    assert_ok(lk_embedder_create_from(&embedder, tensors, &options));
    assert_ok(lk_embedder_run(embedder, rows, crops, CROPS));
    lk_precision ran = lk_embedder_precision(embedder);
    lk_embedder_destroy(embedder);
    return ran;
}

static double least_cosine(const float *a, const float *b)
{
    double least = 1;
    for (size_t i = 0; i < CROPS; i++) {
        double cosine = 0;
        for (size_t k = i * LK_EMBEDDING_SIZE; k < (i + 1) * LK_EMBEDDING_SIZE; k++)
            cosine += (double)a[k] * (double)b[k];
        least = fmin(least, cosine);
    }
    return least;
}

static void vectors_are_near_those_of_floats(void **state)
{
    enum { ROWS = CROPS * LK_EMBEDDING_SIZE };
    static float f32[ROWS], int8[ROWS], again[ROWS], widened[ROWS];
    (void)state;
    assert_int_equal(embed(f32, wide, LK_PRECISION_OWN), LK_PRECISION_F32);
    assert_int_equal(embed(int8, whole, LK_PRECISION_OWN), LK_PRECISION_INT8);
    assert_int_equal(embed(again, whole, LK_PRECISION_INT8), LK_PRECISION_INT8);
    assert_int_equal(embed(widened, whole, LK_PRECISION_F32), LK_PRECISION_F32);
    assert_memory_equal(int8, again, sizeof int8);
    bool fast = lk_precision_has_instructions(LK_PRECISION_INT8);
    lk_precision automatic = embed(again, whole, LK_PRECISION_AUTO);
    assert_int_equal(automatic == LK_PRECISION_INT8, fast);
    double cosine = least_cosine(f32, int8), weights = least_cosine(f32, widened);
    print_message("cosine: int8 %.5f, its weights in f32 %.5f\n", cosine, weights);
    assert_true(cosine > .99 && weights > .995 && cosine < 1 - 1e-6);
}

/* By AMX's tiles, made of plain C, to the bit. A processor without the instructions that end their
 * sums, or that hides them, does not use them. */
static void tiles_give_the_same_vectors(void **state)
{
    enum { ROWS = CROPS * LK_EMBEDDING_SIZE };
    static float usual[ROWS], tiles[ROWS];
    (void)state;
    embed(usual, whole, LK_PRECISION_INT8);
    lk_nn_processor_set_amx(LK_NN_U8, &amx_products_u8);
    embed(tiles, whole, LK_PRECISION_INT8);
    lk_nn_processor_set_amx(LK_NN_U8, NULL);
    assert_int_equal(emulated_products > 0, lk_precision_has_instructions(LK_PRECISION_INT8));
    assert_int_equal(emulated_in_use, 0);
    assert_memory_equal(usual, tiles, sizeof usual);
}

static void weights_of_floats_do_not_run_in_int8(void **state)
{
    lk_embedder *embedder;
    lk_tensors *twice;
    lk_embedder_options options;
    lk_embedder_options_init(&options);
    options.precision = LK_PRECISION_INT8;
    (void)state;
    assert_false(lk_tensors_are_quantised(wide) || lk_tensors_are_quantised(NULL));
    assert_true(lk_tensors_are_quantised(whole));
    assert_fails(lk_embedder_create_from(&embedder, wide, &options), LK_ERROR_ARGUMENT,
                 "likeness models quantize");
    assert_fails(lk_tensors_quantise(&twice, whole, crops, CROPS), LK_ERROR_ARGUMENT,
                 "quantised already");
    assert_int_equal(lk_tensors_quantise(&twice, wide, crops, 0), LK_ERROR_ARGUMENT);
}

/* Weights are what they stand for, and nearly all bytes are theirs. */
static void the_file_is_a_quarter(void **state)
{
    size_t before = 0, after = 0;
    const lk_tensor *t = lk_tensors_find(whole, "conv2d_4b.conv.weight");
    (void)state;
    assert_int_equal(t->dtype, LK_I8);
    assert_int_equal(lk_tensors_find(whole, "conv2d_1a.conv.weight")->dtype, LK_F32);
    float *was = malloc(t->count * sizeof *was), *is = malloc(t->count * sizeof *is);
    assert_ok(lk_tensors_load_f32(wide, t->name, t->shape, t->rank, was));
    assert_ok(lk_tensors_load_f32(whole, t->name, t->shape, t->rank, is));
    for (size_t c = 0, row = t->count / t->shape[0]; c < t->shape[0]; c++) {
        float most = 0;
        for (size_t i = c * row; i < (c + 1) * row; i++)
            most = fmaxf(most, fabsf(was[i]));
        for (size_t i = c * row; i < (c + 1) * row; i++)
            assert_true(fabsf(was[i] - is[i]) <= most / 127 * .5001f);
    }
    for (size_t i = 0; i < lk_tensors_count(wide); i++)
        before += lk_tensors_get(wide, i)->count * lk_dtype_size(lk_tensors_get(wide, i)->dtype);
    for (size_t i = 0; i < lk_tensors_count(whole); i++)
        after += lk_tensors_get(whole, i)->count * lk_dtype_size(lk_tensors_get(whole, i)->dtype);
    assert_true((double)after < .3 * (double)before);
    free(was);
    free(is);
}

/* Of a checkpoint only the weights are taken; others' tensors of such names stay. */
static void what_training_goes_on_with_is_left_out(void **state)
{
    static const char *const names[] = {"optimizer.last_linear.weight.m", "average.last_bn.bias",
                                        "arcface.weight", "history.steps", "schedule.txt"};
    static const float numbers[6];
    lk_tensors *from, *out;
    size_t shape[] = {2, 3}, one = 1;
    (void)state;
    assert_ok(lk_tensors_create(&from));
    for (size_t i = 0; i < lk_tensors_count(wide); i++) {
        const lk_tensor *t = lk_tensors_get(wide, i);
        assert_ok(lk_tensors_add(from, t->name, t->dtype, t->data, t->shape, t->rank));
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_ok(lk_tensors_add(from, names[i], LK_F32, numbers, shape, 2));
    for (int checkpoint = 0; checkpoint < 2; checkpoint++) {
        if (checkpoint)
            assert_ok(lk_tensors_add(from, "state.json", LK_U8, "{", &one, 1));
        assert_ok(lk_tensors_quantise(&out, from, crops, 1));
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            assert_int_equal(lk_tensors_find(out, names[i]) == NULL, checkpoint);
        assert_null(lk_tensors_find(out, "state.json"));
        lk_tensors_close(out);
    }
    lk_tensors_close(from);
}

/* A copy with one tensor in place of another; `dtype` GONE: without it. */
typedef struct lie {
    const char *name;
    lk_dtype dtype;
    float value;
    size_t count;
    lk_status status;
    const char *text;
} lie;

enum { GONE = LK_I16 + 1 };

static lk_tensors *lie_of(const lie *l)
{
    static float many[4096];
    static uint8_t bytes[4096];
    lk_tensors *out;
    assert_ok(lk_tensors_create(&out));
    for (size_t i = 0; i < 4096; i++)
        many[i] = l->value;
    for (size_t i = 0; i < lk_tensors_count(whole); i++) {
        const lk_tensor *t = lk_tensors_get(whole, i);
        if (strcmp(t->name, l->name) != 0)
            assert_ok(lk_tensors_add(out, t->name, t->dtype, t->data, t->shape, t->rank));
        else if ((int)l->dtype != GONE)
            assert_ok(lk_tensors_add(out, t->name, l->dtype,
                                     l->dtype == LK_F32 ? (void *)many : bytes, &l->count, 1));
    }
    return out;
}

static void files_that_lie_are_refused(void **state)
{
    static const char scale[] = "conv2d_4b.conv.input_scale", zero[] = "conv2d_4b.conv.input_zero";
    static const char rows[] = "conv2d_4b.conv.weight_scale", matrix[] = "last_linear.weight_scale";
    static const lie lies[] = {
        {scale, LK_F32, 0, 1, LK_ERROR_NUMBER, "is 0, expected a number from 1e-30 to 1e+30"},
        {scale, LK_F32, -1, 1, LK_ERROR_NUMBER, "is -1, expected"},
        {scale, LK_F32, NAN, 1, LK_ERROR_NUMBER, "is nan, expected a number from"},
        {scale, LK_F32, INFINITY, 1, LK_ERROR_NUMBER, "is inf, expected a number from"},
        {scale, LK_F32, 2e30f, 1, LK_ERROR_NUMBER, "is 2e+30, expected a number from"},
        {scale, LK_F32, 1, 2, LK_ERROR_FORMAT, "is no float32 alone"},
        {scale, LK_F32, 1, 0, LK_ERROR_FORMAT, "is no float32 alone"},
        {scale, LK_U8, 1, 1, LK_ERROR_FORMAT, "is no float32 alone"},
        {zero, LK_F32, 1, 1, LK_ERROR_FORMAT, "no uint8 alone"},
        {zero, LK_U8, 1, 3, LK_ERROR_FORMAT, "no uint8 alone"},
        {zero, (lk_dtype)GONE, 0, 0, LK_ERROR_FORMAT, "is not there"},
        {rows, (lk_dtype)GONE, 0, 0, LK_ERROR_MISSING, "weight_scale"},
        {rows, LK_F32, 1, 3, LK_ERROR_SHAPE, "expected [32]"},
        {rows, LK_F32, NAN, 32, LK_ERROR_NUMBER, "expected finite numbers"},
        {rows, LK_F32, -1, 32, LK_ERROR_NUMBER, "has -1 at element 0, expected a scale"},
        {matrix, LK_F32, -1, 512, LK_ERROR_NUMBER, "has -1 at element 0, expected a scale"},
        {rows, LK_U8, 0, 32, LK_ERROR_SHAPE, "expected a float type"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        lk_embedder *embedder;
        lk_tensors *tensors = lie_of(&lies[i]);
        assert_fails(lk_embedder_create_from(&embedder, tensors, NULL), lies[i].status,
                     lies[i].text);
        lk_tensors_close(tensors);
    }
}

/* Who reads an activation need not agree on its scale: it is then floats. Huge scales give no
 * numbers, which is said. */
static void scales_may_differ(void **state)
{
    static float usual[CROPS * LK_EMBEDDING_SIZE], other[CROPS * LK_EMBEDDING_SIZE];
    float value;
    (void)state;
    lk_tensor_copy_f32(lk_tensors_find(whole, "mixed_6a.branch0.conv.input_scale"), &value);
    lie l = {.name = "mixed_6a.branch0.conv.input_scale",
             .dtype = LK_F32,
             .value = value * 1.01f,
             .count = 1};
    lk_tensors *tensors = lie_of(&l);
    embed(usual, whole, LK_PRECISION_OWN);
    embed(other, tensors, LK_PRECISION_OWN);
    assert_true(least_cosine(usual, other) > .99);
    lk_tensors_close(tensors);
    lk_embedder *embedder;
    l = (lie){.name = "conv2d_4b.conv.weight_scale", .dtype = LK_F32, .value = 1e30f, .count = 32};
    tensors = lie_of(&l);
    assert_ok(lk_embedder_create_from(&embedder, tensors, NULL));
    lk_status run = lk_embedder_run(embedder, other, crops, CROPS);
    assert_true(run == LK_OK || run == LK_ERROR_NUMBER);
    lk_embedder_destroy(embedder);
    lk_tensors_close(tensors);
}

static lk_nn_scale scale_of(const float *numbers, size_t count)
{
    static lk_range range;
    range = (lk_range){0};
    lk_range_widen(&range, numbers, count);
    lk_range_count(&range, numbers, count);
    return lk_range_choose(&range);
}

static void ranges_are_cut_where_it_pays(void **state)
{
    enum { COUNT = 200000 };
    static float x[COUNT];
    lk_random random;
    lk_random_init(&random, 2, 0);
    (void)state;
    assert_true(scale_of(x, COUNT).scale == 0);
    for (size_t i = 0; i < COUNT; i++)
        x[i] = (float)lk_random_unit(&random);
    lk_nn_scale even = scale_of(x, COUNT);
    assert_true(even.zero == 0 && fabsf(even.scale - 1.f / 255) < 2e-5f);
    x[7] = 1.03f; /* one a little further is cut, many are not */
    assert_true(scale_of(x, COUNT).scale < 1.02f / 255);
    for (size_t i = 0; i < COUNT / 10; i++)
        x[i] = 3;
    assert_true(scale_of(x, COUNT).scale > 2.9f / 255);
    for (size_t i = 0; i < COUNT; i++)
        x[i] = (float)(lk_random_unit(&random) * 4 - 1);
    even = scale_of(x, COUNT);
    assert_true(even.zero == 64 && fabsf(even.scale - 4.f / 255) < 1e-4f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_are_near_those_of_floats),
        cmocka_unit_test(tiles_give_the_same_vectors),
        cmocka_unit_test(weights_of_floats_do_not_run_in_int8),
        cmocka_unit_test(the_file_is_a_quarter),
        cmocka_unit_test(what_training_goes_on_with_is_left_out),
        cmocka_unit_test(files_that_lie_are_refused),
        cmocka_unit_test(scales_may_differ),
        cmocka_unit_test(ranges_are_cut_where_it_pays),
    };
    return cmocka_run_group_tests(tests, make_network, free_network);
}

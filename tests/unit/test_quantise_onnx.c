/* ONNX files whose weights were quantised: what is written is the same network with other
 * weights, and runs as near to floats; graphs that lie are refused inside of tensors, too. */
#include <math.h>
#include <string.h>

#include "support.h"

#include <likeness/embed.h>
#include <likeness/traits.h>

#include "base/memory.h"
#include "base/random.h"
#include "embed/quantised.h"
#include "onnx/onnx.h"

enum { MOST_SIDE = 112, CROPS = 3, MOST_WIDTH = 512 };

typedef struct sample {
    const char *name;
    size_t side, width, whole; /* convolutions in whole numbers */
} sample;

/* Their sides are in the files. */
static const sample samples[] = {
    {"mobilefacenet", 112, 64, 31}, {"iresnet", 112, 64, 22}, {"edgeface", 112, 48, 6},
    {"windows", 21, 20, 3},         {"operators", 20, 16, 3}, {"names", 12, 8, 1},
    {"channels_last", 18, 12, 1},
};

static lk_image crops[CROPS];

static void make_crops(size_t side)
{
    lk_random random;
    lk_random_init(&random, 5, 0);
    for (size_t i = 0; i < CROPS; i++) {
        crops[i] =
            (lk_image){side, side, crops[i].rgb ? crops[i].rgb : malloc(MOST_SIDE * MOST_SIDE * 3)};
        for (size_t k = 0; k < side * side * 3; k++)
            crops[i].rgb[k] = (uint8_t)lk_random_below(&random, 256);
    }
}

static int free_crops(void **state)
{
    (void)state;
    for (size_t i = 0; i < CROPS; i++)
        free(crops[i].rgb);
    return 0;
}

static void put_traits(lk_tensors *tensors, size_t side, size_t width)
{
    lk_model_traits traits;
    lk_model_traits_init(&traits);
    traits.size = side;
    traits.width = width;
    traits.unit = false;
    traits.align = LK_ALIGN_ARCFACE;
    traits.metric = LK_METRIC_COSINE;
    traits.threshold = .6;
    assert_ok(lk_model_traits_put(tensors, &traits));
}

/* A set as of a file. */
static lk_tensors *set_of(const void *bytes, size_t count)
{
    lk_tensors *tensors;
    assert_ok(lk_tensors_create(&tensors));
    assert_ok(lk_tensors_add(tensors, LK_EMBED_ONNX, LK_U8, bytes, &count, 1));
    return tensors;
}

static lk_tensors *set_of_file(const char *folder, const char *name)
{
    char file[96];
    lk_mapping mapping;
    snprintf(file, sizeof file, "%s/%s", folder, name);
    assert_ok(lk_mapping_open(&mapping, test_file(file)));
    lk_tensors *tensors = set_of(mapping.bytes, mapping.size);
    lk_mapping_close(&mapping);
    return tensors;
}

static void quantise(const sample *s, lk_tensors **wide, lk_tensors **whole)
{
    char file[64];
    snprintf(file, sizeof file, "%s.onnx", s->name);
    make_crops(s->side);
    *wide = set_of_file("data/onnx", file);
    put_traits(*wide, s->side, s->width);
    assert_ok(lk_tensors_quantise(whole, *wide, crops, CROPS));
}

static lk_precision embed(float *rows, const lk_tensors *tensors, lk_precision asked)
{
    lk_embedder *embedder;
    lk_embedder_options options;
    lk_embedder_options_init(&options);
    options.precision = asked;
    assert_ok(lk_embedder_create_from(&embedder, tensors, &options));
    assert_true(lk_embedder_output_size(embedder) <= MOST_WIDTH);
    assert_ok(lk_embedder_run(embedder, rows, crops, CROPS));
    lk_precision ran = lk_embedder_precision(embedder);
    lk_embedder_destroy(embedder);
    return ran;
}

static double least_cosine(const float *a, const float *b, size_t width)
{
    double least = 1;
    for (size_t i = 0; i < CROPS; i++) {
        double aa = 0, bb = 0, ab = 0;
        for (size_t k = i * width; k < (i + 1) * width; k++) {
            aa += (double)a[k] * (double)a[k];
            bb += (double)b[k] * (double)b[k];
            ab += (double)a[k] * (double)b[k];
        }
        least = fmin(least, ab / sqrt(aa * bb));
    }
    return least;
}

static void vectors_are_near_those_of_floats(void **state)
{
    static float f32[CROPS * MOST_WIDTH], int8[CROPS * MOST_WIDTH], widened[CROPS * MOST_WIDTH];
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const sample *s = &samples[i];
        lk_tensors *wide, *whole;
        quantise(s, &wide, &whole);
        assert_int_equal(embed(f32, wide, LK_PRECISION_OWN), LK_PRECISION_F32);
        assert_int_equal(embed(int8, whole, LK_PRECISION_OWN), LK_PRECISION_INT8);
        assert_int_equal(embed(widened, whole, LK_PRECISION_F32), LK_PRECISION_F32);
        double cosine = least_cosine(f32, int8, s->width);
        double weights = least_cosine(f32, widened, s->width);
        print_message("%s: cosine %.6f, its weights in f32 %.6f\n", s->name, cosine, weights);
        assert_true(cosine > .99 && weights > .995);
        assert_memory_not_equal(int8, widened, s->width * sizeof *int8);
        assert_memory_not_equal(f32, widened, s->width * sizeof *f32);
        lk_tensors_close(wide);
        lk_tensors_close(whole);
    }
}

/* ---- what is written ---- */

static lk_onnx *open_inner(const lk_tensors *tensors)
{
    lk_onnx *onnx;
    const lk_tensor *inner = lk_embed_onnx_of(tensors);
    assert_ok(lk_onnx_open_bytes(&onnx, inner->data, inner->count, "inner"));
    return onnx;
}

static size_t count_nodes(const lk_onnx *onnx, const char *operation)
{
    size_t count = 0;
    for (size_t i = 0; i < onnx->node_count; i++)
        count += lk_onnx_text_is(onnx->nodes[i].operation, operation);
    return count;
}

/* Numbers of a row are at most half a step away, the step being a 127th of the largest. */
static void check_weights(const lk_nn_parameter *was, const lk_nn_parameter *is)
{
    size_t row = was->count / was->shape[0];
    for (size_t r = 0; r < was->shape[0]; r++) {
        float most = 0;
        for (size_t i = r * row; i < (r + 1) * row; i++)
            most = fmaxf(most, fabsf(was->data[i]));
        for (size_t i = r * row; i < (r + 1) * row; i++)
            if (!(fabsf(was->data[i] - is->data[i]) <= most / 127 * .5001f))
                fail_msg("%s[%zu]: %g became %g", was->name, i, (double)was->data[i],
                         (double)is->data[i]);
    }
}

/* Likewise of a matrix's columns. */
static void check_columns(const lk_nn_parameter *was, const lk_nn_parameter *is)
{
    size_t columns = was->shape[2];
    for (size_t c = 0; c < columns; c++) {
        float most = 0;
        for (size_t i = c; i < was->count; i += columns)
            most = fmaxf(most, fabsf(was->data[i]));
        for (size_t i = c; i < was->count; i += columns)
            assert_true(fabsf(was->data[i] - is->data[i]) <= most / 127 * .5001f);
    }
}

static size_t count_parameters(const lk_nn_model *model, size_t rank)
{
    size_t count, found = 0;
    const lk_nn_parameter *all = lk_nn_model_parameters(model, &count);
    for (size_t i = 0; i < count; i++)
        found += all[i].rank == rank;
    return found;
}

/* Layer by layer the same network. */
static void compare_networks(const lk_nn_model *was, const lk_nn_model *is)
{
    const lk_nn_graph *a = lk_nn_model_graph(was), *b = lk_nn_model_graph(is);
    size_t count, other, k = 0;
    const lk_nn_parameter *p = lk_nn_model_parameters(was, &count);
    const lk_nn_parameter *q = lk_nn_model_parameters(is, &other);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(a->layers[i].op, b->layers[i].op);
        assert_memory_equal(a->layers[i].inputs, b->layers[i].inputs, sizeof a->layers[i].inputs);
        assert_memory_equal(a->layers[i].kernel, b->layers[i].kernel, sizeof a->layers[i].kernel);
    }
    for (size_t i = 0; i < count; i++, k++) {
        while (k < other && q[k].layer == p[i].layer && q[k].rank != p[i].rank)
            k++; /* a bias where none was */
        while (k < other && q[k].layer < p[i].layer)
            k++;
        assert_true(k < other && q[k].layer == p[i].layer && q[k].count == p[i].count);
        if (p[i].rank == 4 || p[i].rank == 2)
            check_weights(&p[i], &q[k]);
        else if (p[i].rank == 3)
            check_columns(&p[i], &q[k]);
    }
}

static void the_network_is_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        lk_tensors *wide, *whole;
        lk_onnx_network was, is;
        quantise(&samples[i], &wide, &whole);
        assert_int_equal(lk_tensors_count(whole), 1);
        lk_onnx *before = open_inner(wide), *after = open_inner(whole);
        assert_ok(lk_onnx_network_create(&was, before, 0, 0));
        assert_ok(lk_onnx_network_create(&is, after, 0, 0));
        compare_networks(was.model, is.model);
        assert_int_equal(count_nodes(after, "QuantizeLinear"), samples[i].whole);
        assert_memory_equal(was.scale, is.scale, sizeof was.scale);
        assert_true(count_parameters(is.model, 1) >= count_parameters(was.model, 1));
        lk_nn_model_destroy(was.model);
        lk_nn_model_destroy(is.model);
        lk_onnx_close(before);
        lk_onnx_close(after);
        lk_tensors_close(wide);
        lk_tensors_close(whole);
    }
}

static void what_is_known_is_taken_along(void **state)
{
    lk_tensors *wide, *whole, *twice;
    lk_model_traits *traits;
    lk_embedder *embedder;
    lk_embedder_options options;
    (void)state;
    quantise(&samples[0], &wide, &whole);
    assert_true(lk_embed_onnx_of(whole)->count < .7 * (double)lk_embed_onnx_of(wide)->count);
    assert_ok(lk_model_traits_of(&traits, whole));
    assert_true(traits->size == 112 && traits->width == 64 && !traits->unit &&
                traits->align == LK_ALIGN_ARCFACE && traits->metric == LK_METRIC_COSINE &&
                fabs(traits->threshold - .6) < 1e-12);
    lk_model_traits_destroy(traits);
    lk_embedder_options_init(&options);
    options.precision = LK_PRECISION_INT8;
    assert_true(lk_tensors_are_quantised(whole) && !lk_tensors_are_quantised(wide));
    assert_fails(lk_embedder_create_from(&embedder, wide, &options), LK_ERROR_ARGUMENT,
                 "likeness models quantize");
    assert_fails(lk_tensors_quantise(&twice, whole, crops, CROPS), LK_ERROR_ARGUMENT,
                 "quantised already");
    lk_tensors_close(wide);
    lk_tensors_close(whole);
}

/* ---- graphs that lie ---- */

static lk_status create(const lk_tensors *tensors)
{
    lk_embedder *embedder;
    lk_status status = lk_embedder_create_from(&embedder, tensors, NULL);
    if (status == LK_OK)
        lk_embedder_destroy(embedder);
    return status;
}

/* The first float of the initialiser whose name ends so: behind its name lie two bytes, tag and
 * length, of less than 128 bytes, or three. */
static lk_tensors *with_number(const lk_tensors *whole, const char *ending, float number)
{
    const lk_tensor *inner = lk_embed_onnx_of(whole);
    size_t length = strlen(ending);
    uint8_t *copy = malloc(inner->count);
    assert_non_null(copy);
    memcpy(copy, inner->data, inner->count);
    uint8_t *at = memmem(copy, inner->count, ending, length);
    while (at && at[length] != 0x4a) /* raw data: it is an initialiser's name */
        at = memmem(at + 1, inner->count - (size_t)(at + 1 - copy), ending, length);
    assert_non_null(at);
    at += length + (at[length + 1] & 0x80 ? 3 : 2);
    memcpy(at, &number, sizeof number);
    lk_tensors *tensors = set_of(copy, inner->count);
    put_traits(tensors, samples[0].side, samples[0].width);
    free(copy);
    return tensors;
}

static void scales_that_lie_are_refused(void **state)
{
    static const struct {
        const char *ending;
        float number;
        const char *text;
    } lies[] = {
        {".input_scale", 0, "its input has the scale 0, expected a number from 1e-30 to 1e+30"},
        {".input_scale", -1, "its input has the scale -1"},
        {".input_scale", NAN, "its input has the scale nan"},
        {".input_scale", INFINITY, "its input has the scale inf"},
        {".input_scale", 2e30f, "its input has the scale 2e+30"},
        {".scale", -1, "its weights have the scale -1 in row 0, expected 0 or above"},
        {".scale", NAN, "its weights have the scale nan in row 0"},
        {".scale", INFINITY, "its weights have the scale inf in row 0"},
    };
    lk_tensors *wide, *whole;
    (void)state;
    quantise(&samples[0], &wide, &whole);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        lk_tensors *tensors = with_number(whole, lies[i].ending, lies[i].number);
        assert_fails(create(tensors), LK_ERROR_NUMBER, lies[i].text);
        assert_non_null(strstr(lk_error_text(), "(Conv)"));
        lk_tensors_close(tensors);
    }
    lk_tensors *tensors = with_number(whole, ".scale", 1e30f); /* and no numbers come out */
    lk_embedder *embedder;
    float rows[CROPS * MOST_WIDTH];
    assert_ok(lk_embedder_create_from(&embedder, tensors, NULL));
    lk_status run = lk_embedder_run(embedder, rows, crops, CROPS);
    assert_true(run == LK_OK || run == LK_ERROR_NUMBER);
    lk_embedder_destroy(embedder);
    lk_tensors_close(tensors);
    lk_tensors_close(wide);
    lk_tensors_close(whole);
}

/* Every graph that is refused as a file. */
static void graphs_that_lie_are_refused_inside(void **state)
{
    static const char *const names[] = {
        "auto_pad",  "axis",    "bomb_constant", "bomb_dilated", "bomb_overflow", "bomb_pad",
        "bomb_work", "circle",  "external",      "itself",       "not_finite",    "quantised",
        "scales",    "strings", "short_weights", "twice",        "two_inputs",    "unknown",
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        lk_tensors *tensors = set_of_file("crashers/onnx", names[i]);
        put_traits(tensors, 8, 8);
        if (create(tensors) == LK_OK)
            fail_msg("%s is taken", names[i]);
        lk_tensors_close(tensors);
    }
}

static void sets_that_are_none_are_refused(void **state)
{
    static const uint8_t bytes[64] = {8, 10};
    lk_tensors *wide, *whole, *tensors;
    size_t square[] = {8, 8};
    (void)state;
    quantise(&samples[5], &wide, &whole);
    const lk_tensor *inner = lk_embed_onnx_of(whole);
    tensors = set_of(inner->data, inner->count);
    assert_fails(create(tensors), LK_ERROR_MISSING, "does not say which faces its network takes");
    put_traits(tensors, 99, samples[5].width);
    assert_fails(create(tensors), LK_ERROR_FORMAT, "says faces of 99 pixels, the network takes 12");
    put_traits(tensors, samples[5].side, 99);
    assert_fails(create(tensors), LK_ERROR_FORMAT, "says vectors of 99 numbers");
    lk_tensors_close(tensors);
    for (size_t cut = 1; cut < inner->count; cut += 131) {
        tensors = set_of(inner->data, cut);
        put_traits(tensors, samples[5].side, samples[5].width);
        assert_int_not_equal(create(tensors), LK_OK);
        lk_tensors_close(tensors);
    }
    tensors = set_of(bytes, sizeof bytes);
    put_traits(tensors, 8, 8);
    assert_int_not_equal(create(tensors), LK_OK);
    assert_false(lk_tensors_are_quantised(tensors));
    lk_tensors_close(tensors);
    assert_ok(lk_tensors_create(&tensors)); /* neither bytes in a row */
    assert_ok(lk_tensors_add(tensors, LK_EMBED_ONNX, LK_U8, bytes, square, 2));
    assert_fails(create(tensors), LK_ERROR_FORMAT, "\"onnx\" is no row of bytes");
    lk_tensors_close(tensors);
    tensors = set_of(inner->data, inner->count); /* beside another network */
    put_traits(tensors, samples[5].side, samples[5].width);
    assert_ok(lk_tensors_add(tensors, "logits.bias", LK_U8, bytes, square, 1));
    assert_fails(create(tensors), LK_ERROR_FORMAT, "and other tensors (1), expected one network");
    lk_tensors_close(tensors);
    lk_tensors_close(wide);
    lk_tensors_close(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_are_near_those_of_floats),
        cmocka_unit_test(the_network_is_the_same),
        cmocka_unit_test(what_is_known_is_taken_along),
        cmocka_unit_test(scales_that_lie_are_refused),
        cmocka_unit_test(graphs_that_lie_are_refused_inside),
        cmocka_unit_test(sets_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, free_crops);
}

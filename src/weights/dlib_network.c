/* dlib's face recognition network (dlib_face_recognition_resnet_model_v1.dat) as named
 * tensors. The file has the loss, the versions of 130 layers from the last to the first,
 * what the input is, then the layers from the first to the last. It does not name its
 * architecture: every layer must be what the published one has there. */
#include <stdio.h>
#include <string.h>

#include <likeness/weights.h>

#include "base/error.h"
#include "weights/dlib_dat.h"
#include "weights/dlib_layers.h"
#include "weights/tensors.h"

static const char loss[] = "loss_metric_2", input[] = "input_rgb_image_sized";

/* The versions that are read of each kind of layer, oldest first. The newer have flags
 * behind what the older have. */
static const char *const versions[][3] = {
    [LK_DLIB_CON] = {"con_4", "con_5", "con_6"},
    [LK_DLIB_AFFINE] = {"affine_", "affine_2"},
    [LK_DLIB_RELU] = {"relu_", "relu_2"},
    [LK_DLIB_MAXPOOL] = {"max_pool_2"},
    [LK_DLIB_AVGPOOL] = {"avg_pool_2"},
    [LK_DLIB_ADD] = {"add_prev_"},
    [LK_DLIB_FC] = {"fc_2", "fc_3"},
};

/* One layer's part of the file as it is read. */
typedef struct body {
    lk_tensors *tensors;
    lk_cursor *file;
    const lk_dlib_layer *layer;
    size_t version; /* index into versions[kind] */
} body;

bool lk_dlib_detect(const lk_mapping *mapping)
{
    static const char start[] = "\1\1\1";
    static const size_t name = 4; /* behind the length of the loss's name */
    return mapping->size > name + 5 && memcmp(mapping->bytes, start, 3) == 0 &&
           memcmp(mapping->bytes + name, "loss_", 5) == 0;
}

static int dlib_network_shown(size_t length)
{
    return length < 40 ? (int)length : 40;
}

static lk_status expect_text(lk_cursor *file, const char *expected, const char *what)
{
    const char *text;
    size_t length;
    LK_TRY(lk_dlib_string(file, &text, &length));
    LK_REQUIRE(length == strlen(expected) && memcmp(text, expected, length) == 0,
               LK_ERROR_UNSUPPORTED,
               "is a dlib network with the %s \"%.*s\", expected \"%s\" of its face recognition "
               "network",
               what, dlib_network_shown(length), text, expected);
    return LK_OK;
}

static lk_status expect_flag(lk_cursor *file, bool expected, const char *what)
{
    bool found;
    LK_TRY(lk_dlib_bool(file, &found));
    LK_REQUIRE(found == expected, LK_ERROR_UNSUPPORTED, "%s is %d, expected %d", what, found,
               expected);
    return LK_OK;
}

static lk_status expect_all(lk_cursor *file, const size_t *expected, size_t count,
                            const char *const *what)
{
    for (size_t i = 0; i < count; i++)
        LK_TRY(lk_dlib_expect(file, (int64_t)expected[i], what[i]));
    return LK_OK;
}

/* A parameter of the layer: `floats` from element `offset` of the tensor's on. */
static lk_status add_tensor(const body *b, const char *role, const uint8_t *data, size_t offset,
                            const size_t *shape, size_t rank)
{
    char name[LK_DLIB_LAYER_NAME + 8];
    int length = snprintf(name, sizeof name, "%s.%s", b->layer->name, role);
    lk_tensor_view view = {.name = name,
                           .name_length = (size_t)length,
                           .dtype = LK_F32,
                           .rank = rank,
                           .storage = data + offset * sizeof(float),
                           .storage_count = 1};
    for (size_t i = 0; i < rank; i++)
        view.storage_count *= view.shape[i] = shape[i];
    lk_contiguous_strides(&view);
    if (b->layer->kind == LK_DLIB_FC) { /* stored [in][out] */
        view.strides[0] = 1;
        view.strides[1] = shape[0];
    }
    return lk_tensors_append(b->tensors, &view);
}

/* The tensor of all parameters of a layer. */
static lk_status read_params(const body *b, const size_t expected[4], const uint8_t **data)
{
    size_t shape[4];
    LK_TRY(lk_dlib_tensor(b->file, shape, data));
    LK_REQUIRE(memcmp(shape, expected, sizeof shape) == 0, LK_ERROR_UNSUPPORTED,
               "has parameters of [%zu, %zu, %zu, %zu], expected [%zu, %zu, %zu, %zu]", shape[0],
               shape[1], shape[2], shape[3], expected[0], expected[1], expected[2], expected[3]);
    return LK_OK;
}

/* Factors of learning rates and weight decays: nothing to do with what it computes. */
static lk_status skip_factors(lk_cursor *file)
{
    float factors[4];
    return lk_dlib_floats(file, factors, 4);
}

static const char *const window_words[] = {"a window's height",  "a window's width",
                                           "a vertical stride",  "a horizontal stride",
                                           "a vertical padding", "a horizontal padding"};

static lk_status read_window(const body *b)
{
    const lk_dlib_layer *l = b->layer;
    const size_t expected[] = {l->kernel, l->kernel, l->stride, l->stride, l->pad, l->pad};
    return expect_all(b->file, expected, 6, window_words);
}

static lk_status read_con(const body *b)
{
    const lk_dlib_layer *l = b->layer;
    const size_t filters[4] = {l->out, l->in, l->kernel, l->kernel}, biases[4] = {1, l->out, 1, 1};
    size_t weights = l->out * l->in * l->kernel * l->kernel;
    const uint8_t *data;
    LK_TRY(read_params(b, (size_t[]){weights + l->out, 1, 1, 1}, &data));
    LK_TRY(lk_dlib_expect(b->file, (int64_t)l->out, "the number of filters"));
    LK_TRY(read_window(b));
    LK_TRY(lk_dlib_alias(b->file, filters));
    LK_TRY(lk_dlib_alias(b->file, biases));
    LK_TRY(skip_factors(b->file));
    if (b->version >= 1)
        LK_TRY(expect_flag(b->file, true, "use_bias"));
    if (b->version >= 2)
        LK_TRY(expect_flag(b->file, false, "use_relu"));
    LK_TRY(add_tensor(b, "weight", data, 0, filters, 4));
    return add_tensor(b, "bias", data, weights, &l->out, 1);
}

static lk_status read_affine(const body *b)
{
    const lk_dlib_layer *l = b->layer;
    const size_t part[4] = {1, l->out, 1, 1};
    const uint8_t *data;
    LK_TRY(read_params(b, (size_t[]){2 * l->out, 1, 1, 1}, &data));
    LK_TRY(lk_dlib_alias(b->file, part));
    LK_TRY(lk_dlib_alias(b->file, part));
    LK_TRY(lk_dlib_expect(b->file, 0, "the mode (0: of convolutions)"));
    if (b->version >= 1)
        LK_TRY(expect_flag(b->file, false, "disabled"));
    LK_TRY(add_tensor(b, "weight", data, 0, &l->out, 1));
    return add_tensor(b, "bias", data, l->out, &l->out, 1);
}

static lk_status read_fc(const body *b)
{
    const lk_dlib_layer *l = b->layer;
    const size_t weights[4] = {l->in, l->out, 1, 1};
    const uint8_t *data;
    LK_TRY(lk_dlib_expect(b->file, (int64_t)l->out, "the number of outputs"));
    LK_TRY(lk_dlib_expect(b->file, (int64_t)l->in, "the number of inputs"));
    LK_TRY(read_params(b, weights, &data));
    LK_TRY(lk_dlib_alias(b->file, weights));
    LK_TRY(lk_dlib_alias(b->file, (size_t[]){0, 0, 0, 0}));
    LK_TRY(lk_dlib_expect(b->file, 1, "the mode of biases (1: none)"));
    LK_TRY(skip_factors(b->file));
    if (b->version >= 1)
        LK_TRY(expect_flag(b->file, false, "use_relu"));
    return add_tensor(b, "weight", data, 0, (size_t[]){l->out, l->in}, 2);
}

static lk_status read_details(const body *b)
{
    switch (b->layer->kind) {
    case LK_DLIB_CON: return read_con(b);
    case LK_DLIB_AFFINE: return read_affine(b);
    case LK_DLIB_FC: return read_fc(b);
    case LK_DLIB_RELU: return b->version ? expect_flag(b->file, false, "disabled") : LK_OK;
    case LK_DLIB_MAXPOOL:
    case LK_DLIB_AVGPOOL: return read_window(b);
    default: return LK_OK;
    }
}

static lk_status read_version(body *b)
{
    const char *text;
    size_t length, count = sizeof versions[0] / sizeof *versions[0];
    const char *const *known = versions[b->layer->kind];
    LK_TRY(lk_dlib_string(b->file, &text, &length));
    for (b->version = 0; b->version < count && known[b->version]; b->version++)
        if (strlen(known[b->version]) == length && memcmp(known[b->version], text, length) == 0)
            return LK_OK;
    return lk_fail(LK_ERROR_UNSUPPORTED, "is \"%.*s\", expected %s", dlib_network_shown(length),
                   text, known[0]);
}

/* What a network keeps while it is trained. */
static lk_status skip_training(lk_cursor *file)
{
    bool flag;
    size_t shape[4];
    const uint8_t *data;
    for (int i = 0; i < 3; i++)
        LK_TRY(lk_dlib_bool(file, &flag));
    for (int i = 0; i < 3; i++)
        LK_TRY(lk_dlib_tensor(file, shape, &data));
    return LK_OK;
}

static lk_status read_body(body *b)
{
    LK_TRY(read_version(b));
    LK_TRY(read_details(b));
    return skip_training(b->file);
}

/* From the last layer to the first: 3 the first, 1 a tag, 2 the others. */
static lk_status read_versions(lk_cursor *file, const lk_dlib_layer *layers)
{
    for (size_t i = LK_DLIB_LAYERS; i-- > 0;) {
        int64_t version, expected = i == 0 ? 3 : lk_dlib_is_stored(&layers[i]) ? 2 : 1;
        LK_TRY(lk_dlib_int(file, &version));
        LK_REQUIRE(version == expected, LK_ERROR_UNSUPPORTED,
                   "is another architecture than dlib's face recognition network: layer %zu of %d "
                   "has the version %lld, expected %lld",
                   i + 1, LK_DLIB_LAYERS, (long long)version, (long long)expected);
    }
    return LK_OK;
}

/* All before the layers; mean[3] of the input, the loss's threshold of a distance. */
static lk_status dlib_network_read_head(lk_cursor *file, const lk_dlib_layer *layers, float mean[3],
                                        float *threshold)
{
    enum { SIDE = 150 };
    float margin;
    LK_TRY(lk_dlib_expect(file, 1, "the version of the loss"));
    LK_TRY(expect_text(file, loss, "loss"));
    LK_TRY(lk_dlib_float(file, &margin));
    LK_TRY(lk_dlib_float(file, threshold));
    LK_TRY(read_versions(file, layers));
    LK_TRY(expect_text(file, input, "input"));
    LK_TRY(lk_dlib_floats(file, mean, 3));
    LK_TRY(lk_dlib_expect(file, SIDE, "the input's height"));
    return lk_dlib_expect(file, SIDE, "the input's width");
}

static lk_status read_layers(lk_tensors *tensors, lk_cursor *file, const lk_dlib_layer *layers)
{
    for (size_t i = 0; i < LK_DLIB_LAYERS; i++) {
        body b = {.tensors = tensors, .file = file, .layer = &layers[i]};
        if (!lk_dlib_is_stored(b.layer))
            continue;
        lk_status status = read_body(&b);
        if (status == LK_OK && i == 0) /* the one that reads the input */
            status = lk_dlib_expect(file, 1, "the number of samples an image gives");
        if (status != LK_OK)
            return lk_fail(status, "layer %zu of %d: %s", i + 1, LK_DLIB_LAYERS, lk_error_text());
    }
    return LK_OK;
}

lk_status lk_dlib_read(lk_tensors *tensors)
{
    lk_cursor file = {.bytes = tensors->mapping.bytes, .size = tensors->mapping.size};
    lk_dlib_layer layers[LK_DLIB_LAYERS];
    float mean[3], threshold;
    lk_dlib_list_layers(layers);
    LK_TRY(dlib_network_read_head(&file, layers, mean, &threshold));
    LK_TRY(read_layers(tensors, &file, layers));
    LK_REQUIRE(file.at == file.size, LK_ERROR_FORMAT,
               "has %zu bytes behind its last layer, expected none", file.size - file.at);
    LK_TRY(lk_tensors_finish(tensors));
    LK_TRY(lk_tensors_add(tensors, "input.mean", LK_F32, mean, (size_t[]){3}, 1));
    return lk_tensors_add(tensors, "loss.threshold", LK_F32, &threshold, NULL, 0);
}

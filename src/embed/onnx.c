/* Networks from ONNX files. What such a file does not say, its makers said elsewhere: for
 * the files that are known by their bytes it stands here, for others in FILE.json. */
#include <string.h>

#include "base/error.h"
#include "embed/kind.h"
#include "embed/quantised.h"
#include "embed/traits.h"
#include "onnx/onnx.h"
#include "weights/store.h"

#define SFACE_BYTES 10667852
#define SFACE_HASH  "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee"

/* Zhong et al. 2021 (SFace), as OpenCV's model zoo publishes it. Its authors take two faces
 * for one person from a cosine of 0.363 on. */
static lk_status describe_sface(lk_model_traits *traits)
{
    for (size_t c = 0; c < 3; c++) {
        traits->mean[c] = 0; /* the network does it itself */
        traits->deviation[c] = 1;
    }
    traits->size = LK_ALIGN_ARCFACE_SIZE;
    traits->margin = 0;
    traits->align = LK_ALIGN_ARCFACE;
    traits->width = 128;
    traits->metric = LK_METRIC_COSINE;
    traits->threshold = 0.637;
    LK_TRY(lk_traits_set_text(&traits->name, "SFace"));
    return lk_traits_set_text(&traits->threshold_source, "its authors: a cosine of 0.363");
}

lk_status lk_embed_describe_onnx(lk_model_traits *traits, const char *path, bool *known)
{
    char hash[LK_SHA256_TEXT];
    lk_mapping mapping;
    *known = false;
    LK_TRY(lk_mapping_open(&mapping, path));
    size_t size = mapping.size;
    lk_mapping_close(&mapping);
    if (size != SFACE_BYTES)
        return LK_OK;
    LK_TRY(lk_sha256_file(hash, path));
    *known = strcmp(hash, SFACE_HASH) == 0;
    return *known ? describe_sface(traits) : LK_OK;
}

lk_status lk_embed_is_onnx(const char *path, bool *onnx)
{
    lk_mapping mapping;
    LK_TRY(lk_mapping_open(&mapping, path));
    *onnx = lk_onnx_detect(&mapping);
    lk_mapping_close(&mapping);
    return LK_OK;
}

static bool is_weight(const lk_onnx *onnx, size_t value)
{
    for (size_t i = 0; i < onnx->initializer_count; i++)
        if (onnx->initializers[i].value == value)
            return true;
    return false;
}

static bool is_read(const lk_onnx *onnx, size_t value)
{
    for (size_t i = 0; i < onnx->node_count; i++)
        for (size_t k = 0; k < onnx->nodes[i].input_count; k++)
            if (onnx->nodes[i].inputs[k] == value)
                return true;
    return false;
}

/* The pixels of a side, of which exporters leave at least one open where the network takes any:
 * 0. Of images with their channels last, too: then there are as many rows as columns. */
static size_t said_side(const lk_onnx *onnx)
{
    for (size_t i = 0; i < onnx->input_count; i++) {
        const lk_onnx_end *end = &onnx->inputs[i];
        if (end->rank != 4 || is_weight(onnx, end->value) || !is_read(onnx, end->value))
            continue;
        int64_t side = end->shape[2], other = end->shape[3] > 4 ? end->shape[3] : end->shape[1];
        return side > 0 && other > 0 ? (size_t)side : 0;
    }
    return 0;
}

lk_status lk_embed_check_onnx(const lk_model_traits *traits, const char *path)
{
    lk_onnx *onnx;
    bool is_onnx;
    if (lk_embed_is_onnx(path, &is_onnx) != LK_OK || !is_onnx || lk_onnx_open(&onnx, path) != LK_OK)
        return LK_OK; /* what is wrong with a file is told by who reads it */
    size_t side = said_side(onnx);
    lk_onnx_close(onnx);
    LK_REQUIRE(!side || side == traits->size, LK_ERROR_ARGUMENT,
               "%s: takes faces of %zu pixels, not of %zu", path, side, traits->size);
    return LK_OK;
}

/* One vector for each image of three colours. */
static lk_status check_result(const lk_onnx_network *network, const char *path)
{
    const lk_onnx_result *result = &network->results[0];
    LK_REQUIRE(network->channels == 3, LK_ERROR_UNSUPPORTED,
               "%s: its input has %zu channels, expected 3", path, network->channels);
    LK_REQUIRE(network->height == network->width, LK_ERROR_UNSUPPORTED,
               "%s: its input has %zux%zu pixels, expected a square", path, network->width,
               network->height);
    bool vector =
        result->rank == 2 || (result->rank == 4 && result->shape[2] == 1 && result->shape[3] == 1);
    LK_REQUIRE(network->result_count == 1 && vector, LK_ERROR_UNSUPPORTED,
               "%s: has %zu outputs, the first of %zu directions, expected one vector", path,
               network->result_count, result->rank);
    for (size_t c = 0; c < 3; c++)
        LK_REQUIRE(network->scale[c] != 0, LK_ERROR_NUMBER,
                   "%s: multiplies colour %zu of the image by 0", path, c);
    return LK_OK;
}

static lk_status load_graph(lk_embed_loaded *out, lk_model_traits *traits, const lk_onnx *onnx)
{
    lk_onnx_network network;
    size_t side = said_side(onnx) ? 0 : traits->size;
    LK_TRY(lk_onnx_network_create(&network, onnx, side, side));
    lk_status status = check_result(&network, onnx->path);
    if (status != LK_OK) {
        lk_nn_model_destroy(network.model);
        return status;
    }
    *out = (lk_embed_loaded){.model = network.model,
                             .output_size = network.results[0].shape[1],
                             .embeds = true,
                             .unit = traits->unit,
                             .least = network.height,
                             .most = network.height};
    memcpy(out->scale, network.scale, sizeof out->scale);
    memcpy(out->shift, network.shift, sizeof out->shift);
    if (!traits->width)
        traits->width = out->output_size;
    return LK_OK;
}

static lk_status onnx_check_options(const char *path, const lk_embedder_options *options)
{
    LK_REQUIRE(!options->classify, LK_ERROR_MISSING, "%s: is an embedder, it has no classes", path);
    LK_REQUIRE(options->width == 0 || options->width == 1, LK_ERROR_SHAPE,
               "%s: an ONNX file has no width but 1, not %g", path, options->width);
    return LK_OK;
}

/* Takes the file over. */
static lk_status onnx_load(lk_embed_loaded *out, lk_model_traits *traits, lk_onnx *onnx)
{
    lk_status status = load_graph(out, traits, onnx);
    lk_onnx_close(onnx);
    return status;
}

lk_status lk_embed_load_onnx(lk_embed_loaded *out, lk_model_traits *traits, const char *path,
                             const lk_embedder_options *options)
{
    lk_onnx *onnx;
    LK_TRY(onnx_check_options(path, options));
    LK_TRY(lk_onnx_open(&onnx, path));
    return onnx_load(out, traits, onnx);
}

lk_status lk_embed_load_onnx_in(lk_embed_loaded *out, lk_model_traits *traits,
                                const lk_tensors *tensors, const lk_embedder_options *options)
{
    const lk_tensor *tensor = lk_embed_onnx_of(tensors);
    const char *path = lk_tensors_path(tensors);
    lk_onnx *onnx;
    LK_REQUIRE(traits->source != LK_TRAITS_OF_KIND, LK_ERROR_MISSING,
               "%s: holds an ONNX file, and does not say which faces its network takes", path);
    LK_TRY(onnx_check_options(path, options));
    LK_TRY(lk_onnx_open_bytes(&onnx, tensor->data, tensor->count, path));
    return onnx_load(out, traits, onnx);
}

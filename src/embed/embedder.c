/* The embedder: a model and the sessions that its callers' threads take turns
 * with. A call takes an idle session or makes one, and gives it back, so that
 * one caller after the other uses the same memory and plans, and callers at the
 * same time do not wait for each other. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/embed.h>
#include <likeness/weights.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/threads.h"
#include "embed/kind.h"
#include "embed/packed.h"
#include "embed/quantised.h"
#include "embed/traits.h"
#include "nn/infer/session.h"

struct lk_embedder {
    lk_embed_loaded network;
    lk_model_traits *traits;
    float standard[3][256]; /* what a byte of each plane becomes */
    size_t batch;           /* crops that one run takes */
    lk_precision precision; /* never auto */
    char *path;             /* of the weights, for messages */
    lk_packed_place packed; /* where its laid out weights are kept */
    lk_tensors *tensors;    /* the weights, where not all of them are loaded yet; or NULL */
    pthread_mutex_t lock;   /* of what follows */
    lk_nn_session **idle;
    size_t idle_count, idle_capacity;
};

/* What is said of a network must fit what is known of it. */
static lk_status check_traits(const lk_embedder *embedder)
{
    const lk_embed_loaded *network = &embedder->network;
    const lk_model_traits *said = embedder->traits;
    const char *where = embedder->path, *beside = said->source == LK_TRAITS_BESIDE ? ".json" : "";
    LK_REQUIRE(lk_embedder_takes(embedder, said->size), LK_ERROR_FORMAT,
               "%s%s: says faces of %zu pixels, the network takes %zu%s", where, beside, said->size,
               network->least, network->most ? "" : " or more");
    if (!network->embeds)
        return LK_OK;
    LK_REQUIRE(said->width == network->output_size, LK_ERROR_FORMAT,
               "%s%s: says vectors of %zu numbers, the network gives %zu", where, beside,
               said->width, network->output_size);
    LK_REQUIRE(said->unit == network->unit, LK_ERROR_FORMAT,
               "%s%s: says vectors of %s length, the network gives vectors of %s", where, beside,
               said->unit ? "unit" : "any", network->unit ? "length 1" : "any length");
    return LK_OK;
}

/* What a network does to its planes first is done with the rest:
 * ((x - mean) / deviation) scale + shift. */
static void set_standard(lk_embedder *embedder)
{
    const lk_embed_loaded *network = &embedder->network;
    for (size_t c = 0; c < 3; c++) {
        double by = embedder->traits->deviation[c], scale = (double)network->scale[c];
        float mean = (float)(embedder->traits->mean[c] - (double)network->shift[c] / scale * by);
        float deviation = (float)(by / scale);
        for (int x = 0; x < 256; x++)
            embedder->standard[c][x] = ((float)x - mean) / deviation;
    }
}

/* What runs is what was asked for, if the weights are such. */
static lk_status embedder_settle(lk_embedder *embedder, const lk_tensors *tensors,
                                 lk_precision asked)
{
    bool quantised = tensors && lk_embed_is_quantised(tensors);
    LK_REQUIRE(asked != LK_PRECISION_INT8 || quantised, LK_ERROR_ARGUMENT,
               "%s: its weights are not quantised, which precision int8 needs: 'likeness models "
               "quantize %s --calibrate PHOTOS -o W.int8.safetensors' does it",
               embedder->path, embedder->path);
    LK_TRY((quantised ? lk_precision_resolve_quantised : lk_precision_resolve)(&embedder->precision,
                                                                               asked));
    if (embedder->precision == LK_PRECISION_BF16)
        lk_nn_model_set_narrow(embedder->network.model);
    if (embedder->precision == LK_PRECISION_INT8)
        return lk_embed_set_int8(embedder->network.model, tensors);
    lk_nn_model_unset_int8(embedder->network.model);
    return LK_OK;
}

/* Whether an earlier process has laid the weights out. */
static lk_status find_packed(bool *found, lk_embedder *embedder)
{
    return lk_packed_place_find(found, &embedder->packed, embedder->network.model,
                                embedder->precision);
}

/* All of them, unless they were laid out: then a layer's where some are wanting after all. */
static lk_status load_numbers(lk_embedder *embedder)
{
    bool found;
    LK_TRY(find_packed(&found, embedder));
    return found ? LK_OK : lk_nn_model_load(embedder->network.model);
}

/* A file has one network. */
static lk_status check_onnx_alone(const lk_tensors *tensors)
{
    size_t count = lk_tensors_count(tensors);
    if (!lk_tensors_find(tensors, LK_EMBED_ONNX))
        return LK_OK;
    LK_REQUIRE(lk_embed_onnx_of(tensors), LK_ERROR_FORMAT,
               "%s: its tensor \"" LK_EMBED_ONNX "\" is no row of bytes (uint8), as an ONNX file "
               "is",
               lk_tensors_path(tensors));
    LK_REQUIRE(count == 1, LK_ERROR_FORMAT,
               "%s: holds an ONNX file (\"" LK_EMBED_ONNX
               "\") and other tensors (%zu), expected one "
               "network",
               lk_tensors_path(tensors), count - 1);
    return LK_OK;
}

static lk_status load_kind(lk_embedder *embedder, const lk_tensors *tensors,
                           const lk_embedder_options *options)
{
    lk_embed_loaded *network = &embedder->network;
    LK_TRY(check_onnx_alone(tensors));
    if (lk_embed_onnx_of(tensors))
        return lk_embed_load_onnx_in(network, embedder->traits, tensors, options);
    LK_TRY(lk_embed_load_any(network, tensors, options));
    for (size_t c = 0; c < 3; c++)
        network->scale[c] = 1;
    return LK_OK;
}

static lk_status load_network(lk_embedder *embedder, const lk_tensors *tensors,
                              const lk_embedder_options *options)
{
    LK_TRY(lk_strdup(&embedder->path, lk_tensors_path(tensors)));
    LK_TRY(lk_model_traits_of(&embedder->traits, tensors));
    LK_TRY(load_kind(embedder, tensors, options));
    set_standard(embedder);
    return check_traits(embedder);
}

static lk_status load_onnx(lk_embedder *embedder, const char *path,
                           const lk_embedder_options *options)
{
    LK_TRY(lk_strdup(&embedder->path, path));
    LK_TRY(lk_traits_of_onnx(&embedder->traits, path));
    LK_TRY(lk_embed_load_onnx(&embedder->network, embedder->traits, path, options));
    set_standard(embedder);
    return check_traits(embedder);
}

static lk_status load_options(lk_embedder *embedder, const lk_embedder_options *options)
{
    pthread_mutex_init(&embedder->lock, NULL);
    embedder->batch = options->batch;
    return lk_precision_resolve(&embedder->precision, options->precision);
}

/* From tensors, or where they are NULL from the ONNX file at `path`. */
static lk_status load_any(lk_embedder *embedder, const lk_tensors *tensors, const char *path,
                          const lk_embedder_options *options)
{
    LK_TRY(tensors ? load_network(embedder, tensors, options) : load_onnx(embedder, path, options));
    LK_TRY(embedder_settle(embedder, tensors, options->precision));
    return tensors ? load_numbers(embedder) : find_packed(&(bool){false}, embedder);
}

lk_status lk_embedder_create_from(lk_embedder **out, const lk_tensors *tensors,
                                  const lk_embedder_options *options)
{
    LK_REQUIRE(out && tensors, LK_ERROR_ARGUMENT, "lk_embedder_create_from: NULL argument");
    lk_embedder_options taken;
    lk_embedder *embedder;
    LK_TRY(lk_options_take(lk_embedder_options_table(), &taken, options));
    LK_TRY(lk_alloc(&embedder, 1, sizeof *embedder));
    lk_status status = load_options(embedder, &taken);
    if (status == LK_OK)
        status = load_any(embedder, tensors, NULL, &taken);
    if (status != LK_OK) {
        lk_embedder_destroy(embedder);
        return status;
    }
    lk_tensors_release_pages(tensors);
    *out = embedder;
    return LK_OK;
}

/* Opens the file once its digest is known: what it is replaced by meanwhile is not kept under
 * a digest that it has not. */
static lk_status load_file(lk_embedder *embedder, const char *path, bool onnx,
                           const lk_embedder_options *options)
{
    LK_TRY(load_options(embedder, options));
    LK_TRY(lk_packed_place_begin(&embedder->packed, path, options));
    if (!onnx)
        LK_TRY(lk_tensors_open(&embedder->tensors, path));
    LK_TRY(load_any(embedder, embedder->tensors, path, options));
    if (embedder->tensors && lk_nn_model_is_loaded(embedder->network.model)) {
        lk_tensors_close(embedder->tensors);
        embedder->tensors = NULL;
    }
    return LK_OK;
}

lk_status lk_embedder_create(lk_embedder **out, const char *path,
                             const lk_embedder_options *options)
{
    bool onnx = false;
    LK_REQUIRE(out && path, LK_ERROR_ARGUMENT, "lk_embedder_create: NULL argument");
    lk_embedder_options taken;
    lk_embedder *embedder;
    LK_TRY(lk_embed_is_onnx(path, &onnx));
    LK_TRY(lk_options_take(lk_embedder_options_table(), &taken, options));
    LK_TRY(lk_alloc(&embedder, 1, sizeof *embedder));
    lk_status status = load_file(embedder, path, onnx, &taken);
    if (status != LK_OK) {
        lk_embedder_destroy(embedder);
        return status;
    }
    *out = embedder;
    return LK_OK;
}

lk_status lk_embedder_keep(lk_embedder *embedder)
{
    LK_REQUIRE(embedder, LK_ERROR_ARGUMENT, "lk_embedder_keep: NULL argument");
    return lk_packed_place_keep(&embedder->packed, embedder->network.model);
}

void lk_embedder_destroy(lk_embedder *embedder)
{
    if (!embedder)
        return;
    for (size_t i = 0; i < embedder->idle_count; i++)
        lk_nn_session_destroy(embedder->idle[i]);
    free(embedder->idle);
    lk_nn_model_destroy(embedder->network.model);
    lk_tensors_close(embedder->tensors);
    lk_packed_place_clear(&embedder->packed);
    pthread_mutex_destroy(&embedder->lock);
    lk_model_traits_destroy(embedder->traits);
    free(embedder->path);
    free(embedder);
}

lk_precision lk_embedder_precision(const lk_embedder *embedder)
{
    return embedder ? embedder->precision : LK_PRECISION_F32;
}

lk_nn_model *lk_embedder_model(const lk_embedder *embedder)
{
    return embedder->network.model;
}

size_t lk_embedder_output_size(const lk_embedder *embedder)
{
    return embedder ? embedder->network.output_size : 0;
}

const lk_model_traits *lk_embedder_traits(const lk_embedder *embedder)
{
    return embedder ? embedder->traits : NULL;
}

size_t lk_embedder_crop_size(const lk_embedder *embedder)
{
    return embedder ? embedder->traits->size : 0;
}

bool lk_embedder_takes(const lk_embedder *embedder, size_t side)
{
    if (!embedder)
        return false;
    const lk_embed_loaded *network = &embedder->network;
    return side >= network->least && (!network->most || side <= network->most);
}

bool lk_embedder_is_unit(const lk_embedder *embedder)
{
    return embedder && embedder->network.unit;
}

lk_metric lk_embedder_metric(const lk_embedder *embedder)
{
    return embedder ? embedder->traits->metric : LK_METRIC_EUCLIDEAN;
}

double lk_embedder_threshold(const lk_embedder *embedder)
{
    return embedder ? embedder->traits->threshold : NAN;
}

static lk_status take_session(lk_embedder *embedder, lk_nn_session **session)
{
    *session = NULL;
    pthread_mutex_lock(&embedder->lock);
    if (embedder->idle_count)
        *session = embedder->idle[--embedder->idle_count];
    pthread_mutex_unlock(&embedder->lock);
    return *session ? LK_OK : lk_nn_session_create(session, embedder->network.model);
}

static void give_session(lk_embedder *embedder, lk_nn_session *session)
{
    pthread_mutex_lock(&embedder->lock);
    lk_status room = lk_grow(&embedder->idle, &embedder->idle_capacity, embedder->idle_count + 1,
                             sizeof *embedder->idle);
    if (room == LK_OK)
        embedder->idle[embedder->idle_count++] = session;
    pthread_mutex_unlock(&embedder->lock);
    if (room != LK_OK)
        lk_nn_session_destroy(session);
}

/* What a call embeds: crops, or planes that are standardised already. */
typedef struct job {
    const lk_image *crops;
    const float *planes;
    size_t count, height, width;
} job;

/* One crop's interleaved bytes to standardised planes. */
static void embedder_standardise(float *planes, const lk_image *crop, const lk_embedder *embedder)
{
    size_t pixels = crop->width * crop->height;
    bool turned = embedder->traits->colours == LK_COLOURS_BGR;
    for (size_t c = 0; c < 3; c++) {
        const float *standard = embedder->standard[c];
        const uint8_t *from = crop->rgb + (turned ? 2 - c : c);
        for (size_t i = 0; i < pixels; i++)
            planes[c * pixels + i] = standard[from[3 * i]];
    }
}

static void fill_planes(float *input, const lk_embed_loaded *network, const job *work, size_t first,
                        size_t count)
{
    size_t plane = work->height * work->width;
    const float *from = work->planes + first * 3 * plane;
    for (size_t p = 0; p < 3 * count; p++)
        for (size_t i = p * plane; i < (p + 1) * plane; i++)
            input[i] = from[i] * network->scale[p % 3] + network->shift[p % 3];
}

static void fill_input(float *input, const lk_embedder *embedder, const job *work, size_t first,
                       size_t count)
{
    size_t image = 3 * work->height * work->width;
    if (work->planes) {
        fill_planes(input, &embedder->network, work, first, count);
        return;
    }
#pragma omp parallel for num_threads(lk_threads())
    for (size_t i = 0; i < count; i++)
        embedder_standardise(input + i * image, &work->crops[first + i], embedder);
}

/* Batches of nearly equal size: 49 is seven sevens, not six eights and a one,
 * so that one plan or two serve all. */
static lk_status embedder_run_batches(const lk_embedder *embedder, lk_nn_session *session,
                                      float *out, const job *work)
{
    size_t batches = lk_ceil_div(work->count, embedder->batch);
    for (size_t i = 0; i < batches; i++) {
        size_t first = work->count * i / batches, end = work->count * (i + 1) / batches;
        float *input, *to = out + first * embedder->network.output_size;
        LK_TRY(lk_nn_session_prepare(session, &input, end - first, work->height, work->width));
        fill_input(input, embedder, work, first, end - first);
        LK_TRY(lk_nn_session_run(session, &to));
    }
    return LK_OK;
}

static lk_status check_size(const lk_embedder *embedder, const job *work)
{
    const lk_embed_loaded *network = &embedder->network;
    LK_REQUIRE(lk_embedder_takes(embedder, work->height) &&
                   lk_embedder_takes(embedder, work->width),
               LK_ERROR_SHAPE, "a crop of %zux%zu pixels, the network takes %zu%s", work->width,
               work->height, network->least, network->most ? "" : " or more");
    return LK_OK;
}

/* Weights that overflow give no numbers, and no vector of zeros is anybody's: neither
 * may pass for an embedding. */
static lk_status embedder_check_rows(const lk_embedder *embedder, const float *rows, size_t count)
{
    size_t d = embedder->network.output_size;
    double least = embedder->network.unit ? 0.5 : 0;
    for (size_t i = 0; i < count; i++) {
        double square = 0;
        for (size_t k = 0; k < d; k++)
            square += (double)rows[i * d + k] * (double)rows[i * d + k];
        LK_REQUIRE(isfinite(square), LK_ERROR_NUMBER,
                   "%s: the network's numbers for face %zu of %zu are not finite: its weights "
                   "overflow",
                   embedder->path, i + 1, count);
        bool unit = !embedder->network.unit || square <= least || fabs(square - 1) < 0.01;
        LK_REQUIRE(unit, LK_ERROR_NUMBER,
                   "%s: the network's numbers for face %zu of %zu have the length %g, expected 1",
                   embedder->path, i + 1, count, sqrt(square));
        LK_REQUIRE(!embedder->network.embeds || square > least, LK_ERROR_NUMBER,
                   "%s: the network's numbers for face %zu of %zu are all 0, expected a vector%s",
                   embedder->path, i + 1, count, embedder->network.unit ? " of length 1" : "");
    }
    return LK_OK;
}

static lk_status run_job(lk_embedder *embedder, float *out, const job *work)
{
    LK_TRY(check_size(embedder, work));
    float *result;
    size_t size;
    LK_REQUIRE(lk_mul(work->count, embedder->network.output_size, &size), LK_ERROR_MEMORY,
               "%zu embeddings do not fit in memory", work->count);
    LK_TRY(lk_alloc(&result, size, sizeof *result)); /* out stays untouched on failure */
    lk_nn_session *session;
    lk_status status = take_session(embedder, &session);
    if (status == LK_OK) {
        status = embedder_run_batches(embedder, session, result, work);
        give_session(embedder, session);
    }
    if (status == LK_OK)
        status = embedder_check_rows(embedder, result, work->count);
    if (status == LK_OK)
        memcpy(out, result, size * sizeof *out);
    free(result);
    return status;
}

lk_status lk_embedder_run(lk_embedder *embedder, float *out, const lk_image *crops, size_t count)
{
    LK_REQUIRE(embedder && (count == 0 || (out && crops)), LK_ERROR_ARGUMENT,
               "lk_embedder_run: NULL argument");
    if (count == 0)
        return LK_OK;
    for (size_t i = 0; i < count; i++)
        LK_REQUIRE(crops[i].rgb && crops[i].width == crops[0].width &&
                       crops[i].height == crops[0].height,
                   LK_ERROR_SHAPE, "crop %zu is %zux%zu pixels, crop 0 is %zux%zu", i,
                   crops[i].width, crops[i].height, crops[0].width, crops[0].height);
    job work = {.crops = crops, .count = count, .height = crops[0].height, .width = crops[0].width};
    return run_job(embedder, out, &work);
}

lk_status lk_embedder_run_planes(lk_embedder *embedder, float *out, const float *input,
                                 size_t count, size_t height, size_t width)
{
    LK_REQUIRE(embedder && (count == 0 || (out && input)), LK_ERROR_ARGUMENT,
               "lk_embedder_run_planes: NULL argument");
    if (count == 0)
        return LK_OK;
    job work = {.planes = input, .count = count, .height = height, .width = width};
    return run_job(embedder, out, &work);
}

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
#include "embed/network.h"
#include "nn/infer/session.h"

struct lk_embedder {
    lk_nn_model *model;
    size_t output_size;
    bool classify;        /* its rows are logits */
    size_t batch;         /* crops that one run takes */
    char *path;           /* of the weights, for messages */
    pthread_mutex_t lock; /* of what follows */
    lk_nn_session **idle;
    size_t idle_count, idle_capacity;
};

/* The width of the network that the file holds. The layer that opens the blocks
 * has 256 channels times the width, and every width is a multiple of 1/256, so
 * its shape says it exactly; whether the rest fits is found in loading it. */
static double find_width(const lk_tensors *tensors)
{
    const lk_tensor *weight = lk_tensors_find(tensors, "conv2d_4b.conv.weight");
    return weight && weight->rank == 4 ? (double)weight->shape[0] / 256 : 1;
}

/* The number of classes is whatever the file says. */
static lk_status count_classes(const lk_tensors *tensors, size_t *classes)
{
    const lk_tensor *bias = lk_tensors_find(tensors, "logits.bias");
    LK_REQUIRE(bias, LK_ERROR_MISSING, "%s: no tensor logits.bias, which classify needs",
               lk_tensors_path(tensors));
    LK_REQUIRE(bias->rank == 1 && bias->shape[0], LK_ERROR_SHAPE,
               "%s: logits.bias has rank %zu, expected [classes]", lk_tensors_path(tensors),
               bias->rank);
    *classes = bias->shape[0];
    return LK_OK;
}

static lk_status load_model(lk_embedder *embedder, const lk_tensors *tensors,
                            const lk_embedder_options *options)
{
    size_t classes = 0;
    if (options->classify)
        LK_TRY(count_classes(tensors, &classes));
    embedder->classify = options->classify;
    embedder->batch = options->batch;
    embedder->output_size = options->classify ? classes : LK_EMBEDDING_SIZE;
    double width = options->width > 0 ? options->width : find_width(tensors);
    LK_REQUIRE(width > 0 && width <= 16, LK_ERROR_SHAPE,
               "%s: a network of width %g, expected above 0 and at most 16",
               lk_tensors_path(tensors), width);
    lk_nn_graph graph = {0};
    lk_embed_network(&graph, width, classes);
    LK_TRY(lk_nn_model_create(&embedder->model, &graph, LK_EMBEDDER_MIN_INPUT,
                              LK_EMBEDDER_MIN_INPUT, lk_embed_load, (void *)tensors, false));
    lk_tensors_release_pages(tensors);
    return LK_OK;
}

lk_status lk_embedder_create_from(lk_embedder **out, const lk_tensors *tensors,
                                  const lk_embedder_options *options)
{
    LK_REQUIRE(out && tensors, LK_ERROR_ARGUMENT, "lk_embedder_create_from: NULL argument");
    lk_embedder_options taken;
    LK_TRY(lk_options_take(lk_embedder_options_table(), &taken, options));
    lk_embedder *embedder;
    LK_TRY(lk_alloc(&embedder, 1, sizeof *embedder));
    pthread_mutex_init(&embedder->lock, NULL);
    lk_status status = lk_strdup(&embedder->path, lk_tensors_path(tensors));
    if (status == LK_OK)
        status = load_model(embedder, tensors, &taken);
    if (status != LK_OK) {
        lk_embedder_destroy(embedder);
        return status;
    }
    *out = embedder;
    return LK_OK;
}

lk_status lk_embedder_create(lk_embedder **out, const char *path,
                             const lk_embedder_options *options)
{
    lk_tensors *tensors;
    LK_TRY(lk_tensors_open(&tensors, path));
    lk_status status = lk_embedder_create_from(out, tensors, options);
    lk_tensors_close(tensors);
    return status;
}

void lk_embedder_destroy(lk_embedder *embedder)
{
    if (!embedder)
        return;
    for (size_t i = 0; i < embedder->idle_count; i++)
        lk_nn_session_destroy(embedder->idle[i]);
    free(embedder->idle);
    lk_nn_model_destroy(embedder->model);
    pthread_mutex_destroy(&embedder->lock);
    free(embedder->path);
    free(embedder);
}

size_t lk_embedder_output_size(const lk_embedder *embedder)
{
    if (!embedder)
        return 0;
    return embedder->output_size;
}

static lk_status take_session(lk_embedder *embedder, lk_nn_session **session)
{
    *session = NULL;
    pthread_mutex_lock(&embedder->lock);
    if (embedder->idle_count)
        *session = embedder->idle[--embedder->idle_count];
    pthread_mutex_unlock(&embedder->lock);
    return *session ? LK_OK : lk_nn_session_create(session, embedder->model);
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

/* One crop's interleaved bytes to standardised planes. (x - 127.5) / 128 is
 * exact in float32. */
static void standardise(float *planes, const lk_image *crop)
{
    size_t pixels = crop->width * crop->height;
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < 3; c++)
            planes[c * pixels + i] = ((float)crop->rgb[3 * i + c] - 127.5f) / 128.0f;
}

static void fill_input(float *input, const job *work, size_t first, size_t count)
{
    size_t image = 3 * work->height * work->width;
    if (work->planes) {
        memcpy(input, work->planes + first * image, count * image * sizeof *input);
        return;
    }
#pragma omp parallel for num_threads(lk_threads())
    for (size_t i = 0; i < count; i++)
        standardise(input + i * image, &work->crops[first + i]);
}

/* Batches of nearly equal size: 49 is seven sevens, not six eights and a one,
 * so that one plan or two serve all. */
static lk_status run_batches(const lk_embedder *embedder, lk_nn_session *session, float *out,
                             const job *work)
{
    size_t batches = lk_ceil_div(work->count, embedder->batch);
    for (size_t i = 0; i < batches; i++) {
        size_t first = work->count * i / batches, end = work->count * (i + 1) / batches;
        float *input, *to = out + first * embedder->output_size;
        LK_TRY(lk_nn_session_prepare(session, &input, end - first, work->height, work->width));
        fill_input(input, work, first, end - first);
        LK_TRY(lk_nn_session_run(session, &to));
    }
    return LK_OK;
}

static lk_status check_size(const job *work)
{
    LK_REQUIRE(work->height >= LK_EMBEDDER_MIN_INPUT && work->width >= LK_EMBEDDER_MIN_INPUT,
               LK_ERROR_SHAPE, "a crop of %zux%zu pixels, the network takes %d or more",
               work->width, work->height, LK_EMBEDDER_MIN_INPUT);
    return LK_OK;
}

/* Weights that overflow give no numbers, and no vector of zeros is anybody's: neither
 * may pass for an embedding. */
static lk_status check_rows(const lk_embedder *embedder, const float *rows, size_t count)
{
    size_t d = embedder->output_size;
    for (size_t i = 0; i < count; i++) {
        double square = 0;
        for (size_t k = 0; k < d; k++)
            square += (double)rows[i * d + k] * (double)rows[i * d + k];
        LK_REQUIRE(isfinite(square), LK_ERROR_NUMBER,
                   "%s: the network's numbers for face %zu of %zu are not finite: its weights "
                   "overflow",
                   embedder->path, i + 1, count);
        LK_REQUIRE(embedder->classify || square > 0.5, LK_ERROR_NUMBER,
                   "%s: the network's numbers for face %zu of %zu are all 0, expected a vector of "
                   "length 1",
                   embedder->path, i + 1, count);
    }
    return LK_OK;
}

static lk_status run_job(lk_embedder *embedder, float *out, const job *work)
{
    LK_TRY(check_size(work));
    float *result;
    size_t size;
    LK_REQUIRE(lk_mul(work->count, embedder->output_size, &size), LK_ERROR_MEMORY,
               "%zu embeddings do not fit in memory", work->count);
    LK_TRY(lk_alloc(&result, size, sizeof *result)); /* out stays untouched on failure */
    lk_nn_session *session;
    lk_status status = take_session(embedder, &session);
    if (status == LK_OK) {
        status = run_batches(embedder, session, result, work);
        give_session(embedder, session);
    }
    if (status == LK_OK)
        status = check_rows(embedder, result, work->count);
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

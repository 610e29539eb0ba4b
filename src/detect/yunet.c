#include "detect/yunet.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "detect/yunet_decode.h"
#include "nn/infer/session.h"
#include "onnx/onnx.h"

enum {
    LARGEST_SIDE = 2048, /* pixels: larger photographs are shrunk, see yunet_fit */
    MULTIPLE = 32
};

struct lk_yunet {
    lk_nn_model *model;
    size_t order[LK_YUNET_OUTPUTS]; /* which output of the model is the grids' number so-and-so */
    pthread_mutex_t lock;           /* of what follows */
    lk_nn_session **idle;
    size_t idle_count, idle_capacity;
};

/* ---- loading ---- */

/* The node that makes a value; NULL: none. */
static const lk_onnx_node *maker_of(const lk_onnx *onnx, size_t value)
{
    for (size_t i = 0; i < onnx->node_count; i++)
        for (size_t k = 0; k < onnx->nodes[i].output_count; k++)
            if (onnx->nodes[i].outputs[k] == value)
                return &onnx->nodes[i];
    return NULL;
}

/* The file's outputs are brought into an order that depends on the photograph's size; what
 * is read here are the planes before that, and before the sigmoid, which few cells need. */
static size_t planes_of(const lk_onnx *onnx, size_t value)
{
    enum { MOST_STEPS = 8 };
    for (int i = 0; i < MOST_STEPS; i++) {
        const lk_onnx_node *node = maker_of(onnx, value);
        bool passes = node && node->input_count &&
                      (lk_onnx_text_is(node->operation, "Sigmoid") ||
                       lk_onnx_text_is(node->operation, "Reshape") ||
                       lk_onnx_text_is(node->operation, "Transpose"));
        if (!passes)
            break;
        value = node->inputs[0];
    }
    return value;
}

/* Which grid's which planes an output is, by its name: "cls_8". */
static lk_status yunet_find_outputs(lk_yunet *yunet, lk_onnx *onnx)
{
    unsigned found = 0;
    for (size_t i = 0; i < onnx->output_count; i++)
        for (size_t k = 0; k < LK_YUNET_OUTPUTS; k++)
            if (lk_onnx_text_is(onnx->values[onnx->outputs[i].value], lk_yunet_outputs[k].name)) {
                yunet->order[k] = i;
                found |= 1u << k;
            }
    LK_REQUIRE(onnx->output_count == LK_YUNET_OUTPUTS && found == (1u << LK_YUNET_OUTPUTS) - 1,
               LK_ERROR_UNSUPPORTED, "%s: has not the %d outputs of YuNet (cls_8, obj_8, ...)",
               onnx->path, LK_YUNET_OUTPUTS);
    for (size_t i = 0; i < onnx->output_count; i++)
        onnx->outputs[i].value = planes_of(onnx, onnx->outputs[i].value);
    return LK_OK;
}

/* The planes have the sizes that the decoder believes in, whatever the file says. */
static lk_status yunet_check(const lk_yunet *yunet, const lk_onnx_network *network,
                             const char *path)
{
    bool fits = network->channels == 3;
    for (size_t k = 0; k < LK_YUNET_OUTPUTS && fits; k++) {
        const lk_onnx_result *result = &network->results[yunet->order[k]];
        size_t stride = lk_yunet_outputs[k].stride;
        fits = result->rank == 4 && result->shape[1] == lk_yunet_outputs[k].channels &&
               result->shape[2] == network->height / stride &&
               result->shape[3] == network->width / stride;
    }
    for (size_t c = 0; c < 3 && fits; c++)
        fits = network->scale[c] == 1 && network->shift[c] == 0;
    LK_REQUIRE(fits, LK_ERROR_UNSUPPORTED, "%s: its outputs are not shaped as YuNet's", path);
    return LK_OK;
}

static lk_status yunet_load(lk_yunet *yunet, const char *path)
{
    enum { SIDE = 64 }; /* any would do */
    lk_onnx *onnx;
    lk_onnx_network network;
    LK_TRY(lk_onnx_open(&onnx, path));
    lk_status status = yunet_find_outputs(yunet, onnx);
    if (status == LK_OK)
        status = lk_onnx_network_create(&network, onnx, SIDE, SIDE);
    if (status == LK_OK) {
        yunet->model = network.model;
        lk_nn_model_unset_int8(yunet->model);
        status = yunet_check(yunet, &network, path);
    }
    lk_onnx_close(onnx);
    return status;
}

lk_status lk_yunet_create(lk_yunet **out, const char *path)
{
    lk_yunet *yunet;
    LK_TRY(lk_alloc(&yunet, 1, sizeof *yunet));
    pthread_mutex_init(&yunet->lock, NULL);
    lk_status status = yunet_load(yunet, path);
    if (status != LK_OK) {
        lk_yunet_destroy(yunet);
        return status;
    }
    *out = yunet;
    return LK_OK;
}

void lk_yunet_destroy(lk_yunet *yunet)
{
    if (!yunet)
        return;
    for (size_t i = 0; i < yunet->idle_count; i++)
        lk_nn_session_destroy(yunet->idle[i]);
    free(yunet->idle);
    lk_nn_model_destroy(yunet->model);
    pthread_mutex_destroy(&yunet->lock);
    free(yunet);
}

/* ---- sessions ---- */

static lk_status yunet_take(lk_yunet *yunet, lk_nn_session **session)
{
    *session = NULL;
    pthread_mutex_lock(&yunet->lock);
    if (yunet->idle_count)
        *session = yunet->idle[--yunet->idle_count];
    pthread_mutex_unlock(&yunet->lock);
    return *session ? LK_OK : lk_nn_session_create(session, yunet->model);
}

static void yunet_give(lk_yunet *yunet, lk_nn_session *session)
{
    pthread_mutex_lock(&yunet->lock);
    lk_status room = lk_grow(&yunet->idle, &yunet->idle_capacity, yunet->idle_count + 1,
                             sizeof(lk_nn_session *));
    if (room == LK_OK)
        yunet->idle[yunet->idle_count++] = session;
    pthread_mutex_unlock(&yunet->lock);
    if (room != LK_OK)
        lk_nn_session_destroy(session);
}

/* ---- running ---- */

/* Planes of blue, green and red, 0 to 255, with black at the right and at the bottom. */
static void yunet_fill(float *input, const lk_image *image, size_t height, size_t width)
{
#pragma omp parallel for num_threads(lk_threads())
    for (size_t y = 0; y < height; y++)
        for (size_t c = 0; c < 3; c++) {
            float *row = input + (c * height + y) * width;
            size_t inside = y < image->height ? image->width : 0;
            const uint8_t *from = image->rgb + 3 * y * image->width + 2 - c;
            for (size_t x = 0; x < inside; x++)
                row[x] = from[3 * x];
            memset(row + inside, 0, (width - inside) * sizeof *row);
        }
}

static size_t yunet_padded(size_t extent)
{
    return lk_ceil_div(extent, MULTIPLE) * MULTIPLE;
}

/* Of numbers that lie one output after the other. */
static lk_status yunet_run_session(const lk_yunet *yunet, lk_nn_session *session,
                                   lk_yunet_grids *grids, float *numbers, const lk_image *image)
{
    float *input, *outputs[LK_YUNET_OUTPUTS];
    for (size_t k = 0; k < LK_YUNET_OUTPUTS; k++) {
        size_t stride = lk_yunet_outputs[k].stride;
        grids->planes[k] = outputs[yunet->order[k]] = numbers;
        numbers +=
            lk_yunet_outputs[k].channels * (grids->height / stride) * (grids->width / stride);
    }
    LK_TRY(lk_nn_session_prepare(session, &input, 1, grids->height, grids->width));
    yunet_fill(input, image, grids->height, grids->width);
    return lk_nn_session_run(session, outputs);
}

static lk_status yunet_run(lk_yunet *yunet, lk_candidate **out, size_t *count,
                           const lk_image *image, float threshold)
{
    lk_yunet_grids grids = {.height = yunet_padded(image->height),
                            .width = yunet_padded(image->width)};
    float *numbers;
    lk_nn_session *session;
    LK_TRY(lk_alloc(&numbers, lk_yunet_numbers(&grids), sizeof *numbers));
    lk_status status = yunet_take(yunet, &session);
    if (status == LK_OK) {
        status = yunet_run_session(yunet, session, &grids, numbers, image);
        yunet_give(yunet, session);
    }
    if (status == LK_OK)
        status = lk_yunet_decode(&grids, threshold, out, count);
    free(numbers);
    return status;
}

/* Where a point of a smaller photograph lies in the larger. */
static void yunet_enlarge(lk_candidate *list, size_t count, float across, float down)
{
    for (size_t i = 0; i < count; i++) {
        lk_box *box = &list[i].box;
        *box = (lk_box){box->x1 * across, box->y1 * down, box->x2 * across, box->y2 * down};
        for (size_t k = 0; k < 5; k++) {
            list[i].landmarks[k][0] *= across;
            list[i].landmarks[k][1] *= down;
        }
    }
}

/* The network has learned faces of up to some hundred pixels: larger photographs are shrunk,
 * which also bounds the memory of a run. */
lk_status lk_yunet_run(lk_yunet *yunet, lk_candidate **out, size_t *count, const lk_image *image,
                       float threshold)
{
    size_t longer = image->width > image->height ? image->width : image->height;
    if (longer <= LARGEST_SIDE)
        return yunet_run(yunet, out, count, image, threshold);
    lk_image small = {0};
    size_t width = lk_ceil_div(image->width * LARGEST_SIDE, longer);
    size_t height = lk_ceil_div(image->height * LARGEST_SIDE, longer);
    LK_TRY(lk_image_resize_bilinear(&small, image, width, height));
    lk_status status = yunet_run(yunet, out, count, &small, threshold);
    lk_image_clear(&small);
    if (status == LK_OK)
        yunet_enlarge(*out, *count, (float)image->width / (float)width,
                      (float)image->height / (float)height);
    return status;
}

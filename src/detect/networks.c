/* From state dicts to packed weights. */
#include "detect/networks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

/* Loads "NAME.weight" or the like into new memory. */
static lk_status networks_load(float **out, const lk_tensors *tensors, const char *name,
                               const char *suffix, const size_t *shape, size_t rank)
{
    char full[64];
    size_t count;
    float *values;
    snprintf(full, sizeof full, "%s.%s", name, suffix);
    LK_REQUIRE(lk_mul_all(shape, rank, &count), LK_ERROR_MEMORY, "%s: too large", full);
    LK_TRY(lk_alloc(&values, count, sizeof *values));
    lk_status status = lk_tensors_load_f32(tensors, full, shape, rank, values);
    if (status != LK_OK) {
        free(values);
        return status;
    }
    *out = values;
    return LK_OK;
}

/* Loads a vector of one value per channel to conv->bias or conv->slope. */
static lk_status load_vector(float *out, const lk_tensors *tensors, const char *name,
                             const char *suffix, size_t count)
{
    char full[64];
    snprintf(full, sizeof full, "%s.%s", name, suffix);
    return lk_tensors_load_f32(tensors, full, &count, 1, out);
}

static lk_status load_conv(lk_nn_row_conv *conv, const lk_tensors *tensors, const char *name,
                           const char *activation, size_t out_channels, size_t in_channels,
                           size_t kernel)
{
    float *weights;
    LK_TRY(lk_nn_row_conv_create(conv, kernel, in_channels, out_channels));
    LK_TRY(load_vector(conv->bias, tensors, name, "bias", out_channels));
    LK_TRY(load_vector(conv->slope, tensors, activation, "weight", out_channels));
    LK_TRY(networks_load(&weights, tensors, name, "weight",
                         (size_t[]){out_channels, in_channels, kernel, kernel}, 4));
    const float *next = weights;
    for (size_t o = 0; o < out_channels; o++)
        for (size_t i = 0; i < in_channels; i++)
            for (size_t row = 0; row < kernel; row++)
                for (size_t column = 0; column < kernel; column++)
                    *lk_nn_row_conv_weight(conv, o, row, column, i) = *next++;
    free(weights);
    return LK_OK;
}

/* A fully connected layer behind a map of side x side x channels, whose weights
 * expect columns before rows before channels where our maps have rows first. */
static lk_status load_dense(lk_nn_row_conv *conv, const lk_tensors *tensors, const char *name,
                            const char *activation, size_t outputs, size_t side, size_t channels)
{
    float *weights;
    size_t inputs = side * side * channels;
    LK_TRY(lk_nn_row_conv_create(conv, 1, inputs, outputs));
    LK_TRY(load_vector(conv->bias, tensors, name, "bias", outputs));
    LK_TRY(load_vector(conv->slope, tensors, activation, "weight", outputs));
    LK_TRY(networks_load(&weights, tensors, name, "weight", (size_t[]){outputs, inputs}, 2));
    const float *next = weights;
    for (size_t o = 0; o < outputs; o++)
        for (size_t column = 0; column < side; column++)
            for (size_t row = 0; row < side; row++)
                for (size_t c = 0; c < channels; c++)
                    *lk_nn_row_conv_weight(conv, o, 0, 0, (row * side + column) * channels + c) =
                        *next++;
    free(weights);
    return LK_OK;
}

/* One of the layers that share the head: its outputs begin at `first`. A weight
 * has `rank` dimensions: 4 (a 1x1 convolution) or 2. */
static lk_status load_head(lk_nn_row_conv *head, const lk_tensors *tensors, const char *name,
                           size_t rank, size_t first, size_t outputs)
{
    float *weights;
    LK_TRY(load_vector(head->bias + first, tensors, name, "bias", outputs));
    LK_TRY(networks_load(&weights, tensors, name, "weight",
                         (size_t[]){outputs, head->in_channels, 1, 1}, rank));
    const float *next = weights;
    for (size_t o = 0; o < outputs; o++)
        for (size_t i = 0; i < head->in_channels; i++)
            *lk_nn_row_conv_weight(head, first + o, 0, 0, i) = *next++;
    free(weights);
    return LK_OK;
}

/* Winograd's form of a convolution, with tiles of `outputs` a side. */
static lk_status add_winograd(lk_nn_row_winograd **to, const lk_nn_row_conv *conv, size_t outputs)
{
    LK_TRY(lk_alloc(to, 1, sizeof **to));
    return lk_nn_row_winograd_create(*to, conv, outputs);
}

static void remove_winograd(lk_nn_row_winograd **winograd)
{
    if (*winograd)
        lk_nn_row_winograd_clear(*winograd);
    free(*winograd);
    *winograd = NULL;
}

/* One row of weights for both logits: most cells need no more to be dropped. */
static lk_status networks_add_face(lk_pnet *net)
{
    const lk_nn_row_conv *head = &net->head;
    LK_TRY(lk_alloc_aligned(&net->face, head->in_channels, sizeof *net->face));
    for (size_t i = 0; i < head->in_channels; i++)
        net->face[i] =
            *lk_nn_row_conv_weight(head, 1, 0, 0, i) - *lk_nn_row_conv_weight(head, 0, 0, 0, i);
    net->face_bias = head->bias[1] - head->bias[0];
    return LK_OK;
}

lk_status lk_pnet_load(lk_pnet *net, const lk_tensors *tensors)
{
    LK_TRY(load_conv(&net->conv[0], tensors, "conv1", "prelu1", 10, 3, 3));
    LK_TRY(load_conv(&net->conv[1], tensors, "conv2", "prelu2", 16, 10, 3));
    LK_TRY(load_conv(&net->conv[2], tensors, "conv3", "prelu3", 32, 16, 3));
    LK_TRY(lk_nn_row_first_create(&net->first, &net->conv[0]));
    LK_TRY(add_winograd(&net->winograd[1], &net->conv[1], LK_STRIP_STEP));
    LK_TRY(add_winograd(&net->winograd[2], &net->conv[2], LK_STRIP_STEP));
    LK_TRY(lk_nn_row_conv_create(&net->head, 1, 32, 6));
    LK_TRY(load_head(&net->head, tensors, "conv4_1", 4, 0, 2));
    LK_TRY(load_head(&net->head, tensors, "conv4_2", 4, 2, 4));
    return networks_add_face(net);
}

lk_status lk_rnet_load(lk_refiner *net, const lk_tensors *tensors)
{
    net->side = 24;
    net->conv_count = 3;
    net->pool[0] = net->pool[1] = 3;
    LK_TRY(load_conv(&net->conv[0], tensors, "conv1", "prelu1", 28, 3, 3));
    LK_TRY(load_conv(&net->conv[1], tensors, "conv2", "prelu2", 48, 28, 3));
    LK_TRY(load_conv(&net->conv[2], tensors, "conv3", "prelu3", 64, 48, 2));
    LK_TRY(lk_nn_row_first_create(&net->first, &net->conv[0]));
    LK_TRY(add_winograd(&net->winograd[1], &net->conv[1], 3)); /* of 9x9 */
    LK_TRY(add_winograd(&net->winograd[2], &net->conv[2], 3)); /* its 3x3 at once */
    LK_TRY(load_dense(&net->dense, tensors, "dense4", "prelu4", 128, 3, 64));
    LK_TRY(lk_nn_row_conv_create(&net->head, 1, 128, 6));
    LK_TRY(load_head(&net->head, tensors, "dense5_1", 2, 0, 2));
    return load_head(&net->head, tensors, "dense5_2", 2, 2, 4);
}

lk_status lk_onet_load(lk_refiner *net, const lk_tensors *tensors)
{
    net->side = 48;
    net->conv_count = 4;
    net->pool[0] = net->pool[1] = 3;
    net->pool[2] = 2;
    net->has_landmarks = true;
    LK_TRY(load_conv(&net->conv[0], tensors, "conv1", "prelu1", 32, 3, 3));
    LK_TRY(load_conv(&net->conv[1], tensors, "conv2", "prelu2", 64, 32, 3));
    LK_TRY(load_conv(&net->conv[2], tensors, "conv3", "prelu3", 64, 64, 3));
    LK_TRY(load_conv(&net->conv[3], tensors, "conv4", "prelu4", 128, 64, 2));
    LK_TRY(lk_nn_row_first_create(&net->first, &net->conv[0]));
    LK_TRY(add_winograd(&net->winograd[1], &net->conv[1], 3)); /* of 21x21 */
    LK_TRY(add_winograd(&net->winograd[2], &net->conv[2], 4)); /* of 8x8 */
    LK_TRY(add_winograd(&net->winograd[3], &net->conv[3], 3)); /* its 3x3 at once */
    LK_TRY(load_dense(&net->dense, tensors, "dense5", "prelu5", 256, 3, 128));
    LK_TRY(lk_nn_row_conv_create(&net->head, 1, 256, 16));
    LK_TRY(load_head(&net->head, tensors, "dense6_1", 2, 0, 2));
    LK_TRY(load_head(&net->head, tensors, "dense6_2", 2, 2, 4));
    return load_head(&net->head, tensors, "dense6_3", 2, 6, 10);
}

void lk_pnet_clear(lk_pnet *net)
{
    for (size_t i = 0; i < sizeof net->conv / sizeof *net->conv; i++) {
        lk_nn_row_conv_clear(&net->conv[i]);
        remove_winograd(&net->winograd[i]);
    }
    lk_nn_row_conv_clear(&net->head);
    lk_free_aligned(net->first);
    lk_free_aligned(net->face);
}

void lk_refiner_clear(lk_refiner *net)
{
    lk_free_aligned(net->first);
    for (size_t i = 0; i < LK_REFINER_CONVS; i++) {
        lk_nn_row_conv_clear(&net->conv[i]);
        remove_winograd(&net->winograd[i]);
    }
    lk_nn_row_conv_clear(&net->dense);
    lk_nn_row_conv_clear(&net->head);
}

float lk_softmax_second(float first, float second)
{
    float most = first > second ? first : second;
    float a = expf(first - most), b = expf(second - most);
    return b / (a + b);
}

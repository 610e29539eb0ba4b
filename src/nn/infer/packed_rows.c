/* Packed parameters of layers whose kernels read them nearly as they are folded. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/infer/packed.h"
#include "nn/infer/packed_layer.h"

/* Weights that our kernels read as plain folding leaves them, or nearly: folded into fresh
 * memory. */
static lk_status packed_fold_rows(lk_nn_packed_layer *packed, lk_nn_model *model,
                                  const lk_nn_fused *step)
{
    const lk_nn_parameter *plain = model->roles[step->layer * LK_NN_ROLES + LK_NN_WEIGHT];
    LK_TRY(lk_nn_need_step(model, step));
    LK_TRY(lk_alloc(&packed->channels[0], 1, packed->channel_bytes));
    LK_TRY(lk_alloc_aligned(&packed->rows, 1, packed->row_bytes));
    return lk_nn_fold(model, step, packed->rows, plain->shape[1], packed->channels[0]);
}

static lk_status packed_fold_grouped(lk_nn_packed_layer *packed, lk_nn_model *model,
                                     const lk_nn_fused *step, const lk_nn_grouped *conv)
{
    float *filters;
    LK_TRY(packed_fold_rows(packed, model, step));
    size_t plain = model->roles[step->layer * LK_NN_ROLES + LK_NN_WEIGHT]->count;
    LK_TRY(lk_alloc(&filters, plain, sizeof *filters));
    memcpy(filters, packed->rows, plain * sizeof *filters);
    lk_nn_grouped_pack(conv, packed->rows, filters);
    free(filters);
    return LK_OK;
}

/* True where both lie in the model's file. */
static bool packed_find_rows(lk_nn_packed_layer *packed, lk_nn_model *model, size_t layer)
{
    float *rows = NULL, *bias = NULL;
    const lk_nn_parameter *plain = model->roles[layer * LK_NN_ROLES + LK_NN_WEIGHT];
    uint64_t form = lk_nn_packed_form(plain->shape);
    if (!lk_nn_packed_find(&rows, model, layer, LK_NN_PART_ROWS, form, packed->row_bytes) ||
        !lk_nn_packed_find(&bias, model, layer, LK_NN_PART_CHANNELS, form, packed->channel_bytes))
        return false;
    packed->rows = rows;
    packed->channels[0] = bias;
    return true;
}

/* `conv` NULL: a linear layer. */
static lk_status packed_fill_rows(lk_nn_packed_layer *packed, lk_nn_model *model,
                                  const lk_nn_fused *step, const lk_nn_grouped *conv)
{
    const lk_nn_parameter *plain = model->roles[step->layer * LK_NN_ROLES + LK_NN_WEIGHT];
    size_t lanes = conv ? conv->lanes : 1, numbers = conv ? lk_nn_grouped_weights(conv) : 0;
    memcpy(packed->shape, plain->shape, sizeof packed->shape);
    packed->row_bytes = (numbers > plain->count ? numbers : plain->count) * sizeof(float);
    packed->channel_bytes = lk_ceil_div(plain->shape[0], lanes) * lanes * sizeof(float);
    if (packed_find_rows(packed, model, step->layer))
        return LK_OK;
    return conv ? packed_fold_grouped(packed, model, step, conv)
                : packed_fold_rows(packed, model, step);
}

static lk_status packed_rows_of(lk_nn_packed_layer **out, lk_nn_model *model,
                                const lk_nn_fused *step, const lk_nn_grouped *conv)
{
    lk_nn_packed_layer **slot;
    LK_TRY(lk_nn_packed_slot(&slot, model, step->layer));
    *out = *slot;
    if (*slot)
        return LK_OK;
    lk_nn_packed_layer *packed;
    LK_TRY(lk_alloc(&packed, 1, sizeof *packed));
    lk_status status = packed_fill_rows(packed, model, step, conv);
    if (status != LK_OK) {
        lk_nn_packed_layer_destroy(packed, model->kept);
        return status;
    }
    *out = *slot = packed;
    lk_nn_release_step(model, step);
    return LK_OK;
}

lk_status lk_nn_pack_grouped(lk_nn_model *model, const lk_nn_fused *step, const lk_nn_grouped *conv,
                             float **weights, float **bias)
{
    lk_nn_packed_layer *packed;
    LK_TRY(packed_rows_of(&packed, model, step, conv));
    *weights = packed->rows;
    *bias = packed->channels[0];
    return LK_OK;
}

lk_status lk_nn_pack_dense(lk_nn_model *model, const lk_nn_fused *step, float **weights,
                           float **bias)
{
    lk_nn_packed_layer *packed;
    LK_TRY(packed_rows_of(&packed, model, step, NULL));
    *weights = packed->rows;
    *bias = packed->channels[0];
    return LK_OK;
}

static lk_status packed_fold_channels(lk_nn_packed_layer *packed, lk_nn_model *model, size_t layer)
{
    const lk_nn_parameter *plain = model->roles[layer * LK_NN_ROLES + LK_NN_WEIGHT];
    bool norm = model->graph.layers[layer].op == LK_NN_NORM;
    LK_TRY(lk_nn_need_plain(model, layer));
    for (int i = 0; i < (norm ? 2 : 1); i++)
        LK_TRY(lk_alloc(&packed->channels[i], 1, packed->channel_bytes));
    if (!norm) {
        memcpy(packed->channels[0], plain->data, plain->count * sizeof(float));
        return LK_OK;
    }
    for (size_t c = 0; c < plain->count; c++) {
        double scale, shift;
        LK_TRY(lk_nn_fold_norm(model, layer, c, &scale, &shift));
        packed->channels[0][c] = (float)scale;
        packed->channels[1][c] = (float)shift;
    }
    return LK_OK;
}

static lk_status packed_fill_channels(lk_nn_packed_layer *packed, lk_nn_model *model, size_t layer,
                                      size_t padded)
{
    const lk_nn_parameter *plain = model->roles[layer * LK_NN_ROLES + LK_NN_WEIGHT];
    uint64_t form = lk_nn_packed_form(plain->shape);
    float *found[2] = {NULL, NULL};
    size_t count = model->graph.layers[layer].op == LK_NN_NORM ? 2 : 1, there = 0;
    memcpy(packed->shape, plain->shape, sizeof packed->shape);
    packed->channel_bytes = padded * sizeof(float);
    while (there < count &&
           lk_nn_packed_find(&found[there], model, layer, LK_NN_PART_CHANNELS + (unsigned)there,
                             form, packed->channel_bytes))
        there++;
    if (there < count)
        return packed_fold_channels(packed, model, layer);
    memcpy(packed->channels, found, sizeof found);
    return LK_OK;
}

lk_status lk_nn_pack_channels(lk_nn_model *model, size_t layer, size_t padded, float **first,
                              float **second)
{
    lk_nn_packed_layer **slot;
    LK_TRY(lk_nn_packed_slot(&slot, model, layer));
    if (!*slot) {
        lk_nn_packed_layer *packed;
        LK_TRY(lk_alloc(&packed, 1, sizeof *packed));
        lk_status status = packed_fill_channels(packed, model, layer, padded);
        if (status != LK_OK) {
            lk_nn_packed_layer_destroy(packed, model->kept);
            return status;
        }
        *slot = packed;
    }
    *first = (*slot)->channels[0];
    *second = (*slot)->channels[1];
    return LK_OK;
}

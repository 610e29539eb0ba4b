/* Packed weights. What Winograd convolution reads cannot be turned into other layouts,
 * nor can all of oneDNN's: a layer that has only such keeps the plain folded weights
 * as well. All others keep only what their kernels read, and a further layout
 * (another input size may want one) is made from the first. */
#include "nn/infer/packed.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/kernel/direct.h"
#include "nn/pages.h"

typedef struct packed_layer {
    lk_dnnl_weights **layouts; /* [0] holds all the numbers */
    size_t count, capacity;
    float *winograd[LK_NN_WINOGRAD_KINDS];   /* NULL: no kernel has wanted it */
    float *narrow[LK_NN_WINOGRAD_KINDS + 1]; /* the same in bf16, and last direct.h's */
    float *rows;                             /* of grouped.h or dense.h, instead of these */
    bool is_plain;                           /* no kernel reads layouts[0] yet */
    size_t shape[4];                         /* of the weights, channels padded */
    float *channels[2];                      /* bias; or scale and shift; or slope */
} packed_layer;

struct lk_nn_packed_set {
    size_t count;          /* layers of the graph */
    packed_layer **layers; /* [count], NULL where a layer has none (yet) */
};

static void packed_destroy(packed_layer *packed)
{
    if (!packed)
        return;
    for (size_t i = 0; i < packed->count; i++)
        lk_dnnl_weights_destroy(packed->layouts[i]);
    for (size_t i = 0; i < LK_NN_WINOGRAD_KINDS; i++)
        lk_nn_pages_give(packed->winograd[i]);
    for (size_t i = 0; i <= LK_NN_WINOGRAD_KINDS; i++)
        lk_nn_pages_give(packed->narrow[i]);
    lk_free_aligned(packed->rows);
    free(packed->layouts);
    free(packed->channels[0]);
    free(packed->channels[1]);
    free(packed);
}

static void packed_destroy_set(lk_nn_packed_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        packed_destroy(set->layers[i]);
    free(set->layers);
    free(set);
}

/* Where the model keeps a layer's; a model without any gets a set. */
static lk_status packed_slot(packed_layer ***out, lk_nn_model *model, size_t layer)
{
    lk_nn_packed_set *set = model->packed;
    if (!set) {
        LK_TRY(lk_alloc(&set, 1, sizeof *set));
        lk_status status = lk_alloc(&set->layers, model->graph.count, sizeof *set->layers);
        if (status != LK_OK) {
            free(set);
            return status;
        }
        set->count = model->graph.count;
        model->packed = set;
        model->destroy_packed = packed_destroy_set;
    }
    *out = &set->layers[layer];
    return LK_OK;
}

/* Folds into the bias and one plain layout, zeros up to the padded channels. */
static lk_status packed_fold_plain(packed_layer *packed, const lk_nn_model *model,
                                   const lk_nn_fused *step)
{
    LK_TRY(lk_alloc(&packed->channels[0], packed->shape[0], sizeof(float)));
    LK_TRY(lk_grow(&packed->layouts, &packed->capacity, 1, sizeof *packed->layouts));
    LK_TRY(lk_dnnl_weights_plain(&packed->layouts[0], packed->shape));
    packed->count = 1;
    packed->is_plain = true;
    return lk_nn_fold(model, step, lk_dnnl_weights_data(packed->layouts[0]), packed->shape[1],
                      packed->channels[0]);
}

static lk_status packed_create(packed_layer **out, const lk_nn_model *model,
                               const lk_nn_fused *step, const size_t padded[2])
{
    const lk_nn_parameter *plain = model->roles[step->layer * LK_NN_ROLES + LK_NN_WEIGHT];
    LK_REQUIRE(plain->data, LK_ERROR_ARGUMENT, "layer %s has no parameters any more",
               model->graph.layers[step->layer].name);
    packed_layer *packed;
    LK_TRY(lk_alloc(&packed, 1, sizeof *packed));
    for (size_t i = 0; i < 4; i++)
        packed->shape[i] = i < 2 ? padded[i] : i < plain->rank ? plain->shape[i] : 1;
    lk_status status = packed_fold_plain(packed, model, step);
    if (status != LK_OK) {
        packed_destroy(packed);
        return status;
    }
    *out = packed;
    return LK_OK;
}

/* The layout that `kernel` wants, or without one that of direct.h. */
static lk_status packed_convert_from(lk_dnnl_weights **out, const packed_layer *packed,
                                     const lk_dnnl_weights *from, const lk_dnnl_kernel *kernel,
                                     const lk_dnnl_stream *stream)
{
    return kernel ? lk_dnnl_weights_convert(out, from, kernel, stream)
                  : lk_dnnl_weights_block(out, from, packed->shape, stream);
}

static bool packed_fits(const packed_layer *packed, size_t index, const lk_dnnl_kernel *kernel)
{
    return kernel ? lk_dnnl_weights_fit(packed->layouts[index], kernel)
                  : lk_dnnl_weights_blocked(packed->layouts[index], packed->shape);
}

/* Not every layout can be made from every other: if not straight, then by way of
 * the plain one. */
static lk_status packed_convert(lk_dnnl_weights **out, const packed_layer *packed,
                                const lk_dnnl_kernel *kernel, const lk_dnnl_stream *stream)
{
    if (packed_convert_from(out, packed, packed->layouts[0], kernel, stream) == LK_OK)
        return LK_OK;
    lk_dnnl_weights *between;
    LK_TRY(lk_dnnl_weights_unpack(&between, packed->layouts[0], packed->shape, stream));
    lk_status status = packed_convert_from(out, packed, between, kernel, stream);
    lk_dnnl_weights_destroy(between);
    return status;
}

/* Adds the layout `kernel` wants; a complete one takes the plain one's place,
 * which is the only one there at first. */
static lk_status packed_add_layout(packed_layer *packed, const lk_dnnl_kernel *kernel,
                                   const lk_dnnl_stream *stream, size_t *index)
{
    LK_TRY(
        lk_grow(&packed->layouts, &packed->capacity, packed->count + 1, sizeof *packed->layouts));
    lk_dnnl_weights *made = NULL;
    LK_TRY(packed_convert(&made, packed, kernel, stream));
    if (packed->is_plain && lk_dnnl_weights_complete(made)) {
        lk_dnnl_weights_destroy(packed->layouts[0]);
        packed->count = 0;
    }
    packed->is_plain = false;
    *index = packed->count;
    packed->layouts[packed->count++] = made;
    return LK_OK;
}

static size_t packed_find_layout(const packed_layer *packed, const lk_dnnl_kernel *kernel)
{
    size_t i = 0;
    while (i < packed->count && !packed_fits(packed, i, kernel))
        i++;
    return i;
}

/* The layer's packed weights; the first call makes them and lets the plain
 * parameters go. */
static lk_status packed_of(packed_layer **out, lk_nn_model *model, const lk_nn_fused *step,
                           const size_t padded[2])
{
    packed_layer **slot;
    LK_TRY(packed_slot(&slot, model, step->layer));
    if (!*slot) {
        LK_TRY(packed_create(slot, model, step, padded));
        lk_nn_release_plain(model, step->layer);
        if (step->norm)
            lk_nn_release_plain(model, step->norm);
    }
    *out = *slot;
    return LK_OK;
}

lk_status lk_nn_pack_filter(lk_nn_model *model, const lk_nn_fused *step,
                            const lk_dnnl_kernel *kernel, const lk_dnnl_stream *stream,
                            const size_t padded[2], float **weights, float **bias)
{
    packed_layer *packed;
    LK_TRY(packed_of(&packed, model, step, padded));
    size_t index = packed_find_layout(packed, kernel);
    if (index == packed->count)
        LK_TRY(packed_add_layout(packed, kernel, stream, &index));
    packed->is_plain = false;
    *weights = lk_dnnl_weights_data(packed->layouts[index]);
    *bias = packed->channels[0];
    return LK_OK;
}

static lk_status packed_make_winograd(packed_layer *packed, lk_nn_winograd_kind kind,
                                      const lk_dnnl_weights *plain)
{
    float *made;
    LK_TRY(lk_nn_pages_take(&made, lk_nn_winograd_weights(kind, packed->shape) * sizeof *made));
    lk_nn_winograd_filters(kind, made, lk_dnnl_weights_data(plain), packed->shape);
    packed->winograd[kind] = made;
    return LK_OK;
}

static lk_status packed_add_winograd(packed_layer *packed, lk_nn_winograd_kind kind,
                                     const lk_dnnl_stream *stream)
{
    if (packed->is_plain)
        return packed_make_winograd(packed, kind, packed->layouts[0]);
    lk_dnnl_weights *plain;
    LK_TRY(lk_dnnl_weights_unpack(&plain, packed->layouts[0], packed->shape, stream));
    lk_status status = packed_make_winograd(packed, kind, plain);
    lk_dnnl_weights_destroy(plain);
    return status;
}

lk_status lk_nn_pack_winograd(lk_nn_model *model, const lk_nn_fused *step, lk_nn_winograd_kind kind,
                              const lk_dnnl_stream *stream, const size_t padded[2], float **weights,
                              float **bias)
{
    packed_layer *packed;
    LK_TRY(packed_of(&packed, model, step, padded));
    if (!packed->winograd[kind])
        LK_TRY(packed_add_winograd(packed, kind, stream));
    *weights = packed->winograd[kind];
    *bias = packed->channels[0];
    return LK_OK;
}

/* What is rounded, as floats: numbers[*count], the caller's; *kind, or NULL: direct.h's. */
static lk_status packed_numbers(float **numbers, size_t *count, const packed_layer *packed,
                                const lk_nn_winograd_kind *kind, const lk_dnnl_weights *plain)
{
    *count = kind ? lk_nn_winograd_weights(*kind, packed->shape)
                  : packed->shape[0] * packed->shape[1] * packed->shape[2] * packed->shape[3];
    LK_TRY(lk_alloc_aligned(numbers, *count, sizeof **numbers));
    if (kind)
        lk_nn_winograd_filters(*kind, *numbers, lk_dnnl_weights_data(plain), packed->shape);
    else
        lk_nn_direct_filters(*numbers, lk_dnnl_weights_data(plain), packed->shape);
    return LK_OK;
}

static lk_status packed_make_narrow(packed_layer *packed, const lk_nn_winograd_kind *kind,
                                    const lk_dnnl_weights *plain)
{
    float *numbers, **made = &packed->narrow[kind ? *kind : LK_NN_WINOGRAD_KINDS];
    size_t count;
    LK_TRY(packed_numbers(&numbers, &count, packed, kind, plain));
    lk_status status = lk_nn_pages_take(made, count * sizeof(lk_bf16));
    if (status == LK_OK)
        lk_nn_narrow_pairs((lk_bf16 *)(void *)*made, numbers, count / LK_NN_LANES);
    lk_free_aligned(numbers);
    return status;
}

lk_status lk_nn_pack_narrow(lk_nn_model *model, const lk_nn_fused *step,
                            const lk_nn_winograd_kind *kind, const lk_dnnl_stream *stream,
                            const size_t padded[2], lk_bf16 **weights, float **bias)
{
    packed_layer *packed;
    lk_dnnl_weights *plain = NULL;
    LK_TRY(packed_of(&packed, model, step, padded));
    float **made = &packed->narrow[kind ? *kind : LK_NN_WINOGRAD_KINDS];
    if (!*made && !packed->is_plain)
        LK_TRY(lk_dnnl_weights_unpack(&plain, packed->layouts[0], packed->shape, stream));
    lk_status status =
        *made ? LK_OK : packed_make_narrow(packed, kind, plain ? plain : packed->layouts[0]);
    lk_dnnl_weights_destroy(plain);
    *weights = (lk_bf16 *)(void *)*made;
    *bias = packed->channels[0];
    return status;
}

/* Weights that our kernels read as plain folding leaves them, or nearly. */
static lk_status packed_fill_rows(packed_layer *packed, const lk_nn_model *model,
                                  const lk_nn_fused *step, size_t numbers, size_t lanes)
{
    const lk_nn_parameter *plain = model->roles[step->layer * LK_NN_ROLES + LK_NN_WEIGHT];
    LK_REQUIRE(plain->data, LK_ERROR_ARGUMENT, "layer %s has no parameters any more",
               model->graph.layers[step->layer].name);
    LK_TRY(
        lk_alloc(&packed->channels[0], lk_ceil_div(plain->shape[0], lanes) * lanes, sizeof(float)));
    LK_TRY(lk_alloc_aligned(&packed->rows, numbers > plain->count ? numbers : plain->count,
                            sizeof(float)));
    return lk_nn_fold(model, step, packed->rows, plain->shape[1], packed->channels[0]);
}

static lk_status packed_fill_grouped(packed_layer *packed, const lk_nn_model *model,
                                     const lk_nn_fused *step, const lk_nn_grouped *conv)
{
    size_t numbers = lk_nn_grouped_weights(conv);
    float *filters;
    LK_TRY(packed_fill_rows(packed, model, step, numbers, conv->lanes));
    size_t plain = model->roles[step->layer * LK_NN_ROLES + LK_NN_WEIGHT]->count;
    LK_TRY(lk_alloc(&filters, plain, sizeof *filters));
    memcpy(filters, packed->rows, plain * sizeof *filters);
    lk_nn_grouped_pack(conv, packed->rows, filters);
    free(filters);
    return LK_OK;
}

/* `conv` NULL: a linear layer. */
static lk_status packed_rows_of(packed_layer **out, lk_nn_model *model, const lk_nn_fused *step,
                                const lk_nn_grouped *conv)
{
    packed_layer **slot;
    LK_TRY(packed_slot(&slot, model, step->layer));
    *out = *slot;
    if (*slot)
        return LK_OK;
    packed_layer *packed;
    LK_TRY(lk_alloc(&packed, 1, sizeof *packed));
    lk_status status = conv ? packed_fill_grouped(packed, model, step, conv)
                            : packed_fill_rows(packed, model, step, 0, 1);
    if (status != LK_OK) {
        packed_destroy(packed);
        return status;
    }
    *out = *slot = packed;
    lk_nn_release_plain(model, step->layer);
    if (step->norm)
        lk_nn_release_plain(model, step->norm);
    return LK_OK;
}

lk_status lk_nn_pack_grouped(lk_nn_model *model, const lk_nn_fused *step, const lk_nn_grouped *conv,
                             float **weights, float **bias)
{
    packed_layer *packed;
    LK_TRY(packed_rows_of(&packed, model, step, conv));
    *weights = packed->rows;
    *bias = packed->channels[0];
    return LK_OK;
}

lk_status lk_nn_pack_dense(lk_nn_model *model, const lk_nn_fused *step, float **weights,
                           float **bias)
{
    packed_layer *packed;
    LK_TRY(packed_rows_of(&packed, model, step, NULL));
    *weights = packed->rows;
    *bias = packed->channels[0];
    return LK_OK;
}

static lk_status packed_fill_channels(packed_layer *packed, const lk_nn_model *model, size_t layer,
                                      size_t padded)
{
    const lk_nn_parameter *plain = model->roles[layer * LK_NN_ROLES + LK_NN_WEIGHT];
    bool norm = model->graph.layers[layer].op == LK_NN_NORM;
    for (int i = 0; i < (norm ? 2 : 1); i++)
        LK_TRY(lk_alloc(&packed->channels[i], padded, sizeof(float)));
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

lk_status lk_nn_pack_channels(lk_nn_model *model, size_t layer, size_t padded, float **first,
                              float **second)
{
    packed_layer **slot;
    LK_TRY(packed_slot(&slot, model, layer));
    if (!*slot) {
        packed_layer *packed;
        LK_TRY(lk_alloc(&packed, 1, sizeof *packed));
        lk_status status = packed_fill_channels(packed, model, layer, padded);
        if (status != LK_OK) {
            packed_destroy(packed);
            return status;
        }
        *slot = packed;
    }
    *first = (*slot)->channels[0];
    *second = (*slot)->channels[1];
    return LK_OK;
}

/* Packed weights. What Winograd convolution reads cannot be turned into other layouts,
 * nor can all of oneDNN's: a layer that has only such keeps the plain folded weights
 * as well. All others keep only what their kernels read, and a further layout
 * (another input size may want one) is made from the first. */
#include "nn/infer/packed.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/infer/packed_layer.h"
#include "nn/kernel/direct.h"
#include "nn/pages.h"

typedef lk_nn_packed_layer packed_layer;

/* Unless it lies in the file. */
static void packed_give_pages(float *memory, const lk_nn_kept *kept)
{
    if (!lk_nn_kept_holds(kept, memory))
        lk_nn_pages_give(memory);
}

void lk_nn_packed_layer_destroy(lk_nn_packed_layer *packed, const lk_nn_kept *kept)
{
    if (!packed)
        return;
    for (size_t i = 0; i < packed->count; i++)
        lk_dnnl_weights_destroy(packed->layouts[i]);
    for (size_t i = 0; i < LK_NN_WINOGRAD_KINDS; i++)
        packed_give_pages(packed->winograd[i], kept);
    for (size_t i = 0; i <= LK_NN_WINOGRAD_KINDS; i++)
        packed_give_pages(packed->narrow[i], kept);
    if (!lk_nn_kept_holds(kept, packed->rows))
        lk_free_aligned(packed->rows);
    free(packed->layouts);
    for (size_t i = 0; i < 2; i++)
        if (!lk_nn_kept_holds(kept, packed->channels[i]))
            free(packed->channels[i]);
    free(packed);
}

static void packed_destroy_set(lk_nn_packed_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        lk_nn_packed_layer_destroy(set->layers[i], set->kept);
    free(set->layers);
    free(set);
}

lk_status lk_nn_packed_slot(lk_nn_packed_layer ***out, lk_nn_model *model, size_t layer)
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
        set->kept = model->kept;
        model->packed = set;
        model->destroy_packed = packed_destroy_set;
    }
    *out = &set->layers[layer];
    return LK_OK;
}

/* Puts folded numbers in front of the layouts that are there, which are all borrowed. */
static void packed_put_plain(packed_layer *packed, lk_dnnl_weights *plain, float *bias)
{
    if (packed->channels[0])
        free(bias);
    else
        packed->channels[0] = bias;
    for (size_t i = packed->count++; i > 0; i--)
        packed->layouts[i] = packed->layouts[i - 1];
    packed->layouts[0] = plain;
    packed->is_plain = true;
}

/* Folds into the bias, where it is not there, and one plain layout, the first, zeros up to the
 * padded channels; the plain parameters go. */
static lk_status packed_fold_plain(packed_layer *packed, lk_nn_model *model,
                                   const lk_nn_fused *step)
{
    lk_dnnl_weights *plain = NULL;
    float *bias;
    LK_TRY(lk_nn_need_step(model, step));
    LK_TRY(
        lk_grow(&packed->layouts, &packed->capacity, packed->count + 1, sizeof *packed->layouts));
    LK_TRY(lk_alloc(&bias, 1, packed->channel_bytes));
    lk_status status = lk_dnnl_weights_plain(&plain, packed->shape);
    if (status == LK_OK)
        status = lk_nn_fold(model, step, lk_dnnl_weights_data(plain), packed->shape[1], bias);
    if (status != LK_OK) {
        lk_dnnl_weights_destroy(plain);
        free(bias);
        return status;
    }
    packed_put_plain(packed, plain, bias);
    lk_nn_release_step(model, step);
    return LK_OK;
}

/* The weights themselves only where the file has not the bias: what a kernel wants of them
 * may lie there, too. */
static lk_status packed_create(packed_layer **out, lk_nn_model *model, const lk_nn_fused *step,
                               const size_t padded[2])
{
    const lk_nn_parameter *plain = model->roles[step->layer * LK_NN_ROLES + LK_NN_WEIGHT];
    packed_layer *packed;
    LK_TRY(lk_alloc(&packed, 1, sizeof *packed));
    for (size_t i = 0; i < 4; i++)
        packed->shape[i] = i < 2 ? padded[i] : i < plain->rank ? plain->shape[i] : 1;
    packed->channel_bytes = padded[0] * sizeof(float);
    bool kept = lk_nn_packed_find(&packed->channels[0], model, step->layer, LK_NN_PART_CHANNELS,
                                  lk_nn_packed_form(packed->shape), packed->channel_bytes);
    lk_status status = kept ? LK_OK : packed_fold_plain(packed, model, step);
    if (status != LK_OK) {
        lk_nn_packed_layer_destroy(packed, model->kept);
        return status;
    }
    *out = packed;
    return LK_OK;
}

/* Sees to it that layouts[0] is one that others can be made from. */
static lk_status packed_need_numbers(packed_layer *packed, lk_nn_model *model,
                                     const lk_nn_fused *step)
{
    if (packed->count && (packed->is_plain || lk_dnnl_weights_complete(packed->layouts[0])))
        return LK_OK;
    return packed_fold_plain(packed, model, step);
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

/* The layout that `kernel` wants, from the model's file if it is there. */
static lk_status packed_make_layout(lk_dnnl_weights **out, packed_layer *packed, lk_nn_model *model,
                                    const lk_nn_fused *step, const lk_dnnl_kernel *kernel,
                                    const lk_dnnl_stream *stream)
{
    float *kept = NULL;
    lk_dnnl_form form = lk_dnnl_form_wanted(kernel, packed->shape);
    if (form.number &&
        lk_nn_packed_find(&kept, model, step->layer, LK_NN_PART_LAYOUT, form.number, form.bytes))
        return lk_dnnl_weights_borrow(out, kernel, packed->shape, kept);
    LK_TRY(packed_need_numbers(packed, model, step));
    return packed_convert(out, packed, kernel, stream);
}

/* Adds the layout `kernel` wants; a complete one takes the plain one's place. */
static lk_status packed_add_layout(packed_layer *packed, lk_nn_model *model,
                                   const lk_nn_fused *step, const lk_dnnl_kernel *kernel,
                                   const lk_dnnl_stream *stream, size_t *index)
{
    lk_dnnl_weights *made = NULL;
    LK_TRY(packed_make_layout(&made, packed, model, step, kernel, stream));
    lk_status status =
        lk_grow(&packed->layouts, &packed->capacity, packed->count + 1, sizeof *packed->layouts);
    if (status != LK_OK) {
        lk_dnnl_weights_destroy(made);
        return status;
    }
    *index = packed->count;
    if (packed->is_plain && lk_dnnl_weights_complete(made)) {
        lk_dnnl_weights_destroy(packed->layouts[0]);
        *index = 0;
    }
    packed->is_plain = false;
    packed->layouts[*index] = made;
    packed->count += *index == packed->count;
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
    LK_TRY(lk_nn_packed_slot(&slot, model, step->layer));
    if (!*slot)
        LK_TRY(packed_create(slot, model, step, padded));
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
        LK_TRY(packed_add_layout(packed, model, step, kernel, stream, &index));
    if (index == 0)
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

static lk_status packed_add_winograd(packed_layer *packed, lk_nn_model *model,
                                     const lk_nn_fused *step, lk_nn_winograd_kind kind,
                                     const lk_dnnl_stream *stream)
{
    size_t bytes = lk_nn_packed_numbers(packed->shape, kind) * sizeof(float);
    if (lk_nn_packed_find(&packed->winograd[kind], model, step->layer, LK_NN_PART_WINOGRAD + kind,
                          lk_nn_packed_form(packed->shape), bytes))
        return LK_OK;
    LK_TRY(packed_need_numbers(packed, model, step));
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
        LK_TRY(packed_add_winograd(packed, model, step, kind, stream));
    *weights = packed->winograd[kind];
    *bias = packed->channels[0];
    return LK_OK;
}

/* What is rounded, as floats: numbers[*count], the caller's; *kind, or NULL: direct.h's. */
static lk_status packed_numbers(float **numbers, size_t *count, const packed_layer *packed,
                                const lk_nn_winograd_kind *kind, const lk_dnnl_weights *plain)
{
    *count = lk_nn_packed_numbers(packed->shape, kind ? *kind : LK_NN_WINOGRAD_KINDS);
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

static lk_status packed_add_narrow(packed_layer *packed, lk_nn_model *model,
                                   const lk_nn_fused *step, const lk_nn_winograd_kind *kind,
                                   const lk_dnnl_stream *stream)
{
    unsigned place = kind ? *kind : LK_NN_WINOGRAD_KINDS;
    size_t bytes = lk_nn_packed_numbers(packed->shape, place) * sizeof(lk_bf16);
    if (lk_nn_packed_find(&packed->narrow[place], model, step->layer, LK_NN_PART_NARROW + place,
                          lk_nn_packed_form(packed->shape), bytes))
        return LK_OK;
    LK_TRY(packed_need_numbers(packed, model, step));
    if (packed->is_plain)
        return packed_make_narrow(packed, kind, packed->layouts[0]);
    lk_dnnl_weights *plain;
    LK_TRY(lk_dnnl_weights_unpack(&plain, packed->layouts[0], packed->shape, stream));
    lk_status status = packed_make_narrow(packed, kind, plain);
    lk_dnnl_weights_destroy(plain);
    return status;
}

lk_status lk_nn_pack_narrow(lk_nn_model *model, const lk_nn_fused *step,
                            const lk_nn_winograd_kind *kind, const lk_dnnl_stream *stream,
                            const size_t padded[2], lk_bf16 **weights, float **bias)
{
    packed_layer *packed;
    LK_TRY(packed_of(&packed, model, step, padded));
    float **made = &packed->narrow[kind ? *kind : LK_NN_WINOGRAD_KINDS];
    if (!*made)
        LK_TRY(packed_add_narrow(packed, model, step, kind, stream));
    *weights = (lk_bf16 *)(void *)*made;
    *bias = packed->channels[0];
    return LK_OK;
}

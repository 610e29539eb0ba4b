/* What a model has packed, as parts of a file (kept.h), and back. */
#include "nn/infer/keep.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "nn/infer/packed_layer.h"

size_t lk_nn_packed_numbers(const size_t shape[4], size_t kind)
{
    return kind < LK_NN_WINOGRAD_KINDS ? lk_nn_winograd_weights((lk_nn_winograd_kind)kind, shape)
                                       : shape[0] * shape[1] * shape[2] * shape[3];
}

uint64_t lk_nn_packed_form(const size_t shape[4])
{
    return lk_hash(LK_HASH_START, (const char *)shape, 4 * sizeof *shape);
}

bool lk_nn_packed_find(float **out, lk_nn_model *model, size_t layer, unsigned kind,
                       uint64_t layout, size_t bytes)
{
    const void *found =
        lk_nn_kept_find(model->kept, (lk_nn_part_name){(uint32_t)layer, kind, layout}, bytes);
    if (found)
        *out = (float *)found; /* kernels only read their weights */
    else
        model->packed_more = true;
    return found;
}

typedef struct part_list {
    lk_nn_kept_part *items;
    size_t count, capacity;
    lk_status status;
} part_list;

/* A part that two hold is the same in both. */
static bool keep_has(const part_list *list, lk_nn_part_name name)
{
    for (size_t i = 0; i < list->count; i++) {
        lk_nn_part_name other = list->items[i].name;
        if (other.layer == name.layer && other.kind == name.kind && other.layout == name.layout)
            return true;
    }
    return false;
}

static void keep_add(part_list *list, const lk_nn_kept_part *part)
{
    if (!part->bytes || !part->size || list->status != LK_OK || keep_has(list, part->name))
        return;
    list->status = lk_grow(&list->items, &list->capacity, list->count + 1, sizeof *list->items);
    if (list->status == LK_OK)
        list->items[list->count++] = *part;
}

static void keep_add_layer(part_list *list, uint32_t layer, const lk_nn_packed_layer *packed)
{
    uint64_t form = lk_nn_packed_form(packed->shape);
    for (unsigned i = 0; i < 2; i++)
        keep_add(list, &(lk_nn_kept_part){{layer, LK_NN_PART_CHANNELS + i, form},
                                          packed->channels[i],
                                          packed->channel_bytes});
    keep_add(list,
             &(lk_nn_kept_part){{layer, LK_NN_PART_ROWS, form}, packed->rows, packed->row_bytes});
    for (size_t i = packed->is_plain; i < packed->count; i++) {
        lk_dnnl_form lies = lk_dnnl_form_of(packed->layouts[i]);
        if (lies.number)
            keep_add(list, &(lk_nn_kept_part){{layer, LK_NN_PART_LAYOUT, lies.number},
                                              lk_dnnl_weights_data(packed->layouts[i]),
                                              lies.bytes});
    }
    for (unsigned i = 0; i < LK_NN_WINOGRAD_KINDS; i++)
        keep_add(list, &(lk_nn_kept_part){{layer, LK_NN_PART_WINOGRAD + i, form},
                                          packed->winograd[i],
                                          lk_nn_packed_numbers(packed->shape, i) * sizeof(float)});
    for (unsigned i = 0; i <= LK_NN_WINOGRAD_KINDS; i++)
        keep_add(list,
                 &(lk_nn_kept_part){{layer, LK_NN_PART_NARROW + i, form},
                                    packed->narrow[i],
                                    lk_nn_packed_numbers(packed->shape, i) * sizeof(lk_bf16)});
}

static void keep_list(part_list *list, lk_nn_model *model)
{
    lk_nn_kept_part part;
    for (size_t i = 0; model->packed && i < model->packed->count; i++)
        if (model->packed->layers[i])
            keep_add_layer(list, (uint32_t)i, model->packed->layers[i]);
    for (size_t i = 0; i < lk_nn_kept_count(model->kept); i++)
        if (lk_nn_kept_get(&part, model->kept, i))
            keep_add(list, &part);
}

bool lk_nn_keeps_less(const lk_nn_model *model)
{
    return model->packed_more || lk_nn_kept_is_damaged(model->kept);
}

lk_status lk_nn_model_keep(lk_nn_model *model, const char *path, const char *key, const char *note,
                           uint64_t most)
{
    part_list list = {0};
    pthread_mutex_lock(&model->lock);
    keep_list(&list, model);
    lk_status status = list.status;
    size_t size = lk_nn_kept_size(list.items, list.count);
    if (status == LK_OK && size > most)
        status = lk_fail(LK_ERROR_LIMIT, "%s: would have %zu bytes, at most %llu are kept", path,
                         size, (unsigned long long)most);
    if (status == LK_OK)
        status = lk_nn_kept_write(path, key, note, list.items, list.count);
    if (status == LK_OK)
        model->packed_more = false;
    pthread_mutex_unlock(&model->lock);
    free(list.items);
    return status;
}

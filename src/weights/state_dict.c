#include "weights/state_dict.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

/* Copies a tuple of integers that are zero or more. */
static lk_status state_dict_read_sizes(size_t *out, const lk_value *tuple, const char *what)
{
    const lk_value_list *list = &tuple->as.list;
    LK_REQUIRE(list->count <= LK_MAX_RANK, LK_ERROR_UNSUPPORTED,
               "has %zu axes, at most %d are read", list->count, LK_MAX_RANK);
    for (size_t i = 0; i < list->count; i++) {
        const lk_value *item = list->items[i];
        LK_REQUIRE(item->kind == LK_VALUE_INTEGER && item->as.integer >= 0, LK_ERROR_FORMAT,
                   "%s %zu is not a number of zero or more", what, i);
        out[i] = (size_t)item->as.integer;
    }
    return LK_OK;
}

static lk_status fill_view(lk_tensor_view *view, const lk_value *value, lk_find_storage find,
                           void *user)
{
    LK_REQUIRE(value->kind == LK_VALUE_TENSOR, LK_ERROR_UNSUPPORTED,
               "is %s, expected a tensor: only state dicts are read",
               lk_value_kind_name(value->kind));
    LK_TRY(state_dict_read_sizes(view->shape, value->as.tensor.shape, "size"));
    LK_TRY(state_dict_read_sizes(view->strides, value->as.tensor.strides, "stride"));
    const lk_value *storage = value->as.tensor.storage;
    view->rank = value->as.tensor.shape->as.list.count;
    view->offset = value->as.tensor.offset;
    view->dtype = storage->as.storage.dtype;
    view->storage_count = storage->as.storage.count;
    return find(user, storage, &view->storage);
}

static lk_status add_item(lk_tensors *tensors, const lk_value *key, const lk_value *value,
                          lk_find_storage find, void *user)
{
    LK_REQUIRE(key->kind == LK_VALUE_STRING, LK_ERROR_FORMAT,
               "a key of the state dict is %s, expected a string", lk_value_kind_name(key->kind));
    lk_tensor_view view = {.name = key->as.string.bytes, .name_length = key->as.string.length};
    lk_status status = fill_view(&view, value, find, user);
    if (status != LK_OK)
        return lk_fail(status, "entry \"%s\" %s", LK_SHORT_OF(view.name, view.name_length, 80),
                       lk_error_text());
    return lk_tensors_append(tensors, &view);
}

static bool holds_tensors(const lk_value *dict)
{
    if (!dict || dict->kind != LK_VALUE_DICT)
        return false;
    for (size_t i = 1; i < dict->as.list.count; i += 2)
        if (dict->as.list.items[i]->kind == LK_VALUE_TENSOR)
            return true;
    return false;
}

/* What a dict holds under the names that training scripts give a state dict; NULL: nothing. */
static const lk_value *inner_dict(const lk_value *dict)
{
    static const char *const names[] = {"state_dict", "model_state_dict", "model", "net",
                                        "weights"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const lk_value *inner = lk_value_dict_get(dict, names[i]);
        if (inner && inner->kind == LK_VALUE_DICT)
            return inner;
    }
    return NULL;
}

/* The dict of tensors: the root, or what lies in it, or in that. */
static lk_status find_dict(const lk_value *root, const lk_value **out)
{
    enum { DEEPEST = 3 };
    LK_REQUIRE(root->kind == LK_VALUE_DICT, LK_ERROR_UNSUPPORTED,
               "holds %s, expected a state dict (a dict of tensors)",
               lk_value_kind_name(root->kind));
    *out = root;
    const lk_value *inner = inner_dict(root);
    for (int depth = 0; inner && depth < DEEPEST; depth++, inner = inner_dict(inner))
        if (holds_tensors(inner) || inner->as.list.count == 0) {
            *out = inner;
            return LK_OK;
        }
    return LK_OK;
}

lk_status lk_state_dict_read(lk_tensors *tensors, const lk_value *root, lk_find_storage find,
                             void *user)
{
    const lk_value *dict;
    LK_TRY(find_dict(root, &dict));
    const lk_value_list *list = &dict->as.list;
    for (size_t i = 0; i + 1 < list->count; i += 2)
        LK_TRY(add_item(tensors, list->items[i], list->items[i + 1], find, user));
    return lk_tensors_finish(tensors);
}

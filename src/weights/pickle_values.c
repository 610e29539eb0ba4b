/* The values of a pickle and the memory they live in. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/pickle.h"

enum { BLOCK_VALUES = 1024 };

struct lk_value_block {
    struct lk_value_block *next;
    size_t used;
    lk_value values[BLOCK_VALUES];
};

lk_status lk_value_new(lk_pickle *pickle, lk_value_kind kind, lk_value **out)
{
    struct lk_value_block *block = pickle->blocks;
    if (!block || block->used == BLOCK_VALUES) {
        LK_TRY(lk_alloc(&block, 1, sizeof *block));
        block->next = pickle->blocks;
        pickle->blocks = block;
    }
    lk_value *value = &block->values[block->used++];
    value->kind = kind;
    *out = value;
    return LK_OK;
}

static bool has_list(const lk_value *value)
{
    return value->kind == LK_VALUE_TUPLE || value->kind == LK_VALUE_LIST ||
           value->kind == LK_VALUE_DICT;
}

void lk_pickle_clear(lk_pickle *pickle)
{
    while (pickle->blocks) {
        struct lk_value_block *block = pickle->blocks;
        pickle->blocks = block->next;
        for (size_t i = 0; i < block->used; i++)
            if (has_list(&block->values[i]))
                free(block->values[i].as.list.items);
        free(block);
    }
    free(pickle->storages.items);
    *pickle = (lk_pickle){0};
}

lk_status lk_value_list_push(lk_value_list *list, const lk_value *item)
{
    LK_TRY(lk_grow(&list->items, &list->capacity, list->count + 1, sizeof *list->items));
    list->items[list->count++] = item;
    return LK_OK;
}

const char *lk_value_kind_name(lk_value_kind kind)
{
    switch (kind) {
    case LK_VALUE_NONE: return "None";
    case LK_VALUE_BOOL: return "a bool";
    case LK_VALUE_INTEGER: return "an integer";
    case LK_VALUE_FLOAT: return "a float";
    case LK_VALUE_STRING: return "a string";
    case LK_VALUE_TUPLE: return "a tuple";
    case LK_VALUE_LIST: return "a list";
    case LK_VALUE_DICT: return "a dict";
    case LK_VALUE_GLOBAL: return "a class or function";
    case LK_VALUE_STORAGE: return "a storage";
    case LK_VALUE_TENSOR: return "a tensor";
    case LK_VALUE_OBJECT: return "an object";
    }
    return "unknown";
}

bool lk_value_is_string(const lk_value *value, const char *text)
{
    size_t length = strlen(text);
    return value->kind == LK_VALUE_STRING && value->as.string.length == length &&
           memcmp(value->as.string.bytes, text, length) == 0;
}

const lk_value *lk_value_dict_get(const lk_value *dict, const char *key)
{
    const lk_value_list *list = &dict->as.list;
    for (size_t i = list->count; i >= 2; i -= 2)
        if (lk_value_is_string(list->items[i - 2], key))
            return list->items[i - 1];
    return NULL;
}

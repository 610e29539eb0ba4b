/* The few globals that a state dict is made of, and what calling them means. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "weights/pickle.h"

static const struct {
    const char *module, *name;
    int value; /* an lk_global, a storage type added to LK_GLOBAL_STORAGE */
} GLOBALS[] = {
    {"collections", "OrderedDict", LK_GLOBAL_ORDERED_DICT},
    {"torch._utils", "_rebuild_tensor_v2", LK_GLOBAL_REBUILD_TENSOR},
    {"torch._utils", "_rebuild_parameter", LK_GLOBAL_REBUILD_PARAMETER},
    {"torch", "FloatStorage", LK_GLOBAL_STORAGE + LK_F32},
    {"torch", "DoubleStorage", LK_GLOBAL_STORAGE + LK_F64},
    {"torch", "HalfStorage", LK_GLOBAL_STORAGE + LK_F16},
    {"torch", "BFloat16Storage", LK_GLOBAL_STORAGE + LK_BF16},
    {"torch", "LongStorage", LK_GLOBAL_STORAGE + LK_I64},
    {"torch", "IntStorage", LK_GLOBAL_STORAGE + LK_I32},
    {"torch", "ByteStorage", LK_GLOBAL_STORAGE + LK_U8},
    {"torch", "BoolStorage", LK_GLOBAL_STORAGE + LK_BOOL},
    {"torch", "CharStorage", LK_GLOBAL_STORAGE + LK_I8},
    {"torch", "ShortStorage", LK_GLOBAL_STORAGE + LK_I16},
    /* What training scripts keep beside: options, and numbers of NumPy's. */
    {"argparse", "Namespace", LK_GLOBAL_OBJECT},
    {"types", "SimpleNamespace", LK_GLOBAL_OBJECT},
    {"easydict", "EasyDict", LK_GLOBAL_OBJECT},
    {"collections", "defaultdict", LK_GLOBAL_OBJECT},
    {"collections", "Counter", LK_GLOBAL_OBJECT},
    {"__builtin__", "dict", LK_GLOBAL_OBJECT},
    {"builtins", "dict", LK_GLOBAL_OBJECT},
    {"__builtin__", "set", LK_GLOBAL_OBJECT},
    {"builtins", "set", LK_GLOBAL_OBJECT},
    {"pathlib", "PosixPath", LK_GLOBAL_OBJECT},
    {"pathlib", "WindowsPath", LK_GLOBAL_OBJECT},
    {"_codecs", "encode", LK_GLOBAL_OBJECT},
    {"numpy", "dtype", LK_GLOBAL_OBJECT},
    {"numpy", "ndarray", LK_GLOBAL_OBJECT},
    {"numpy.core.multiarray", "scalar", LK_GLOBAL_OBJECT},
    {"numpy._core.multiarray", "scalar", LK_GLOBAL_OBJECT},
    {"numpy.core.multiarray", "_reconstruct", LK_GLOBAL_OBJECT},
    {"numpy._core.multiarray", "_reconstruct", LK_GLOBAL_OBJECT},
    {"torch", "Size", LK_GLOBAL_OBJECT},
    {"torch", "device", LK_GLOBAL_OBJECT},
    {"torch", "float32", LK_GLOBAL_OBJECT},
    {"torch", "float16", LK_GLOBAL_OBJECT},
    {"torch", "bfloat16", LK_GLOBAL_OBJECT},
};

lk_status lk_torch_global(lk_pickle *pickle, const lk_value *module, const lk_value *name,
                          lk_value **out)
{
    for (size_t i = 0; i < sizeof GLOBALS / sizeof *GLOBALS; i++) {
        if (!lk_value_is_string(module, GLOBALS[i].module) ||
            !lk_value_is_string(name, GLOBALS[i].name))
            continue;
        LK_TRY(lk_value_new(pickle, LK_VALUE_GLOBAL, out));
        (*out)->as.integer = GLOBALS[i].value;
        return LK_OK;
    }
    return lk_fail(LK_ERROR_UNSUPPORTED, "refuses to load global %s.%s: only state dicts are read",
                   LK_SHORT_OF(module->as.string.bytes, module->as.string.length, 80),
                   LK_SHORT_OF(name->as.string.bytes, name->as.string.length, 80));
}

/* Item `index` of a tuple when it is there and of that kind, else NULL. */
static const lk_value *item_of(const lk_value *tuple, size_t index, lk_value_kind kind)
{
    if (tuple->kind != LK_VALUE_TUPLE || index >= tuple->as.list.count)
        return NULL;
    const lk_value *item = tuple->as.list.items[index];
    return item->kind == kind ? item : NULL;
}

/* _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks) */
static lk_status rebuild_tensor(lk_pickle *pickle, const lk_value *arguments, const lk_value **out)
{
    const lk_value *storage = item_of(arguments, 0, LK_VALUE_STORAGE);
    const lk_value *offset = item_of(arguments, 1, LK_VALUE_INTEGER);
    const lk_value *shape = item_of(arguments, 2, LK_VALUE_TUPLE);
    const lk_value *strides = item_of(arguments, 3, LK_VALUE_TUPLE);
    LK_REQUIRE(storage && offset && shape && strides, LK_ERROR_FORMAT,
               "torch._utils._rebuild_tensor_v2 is given other arguments than (storage, offset, "
               "shape, strides)");
    LK_REQUIRE(offset->as.integer >= 0, LK_ERROR_FORMAT,
               "a tensor starts at the negative element %lld", (long long)offset->as.integer);
    LK_REQUIRE(shape->as.list.count == strides->as.list.count, LK_ERROR_FORMAT,
               "a tensor has %zu sizes and %zu strides", shape->as.list.count,
               strides->as.list.count);
    lk_value *tensor;
    LK_TRY(lk_value_new(pickle, LK_VALUE_TENSOR, &tensor));
    tensor->as.tensor.storage = storage;
    tensor->as.tensor.offset = (size_t)offset->as.integer;
    tensor->as.tensor.shape = shape;
    tensor->as.tensor.strides = strides;
    *out = tensor;
    return LK_OK;
}

/* collections.OrderedDict(): its items follow, one by one. */
static lk_status ordered_dict(lk_pickle *pickle, const lk_value *arguments, const lk_value **out)
{
    LK_REQUIRE(arguments->as.list.count == 0, LK_ERROR_UNSUPPORTED,
               "collections.OrderedDict is given arguments, expected none");
    lk_value *dict;
    LK_TRY(lk_value_new(pickle, LK_VALUE_DICT, &dict));
    *out = dict;
    return LK_OK;
}

lk_status lk_torch_object(lk_pickle *pickle, const lk_value *callable, const lk_value **out)
{
    lk_value *object;
    LK_REQUIRE(callable->kind == LK_VALUE_GLOBAL && callable->as.integer == LK_GLOBAL_OBJECT,
               LK_ERROR_UNSUPPORTED, "the pickle makes an object of %s: only state dicts are read",
               lk_value_kind_name(callable->kind));
    LK_TRY(lk_value_new(pickle, LK_VALUE_OBJECT, &object));
    *out = object;
    return LK_OK;
}

lk_status lk_torch_call(lk_pickle *pickle, const lk_value *callable, const lk_value *arguments,
                        const lk_value **out)
{
    LK_REQUIRE(callable->kind == LK_VALUE_GLOBAL && arguments->kind == LK_VALUE_TUPLE,
               LK_ERROR_FORMAT, "the pickle calls %s with %s, expected a function and a tuple",
               lk_value_kind_name(callable->kind), lk_value_kind_name(arguments->kind));
    switch (callable->as.integer) {
    case LK_GLOBAL_ORDERED_DICT: return ordered_dict(pickle, arguments, out);
    case LK_GLOBAL_OBJECT: return lk_torch_object(pickle, callable, out);
    case LK_GLOBAL_REBUILD_TENSOR: return rebuild_tensor(pickle, arguments, out);
    case LK_GLOBAL_REBUILD_PARAMETER: /* (tensor, requires_grad, hooks) */
        *out = item_of(arguments, 0, LK_VALUE_TENSOR);
        LK_REQUIRE(*out, LK_ERROR_FORMAT, "torch._utils._rebuild_parameter is not given a tensor");
        return LK_OK;
    default: return lk_fail(LK_ERROR_UNSUPPORTED, "the pickle calls a storage class");
    }
}

/* ("storage", type, key, location, count), in old files with a last None */
lk_status lk_torch_storage(lk_pickle *pickle, const lk_value *id, const lk_value **out)
{
    const lk_value *what = item_of(id, 0, LK_VALUE_STRING);
    const lk_value *type = item_of(id, 1, LK_VALUE_GLOBAL);
    const lk_value *key = item_of(id, 2, LK_VALUE_STRING);
    const lk_value *count = item_of(id, 4, LK_VALUE_INTEGER);
    LK_REQUIRE(what && lk_value_is_string(what, "storage") && type &&
                   type->as.integer >= LK_GLOBAL_STORAGE && key && count,
               LK_ERROR_FORMAT, "a persistent id is not (\"storage\", type, key, location, count)");
    LK_REQUIRE(key->as.string.length <= LK_PICKLE_MAX_KEY, LK_ERROR_LIMIT,
               "the name of a storage has %zu bytes, at most %d are read", key->as.string.length,
               LK_PICKLE_MAX_KEY);
    LK_REQUIRE(id->as.list.count < 6 || item_of(id, 5, LK_VALUE_NONE), LK_ERROR_UNSUPPORTED,
               "storage \"%s\" is a view of another storage",
               LK_SHORT_OF(key->as.string.bytes, key->as.string.length, 80));
    LK_REQUIRE(count->as.integer >= 0, LK_ERROR_FORMAT, "storage \"%s\" has %lld elements",
               LK_SHORT_OF(key->as.string.bytes, key->as.string.length, 80),
               (long long)count->as.integer);
    lk_value *storage;
    LK_TRY(lk_value_new(pickle, LK_VALUE_STORAGE, &storage));
    storage->as.storage.key = key;
    storage->as.storage.count = (size_t)count->as.integer;
    storage->as.storage.dtype = (lk_dtype)(type->as.integer - LK_GLOBAL_STORAGE);
    *out = storage;
    return lk_value_list_push(&pickle->storages, storage);
}

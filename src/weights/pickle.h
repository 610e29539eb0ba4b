/* A Python unpickler that can read a PyTorch state dict and nothing else.
 *
 * Python's pickle is a program for a stack machine, and the real machine may
 * import and call anything. This one has no import and no call: it knows six
 * kinds of plain values, and of callables only those that a state dict and what
 * usually lies beside it are made of, each of which is turned into a value here. Every other opcode
 * and every other global is refused by name before anything follows from it.
 *
 * Costs are bounded: the pickles of a file may push at most LK_PICKLE_MAX_PUSHES
 * values and do at most LK_PICKLE_MAX_OPCODES steps, so that neither memory nor time
 * can exceed a small multiple of that; keys that are looked up and sorted are short,
 * since a file can refer to one long string a million times. There is no recursion, and a value
 * that holds itself is harmless because nobody walks values deeper than a dict of tensors. */
#ifndef LK_WEIGHTS_PICKLE_H
#define LK_WEIGHTS_PICKLE_H

#include <likeness/weights.h>

#include "weights/cursor.h"

enum {
    LK_PICKLE_MAX_PUSHES = 1000000,
    LK_PICKLE_MAX_OPCODES = 8000000, /* those, too, that push nothing */
    LK_PICKLE_MAX_MARKS = 256,
    LK_PICKLE_MAX_KEY = 255 /* bytes of a storage's name; PyTorch counts them */
};

typedef enum lk_value_kind {
    LK_VALUE_NONE,
    LK_VALUE_BOOL,
    LK_VALUE_INTEGER,
    LK_VALUE_FLOAT,
    LK_VALUE_STRING,
    LK_VALUE_TUPLE,
    LK_VALUE_LIST,
    LK_VALUE_DICT, /* dict and OrderedDict: key, value, key, value, ... */
    LK_VALUE_GLOBAL,
    LK_VALUE_STORAGE,
    LK_VALUE_TENSOR,
    LK_VALUE_OBJECT /* of a class that is known to be harmless; what it holds is not looked at */
} lk_value_kind;

typedef enum lk_global {
    LK_GLOBAL_ORDERED_DICT,
    LK_GLOBAL_REBUILD_TENSOR,
    LK_GLOBAL_REBUILD_PARAMETER,
    LK_GLOBAL_OBJECT,
    LK_GLOBAL_STORAGE /* plus the dtype: the first storage type */
} lk_global;

typedef struct lk_value lk_value;

typedef struct lk_value_list {
    const lk_value **items;
    size_t count, capacity;
} lk_value_list;

struct lk_value {
    lk_value_kind kind;
    union {
        int64_t integer; /* INTEGER, BOOL, GLOBAL (an lk_global) */
        double real;
        struct {
            const char *bytes; /* in the pickle, not terminated */
            size_t length;
        } string;
        lk_value_list list; /* TUPLE, LIST, DICT */
        struct {
            const lk_value *key; /* STRING: names the bytes in the file */
            size_t count;        /* elements */
            lk_dtype dtype;
        } storage;
        struct {
            const lk_value *storage;
            const lk_value *shape;   /* TUPLE of INTEGER */
            const lk_value *strides; /* the same length */
            size_t offset;           /* elements */
        } tensor;
    } as;
};

/* Owns the values of every pickle loaded through it. */
typedef struct lk_pickle {
    struct lk_value_block *blocks;
    size_t pushes, opcodes;
    lk_value_list storages; /* every STORAGE value, in order of appearance */
} lk_pickle;

/* Loads the pickle at the cursor and moves the cursor behind it. The value lives
 * until lk_pickle_clear; its strings point into the cursor's bytes. Texts of
 * errors do not name the file. */
lk_status lk_pickle_load(lk_pickle *pickle, lk_cursor *cursor, const lk_value **out) LK_MUST_USE;
void lk_pickle_clear(lk_pickle *pickle);

/* "an integer", "a tensor", ... */
const char *lk_value_kind_name(lk_value_kind kind);
bool lk_value_is_string(const lk_value *value, const char *text);
/* The last value of a dict under a key, as in Python; NULL when there is none. */
const lk_value *lk_value_dict_get(const lk_value *dict, const char *key);

/* Private to pickle*.c ---------------------------------------------------- */

lk_status lk_value_new(lk_pickle *pickle, lk_value_kind kind, lk_value **out) LK_MUST_USE;
lk_status lk_value_list_push(lk_value_list *list, const lk_value *item) LK_MUST_USE;

/* What a known global is; LK_ERROR_UNSUPPORTED naming one that is not. */
lk_status lk_torch_global(lk_pickle *pickle, const lk_value *module, const lk_value *name,
                          lk_value **out) LK_MUST_USE;
/* callable(*arguments), for the known callables. */
lk_status lk_torch_call(lk_pickle *pickle, const lk_value *callable, const lk_value *arguments,
                        const lk_value **out) LK_MUST_USE;
/* An object of a class, for the classes that are known to be harmless. */
lk_status lk_torch_object(lk_pickle *pickle, const lk_value *callable,
                          const lk_value **out) LK_MUST_USE;
/* A persistent id: a storage of the file. */
lk_status lk_torch_storage(lk_pickle *pickle, const lk_value *id, const lk_value **out) LK_MUST_USE;

#endif

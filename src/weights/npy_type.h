/* The element types that .npy files have, and how each becomes one of ours. */
#ifndef LK_WEIGHTS_NPY_TYPE_H
#define LK_WEIGHTS_NPY_TYPE_H

#include <likeness/weights.h>

typedef struct lk_npy_type {
    char kind;      /* f float, i signed, u unsigned, b bool */
    size_t size;    /* bytes of an element in the file */
    bool big;       /* big-endian */
    lk_dtype dtype; /* what it is read as: the smallest that holds every value */
} lk_npy_type;

/* Parses NumPy's description, as '<f4'. Errors: LK_ERROR_UNSUPPORTED. */
lk_status lk_npy_type_parse(lk_npy_type *out, const char *descr) LK_MUST_USE;

/* The bytes of the file are the bytes of `dtype`. */
bool lk_npy_type_is_plain(const lk_npy_type *type);

/* Converts `count` elements; `out` has room for as many of type->dtype. */
void lk_npy_type_convert(uint8_t *out, const uint8_t *in, const lk_npy_type *type, size_t count);

#endif

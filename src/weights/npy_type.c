#include "weights/npy_type.h"

#include <string.h>

#include "base/error.h"
#include "weights/dtype.h"

/* Every value of the left type is exact in the right one, but for the last, whose
 * values beyond 2^53 are rounded. */
static const struct {
    char kind;
    uint8_t size;
    lk_dtype dtype;
} TYPES[] = {
    {'f', 2, LK_F16}, {'f', 4, LK_F32}, {'f', 8, LK_F64}, {'b', 1, LK_BOOL},
    {'i', 1, LK_F16}, {'i', 2, LK_I32}, {'i', 4, LK_I32}, {'i', 8, LK_I64},
    {'u', 1, LK_U8},  {'u', 2, LK_I32}, {'u', 4, LK_I64}, {'u', 8, LK_F64},
};

lk_status lk_npy_type_parse(lk_npy_type *out, const char *descr)
{
    size_t length = strlen(descr);
    bool shaped = length == 3 && strchr("<>|", descr[0]);
    for (size_t i = 0; shaped && i < sizeof TYPES / sizeof *TYPES; i++)
        if (descr[1] == TYPES[i].kind && descr[2] == '0' + TYPES[i].size) {
            *out = (lk_npy_type){TYPES[i].kind, TYPES[i].size, descr[0] == '>', TYPES[i].dtype};
            return LK_OK;
        }
    return lk_fail(LK_ERROR_UNSUPPORTED,
                   "has the type '%s', expected floats of 2, 4 or 8 bytes, integers or bools",
                   descr);
}

bool lk_npy_type_is_plain(const lk_npy_type *type)
{
    bool integer = type->kind == 'i' || type->kind == 'u';
    bool same =
        type->size == lk_dtype_size(type->dtype) && !(integer && lk_dtype_is_float(type->dtype));
    return same && !(type->big && type->size > 1);
}

static uint64_t read_bits(const uint8_t *in, size_t size, bool big)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits |= (uint64_t)in[big ? size - 1 - i : i] << (8 * i);
    return bits;
}

static uint64_t extend_sign(uint64_t bits, size_t size)
{
    uint64_t sign = UINT64_C(1) << (8 * size - 1);
    return (bits ^ sign) - sign;
}

void lk_npy_type_convert(uint8_t *out, const uint8_t *in, const lk_npy_type *type, size_t count)
{
    size_t size = lk_dtype_size(type->dtype);
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = read_bits(in + i * type->size, type->size, type->big);
        if (type->kind == 'i')
            bits = extend_sign(bits, type->size);
        if (type->kind == 'i' && type->dtype == LK_F16) {
            bits = lk_half_from_double((double)(int64_t)bits);
        } else if (type->kind == 'u' && type->dtype == LK_F64) {
            double value = (double)bits;
            memcpy(&bits, &value, sizeof bits);
        }
        memcpy(out + i * size, &bits, size); /* little-endian, see dtype.c */
    }
}

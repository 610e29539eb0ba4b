/* Conversions between element types. Files are little-endian, and so is every
 * machine this library builds on (checked below), so that an element is read
 * with memcpy. Half and bfloat16 are widened by their bits: both are exact in
 * float32. */
#include "weights/dtype.h"

#include <math.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the readers assume little-endian");

static const struct {
    const char *name;
    size_t size;
} DTYPES[LK_DTYPE_COUNT] = {
    [LK_F32] = {"float32", 4},   [LK_F64] = {"float64", 8}, [LK_F16] = {"float16", 2},
    [LK_BF16] = {"bfloat16", 2}, [LK_I64] = {"int64", 8},   [LK_I32] = {"int32", 4},
    [LK_U8] = {"uint8", 1},      [LK_BOOL] = {"bool", 1},   [LK_I8] = {"int8", 1},
    [LK_I16] = {"int16", 2},
};

const char *lk_dtype_name(lk_dtype dtype)
{
    return (unsigned)dtype < LK_DTYPE_COUNT ? DTYPES[dtype].name : "unknown";
}

size_t lk_dtype_size(lk_dtype dtype)
{
    return (unsigned)dtype < LK_DTYPE_COUNT ? DTYPES[dtype].size : 0;
}

bool lk_dtype_is_float(lk_dtype dtype)
{
    return dtype == LK_F32 || dtype == LK_F64 || dtype == LK_F16 || dtype == LK_BF16;
}

static float float_from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
static float float_from_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t exponent = (half >> 10) & 0x1fu;
    uint32_t fraction = half & 0x3ffu;
    if (exponent == 0x1f) /* infinity, NaN */
        return float_from_bits(sign | 0x7f800000u | fraction << 13);
    if (exponent != 0)
        return float_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
    float tiny = (float)fraction * 0x1p-24f; /* subnormal or zero: exact */
    return sign ? -tiny : tiny;
}

static float float_from_bfloat16(uint16_t bits)
{
    return float_from_bits((uint32_t)bits << 16);
}

/* out[i] = EXPR of the i-th element, called x. */
#define CONVERT(TYPE, EXPR)                                                                        \
    do {                                                                                           \
        const unsigned char *bytes = in;                                                           \
        for (size_t i = 0; i < count; i++) {                                                       \
            TYPE x;                                                                                \
            memcpy(&x, bytes + i * sizeof x, sizeof x);                                            \
            out[i] = (EXPR);                                                                       \
        }                                                                                          \
    } while (0)

void lk_convert_f32(float *out, const void *in, lk_dtype dtype, size_t count)
{
    switch (dtype) {
    case LK_F32:
        if (count)
            memcpy(out, in, count * sizeof *out);
        break;
    case LK_F64: CONVERT(double, (float)x); break;
    case LK_F16: CONVERT(uint16_t, float_from_half(x)); break;
    case LK_BF16: CONVERT(uint16_t, float_from_bfloat16(x)); break;
    case LK_I64: CONVERT(int64_t, (float)x); break;
    case LK_I32: CONVERT(int32_t, (float)x); break;
    case LK_U8: CONVERT(uint8_t, (float)x); break;
    case LK_BOOL: CONVERT(uint8_t, x ? 1.0f : 0.0f); break;
    case LK_I8: CONVERT(int8_t, (float)x); break;
    case LK_I16: CONVERT(int16_t, (float)x); break;
    }
}

void lk_convert_f64(double *out, const void *in, lk_dtype dtype, size_t count)
{
    switch (dtype) {
    case LK_F32: CONVERT(float, (double)x); break;
    case LK_F64:
        if (count)
            memcpy(out, in, count * sizeof *out);
        break;
    case LK_F16: CONVERT(uint16_t, (double)float_from_half(x)); break;
    case LK_BF16: CONVERT(uint16_t, (double)float_from_bfloat16(x)); break;
    case LK_I64: CONVERT(int64_t, (double)x); break;
    case LK_I32: CONVERT(int32_t, (double)x); break;
    case LK_U8: CONVERT(uint8_t, (double)x); break;
    case LK_BOOL: CONVERT(uint8_t, x ? 1.0 : 0.0); break;
    case LK_I8: CONVERT(int8_t, (double)x); break;
    case LK_I16: CONVERT(int16_t, (double)x); break;
    }
}

/* The spacing of halfs is 2^(e-10) for numbers from 2^e on, and never below 2^-24:
 * rint() of the number counted in spacings rounds to nearest, ties to even. A
 * carry into the next exponent comes out right by itself. */
uint16_t lk_half_from_double(double value)
{
    uint16_t sign = signbit(value) ? 0x8000u : 0;
    double size = fabs(value);
    int exponent;
    if (isnan(value))
        return 0x7e00u;
    if (size >= 65520) /* halfway between the largest half and the next power of two */
        return sign | 0x7c00u;
    frexp(size, &exponent); /* size < 2^exponent */
    int power = size < 0x1p-14 ? -14 : exponent - 1;
    unsigned steps = (unsigned)rint(ldexp(size, 10 - power)); /* up to 2048 */
    return (uint16_t)(sign | ((unsigned)(power + 14) * 1024 + steps));
}

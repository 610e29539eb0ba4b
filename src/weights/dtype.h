/* Element types: sizes, names, conversion. */
#ifndef LK_WEIGHTS_DTYPE_H
#define LK_WEIGHTS_DTYPE_H

#include <likeness/weights.h>

enum { LK_DTYPE_COUNT = 10 };

/* True for the four types that hold fractions. */
bool lk_dtype_is_float(lk_dtype dtype);

/* Converts `count` little-endian elements; `in` may be unaligned. */
void lk_convert_f32(float *out, const void *in, lk_dtype dtype, size_t count);
void lk_convert_f64(double *out, const void *in, lk_dtype dtype, size_t count);

/* The nearest float16, of two equally near ones the even; beyond its range
 * infinity. */
uint16_t lk_half_from_double(double value);

#endif

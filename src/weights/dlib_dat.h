/* The numbers, strings and arrays that dlib's .dat files are made of. Every size is
 * checked against the bytes that are left before it is believed. The texts of the
 * errors say at which byte, and do not name the file. */
#ifndef LK_WEIGHTS_DLIB_DAT_H
#define LK_WEIGHTS_DLIB_DAT_H

#include <likeness/base.h>

#include "weights/cursor.h"

/* A control byte (how many bytes, and the sign), then the magnitude. */
lk_status lk_dlib_int(lk_cursor *file, int64_t *out) LK_MUST_USE;
/* An int that must be this one; `what` says what it is. */
lk_status lk_dlib_expect(lk_cursor *file, int64_t expected, const char *what) LK_MUST_USE;
/* '0' or '1'. */
lk_status lk_dlib_bool(lk_cursor *file, bool *out) LK_MUST_USE;
/* Mantissa and exponent; what is no finite float32 is LK_ERROR_NUMBER. */
lk_status lk_dlib_float(lk_cursor *file, float *out) LK_MUST_USE;
/* out[count]. */
lk_status lk_dlib_floats(lk_cursor *file, float *out, size_t count) LK_MUST_USE;
/* *text lies in the file, `length` bytes without an end. */
lk_status lk_dlib_string(lk_cursor *file, const char **text, size_t *length) LK_MUST_USE;
/* How many elements a vector has, each of at least `least` bytes. */
lk_status lk_dlib_count(lk_cursor *file, size_t least, size_t *out) LK_MUST_USE;
/* A matrix of rows x columns, which must be these. */
lk_status lk_dlib_matrix(lk_cursor *file, float *out, size_t rows, size_t columns) LK_MUST_USE;
/* A tensor: *data lies in the file, product of shape little-endian float32. */
lk_status lk_dlib_tensor(lk_cursor *file, size_t shape[4], const uint8_t **data) LK_MUST_USE;
/* The shape of a part of a tensor, which must be this one. */
lk_status lk_dlib_alias(lk_cursor *file, const size_t shape[4]) LK_MUST_USE;

#endif

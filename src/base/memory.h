/* Allocation with overflow checks. Memory from here is released by free() (by a program
 * through lk_free), or by lk_free_aligned for the aligned kind. */
#ifndef LK_BASE_MEMORY_H
#define LK_BASE_MEMORY_H

#include <likeness/base.h>

/* What a file says is compared with sizes throughout: they must hold 64 bits. */
_Static_assert(sizeof(size_t) == 8, "a system of 64 bits");

/* *out = a * b; false when the product does not fit. */
static inline bool lk_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

/* *out = a + b; false when the sum does not fit. */
static inline bool lk_add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

/* a / b rounded up; a + b must fit. */
static inline size_t lk_ceil_div(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

static inline size_t lk_smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The product of `count` sizes; false when it does not fit. */
bool lk_mul_all(const size_t *sizes, size_t count, size_t *out);

/* `count` zeroed elements of `size` bytes, at least one byte. On failure
 * returns LK_ERROR_MEMORY and leaves *out as it was. */
lk_status lk_alloc(void *out, size_t count, size_t size) LK_MUST_USE;

/* Like lk_alloc, not zeroed, on a 64-byte boundary. */
lk_status lk_alloc_aligned(void *out, size_t count, size_t size) LK_MUST_USE;
void lk_free_aligned(void *memory);

/* Grows the array at *array (elements of `size` bytes, room for *capacity) so
 * that it holds at least `needed`; doubles, so that appending is linear. */
lk_status lk_grow(void *array, size_t *capacity, size_t needed, size_t size) LK_MUST_USE;

/* A copy of a string, or of its first `length` bytes. */
lk_status lk_strdup(char **out, const char *text) LK_MUST_USE;
lk_status lk_strndup(char **out, const char *text, size_t length) LK_MUST_USE;

/* printf into a new string. */
lk_status lk_format(char **out, const char *format, ...) LK_MUST_USE LK_PRINTF(2, 3);

#endif

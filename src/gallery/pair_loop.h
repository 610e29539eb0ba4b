/* What the loops of a product of two rows are. */
#ifndef LK_GALLERY_PAIR_LOOP_H
#define LK_GALLERY_PAIR_LOOP_H

#include <stddef.h>
#include <stdint.h>

enum { LK_PAIR_STEP = 64 }; /* codes; behind a row's own there are zeros */

/* A row as such a product wants it, followed by its codes. */
typedef struct lk_pair_row {
    float scale, square; /* as lk_coarse; of the length */
    int32_t codes_sum;
    uint32_t filler;
} lk_pair_row;

static inline const int8_t *lk_pair_codes_of(const void *row)
{
    return (const int8_t *)row + sizeof(lk_pair_row);
}

static inline float lk_pair_square(const void *a, const void *b, int32_t product)
{
    const lk_pair_row *x = a, *y = b;
    return x->square + y->square - 2 * x->scale * y->scale * (float)product;
}

/* The squared distance of two such rows of `codes` codes, as far as short copies tell. */
typedef float (*lk_pair_fn)(const void *a, const void *b, size_t codes);

#endif

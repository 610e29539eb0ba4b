/* The convolution kernels for any processor: four lanes of GCC's portable
 * vectors, which become SSE2, NEON or plain arithmetic. 8 registers hold sums. */
#include <string.h>

#include "nn/kernel/rows.h"

typedef float quad __attribute__((vector_size(16), may_alias));
typedef int32_t quad_mask __attribute__((vector_size(16)));

/* a where the mask is set, else b. */
static inline quad rows_choose(quad_mask mask, quad a, quad b)
{
    return (quad)(((quad_mask)a & mask) | ((quad_mask)b & ~mask));
}

static inline quad rows_load_any(const float *at)
{
    quad value;
    memcpy(&value, at, sizeof value);
    return value;
}

#define TARGET
#define VECTOR              quad
#define LANES               4
#define LOAD(at)            (*(const quad *)(at))
#define STORE(at, value)    (*(quad *)(at) = (value))
#define SPREAD(value)       ((quad){value, value, value, value})
#define FMA(a, b, c)        ((a) * (b) + (c))
#define MAX(a, b)           rows_choose((a) > (b), a, b)
#define PRELU(value, slope) rows_choose((value) < 0, (value) * (slope), value)
#define MAX_GROUPS          1
#define MAX_PIXELS(groups)  2
#define LOAD_ANY(at)        rows_load_any(at)
#define SUM(value)          ((value[0] + value[1]) + (value[2] + value[3]))
#define FIRST_TILES         1

#define TILES_OF rows_plain_tiles_of

#include "nn/kernel/rows_vector.h"
#include "nn/kernel/rows_vector_first.h"
#include "nn/kernel/rows_winograd_body.h"

TILE(1, 1)
TILE(1, 2)

static rows_tile_fn *const *rows_plain_tiles_of(size_t groups, size_t *max_pixels)
{
    static rows_tile_fn *const tiles[MAX_PIXELS(1)] = {rows_tile_1_1, rows_tile_1_2};
    (void)groups;
    *max_pixels = MAX_PIXELS(1);
    return tiles;
}

const lk_nn_row_kernels lk_nn_rows_plain = {"plain",  rows_conv, rows_max,  rows_first_pair,
                                            rows_dot, ROWS_READ, ROWS_WRITE};

/* The convolution kernels with 16-lane vectors: up to 27 of the 32 registers
 * hold sums. */
#include "nn/kernel/rows.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f")))
#define VECTOR __m512
#define LANES  16
#define LOAD   _mm512_load_ps
#define STORE  _mm512_store_ps
#define SPREAD _mm512_set1_ps
#define FMA    _mm512_fmadd_ps
#define MAX    _mm512_max_ps
#define PRELU(value, slope)                                                                        \
    _mm512_mask_mul_ps(value, _mm512_cmp_ps_mask(value, _mm512_setzero_ps(), _CMP_LT_OQ), value,   \
                       slope)
#define MAX_GROUPS         3
#define MAX_PIXELS(groups) ((groups) == 3 ? 9 : 12)
#define LOAD_ANY           _mm512_loadu_ps
#define SUM                _mm512_reduce_add_ps
#define FIRST_TILES        4

#define TILES_OF rows_avx512_tiles_of

#include "nn/kernel/rows_vector.h"
#include "nn/kernel/rows_vector_first.h"
#include "nn/kernel/rows_winograd_body.h"

#define TILES_9(groups)                                                                            \
    TILE(groups, 1)                                                                                \
    TILE(groups, 2)                                                                                \
    TILE(groups, 3)                                                                                \
    TILE(groups, 4)                                                                                \
    TILE(groups, 5)                                                                                \
    TILE(groups, 6)                                                                                \
    TILE(groups, 7)                                                                                \
    TILE(groups, 8)                                                                                \
    TILE(groups, 9)

#define TILES_12(groups)                                                                           \
    TILES_9(groups)                                                                                \
    TILE(groups, 10)                                                                               \
    TILE(groups, 11)                                                                               \
    TILE(groups, 12)

TILES_12(1)
TILES_12(2)
TILES_9(3)

static rows_tile_fn *const *rows_avx512_tiles_of(size_t groups, size_t *max_pixels)
{
    static rows_tile_fn *const tiles[MAX_GROUPS][MAX_PIXELS(1)] = {
        {rows_tile_1_1, rows_tile_1_2, rows_tile_1_3, rows_tile_1_4, rows_tile_1_5, rows_tile_1_6,
         rows_tile_1_7, rows_tile_1_8, rows_tile_1_9, rows_tile_1_10, rows_tile_1_11,
         rows_tile_1_12},
        {rows_tile_2_1, rows_tile_2_2, rows_tile_2_3, rows_tile_2_4, rows_tile_2_5, rows_tile_2_6,
         rows_tile_2_7, rows_tile_2_8, rows_tile_2_9, rows_tile_2_10, rows_tile_2_11,
         rows_tile_2_12},
        {rows_tile_3_1, rows_tile_3_2, rows_tile_3_3, rows_tile_3_4, rows_tile_3_5, rows_tile_3_6,
         rows_tile_3_7, rows_tile_3_8, rows_tile_3_9},
    };
    *max_pixels = MAX_PIXELS(groups);
    return tiles[groups - 1];
}

const lk_nn_row_kernels lk_nn_rows_avx512 = {"AVX-512", rows_conv, rows_max,  rows_first_pair,
                                             rows_dot,  ROWS_READ, ROWS_WRITE};

#else
typedef int lk_nn_rows_avx512_is_for_x86;
#endif

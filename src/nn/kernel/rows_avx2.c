/* The convolution kernels with 8-lane vectors: 12 of the 16 registers hold
 * sums. */
#include "nn/kernel/rows.h"

#if defined(__x86_64__)
#include <immintrin.h>

static inline __attribute__((always_inline, target("avx2,fma"))) float rows_avx2_sum(__m256 value)
{
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps(value, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

#define TARGET              __attribute__((target("avx2,fma")))
#define VECTOR              __m256
#define LANES               8
#define LOAD                _mm256_load_ps
#define STORE               _mm256_store_ps
#define SPREAD              _mm256_set1_ps
#define FMA                 _mm256_fmadd_ps
#define MAX                 _mm256_max_ps
#define PRELU(value, slope) _mm256_blendv_ps(value, _mm256_mul_ps(value, slope), value)
#define MAX_GROUPS          1
#define MAX_PIXELS(groups)  6
#define LOAD_ANY            _mm256_loadu_ps
#define SUM                 rows_avx2_sum
#define FIRST_TILES         1

#define TILES_OF rows_avx2_tiles_of

#include "nn/kernel/rows_vector.h"
#include "nn/kernel/rows_vector_first.h"
#include "nn/kernel/rows_winograd_body.h"

TILE(1, 1)
TILE(1, 2)
TILE(1, 3)
TILE(1, 4)
TILE(1, 5)
TILE(1, 6)

static rows_tile_fn *const *rows_avx2_tiles_of(size_t groups, size_t *max_pixels)
{
    static rows_tile_fn *const tiles[MAX_PIXELS(1)] = {rows_tile_1_1, rows_tile_1_2, rows_tile_1_3,
                                                       rows_tile_1_4, rows_tile_1_5, rows_tile_1_6};
    (void)groups;
    *max_pixels = MAX_PIXELS(1);
    return tiles;
}

const lk_nn_row_kernels lk_nn_rows_avx2 = {"AVX2",   rows_conv, rows_max,  rows_first_pair,
                                           rows_dot, ROWS_READ, ROWS_WRITE};

#else
typedef int lk_nn_rows_avx2_is_for_x86;
#endif

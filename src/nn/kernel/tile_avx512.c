/* The tiles in AVX-512: blocks x pixels sums stay in registers while the inputs pass
 * by, a channel a step. */
#include "nn/kernel/tile.h"

#if defined(__x86_64__)
#define NAMED(name)           tile_wide_##name
#define TARGET                __attribute__((target("avx512f")))
#define NUMBER                float
#define PAIR                  1
#define ADD_PRODUCT           "vfmadd231ps"
#define BROADCAST(in)         _mm512_set1_ps(*(in))
#define READ(tile, at)        _mm512_loadu_ps((const float *)(tile)->out + (at))
#define WRITE(tile, at, sums) _mm512_storeu_ps((float *)(tile)->out + (at), sums)
#include "nn/kernel/tile_body.h"

lk_nn_tile_fn *lk_nn_tile_get(size_t blocks, size_t pixels)
{
    return tile_wide_all[blocks - 1][pixels - 1];
}

size_t lk_nn_tile_pixels(size_t blocks)
{
    static const size_t most[LK_NN_MAX_BLOCKS] = {13, 13, 8, 6};
    return most[blocks - 1];
}

bool lk_nn_tile_available(void)
{
    return __builtin_cpu_supports("avx512f");
}
#else
lk_nn_tile_fn *lk_nn_tile_get(size_t blocks, size_t pixels)
{
    (void)blocks;
    (void)pixels;
    return NULL;
}

size_t lk_nn_tile_pixels(size_t blocks)
{
    (void)blocks;
    return 1;
}

bool lk_nn_tile_available(void)
{
    return false;
}
#endif

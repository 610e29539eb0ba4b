/* The tiles in AVX512_BF16: pairs of channels, half the bytes, twice the products. */
#include "nn/kernel/tile.h"

#if defined(__x86_64__)
#define NAMED(name)           tile_narrow_##name
#define TARGET                __attribute__((target("avx512f,avx512bf16")))
#define NUMBER                lk_bf16
#define PAIR                  2
#define ADD_PRODUCT           "vdpbf16ps"
#define BROADCAST(in)         tile_narrow_pair(in)
#define READ(tile, at)        tile_narrow_read(tile, at)
#define WRITE(tile, at, sums) tile_narrow_write(tile, at, sums)
#include "nn/kernel/narrow_avx512.h"

typedef float __attribute__((may_alias, aligned(2))) pair;

NARROW_INLINE __m512 tile_narrow_pair(const lk_bf16 *in)
{
    return _mm512_set1_ps(*(const pair *)in);
}

NARROW_INLINE __m512 tile_narrow_read(const lk_nn_tile *tile, size_t at)
{
    return tile->wide_out ? _mm512_loadu_ps((const float *)tile->out + at)
                          : narrow_load((const lk_bf16 *)tile->out + at);
}

NARROW_INLINE void tile_narrow_write(const lk_nn_tile *tile, size_t at, __m512 sums)
{
    if (tile->wide_out)
        _mm512_storeu_ps((float *)tile->out + at, sums);
    else
        narrow_store((lk_bf16 *)tile->out + at, sums);
    if (tile->twin)
        narrow_store(tile->twin + at, sums);
}
#include "nn/kernel/tile_body.h"

lk_nn_tile_fn *lk_nn_tile_get_narrow(size_t blocks, size_t pixels)
{
    return tile_narrow_all[blocks - 1][pixels - 1];
}

bool lk_nn_narrow_available(void)
{
    return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512f");
}
#else
lk_nn_tile_fn *lk_nn_tile_get_narrow(size_t blocks, size_t pixels)
{
    (void)blocks;
    (void)pixels;
    return NULL;
}

bool lk_nn_narrow_available(void)
{
    return false;
}
#endif

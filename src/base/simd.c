/* Which instruction set the kernels of LK_SIMD_VARIANTS use. */
#include "base/simd.h"

#include <stdatomic.h>

static atomic_int limit = LK_SIMD_AVX512;

void lk_simd_limit(lk_simd wanted)
{
    atomic_store(&limit, (int)wanted);
}

static lk_simd detect(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return LK_SIMD_AVX512;
    if (__builtin_cpu_supports("avx2"))
        return LK_SIMD_AVX2;
#endif
    return LK_SIMD_PLAIN;
}

lk_simd lk_simd_best(void)
{
    lk_simd have = detect(), wanted = (lk_simd)atomic_load(&limit);
    return have < wanted ? have : wanted;
}

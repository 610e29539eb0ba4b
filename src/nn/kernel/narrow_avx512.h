/* narrow_avx512.h: 16 numbers of bf16 to a vector and back. Who includes it has the
 * processor's features in TARGET. */
#include <immintrin.h>

#include "nn/kernel/narrow.h"

#define NARROW_INLINE static inline __attribute__((always_inline)) TARGET

NARROW_INLINE __m512 narrow_load(const lk_bf16 *in)
{
    __m256i halves = _mm256_loadu_si256((const __m256i *)(const void *)in);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

NARROW_INLINE void narrow_store(lk_bf16 *out, __m512 x)
{
    _mm256_storeu_si256((__m256i *)(void *)out, (__m256i)_mm512_cvtneps_pbh(x));
}

#include "gallery/pair_x86.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "gallery/scan.h"

#define PAIR_AVX2 __attribute__((target("avx2")))
#define PAIR_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

/* The instruction takes one side without a sign: 128 more, which the other's sum takes off. */
PAIR_VNNI static float pair_vnni(const void *a, const void *b, size_t codes)
{
    const int8_t *x = lk_pair_codes_of(a), *y = lk_pair_codes_of(b);
    const __m512i half = _mm512_set1_epi8(-128);
    __m512i sums[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    for (size_t i = 0; i < codes; i += LK_PAIR_STEP) {
        __m512i more = _mm512_xor_si512(_mm512_loadu_si512(x + i), half);
        sums[i / LK_PAIR_STEP % 2] =
            _mm512_dpbusd_epi32(sums[i / LK_PAIR_STEP % 2], more, _mm512_loadu_si512(y + i));
    }
    int32_t product = _mm512_reduce_add_epi32(_mm512_add_epi32(sums[0], sums[1]));
    return lk_pair_square(a, b, product - 128 * ((const lk_pair_row *)b)->codes_sum);
}

/* As scan_x86.c has it: no code is -128. */
PAIR_AVX2 static float pair_avx2(const void *a, const void *b, size_t codes)
{
    const int8_t *x = lk_pair_codes_of(a), *y = lk_pair_codes_of(b);
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i sum = _mm256_setzero_si256();
    int32_t parts[8], product = 0;
    for (size_t i = 0; i < codes; i += 32) {
        __m256i left = _mm256_loadu_si256((const __m256i *)(const void *)(x + i));
        __m256i right = _mm256_loadu_si256((const __m256i *)(const void *)(y + i));
        __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(left), _mm256_sign_epi8(right, left));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
    }
    _mm256_storeu_si256((__m256i *)(void *)parts, sum);
    for (size_t i = 0; i < 8; i++)
        product += parts[i];
    return lk_pair_square(a, b, product);
}

lk_pair_fn lk_pair_avx2(void)
{
    return lk_scan_of(LK_SCAN_AVX2) ? pair_avx2 : NULL;
}

lk_pair_fn lk_pair_vnni(void)
{
    return lk_scan_of(LK_SCAN_VNNI) ? pair_vnni : NULL;
}

#else

lk_pair_fn lk_pair_avx2(void)
{
    return NULL;
}

lk_pair_fn lk_pair_vnni(void)
{
    return NULL;
}

#endif

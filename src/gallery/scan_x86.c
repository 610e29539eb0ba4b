#include "gallery/scan_x86.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define SCAN_AVX2 __attribute__((target("avx2")))
#define SCAN_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define SCAN_BODY static inline __attribute__((always_inline))

SCAN_BODY int32_t scan_four(const int8_t *at)
{
    int32_t four;
    memcpy(&four, at, sizeof four);
    return four;
}

/* ---- AVX-512 VNNI: 64 products an instruction, of bytes without and with a sign ---- */

/* 128 times the sum of a query's codes, which the added 128 have brought in. */
SCAN_VNNI SCAN_BODY __m512i vnni_start(const int8_t *tile, size_t groups, size_t count, size_t q)
{
    __m512i sum = _mm512_setzero_si512(), ones = _mm512_set1_epi8(-128);
    for (size_t g = 0; g < groups; g++)
        sum = _mm512_dpbusd_epi32(sum, ones,
                                  _mm512_set1_epi32(scan_four(tile + (g * count + q) * 4)));
    return _mm512_sub_epi32(_mm512_setzero_si512(), sum);
}

/* `count` is a constant where this is called, so that the sums stay in registers. */
SCAN_VNNI SCAN_BODY void vnni_tile(int32_t *out, const uint8_t *block, const int8_t *tile,
                                   size_t groups, const size_t count)
{
    __m512i sums[LK_SCAN_TILE][2];
#pragma GCC unroll 8
    for (size_t q = 0; q < count; q++)
        sums[q][0] = sums[q][1] = vnni_start(tile, groups, count, q);
    for (size_t g = 0; g < groups; g++) {
        __m512i low = _mm512_load_si512(block + g * 128),
                high = _mm512_load_si512(block + g * 128 + 64);
#pragma GCC unroll 8
        for (size_t q = 0; q < count; q++) {
            __m512i y = _mm512_set1_epi32(scan_four(tile + (g * count + q) * 4));
            sums[q][0] = _mm512_dpbusd_epi32(sums[q][0], low, y);
            sums[q][1] = _mm512_dpbusd_epi32(sums[q][1], high, y);
        }
    }
#pragma GCC unroll 8
    for (size_t q = 0; q < count; q++) {
        _mm512_storeu_si512(out + q * LK_SCAN_ROWS, sums[q][0]);
        _mm512_storeu_si512(out + q * LK_SCAN_ROWS + 16, sums[q][1]);
    }
}

/* One query: four sums at a time, since each waits for the one before. */
SCAN_VNNI static void vnni_one(int32_t *out, const uint8_t *block, const int8_t *tile,
                               size_t groups)
{
    __m512i sums[8] = {vnni_start(tile, groups, 1, 0)};
    size_t g = 0;
    sums[1] = sums[0];
    for (size_t i = 2; i < 8; i++)
        sums[i] = _mm512_setzero_si512();
    for (; g + 4 <= groups; g += 4) {
#pragma GCC unroll 4
        for (size_t i = 0; i < 4; i++) {
            const uint8_t *at = block + (g + i) * 128;
            __m512i y = _mm512_set1_epi32(scan_four(tile + (g + i) * 4));
            sums[2 * i] = _mm512_dpbusd_epi32(sums[2 * i], _mm512_load_si512(at), y);
            sums[2 * i + 1] = _mm512_dpbusd_epi32(sums[2 * i + 1], _mm512_load_si512(at + 64), y);
        }
    }
    for (; g < groups; g++) {
        __m512i y = _mm512_set1_epi32(scan_four(tile + g * 4));
        sums[0] = _mm512_dpbusd_epi32(sums[0], _mm512_load_si512(block + g * 128), y);
        sums[1] = _mm512_dpbusd_epi32(sums[1], _mm512_load_si512(block + g * 128 + 64), y);
    }
    for (size_t i = 2; i < 8; i++)
        sums[i % 2] = _mm512_add_epi32(sums[i % 2], sums[i]);
    _mm512_storeu_si512(out, sums[0]);
    _mm512_storeu_si512(out + 16, sums[1]);
}

SCAN_VNNI static void scan_vnni(int32_t *out, const uint8_t *block, const int8_t *tile,
                                size_t groups, size_t count)
{
    switch (count) {
    case 1: vnni_one(out, block, tile, groups); break;
    case 2: vnni_tile(out, block, tile, groups, 2); break;
    case 3: vnni_tile(out, block, tile, groups, 3); break;
    case 4: vnni_tile(out, block, tile, groups, 4); break;
    case 5: vnni_tile(out, block, tile, groups, 5); break;
    case 6: vnni_tile(out, block, tile, groups, 6); break;
    case 7: vnni_tile(out, block, tile, groups, 7); break;
    default: vnni_tile(out, block, tile, groups, 8); break;
    }
}

/* ---- AVX2: |x| times the query with x's sign; two such products fit 16 bits, since no
 * code is -128 ---- */

SCAN_AVX2 SCAN_BODY void avx2_part(int32_t *out, const uint8_t *block, const int8_t *tile,
                                   size_t groups, size_t stride)
{
    const __m256i half = _mm256_set1_epi8(-128), ones = _mm256_set1_epi16(1);
    __m256i sums[4];
    for (size_t i = 0; i < 4; i++)
        sums[i] = _mm256_setzero_si256();
    for (size_t g = 0; g < groups; g++) {
        __m256i y = _mm256_set1_epi32(scan_four(tile + g * stride));
#pragma GCC unroll 4
        for (size_t i = 0; i < 4; i++) {
            __m256i x = _mm256_load_si256((const __m256i *)(block + g * 128 + i * 32));
            x = _mm256_xor_si256(x, half);
            __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(y, x));
            sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(pairs, ones));
        }
    }
    for (size_t i = 0; i < 4; i++)
        _mm256_storeu_si256((__m256i *)(out + i * 8), sums[i]);
}

SCAN_AVX2 static void scan_avx2(int32_t *out, const uint8_t *block, const int8_t *tile,
                                size_t groups, size_t count)
{
    for (size_t q = 0; q < count; q++)
        avx2_part(out + q * LK_SCAN_ROWS, block, tile + q * 4, groups, count * 4);
}

lk_scan_fn lk_scan_avx2(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") ? scan_avx2 : NULL;
}

lk_scan_fn lk_scan_vnni(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")
               ? scan_vnni
               : NULL;
}

#else

lk_scan_fn lk_scan_avx2(void)
{
    return NULL;
}

lk_scan_fn lk_scan_vnni(void)
{
    return NULL;
}

#endif

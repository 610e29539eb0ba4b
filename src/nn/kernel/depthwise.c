/* The rows of depthwise convolutions for both blocks of channels: 16 lanes exist only
 * where the processor has AVX-512 (lk_dnnl_block), so that this needs no check of its own;
 * 8 lanes take what AVX2 there is. */
#include "nn/kernel/depthwise.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Vectors are handed only to functions that are inlined: how they are passed is no matter. */
#pragma GCC diagnostic ignored "-Wpsabi"

#define LANES        8
#define TARGET       __attribute__((unused))
#define FMA(a, b, c) ((a) * (b) + (c))
#define HOLD(x)
#define STREAM(to, x) (*(to) = (x))
#define FENCE()       ((void)0)
#define NAMED(name)   name##_8
#include "nn/kernel/depthwise_body.h"

#if defined(__x86_64__)
#define LANES         8
#define TARGET        __attribute__((target("avx2,fma")))
#define FMA(a, b, c)  (VEC) _mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c))
#define HOLD(x)       __asm__("" : "+x"(x))
#define STREAM(to, x) _mm256_stream_ps((float *)(to), (__m256)(x))
#define FENCE()       _mm_sfence()
#define NAMED(name)   name##_avx2
#include "nn/kernel/depthwise_body.h"

#define LANES         16
#define TARGET        __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define FMA(a, b, c)  (VEC) _mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c))
#define HOLD(x)       __asm__("" : "+v"(x))
#define STREAM(to, x) _mm512_stream_ps((float *)(to), (__m512)(x))
#define FENCE()       _mm_sfence()
#define NAMED(name)   name##_16
#include "nn/kernel/depthwise_body.h"
#endif

lk_nn_depthwise_fn *lk_nn_depthwise_of(const lk_nn_grouped *conv)
{
    size_t lanes = conv->lanes;
#if defined(__x86_64__)
    lk_nn_depthwise_fn *pairs = lk_nn_depthwise_pairs_of(conv);
    if (pairs)
        return pairs;
    if (lanes == 16)
        return dw_run_16;
    if (lanes == 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return dw_run_avx2;
#endif
    return lanes == 8 ? dw_run_8 : NULL;
}

/* One C body, compiled for several instruction sets.
 *
 * A kernel is written once as a LK_SIMD_BODY function in plain C (GCC's vector
 * types included) and wrapped by LK_SIMD_VARIANTS, which defines NAME_plain,
 * NAME_avx2, NAME_avx512 and a NAME that picks one at run time. Floating-point
 * contraction is off for the whole project, so the variants differ in speed
 * only, never in a bit. */
#ifndef LK_BASE_SIMD_H
#define LK_BASE_SIMD_H

/* The instruction sets that kernels are compiled for. All give the same bits; the best
 * one that the processor has is taken. */
typedef enum lk_simd { LK_SIMD_PLAIN = 0, LK_SIMD_AVX2 = 1, LK_SIMD_AVX512 = 2 } lk_simd;

/* What this processor can run, at most `lk_simd_limit` (tests lower it). */
lk_simd lk_simd_best(void);
void lk_simd_limit(lk_simd limit);

#define LK_SIMD_BODY static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define LK_TARGET_AVX2   __attribute__((target("avx2")))
#define LK_TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2")))
#else
#define LK_TARGET_AVX2
#define LK_TARGET_AVX512
#endif

/* PARAMETERS and ARGUMENTS are parenthesised lists; BODY returns nothing. */
#define LK_SIMD_VARIANTS(NAME, PARAMETERS, ARGUMENTS)                                              \
    static void NAME##_plain PARAMETERS                                                            \
    {                                                                                              \
        NAME##_body ARGUMENTS;                                                                     \
    }                                                                                              \
    LK_TARGET_AVX2 static void NAME##_avx2 PARAMETERS                                              \
    {                                                                                              \
        NAME##_body ARGUMENTS;                                                                     \
    }                                                                                              \
    LK_TARGET_AVX512 static void NAME##_avx512 PARAMETERS                                          \
    {                                                                                              \
        NAME##_body ARGUMENTS;                                                                     \
    }                                                                                              \
    static void NAME PARAMETERS                                                                    \
    {                                                                                              \
        switch (lk_simd_best()) {                                                                  \
        case LK_SIMD_AVX512: NAME##_avx512 ARGUMENTS; return;                                      \
        case LK_SIMD_AVX2: NAME##_avx2 ARGUMENTS; return;                                          \
        case LK_SIMD_PLAIN: break;                                                                 \
        }                                                                                          \
        NAME##_plain ARGUMENTS;                                                                    \
    }

#endif

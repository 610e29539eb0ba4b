/* The transforms of winograd.h in AVX-512: 16 channels at once. */
#include "nn/kernel/winograd_transforms.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f")))

#define NAMED(name)   transform_read_##name
#define NUMBER_IN     float
#define NUMBER_OUT    float
#define LOAD(in)      _mm512_loadu_ps(in)
#define STORE(out, x) _mm512_storeu_ps(out, x)
#include "nn/kernel/winograd_read.h"

#define NAMED(name)   transform_write_##name
#define NUMBER_OUT    float
#define STORE(out, x) _mm512_storeu_ps(out, x)
#include "nn/kernel/winograd_write.h"

TARGET static void transform_finish(void *to, const float *in, size_t count, const float *slope,
                                    bool sum, bool relu)
{
    float *out = to;
    __m512 floor = _mm512_set1_ps(relu ? 0.0f : -__builtin_inff());
    __m512 factor = slope ? _mm512_loadu_ps(slope) : _mm512_set1_ps(1);
    for (size_t i = 0; i < count; i++) {
        __m512 x = _mm512_loadu_ps(in + i * LANES);
        if (sum)
            x = _mm512_add_ps(x, _mm512_loadu_ps(out + i * LANES));
        __mmask16 below = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
        if (slope)
            x = _mm512_mask_mul_ps(x, below, x, factor);
        _mm512_storeu_ps(out + i * LANES, _mm512_max_ps(floor, x));
    }
}

lk_nn_winograd_transforms lk_nn_winograd_get(lk_nn_winograd_kind kind)
{
    return (lk_nn_winograd_transforms){transform_read_all[kind], transform_write_all[kind],
                                       transform_write_all[kind], transform_finish};
}
#else
lk_nn_winograd_transforms lk_nn_winograd_get(lk_nn_winograd_kind kind)
{
    (void)kind;
    return (lk_nn_winograd_transforms){NULL, NULL, NULL, NULL};
}
#endif

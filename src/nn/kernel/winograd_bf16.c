/* The transforms of winograd.h from and to bf16; what is between is float. */
#include "nn/kernel/winograd_transforms.h"

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512bf16")))
#include "nn/kernel/narrow_avx512.h"

#define FEW_KINDS

#define NAMED(name)   transform_narrow_##name
#define NUMBER_IN     lk_bf16
#define NUMBER_OUT    lk_bf16
#define LOAD(in)      narrow_load(in)
#define STORE(out, x) narrow_store(out, x)
#include "nn/kernel/winograd_read.h"

#define NAMED(name)   transform_rounding_##name
#define NUMBER_IN     float
#define NUMBER_OUT    lk_bf16
#define LOAD(in)      _mm512_loadu_ps(in)
#define STORE(out, x) narrow_store(out, x)
#include "nn/kernel/winograd_read.h"

#define NAMED(name)   transform_narrowing_##name
#define NUMBER_OUT    lk_bf16
#define STORE(out, x) narrow_store(out, x)
#include "nn/kernel/winograd_write.h"

TARGET static void transform_finish_narrow(void *to, const float *in, size_t count,
                                           const float *slope, bool sum, bool relu)
{
    lk_bf16 *out = to;
    __m512 floor = _mm512_set1_ps(relu ? 0.0f : -__builtin_inff());
    __m512 factor = slope ? _mm512_loadu_ps(slope) : _mm512_set1_ps(1);
    for (size_t i = 0; i < count; i++) {
        __m512 x = _mm512_loadu_ps(in + i * LANES);
        if (sum)
            x = _mm512_add_ps(x, narrow_load(out + i * LANES));
        __mmask16 below = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
        if (slope)
            x = _mm512_mask_mul_ps(x, below, x, factor);
        narrow_store(out + i * LANES, _mm512_max_ps(floor, x));
    }
}

lk_nn_winograd_transforms lk_nn_winograd_get_narrow(lk_nn_winograd_kind kind, bool wide_in,
                                                    bool wide_out)
{
    lk_nn_winograd_transforms all = lk_nn_winograd_get(kind);
    all.read = wide_in ? transform_rounding_all[kind] : transform_narrow_all[kind];
    if (!wide_out) {
        all.write = transform_narrowing_all[kind];
        all.finish = transform_finish_narrow;
    }
    return all;
}
#else
lk_nn_winograd_transforms lk_nn_winograd_get_narrow(lk_nn_winograd_kind kind, bool wide_in,
                                                    bool wide_out)
{
    (void)wide_in;
    (void)wide_out;
    return lk_nn_winograd_get(kind);
}
#endif

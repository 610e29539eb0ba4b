/* In what numbers a network runs. */
#include "embed/precision.h"

#include <likeness/embed.h>

#include "base/error.h"
#include "nn/infer/processor.h"

const char *const lk_precision_names[] = {
    [LK_PRECISION_F32] = "f32",   [LK_PRECISION_BF16] = "bf16", [LK_PRECISION_AUTO] = "auto",
    [LK_PRECISION_INT8] = "int8", [LK_PRECISION_OWN] = "own",   [LK_PRECISION_OWN + 1] = NULL,
};

const char *lk_precision_name(lk_precision precision)
{
    return (unsigned)precision <= LK_PRECISION_OWN ? lk_precision_names[precision] : NULL;
}

/* AMX has 16 times as many products of bf16 a cycle as AVX-512 has of f32 (by Intel's manual,
 * not measured here). Without it AMD's processors do twice as many, and Intel's no more. */
static bool precision_bf16_is_faster(void)
{
#if defined(__x86_64__)
    return lk_nn_processor_amx(LK_NN_BF16) ||
           (lk_nn_processor_narrows() && __builtin_cpu_is("amd"));
#else
    return false;
#endif
}

bool lk_precision_has_instructions(lk_precision precision)
{
    return precision == LK_PRECISION_F32 ||
           (precision == LK_PRECISION_BF16 && lk_nn_processor_narrows()) ||
           (precision == LK_PRECISION_INT8 && lk_nn_processor_has_int8());
}

lk_status lk_precision_resolve(lk_precision *out, lk_precision asked)
{
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "lk_precision_resolve: NULL argument");
    LK_REQUIRE(lk_precision_name(asked), LK_ERROR_ARGUMENT, "%d is no precision", (int)asked);
    LK_REQUIRE(asked != LK_PRECISION_BF16 || lk_nn_processor_narrows(), LK_ERROR_INTERNAL,
               "precision bf16 needs a processor with AVX512_BF16, which this one has not; f32 "
               "runs on any");
    *out = asked;
    if (asked == LK_PRECISION_AUTO)
        *out = precision_bf16_is_faster() ? LK_PRECISION_BF16 : LK_PRECISION_F32;
    if (asked == LK_PRECISION_OWN)
        *out = LK_PRECISION_F32;
    return LK_OK;
}

lk_status lk_precision_resolve_quantised(lk_precision *out, lk_precision asked)
{
    if (asked == LK_PRECISION_OWN ||
        (asked == LK_PRECISION_AUTO && lk_precision_has_instructions(LK_PRECISION_INT8)))
        asked = LK_PRECISION_INT8;
    return lk_precision_resolve(out, asked);
}

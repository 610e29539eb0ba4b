/* Convolutions that a file has in whole numbers: their input passes QuantizeLinear and
 * DequantizeLinear, and their weights come from DequantizeLinear. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "onnx/build.h"

/* Bytes without a sign alone: others are floats as they were. */
void lk_onnx_quantise(lk_onnx_build *build, lk_onnx_item *item)
{
    const lk_onnx_array *scale = lk_onnx_input(build, 1)->array;
    const lk_onnx_array *zero = lk_onnx_input(build, 2)->array;
    item->quantised = true;
    item->scaled = scale && scale->real && scale->count == 1 && zero && zero->whole &&
                   zero->type == LK_ONNX_UINT8 && zero->count == 1;
    if (item->scaled)
        item->scale = (lk_nn_scale){scale->real[0], (float)zero->whole[0]};
}

void lk_onnx_note_steps(lk_onnx_array *made, const lk_onnx_array *numbers,
                        const lk_onnx_array *scale, const lk_onnx_array *zero)
{
    bool symmetric = numbers->type == LK_ONNX_INT8;
    for (size_t i = 0; zero && i < zero->count; i++)
        symmetric &= zero->whole[i] == 0;
    if (symmetric)
        made->steps = scale;
}

/* Scales that no network has would overflow. */
static lk_status whole_check(const lk_onnx_build *build, const lk_onnx_whole_conv *whole)
{
    const float least = 1e-30f, most = 1e30f;
    LK_ONNX_REQUIRE(whole->input.scale >= least && whole->input.scale <= most, build,
                    LK_ERROR_NUMBER, "its input has the scale %g, expected a number from %g to %g",
                    (double)whole->input.scale, (double)least, (double)most);
    for (size_t i = 0; i < whole->steps->count; i++)
        LK_ONNX_REQUIRE(whole->steps->real[i] >= 0 && isfinite(whole->steps->real[i]), build,
                        LK_ERROR_NUMBER,
                        "its weights have the scale %g in row %zu, expected 0 or above",
                        (double)whole->steps->real[i], i);
    return LK_OK;
}

lk_status lk_onnx_note_whole(lk_onnx_build *build, size_t layer, const lk_onnx_item *from,
                             const lk_onnx_array *weight)
{
    lk_onnx_whole_conv whole = {layer, weight->shape[0], weight->steps, from->scale};
    bool fits = weight->steps && (weight->steps->count == 1 ||
                                  (weight->steps->count == whole.channels && weight->rank));
    if (!from->scaled || from->layer == 0 || !fits)
        return LK_OK;
    LK_TRY(whole_check(build, &whole));
    LK_TRY(lk_grow(&build->wholes, &build->whole_capacity, build->whole_count + 1,
                   sizeof *build->wholes));
    build->wholes[build->whole_count++] = whole;
    return LK_OK;
}

static lk_status whole_set(const lk_onnx_whole_conv *whole, lk_nn_model *model)
{
    float *steps;
    LK_TRY(lk_alloc(&steps, whole->channels, sizeof *steps));
    for (size_t c = 0; c < whole->channels; c++)
        steps[c] = whole->steps->real[whole->steps->count == 1 ? 0 : c];
    lk_status status = lk_nn_model_set_int8(model, whole->layer, steps, whole->input);
    free(steps);
    return status;
}

lk_status lk_onnx_set_wholes(const lk_onnx_build *build, lk_nn_model *model)
{
    for (size_t i = 0; i < build->whole_count; i++)
        LK_TRY(whole_set(&build->wholes[i], model));
    return LK_OK;
}

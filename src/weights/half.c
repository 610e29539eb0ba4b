/* Copies of weights at half precision: half the bytes for files that are kept. */
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/dtype.h"
#include "weights/tensors.h"

static lk_status round_tensor(uint16_t *half, const double *values, const lk_tensor *tensor,
                              const char *path)
{
    for (size_t i = 0; i < tensor->count; i++) {
        half[i] = lk_half_from_double(values[i]);
        LK_REQUIRE((half[i] & 0x7fff) != 0x7c00, LK_ERROR_NUMBER,
                   "%s%stensor \"%s\" has %g at element %zu, float16 ends at 65504",
                   path ? path : "", path ? ": " : "", tensor->name, values[i], i);
    }
    return LK_OK;
}

static lk_status add_half(lk_tensors *to, const lk_tensor *tensor, const char *path)
{
    double *values;
    uint16_t *half;
    LK_TRY(lk_alloc(&values, tensor->count, sizeof *values));
    lk_status status = lk_alloc(&half, tensor->count, sizeof *half);
    if (status == LK_OK) {
        lk_tensor_copy_f64(tensor, values);
        status = round_tensor(half, values, tensor, path);
        if (status == LK_OK)
            status = lk_tensors_add(to, tensor->name, LK_F16, half, tensor->shape, tensor->rank);
        free(half);
    }
    free(values);
    return status;
}

lk_status lk_tensors_to_half(lk_tensors **out, const lk_tensors *tensors)
{
    LK_REQUIRE(out && tensors, LK_ERROR_ARGUMENT, "lk_tensors_to_half: NULL argument");
    lk_tensors *to;
    LK_TRY(lk_tensors_create(&to));
    lk_status status = LK_OK;
    for (size_t i = 0; i < lk_tensors_count(tensors) && status == LK_OK; i++) {
        const lk_tensor *t = lk_tensors_get(tensors, i);
        bool wide = (t->dtype == LK_F32 || t->dtype == LK_F64) && t->rank >= 2;
        status = wide ? add_half(to, t, lk_tensors_path(tensors))
                      : lk_tensors_add(to, t->name, t->dtype, t->data, t->shape, t->rank);
    }
    if (status == LK_OK && tensors->model)
        status = lk_strdup(&to->model, tensors->model);
    if (status != LK_OK) {
        lk_tensors_close(to);
        return status;
    }
    *out = to;
    return LK_OK;
}

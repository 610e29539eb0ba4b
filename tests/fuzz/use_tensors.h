/* What the fuzz targets of tensor files do with a set that opened: read every
 * element, look every name up. */
#ifndef LK_FUZZ_USE_TENSORS_H
#define LK_FUZZ_USE_TENSORS_H

#include <stdlib.h>

#include <likeness/weights.h>

static inline void use_tensors(const lk_tensors *tensors, size_t file_size)
{
    size_t bytes = 0;
    volatile double sum = 0;
    for (size_t i = 0; i < lk_tensors_count(tensors); i++) {
        const lk_tensor *tensor = lk_tensors_get(tensors, i);
        if (lk_tensors_find(tensors, tensor->name) != tensor)
            abort();
        bytes += tensor->count * lk_dtype_size(tensor->dtype);
        sum = sum + lk_tensor_sum(tensor);
    }
    if (bytes > 2 * file_size + (1 << 24))
        abort(); /* more than the header promises */
}

/* Whole numbers times their scales, where a file says those. */
static inline void use_scales(const lk_tensors *tensors)
{
    for (size_t i = 0; i < lk_tensors_count(tensors); i++) {
        const lk_tensor *tensor = lk_tensors_get(tensors, i);
        float *out = tensor->dtype == LK_I8 ? calloc(tensor->count + 1, sizeof *out) : NULL;
        if (out &&
            lk_tensors_load_f32(tensors, tensor->name, tensor->shape, tensor->rank, out) != LK_OK &&
            !*lk_error_text())
            abort();
        free(out);
    }
}

/* An error has a reason, and it names the file. */
static inline void check_error(void)
{
    const char *text = lk_error_text();
    if (text[0] != 'f' || text[1] != ':' || text[2] != ' ' || !text[3])
        abort();
}

#endif

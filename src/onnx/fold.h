/* fold.h: what the files that work on constants share. */
#ifndef LK_ONNX_FOLD_H
#define LK_ONNX_FOLD_H

#include "onnx/build.h"

/* Input `index`, which must be constant. */
lk_status lk_onnx_fold_input(lk_onnx_build *build, size_t index,
                             const lk_onnx_array **out) LK_MUST_USE;

/* One number of an array, read and set. */
double lk_onnx_number(const lk_onnx_array *array, size_t i);
void lk_onnx_set(lk_onnx_array *array, size_t i, double x);

#endif

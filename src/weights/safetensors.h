/* What reader and writer of safetensors share. */
#ifndef LK_WEIGHTS_SAFETENSORS_H
#define LK_WEIGHTS_SAFETENSORS_H

#include "weights/dtype.h"

/* The format's name of each lk_dtype. */
extern const char *const lk_safetensors_dtypes[LK_DTYPE_COUNT];

/* The object beside the tensors, and the text in it that says what model this is. */
#define LK_SAFETENSORS_METADATA "__metadata__"
#define LK_SAFETENSORS_MODEL    "likeness.model"

#endif

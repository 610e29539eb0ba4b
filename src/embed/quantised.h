/* quantised.h: weights of whole numbers, as they stand in files.
 *
 * NAME.weight of a convolution is I8 from -127 to 127, NAME.weight_scale F32 [outputs] what
 * they are multiplied by, NAME.input_scale F32 [1] and NAME.input_zero U8 [1] what the whole
 * numbers that it reads stand for. Weights of linear layers have a scale, too, and are widened
 * when they are read (lk_tensors_load_f32). */
#ifndef LK_EMBED_QUANTISED_H
#define LK_EMBED_QUANTISED_H

#include <likeness/embed.h>

#include "nn/nn.h"

/* The tensor that is an ONNX file as it is, and the only one. Quantised, its graph has the
 * weights behind DequantizeLinear (onnx/whole.c). */
#define LK_EMBED_ONNX "onnx"
const lk_tensor *lk_embed_onnx_of(const lk_tensors *tensors);

/* Whether a file says what its weights' inputs stand for. */
bool lk_embed_is_quantised(const lk_tensors *tensors);

/* Sets what the file says (lk_nn_model_set_int8). Errors: LK_ERROR_FORMAT, LK_ERROR_NUMBER. */
lk_status lk_embed_set_int8(lk_nn_model *model, const lk_tensors *tensors) LK_MUST_USE;

/* The model that an embedder runs. */
lk_nn_model *lk_embedder_model(const lk_embedder *embedder);

#endif

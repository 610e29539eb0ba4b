/* packed.h: a layer's parameters as the compiled network reads them. */
#ifndef LK_NN_INFER_PACKED_H
#define LK_NN_INFER_PACKED_H

#include "nn/dnnl/shim.h"
#include "nn/infer/fuse.h"
#include "nn/kernel/grouped.h"
#include "nn/kernel/winograd.h"

/* A convolution's or linear layer's folded weights in the layout that `kernel`
 * wants, or without one that of direct.h, and its folded bias, with zeros up to padded[] output and
 * input channels. Made once a layout, kept by the model and shared by all sessions; when the first
 * layout is made the plain parameters go, unless the model keeps them. Call with the model's lock
 * held. */
LK_MUST_USE lk_status lk_nn_pack_filter(lk_nn_model *model, const lk_nn_fused *step,
                                        const lk_dnnl_kernel *kernel, const lk_dnnl_stream *stream,
                                        const size_t padded[2], float **weights, float **bias);

/* The same for Winograd convolution of `kind`. */
LK_MUST_USE lk_status lk_nn_pack_winograd(lk_nn_model *model, const lk_nn_fused *step,
                                          lk_nn_winograd_kind kind, const lk_dnnl_stream *stream,
                                          const size_t padded[2], float **weights, float **bias);

/* Either in bf16, in pairs as narrow.h says: for Winograd convolution of *kind, or where it is
 * NULL for direct.h. Made from the folded weights, which the model then keeps, so that each
 * is rounded once. */
LK_MUST_USE lk_status lk_nn_pack_narrow(lk_nn_model *model, const lk_nn_fused *step,
                                        const lk_nn_winograd_kind *kind,
                                        const lk_dnnl_stream *stream, const size_t padded[2],
                                        lk_bf16 **weights, float **bias);

/* The folded weights and bias of a convolution of several groups, as grouped.h wants them.
 * With the model's lock held. */
LK_MUST_USE lk_status lk_nn_pack_grouped(lk_nn_model *model, const lk_nn_fused *step,
                                         const lk_nn_grouped *conv, float **weights, float **bias);

/* The folded weights, as they lie, and bias of a linear layer. With the model's lock held. */
LK_MUST_USE lk_status lk_nn_pack_dense(lk_nn_model *model, const lk_nn_fused *step, float **weights,
                                       float **bias);

/* Two vectors for a batch norm by itself (scale, shift) or one for a PReLU
 * (slope) or a constant, padded with zeros to `padded` channels. With the model's lock held. */
LK_MUST_USE lk_status lk_nn_pack_channels(lk_nn_model *model, size_t layer, size_t padded,
                                          float **first, float **second);

#endif

/* filter.h: a convolution's three directions in training, on oneDNN. */
#ifndef LK_NN_DNNL_FILTER_H
#define LK_NN_DNNL_FILTER_H

#include "nn/dnnl/shim.h"

/* Forward, to the weights and to the input, compiled for one shape. */
typedef struct lk_dnnl_filter lk_dnnl_filter;

typedef struct lk_dnnl_filter_options {
    lk_dnnl_tensor src, dst; /* channels are whole blocks, but for a plain src */
    lk_dnnl_window window;
    bool bias;
    /* Winograd's kernels, direct ones where they do not exist: forward and to the
     * input; to the weights. */
    bool winograd, winograd_weights;
    /* Products of bf16 where oneDNN has fast ones, before Winograd's. The processor has it:
     * lk_dnnl_has_bf16. */
    bool narrow;
    bool to_weights, to_input; /* directions of backward that are wanted */
} lk_dnnl_filter_options;

/* Errors: LK_ERROR_INTERNAL naming oneDNN's status, or the implementation when it
 * is one of the slow reference loops; LK_ERROR_MEMORY. */
LK_MUST_USE lk_status lk_dnnl_filter_create(lk_dnnl_filter **out,
                                            const lk_dnnl_filter_options *options);
void lk_dnnl_filter_destroy(lk_dnnl_filter *filter);

size_t lk_dnnl_filter_weights(const lk_dnnl_filter *filter); /* floats in the filter's layout */
size_t lk_dnnl_filter_scratch(const lk_dnnl_filter *filter); /* bytes */

/* The two ends, the weights and the bias: of forward values, of backward those
 * that the direction reads and the gradients that it overwrites. */
typedef struct lk_dnnl_filter_data {
    float *src, *weights, *bias, *dst;
    void *scratch;
} lk_dnnl_filter_data;

/* dst from src, weights, bias. */
LK_MUST_USE lk_status lk_dnnl_filter_forward(const lk_dnnl_filter *filter,
                                             const lk_dnnl_stream *stream,
                                             const lk_dnnl_filter_data *data);
/* weights and bias hold gradients: from src and dst, its gradient. */
LK_MUST_USE lk_status lk_dnnl_filter_to_weights(const lk_dnnl_filter *filter,
                                                const lk_dnnl_stream *stream,
                                                const lk_dnnl_filter_data *data);
/* src and dst hold gradients: src from dst and weights. */
LK_MUST_USE lk_status lk_dnnl_filter_to_input(const lk_dnnl_filter *filter,
                                              const lk_dnnl_stream *stream,
                                              const lk_dnnl_filter_data *data);

/* Between the filter's layout and [dst.c, src.c, kernel, kernel]. */
LK_MUST_USE lk_status lk_dnnl_filter_pack(const lk_dnnl_filter *filter,
                                          const lk_dnnl_stream *stream, float *weights,
                                          const float *plain);
LK_MUST_USE lk_status lk_dnnl_filter_unpack(const lk_dnnl_filter *filter,
                                            const lk_dnnl_stream *stream, float *plain,
                                            const float *weights);

/* c[m, n] = a[m, k] b[k, n] + beta c, all dense; `_t`: that factor is stored
 * transposed. */
LK_MUST_USE lk_status lk_dnnl_product(float *c, const float *a, bool a_t, const float *b, bool b_t,
                                      size_t m, size_t n, size_t k, float beta);

#endif

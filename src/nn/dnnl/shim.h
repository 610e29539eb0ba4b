/* shim.h: the few oneDNN primitives that the networks need, behind one interface
 * for oneDNN 2.6 and 3.x. No other file sees oneDNN's headers. */
#ifndef LK_NN_DNNL_SHIM_H
#define LK_NN_DNNL_SHIM_H

#include <likeness/base.h>

/* How an activation lies in memory. */
typedef enum lk_dnnl_layout {
    LK_DNNL_PLAIN = 0,  /* [n, c, h, w], a vector [n, c] */
    LK_DNNL_BLOCKED = 1 /* [n, c / block, h, w, block], channels padded with zeros */
} lk_dnnl_layout;

typedef struct lk_dnnl_tensor {
    size_t n, c, h, w;
    lk_dnnl_layout layout;
} lk_dnnl_tensor;

typedef struct lk_dnnl_window {
    size_t kernel[2], stride[2], pad[2];
} lk_dnnl_window;

/* Channels in a block on this processor: as many as its vectors hold. */
size_t lk_dnnl_block(void);
/* The processor has AVX512_BF16, or AMX beside it, and ONEDNN_MAX_CPU_ISA does not hide it. */
bool lk_dnnl_has_bf16(void);
bool lk_dnnl_has_amx(void);
/* The same of AVX512_VNNI. */
bool lk_dnnl_has_int8(void);

typedef struct lk_dnnl_stream lk_dnnl_stream;
LK_MUST_USE lk_status lk_dnnl_stream_create(lk_dnnl_stream **out);
void lk_dnnl_stream_destroy(lk_dnnl_stream *stream);

/* One compiled primitive and the memory it is bound to. */
typedef struct lk_dnnl_kernel lk_dnnl_kernel;

typedef struct lk_dnnl_conv {
    lk_dnnl_tensor src, dst;
    lk_dnnl_window window;
    bool sum;  /* add to what dst holds */
    bool relu; /* of the sum */
} lk_dnnl_conv;

/* Errors of the three: LK_ERROR_INTERNAL naming oneDNN's status, or the
 * implementation when it is one of the reference loops ("ref..."), hundreds of
 * times slower than the rest. */
LK_MUST_USE lk_status lk_dnnl_conv_create(lk_dnnl_kernel **out, const lk_dnnl_conv *conv);
LK_MUST_USE lk_status lk_dnnl_linear_create(lk_dnnl_kernel **out, size_t n, size_t in, size_t out_c,
                                            bool relu);
LK_MUST_USE lk_status lk_dnnl_maxpool_create(lk_dnnl_kernel **out, const lk_dnnl_tensor *src,
                                             const lk_dnnl_tensor *dst,
                                             const lk_dnnl_window *window);
void lk_dnnl_kernel_destroy(lk_dnnl_kernel *kernel);

size_t lk_dnnl_kernel_scratch(const lk_dnnl_kernel *kernel); /* bytes of scratchpad */
const char *lk_dnnl_kernel_name(const lk_dnnl_kernel *kernel);

/* Where a kernel reads and writes; unused pointers are NULL. */
typedef struct lk_dnnl_binding {
    float *src, *weights, *bias, *dst;
    void *scratch;
} lk_dnnl_binding;

LK_MUST_USE lk_status lk_dnnl_kernel_bind(lk_dnnl_kernel *kernel, const lk_dnnl_binding *binding);
LK_MUST_USE lk_status lk_dnnl_kernel_run(const lk_dnnl_kernel *kernel,
                                         const lk_dnnl_stream *stream);

/* Weights in some kernel's layout. */
typedef struct lk_dnnl_weights lk_dnnl_weights;

/* Plain weights, [out, in, kh, kw], a linear layer's [out, in, 1, 1], all zero, to
 * be filled through lk_dnnl_weights_data. */
LK_MUST_USE lk_status lk_dnnl_weights_plain(lk_dnnl_weights **out, const size_t shape[4]);
/* A copy of `from` in the layout that `kernel` wants. */
LK_MUST_USE lk_status lk_dnnl_weights_convert(lk_dnnl_weights **out, const lk_dnnl_weights *from,
                                              const lk_dnnl_kernel *kernel,
                                              const lk_dnnl_stream *stream);
/* A plain copy of `from`, which must be complete. */
LK_MUST_USE lk_status lk_dnnl_weights_unpack(lk_dnnl_weights **out, const lk_dnnl_weights *from,
                                             const size_t shape[4], const lk_dnnl_stream *stream);
/* A copy in the layout of our own kernels: [out / 16, in / 16, kh, kw, 16 in,
 * 16 out], which oneDNN's direct kernels like, too. Channels fill their blocks. */
LK_MUST_USE lk_status lk_dnnl_weights_block(lk_dnnl_weights **out, const lk_dnnl_weights *from,
                                            const size_t shape[4], const lk_dnnl_stream *stream);
void lk_dnnl_weights_destroy(lk_dnnl_weights *weights);
/* What a layout of weights is, as one number, and its bytes. */
typedef struct lk_dnnl_form {
    uint64_t number; /* 0: one that only oneDNN can describe */
    size_t bytes;
} lk_dnnl_form;
/* Of the layout that `kernel` wants, or without one that of lk_dnnl_weights_block. */
lk_dnnl_form lk_dnnl_form_wanted(const lk_dnnl_kernel *kernel, const size_t shape[4]);
lk_dnnl_form lk_dnnl_form_of(const lk_dnnl_weights *weights);
/* Weights in that layout whose numbers are somebody else's, and are only read. */
LK_MUST_USE lk_status lk_dnnl_weights_borrow(lk_dnnl_weights **out, const lk_dnnl_kernel *kernel,
                                             const size_t shape[4], const void *data);
bool lk_dnnl_weights_borrowed(const lk_dnnl_weights *weights);
/* "2.6.0 with instruction set 0x7ff": what decides how weights are laid out. */
void lk_dnnl_say(char *out, size_t size);
/* They are in the layout that `kernel` wants. */
bool lk_dnnl_weights_fit(const lk_dnnl_weights *weights, const lk_dnnl_kernel *kernel);
/* They are in the layout that lk_dnnl_weights_block makes. */
bool lk_dnnl_weights_blocked(const lk_dnnl_weights *weights, const size_t shape[4]);
/* Other layouts can be made from them: theirs is an ordinary one, not one that only
 * oneDNN's kernels can read. */
bool lk_dnnl_weights_complete(const lk_dnnl_weights *weights);
float *lk_dnnl_weights_data(const lk_dnnl_weights *weights);

#endif

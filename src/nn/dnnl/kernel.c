/* The primitives of inference (training: filter.c). What changed from oneDNN 2.6
 * to 3.x: operation descriptors are gone, memory descriptors are opaque handles,
 * and the post-ops' arguments differ; the two versions stand side by side below,
 * the rest is common. */
#include <stdlib.h>

#include "base/memory.h"
#include "base/threads.h"
#include "nn/dnnl/shim_internal.h"

enum { SRC, WEIGHTS, BIAS, DST, SCRATCH, SLOTS };

static const int slot_args[SLOTS] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST,
                                     DNNL_ARG_SCRATCHPAD};

struct lk_dnnl_kernel {
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive;
    dnnl_memory_t memory[SLOTS]; /* NULL where the primitive has no such argument */
    dnnl_exec_arg_t args[SLOTS];
    int arg_count;
};

/* The four descriptors of a primitive; released together. */
typedef struct md_set {
    md_owned src, weights, bias, dst;
} md_set;

static void kernel_md_set_destroy(md_set *set)
{
    md_destroy(&set->src);
    md_destroy(&set->weights);
    md_destroy(&set->bias);
    md_destroy(&set->dst);
}

/* ---- attributes --------------------------------------------------------- */

static dnnl_status_t kernel_append_post_ops(dnnl_post_ops_t ops, bool sum, bool relu)
{
    dnnl_status_t status = dnnl_success;
#if DNNL_VERSION_MAJOR < 3
    if (sum)
        status = dnnl_post_ops_append_sum(ops, 1.0f);
    if (relu && status == dnnl_success)
        status = dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_relu, 0.0f, 0.0f);
#else
    if (sum)
        status = dnnl_post_ops_append_sum(ops, 1.0f, 0, dnnl_data_type_undef);
    if (relu && status == dnnl_success)
        status = dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_relu, 0.0f, 0.0f);
#endif
    return status;
}

/* User scratchpads, so that one piece of memory serves all primitives. */
static lk_status kernel_create_attributes(dnnl_primitive_attr_t *out, bool sum, bool relu)
{
    dnnl_primitive_attr_t attributes;
    dnnl_post_ops_t ops;
    DNNL_TRY(dnnl_primitive_attr_create(&attributes));
    dnnl_status_t status = dnnl_post_ops_create(&ops);
    if (status == dnnl_success) {
        status = kernel_append_post_ops(ops, sum, relu);
        if (status == dnnl_success)
            status = dnnl_primitive_attr_set_post_ops(attributes, ops);
        dnnl_post_ops_destroy(ops);
    }
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
    if (status != dnnl_success) {
        dnnl_primitive_attr_destroy(attributes);
        return lk_dnnl_failed("post-ops", status);
    }
    *out = attributes;
    return LK_OK;
}

/* ---- primitive descriptors, both versions ------------------------------- */

#if DNNL_VERSION_MAJOR < 3
static dnnl_status_t kernel_conv_desc(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                      const md_set *md, const geometry *g,
                                      dnnl_primitive_attr_t attributes)
{
    dnnl_convolution_desc_t op;
    dnnl_status_t status = dnnl_convolution_forward_desc_init(
        &op, dnnl_forward_inference, dnnl_convolution_direct, &md->src, &md->weights, &md->bias,
        &md->dst, g->stride, g->near_pad, g->far_pad);
    return status == dnnl_success ? dnnl_primitive_desc_create(out, &op, attributes, engine, NULL)
                                  : status;
}

static dnnl_status_t kernel_linear_desc(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                        const md_set *md, dnnl_primitive_attr_t attributes)
{
    dnnl_inner_product_desc_t op;
    dnnl_status_t status = dnnl_inner_product_forward_desc_init(
        &op, dnnl_forward_inference, &md->src, &md->weights, &md->bias, &md->dst);
    return status == dnnl_success ? dnnl_primitive_desc_create(out, &op, attributes, engine, NULL)
                                  : status;
}

static dnnl_status_t kernel_pool_desc(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                      const md_set *md, const geometry *g,
                                      dnnl_primitive_attr_t attributes)
{
    dnnl_pooling_desc_t op;
    dnnl_status_t status =
        dnnl_pooling_forward_desc_init(&op, dnnl_forward_inference, dnnl_pooling_max, &md->src,
                                       &md->dst, g->stride, g->kernel, g->near_pad, g->far_pad);
    return status == dnnl_success ? dnnl_primitive_desc_create(out, &op, attributes, engine, NULL)
                                  : status;
}
#else
static dnnl_status_t kernel_conv_desc(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                      const md_set *md, const geometry *g,
                                      dnnl_primitive_attr_t attributes)
{
    return dnnl_convolution_forward_primitive_desc_create(
        out, engine, dnnl_forward_inference, dnnl_convolution_direct, md->src, md->weights,
        md->bias, md->dst, g->stride, g->dilation, g->near_pad, g->far_pad, attributes);
}

static dnnl_status_t kernel_linear_desc(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                        const md_set *md, dnnl_primitive_attr_t attributes)
{
    return dnnl_inner_product_forward_primitive_desc_create(
        out, engine, dnnl_forward_inference, md->src, md->weights, md->bias, md->dst, attributes);
}

static dnnl_status_t kernel_pool_desc(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                      const md_set *md, const geometry *g,
                                      dnnl_primitive_attr_t attributes)
{
    return dnnl_pooling_forward_primitive_desc_create(
        out, engine, dnnl_forward_inference, dnnl_pooling_max, md->src, md->dst, g->stride,
        g->kernel, g->dilation, g->near_pad, g->far_pad, attributes);
}
#endif

/* ---- kernels ------------------------------------------------------------ */

static md_ref kernel_md(const lk_dnnl_kernel *kernel, int slot)
{
    static const struct {
        dnnl_query_t what;
        int index;
    } queries[SLOTS] = {[SRC] = {dnnl_query_src_md, 0},
                        [WEIGHTS] = {dnnl_query_weights_md, 0},
                        [BIAS] = {dnnl_query_weights_md, 1},
                        [DST] = {dnnl_query_dst_md, 0},
                        [SCRATCH] = {dnnl_query_scratchpad_md, 0}};
    return dnnl_primitive_desc_query_md(kernel->desc, queries[slot].what, queries[slot].index);
}

md_ref lk_dnnl_kernel_weights(const lk_dnnl_kernel *kernel)
{
    return kernel_md(kernel, WEIGHTS);
}

static lk_status kernel_add_arguments(lk_dnnl_kernel *kernel, dnnl_engine_t engine)
{
    for (int slot = 0; slot < SLOTS; slot++) {
        md_ref md = kernel_md(kernel, slot);
        if (!md || dnnl_memory_desc_get_size(md) == 0)
            continue;
        DNNL_TRY(dnnl_memory_create(&kernel->memory[slot], md, engine, DNNL_MEMORY_NONE));
        kernel->args[kernel->arg_count].arg = slot_args[slot];
        kernel->args[kernel->arg_count++].memory = kernel->memory[slot];
    }
    return LK_OK;
}

static lk_status kernel_fill(lk_dnnl_kernel *kernel, dnnl_engine_t engine)
{
    const char *name = lk_dnnl_kernel_name(kernel);
    LK_REQUIRE(strncmp(name, "ref", 3) != 0, LK_ERROR_INTERNAL,
               "oneDNN has only its slow reference implementation (%s) for this layer", name);
    DNNL_TRY(dnnl_primitive_create(&kernel->primitive, kernel->desc));
    return kernel_add_arguments(kernel, engine);
}

/* Takes `desc` over, also on failure. */
static lk_status kernel_create(lk_dnnl_kernel **out, dnnl_primitive_desc_t desc,
                               dnnl_engine_t engine)
{
    lk_dnnl_kernel *kernel;
    lk_status status = lk_alloc(&kernel, 1, sizeof *kernel);
    if (status != LK_OK) {
        dnnl_primitive_desc_destroy(desc);
        return status;
    }
    kernel->desc = desc;
    status = kernel_fill(kernel, engine);
    if (status != LK_OK) {
        lk_dnnl_kernel_destroy(kernel);
        return status;
    }
    *out = kernel;
    return LK_OK;
}

void lk_dnnl_kernel_destroy(lk_dnnl_kernel *kernel)
{
    if (!kernel)
        return;
    for (int slot = 0; slot < SLOTS; slot++)
        if (kernel->memory[slot])
            dnnl_memory_destroy(kernel->memory[slot]);
    if (kernel->primitive)
        dnnl_primitive_destroy(kernel->primitive);
    dnnl_primitive_desc_destroy(kernel->desc);
    free(kernel);
}

/* Weights in whatever layout the primitive likes best, one bias a channel. */
static lk_status kernel_filter_mds(md_set *md, const dnnl_dims_t weights)
{
    LK_TRY(md_create(&md->weights, 4, weights, dnnl_format_tag_any));
    return md_create(&md->bias, 1, weights, dnnl_a);
}

static lk_status kernel_create_conv(lk_dnnl_kernel **out, const lk_dnnl_conv *conv,
                                    const md_set *md)
{
    LK_LEND_THREADS();
    dnnl_engine_t engine = NULL;
    dnnl_primitive_attr_t attributes;
    LK_TRY(lk_dnnl_engine(&engine));
    LK_TRY(kernel_create_attributes(&attributes, conv->sum, conv->relu));
    geometry g = make_geometry(&conv->window, &conv->src, &conv->dst);
    dnnl_primitive_desc_t desc;
    dnnl_status_t status = kernel_conv_desc(&desc, engine, md, &g, attributes);
    dnnl_primitive_attr_destroy(attributes);
    if (status != dnnl_success)
        return lk_dnnl_failed("a convolution", status);
    return kernel_create(out, desc, engine);
}

lk_status lk_dnnl_conv_create(lk_dnnl_kernel **out, const lk_dnnl_conv *conv)
{
    md_set md = {0};
    dnnl_dims_t weights = {(dnnl_dim_t)conv->dst.c, (dnnl_dim_t)conv->src.c,
                           (dnnl_dim_t)conv->window.kernel[0], (dnnl_dim_t)conv->window.kernel[1]};
    lk_status status = kernel_filter_mds(&md, weights);
    if (status == LK_OK)
        status = tensor_md(&md.src, &conv->src);
    if (status == LK_OK)
        status = tensor_md(&md.dst, &conv->dst);
    if (status == LK_OK)
        status = kernel_create_conv(out, conv, &md);
    kernel_md_set_destroy(&md);
    return status;
}

static lk_status kernel_create_linear(lk_dnnl_kernel **out, const md_set *md, bool relu)
{
    LK_LEND_THREADS();
    dnnl_engine_t engine = NULL;
    dnnl_primitive_attr_t attributes;
    LK_TRY(lk_dnnl_engine(&engine));
    LK_TRY(kernel_create_attributes(&attributes, false, relu));
    dnnl_primitive_desc_t desc;
    dnnl_status_t status = kernel_linear_desc(&desc, engine, md, attributes);
    dnnl_primitive_attr_destroy(attributes);
    if (status != dnnl_success)
        return lk_dnnl_failed("a linear layer", status);
    return kernel_create(out, desc, engine);
}

lk_status lk_dnnl_linear_create(lk_dnnl_kernel **out, size_t n, size_t in, size_t out_c, bool relu)
{
    md_set md = {0};
    dnnl_dims_t src = {(dnnl_dim_t)n, (dnnl_dim_t)in, 1, 1};
    dnnl_dims_t dst = {(dnnl_dim_t)n, (dnnl_dim_t)out_c};
    dnnl_dims_t weights = {(dnnl_dim_t)out_c, (dnnl_dim_t)in, 1, 1};
    lk_status status = kernel_filter_mds(&md, weights);
    if (status == LK_OK)
        status = md_create(&md.src, 4, src, dnnl_nchw);
    if (status == LK_OK)
        status = md_create(&md.dst, 2, dst, dnnl_nc);
    if (status == LK_OK)
        status = kernel_create_linear(out, &md, relu);
    kernel_md_set_destroy(&md);
    return status;
}

static lk_status kernel_create_pool(lk_dnnl_kernel **out, const md_set *md, const geometry *g)
{
    LK_LEND_THREADS();
    dnnl_engine_t engine = NULL;
    dnnl_primitive_attr_t attributes;
    LK_TRY(lk_dnnl_engine(&engine));
    LK_TRY(kernel_create_attributes(&attributes, false, false));
    dnnl_primitive_desc_t desc;
    dnnl_status_t status = kernel_pool_desc(&desc, engine, md, g, attributes);
    dnnl_primitive_attr_destroy(attributes);
    if (status != dnnl_success)
        return lk_dnnl_failed("a pooling layer", status);
    return kernel_create(out, desc, engine);
}

lk_status lk_dnnl_maxpool_create(lk_dnnl_kernel **out, const lk_dnnl_tensor *src,
                                 const lk_dnnl_tensor *dst, const lk_dnnl_window *window)
{
    md_set md = {0};
    geometry g = make_geometry(window, src, dst);
    lk_status status = tensor_md(&md.src, src);
    if (status == LK_OK)
        status = tensor_md(&md.dst, dst);
    if (status == LK_OK)
        status = kernel_create_pool(out, &md, &g);
    kernel_md_set_destroy(&md);
    return status;
}

size_t lk_dnnl_kernel_scratch(const lk_dnnl_kernel *kernel)
{
    return dnnl_memory_desc_get_size(kernel_md(kernel, SCRATCH));
}

const char *lk_dnnl_kernel_name(const lk_dnnl_kernel *kernel)
{
    const char *name = NULL;
    dnnl_status_t status =
        dnnl_primitive_desc_query(kernel->desc, dnnl_query_impl_info_str, 0, &name);
    return status == dnnl_success && name ? name : "unknown";
}

lk_status lk_dnnl_kernel_bind(lk_dnnl_kernel *kernel, const lk_dnnl_binding *binding)
{
    void *pointers[SLOTS] = {binding->src, binding->weights, binding->bias, binding->dst,
                             binding->scratch};
    for (int slot = 0; slot < SLOTS; slot++)
        if (kernel->memory[slot])
            DNNL_TRY(dnnl_memory_set_data_handle(kernel->memory[slot], pointers[slot]));
    return LK_OK;
}

lk_status lk_dnnl_kernel_run(const lk_dnnl_kernel *kernel, const lk_dnnl_stream *stream)
{
    LK_LEND_THREADS();
    DNNL_TRY(
        dnnl_primitive_execute(kernel->primitive, stream->handle, kernel->arg_count, kernel->args));
    return LK_OK;
}

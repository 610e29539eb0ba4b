/* Weights in the layouts of oneDNN's kernels and of our own. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "nn/dnnl/shim_internal.h"
#include "nn/pages.h"

struct lk_dnnl_weights {
    dnnl_memory_t memory;
    float *data;
    bool lasts;    /* lies in the large pages */
    bool borrowed; /* is somebody else's */
};

/* Goes on from `hash`. */
static uint64_t weights_hash_dims(uint64_t hash, const dnnl_dim_t *dims, int count)
{
    return lk_hash(hash, (const char *)dims, (size_t)count * sizeof *dims);
}

static lk_dnnl_form md_form(md_ref md)
{
    md_blocking lies;
    if (!md || !md_get_blocking(&lies, md))
        return (lk_dnnl_form){0};
    uint64_t hash = weights_hash_dims(LK_HASH_START, &lies.type, 1);
    hash = weights_hash_dims(hash, lies.dims, lies.rank);
    hash = weights_hash_dims(hash, lies.padded, lies.rank);
    hash = weights_hash_dims(hash, lies.strides, lies.rank);
    hash = weights_hash_dims(hash, lies.blocks, lies.block_count);
    hash = weights_hash_dims(hash, lies.block_axes, lies.block_count);
    return (lk_dnnl_form){hash | 1, dnnl_memory_desc_get_size(md)};
}

static lk_status weights_fill(lk_dnnl_weights *weights, md_ref md)
{
    dnnl_engine_t engine = NULL;
    size_t bytes = dnnl_memory_desc_get_size(md);
    LK_TRY(lk_dnnl_engine(&engine));
    LK_TRY(weights->lasts ? lk_nn_pages_take(&weights->data, bytes)
                          : lk_alloc_aligned(&weights->data, bytes, 1));
    DNNL_TRY(dnnl_memory_create(&weights->memory, md, engine, weights->data));
    return LK_OK;
}

static lk_status weights_create(lk_dnnl_weights **out, md_ref md, bool lasts)
{
    lk_dnnl_weights *weights;
    LK_TRY(lk_alloc(&weights, 1, sizeof *weights));
    weights->lasts = lasts;
    lk_status status = weights_fill(weights, md);
    if (status != LK_OK) {
        lk_dnnl_weights_destroy(weights);
        return status;
    }
    *out = weights;
    return LK_OK;
}

/* Most are soon converted and gone: in the large pages they would leave holes. */
lk_status lk_dnnl_weights_plain(lk_dnnl_weights **out, const size_t shape[4])
{
    dnnl_dims_t dims = {(dnnl_dim_t)shape[0], (dnnl_dim_t)shape[1], (dnnl_dim_t)shape[2],
                        (dnnl_dim_t)shape[3]};
    md_owned md;
    LK_TRY(md_create(&md, 4, dims, dnnl_oihw));
    lk_status status = weights_create(out, MD_REF(md), false);
    if (status == LK_OK)
        memset((*out)->data, 0, dnnl_memory_desc_get_size(MD_REF(md)));
    md_destroy(&md);
    return status;
}

/* The weights' layout of direct.h. */
static lk_status weights_blocked_md(md_owned *out, const size_t shape[4])
{
    dnnl_dims_t dims = {(dnnl_dim_t)shape[0], (dnnl_dim_t)shape[1], (dnnl_dim_t)shape[2],
                        (dnnl_dim_t)shape[3]};
    return md_create(out, 4, dims, dnnl_OIhw16i16o);
}

/* Fills `made` from `from` and hands it over, or destroys it. */
static lk_status weights_convert_into(lk_dnnl_weights **out, lk_dnnl_weights *made,
                                      const lk_dnnl_weights *from, const lk_dnnl_stream *stream)
{
    lk_status status = lk_dnnl_reorder(made->memory, from->memory, stream);
    if (status != LK_OK) {
        lk_dnnl_weights_destroy(made);
        return status;
    }
    *out = made;
    return LK_OK;
}

lk_status lk_dnnl_weights_convert(lk_dnnl_weights **out, const lk_dnnl_weights *from,
                                  const lk_dnnl_kernel *kernel, const lk_dnnl_stream *stream)
{
    lk_dnnl_weights *made;
    LK_TRY(weights_create(&made, lk_dnnl_kernel_weights(kernel), true));
    return weights_convert_into(out, made, from, stream);
}

lk_status lk_dnnl_weights_block(lk_dnnl_weights **out, const lk_dnnl_weights *from,
                                const size_t shape[4], const lk_dnnl_stream *stream)
{
    lk_dnnl_weights *made = NULL;
    md_owned md;
    LK_TRY(weights_blocked_md(&md, shape));
    lk_status status = weights_create(&made, MD_REF(md), true);
    md_destroy(&md);
    return status == LK_OK ? weights_convert_into(out, made, from, stream) : status;
}

lk_status lk_dnnl_weights_unpack(lk_dnnl_weights **out, const lk_dnnl_weights *from,
                                 const size_t shape[4], const lk_dnnl_stream *stream)
{
    lk_dnnl_weights *made;
    LK_TRY(lk_dnnl_weights_plain(&made, shape));
    return weights_convert_into(out, made, from, stream);
}

void lk_dnnl_weights_destroy(lk_dnnl_weights *weights)
{
    if (!weights)
        return;
    if (weights->memory)
        dnnl_memory_destroy(weights->memory);
    if (weights->borrowed)
        weights->data = NULL;
    if (weights->lasts)
        lk_nn_pages_give(weights->data);
    else
        lk_free_aligned(weights->data);
    free(weights);
}

bool lk_dnnl_weights_fit(const lk_dnnl_weights *weights, const lk_dnnl_kernel *kernel)
{
    return dnnl_memory_desc_equal(memory_md(weights->memory), lk_dnnl_kernel_weights(kernel)) != 0;
}

bool lk_dnnl_weights_blocked(const lk_dnnl_weights *weights, const size_t shape[4])
{
    md_owned md;
    if (weights_blocked_md(&md, shape) != LK_OK)
        return false;
    bool equal = dnnl_memory_desc_equal(memory_md(weights->memory), MD_REF(md)) != 0;
    md_destroy(&md);
    return equal;
}

bool lk_dnnl_weights_complete(const lk_dnnl_weights *weights)
{
    return md_is_blocked(memory_md(weights->memory));
}

float *lk_dnnl_weights_data(const lk_dnnl_weights *weights)
{
    return weights->data;
}

bool lk_dnnl_weights_borrowed(const lk_dnnl_weights *weights)
{
    return weights->borrowed;
}

static lk_status weights_borrow_md(lk_dnnl_weights **out, md_ref md, const void *data)
{
    dnnl_engine_t engine = NULL;
    lk_dnnl_weights *weights;
    LK_TRY(lk_dnnl_engine(&engine));
    LK_TRY(lk_alloc(&weights, 1, sizeof *weights));
    weights->borrowed = true;
    weights->data = (float *)data;
    dnnl_status_t status = dnnl_memory_create(&weights->memory, md, engine, weights->data);
    if (status != dnnl_success) {
        free(weights);
        return lk_dnnl_failed("dnnl_memory_create", status);
    }
    *out = weights;
    return LK_OK;
}

lk_status lk_dnnl_weights_borrow(lk_dnnl_weights **out, const lk_dnnl_kernel *kernel,
                                 const size_t shape[4], const void *data)
{
    md_owned md;
    if (kernel)
        return weights_borrow_md(out, lk_dnnl_kernel_weights(kernel), data);
    LK_TRY(weights_blocked_md(&md, shape));
    lk_status status = weights_borrow_md(out, MD_REF(md), data);
    md_destroy(&md);
    return status;
}

lk_dnnl_form lk_dnnl_form_of(const lk_dnnl_weights *weights)
{
    return md_form(memory_md(weights->memory));
}

lk_dnnl_form lk_dnnl_form_wanted(const lk_dnnl_kernel *kernel, const size_t shape[4])
{
    md_owned md;
    if (kernel)
        return md_form(lk_dnnl_kernel_weights(kernel));
    if (weights_blocked_md(&md, shape) != LK_OK)
        return (lk_dnnl_form){0};
    lk_dnnl_form form = md_form(MD_REF(md));
    md_destroy(&md);
    return form;
}

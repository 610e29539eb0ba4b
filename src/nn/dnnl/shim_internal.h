/* shim_internal.h: what the files that see oneDNN's headers share; nobody else
 * includes it. */
#ifndef LK_NN_DNNL_SHIM_INTERNAL_H
#define LK_NN_DNNL_SHIM_INTERNAL_H

#include <oneapi/dnnl/dnnl.h>

#include <string.h>

#include "base/error.h"
#include "nn/dnnl/shim.h"

#if DNNL_VERSION_MAJOR < 3
typedef const dnnl_memory_desc_t *md_ref;
#else
typedef const_dnnl_memory_desc_t md_ref;
#endif

struct lk_dnnl_stream {
    dnnl_stream_t handle;
};

/* Keeps oneDNN's status as this thread's error. */
lk_status lk_dnnl_failed(const char *what, dnnl_status_t status);

/* The processor; made once, kept until the process ends. */
lk_status lk_dnnl_engine(dnnl_engine_t *out);

/* Copies numbers from one layout into another; oneDNN keeps recent primitives, so
 * that making one anew is cheap. */
lk_status lk_dnnl_reorder(dnnl_memory_t to, dnnl_memory_t from, const lk_dnnl_stream *stream);

/* The layout of weights that a kernel wants. */
md_ref lk_dnnl_kernel_weights(const lk_dnnl_kernel *kernel);

/* Returns from the calling function when a call of oneDNN fails. */
#define DNNL_TRY(call)                                                                             \
    do {                                                                                           \
        dnnl_status_t dnnl_status_ = (call);                                                       \
        if (dnnl_status_ != dnnl_success)                                                          \
            return lk_dnnl_failed(#call, dnnl_status_);                                            \
    } while (0)

/* ---- memory descriptors ------------------------------------------------- */

/* All that an ordinary layout is. */
typedef struct md_blocking {
    dnnl_dim_t type;
    int rank, block_count;
    dnnl_dims_t dims, padded, strides, blocks, block_axes;
} md_blocking;

#if DNNL_VERSION_MAJOR < 3
typedef dnnl_memory_desc_t md_owned;
#define MD_REF(md) (&(md))

static inline lk_status md_create_of(md_owned *out, int rank, const dnnl_dims_t dims,
                                     dnnl_data_type_t type, dnnl_format_tag_t tag)
{
    DNNL_TRY(dnnl_memory_desc_init_by_tag(out, rank, dims, type, tag));
    return LK_OK;
}

static inline lk_status md_copy(md_owned *out, md_ref from)
{
    *out = *from;
    return LK_OK;
}

static inline void md_destroy(md_owned *md)
{
    memset(md, 0, sizeof *md);
}

static inline bool md_is_blocked(md_ref md)
{
    return md->format_kind == dnnl_blocked;
}

/* False of layouts that are more. */
static inline bool md_get_blocking(md_blocking *out, md_ref md)
{
    const dnnl_blocking_desc_t *blocking = &md->format_desc.blocking;
    if (!md_is_blocked(md) || md->extra.flags || md->offset0)
        return false;
    *out = (md_blocking){
        .type = md->data_type, .rank = md->ndims, .block_count = blocking->inner_nblks};
    memcpy(out->dims, md->dims, sizeof out->dims);
    memcpy(out->padded, md->padded_dims, sizeof out->padded);
    memcpy(out->strides, blocking->strides, sizeof out->strides);
    memcpy(out->blocks, blocking->inner_blks, sizeof out->blocks);
    memcpy(out->block_axes, blocking->inner_idxs, sizeof out->block_axes);
    return true;
}
#else
typedef dnnl_memory_desc_t md_owned;
#define MD_REF(md) (md)

static inline lk_status md_create_of(md_owned *out, int rank, const dnnl_dims_t dims,
                                     dnnl_data_type_t type, dnnl_format_tag_t tag)
{
    DNNL_TRY(dnnl_memory_desc_create_with_tag(out, rank, dims, type, tag));
    return LK_OK;
}

static inline lk_status md_copy(md_owned *out, md_ref from)
{
    DNNL_TRY(dnnl_memory_desc_clone(out, from));
    return LK_OK;
}

static inline void md_destroy(md_owned *md)
{
    if (*md)
        dnnl_memory_desc_destroy(*md);
    *md = NULL;
}

static inline bool md_is_blocked(md_ref md)
{
    dnnl_format_kind_t kind = dnnl_format_kind_undef;
    dnnl_status_t status = dnnl_memory_desc_query(md, dnnl_query_format_kind, &kind);
    return status == dnnl_success && kind == dnnl_blocked;
}

static inline bool md_get_dims(dnnl_dims_t out, md_ref md, dnnl_query_t what, int count)
{
    dnnl_dims_t *found = NULL;
    if (dnnl_memory_desc_query(md, what, &found) != dnnl_success || !found)
        return false;
    memcpy(out, *found, (size_t)count * sizeof **found);
    return true;
}

/* False of layouts that are more: what a layout adds behind its numbers shows in its size. */
static inline bool md_get_blocking(md_blocking *out, md_ref md)
{
    dnnl_data_type_t type = dnnl_data_type_undef;
    *out = (md_blocking){0};
    if (!md_is_blocked(md) ||
        dnnl_memory_desc_query(md, dnnl_query_data_type, &type) != dnnl_success ||
        dnnl_memory_desc_query(md, dnnl_query_ndims_s32, &out->rank) != dnnl_success ||
        dnnl_memory_desc_query(md, dnnl_query_inner_nblks_s32, &out->block_count) != dnnl_success)
        return false;
    out->type = type;
    return md_get_dims(out->dims, md, dnnl_query_dims, out->rank) &&
           md_get_dims(out->padded, md, dnnl_query_padded_dims, out->rank) &&
           md_get_dims(out->strides, md, dnnl_query_strides, out->rank) &&
           md_get_dims(out->blocks, md, dnnl_query_inner_blks, out->block_count) &&
           md_get_dims(out->block_axes, md, dnnl_query_inner_idxs, out->block_count);
}
#endif

static inline lk_status md_create(md_owned *out, int rank, const dnnl_dims_t dims,
                                  dnnl_format_tag_t tag)
{
    return md_create_of(out, rank, dims, dnnl_f32, tag);
}

static inline md_ref memory_md(dnnl_memory_t memory)
{
    md_ref md = NULL;
    dnnl_status_t status = dnnl_memory_get_memory_desc(memory, &md);
    return status == dnnl_success ? md : NULL;
}

/* `any`: as a kernel likes best. */
static inline lk_status tensor_md_of(md_owned *out, const lk_dnnl_tensor *tensor,
                                     dnnl_data_type_t type, bool any)
{
    dnnl_dims_t dims = {(dnnl_dim_t)tensor->n, (dnnl_dim_t)tensor->c, (dnnl_dim_t)tensor->h,
                        (dnnl_dim_t)tensor->w};
    dnnl_format_tag_t tag = any                               ? dnnl_format_tag_any
                            : tensor->layout == LK_DNNL_PLAIN ? dnnl_nchw
                            : lk_dnnl_block() == 16           ? dnnl_nChw16c
                                                              : dnnl_nChw8c;
    return md_create_of(out, 4, dims, type, tag);
}

static inline lk_status tensor_md(md_owned *out, const lk_dnnl_tensor *tensor)
{
    return tensor_md_of(out, tensor, dnnl_f32, false);
}

typedef struct geometry {
    dnnl_dims_t stride, dilation, kernel, near_pad, far_pad;
} geometry;

/* The far padding is what the result's extent needs, never negative. */
static inline geometry make_geometry(const lk_dnnl_window *window, const lk_dnnl_tensor *src,
                                     const lk_dnnl_tensor *dst)
{
    geometry g = {0};
    size_t in[2] = {src->h, src->w}, out[2] = {dst->h, dst->w};
    for (int axis = 0; axis < 2; axis++) {
        size_t reach = (out[axis] - 1) * window->stride[axis] + window->kernel[axis];
        size_t have = in[axis] + window->pad[axis];
        g.stride[axis] = (dnnl_dim_t)window->stride[axis];
        g.kernel[axis] = (dnnl_dim_t)window->kernel[axis];
        g.near_pad[axis] = (dnnl_dim_t)window->pad[axis];
        g.far_pad[axis] = reach > have ? (dnnl_dim_t)(reach - have) : 0;
    }
    return g;
}

#endif

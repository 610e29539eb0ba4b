/* A convolution in training. Its weights live in the layout that the direct
 * forward kernel likes (Winograd's kernels for training take it, too, and transform
 * inside); a direction that wants another one (to the input: the two channel axes
 * of a block exchanged) has them reordered into scratch each time, which costs
 * little beside the convolution. */
#include "nn/onednn/shim_train.h"

#include <stdlib.h>

#include "base/memory.h"
#include "nn/onednn/shim_internal.h"

enum { FORWARD, TO_WEIGHTS, TO_INPUT, DIRECTIONS };
enum { SRC, WEIGHTS, BIAS, DST, SCRATCH, SLOTS };
enum { ALIGNMENT = 64 };

/* What a direction's arguments are called. */
static const struct {
    int argument;
    dnnl_query_t query;
    int index;
} slots[DIRECTIONS][SLOTS] = {
    [FORWARD] = {[SRC] = {DNNL_ARG_SRC, dnnl_query_src_md, 0},
                 [WEIGHTS] = {DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0},
                 [BIAS] = {DNNL_ARG_BIAS, dnnl_query_weights_md, 1},
                 [DST] = {DNNL_ARG_DST, dnnl_query_dst_md, 0},
                 [SCRATCH] = {DNNL_ARG_SCRATCHPAD, dnnl_query_scratchpad_md, 0}},
    [TO_WEIGHTS] = {[SRC] = {DNNL_ARG_SRC, dnnl_query_src_md, 0},
                    [WEIGHTS] = {DNNL_ARG_DIFF_WEIGHTS, dnnl_query_diff_weights_md, 0},
                    [BIAS] = {DNNL_ARG_DIFF_BIAS, dnnl_query_diff_weights_md, 1},
                    [DST] = {DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, 0},
                    [SCRATCH] = {DNNL_ARG_SCRATCHPAD, dnnl_query_scratchpad_md, 0}},
    [TO_INPUT] = {[SRC] = {DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md, 0},
                  [WEIGHTS] = {DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0},
                  [BIAS] = {0, dnnl_query_undef, 0},
                  [DST] = {DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, 0},
                  [SCRATCH] = {DNNL_ARG_SCRATCHPAD, dnnl_query_scratchpad_md, 0}},
};

typedef struct direction {
    dnnl_primitive_desc_t desc; /* NULL: not wanted */
    dnnl_primitive_t primitive;
    dnnl_memory_t memory[SLOTS];
    dnnl_exec_arg_t args[SLOTS];
    int arg_count;
    bool other_layout; /* its weights are not as the filter keeps them */
} direction;

struct lk_dnnl_filter {
    direction directions[DIRECTIONS];
    md_owned weights; /* as kept */
    md_owned plain;
    size_t scratch;
};

/* ---- creation ----------------------------------------------------------- */

/* The four descriptors of a direction. */
typedef struct ends {
    md_owned src, weights, bias, dst;
    geometry window;
    dnnl_engine_t engine;
    dnnl_primitive_attr_t attributes;
} ends;

static void ends_clear(ends *e)
{
    md_destroy(&e->src);
    md_destroy(&e->weights);
    md_destroy(&e->bias);
    md_destroy(&e->dst);
    if (e->attributes)
        dnnl_primitive_attr_destroy(e->attributes);
}

#if DNNL_VERSION_MAJOR < 3
static dnnl_status_t describe(dnnl_primitive_desc_t *out, int which, const ends *e,
                              dnnl_alg_kind_t algorithm, md_ref weights,
                              dnnl_primitive_desc_t forward)
{
    dnnl_convolution_desc_t op;
    const geometry *g = &e->window;
    dnnl_status_t status;
    if (which == FORWARD)
        status = dnnl_convolution_forward_desc_init(&op, dnnl_forward_training, algorithm, &e->src,
                                                    weights, &e->bias, &e->dst, g->stride,
                                                    g->near_pad, g->far_pad);
    else if (which == TO_WEIGHTS)
        status = dnnl_convolution_backward_weights_desc_init(&op, algorithm, &e->src, weights,
                                                             &e->bias, &e->dst, g->stride,
                                                             g->near_pad, g->far_pad);
    else
        status = dnnl_convolution_backward_data_desc_init(&op, algorithm, &e->src, weights, &e->dst,
                                                          g->stride, g->near_pad, g->far_pad);
    return status == dnnl_success
               ? dnnl_primitive_desc_create(out, &op, e->attributes, e->engine, forward)
               : status;
}
#else
static dnnl_status_t describe(dnnl_primitive_desc_t *out, int which, const ends *e,
                              dnnl_alg_kind_t algorithm, md_ref weights,
                              dnnl_primitive_desc_t forward)
{
    const geometry *g = &e->window;
    if (which == FORWARD)
        return dnnl_convolution_forward_primitive_desc_create(
            out, e->engine, dnnl_forward_training, algorithm, e->src, weights, e->bias, e->dst,
            g->stride, g->dilation, g->near_pad, g->far_pad, e->attributes);
    if (which == TO_WEIGHTS)
        return dnnl_convolution_backward_weights_primitive_desc_create(
            out, e->engine, algorithm, e->src, weights, e->bias, e->dst, g->stride, g->dilation,
            g->near_pad, g->far_pad, forward, e->attributes);
    return dnnl_convolution_backward_data_primitive_desc_create(
        out, e->engine, algorithm, e->src, weights, e->dst, g->stride, g->dilation, g->near_pad,
        g->far_pad, forward, e->attributes);
}
#endif

static bool is_reference(dnnl_primitive_desc_t desc, const char **name)
{
    *name = "unknown";
    dnnl_status_t status = dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, name);
    return status == dnnl_success && strncmp(*name, "ref", 3) == 0;
}

/* A descriptor of a fast implementation. */
static lk_status describe_fast(dnnl_primitive_desc_t *out, int which, const ends *e,
                               dnnl_alg_kind_t algorithm, md_ref weights,
                               dnnl_primitive_desc_t forward)
{
    static const char *const names[] = {"a convolution", "a convolution's gradient",
                                        "a convolution's slope"};
    const char *name;
    dnnl_primitive_desc_t desc;
    dnnl_status_t status = describe(&desc, which, e, algorithm, weights, forward);
    if (status != dnnl_success)
        return lk_dnnl_failed(names[which], status);
    if (is_reference(desc, &name)) {
        lk_fail(LK_ERROR_INTERNAL, "oneDNN has only its slow implementation (%s) of %s", name,
                names[which]);
        dnnl_primitive_desc_destroy(desc);
        return LK_ERROR_INTERNAL;
    }
    *out = desc;
    return LK_OK;
}

static md_ref slot_md(const lk_dnnl_filter *filter, int which, int slot)
{
    if (slots[which][slot].query == dnnl_query_undef)
        return NULL;
    return dnnl_primitive_desc_query_md(filter->directions[which].desc, slots[which][slot].query,
                                        slots[which][slot].index);
}

static lk_status make_primitive(lk_dnnl_filter *filter, int which, const ends *e)
{
    direction *d = &filter->directions[which];
    DNNL_TRY(dnnl_primitive_create(&d->primitive, d->desc));
    for (int slot = 0; slot < SLOTS; slot++) {
        md_ref md = slot_md(filter, which, slot);
        if (!md || dnnl_memory_desc_get_size(md) == 0)
            continue;
        DNNL_TRY(dnnl_memory_create(&d->memory[slot], md, e->engine, DNNL_MEMORY_NONE));
        d->args[d->arg_count++] = (dnnl_exec_arg_t){slots[which][slot].argument, d->memory[slot]};
    }
    d->other_layout =
        !dnnl_memory_desc_equal(slot_md(filter, which, WEIGHTS), MD_REF(filter->weights));
    size_t needed = dnnl_memory_desc_get_size(slot_md(filter, which, SCRATCH));
    if (d->other_layout)
        needed += dnnl_memory_desc_get_size(slot_md(filter, which, WEIGHTS)) + ALIGNMENT;
    if (needed > filter->scratch)
        filter->scratch = needed;
    return LK_OK;
}

/* Winograd's kernel where one exists for weights as the filter keeps them. */
static bool describe_winograd(lk_dnnl_filter *filter, int which, const ends *e)
{
    dnnl_primitive_desc_t desc;
    if (describe_fast(&desc, which, e, dnnl_convolution_winograd, MD_REF(filter->weights),
                      which == FORWARD ? NULL : filter->directions[FORWARD].desc) != LK_OK)
        return false;
    if (filter->directions[which].desc)
        dnnl_primitive_desc_destroy(filter->directions[which].desc);
    filter->directions[which].desc = desc;
    return true;
}

/* A backward direction is asked for the layout that the filter keeps first. */
static lk_status describe_direct(lk_dnnl_filter *filter, int which, const ends *e)
{
    direction *d = &filter->directions[which];
    dnnl_primitive_desc_t forward = filter->directions[FORWARD].desc;
    dnnl_alg_kind_t direct = dnnl_convolution_direct;
    if (which == FORWARD) {
        LK_TRY(describe_fast(&d->desc, which, e, direct, MD_REF(e->weights), NULL));
        return md_copy(&filter->weights, slot_md(filter, FORWARD, WEIGHTS));
    }
    if (which == TO_WEIGHTS &&
        describe_fast(&d->desc, which, e, direct, MD_REF(filter->weights), forward) == LK_OK)
        return LK_OK;
    return describe_fast(&d->desc, which, e, direct, MD_REF(e->weights), forward);
}

static lk_status add_direction(lk_dnnl_filter *filter, int which, const ends *e, bool winograd)
{
    bool done = false;
    if (which == FORWARD) /* says how weights are kept */
        LK_TRY(describe_direct(filter, which, e));
    if (winograd)
        done = describe_winograd(filter, which, e);
    if (!done && which != FORWARD)
        LK_TRY(describe_direct(filter, which, e));
    return make_primitive(filter, which, e);
}

static lk_status fill_ends(ends *e, md_owned *plain, const lk_dnnl_filter_options *o)
{
    dnnl_dims_t weights = {(dnnl_dim_t)o->dst.c, (dnnl_dim_t)o->src.c,
                           (dnnl_dim_t)o->window.kernel[0], (dnnl_dim_t)o->window.kernel[1]};
    LK_TRY(lk_dnnl_engine(&e->engine));
    LK_TRY(tensor_md(&e->src, &o->src));
    LK_TRY(tensor_md(&e->dst, &o->dst));
    LK_TRY(md_create(&e->weights, 4, weights, dnnl_format_tag_any));
    LK_TRY(md_create(plain, 4, weights, dnnl_oihw));
    if (o->bias)
        LK_TRY(md_create(&e->bias, 1, weights, dnnl_a));
    e->window = make_geometry(&o->window, &o->src, &o->dst);
    DNNL_TRY(dnnl_primitive_attr_create(&e->attributes));
    DNNL_TRY(dnnl_primitive_attr_set_scratchpad_mode(e->attributes, dnnl_scratchpad_mode_user));
    return LK_OK;
}

static lk_status fill_filter(lk_dnnl_filter *filter, ends *e, const lk_dnnl_filter_options *options)
{
    LK_TRY(fill_ends(e, &filter->plain, options));
    LK_TRY(add_direction(filter, FORWARD, e, options->winograd));
    if (options->to_weights)
        LK_TRY(add_direction(filter, TO_WEIGHTS, e, options->winograd));
    if (options->to_input)
        LK_TRY(add_direction(filter, TO_INPUT, e, options->winograd));
    return LK_OK;
}

lk_status lk_dnnl_filter_create(lk_dnnl_filter **out, const lk_dnnl_filter_options *options)
{
    lk_dnnl_filter *filter;
    ends e;
    memset(&e, 0, sizeof e);
    LK_TRY(lk_alloc(&filter, 1, sizeof *filter));
    lk_status status = fill_filter(filter, &e, options);
    ends_clear(&e);
    if (status != LK_OK) {
        lk_dnnl_filter_destroy(filter);
        return status;
    }
    *out = filter;
    return LK_OK;
}

void lk_dnnl_filter_destroy(lk_dnnl_filter *filter)
{
    if (!filter)
        return;
    for (int which = 0; which < DIRECTIONS; which++) {
        direction *d = &filter->directions[which];
        for (int slot = 0; slot < SLOTS; slot++)
            if (d->memory[slot])
                dnnl_memory_destroy(d->memory[slot]);
        if (d->primitive)
            dnnl_primitive_destroy(d->primitive);
        if (d->desc)
            dnnl_primitive_desc_destroy(d->desc);
    }
    md_destroy(&filter->weights);
    md_destroy(&filter->plain);
    free(filter);
}

size_t lk_dnnl_filter_weights(const lk_dnnl_filter *filter)
{
    return dnnl_memory_desc_get_size(MD_REF(filter->weights)) / sizeof(float);
}

size_t lk_dnnl_filter_scratch(const lk_dnnl_filter *filter)
{
    return filter->scratch;
}

/* ---- running ------------------------------------------------------------ */

static lk_status reorder_between(dnnl_memory_t to, dnnl_memory_t from, md_ref to_md, md_ref from_md,
                                 dnnl_engine_t engine, const lk_dnnl_stream *stream)
{
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive;
    DNNL_TRY(dnnl_reorder_primitive_desc_create(&desc, from_md, engine, to_md, engine, NULL));
    dnnl_status_t status = dnnl_primitive_create(&primitive, desc);
    dnnl_primitive_desc_destroy(desc);
    if (status != dnnl_success)
        return lk_dnnl_failed("a reorder of weights", status);
    dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    status = dnnl_primitive_execute(primitive, stream->handle, 2, args);
    dnnl_primitive_destroy(primitive);
    if (status != dnnl_success)
        return lk_dnnl_failed("a reorder of weights", status);
    return LK_OK;
}

/* oneDNN keeps recent primitives, so that making one anew is cheap. */
static lk_status reorder(float *to, md_ref to_md, float *from, md_ref from_md,
                         const lk_dnnl_stream *stream)
{
    dnnl_engine_t engine = NULL;
    dnnl_memory_t memory[2];
    LK_TRY(lk_dnnl_engine(&engine));
    DNNL_TRY(dnnl_memory_create(&memory[0], to_md, engine, to));
    dnnl_status_t status = dnnl_memory_create(&memory[1], from_md, engine, from);
    if (status != dnnl_success) {
        dnnl_memory_destroy(memory[0]);
        return lk_dnnl_failed("dnnl_memory_create", status);
    }
    lk_status result = reorder_between(memory[0], memory[1], to_md, from_md, engine, stream);
    dnnl_memory_destroy(memory[0]);
    dnnl_memory_destroy(memory[1]);
    return result;
}

static lk_status execute(const direction *d, const lk_dnnl_stream *stream, float *const *pointers)
{
    for (int slot = 0; slot < SLOTS; slot++)
        if (d->memory[slot])
            DNNL_TRY(dnnl_memory_set_data_handle(d->memory[slot], pointers[slot]));
    DNNL_TRY(dnnl_primitive_execute(d->primitive, stream->handle, d->arg_count, d->args));
    return LK_OK;
}

/* Runs a direction with its weights in its own layout, in scratch if need be. */
static lk_status run(const lk_dnnl_filter *filter, int which, const lk_dnnl_stream *stream,
                     const lk_dnnl_filter_data *data)
{
    const direction *d = &filter->directions[which];
    float *scratch = data->scratch;
    float *pointers[SLOTS] = {data->src, data->weights, data->bias, data->dst, scratch};
    if (!d->other_layout)
        return execute(d, stream, pointers);
    md_ref kept = MD_REF(filter->weights), own = slot_md(filter, which, WEIGHTS);
    size_t floats =
        (dnnl_memory_desc_get_size(own) + ALIGNMENT - 1) / ALIGNMENT * (ALIGNMENT / sizeof(float));
    pointers[WEIGHTS] = scratch;
    pointers[SCRATCH] = scratch + floats;
    if (which != TO_WEIGHTS)
        LK_TRY(reorder(scratch, own, data->weights, kept, stream));
    LK_TRY(execute(d, stream, pointers));
    return which == TO_WEIGHTS ? reorder(data->weights, kept, scratch, own, stream) : LK_OK;
}

lk_status lk_dnnl_filter_forward(const lk_dnnl_filter *filter, const lk_dnnl_stream *stream,
                                 const lk_dnnl_filter_data *data)
{
    return run(filter, FORWARD, stream, data);
}

lk_status lk_dnnl_filter_to_weights(const lk_dnnl_filter *filter, const lk_dnnl_stream *stream,
                                    const lk_dnnl_filter_data *data)
{
    return run(filter, TO_WEIGHTS, stream, data);
}

lk_status lk_dnnl_filter_to_input(const lk_dnnl_filter *filter, const lk_dnnl_stream *stream,
                                  const lk_dnnl_filter_data *data)
{
    return run(filter, TO_INPUT, stream, data);
}

/* oneDNN's interface wants a pointer to write through even for what it reads. */
static float *readable(const float *data)
{
    union {
        const float *in;
        float *out;
    } both = {data};
    return both.out;
}

lk_status lk_dnnl_filter_pack(const lk_dnnl_filter *filter, const lk_dnnl_stream *stream,
                              float *weights, const float *plain)
{
    return reorder(weights, MD_REF(filter->weights), readable(plain), MD_REF(filter->plain),
                   stream);
}

lk_status lk_dnnl_filter_unpack(const lk_dnnl_filter *filter, const lk_dnnl_stream *stream,
                                float *plain, const float *weights)
{
    return reorder(plain, MD_REF(filter->plain), readable(weights), MD_REF(filter->weights),
                   stream);
}

lk_status lk_dnnl_product(float *c, const float *a, bool a_t, const float *b, bool b_t, size_t m,
                          size_t n, size_t k, float beta)
{
    DNNL_TRY(dnnl_sgemm(a_t ? 'T' : 'N', b_t ? 'T' : 'N', (dnnl_dim_t)m, (dnnl_dim_t)n,
                        (dnnl_dim_t)k, 1.0f, a, (dnnl_dim_t)(a_t ? m : k), b,
                        (dnnl_dim_t)(b_t ? k : n), beta, c, (dnnl_dim_t)n));
    return LK_OK;
}

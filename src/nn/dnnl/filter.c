/* A convolution in training. Its weights live in the layout that the direct
 * forward kernel likes (Winograd's kernels for training take it, too, and transform
 * inside); a direction that wants another one (to the input: the two channel axes
 * of a block exchanged) has them reordered into scratch each time, which costs
 * little beside the convolution. Processors without AVX-512 have no blocked kernel
 * for some windows and strides; these directions go by way of plain planes and
 * matrix products, everything reordered.
 *
 * In bf16 a direction's two factors are rounded into scratch, which is one more reorder
 * each; sums, results and what is kept stay float32. */
#include "nn/dnnl/filter.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/threads.h"
#include "nn/dnnl/shim_internal.h"

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

/* What a direction multiplies, which is bf16 where it runs in that. */
static const bool factors[DIRECTIONS][SLOTS] = {
    [FORWARD] = {[SRC] = true, [WEIGHTS] = true},
    [TO_WEIGHTS] = {[SRC] = true, [DST] = true},
    [TO_INPUT] = {[WEIGHTS] = true, [DST] = true},
};

typedef struct direction {
    dnnl_primitive_desc_t desc; /* NULL: not wanted */
    dnnl_primitive_t primitive;
    dnnl_memory_t memory[SLOTS];
    dnnl_exec_arg_t args[SLOTS];
    int arg_count;
    bool other[SLOTS]; /* has this argument in another layout than the caller */
} direction;

struct lk_dnnl_filter {
    direction directions[DIRECTIONS];
    md_owned kept[SLOTS]; /* the caller's layouts of SRC, WEIGHTS and DST */
    md_owned plain;       /* published weights, channels padded */
    size_t scratch;
};

/* ---- creation ----------------------------------------------------------- */

/* The four descriptors of a direction. */
typedef struct ends {
    md_owned src, weights, bias, dst;
    md_owned plain_src, plain_dst;
    md_owned own[2][SLOTS]; /* float32 and bf16: SRC, WEIGHTS and DST as bf16's kernels like */
    bool narrow;
    geometry window;
    dnnl_engine_t engine;
    dnnl_primitive_attr_t attributes;
} ends;

static void filter_ends_clear(ends *e)
{
    md_destroy(&e->src);
    md_destroy(&e->weights);
    md_destroy(&e->bias);
    md_destroy(&e->dst);
    md_destroy(&e->plain_src);
    md_destroy(&e->plain_dst);
    for (int slot = 0; slot < SLOTS; slot++) {
        md_destroy(&e->own[false][slot]);
        md_destroy(&e->own[true][slot]);
    }
    if (e->attributes)
        dnnl_primitive_attr_destroy(e->attributes);
}

/* What is asked of oneDNN: a direction, its layouts, the forward one as a hint. */
typedef struct wish {
    int which;
    dnnl_alg_kind_t algorithm;
    md_ref src, weights, dst;
    dnnl_primitive_desc_t forward;
} wish;

#if DNNL_VERSION_MAJOR < 3
static dnnl_status_t filter_describe(dnnl_primitive_desc_t *out, const wish *w, const ends *e)
{
    dnnl_convolution_desc_t op;
    const geometry *g = &e->window;
    dnnl_status_t status;
    if (w->which == FORWARD)
        status = dnnl_convolution_forward_desc_init(&op, dnnl_forward_training, w->algorithm,
                                                    w->src, w->weights, &e->bias, w->dst, g->stride,
                                                    g->near_pad, g->far_pad);
    else if (w->which == TO_WEIGHTS)
        status = dnnl_convolution_backward_weights_desc_init(&op, w->algorithm, w->src, w->weights,
                                                             &e->bias, w->dst, g->stride,
                                                             g->near_pad, g->far_pad);
    else
        status = dnnl_convolution_backward_data_desc_init(
            &op, w->algorithm, w->src, w->weights, w->dst, g->stride, g->near_pad, g->far_pad);
    return status == dnnl_success
               ? dnnl_primitive_desc_create(out, &op, e->attributes, e->engine, w->forward)
               : status;
}
#else
static dnnl_status_t filter_describe(dnnl_primitive_desc_t *out, const wish *w, const ends *e)
{
    const geometry *g = &e->window;
    if (w->which == FORWARD)
        return dnnl_convolution_forward_primitive_desc_create(
            out, e->engine, dnnl_forward_training, w->algorithm, w->src, w->weights, e->bias,
            w->dst, g->stride, g->dilation, g->near_pad, g->far_pad, e->attributes);
    if (w->which == TO_WEIGHTS)
        return dnnl_convolution_backward_weights_primitive_desc_create(
            out, e->engine, w->algorithm, w->src, w->weights, e->bias, w->dst, g->stride,
            g->dilation, g->near_pad, g->far_pad, w->forward, e->attributes);
    return dnnl_convolution_backward_data_primitive_desc_create(
        out, e->engine, w->algorithm, w->src, w->weights, w->dst, g->stride, g->dilation,
        g->near_pad, g->far_pad, w->forward, e->attributes);
}
#endif

static bool filter_is_reference(dnnl_primitive_desc_t desc, const char **name)
{
    *name = "unknown";
    dnnl_status_t status = dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, name);
    return status == dnnl_success && strncmp(*name, "ref", 3) == 0;
}

/* A descriptor of a fast implementation. */
static lk_status filter_describe_fast(dnnl_primitive_desc_t *out, const wish *w, const ends *e)
{
    static const char *const names[] = {"a convolution", "the gradient to a convolution's weights",
                                        "the gradient to a convolution's input"};
    const char *name;
    dnnl_primitive_desc_t desc;
    dnnl_status_t status = filter_describe(&desc, w, e);
    if (status != dnnl_success)
        return lk_dnnl_failed(names[w->which], status);
    if (filter_is_reference(desc, &name)) {
        lk_fail(LK_ERROR_INTERNAL, "oneDNN has only its slow implementation (%s) of %s", name,
                names[w->which]);
        dnnl_primitive_desc_destroy(desc);
        return LK_ERROR_INTERNAL;
    }
    *out = desc;
    return LK_OK;
}

static md_ref filter_slot_md(const lk_dnnl_filter *filter, int which, int slot)
{
    if (slots[which][slot].query == dnnl_query_undef)
        return NULL;
    return dnnl_primitive_desc_query_md(filter->directions[which].desc, slots[which][slot].query,
                                        slots[which][slot].index);
}

static size_t filter_rounded(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Scratch holds the arguments in other layouts, then what the primitive wants. */
static lk_status filter_make_primitive(lk_dnnl_filter *filter, int which, const ends *e)
{
    direction *d = &filter->directions[which];
    size_t needed = dnnl_memory_desc_get_size(filter_slot_md(filter, which, SCRATCH));
    DNNL_TRY(dnnl_primitive_create(&d->primitive, d->desc));
    for (int slot = 0; slot < SLOTS; slot++) {
        md_ref md = filter_slot_md(filter, which, slot);
        if (!md || dnnl_memory_desc_get_size(md) == 0)
            continue;
        DNNL_TRY(dnnl_memory_create(&d->memory[slot], md, e->engine, DNNL_MEMORY_NONE));
        d->args[d->arg_count++] = (dnnl_exec_arg_t){slots[which][slot].argument, d->memory[slot]};
        d->other[slot] = slot != BIAS && slot != SCRATCH &&
                         !dnnl_memory_desc_equal(md, MD_REF(filter->kept[slot]));
        needed += d->other[slot] ? filter_rounded(dnnl_memory_desc_get_size(md)) : 0;
    }
    if (needed > filter->scratch)
        filter->scratch = needed;
    return LK_OK;
}

static lk_status filter_describe_narrow(dnnl_primitive_desc_t *out, const lk_dnnl_filter *filter,
                                        int which, const ends *e)
{
    const bool *is = factors[which];
    wish w = {which,
              dnnl_convolution_direct,
              MD_REF(e->own[is[SRC]][SRC]),
              MD_REF(e->own[is[WEIGHTS]][WEIGHTS]),
              MD_REF(e->own[is[DST]][DST]),
              which == FORWARD ? NULL : filter->directions[FORWARD].desc};
    return filter_describe_fast(out, &w, e);
}

/* Backward is asked for the layout of weights that the filter keeps first. */
static lk_status filter_describe_direction(dnnl_primitive_desc_t *out, const lk_dnnl_filter *filter,
                                           int which, const ends *e, bool winograd)
{
    wish w = {which,          dnnl_convolution_winograd,
              MD_REF(e->src), MD_REF(filter->kept[WEIGHTS]),
              MD_REF(e->dst), filter->directions[FORWARD].desc};
    if (e->narrow && which != FORWARD && filter_describe_narrow(out, filter, which, e) == LK_OK)
        return LK_OK;
    if (winograd && filter_describe_fast(out, &w, e) == LK_OK)
        return LK_OK;
    w.algorithm = dnnl_convolution_direct;
    if (which == TO_WEIGHTS && filter_describe_fast(out, &w, e) == LK_OK)
        return LK_OK;
    w.weights = MD_REF(e->weights);
    if (filter_describe_fast(out, &w, e) == LK_OK)
        return LK_OK;
    w.src = MD_REF(e->plain_src);
    w.dst = MD_REF(e->plain_dst);
    return filter_describe_fast(out, &w, e);
}

/* The direct kernel says how weights are kept; Winograd's takes its place where
 * there is one that takes them so, and bf16's, which has them rounded first. */
static lk_status filter_add_forward(lk_dnnl_filter *filter, const ends *e, bool winograd)
{
    direction *d = &filter->directions[FORWARD];
    dnnl_primitive_desc_t better;
    LK_TRY(filter_describe_direction(&d->desc, filter, FORWARD, e, false));
    LK_TRY(md_copy(&filter->kept[WEIGHTS], filter_slot_md(filter, FORWARD, WEIGHTS)));
    wish w = {FORWARD,        dnnl_convolution_winograd,
              MD_REF(e->src), MD_REF(filter->kept[WEIGHTS]),
              MD_REF(e->dst), NULL};
    if ((e->narrow && filter_describe_narrow(&better, filter, FORWARD, e) == LK_OK) ||
        (winograd && filter_describe_fast(&better, &w, e) == LK_OK)) {
        dnnl_primitive_desc_destroy(d->desc);
        d->desc = better;
    }
    return filter_make_primitive(filter, FORWARD, e);
}

static lk_status filter_add_backward(lk_dnnl_filter *filter, int which, const ends *e,
                                     bool winograd)
{
    LK_TRY(filter_describe_direction(&filter->directions[which].desc, filter, which, e, winograd));
    return filter_make_primitive(filter, which, e);
}

/* AMX's kernels take pixels whose channels lie together, the older ones our blocks. */
static lk_status filter_fill_narrow(ends *e, const lk_dnnl_filter_options *o,
                                    const dnnl_dims_t weights)
{
    static const dnnl_data_type_t types[2] = {dnnl_f32, dnnl_bf16};
    bool any = lk_dnnl_has_amx();
    for (int narrow = 0; narrow < 2; narrow++) {
        LK_TRY(tensor_md_of(&e->own[narrow][SRC], &o->src, types[narrow], any));
        LK_TRY(tensor_md_of(&e->own[narrow][DST], &o->dst, types[narrow], any));
        LK_TRY(
            md_create_of(&e->own[narrow][WEIGHTS], 4, weights, types[narrow], dnnl_format_tag_any));
    }
    return LK_OK;
}

static lk_status filter_fill_ends(ends *e, const lk_dnnl_filter_options *o)
{
    lk_dnnl_tensor src = o->src, dst = o->dst;
    src.layout = dst.layout = LK_DNNL_PLAIN;
    dnnl_dims_t weights = {(dnnl_dim_t)o->dst.c, (dnnl_dim_t)o->src.c,
                           (dnnl_dim_t)o->window.kernel[0], (dnnl_dim_t)o->window.kernel[1]};
    LK_TRY(lk_dnnl_engine(&e->engine));
    LK_TRY(tensor_md(&e->src, &o->src));
    LK_TRY(tensor_md(&e->dst, &o->dst));
    LK_TRY(tensor_md(&e->plain_src, &src));
    LK_TRY(tensor_md(&e->plain_dst, &dst));
    LK_TRY(md_create(&e->weights, 4, weights, dnnl_format_tag_any));
    if (o->bias)
        LK_TRY(md_create(&e->bias, 1, weights, dnnl_a));
    e->narrow = o->narrow;
    if (o->narrow)
        LK_TRY(filter_fill_narrow(e, o, weights));
    e->window = make_geometry(&o->window, &o->src, &o->dst);
    DNNL_TRY(dnnl_primitive_attr_create(&e->attributes));
    DNNL_TRY(dnnl_primitive_attr_set_scratchpad_mode(e->attributes, dnnl_scratchpad_mode_user));
    return LK_OK;
}

static lk_status filter_fill(lk_dnnl_filter *filter, ends *e, const lk_dnnl_filter_options *o)
{
    dnnl_dims_t weights = {(dnnl_dim_t)o->dst.c, (dnnl_dim_t)o->src.c,
                           (dnnl_dim_t)o->window.kernel[0], (dnnl_dim_t)o->window.kernel[1]};
    LK_TRY(filter_fill_ends(e, o));
    LK_TRY(md_create(&filter->plain, 4, weights, dnnl_oihw));
    LK_TRY(tensor_md(&filter->kept[SRC], &o->src));
    LK_TRY(tensor_md(&filter->kept[DST], &o->dst));
    LK_TRY(filter_add_forward(filter, e, o->winograd));
    if (o->to_weights)
        LK_TRY(filter_add_backward(filter, TO_WEIGHTS, e, o->winograd_weights));
    if (o->to_input)
        LK_TRY(filter_add_backward(filter, TO_INPUT, e, o->winograd));
    return LK_OK;
}

lk_status lk_dnnl_filter_create(lk_dnnl_filter **out, const lk_dnnl_filter_options *options)
{
    LK_LEND_THREADS();
    lk_dnnl_filter *filter;
    ends e;
    memset(&e, 0, sizeof e);
    LK_TRY(lk_alloc(&filter, 1, sizeof *filter));
    lk_status status = filter_fill(filter, &e, options);
    filter_ends_clear(&e);
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
    for (int slot = 0; slot < SLOTS; slot++)
        md_destroy(&filter->kept[slot]);
    md_destroy(&filter->plain);
    free(filter);
}

size_t lk_dnnl_filter_weights(const lk_dnnl_filter *filter)
{
    return dnnl_memory_desc_get_size(MD_REF(filter->kept[WEIGHTS])) / sizeof(float);
}

size_t lk_dnnl_filter_scratch(const lk_dnnl_filter *filter)
{
    return filter->scratch;
}

/* ---- running ------------------------------------------------------------ */

/* Of numbers that lie anywhere. */
static lk_status filter_reorder(float *to, md_ref to_md, float *from, md_ref from_md,
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
    lk_status result = lk_dnnl_reorder(memory[0], memory[1], stream);
    dnnl_memory_destroy(memory[0]);
    dnnl_memory_destroy(memory[1]);
    return result;
}

static lk_status filter_execute(const direction *d, const lk_dnnl_stream *stream,
                                float *const *pointers)
{
    LK_LEND_THREADS();
    for (int slot = 0; slot < SLOTS; slot++)
        if (d->memory[slot])
            DNNL_TRY(dnnl_memory_set_data_handle(d->memory[slot], pointers[slot]));
    DNNL_TRY(dnnl_primitive_execute(d->primitive, stream->handle, d->arg_count, d->args));
    return LK_OK;
}

/* Runs a direction; arguments in other layouts by way of scratch. */
static lk_status filter_run(const lk_dnnl_filter *filter, int which, const lk_dnnl_stream *stream,
                            const lk_dnnl_filter_data *data)
{
    static const int results[DIRECTIONS] = {DST, WEIGHTS, SRC};
    const direction *d = &filter->directions[which];
    float *outside[SLOTS] = {data->src, data->weights, data->bias, data->dst, data->scratch};
    float *inside[SLOTS];
    int result = results[which];
    memcpy(inside, outside, sizeof inside);
    for (int slot = 0; slot < SLOTS; slot++) {
        if (!d->other[slot])
            continue;
        md_ref own = filter_slot_md(filter, which, slot);
        inside[slot] = inside[SCRATCH];
        inside[SCRATCH] += filter_rounded(dnnl_memory_desc_get_size(own)) / sizeof(float);
        if (slot != result)
            LK_TRY(filter_reorder(inside[slot], own, outside[slot], MD_REF(filter->kept[slot]),
                                  stream));
    }
    LK_TRY(filter_execute(d, stream, inside));
    return d->other[result]
               ? filter_reorder(outside[result], MD_REF(filter->kept[result]), inside[result],
                                filter_slot_md(filter, which, result), stream)
               : LK_OK;
}

lk_status lk_dnnl_filter_forward(const lk_dnnl_filter *filter, const lk_dnnl_stream *stream,
                                 const lk_dnnl_filter_data *data)
{
    return filter_run(filter, FORWARD, stream, data);
}

lk_status lk_dnnl_filter_to_weights(const lk_dnnl_filter *filter, const lk_dnnl_stream *stream,
                                    const lk_dnnl_filter_data *data)
{
    return filter_run(filter, TO_WEIGHTS, stream, data);
}

lk_status lk_dnnl_filter_to_input(const lk_dnnl_filter *filter, const lk_dnnl_stream *stream,
                                  const lk_dnnl_filter_data *data)
{
    return filter_run(filter, TO_INPUT, stream, data);
}

/* oneDNN's interface wants a pointer to write through even for what it reads. */
static float *filter_readable(const float *data)
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
    return filter_reorder(weights, MD_REF(filter->kept[WEIGHTS]), filter_readable(plain),
                          MD_REF(filter->plain), stream);
}

lk_status lk_dnnl_filter_unpack(const lk_dnnl_filter *filter, const lk_dnnl_stream *stream,
                                float *plain, const float *weights)
{
    return filter_reorder(plain, MD_REF(filter->plain), filter_readable(weights),
                          MD_REF(filter->kept[WEIGHTS]), stream);
}

lk_status lk_dnnl_product(float *c, const float *a, bool a_t, const float *b, bool b_t, size_t m,
                          size_t n, size_t k, float beta)
{
    DNNL_TRY(dnnl_sgemm(a_t ? 'T' : 'N', b_t ? 'T' : 'N', (dnnl_dim_t)m, (dnnl_dim_t)n,
                        (dnnl_dim_t)k, 1.0f, a, (dnnl_dim_t)(a_t ? m : k), b,
                        (dnnl_dim_t)(b_t ? k : n), beta, c, (dnnl_dim_t)n));
    return LK_OK;
}

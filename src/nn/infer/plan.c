/* Compiles a model for one input shape: fused steps, a kernel or a loop for
 * each, one arena. bind.c gives it memory, run.c walks over it. */
#include "nn/infer/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/infer/front.h"
#include "nn/infer/int8.h"
#include "nn/infer/layout.h"
#include "nn/infer/narrow.h"
#include "nn/infer/packed.h"
#include "nn/infer/processor.h"

/* oneDNN is shown blocked planes with their padding as if it were channels (the
 * weights are padded with zeros to match): its fast kernels do not all take a
 * count of channels that fills no block. */
static lk_dnnl_tensor plan_tensor_of(const lk_nn_plan *plan, const lk_nn_step *step, size_t layer)
{
    lk_nn_shape shape = plan->shapes[layer];
    const lk_nn_view *view = &plan->views[layer];
    return (lk_dnnl_tensor){lk_nn_front_images(plan, step), view->groups * view->lanes,
                            shape.height, shape.width,
                            layer == 0 && !plan->pack_input ? LK_DNNL_PLAIN : LK_DNNL_BLOCKED};
}

/* One image's planes are small beside the weights, which our own kernels read better than
 * oneDNN's; and they take a PReLU in, which oneDNN leaves to another pass over memory. */
static bool plan_wants_direct(const lk_nn_plan *plan, const lk_nn_step *step, size_t from)
{
    return (plan->count == 1 || step->slope || lk_nn_narrow_step(plan, &step->fused)) &&
           plan->views[from].lanes == LK_NN_LANES;
}

/* Whether an activation is float beside a step that multiplies in bf16. */
static bool plan_is_wide(const lk_nn_plan *plan, const lk_nn_step *step, size_t layer)
{
    return lk_nn_narrow_step(plan, &step->fused) && plan->views[layer].format == LK_NN_F32;
}

/* The same of what it reads, where that has no twin. */
static bool plan_reads_wide(const lk_nn_plan *plan, const lk_nn_step *step, size_t layer)
{
    return plan_is_wide(plan, step, layer) && !plan->views[layer].twin;
}

/* The tiles that a convolution is done with; NULL: without. */
static const lk_nn_amx *plan_amx_of(const lk_nn_plan *plan, const lk_nn_step *step)
{
    return lk_nn_narrow_step(plan, &step->fused) ? lk_nn_processor_amx(LK_NN_BF16) : NULL;
}

/* Leaves step->direct NULL where the kernels cannot do it. */
static lk_status plan_take_direct(lk_nn_step *step, const lk_nn_direct *direct)
{
    if (!lk_nn_direct_fits(direct))
        return LK_OK;
    LK_TRY(lk_alloc(&step->direct, 1, sizeof *step->direct));
    *step->direct = *direct;
    return LK_OK;
}

static lk_status plan_compile_direct(lk_nn_plan *plan, lk_nn_step *step)
{
    const lk_nn_layer *layer = lk_nn_plan_layer(plan, step);
    size_t from = lk_nn_plan_source(plan, step->fused.layer, 0);
    lk_nn_shape in = plan->shapes[from], out = plan->shapes[step->fused.result];
    lk_nn_direct direct = {.images = plan->count,
                           .in_blocks = plan->views[from].groups,
                           .out_blocks = plan->views[step->fused.result].groups,
                           .in = {in.height, in.width},
                           .out = {out.height, out.width},
                           .sum = step->fused.residual != 0,
                           .relu = step->fused.relu,
                           .slope = step->slope,
                           .narrow = lk_nn_narrow_step(plan, &step->fused),
                           .wide_in = plan_reads_wide(plan, step, from),
                           .wide_out = plan_is_wide(plan, step, step->fused.result),
                           .amx = plan_amx_of(plan, step),
                           .threads = plan->threads};
    memcpy(direct.kernel, layer->kernel, sizeof layer->kernel);
    memcpy(direct.stride, layer->stride, sizeof layer->stride);
    memcpy(direct.pad, layer->pad, sizeof layer->pad);
    return plan_take_direct(step, &direct);
}

/* Leaves step->winograd NULL where it cannot be done or does not pay. */
static lk_status plan_compile_winograd(lk_nn_plan *plan, lk_nn_step *step)
{
    const lk_nn_layer *layer = lk_nn_plan_layer(plan, step);
    size_t from = lk_nn_plan_source(plan, step->fused.layer, 0);
    lk_nn_shape in = plan->shapes[from], out = plan->shapes[step->fused.result];
    lk_nn_winograd winograd = {.images = lk_nn_front_images(plan, step),
                               .in_blocks = plan->views[from].groups,
                               .out_blocks = plan->views[step->fused.result].groups,
                               .in = {in.height, in.width},
                               .out = {out.height, out.width},
                               .pad = {layer->pad[0], layer->pad[1]},
                               .sum = step->fused.residual != 0,
                               .relu = step->fused.relu,
                               .slope = step->slope,
                               .narrow = lk_nn_narrow_step(plan, &step->fused),
                               .wide_in = plan_reads_wide(plan, step, from),
                               .wide_out = plan_is_wide(plan, step, step->fused.result),
                               .threads = plan->threads};
    if (plan->views[from].lanes != LK_NN_LANES ||
        !lk_nn_winograd_choose(&winograd, layer->kernel, layer->stride))
        return LK_OK;
    LK_TRY(lk_alloc(&step->winograd, 1, sizeof *step->winograd));
    *step->winograd = winograd;
    return LK_OK;
}

static lk_status plan_compile_grouped(lk_nn_plan *plan, lk_nn_step *step)
{
    const lk_nn_layer *layer = lk_nn_plan_layer(plan, step);
    size_t from = lk_nn_plan_source(plan, step->fused.layer, 0);
    lk_nn_shape in = plan->shapes[from], out = plan->shapes[step->fused.result];
    LK_TRY(lk_alloc(&step->grouped, 1, sizeof *step->grouped));
    *step->grouped = (lk_nn_grouped){.images = plan->count,
                                     .channels = {in.channels, out.channels},
                                     .groups = layer->groups,
                                     .lanes = plan->views[from].lanes,
                                     .in = {in.height, in.width},
                                     .out = {out.height, out.width},
                                     .relu = step->fused.relu,
                                     .slope = step->slope};
    memcpy(step->grouped->kernel, layer->kernel, sizeof layer->kernel);
    memcpy(step->grouped->stride, layer->stride, sizeof layer->stride);
    memcpy(step->grouped->pad, layer->pad, sizeof layer->pad);
    return lk_nn_pack_grouped(plan->model, &step->fused, step->grouped, &step->first,
                              &step->second);
}

static lk_status plan_compile_conv(lk_nn_plan *plan, lk_nn_step *step)
{
    const lk_nn_layer *layer = lk_nn_plan_layer(plan, step);
    size_t from = lk_nn_plan_source(plan, step->fused.layer, 0);
    if (step->fused.prelu) {
        const lk_nn_view *out = &plan->views[step->fused.result];
        float *unused;
        LK_TRY(lk_nn_pack_channels(plan->model, step->fused.prelu, out->groups * out->lanes,
                                   &step->slope, &unused));
    }
    if (lk_nn_groups(layer) > 1)
        return plan_compile_grouped(plan, step);
    if (lk_nn_int8_step(plan, &step->fused))
        return lk_nn_plan_compile_int8(plan, step);
    if (!plan_amx_of(plan, step))
        LK_TRY(plan_compile_winograd(plan, step));
    if (!step->winograd && plan_wants_direct(plan, step, from))
        LK_TRY(plan_compile_direct(plan, step));
    if (step->winograd || step->direct)
        return LK_OK;
    lk_dnnl_conv conv = {.src = plan_tensor_of(plan, step, from),
                         .dst = plan_tensor_of(plan, step, step->fused.result),
                         .sum = step->fused.residual != 0,
                         .relu = step->fused.relu};
    memcpy(conv.window.kernel, layer->kernel, sizeof layer->kernel);
    memcpy(conv.window.stride, layer->stride, sizeof layer->stride);
    memcpy(conv.window.pad, layer->pad, sizeof layer->pad);
    return lk_dnnl_conv_create(&step->kernel, &conv);
}

/* One vector is a plane of one pixel to our own kernels, which know its weights in
 * time to fetch them early. */
static lk_status plan_compile_linear(lk_nn_plan *plan, lk_nn_step *step)
{
    size_t in = lk_nn_plan_input_view(plan, step, 0)->channels,
           out = lk_nn_plan_layer(plan, step)->channels;
    lk_nn_direct direct = {.images = 1,
                           .in_blocks = in / LK_NN_LANES,
                           .out_blocks = out / LK_NN_LANES,
                           .in = {1, 1},
                           .out = {1, 1},
                           .kernel = {1, 1},
                           .stride = {1, 1},
                           .relu = step->fused.relu};
    if (lk_nn_dense_wants(in)) {
        LK_TRY(lk_alloc(&step->dense, 1, sizeof *step->dense));
        *step->dense =
            (lk_nn_dense){.images = plan->count, .in = in, .out = out, .relu = step->fused.relu};
        return LK_OK;
    }
    if (plan->count == 1 && in % LK_NN_LANES == 0 && out % LK_NN_LANES == 0)
        LK_TRY(plan_take_direct(step, &direct));
    return step->direct
               ? LK_OK
               : lk_dnnl_linear_create(&step->kernel, plan->count, in, out, step->fused.relu);
}

static lk_status plan_compile_narrow_maxpool(const lk_nn_plan *plan, lk_nn_step *step,
                                             const lk_dnnl_window *window)
{
    size_t from = lk_nn_plan_source(plan, step->fused.layer, 0);
    lk_nn_shape in = plan->shapes[from], out = plan->shapes[step->fused.result];
    LK_TRY(lk_alloc(&step->maxpool, 1, sizeof *step->maxpool));
    *step->maxpool = (lk_nn_maxpool){.planes = plan->count * plan->views[from].groups,
                                     .in = {in.height, in.width},
                                     .out = {out.height, out.width}};
    if (plan->views[from].format == LK_NN_U8)
        step->maxpool->whole = plan->views[from].lanes;
    memcpy(step->maxpool->kernel, window->kernel, sizeof window->kernel);
    memcpy(step->maxpool->stride, window->stride, sizeof window->stride);
    memcpy(step->maxpool->pad, window->pad, sizeof window->pad);
    return LK_OK;
}

static lk_status plan_compile_maxpool(lk_nn_plan *plan, lk_nn_step *step)
{
    const lk_nn_layer *layer = lk_nn_plan_layer(plan, step);
    lk_dnnl_tensor src = plan_tensor_of(plan, step, lk_nn_plan_source(plan, step->fused.layer, 0));
    lk_dnnl_tensor dst = plan_tensor_of(plan, step, step->fused.result);
    lk_dnnl_window window;
    memcpy(window.kernel, layer->kernel, sizeof layer->kernel);
    memcpy(window.stride, layer->stride, sizeof layer->stride);
    memcpy(window.pad, layer->pad, sizeof layer->pad);
    if (plan->views[step->fused.result].format != LK_NN_F32)
        return plan_compile_narrow_maxpool(plan, step, &window);
    return lk_dnnl_maxpool_create(&step->kernel, &src, &dst, &window);
}

static lk_status plan_compile_step(lk_nn_plan *plan, lk_nn_step *step, const lk_dnnl_stream *stream)
{
    const lk_nn_layer *layer = lk_nn_plan_layer(plan, step);
    const lk_nn_view *in = lk_nn_plan_input_view(plan, step, 0);
    if (layer->op == LK_NN_CONSTANT)
        in = &plan->views[step->fused.result];
    switch (layer->op) {
    case LK_NN_CONV: LK_TRY(plan_compile_conv(plan, step)); break;
    case LK_NN_MAXPOOL: return plan_compile_maxpool(plan, step);
    case LK_NN_LINEAR: LK_TRY(plan_compile_linear(plan, step)); break;
    case LK_NN_NORM:
    case LK_NN_PRELU:
    case LK_NN_CONSTANT:
        return lk_nn_pack_channels(plan->model, step->fused.layer,
                                   in->groups * in->lanes *
                                       (layer->op == LK_NN_CONSTANT ? in->plane : 1),
                                   &step->first, &step->second);
    default: return LK_OK;
    }
    if (step->grouped || step->int8)
        return LK_OK;
    if (step->dense)
        return lk_nn_pack_dense(plan->model, &step->fused, &step->first, &step->second);
    const lk_nn_view *out = &plan->views[step->fused.result];
    size_t padded[2] = {out->groups * out->lanes, in->groups * in->lanes};
    if (lk_nn_narrow_step(plan, &step->fused))
        return lk_nn_pack_narrow(plan->model, &step->fused,
                                 step->winograd ? &step->winograd->kind : NULL, stream, padded,
                                 &step->pairs, &step->second);
    if (step->winograd)
        return lk_nn_pack_winograd(plan->model, &step->fused, step->winograd->kind, stream, padded,
                                   &step->first, &step->second);
    return lk_nn_pack_filter(plan->model, &step->fused, step->kernel, stream, padded, &step->first,
                             &step->second);
}

static size_t plan_scratch_of(const lk_nn_step *step)
{
    if (step->direct)
        return lk_nn_direct_scratch(step->direct) * sizeof(float);
    if (step->int8)
        return lk_nn_plan_int8_scratch(step->int8);
    if (step->winograd)
        return lk_nn_winograd_shared(step->winograd) * sizeof(float);
    return step->kernel ? lk_dnnl_kernel_scratch(step->kernel) : 0;
}

static size_t plan_own_of(const lk_nn_step *step)
{
    if (step->direct)
        return lk_nn_direct_own(step->direct);
    if (step->int8)
        return lk_nn_plan_int8_own(step->int8);
    return step->winograd ? lk_nn_winograd_own(step->winograd) : 0;
}

static lk_status plan_compile_steps(lk_nn_plan *plan, const lk_dnnl_stream *stream)
{
    for (size_t s = 0; s < plan->step_count; s++) {
        lk_nn_step *step = &plan->steps[s];
        lk_status status = plan_compile_step(plan, step, stream);
        if (status != LK_OK) {
            char context[LK_NN_NAME + 8] = "layer ";
            strncat(context, lk_nn_plan_layer(plan, step)->name, LK_NN_NAME);
            return lk_fail_prefix(status, context);
        }
        size_t scratch = plan_scratch_of(step);
        if (scratch > plan->scratch_bytes)
            plan->scratch_bytes = scratch;
        size_t own = plan_own_of(step);
        if (own > plan->own_floats)
            plan->own_floats = own;
    }
    return LK_OK;
}

static lk_status plan_list_steps(lk_nn_plan *plan)
{
    lk_nn_fused *fused;
    LK_TRY(lk_alloc(&fused, plan->layers, sizeof *fused));
    lk_status status = lk_nn_fuse(&plan->model->graph, fused, &plan->step_count);
    if (status == LK_OK)
        status = lk_alloc(&plan->steps, plan->step_count, sizeof *plan->steps);
    for (size_t s = 0; status == LK_OK && s < plan->step_count; s++)
        plan->steps[s].fused = fused[s];
    free(fused);
    return status;
}

static lk_status plan_fill(lk_nn_plan *plan, const lk_dnnl_stream *stream)
{
    LK_TRY(lk_alloc(&plan->shapes, plan->layers, sizeof *plan->shapes));
    LK_TRY(lk_alloc(&plan->views, plan->layers + 1, sizeof *plan->views));
    LK_TRY(lk_alloc(&plan->blocks, 2 * plan->layers + 1, sizeof *plan->blocks));
    LK_TRY(lk_nn_graph_shapes(&plan->model->graph, plan->height, plan->width, plan->shapes));
    LK_TRY(lk_nn_check_shapes(plan->model, plan->shapes));
    LK_TRY(plan_list_steps(plan));
    lk_nn_plan_spare_first(plan);
    plan->front = lk_nn_front_count(plan);
    LK_TRY(lk_nn_plan_layout(plan));
    pthread_mutex_lock(&plan->model->lock);
    lk_status status = plan_compile_steps(plan, stream);
    pthread_mutex_unlock(&plan->model->lock);
    return status;
}

lk_status lk_nn_plan_create(lk_nn_plan **out, lk_nn_model *model, const lk_dnnl_stream *stream,
                            size_t count, size_t height, size_t width)
{
    enum { MAX_IMAGES = 1 << 16 };
    LK_REQUIRE(count && count <= MAX_IMAGES, LK_ERROR_ARGUMENT,
               "a batch of %zu images, 1 to %d fit", count, MAX_IMAGES);
    LK_REQUIRE(!model->narrow || lk_nn_processor_narrows(), LK_ERROR_INTERNAL,
               "this processor has no bf16 (AVX512_BF16)");
    lk_nn_plan *plan;
    LK_TRY(lk_alloc(&plan, 1, sizeof *plan));
    plan->model = model;
    plan->layers = model->graph.count;
    plan->count = count;
    plan->height = height;
    plan->width = width;
    plan->threads = lk_threads_get();
    lk_status status = plan_fill(plan, stream);
    if (status != LK_OK) {
        lk_nn_plan_destroy(plan);
        return status;
    }
    *out = plan;
    return LK_OK;
}

void lk_nn_plan_destroy(lk_nn_plan *plan)
{
    if (!plan)
        return;
    for (size_t s = 0; plan->steps && s < plan->step_count; s++) {
        lk_dnnl_kernel_destroy(plan->steps[s].kernel);
        free(plan->steps[s].direct);
        free(plan->steps[s].winograd);
        free(plan->steps[s].grouped);
        free(plan->steps[s].dense);
        free(plan->steps[s].maxpool);
        free(plan->steps[s].int8);
    }
    free(plan->steps);
    free(plan->shapes);
    free(plan->views);
    free(plan->blocks);
    free(plan);
}

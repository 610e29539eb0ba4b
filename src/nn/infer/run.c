/* A walk over the steps of a compiled plan. */
#include <string.h>

#include "base/apart.h"
#include "base/error.h"
#include "nn/infer/int8.h"
#include "nn/infer/plan.h"
#include "nn/kernel/tensor.h"

float *lk_nn_plan_input(const lk_nn_plan *plan)
{
    return plan->views[plan->pack_input ? plan->layers : 0].data;
}

static void run_concat(const lk_nn_plan *plan, const lk_nn_step *step)
{
    const lk_nn_view *out = &plan->views[step->fused.result];
    lk_nn_loop_clear_padding(out);
    size_t offset = 0;
    for (size_t k = 0; k < lk_nn_plan_layer(plan, step)->input_count; k++) {
        size_t from = lk_nn_plan_source(plan, step->fused.layer, k);
        if (plan->blocks[from].parent != step->fused.result)
            lk_nn_loop_place(out, &plan->views[from], offset);
        offset += plan->views[from].channels;
    }
}

static lk_nn_map run_map_of(const lk_nn_plan *plan, size_t layer)
{
    return (lk_nn_map){&plan->views[layer], plan->shapes[layer].height, plan->shapes[layer].width};
}

static void run_meanpool(const lk_nn_plan *plan, const lk_nn_step *step)
{
    const lk_nn_layer *layer = lk_nn_plan_layer(plan, step);
    lk_nn_map out = run_map_of(plan, step->fused.result);
    lk_nn_map in = run_map_of(plan, lk_nn_plan_source(plan, step->fused.layer, 0));
    lk_nn_loop_meanpool(&out, &in, layer);
}

static void run_fillsum(const lk_nn_plan *plan, const lk_nn_step *step)
{
    lk_nn_map out = run_map_of(plan, step->fused.result);
    lk_nn_map a = run_map_of(plan, lk_nn_plan_source(plan, step->fused.layer, 0));
    lk_nn_map b = run_map_of(plan, lk_nn_plan_source(plan, step->fused.layer, 1));
    lk_nn_loop_fillsum(&out, &a, &b);
}

static void run_tensor(const lk_nn_plan *plan, const lk_nn_step *step)
{
    const lk_nn_layer *layer = lk_nn_plan_layer(plan, step);
    lk_nn_map out = run_map_of(plan, step->fused.result);
    lk_nn_map in = run_map_of(plan, lk_nn_plan_source(plan, step->fused.layer, 0));
    lk_nn_map second = in;
    if (layer->input_count > 1)
        second = run_map_of(plan, lk_nn_plan_source(plan, step->fused.layer, 1));
    switch (layer->op) {
    case LK_NN_BINARY: lk_nn_loop_binary(&out, &in, &second, layer->arithmetic); break;
    case LK_NN_MATMUL: lk_nn_loop_matmul(&out, &in, &second); break;
    case LK_NN_TRANSPOSE: lk_nn_loop_transpose(&out, &in, layer); break;
    case LK_NN_RESHAPE: lk_nn_loop_reshape(&out, &in); break;
    case LK_NN_REDUCE: lk_nn_loop_reduce(&out, &in, layer); break;
    case LK_NN_SOFTMAX: lk_nn_loop_softmax(&out, &in, layer->axes[0]); break;
    case LK_NN_SLICE: lk_nn_loop_slice(&out, &in, layer); break;
    case LK_NN_PAD: lk_nn_loop_pad(&out, &in, layer); break;
    case LK_NN_UPSAMPLE: lk_nn_loop_upsample(&out, &in, layer->stride); break;
    case LK_NN_PACK: lk_nn_loop_copy(out.view, in.view); break;
    default: break;
    }
}

static void run_loop(const lk_nn_plan *plan, const lk_nn_step *step)
{
    const lk_nn_layer *layer = lk_nn_plan_layer(plan, step);
    const lk_nn_view *out = &plan->views[step->fused.result],
                     *in = lk_nn_plan_input_view(plan, step, 0);
    switch (layer->op) {
    case LK_NN_NORM: lk_nn_loop_affine(out, in, step->first, step->second); break;
    case LK_NN_RELU: lk_nn_loop_prelu(out, in, NULL); break;
    case LK_NN_PRELU: lk_nn_loop_prelu(out, in, step->first); break;
    case LK_NN_AVGPOOL: lk_nn_loop_avgpool(out, in); break;
    case LK_NN_CONCAT: run_concat(plan, step); break;
    case LK_NN_RESIDUAL:
        lk_nn_loop_residual(out, in, lk_nn_plan_input_view(plan, step, 1), (float)layer->scale);
        break;
    case LK_NN_FLATTEN: lk_nn_loop_flatten(out, in); break;
    case LK_NN_MEANPOOL: run_meanpool(plan, step); break;
    case LK_NN_FILLSUM: run_fillsum(plan, step); break;
    case LK_NN_L2NORM: lk_nn_loop_l2norm(out, in, layer->epsilon); break;
    case LK_NN_ACTIVATE: lk_nn_loop_activate(out, in, layer); break;
    default: run_tensor(plan, step); break; /* the rest have kernels */
    }
}

/* oneDNN does no PReLU of our kind: it follows in place. */
static lk_status run_kernel(const lk_nn_plan *plan, const lk_nn_step *step,
                            const lk_dnnl_stream *stream)
{
    LK_TRY(lk_dnnl_kernel_run(step->kernel, stream));
    const lk_nn_view *out = &plan->views[step->fused.result];
    if (step->slope)
        lk_nn_loop_prelu(out, out, step->slope);
    return LK_OK;
}

static lk_status run_step(const lk_nn_plan *plan, const lk_nn_step *step,
                          const lk_dnnl_stream *stream)
{
    if (step->copy_trunk) {
        const lk_nn_view *to = &plan->views[step->fused.result];
        const lk_nn_view *trunk = &plan->views[lk_nn_plan_source(plan, step->fused.residual, 1)];
        memcpy(to->data, trunk->data, lk_nn_view_floats(to) * sizeof(float));
    }
    if (step->beside)
        return LK_OK;
    if (step->direct)
        lk_nn_direct_run(step->direct);
    else if (step->int8)
        lk_nn_plan_run_int8(step->int8);
    else if (step->winograd)
        lk_nn_winograd_run(step->winograd);
    else if (step->dense)
        lk_nn_dense_run(step->dense);
    else if (step->grouped)
        lk_nn_grouped_run(step->grouped);
    else if (step->maxpool)
        lk_nn_maxpool_run(step->maxpool);
    else if (step->kernel)
        return run_kernel(plan, step, stream);
    else
        run_loop(plan, step);
    return LK_OK;
}

static lk_status run_front(lk_nn_plan *plan, const lk_dnnl_stream *stream)
{
    for (size_t image = 0; plan->front && image < plan->count; image++) {
        LK_TRY(lk_nn_plan_bind_image(plan, image));
        for (size_t s = 0; s < plan->front; s++)
            LK_TRY(run_step(plan, &plan->steps[s], stream));
    }
    return LK_OK;
}

lk_status lk_nn_plan_run(lk_nn_plan *plan, const lk_dnnl_stream *stream)
{
    lk_nn_watch watch = plan->model->watch;
    LK_THREADS_APART();
    if (plan->pack_input)
        lk_nn_loop_copy(&plan->views[0], &plan->views[plan->layers]);
    LK_TRY(run_front(plan, stream));
    for (size_t s = plan->front; s < plan->step_count; s++) {
        LK_TRY(run_step(plan, &plan->steps[s], stream));
        size_t result = plan->steps[s].fused.result;
        if (watch.see)
            watch.see(watch.user, result, &plan->views[result]);
    }
    return LK_OK;
}

void lk_nn_plan_output(const lk_nn_plan *plan, size_t index, float *out)
{
    size_t layer = lk_nn_source(&plan->model->graph, plan->model->graph.outputs[index]);
    lk_nn_view plain = plan->views[layer];
    plain.groups = plain.channels;
    plain.lanes = 1;
    plain.data = out;
    lk_nn_loop_copy(&plain, &plan->views[layer]);
}

/* Where a compiled plan reads and writes: every view and kernel is pointed into one piece of
 * memory. */
#include "base/error.h"
#include "nn/infer/front.h"
#include "nn/infer/int8.h"
#include "nn/infer/narrow.h"
#include "nn/infer/plan.h"

/* Floats before the threads' own memory. */
static size_t bind_own_offset(const lk_nn_plan *plan)
{
    enum { LINE = 64 };
    return plan->arena_floats + (plan->scratch_bytes + LINE - 1) / LINE * LINE / sizeof(float);
}

size_t lk_nn_plan_bytes(const lk_nn_plan *plan)
{
    return (bind_own_offset(plan) + plan->threads * plan->own_floats) * sizeof(float);
}

/* What a convolution reads: of floats that have a twin in bf16 that, if it multiplies such. */
static const void *bind_input(const lk_nn_plan *plan, const lk_nn_step *step)
{
    const lk_nn_view *in = lk_nn_plan_input_view(plan, step, 0);
    return in->twin && lk_nn_narrow_step(plan, &step->fused)
               ? in->twin_data
               : lk_nn_front_place(plan, step, lk_nn_plan_source(plan, step->fused.layer, 0));
}

static void bind_direct(const lk_nn_plan *plan, const lk_nn_step *step, float *base)
{
    const lk_nn_view *out = &plan->views[step->fused.result];
    step->direct->src = bind_input(plan, step);
    step->direct->weights = step->pairs ? (void *)step->pairs : step->first;
    step->direct->bias = step->second;
    step->direct->dst = out->data;
    step->direct->twin = out->twin ? out->twin_data : NULL;
    step->direct->scratch = base + plan->arena_floats;
    step->direct->own = base + bind_own_offset(plan);
    step->direct->own_step = plan->own_floats;
}

static void bind_grouped(const lk_nn_plan *plan, const lk_nn_step *step)
{
    step->grouped->src = lk_nn_plan_input_view(plan, step, 0)->data;
    step->grouped->weights = step->first;
    step->grouped->bias = step->second;
    step->grouped->dst = plan->views[step->fused.result].data;
}

static void bind_dense(const lk_nn_plan *plan, const lk_nn_step *step)
{
    step->dense->src = lk_nn_plan_input_view(plan, step, 0)->data;
    step->dense->weights = step->first;
    step->dense->bias = step->second;
    step->dense->dst = plan->views[step->fused.result].data;
}

static void bind_maxpool(const lk_nn_plan *plan, const lk_nn_step *step)
{
    step->maxpool->src = lk_nn_plan_input_view(plan, step, 0)->data;
    step->maxpool->dst = plan->views[step->fused.result].data;
}

static void bind_winograd(const lk_nn_plan *plan, const lk_nn_step *step, float *base)
{
    step->winograd->src = bind_input(plan, step);
    step->winograd->weights = step->pairs ? (void *)step->pairs : step->first;
    step->winograd->bias = step->second;
    step->winograd->dst = lk_nn_front_place(plan, step, step->fused.result);
    step->winograd->shared = base + plan->arena_floats;
    step->winograd->own = base + bind_own_offset(plan);
    step->winograd->own_step = plan->own_floats;
}

/* Branches that begin with a 1x1 convolution of the same input run as one: no
 * thread waits for the other in between. */
static bool bind_may_run_beside(const lk_nn_plan *plan, const lk_nn_step *a, const lk_nn_step *b)
{
    return a->direct && b->direct && a->direct->amx == b->direct->amx && !a->fused.residual &&
           !b->fused.residual && !lk_nn_direct_scratch(a->direct) &&
           !lk_nn_direct_scratch(b->direct) &&
           lk_nn_plan_source(plan, a->fused.layer, 0) == lk_nn_plan_source(plan, b->fused.layer, 0);
}

/* What our own kernels do together, and whose weights they fetch early. */
static void bind_link_direct(const lk_nn_plan *plan)
{
    const lk_nn_direct *next = NULL;
    for (size_t s = plan->step_count; s-- > 0;) {
        lk_nn_step *step = &plan->steps[s];
        if (!step->direct)
            continue;
        step->direct->next = next;
        next = step->direct;
        if (s && bind_may_run_beside(plan, step - 1, step)) {
            step->beside = true;
            plan->steps[s - 1].direct->beside = step->direct;
        }
    }
}

static lk_status bind_step(const lk_nn_plan *plan, const lk_nn_step *step)
{
    float *base = plan->base, *scratch = base + plan->arena_floats;
    if (step->direct)
        bind_direct(plan, step, base);
    if (step->winograd)
        bind_winograd(plan, step, base);
    if (step->grouped)
        bind_grouped(plan, step);
    if (step->dense)
        bind_dense(plan, step);
    if (step->maxpool)
        bind_maxpool(plan, step);
    if (step->int8)
        lk_nn_plan_bind_int8(plan, step, scratch, base + bind_own_offset(plan));
    if (!step->kernel)
        return LK_OK;
    lk_dnnl_binding binding = {
        .src = lk_nn_front_place(plan, step, lk_nn_plan_source(plan, step->fused.layer, 0)),
        .weights = step->first,
        .bias = step->second,
        .dst = lk_nn_front_place(plan, step, step->fused.result),
        .scratch = scratch};
    return lk_dnnl_kernel_bind(step->kernel, &binding);
}

lk_status lk_nn_plan_bind(lk_nn_plan *plan, float *base)
{
    for (size_t i = 0; i <= plan->layers; i++)
        plan->views[i].data = base + plan->blocks[i].offset;
    for (size_t i = 0; i < plan->layers; i++)
        plan->views[i].twin_data = base + lk_nn_plan_twin(plan, i)->offset;
    for (size_t s = 0; s < plan->step_count; s++)
        if (lk_nn_plan_layer(plan, &plan->steps[s])->op == LK_NN_CONSTANT)
            plan->views[plan->steps[s].fused.result].data = plan->steps[s].first;
    plan->base = base;
    plan->image = 0;
    lk_status status = LK_OK;
    for (size_t s = 0; status == LK_OK && s < plan->step_count; s++)
        status = bind_step(plan, &plan->steps[s]);
    if (status != LK_OK) {
        plan->base = NULL;
        return status;
    }
    bind_link_direct(plan);
    lk_nn_plan_link_int8(plan);
    return LK_OK;
}

lk_status lk_nn_plan_bind_image(lk_nn_plan *plan, size_t image)
{
    plan->image = image;
    LK_TRY(bind_step(plan, &plan->steps[0]));
    return bind_step(plan, &plan->steps[plan->front - 1]);
}

/* How every activation of a plan lies in memory, and which ones share it.
 *
 * Planes are blocked (nChw16c or nChw8c: the layout that oneDNN's kernels and our
 * own like, so that nothing is reordered from the first convolution to the last);
 * vectors and an input that only convolutions read are plain.
 *
 * Sharing: for a single image the blocked layout keeps a range of channels
 * together, so the branches of a concatenation are written straight into it.
 * For more images oneDNN has no fast kernel that writes with a gap between
 * images, and the branches are copied (about 2 % of the time). A residual
 * addition is done in its trunk's place, an elementwise layer in its input's,
 * when nobody reads the old values afterwards. */
#include "nn/infer/layout.h"

#include "base/error.h"
#include "nn/infer/front.h"
#include "nn/infer/narrow.h"
#include "nn/kernel/narrow.h"
#include "nn/kernel/tensor.h"

static bool layout_is_vector_op(lk_nn_op op)
{
    return op == LK_NN_AVGPOOL || op == LK_NN_FLATTEN || op == LK_NN_LINEAR;
}

/* oneDNN has kernels for a first convolution over 1 to 3 plain channels. */
static bool layout_input_stays_plain(const lk_nn_plan *plan)
{
    bool plain = plan->shapes[0].channels <= 3;
    for (size_t s = 0; s < plan->step_count; s++) {
        size_t layer = plan->steps[s].fused.layer;
        const lk_nn_layer *reader = &plan->model->graph.layers[layer];
        for (size_t k = 0; k < reader->input_count; k++)
            if (lk_nn_plan_source(plan, layer, k) == 0 &&
                (reader->op != LK_NN_CONV || lk_nn_groups(reader) > 1))
                plain = false;
        size_t residual = plan->steps[s].fused.residual;
        if (residual && lk_nn_plan_source(plan, residual, 1) == 0)
            plain = false;
    }
    for (size_t i = 0; i < plan->model->graph.output_count; i++)
        if (lk_nn_source(&plan->model->graph, plan->model->graph.outputs[i]) == 0)
            plain = false;
    return plain;
}

static lk_nn_view layout_make_view(const lk_nn_plan *plan, lk_nn_shape shape, size_t lanes)
{
    return (lk_nn_view){.n = plan->count,
                        .channels = shape.channels,
                        .groups = (shape.channels + lanes - 1) / lanes,
                        .plane = shape.height * shape.width,
                        .lanes = lanes};
}

/* Whether the operation can read an input that lies as `vector` says. */
static lk_status layout_check(const lk_nn_layer *layer, bool vector)
{
    bool planes_only = layer->op == LK_NN_CONV || layer->op == LK_NN_MAXPOOL ||
                       layer->op == LK_NN_AVGPOOL || layer->op == LK_NN_FLATTEN ||
                       layer->op == LK_NN_MEANPOOL || layer->op == LK_NN_FILLSUM ||
                       layer->op == LK_NN_UPSAMPLE;
    LK_REQUIRE(layer->op != LK_NN_LINEAR || vector, LK_ERROR_UNSUPPORTED,
               "layer %s: reads planes of one pixel, put a flatten before it", layer->name);
    LK_REQUIRE(!planes_only || !vector, LK_ERROR_UNSUPPORTED,
               "layer %s: reads a vector, but works on planes", layer->name);
    return LK_OK;
}

static bool layout_is_elementwise(lk_nn_op op)
{
    return op == LK_NN_NORM || op == LK_NN_RELU || op == LK_NN_PRELU || op == LK_NN_ACTIVATE;
}

/* What is read in any layout, and written plainly. */
static bool layout_is_plain_op(lk_nn_op op)
{
    return op == LK_NN_MATMUL || op == LK_NN_TRANSPOSE || op == LK_NN_RESHAPE ||
           op == LK_NN_REDUCE || op == LK_NN_SOFTMAX || op == LK_NN_SLICE || op == LK_NN_PAD;
}

static bool layout_reads_any(lk_nn_op op)
{
    return layout_is_plain_op(op) || op == LK_NN_BINARY || op == LK_NN_CONSTANT || op == LK_NN_PACK;
}

static lk_nn_map layout_map(const lk_nn_plan *plan, size_t layer)
{
    return (lk_nn_map){&plan->views[layer], plan->shapes[layer].height, plan->shapes[layer].width};
}

/* How the result of a layer that reads any layout lies. A plain vector is one group. */
static lk_nn_view layout_view_of_any(const lk_nn_plan *plan, const lk_nn_fused *fused, size_t block)
{
    const lk_nn_layer *layer = &plan->model->graph.layers[fused->layer];
    lk_nn_shape shape = plan->shapes[fused->result];
    bool blocks = layer->op == LK_NN_PACK;
    if (layer->op == LK_NN_BINARY && !layer->plain) {
        lk_nn_map a = layout_map(plan, lk_nn_plan_source(plan, fused->layer, 0));
        lk_nn_map b = layout_map(plan, lk_nn_plan_source(plan, fused->layer, 1));
        blocks = lk_nn_binary_in_blocks(&a, &b);
    }
    bool vector = !blocks && shape.height * shape.width == 1;
    lk_nn_view view = layout_make_view(plan, shape, blocks ? block : vector ? shape.channels : 1);
    view.vector = vector;
    if (layer->op == LK_NN_CONSTANT)
        view.n = 1;
    return view;
}

/* All inputs lie alike, and as the layer can read them. */
static lk_status layout_check_inputs(const lk_nn_plan *plan, const lk_nn_fused *fused, size_t block)
{
    const lk_nn_layer *layer = &plan->model->graph.layers[fused->layer];
    const lk_nn_view *first = &plan->views[lk_nn_plan_source(plan, fused->layer, 0)];
    bool any = layout_is_elementwise(layer->op) || layer->op == LK_NN_FLATTEN;
    for (size_t k = 0; k < layer->input_count; k++) {
        size_t from = lk_nn_plan_source(plan, fused->layer, k);
        const lk_nn_view *view = &plan->views[from];
        LK_TRY(layout_check(layer, view->vector));
        LK_REQUIRE(view->vector == first->vector && (view->vector || view->lanes == first->lanes),
                   LK_ERROR_UNSUPPORTED, "layer %s: joins a vector and planes", layer->name);
        LK_REQUIRE(view->vector || any || from == 0 || view->lanes == block, LK_ERROR_UNSUPPORTED,
                   "layer %s: reads what lies plainly, put a pack before it", layer->name);
    }
    return LK_OK;
}

static lk_status layout_make_views(lk_nn_plan *plan)
{
    size_t block = lk_dnnl_block();
    bool plain_input = layout_input_stays_plain(plan);
    plan->pack_input = !plain_input;
    plan->views[0] = layout_make_view(plan, plan->shapes[0], plain_input ? 1 : block);
    plan->views[plan->layers] = layout_make_view(plan, plan->shapes[0], 1);
    for (size_t s = 0; s < plan->step_count; s++) {
        const lk_nn_fused *fused = &plan->steps[s].fused;
        const lk_nn_layer *layer = &plan->model->graph.layers[fused->layer];
        size_t from = lk_nn_plan_source(plan, fused->layer, 0);
        if (layout_reads_any(layer->op)) {
            plan->views[fused->result] = layout_view_of_any(plan, fused, block);
            continue;
        }
        LK_TRY(layout_check_inputs(plan, fused, block));
        bool vector = plan->views[from].vector;
        bool plain = layout_is_elementwise(layer->op) && plan->views[from].lanes == 1;
        vector = layout_is_vector_op(layer->op) || (vector && layer->op != LK_NN_CONV);
        lk_nn_shape shape = plan->shapes[fused->result];
        plan->views[fused->result] = layout_make_view(plan, shape,
                                                      vector  ? shape.channels
                                                      : plain ? 1
                                                              : block);
        plan->views[fused->result].vector = vector;
        if (lk_nn_front_is_inside(plan, fused->result))
            plan->views[fused->result].n = 1;
    }
    return LK_OK;
}

enum { PACKED_AT = 1, FIRST_STEP = 2 }; /* the input is there at time 0 */

static void layout_read_at(lk_nn_plan *plan, size_t layer, size_t k, size_t time)
{
    lk_nn_block *block = &plan->blocks[lk_nn_plan_source(plan, layer, k)];
    lk_nn_block *twin = lk_nn_plan_twin(plan, lk_nn_plan_source(plan, layer, k));
    if (block->last < time)
        block->last = time;
    if (twin->last < time)
        twin->last = time;
}

static void layout_make_twin(lk_nn_plan *plan, size_t layer, size_t time)
{
    lk_nn_block *twin = lk_nn_plan_twin(plan, layer);
    if (plan->views[layer].twin)
        twin->size = lk_nn_number_floats(lk_nn_view_size(&plan->views[layer]),
                                         plan->model->int8 ? LK_NN_U8 : LK_NN_BF16);
    twin->first = twin->last = time;
}

/* The front's steps run again and again: what they read first is there until the last one has
 * run, and so is what that one writes from the beginning. */
static void layout_hold_front(lk_nn_plan *plan)
{
    if (!plan->front)
        return;
    plan->blocks[0].last = FIRST_STEP + plan->front - 1;
    plan->blocks[plan->steps[plan->front - 1].fused.result].first = FIRST_STEP;
}

/* Who writes and who reads every activation, and when. */
static void layout_make_blocks(lk_nn_plan *plan)
{
    for (size_t i = 0; i <= 2 * plan->layers; i++)
        plan->blocks[i] = (lk_nn_block){.parent = i};
    plan->blocks[0].size = lk_nn_view_floats(&plan->views[0]);
    if (plan->pack_input) {
        plan->blocks[plan->layers].size = lk_nn_view_floats(&plan->views[plan->layers]);
        plan->blocks[plan->layers].last = PACKED_AT;
        plan->blocks[0].first = plan->blocks[0].last = PACKED_AT;
    }
    for (size_t s = 0; s < plan->step_count; s++) {
        const lk_nn_fused *fused = &plan->steps[s].fused;
        size_t time = s + FIRST_STEP;
        lk_nn_block *block = &plan->blocks[fused->result];
        if (plan->model->graph.layers[fused->layer].op != LK_NN_CONSTANT)
            block->size = lk_nn_view_floats(&plan->views[fused->result]);
        block->first = block->last = time;
        layout_make_twin(plan, fused->result, time);
        for (size_t k = 0; k < plan->model->graph.layers[fused->layer].input_count; k++)
            layout_read_at(plan, fused->layer, k, time);
        if (fused->residual)
            layout_read_at(plan, fused->residual, 1, time);
    }
    layout_hold_front(plan);
    for (size_t i = 0; i < plan->model->graph.output_count; i++)
        plan->blocks[lk_nn_source(&plan->model->graph, plan->model->graph.outputs[i])].last =
            SIZE_MAX;
}

/* One image: a concatenation's inputs are written where they belong. */
static void layout_share_concat(lk_nn_plan *plan, const lk_nn_fused *fused)
{
    const lk_nn_layer *layer = &plan->model->graph.layers[fused->layer];
    const lk_nn_view *whole = &plan->views[fused->result];
    size_t channel = 0;
    for (size_t k = 0; k < layer->input_count; k++) {
        size_t from = lk_nn_plan_source(plan, fused->layer, k);
        const lk_nn_view *part = &plan->views[from];
        lk_nn_block *block = &plan->blocks[from];
        bool last = k + 1 == layer->input_count;
        bool aligned = channel % whole->lanes == 0 && (last || part->channels % whole->lanes == 0);
        if (from != 0 && !whole->vector && aligned && block->parent == from &&
            part->format == whole->format) {
            block->parent = fused->result;
            block->shift = lk_nn_number_floats(channel * whole->plane, whole->format);
        }
        channel += part->channels;
    }
}

/* The result of the step at `time` takes the place of `from` if all that lies
 * there has been read by then. */
static bool layout_share_place(lk_nn_plan *plan, size_t result, size_t from, size_t time)
{
    bool free_then = from != 0 && plan->blocks[from].size &&
                     plan->views[result].format == plan->views[from].format &&
                     plan->blocks[result].parent == result &&
                     lk_nn_block_last(plan->blocks, plan->layers, from) <= time;
    if (free_then) {
        plan->blocks[result].parent = from;
        plan->blocks[result].shift = 0;
    }
    return free_then;
}

/* A convolution may add onto its trunk where that lies, unless it reads it. */
static bool layout_share_trunk(lk_nn_plan *plan, const lk_nn_fused *fused, size_t time)
{
    size_t trunk = lk_nn_plan_source(plan, fused->residual, 1);
    size_t source = lk_nn_plan_source(plan, fused->layer, 0);
    return lk_nn_block_root(plan->blocks, trunk) != lk_nn_block_root(plan->blocks, source) &&
           layout_share_place(plan, fused->result, trunk, time);
}

static void layout_share_memory(lk_nn_plan *plan)
{
    const lk_nn_layer *layers = plan->model->graph.layers;
    for (size_t s = 0; plan->count == 1 && s < plan->step_count; s++)
        if (layers[plan->steps[s].fused.layer].op == LK_NN_CONCAT)
            layout_share_concat(plan, &plan->steps[s].fused);
    for (size_t s = 0; s < plan->step_count; s++) {
        const lk_nn_fused *fused = &plan->steps[s].fused;
        size_t time = s + FIRST_STEP;
        if (fused->residual)
            plan->steps[s].copy_trunk = !layout_share_trunk(plan, fused, time);
        else if (layout_is_elementwise(layers[fused->layer].op))
            layout_share_place(plan, fused->result, lk_nn_plan_source(plan, fused->layer, 0), time);
    }
}

lk_status lk_nn_plan_layout(lk_nn_plan *plan)
{
    LK_TRY(layout_make_views(plan));
    if (plan->model->narrow || plan->model->int8)
        lk_nn_plan_narrow(plan);
    layout_make_blocks(plan);
    layout_share_memory(plan);
    return lk_nn_arena_plan(plan->blocks, 2 * plan->layers + 1, &plan->arena_floats);
}

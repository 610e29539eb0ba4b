/* The tensors of a model in training: one piece of memory for all values and one
 * for all gradients, each tensor in its kernel's layout with zeros in the holes. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/train/plan.h"

enum { ALIGNMENT = 16 }; /* floats */

static const lk_nn_parameter *slots_parameter_of(const lk_nn_train *train, size_t slot)
{
    return &train->model->parameters[train->slots[slot].parameter];
}

static lk_nn_role slots_role_of(const lk_nn_train *train, const lk_nn_parameter *parameter)
{
    int role = 0;
    while (train->model->roles[parameter->layer * LK_NN_ROLES + (size_t)role] != parameter)
        role++;
    return (lk_nn_role)role;
}

lk_nn_slot *lk_nn_train_slot(const lk_nn_train *train, size_t layer, lk_nn_role role)
{
    const lk_nn_parameter *p = train->model->roles[layer * LK_NN_ROLES + role];
    return p ? &train->slots[p - train->model->parameters] : NULL;
}

float *lk_nn_train_value(const lk_nn_train *train, size_t layer, lk_nn_role role)
{
    const lk_nn_slot *slot = lk_nn_train_slot(train, layer, role);
    return slot ? slot->value : NULL;
}

float *lk_nn_train_gradient(const lk_nn_train *train, size_t layer, lk_nn_role role)
{
    const lk_nn_slot *slot = lk_nn_train_slot(train, layer, role);
    return slot ? slot->gradient : NULL;
}

static const lk_nn_train_step *slots_step_of(const lk_nn_train *train, size_t layer)
{
    for (size_t s = 0; s < train->step_count; s++)
        if (train->steps[s].layer == layer)
            return &train->steps[s];
    return NULL;
}

static size_t slots_padded(const lk_nn_train *train, size_t layer)
{
    return train->tensors[layer].groups * train->tensors[layer].lanes;
}

static size_t slots_floats(const lk_nn_train *train, const lk_nn_train_step *step, lk_nn_role role)
{
    if (role == LK_NN_WEIGHT && step->filter)
        return lk_dnnl_filter_weights(step->filter);
    bool matrix = role == LK_NN_WEIGHT && lk_nn_train_layer(train, step)->op == LK_NN_LINEAR;
    return slots_padded(train, step->result) *
           (matrix ? slots_padded(train, lk_nn_train_source(train, step, 0)) : 1);
}

static bool slots_has_gradient(const lk_nn_train_step *step, lk_nn_role role)
{
    return step->learns && (role == LK_NN_WEIGHT || role == LK_NN_BIAS);
}

static size_t slots_rounded(size_t floats)
{
    return (floats + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void slots_size(lk_nn_train *train)
{
    for (size_t i = 0; i < train->slot_count; i++) {
        const lk_nn_parameter *p = &train->model->parameters[i];
        const lk_nn_train_step *step = slots_step_of(train, p->layer);
        lk_nn_role role = slots_role_of(train, p);
        train->slots[i] = (lk_nn_slot){.name = p->name, .parameter = i};
        train->slots[i].count = slots_floats(train, step, role);
        train->weight_floats += slots_rounded(train->slots[i].count);
        if (slots_has_gradient(step, role))
            train->gradient_floats += slots_rounded(train->slots[i].count);
    }
}

static void slots_place(lk_nn_train *train)
{
    float *value = train->weights, *gradient = train->gradients;
    for (size_t i = 0; i < train->slot_count; i++) {
        const lk_nn_parameter *p = &train->model->parameters[i];
        size_t floats = slots_rounded(train->slots[i].count);
        train->slots[i].value = value;
        value += floats;
        if (slots_has_gradient(slots_step_of(train, p->layer), slots_role_of(train, p))) {
            train->slots[i].gradient = gradient;
            gradient += floats;
        }
    }
}

/* ---- published order and own order --------------------------------------- */

/* A filter between [out, in, taps] as published and with padded channels. */
static void slots_spread_filter(const lk_nn_train *train, const lk_nn_train_step *step, float *wide,
                                float *plain, size_t taps, bool back)
{
    size_t from = lk_nn_train_source(train, step, 0), in = train->shapes[from].channels;
    for (size_t o = 0; o < train->shapes[step->result].channels; o++)
        for (size_t i = 0; i < in; i++) {
            size_t at = train->tensors[step->result].place[o] * slots_padded(train, from) +
                        train->tensors[from].place[i];
            if (back)
                memcpy(plain + (o * in + i) * taps, wide + at * taps, taps * sizeof *plain);
            else
                memcpy(wide + at * taps, plain + (o * in + i) * taps, taps * sizeof *plain);
        }
}

static lk_status slots_move_conv(const lk_nn_train *train, const lk_nn_train_step *step, float *own,
                                 float *plain, bool back)
{
    const lk_nn_layer *layer = lk_nn_train_layer(train, step);
    size_t taps = layer->kernel[0] * layer->kernel[1];
    size_t floats = taps * slots_padded(train, step->result) *
                    slots_padded(train, lk_nn_train_source(train, step, 0));
    float *wide;
    LK_TRY(lk_alloc(&wide, floats, sizeof *wide));
    lk_status status = LK_OK;
    if (back)
        status = lk_dnnl_filter_unpack(step->filter, train->stream, wide, own);
    if (status == LK_OK)
        slots_spread_filter(train, step, wide, plain, taps, back);
    if (!back)
        status = lk_dnnl_filter_pack(step->filter, train->stream, own, wide);
    free(wide);
    return status;
}

/* A slot's numbers to the published order (`back`) or from it. */
static lk_status slots_move_slot(const lk_nn_train *train, size_t slot, float *own, float *plain,
                                 bool back)
{
    const lk_nn_parameter *p = slots_parameter_of(train, slot);
    const lk_nn_train_step *step = slots_step_of(train, p->layer);
    bool weight = slots_role_of(train, p) == LK_NN_WEIGHT;
    if (weight && step->filter)
        return slots_move_conv(train, step, own, plain, back);
    if (!back)
        memset(own, 0, train->slots[slot].count * sizeof *own);
    if (weight && lk_nn_train_layer(train, step)->op == LK_NN_LINEAR) {
        slots_spread_filter(train, step, own, plain, 1, back);
        return LK_OK;
    }
    for (size_t c = 0; c < p->count; c++) {
        float *at = &own[train->tensors[step->result].place[c]];
        *(back ? &plain[c] : at) = back ? *at : plain[c];
    }
    return LK_OK;
}

/* move_slot writes to one of the two only. */
static float *slots_either(const float *data)
{
    union {
        const float *in;
        float *out;
    } both = {data};
    return both.out;
}

lk_status lk_nn_train_read(const lk_nn_train *train, size_t slot, float *plain,
                           const float *numbers)
{
    return slots_move_slot(train, slot, slots_either(numbers), plain, true);
}

lk_status lk_nn_train_write(const lk_nn_train *train, size_t slot, float *numbers,
                            const float *plain)
{
    return slots_move_slot(train, slot, numbers, slots_either(plain), false);
}

/* Takes the model's plain parameters over. */
static lk_status slots_import(lk_nn_train *train)
{
    for (size_t i = 0; i < train->slot_count; i++)
        LK_TRY(
            lk_nn_train_write(train, i, train->slots[i].value, slots_parameter_of(train, i)->data));
    return LK_OK;
}

lk_status lk_nn_train_make_slots(lk_nn_train *train)
{
    for (size_t i = 0; i < train->model->parameter_count; i++)
        LK_REQUIRE(train->model->parameters[i].data, LK_ERROR_ARGUMENT,
                   "the plain parameters were released: create the model with keep");
    train->slot_count = train->model->parameter_count;
    LK_TRY(lk_alloc(&train->slots, train->slot_count, sizeof *train->slots));
    slots_size(train);
    LK_TRY(lk_alloc_aligned(&train->weights, train->weight_floats, sizeof(float)));
    LK_TRY(lk_alloc_aligned(&train->gradients, train->gradient_floats, sizeof(float)));
    memset(train->weights, 0, train->weight_floats * sizeof(float));
    memset(train->gradients, 0, train->gradient_floats * sizeof(float));
    slots_place(train);
    return slots_import(train);
}

const lk_nn_slot *lk_nn_train_slots(const lk_nn_train *train, size_t *count)
{
    *count = train->slot_count;
    return train->slots;
}

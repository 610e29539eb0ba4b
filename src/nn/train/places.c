/* How channels lie in every tensor, and which tensors are written straight into a
 * concatenation. */
#include "base/error.h"
#include "base/memory.h"
#include "nn/train/plan.h"

/* The layer whose places layer i has; a convolution may have been told to lie like
 * the trunk it is added to. */
static size_t places_root(const lk_nn_train *train, size_t i)
{
    while (train->tensors[i].like != i)
        i = train->tensors[i].like;
    return i;
}

static bool places_is_free(const lk_nn_train *train, size_t i)
{
    lk_nn_op op = train->model->graph.layers[i].op;
    return op == LK_NN_CONV || op == LK_NN_LINEAR;
}

/* Who lies like whom. A ReLU that is part of a step lies like the step's layer. */
static void places_mark_like(lk_nn_train *train)
{
    for (size_t i = 0; i < train->layers; i++) {
        const lk_nn_layer *layer = &train->model->graph.layers[i];
        bool own = layer->op == LK_NN_INPUT || layer->op == LK_NN_CONV ||
                   layer->op == LK_NN_LINEAR || layer->op == LK_NN_CONCAT;
        train->tensors[i].like = own ? i : layer->inputs[layer->op == LK_NN_RESIDUAL];
        if (layer->op != LK_NN_RESIDUAL)
            continue;
        size_t branch = places_root(train, layer->inputs[0]),
               trunk = places_root(train, layer->inputs[1]);
        if (branch == trunk)
            continue;
        if (places_is_free(train, branch))
            train->tensors[branch].like = trunk;
        else if (places_is_free(train, trunk))
            train->tensors[trunk].like = branch;
    }
}

enum { UNKNOWN = 0 }; /* groups of a tensor whose places are not there yet */

static lk_status places_find(lk_nn_train *train, size_t i, size_t depth);

static lk_status places_concat(lk_nn_train *train, size_t i, size_t depth)
{
    const lk_nn_layer *layer = &train->model->graph.layers[i];
    lk_nn_tensor *whole = &train->tensors[i];
    size_t channel = 0, groups = 0;
    for (size_t k = 0; k < layer->input_count; k++) {
        size_t from = layer->inputs[k];
        LK_TRY(places_find(train, from, depth + 1));
        for (size_t c = 0; c < train->shapes[from].channels; c++)
            whole->place[channel++] = groups * whole->lanes + train->tensors[from].place[c];
        groups += train->tensors[from].groups;
    }
    whole->groups = groups;
    return LK_OK;
}

static lk_status places_find(lk_nn_train *train, size_t i, size_t depth)
{
    lk_nn_tensor *t = &train->tensors[i];
    size_t like = places_root(train, i), channels = train->shapes[i].channels;
    if (t->groups != UNKNOWN)
        return LK_OK;
    LK_REQUIRE(depth <= 2 * train->layers, LK_ERROR_UNSUPPORTED,
               "layer %s: is added to what it is a part of", train->model->graph.layers[i].name);
    if (like != i) {
        LK_TRY(places_find(train, like, depth + 1));
        t->groups = train->tensors[like].groups;
        for (size_t c = 0; c < channels; c++)
            t->place[c] = train->tensors[like].place[c];
        return LK_OK;
    }
    if (train->model->graph.layers[i].op == LK_NN_CONCAT)
        return places_concat(train, i, depth);
    for (size_t c = 0; c < channels; c++)
        t->place[c] = c;
    t->groups = (channels + t->lanes - 1) / t->lanes;
    return LK_OK;
}

static lk_status places_check_residuals(const lk_nn_train *train)
{
    for (size_t i = 0; i < train->layers; i++) {
        const lk_nn_layer *layer = &train->model->graph.layers[i];
        if (layer->op != LK_NN_RESIDUAL)
            continue;
        const lk_nn_tensor *a = &train->tensors[layer->inputs[0]];
        const lk_nn_tensor *b = &train->tensors[layer->inputs[1]];
        bool same = a->groups == b->groups && a->lanes == b->lanes;
        for (size_t c = 0; same && c < train->shapes[i].channels; c++)
            same = a->place[c] == b->place[c];
        LK_REQUIRE(same, LK_ERROR_UNSUPPORTED,
                   "layer %s: adds concatenations that are put together differently", layer->name);
    }
    return LK_OK;
}

/* A result that only a concatenation reads is written where it belongs, unless
 * oneDNN writes it, which cannot leave gaps between images. */
static void places_find_homes(lk_nn_train *train)
{
    for (size_t s = 0; s < train->step_count; s++) {
        const lk_nn_train_step *step = &train->steps[s];
        const lk_nn_layer *layer = lk_nn_train_layer(train, step);
        size_t group = 0;
        for (size_t k = 0; layer->op == LK_NN_CONCAT && k < layer->input_count; k++) {
            size_t from = layer->inputs[k];
            lk_nn_tensor *part = &train->tensors[from];
            if (from != 0 && part->readers == 1 && !places_is_free(train, from)) {
                part->home = step->result;
                part->group = group;
            }
            group += part->groups;
        }
    }
}

/* oneDNN has first convolutions over 1 to 3 plain channels, but no 1x1 ones. */
static bool places_input_stays_plain(const lk_nn_train *train)
{
    const lk_nn_graph *graph = &train->model->graph;
    bool plain = train->shapes[0].channels <= 3 && graph->outputs[0] != 0;
    for (size_t i = 1; i < graph->count; i++) {
        const lk_nn_layer *layer = &graph->layers[i];
        bool fits = layer->op == LK_NN_CONV && layer->kernel[0] > 1 && layer->kernel[1] > 1;
        for (size_t k = 0; k < layer->input_count; k++)
            if (layer->inputs[k] == 0 && !fits)
                plain = false;
    }
    return plain;
}

lk_status lk_nn_train_places(lk_nn_train *train)
{
    size_t channels = 0, *place;
    for (size_t i = 0; i < train->layers; i++)
        channels += train->shapes[i].channels;
    LK_TRY(lk_alloc(&train->places, channels, sizeof *train->places));
    place = train->places;
    train->pack_input = !places_input_stays_plain(train);
    for (size_t i = 0; i < train->layers; i++) {
        lk_nn_tensor *t = &train->tensors[i];
        t->lanes = i == 0 && !train->pack_input ? 1 : train->lanes;
        t->plane = train->shapes[i].height * train->shapes[i].width;
        t->home = i;
        t->place = place;
        place += train->shapes[i].channels;
    }
    places_mark_like(train);
    for (size_t i = 0; i < train->layers; i++)
        LK_TRY(places_find(train, i, 0));
    LK_TRY(places_check_residuals(train));
    places_find_homes(train);
    return LK_OK;
}

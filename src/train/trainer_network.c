/* The network of a run and its tensors: first values, averages, moments.
 *
 * First values (He, Zhang, Ren, Sun 2015, "Delving deep into rectifiers"): a
 * convolution's are normal with variance 2 / (out * kh * kw), which keeps the size of
 * gradients through a ReLU; a linear layer's with variance 1 / in, which keeps the size of
 * activations; batch norm starts as the identity. Each tensor has a random stream of
 * its own name, so that a change in one part of the network leaves the others alone.
 *
 * The pass keeps tensors in an order of its own. Whatever goes to or comes from a file
 * is put into the published order here. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/embed.h>

#include "base/error.h"
#include "base/memory.h"
#include "embed/kind.h"
#include "embed/network.h"
#include "train/optimizer.h"
#include "train/trainer.h"

enum { NAME_SIZE = 256 };

static bool trainer_network_ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length >= tail && strcmp(name + length - tail, end) == 0;
}

static lk_status load_random(void *user, const char *name, const size_t *shape, size_t rank,
                             float *out)
{
    const lk_trainer *t = user;
    bool one = trainer_network_ends_with(name, ".running_var") ||
               (rank == 1 && trainer_network_ends_with(name, ".weight"));
    for (size_t i = 0; rank == 1 && i < shape[0]; i++)
        out[i] = one ? 1 : 0;
    double deviation = rank == 4 ? sqrt(2.0 / (double)(shape[0] * shape[2] * shape[3]))
                                 : sqrt(1.0 / (double)shape[rank - 1]);
    if (rank > 1)
        lk_trainer_random_tensor(out, name, shape, rank, deviation, t->run.options.seed);
    return LK_OK;
}

double lk_trainer_round_width(double width)
{
    double parts = floor(256 * width + 0.5);
    return width > 0 ? fmax(parts, 1) / 256 : 0;
}

/* The layer that opens the blocks has 256 channels times the width. */
static void settle_width(lk_trainer *t, const lk_tensors *from)
{
    const lk_tensor *weight = from ? lk_tensors_find(from, "conv2d_4b.conv.weight") : NULL;
    bool told = weight && weight->rank == 4 && weight->shape[0] > 0;
    if (t->run.options.width == 0)
        t->run.options.width = told ? (double)weight->shape[0] / 256 : 1;
    t->run.options.width = lk_trainer_round_width(t->run.options.width);
}

/* Softmax looks at the vector before it is normalised: without the last layer. */
static void trainer_network_build(lk_nn_graph *graph, const lk_trainer *t)
{
    lk_embed_network(graph, t->run.options.width, 0);
    if (t->run.options.loss == LK_TRAINER_SOFTMAX && graph->status == LK_OK)
        graph->outputs[0] = --graph->count - 1;
}

static lk_status make_model(lk_trainer *t, lk_tensors *from)
{
    lk_nn_graph graph = {0};
    size_t size = t->run.options.size;
    settle_width(t, from);
    trainer_network_build(&graph, t);
    if (from)
        return lk_nn_model_create(&t->model, &graph, size, size, lk_embed_load, from, true);
    return lk_nn_model_create(&t->model, &graph, size, size, load_random, t, true);
}

/* The slots' order is the gradients', and `reduce` wants whole gradients. */
static lk_status slot_is_ready(void *user, size_t slot)
{
    const lk_trainer *t = user;
    const lk_trainer_tensor *tensor = &t->tensors[slot];
    return t->parallel.reduce(t->parallel.user, tensor->gradient, tensor->count);
}

static lk_status sum_statistics(void *user, double *numbers, size_t count)
{
    const lk_trainer *t = user;
    return t->parallel.sum(t->parallel.user, numbers, count);
}

static lk_status make_pass(lk_trainer *t)
{
    const lk_trainer_options *o = &t->run.options;
    lk_precision precision;
    LK_TRY(lk_precision_resolve(&precision, o->precision));
    lk_nn_train_options options = {
        .count = t->rows,
        .height = o->size,
        .width = o->size,
        .frozen = o->frozen,
        .frozen_count = o->frozen_count,
        .narrow = precision == LK_PRECISION_BF16,
    };
    if (t->parallel.ranks > 1)
        options.sync = (lk_nn_sync){.user = t,
                                    .ranks = t->parallel.ranks,
                                    .sum = t->parallel.synchronised ? sum_statistics : NULL,
                                    .ready = slot_is_ready};
    return lk_nn_train_create(&t->pass, t->model, &options);
}

/* ---- tensors ---- */

static lk_trainer_tensor of_slot(const lk_trainer *t, const lk_nn_slot *slot, size_t index)
{
    size_t count;
    const lk_nn_parameter *p = &lk_nn_model_parameters(t->model, &count)[slot->parameter];
    lk_trainer_tensor tensor = {.name = slot->name,
                                .value = slot->value,
                                .gradient = slot->gradient,
                                .count = slot->count,
                                .plain = p->count,
                                .rank = p->rank,
                                .slot = index};
    memcpy(tensor.shape, p->shape, sizeof tensor.shape);
    return tensor;
}

static void add_head(lk_trainer *t)
{
    const lk_trainer_head *head = &t->head;
    bool softmax = t->run.options.loss == LK_TRAINER_SOFTMAX;
    lk_trainer_tensor weight = {.name = softmax ? "logits.weight" : "arcface.weight",
                                .value = head->weight,
                                .gradient = head->weight_gradient,
                                .rank = 2,
                                .shape = {head->classes, t->width},
                                .slot = SIZE_MAX};
    weight.count = weight.plain = head->classes * t->width;
    lk_trainer_tensor bias = {.name = "logits.bias",
                              .value = head->bias,
                              .gradient = head->bias_gradient,
                              .count = head->classes,
                              .plain = head->classes,
                              .rank = 1,
                              .shape = {head->classes},
                              .slot = SIZE_MAX};
    if (head->weight)
        t->tensors[t->tensor_count++] = weight;
    if (head->bias)
        t->tensors[t->tensor_count++] = bias;
}

static lk_status list_tensors(lk_trainer *t)
{
    size_t count, largest = 0;
    const lk_nn_slot *slots = lk_nn_train_slots(t->pass, &count);
    LK_TRY(lk_alloc(&t->tensors, count + 2, sizeof *t->tensors));
    for (; t->tensor_count < count; t->tensor_count++)
        t->tensors[t->tensor_count] = of_slot(t, &slots[t->tensor_count], t->tensor_count);
    add_head(t);
    for (size_t i = 0; i < t->tensor_count; i++)
        largest = t->tensors[i].plain > largest ? t->tensors[i].plain : largest;
    return lk_alloc(&t->plain, largest, sizeof *t->plain);
}

static lk_status start_averages(lk_trainer *t)
{
    for (size_t i = 0; t->run.options.average > 0 && i < t->tensor_count; i++) {
        lk_trainer_tensor *tensor = &t->tensors[i];
        LK_TRY(lk_alloc(&tensor->average, tensor->count, sizeof(float)));
        memcpy(tensor->average, tensor->value, tensor->count * sizeof(float));
    }
    return LK_OK;
}

static lk_status make_optimizer(lk_trainer *t)
{
    lk_parameter *parameters;
    LK_TRY(lk_alloc(&t->gradients, t->tensor_count, sizeof *t->gradients));
    LK_TRY(lk_alloc(&t->gradient_sizes, t->tensor_count, sizeof *t->gradient_sizes));
    LK_TRY(lk_alloc(&parameters, t->tensor_count, sizeof *parameters));
    for (size_t i = 0; i < t->tensor_count; i++) {
        lk_trainer_tensor *x = &t->tensors[i];
        x->parameter = x->gradient ? t->gradient_count : SIZE_MAX;
        if (!x->gradient)
            continue;
        t->gradients[t->gradient_count] = x->gradient;
        t->gradient_sizes[t->gradient_count] = x->count;
        parameters[t->gradient_count++] =
            (lk_parameter){x->name, x->value, x->gradient, x->count, lk_parameter_decays(x->name)};
    }
    lk_status status = lk_optimizer_create(&t->optimizer, &t->run.options.optimizer, parameters,
                                           t->gradient_count);
    free(parameters);
    return status;
}

static lk_status make_from(lk_trainer *t, lk_tensors *from, const lk_tensors *checkpoint)
{
    LK_TRY(make_model(t, from));
    LK_TRY(make_pass(t));
    LK_TRY(lk_trainer_make_head(t, checkpoint));
    LK_TRY(list_tensors(t));
    LK_TRY(start_averages(t));
    LK_TRY(make_optimizer(t));
    LK_REQUIRE(t->gradient_count > 0, LK_ERROR_ARGUMENT,
               "everything is frozen: nothing is left to train");
    return LK_OK;
}

lk_status lk_trainer_make_network(lk_trainer *t, lk_tensors *checkpoint)
{
    if (checkpoint || !t->run.options.init)
        return make_from(t, checkpoint, checkpoint);
    const char *path = t->run.options.init;
    lk_tensors *init;
    bool onnx;
    LK_TRY(lk_embed_is_onnx(path, &onnx));
    LK_REQUIRE(!onnx, LK_ERROR_UNSUPPORTED,
               "%s: is an ONNX file; only InceptionResnetV1 is trained, from its weights", path);
    LK_TRY(lk_tensors_open(&init, path));
    lk_status status = LK_OK;
    if (lk_embed_is_inception(init))
        status = make_from(t, init, NULL);
    else
        status = lk_fail(LK_ERROR_UNSUPPORTED,
                         "%s: holds no InceptionResnetV1 (no tensor \"conv2d_4b.conv.weight\" "
                         "among its %zu)%s, and only that is trained",
                         path, lk_tensors_count(init),
                         lk_embed_is_dlib(init) ? " but dlib's network" : "");
    lk_tensors_close(init);
    return status;
}

/* ---- to and from files ---- */

lk_status lk_trainer_read_plain(const lk_trainer *t, const lk_trainer_tensor *tensor, float *plain,
                                const float *numbers)
{
    if (tensor->slot != SIZE_MAX)
        return lk_nn_train_read(t->pass, tensor->slot, plain, numbers);
    memcpy(plain, numbers, tensor->count * sizeof *plain);
    return LK_OK;
}

/* numbers of `tensor` from the file's tensor "PREFIX.NAME[.SUFFIX]". */
static lk_status load(lk_trainer *t, const lk_trainer_tensor *tensor, float *numbers,
                      const lk_tensors *file, const char *prefix, const char *suffix)
{
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%s.%s%s", prefix, tensor->name, suffix);
    LK_TRY(lk_tensors_load_f32(file, name, tensor->shape, tensor->rank, t->plain));
    if (tensor->slot != SIZE_MAX)
        return lk_nn_train_write(t->pass, tensor->slot, numbers, t->plain);
    memcpy(numbers, t->plain, tensor->count * sizeof *numbers);
    return LK_OK;
}

lk_status lk_trainer_load_averages(lk_trainer *t, const lk_tensors *file)
{
    for (size_t i = 0; i < t->tensor_count; i++)
        if (t->tensors[i].average)
            LK_TRY(load(t, &t->tensors[i], t->tensors[i].average, file, "average", ""));
    return LK_OK;
}

lk_status lk_trainer_load_moments(lk_trainer *t, const lk_tensors *file)
{
    lk_optimizer *optimizer = t->optimizer;
    for (size_t i = 0; i < t->tensor_count; i++) {
        const lk_trainer_tensor *tensor = &t->tensors[i];
        if (tensor->parameter == SIZE_MAX)
            continue;
        float *m = optimizer->m[tensor->parameter], *s = optimizer->s[tensor->parameter];
        if (m)
            LK_TRY(load(t, tensor, m, file, "optimizer", ".m"));
        if (s)
            LK_TRY(load(t, tensor, s, file, "optimizer", ".s"));
    }
    optimizer->steps = (int64_t)t->run.step;
    return LK_OK;
}

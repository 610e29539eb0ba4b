/* The losses on a whole batch, and the layers that only they have.
 *
 * Softmax: logits = x W' + b from the vector x before its normalisation, as
 * facenet-pytorch's `classify`. ArcFace: centres, no bias. Sums are float64 in a fixed
 * order: the same at any number of threads, and the same on every process of a group,
 * so that their gradients need no averaging. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/embed.h>

#include "base/error.h"
#include "base/memory.h"
#include "train/stream.h"
#include "train/trainer.h"

static lk_status fill_head(lk_trainer *t, const lk_tensors *checkpoint)
{
    lk_trainer_head *head = &t->head;
    const size_t shape[] = {head->classes, LK_EMBEDDING_SIZE};
    bool softmax = t->run.options.loss == LK_TRAINER_SOFTMAX;
    const char *name = softmax ? "logits.weight" : "arcface.weight";
    if (!checkpoint) {
        lk_trainer_random_tensor(head->weight, name, shape, 2, sqrt(1.0 / LK_EMBEDDING_SIZE),
                                 t->run.options.seed);
        return LK_OK;
    }
    LK_TRY(lk_tensors_load_f32(checkpoint, name, shape, 2, head->weight));
    return softmax ? lk_tensors_load_f32(checkpoint, "logits.bias", shape, 1, head->bias) : LK_OK;
}

lk_status lk_trainer_make_head(lk_trainer *t, const lk_tensors *checkpoint)
{
    lk_trainer_head *head = &t->head;
    if (t->run.options.loss == LK_TRAINER_TRIPLET)
        return LK_OK;
    head->classes = lk_people_count(t->people);
    size_t count;
    LK_REQUIRE(lk_mul(head->classes, LK_EMBEDDING_SIZE, &count), LK_ERROR_MEMORY,
               "%zu people are too many", head->classes);
    LK_TRY(lk_alloc(&head->weight, count, sizeof(float)));
    LK_TRY(lk_alloc(&head->weight_gradient, count, sizeof(float)));
    if (t->run.options.loss == LK_TRAINER_SOFTMAX) {
        LK_TRY(lk_alloc(&head->bias, head->classes, sizeof(float)));
        LK_TRY(lk_alloc(&head->bias_gradient, head->classes, sizeof(float)));
    }
    return fill_head(t, checkpoint);
}

void lk_trainer_clear_head(lk_trainer_head *head)
{
    free(head->weight);
    free(head->bias);
    free(head->weight_gradient);
    free(head->bias_gradient);
    *head = (lk_trainer_head){0};
}

/* logits[rows, classes] = x[rows, width] W' + b */
static void apply(float *logits, const lk_trainer *t)
{
    size_t width = t->width, classes = t->head.classes;
#pragma omp parallel for
    for (size_t row = 0; row < t->batch; row++)
        for (size_t c = 0; c < classes; c++) {
            const float *x = t->all + row * width, *w = t->head.weight + c * width;
            double sum = (double)t->head.bias[c];
            for (size_t i = 0; i < width; i++)
                sum += (double)x[i] * (double)w[i];
            logits[row * classes + c] = (float)sum;
        }
}

/* dL/dx = g W */
static void to_embeddings(const lk_trainer *t, const float *g)
{
    size_t width = t->width, classes = t->head.classes;
#pragma omp parallel for
    for (size_t row = 0; row < t->batch; row++) {
        double *sum = t->wide + row * width;
        memset(sum, 0, width * sizeof *sum);
        for (size_t c = 0; c < classes; c++)
            for (size_t i = 0; i < width; i++)
                sum[i] += (double)g[row * classes + c] * (double)t->head.weight[c * width + i];
        for (size_t i = 0; i < width; i++)
            t->slope[row * width + i] = (float)sum[i];
    }
}

/* dL/dW = g' x, dL/db = the sum of g */
static void to_head(const lk_trainer *t, const float *g)
{
    size_t width = t->width, classes = t->head.classes;
#pragma omp parallel for
    for (size_t c = 0; c < classes; c++) {
        double bias = 0;
        for (size_t row = 0; row < t->batch; row++)
            bias += (double)g[row * classes + c];
        t->head.bias_gradient[c] = (float)bias;
        for (size_t i = 0; i < width; i++) {
            double sum = 0;
            for (size_t row = 0; row < t->batch; row++)
                sum += (double)g[row * classes + c] * (double)t->all[row * width + i];
            t->head.weight_gradient[c * width + i] = (float)sum;
        }
    }
}

static lk_status softmax(lk_trainer *t, lk_loss *loss, float *logits, float *g)
{
    apply(logits, t);
    LK_TRY(lk_loss_softmax(loss, g, logits, t->person, t->batch, t->head.classes));
    to_embeddings(t, g);
    to_head(t, g);
    return LK_OK;
}

static lk_status loss_softmax(lk_trainer *t, lk_loss *loss)
{
    size_t cells;
    float *logits;
    LK_REQUIRE(lk_mul(t->batch, t->head.classes, &cells) && cells <= SIZE_MAX / 2, LK_ERROR_MEMORY,
               "%zu x %zu logits are too many", t->batch, t->head.classes);
    LK_TRY(lk_alloc(&logits, 2 * cells, sizeof *logits));
    lk_status status = softmax(t, loss, logits, logits + cells);
    free(logits);
    return status;
}

lk_status lk_trainer_loss_of(lk_trainer *t, lk_loss *loss)
{
    lk_triplet_options triplet = t->run.options.triplet;
    switch (t->run.options.loss) {
    case LK_TRAINER_SOFTMAX: return loss_softmax(t, loss);
    case LK_TRAINER_ARCFACE:
        return lk_loss_arcface(loss, t->slope, t->head.weight_gradient, t->all, t->head.weight,
                               t->person, t->batch, t->width, t->head.classes,
                               &t->run.options.arcface);
    case LK_TRAINER_TRIPLET: break;
    }
    lk_random random = lk_stream(t->run.options.seed, LK_STREAM_TRIPLETS, t->run.step, 0);
    triplet.seed = lk_random_u64(&random);
    return lk_loss_triplet(loss, t->slope, t->all, t->person, t->batch, t->width, &triplet);
}

/* The losses on a whole batch, and the layers that only they have.
 *
 * Softmax: logits = x W' + b from the vector x before its normalisation, as
 * facenet-pytorch's `classify`. ArcFace: centres, no bias. Sums are float64 in a fixed
 * order: the same at any number of threads, and the same on every process of a group,
 * so that their gradients need no averaging. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "train/loss.h"
#include "train/product.h"
#include "train/stream.h"
#include "train/trainer.h"

static lk_status fill_head(lk_trainer *t, const lk_tensors *checkpoint)
{
    lk_trainer_head *head = &t->head;
    const size_t shape[] = {head->classes, t->width};
    bool softmax = t->run.options.loss == LK_TRAINER_SOFTMAX;
    const char *name = softmax ? "logits.weight" : "arcface.weight";
    if (!checkpoint) {
        lk_trainer_random_tensor(head->weight, name, shape, 2, sqrt(1.0 / (double)t->width),
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
    LK_REQUIRE(lk_mul(head->classes, t->width, &count), LK_ERROR_MEMORY, "%zu people are too many",
               head->classes);
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

/* One batch through the linear layer, in float64. */
typedef struct wide_head {
    double *x, *w; /* [batch, width], [classes, width] */
    double *z;     /* [batch, classes]: logits, then their gradient */
    double *out;   /* room for the gradient at x or at w */
} wide_head;

static void add_bias(double *z, const float *bias, size_t batch, size_t classes)
{
#pragma omp parallel for num_threads(lk_threads()) schedule(static)
    for (size_t row = 0; row < batch; row++)
        for (size_t c = 0; c < classes; c++)
            z[row * classes + c] += (double)bias[c];
}

static void bias_gradient(float *out, const double *z, size_t batch, size_t classes)
{
#pragma omp parallel for num_threads(lk_threads()) schedule(static)
    for (size_t c = 0; c < classes; c++) {
        double sum = 0;
        for (size_t row = 0; row < batch; row++)
            sum += z[row * classes + c];
        out[c] = (float)sum;
    }
}

/* logits = x w' + b; the gradients g w at x, g' x at w. */
static lk_status softmax(lk_trainer *t, lk_loss *loss, wide_head *h)
{
    size_t batch = t->batch, width = t->width, classes = t->head.classes;
    const lk_matrix x = {h->x, width, 1}, w = {h->w, width, 1};
    LK_TRY(lk_product(h->z, x, (lk_matrix){h->w, 1, width}, batch, classes, width));
    add_bias(h->z, t->head.bias, batch, classes);
    LK_TRY(lk_loss_softmax_f64(loss, h->z, h->z, t->person, batch, classes));
    LK_TRY(lk_product(h->out, (lk_matrix){h->z, classes, 1}, w, batch, width, classes));
    lk_loss_narrow(t->output_gradient, h->out, batch * width);
    LK_TRY(lk_product(h->out, (lk_matrix){h->z, 1, classes}, x, classes, width, batch));
    lk_loss_narrow(t->head.weight_gradient, h->out, classes * width);
    bias_gradient(t->head.bias_gradient, h->z, batch, classes);
    return LK_OK;
}

static lk_status loss_softmax(lk_trainer *t, lk_loss *loss)
{
    size_t batch = t->batch, width = t->width, classes = t->head.classes, cells;
    LK_REQUIRE(lk_mul(batch, classes, &cells), LK_ERROR_MEMORY, "%zu x %zu logits are too many",
               batch, classes);
    wide_head h = {0};
    lk_status status = lk_loss_widen(&h.x, t->all, batch, width);
    if (status == LK_OK)
        status = lk_loss_widen(&h.w, t->head.weight, classes, width);
    if (status == LK_OK)
        status = lk_alloc(&h.z, cells, sizeof *h.z);
    if (status == LK_OK)
        status = lk_alloc(&h.out, (classes > batch ? classes : batch) * width, sizeof *h.out);
    if (status == LK_OK)
        status = softmax(t, loss, &h);
    free(h.x);
    free(h.w);
    free(h.z);
    free(h.out);
    return status;
}

lk_status lk_trainer_loss_of(lk_trainer *t, lk_loss *loss)
{
    lk_triplet_options triplet = t->run.options.triplet;
    switch (t->run.options.loss) {
    case LK_TRAINER_SOFTMAX: return loss_softmax(t, loss);
    case LK_TRAINER_ARCFACE:
        return lk_loss_arcface(loss, t->output_gradient, t->head.weight_gradient, t->all,
                               t->head.weight, t->person, t->batch, t->width, t->head.classes,
                               &t->run.options.arcface);
    case LK_TRAINER_TRIPLET: break;
    }
    lk_random random = lk_stream(t->run.options.seed, LK_STREAM_TRIPLETS, t->run.step, 0);
    triplet.seed = lk_random_u64(&random);
    return lk_loss_triplet(loss, t->output_gradient, t->all, t->person, t->batch, t->width,
                           &triplet);
}

/* Softmax cross-entropy, the maximum subtracted first so that e^z stays finite. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "train/loss.h"

static size_t highest(const double *z, size_t classes)
{
    size_t best = 0;
    for (size_t j = 1; j < classes; j++)
        if (z[j] > z[best])
            best = j;
    return best;
}

/* One row's part of the loss; writes the gradient unless NULL (which may be z). */
static void loss_softmax_take_row(lk_loss *loss, double *gradient, const double *z, size_t label,
                                  size_t classes, size_t n)
{
    size_t best = highest(z, classes);
    double top = z[best], sum = 0;
    for (size_t j = 0; j < classes; j++)
        sum += exp(z[j] - top);
    loss->value = (log(sum) + top - z[label]) / (double)n;
    loss->active = best != label;
    if (!gradient)
        return;
    for (size_t j = 0; j < classes; j++)
        gradient[j] = exp(z[j] - top) / sum / (double)n;
    gradient[label] -= 1 / (double)n;
}

lk_status lk_loss_softmax_f64(lk_loss *out, double *gradient, const double *logits,
                              const size_t *label, size_t n, size_t classes)
{
    LK_TRY(lk_loss_check_finite("logits", logits, n * classes, classes));
    for (size_t i = 0; i < n; i++)
        LK_REQUIRE(label[i] < classes, LK_ERROR_ARGUMENT,
                   "row %zu has label %zu, expected one below %zu", i, label[i], classes);
    lk_loss *rows, loss = {.terms = n};
    LK_TRY(lk_alloc(&rows, n, sizeof *rows));
#pragma omp parallel for num_threads(lk_threads()) schedule(static)
    for (size_t i = 0; i < n; i++)
        loss_softmax_take_row(&rows[i], gradient ? gradient + i * classes : NULL,
                              logits + i * classes, label[i], classes, n);
    for (size_t i = 0; i < n; i++) { /* in order, whatever the threads */
        loss.value += rows[i].value;
        loss.active += rows[i].active;
    }
    free(rows);
    *out = loss;
    return LK_OK;
}

lk_status lk_loss_softmax(lk_loss *out, float *gradient, const float *logits, const size_t *label,
                          size_t n, size_t classes)
{
    LK_REQUIRE(out && logits && label && classes, LK_ERROR_ARGUMENT,
               "lk_loss_softmax: NULL or empty argument");
    double *z;
    LK_TRY(lk_loss_widen(&z, logits, n, classes));
    /* A row is read before its gradient is written, so one array serves both. */
    lk_loss loss;
    lk_status status = lk_loss_softmax_f64(&loss, z, z, label, n, classes);
    if (status == LK_OK) {
        *out = loss;
        if (gradient)
            lk_loss_narrow(gradient, z, n * classes);
    }
    free(z);
    return status;
}

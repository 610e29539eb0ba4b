/* One step of a run:
 *
 *   batch -> network -> loss of the whole batch -> its gradient at the embeddings
 *   -> gradients -> norm, clipping -> optimiser -> averages -> record
 *
 * With several processes each feeds its rows to its copy of the network; the rows that
 * come out are gathered, so that every process sees the loss of the whole batch, all
 * its triplets included, and takes the gradient at its own rows. Gradients are then sums
 * over processes, begun while backward still runs. Everything after that is the same
 * work on the same numbers everywhere.
 *
 * Whatever is random in a step depends on the seed and the step's number alone. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <likeness/stats.h>

#include "base/apart.h"
#include "base/clock.h"
#include "base/error.h"
#include "train/stream.h"
#include "train/trainer.h"

/* A number of this step and process for the masks of dropout; 0 would mean none. */
static uint64_t dropout_seed(const lk_trainer *t)
{
    if (!t->run.options.dropout)
        return 0;
    lk_random random =
        lk_stream(t->run.options.seed, LK_STREAM_DROPOUT, t->run.step, t->parallel.rank);
    uint64_t seed = lk_random_u64(&random);
    return seed ? seed : 1;
}

static lk_status forward(lk_trainer *t)
{
    lk_batch batch;
    size_t size = t->run.options.size, rows = t->rows;
    LK_TRY(lk_loader_next(t->loader, &batch));
    memcpy(lk_nn_train_input(t->pass), batch.planes, rows * 3 * size * size * sizeof(float));
    LK_TRY(lk_nn_train_forward(t->pass, t->mine, dropout_seed(t)));
    if (t->parallel.ranks > 1)
        return t->parallel.gather(t->parallel.user, t->all, t->mine, rows * t->width);
    memcpy(t->all, t->mine, rows * t->width * sizeof(float));
    return LK_OK;
}

static lk_status backward(lk_trainer *t)
{
    LK_TRY(lk_nn_train_backward(t->pass, t->output_gradient + t->first * t->width));
    return t->parallel.ranks > 1 ? t->parallel.wait(t->parallel.user) : LK_OK;
}

/* The spread of unit rows; softmax's rows are not of unit length. */
static lk_status measure_spread(lk_trainer *t, double *spread)
{
    for (size_t row = 0; row < t->batch; row++) {
        const float *x = t->all + row * t->width;
        double *to = t->wide + row * t->width, sum = 0;
        for (size_t i = 0; i < t->width; i++)
            sum += (double)x[i] * (double)x[i];
        for (size_t i = 0; i < t->width; i++)
            to[i] = (double)x[i] / sqrt(fmax(sum, 1e-24));
    }
    return lk_stats_spread(spread, t->wide, t->batch, t->width);
}

/* The first tensor whose gradient is not a number. */
static lk_status name_bad_gradient(const lk_trainer *t)
{
    for (size_t i = 0; i < t->tensor_count; i++)
        for (size_t k = 0; t->tensors[i].gradient && k < t->tensors[i].count; k++)
            if (!isfinite(t->tensors[i].gradient[k]))
                return lk_fail(LK_ERROR_NUMBER, "the gradient of %s holds %g", t->tensors[i].name,
                               (double)t->tensors[i].gradient[k]);
    return lk_fail(LK_ERROR_NUMBER, "the norm of the gradients is too large for a number");
}

static void average(lk_trainer *t)
{
    double decay =
        fmin(t->run.options.average, (1.0 + (double)t->run.step) / (10.0 + (double)t->run.step));
    for (size_t i = 0; i < t->tensor_count; i++)
        if (t->tensors[i].average)
            lk_average_update(t->tensors[i].average, t->tensors[i].value, t->tensors[i].count,
                              decay);
}

/* Semi-hard mining takes active triplets only, at most one per pair (anchor, positive):
 * there the share of the pairs that found one says what a share of triplets would not. */
static double possible_terms(const lk_trainer *t, const lk_loss *loss)
{
    const lk_trainer_options *o = &t->run.options;
    double k = (double)o->sampler.photos;
    if (o->loss == LK_TRAINER_TRIPLET && o->triplet.miner == LK_MINER_SEMI_HARD)
        return (double)o->sampler.people * k * (k - 1) / 2;
    return (double)loss->terms;
}

static lk_status trainer_step_compute(lk_trainer *t, lk_trainer_step_record *record)
{
    lk_loss loss;
    lk_position at = lk_trainer_position(t);
    const lk_trainer_options *o = &t->run.options;
    LK_THREADS_APART();
    LK_TRY(lk_sampler_get(t->photo, t->person, t->people, &o->sampler, at));
    LK_TRY(forward(t));
    LK_TRY(lk_trainer_loss_of(t, &loss));
    LK_REQUIRE(isfinite(loss.value), LK_ERROR_NUMBER, "the loss is %g", loss.value);
    LK_TRY(measure_spread(t, &record->spread));
    LK_TRY(backward(t));
    record->gradient_norm =
        lk_gradients_clip(t->gradients, t->gradient_sizes, t->gradient_count, o->clip);
    if (!isfinite(record->gradient_norm))
        return name_bad_gradient(t);
    double epoch = (double)at.epoch + (double)at.batch / (double)t->steps_per_epoch;
    record->rate = lk_schedule_rate(t->schedule, epoch, t->steps_per_epoch);
    record->loss = loss.terms ? loss.value : NAN; /* no triplet, no loss */
    record->terms = (double)loss.terms;
    record->active = (double)loss.active / fmax(possible_terms(t, &loss), 1);
    return LK_OK;
}

static lk_status trainer_step_explain(const lk_trainer *t, lk_status status)
{
    char text[64];
    snprintf(text, sizeof text, "step %llu", (unsigned long long)t->run.step + 1);
    return lk_fail_prefix(status, text);
}

lk_status lk_trainer_step(lk_trainer *t, lk_trainer_step_record *record)
{
    LK_REQUIRE(t, LK_ERROR_ARGUMENT, "lk_trainer_step: NULL argument");
    double began = lk_clock();
    lk_trainer_step_record made = {.step = t->run.step + 1};
    LK_REQUIRE(!t->failed, LK_ERROR_ARGUMENT,
               "a step of this run failed: resume it from its checkpoint");
    t->failed = true;
    lk_status status = t->loader ? LK_OK : lk_trainer_open_loader(t);
    if (status == LK_OK)
        status = trainer_step_compute(t, &made);
    if (status != LK_OK)
        return trainer_step_explain(t, status);
    LK_TRY(lk_trainer_append_step(&t->run, &made));
    lk_optimizer_step(t->optimizer, made.rate);
    average(t);
    t->run.step++;
    t->on_disk = false;
    t->failed = false;
    double seconds = lk_clock() - began;
    t->recent[t->recent_count++ % LK_TRAINER_RECENT] = seconds;
    t->run.seconds += seconds;
    if (record)
        *record = made;
    return LK_OK;
}

/* The loop: steps, epochs, checkpoints, progress, alarms. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "train/trainer.h"

static const double collapsed_spread = 0.01;
static const char collapsed_text[] =
    "The embedding has collapsed: all faces get nearly the same vector; lower the learning rate, "
    "take a milder miner (semi-hard, or soft margin), or go back to an earlier checkpoint.";
static const char idle_text[] =
    "Nothing was learned in the last epoch: no batch held a triplet that the miner takes "
    "(semi-hard: somebody else who is farther away than the same person, by less than the "
    "margin); take larger batches, or another miner (random, batch-hard).";

/* The loss that a collapsed network gets from triplets: 0 < d(a,n) - d(a,p) = 0. */
static bool is_stuck(const lk_trainer_options *o, const lk_trainer_step_record *r)
{
    double at = o->triplet.soft ? log(2.0) : o->triplet.margin;
    return o->loss != LK_TRAINER_TRIPLET || r->terms == 0 || fabs(r->loss - at) <= at / 10;
}

static bool has_collapsed(const lk_trainer_saved *run)
{
    if (run->step_count < LK_TRAINER_ALARM_STEPS)
        return false;
    for (size_t i = run->step_count - LK_TRAINER_ALARM_STEPS; i < run->step_count; i++)
        if (run->steps[i].spread >= collapsed_spread || !is_stuck(&run->options, &run->steps[i]))
            return false;
    return true;
}

/* Whether any of the last `count` steps had something to learn from. */
static bool has_learned(const lk_trainer_saved *run, size_t count)
{
    size_t first = run->step_count > count ? run->step_count - count : 0;
    for (size_t i = first; i < run->step_count; i++)
        if (run->steps[i].terms > 0)
            return true;
    return false;
}

/* From the end of an epoch in vain until a step is not. */
static bool is_idle(const lk_trainer *t)
{
    size_t done = t->run.step_count;
    return done >= t->steps_per_epoch &&
           !has_learned(&t->run, t->steps_per_epoch + done % t->steps_per_epoch);
}

/* A function of the history alone, so that a resumed run sees the same alarms. */
static lk_trainer_alarm find_alarm(const lk_trainer *t)
{
    return has_collapsed(&t->run) ? LK_TRAINER_COLLAPSED
           : is_idle(t)           ? LK_TRAINER_IDLE
                                  : LK_TRAINER_NO_ALARM;
}

static const char *alarm_text(lk_trainer_alarm alarm)
{
    return alarm == LK_TRAINER_COLLAPSED ? collapsed_text
           : alarm == LK_TRAINER_IDLE    ? idle_text
                                         : NULL;
}

static uint64_t total_steps(const lk_trainer *t)
{
    const lk_trainer_options *o = &t->run.options;
    size_t steps;
    if (__builtin_mul_overflow(o->epochs, t->steps_per_epoch, &steps))
        steps = SIZE_MAX;
    return o->steps && o->steps < steps ? o->steps : steps;
}

static double seconds_a_step(const lk_trainer *t)
{
    size_t count = t->recent_count < LK_TRAINER_RECENT ? t->recent_count : LK_TRAINER_RECENT;
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += t->recent[i];
    return count ? sum / (double)count : 0;
}

static void trainer_run_estimate(lk_trainer_progress *p, const lk_trainer *t)
{
    double a_step = seconds_a_step(t);
    double left = p->total_steps > t->run.step ? (double)(p->total_steps - t->run.step) : 0;
    double validations = floor(left / (double)t->steps_per_epoch);
    p->images_per_second = a_step > 0 ? (double)t->batch / a_step : 0;
    p->seconds_left = a_step > 0 ? left * a_step + validations * t->validation_seconds : 0;
}

static lk_trainer_progress trainer_run_describe(const lk_trainer *t, lk_trainer_event event)
{
    const lk_trainer_saved *run = &t->run;
    lk_trainer_progress p = {
        .event = event,
        .epoch_count = run->epoch_count,
        .epoch = run->step / t->steps_per_epoch,
        .epoch_step = run->step % t->steps_per_epoch,
        .steps_per_epoch = t->steps_per_epoch,
        .total_steps = total_steps(t),
        .seconds = run->seconds,
        .bad_photos = lk_trainer_bad_photo_count(t),
        .alarm = find_alarm(t),
    };
    if (run->step_count)
        p.step = run->steps[run->step_count - 1];
    if (run->epoch_count)
        p.last = run->epochs[run->epoch_count - 1];
    p.alarm_text = alarm_text(p.alarm);
    trainer_run_estimate(&p, t);
    return p;
}

/* Who runs it, and whether it was asked to stop. */
typedef struct listener {
    lk_trainer_progress_fn progress;
    void *user;
    bool stop;
} listener;

static void trainer_run_tell(listener *l, const lk_trainer *t, lk_trainer_event event)
{
    if (!l->progress)
        return;
    lk_trainer_progress p = trainer_run_describe(t, event);
    if (!l->progress(l->user, &p))
        l->stop = true;
}

/* Several processes stop together, whoever was asked. */
static lk_status agree(lk_trainer *t, listener *l)
{
    double stop = l->stop ? 1 : 0;
    if (t->parallel.ranks > 1)
        LK_TRY(t->parallel.sum(t->parallel.user, &stop, 1));
    l->stop = stop > 0;
    return LK_OK;
}

/* Of the last steps, as many as an epoch has; those without a loss do not count. NaN:
 * none had one. */
static double mean_loss(const lk_trainer *t)
{
    const lk_trainer_saved *run = &t->run;
    size_t most = t->steps_per_epoch, count = 0;
    double sum = 0;
    for (size_t i = run->step_count > most ? run->step_count - most : 0; i < run->step_count; i++)
        if (run->steps[i].terms > 0) {
            sum += run->steps[i].loss;
            count++;
        }
    return count ? sum / (double)count : NAN;
}

static bool is_better(const lk_trainer_epoch_record *a, const lk_trainer_epoch_record *b)
{
    if (a->same_pairs == 0)
        return a->loss < b->loss;
    return a->auc > b->auc || (a->auc == b->auc && a->eer < b->eer);
}

/* Weights that learned nothing are no better than those before, whatever validation
 * makes of their running statistics. */
static bool is_best(const lk_trainer *t, const lk_trainer_epoch_record *record)
{
    if (t->run.step && !has_learned(&t->run, t->steps_per_epoch))
        return false;
    for (size_t i = t->run.epoch_count; i > 0; i--)
        if (t->run.epochs[i - 1].best)
            return is_better(record, &t->run.epochs[i - 1]);
    return true;
}

/* Validation, its record, and the best weights: after an epoch, and where a run ends
 * inside one. */
static lk_status end_epoch(lk_trainer *t, listener *l)
{
    double began = lk_clock();
    lk_trainer_epoch_record record = {.epoch = t->run.step / t->steps_per_epoch,
                                      .step = t->run.step};
    if (t->validation && t->parallel.rank == 0)
        LK_TRY(lk_trainer_validate(t, &record));
    record.loss = t->run.step ? mean_loss(t) : 0;
    record.best = is_best(t, &record);
    if (record.best)
        LK_TRY(lk_trainer_write_best(t));
    t->run.seconds += lk_clock() - began;
    record.seconds = lk_clock() - t->epoch_began;
    t->epoch_began = lk_clock();
    LK_TRY(lk_trainer_append_epoch(&t->run, &record));
    trainer_run_tell(l, t, LK_TRAINER_VALIDATED);
    return LK_OK;
}

static lk_status save(lk_trainer *t, listener *l)
{
    if (!t->run.options.run || t->on_disk)
        return LK_OK;
    LK_TRY(lk_trainer_save(t));
    trainer_run_tell(l, t, LK_TRAINER_SAVED);
    return LK_OK;
}

static bool is_due(const lk_trainer *t)
{
    const lk_trainer_options *o = &t->run.options;
    uint64_t step = t->run.step, epoch = step / t->steps_per_epoch;
    if (o->save_epochs && step % t->steps_per_epoch == 0 && epoch % o->save_epochs == 0)
        return true;
    if (o->save_steps && step % o->save_steps == 0)
        return true;
    return o->save_seconds > 0 && lk_clock() - t->last_saved >= o->save_seconds;
}

/* A checkpoint stands before the first step: a full disk shows now, and a run that is
 * killed at any later moment can be resumed. */
static lk_status trainer_run_begin(lk_trainer *t, listener *l)
{
    t->epoch_began = lk_clock();
    t->last_saved = t->epoch_began;
    if (t->run.step > 0 || t->run.epoch_count > 0)
        return LK_OK;
    LK_TRY(save(t, l));
    return t->validation ? end_epoch(t, l) : LK_OK;
}

/* One step with what belongs to it. */
static lk_status advance(lk_trainer *t, listener *l)
{
    LK_TRY(lk_trainer_step(t, NULL));
    trainer_run_tell(l, t, LK_TRAINER_STEPPED);
    if (t->run.step % t->steps_per_epoch == 0 || t->run.step >= total_steps(t))
        LK_TRY(end_epoch(t, l));
    if (is_due(t))
        LK_TRY(save(t, l));
    return agree(t, l);
}

static lk_status stopped(const lk_trainer *t)
{
    return lk_fail(LK_ERROR_CANCELLED, "stopped after step %llu as asked%s%s",
                   (unsigned long long)t->run.step, t->run.options.run ? "; resume with " : "",
                   t->run.options.run ? t->run.options.run : "");
}

/* A run that was stopped, and is now said to end where it is, has no record of its end. */
static lk_status end_here(lk_trainer *t, listener *l)
{
    const lk_trainer_saved *run = &t->run;
    if (run->step == 0 || (run->epoch_count && run->epochs[run->epoch_count - 1].step == run->step))
        return LK_OK;
    LK_TRY(end_epoch(t, l));
    t->on_disk = false;
    return LK_OK;
}

static lk_status check_learned(const lk_trainer *t)
{
    size_t steps = t->run.step_count;
    LK_REQUIRE(has_learned(&t->run, steps), LK_ERROR_NUMBER,
               "nothing was learned: in %zu %s no batch held a triplet that the miner takes; take "
               "larger batches, or another miner (random, batch-hard)",
               steps, steps == 1 ? "step" : "steps");
    return LK_OK;
}

lk_status lk_trainer_run(lk_trainer *t, lk_trainer_progress_fn progress, void *user)
{
    LK_REQUIRE(t, LK_ERROR_ARGUMENT, "lk_trainer_run: NULL argument");
    listener l = {progress, user, false};
    if (t->run.step < total_steps(t)) {
        LK_TRY(trainer_run_begin(t, &l));
        LK_TRY(agree(t, &l));
        while (!l.stop && t->run.step < total_steps(t))
            LK_TRY(advance(t, &l));
    } else {
        t->epoch_began = lk_clock();
        LK_TRY(end_here(t, &l));
    }
    LK_TRY(save(t, &l));
    return t->run.step < total_steps(t) ? stopped(t) : check_learned(t);
}

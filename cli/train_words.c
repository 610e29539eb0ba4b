/* The options and counts of a training run in words. */
#include <stdlib.h>
#include <string.h>

#include "train.h"

const char *const train_losses[] = {"triplet", "softmax", "arcface", NULL};
const char *const train_miners[] = {"all", "random", "semi-hard", "batch-hard", NULL};
const char *const train_optimizers[] = {"sgd", "adagrad", "rmsprop", "adam", "adamw", NULL};
const char *const train_schedules[] = {"constant", "step", "cosine", NULL};

char *train_loss_name(const lk_trainer_options *o)
{
    if (o->loss != LK_TRAINER_TRIPLET)
        return cli_strdup(train_losses[o->loss]);
    return cli_format("triplet, %s, %s%s", train_miners[o->triplet.miner],
                      o->triplet.squared ? "squared distances" : "plain distances",
                      o->triplet.soft ? ", soft margin" : "");
}

static char *augment_text(const lk_augment_options *a)
{
    return cli_format("flip %s, shift %g, scale %g, colour %g, blur %g, jpeg %d, erase %g",
                      a->flip ? "on" : "off", a->shift, a->scale, a->colour, a->blur, a->jpeg,
                      a->erase);
}

static char *schedule_text(const lk_schedule_options *s)
{
    char *warmup = s->warmup > 0 ? cli_format(", warm-up %g %s", s->warmup,
                                              s->warmup == 1 ? "epoch" : "epochs")
                                 : cli_strdup(", no warm-up");
    char *text = s->kind == LK_SCHEDULE_FILE
                     ? cli_format("file %s%s", s->path ? s->path : "", warmup)
                     : cli_format("%s from %g%s", train_schedules[s->kind], s->rate, warmup);
    free(warmup);
    return text;
}

static char *batch_text(const lk_sampler_options *s)
{
    char *people = cli_count(s->people, "person", "people");
    char *photos = cli_count(s->photos, "photograph", "photographs");
    char *text = cli_format("%s x %s", people, photos);
    free(people);
    free(photos);
    return text;
}

static char *frozen_text(const lk_trainer_options *o)
{
    char *text = cli_strdup(o->frozen_count ? "" : "nothing");
    for (size_t i = 0; i < o->frozen_count; i++) {
        char *longer = cli_format("%s%s%s", text, i ? ", " : "", o->frozen[i]);
        free(text);
        text = longer;
    }
    return text;
}

size_t train_options_describe(train_setting *settings, size_t most, const lk_trainer_options *o)
{
    const train_setting all[] = {
        {"Started from", cli_strdup(o->init ? o->init : "random weights")},
        {"Width", cli_format("%g", o->width)},
        {"Faces", cli_format("%zu x %zu pixels (resize rule %s)", o->size, o->size,
                             cli_resize_name(o->augment.resize))},
        {"Batch", batch_text(&o->sampler)},
        {"Margin",
         cli_format("%g", o->loss == LK_TRAINER_ARCFACE ? o->arcface.margin : o->triplet.margin)},
        {"Optimiser",
         cli_format("%s, momentum %g, weight decay %g", train_optimizers[o->optimizer.kind],
                    o->optimizer.momentum, o->optimizer.weight_decay)},
        {"Learning rate", schedule_text(&o->schedule)},
        {"Gradient clipping",
         o->clip > 0 ? cli_format("to a norm of %g", o->clip) : cli_strdup("none")},
        {"Moving average",
         o->average > 0 ? cli_format("decay %g", o->average) : cli_strdup("none")},
        {"Dropout", cli_strdup(o->dropout ? "0.6" : "none")},
        {"Frozen", frozen_text(o)},
        {"Augmentation", augment_text(&o->augment)},
        {"Held out", o->validation > 0 ? cli_format("%g %% of the people", 100 * o->validation)
                                       : cli_strdup("nobody")},
        {"Seed", cli_format("%llu", (unsigned long long)o->seed)},
        {"Threads", cli_format("%zu", lk_threads_get())},
    };
    size_t count = sizeof all / sizeof *all;
    for (size_t i = 0; i < count; i++)
        if (i < most)
            settings[i] = all[i];
        else
            free(all[i].value);
    return count < most ? count : most;
}

/* The options and counts of a training run in words. */
#include <stdlib.h>
#include <string.h>

#include "train.h"

/* What the row `name` says in `o`; the caller frees it. */
static char *value(const lk_trainer_options *o, const char *name)
{
    char *text = NULL;
    if (lk_option_get(&text, lk_trainer_options_table(), o, name) != LK_OK)
        cli_out_of_memory();
    return text;
}

/* "FORMAT" with the value of a row. */
static char *with_value(const lk_trainer_options *o, const char *before, const char *name,
                        const char *after)
{
    char *number = value(o, name), *text = cli_format("%s%s%s", before, number, after);
    free(number);
    return text;
}

char *train_loss_name(const lk_trainer_options *o)
{
    if (o->loss != LK_TRAINER_TRIPLET)
        return value(o, "loss");
    char *miner = value(o, "triplet.miner");
    char *text = cli_format("triplet, %s, %s%s", miner,
                            o->triplet.squared ? "squared distances" : "plain distances",
                            o->triplet.soft ? ", soft margin" : "");
    free(miner);
    return text;
}

/* "flip on, shift 0.06" and so on: every row there is. */
static char *augment_text(const lk_trainer_options *o)
{
    const lk_options_table *table = lk_augment_options_table();
    char *text = cli_strdup("");
    for (size_t i = 0; i < lk_options_count(table); i++) {
        const lk_option *row = lk_options_row(table, i);
        if (row->word) /* resizing is no change, and told with the faces */
            continue;
        char *name = cli_format("augment.%s", row->name), *number = value(o, name);
        char *longer = cli_format("%s%s%s %s", text, i ? ", " : "", row->name, number);
        free(number);
        free(name);
        free(text);
        text = longer;
    }
    return text;
}

static char *schedule_text(const lk_trainer_options *o)
{
    const lk_schedule_options *s = &o->schedule;
    char *warmup = s->warmup > 0 ? with_value(o, ", warm-up ", "schedule.warmup",
                                              s->warmup == 1 ? " epoch" : " epochs")
                                 : cli_strdup(", no warm-up");
    char *kind = value(o, "schedule.kind"), *rate = value(o, "schedule.rate");
    char *text = s->kind == LK_SCHEDULE_FILE
                     ? cli_format("file %s%s", s->path ? s->path : "", warmup)
                     : cli_format("%s from %s%s", kind, rate, warmup);
    free(rate);
    free(kind);
    free(warmup);
    return text;
}

static char *optimizer_text(const lk_trainer_options *o)
{
    char *kind = value(o, "optimizer.kind"), *momentum = value(o, "optimizer.momentum");
    char *decay = value(o, "optimizer.weight_decay");
    char *text = cli_format("%s, momentum %s, weight decay %s", kind, momentum, decay);
    free(decay);
    free(momentum);
    free(kind);
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
        {"Width", value(o, "width")},
        {"Faces", cli_format("%zu x %zu pixels (resize rule %s)", o->size, o->size,
                             cli_resize_name(o->augment.resize))},
        {"Batch", batch_text(&o->sampler)},
        {"Margin", value(o, o->loss == LK_TRAINER_ARCFACE ? "arcface.margin" : "triplet.margin")},
        {"Optimiser", optimizer_text(o)},
        {"Learning rate", schedule_text(o)},
        {"Gradient clipping",
         o->clip > 0 ? with_value(o, "to a norm of ", "clip", "") : cli_strdup("none")},
        {"Moving average",
         o->average > 0 ? with_value(o, "decay ", "average", "") : cli_strdup("none")},
        {"Dropout", cli_strdup(o->dropout ? "0.6" : "none")},
        {"Frozen", frozen_text(o)},
        {"Augmentation", augment_text(o)},
        {"Held out", o->validation > 0 ? cli_format("%g %% of the people", 100 * o->validation)
                                       : cli_strdup("nobody")},
        {"Numbers", cli_strdup(lk_precision_name(o->precision))},
        {"Seed", value(o, "seed")},
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

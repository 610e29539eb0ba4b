/* The options of a run: checks, copies, and what a resumed run may change. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/utf8.h"
#include "train/trainer.h"

lk_status lk_trainer_check_batch(const lk_trainer_options *o)
{
    size_t p = o->sampler.people, k = o->sampler.photos, rows = p * k;
    size_t least = o->loss == LK_TRAINER_TRIPLET ? 2 : 1;
    LK_REQUIRE(p >= least && k >= least && rows >= 2, LK_ERROR_ARGUMENT,
               "batches of %zu x %zu (people x photographs of each), expected at least %s", p, k,
               least == 2 ? "2 of each, which triplets need" : "2 photographs");
    const lk_trainer_parallel *parallel = o->parallel;
    if (!parallel)
        return LK_OK;
    LK_REQUIRE(parallel->rank < parallel->ranks && rows % parallel->ranks == 0 &&
                   rows / parallel->ranks >= 2,
               LK_ERROR_ARGUMENT,
               "a batch of %zu images cannot be dealt evenly, two or more each, to %zu processes",
               rows, parallel->ranks);
    LK_REQUIRE(parallel->ranks == 1 ||
                   (parallel->sum && parallel->gather && parallel->reduce && parallel->wait),
               LK_ERROR_ARGUMENT, "several processes need all four functions");
    return LK_OK;
}

lk_status lk_trainer_take_options(lk_trainer_options *out, const lk_trainer_options *given)
{
    LK_TRY(lk_options_take(lk_trainer_options_table(), out, given));
    return lk_trainer_check_batch(out);
}

/* ---- copies ---- */

static lk_status trainer_options_copy_text(const char **text)
{
    char *copy = NULL;
    if (*text)
        LK_TRY(lk_strdup(&copy, *text));
    *text = copy;
    return LK_OK;
}

static lk_status copy_frozen(lk_trainer_options *out, const lk_trainer_options *from)
{
    const char **copies;
    LK_TRY(lk_alloc(&copies, from->frozen_count, sizeof *copies));
    out->frozen = copies;
    for (; out->frozen_count < from->frozen_count; out->frozen_count++) {
        copies[out->frozen_count] = from->frozen[out->frozen_count];
        LK_TRY(trainer_options_copy_text(&copies[out->frozen_count]));
    }
    return LK_OK;
}

static lk_status copy_strings(lk_trainer_options *out, const lk_trainer_options *from)
{
    const char *run = from->run, *init = from->init, *path = from->schedule.path;
    LK_TRY(trainer_options_copy_text(&run));
    out->run = run;
    LK_TRY(trainer_options_copy_text(&init));
    out->init = init;
    LK_TRY(trainer_options_copy_text(&path));
    out->schedule.path = path;
    return copy_frozen(out, from);
}

lk_status lk_trainer_copy_options(lk_trainer_options *out, const lk_trainer_options *from)
{
    lk_trainer_options copy = *from;
    copy.run = copy.init = copy.schedule.path = NULL;
    copy.frozen = NULL;
    copy.frozen_count = 0;
    lk_status status = copy_strings(&copy, from);
    if (status != LK_OK) {
        lk_trainer_clear_options(&copy);
        return status;
    }
    *out = copy;
    return LK_OK;
}

void lk_trainer_clear_options(lk_trainer_options *options)
{
    for (size_t i = 0; i < options->frozen_count; i++)
        free((char *)(uintptr_t)options->frozen[i]);
    free((void *)(uintptr_t)options->frozen);
    free((char *)(uintptr_t)options->run);
    free((char *)(uintptr_t)options->init);
    free((char *)(uintptr_t)options->schedule.path);
    *options = (lk_trainer_options){0};
}

lk_status lk_trainer_copy_paths(lk_trainer_saved *saved, const char *const *paths, size_t count)
{
    LK_TRY(lk_alloc(&saved->paths, count, sizeof *saved->paths));
    for (; saved->path_count < count; saved->path_count++)
        LK_TRY(lk_strdup(&saved->paths[saved->path_count], paths[saved->path_count]));
    return LK_OK;
}

/* ---- what a resumed run may change ---- */

/* Of the run's options `ours` and those that were asked for. */
typedef struct difference {
    const lk_option *option;
    void *ours;
    const void *asked;
} difference;

static lk_status refuse_unless_same(const difference *d, const char *ours, const char *asked)
{
    LK_REQUIRE(strcmp(ours, asked) == 0, LK_ERROR_ARGUMENT,
               "this run has %s = %s, asked for %s: only a new run can change that",
               d->option->name, LK_SHORT(*ours ? ours : "none", 80),
               LK_SHORT(*asked ? asked : "none", 80));
    return LK_OK;
}

static lk_status trainer_options_compare(const difference *d)
{
    char *ours, *asked;
    LK_TRY(lk_option_print(&ours, d->ours, d->option));
    lk_status status = lk_option_print(&asked, d->asked, d->option);
    if (status == LK_OK) {
        status = refuse_unless_same(d, ours, asked);
        free(asked);
    }
    free(ours);
    return status;
}

/* 0 stands for "as it is" where the run has put a number in its place. */
static bool is_left_open(const lk_trainer_options *asked, const void *value)
{
    return (value == &asked->width || value == &asked->schedule.epochs) &&
           *(const double *)value == 0;
}

/* `asked` is of this library's size, too. */
lk_status lk_trainer_merge_options(lk_trainer_options *ours, const lk_trainer_options *asked)
{
    const lk_options_table *table = lk_trainer_options_table();
    for (size_t i = 0; i < table->count; i++) {
        const lk_option *row = &table->rows[i];
        const difference d = {row, (char *)ours + row->offset, (const char *)asked + row->offset};
        if (!row->free && !is_left_open(asked, d.asked))
            LK_TRY(trainer_options_compare(&d));
    }
    for (size_t i = 0; i < table->count; i++) {
        const lk_option *row = &table->rows[i];
        if (row->free && row->type != LK_OPTION_TEXT) /* a text would not be ours */
            memcpy((char *)ours + row->offset, (const char *)asked + row->offset, row->bytes);
    }
    ours->parallel = asked->parallel;
    return LK_OK;
}

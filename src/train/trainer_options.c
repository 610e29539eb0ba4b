/* The options of a run: defaults, checks, copies, and what a resumed run may change. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "train/trainer.h"
#include "train/trainer_fields.h"

enum { LEAST_SIZE = 75, MOST_SIZE = 4096 };

void lk_trainer_options_init(lk_trainer_options *options)
{
    *options = (lk_trainer_options){
        .size = 160,
        .epochs = 30,
        .validation = 0.1,
        .validation_photos = 2000,
        .save_epochs = 1,
        .save_seconds = 600,
        .ahead = 3,
    };
    lk_triplet_options_init(&options->triplet);
    lk_arcface_options_init(&options->arcface);
    lk_sampler_options_init(&options->sampler);
    lk_augment_options_init(&options->augment);
    lk_image_options_init(&options->image);
    lk_optimizer_options_init(&options->optimizer, LK_ADAMW);
    lk_schedule_options_init(&options->schedule);
    options->schedule.kind = LK_SCHEDULE_COSINE;
    options->schedule.rate = 1e-3;
    options->schedule.epochs = 0;
    options->schedule.warmup = 1;
}

static lk_status check_numbers(const lk_trainer_options *o)
{
    LK_REQUIRE(o->width >= 0 && o->width <= 16, LK_ERROR_ARGUMENT,
               "a network of width %g, expected 0 (as init says, or 1) to 16", o->width);
    LK_REQUIRE(o->size >= LEAST_SIZE && o->size <= MOST_SIZE, LK_ERROR_ARGUMENT,
               "faces of %zu pixels, expected %d to %d", o->size, LEAST_SIZE, MOST_SIZE);
    LK_REQUIRE(o->epochs > 0 && o->ahead > 0, LK_ERROR_ARGUMENT,
               "epochs: %zu, batches decoded ahead: %zu; expected at least 1 of each", o->epochs,
               o->ahead);
    LK_REQUIRE(o->clip >= 0 && isfinite(o->clip), LK_ERROR_ARGUMENT,
               "gradients clipped at %g, expected a number from 0 (no clipping) on", o->clip);
    LK_REQUIRE(o->average >= 0 && o->average < 1, LK_ERROR_ARGUMENT,
               "an average of decay %g, expected 0 (none) or a number below 1", o->average);
    LK_REQUIRE(o->validation >= 0 && o->validation < 1, LK_ERROR_ARGUMENT,
               "a validation share of %g is not in [0, 1)", o->validation);
    LK_REQUIRE(o->validation_photos >= 4, LK_ERROR_ARGUMENT,
               "photographs in validation: %zu, expected at least 4", o->validation_photos);
    LK_REQUIRE(o->save_seconds >= 0, LK_ERROR_ARGUMENT,
               "a checkpoint every %g seconds, expected 0 (none) or more", o->save_seconds);
    return LK_OK;
}

static lk_status check_batch(const lk_trainer_options *o)
{
    size_t p = o->sampler.people, k = o->sampler.photos, rows;
    size_t least = o->loss == LK_TRAINER_TRIPLET ? 2 : 1;
    LK_REQUIRE(p >= least && k >= least && lk_mul(p, k, &rows) && rows >= 2, LK_ERROR_ARGUMENT,
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

/* The losses and the augmentation know their own ranges: on one row they only check. */
static lk_status check_parts(const lk_trainer_options *o)
{
    const float one = 1;
    const size_t label = 0;
    lk_loss loss;
    LK_REQUIRE(o->label <= LK_LABEL_PATH, LK_ERROR_ARGUMENT, "unknown rule %d for labels",
               (int)o->label);
    LK_REQUIRE(o->loss <= LK_TRAINER_ARCFACE && o->optimizer.kind <= LK_ADAMW &&
                   o->schedule.kind <= LK_SCHEDULE_FILE,
               LK_ERROR_ARGUMENT, "unknown loss %d, optimiser %d or schedule %d", (int)o->loss,
               (int)o->optimizer.kind, (int)o->schedule.kind);
    LK_TRY(lk_loss_triplet(&loss, NULL, &one, &label, 1, 1, &o->triplet));
    LK_TRY(lk_loss_arcface(&loss, NULL, NULL, &one, &one, &label, 1, 1, 1, &o->arcface));
    uint8_t pixel[3] = {0};
    lk_image image = {1, 1, pixel}, made = {0};
    LK_TRY(lk_augment_apply(&made, &image, 1, &o->augment, 0, 0, 0));
    lk_image_clear(&made);
    return LK_OK;
}

lk_status lk_trainer_check_options(const lk_trainer_options *options)
{
    LK_TRY(check_numbers(options));
    LK_TRY(check_batch(options));
    return check_parts(options);
}

/* ---- copies ---- */

static lk_status copy_text(const char **text)
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
        LK_TRY(copy_text(&copies[out->frozen_count]));
    }
    return LK_OK;
}

static lk_status copy_strings(lk_trainer_options *out, const lk_trainer_options *from)
{
    const char *run = from->run, *init = from->init, *path = from->schedule.path;
    LK_TRY(copy_text(&run));
    out->run = run;
    LK_TRY(copy_text(&init));
    out->init = init;
    LK_TRY(copy_text(&path));
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

enum { VALUE_SIZE = 160 };

static void describe(char out[VALUE_SIZE], const lk_trainer_field *field, const void *value)
{
    switch (field->kind) {
    case LK_FIELD_REAL: snprintf(out, VALUE_SIZE, "%.12g", *(const double *)value); break;
    case LK_FIELD_SIZE: snprintf(out, VALUE_SIZE, "%zu", *(const size_t *)value); break;
    case LK_FIELD_U64:
        snprintf(out, VALUE_SIZE, "%llu", (unsigned long long)*(const uint64_t *)value);
        break;
    case LK_FIELD_INT: snprintf(out, VALUE_SIZE, "%d", *(const int *)value); break;
    case LK_FIELD_FLAG: snprintf(out, VALUE_SIZE, "%s", *(const bool *)value ? "on" : "off"); break;
    case LK_FIELD_CHOICE:
        snprintf(out, VALUE_SIZE, "%s", field->choices[*(const unsigned *)value]);
        break;
    case LK_FIELD_TEXT: {
        const char *text = *(const char *const *)value;
        snprintf(out, VALUE_SIZE, "%.150s", text ? text : "none");
    }
    }
}

/* Says what differs; options come checked, so that choices are in their range. */
static lk_status refuse_other(const lk_trainer_field *field, const void *ours, const void *asked)
{
    char here[VALUE_SIZE], there[VALUE_SIZE];
    describe(here, field, ours);
    describe(there, field, asked);
    LK_REQUIRE(strcmp(here, there) == 0, LK_ERROR_ARGUMENT,
               "this run has %s = %s, asked for %s: only a new run can change that", field->name,
               here, there);
    return LK_OK;
}

static size_t field_size(const lk_trainer_field *field)
{
    switch (field->kind) {
    case LK_FIELD_REAL: return sizeof(double);
    case LK_FIELD_SIZE: return sizeof(size_t);
    case LK_FIELD_U64: return sizeof(uint64_t);
    case LK_FIELD_INT:
    case LK_FIELD_CHOICE: return sizeof(int);
    case LK_FIELD_FLAG: return sizeof(bool);
    case LK_FIELD_TEXT: break;
    }
    return 0; /* a free text is not taken over */
}

/* 0 stands for "as it is" where the run has put a number in its place. */
static bool is_left_open(const lk_trainer_options *options, const lk_trainer_field *field)
{
    const void *value = lk_trainer_field_in(options, field);
    return (value == &options->width || value == &options->schedule.epochs) &&
           *(const double *)value == 0;
}

static lk_status check_frozen(const lk_trainer_options *a, const lk_trainer_options *b)
{
    bool same = a->frozen_count == b->frozen_count;
    for (size_t i = 0; same && i < a->frozen_count; i++)
        same = strcmp(a->frozen[i], b->frozen[i]) == 0;
    LK_REQUIRE(same, LK_ERROR_ARGUMENT,
               "this run has other frozen layers (%zu %s) than asked for (%zu): only a new run can "
               "change that",
               a->frozen_count, a->frozen_count == 1 ? "prefix" : "prefixes", b->frozen_count);
    return LK_OK;
}

lk_status lk_trainer_merge_options(lk_trainer_options *options, const lk_trainer_options *from)
{
    size_t count;
    const lk_trainer_field *fields = lk_trainer_fields(&count);
    LK_TRY(check_frozen(options, from));
    for (size_t i = 0; i < count; i++)
        if (!fields[i].free && !is_left_open(from, &fields[i]))
            LK_TRY(refuse_other(&fields[i], lk_trainer_field_in(options, &fields[i]),
                                lk_trainer_field_in(from, &fields[i])));
    for (size_t i = 0; i < count; i++)
        if (fields[i].free)
            memcpy(lk_trainer_field_of(options, &fields[i]), lk_trainer_field_in(from, &fields[i]),
                   field_size(&fields[i]));
    options->parallel = from->parallel;
    return LK_OK;
}

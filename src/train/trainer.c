/* A trainer: made from options or from a checkpoint, and what it tells of itself. */
#include "train/trainer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <likeness/embed.h>
#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"

/* Seeds of parts follow from the run's; how the batch is dealt follows from its ranks. */
static void trainer_settle(lk_trainer *t)
{
    static const lk_trainer_parallel alone = {.ranks = 1};
    lk_trainer_options *o = &t->run.options;
    t->parallel = o->parallel ? *o->parallel : alone;
    o->parallel = o->parallel ? &t->parallel : NULL;
    o->sampler.seed = o->seed;
    if (o->schedule.epochs == 0)
        o->schedule.epochs = (double)o->epochs;
    t->width = LK_EMBEDDING_SIZE; /* of the network that is trained */
    t->run.threads = lk_threads_get();
}

/* After the people are known, to whom the batch may be fitted. */
static lk_status trainer_allocate(lk_trainer *t)
{
    size_t numbers;
    t->batch = t->run.options.sampler.people * t->run.options.sampler.photos;
    t->rows = t->batch / t->parallel.ranks;
    t->first = t->rows * t->parallel.rank;
    LK_REQUIRE(lk_mul(t->batch, t->width, &numbers), LK_ERROR_MEMORY,
               "a batch of %zu images is too large", t->batch);
    LK_TRY(lk_alloc(&t->person, t->batch, sizeof *t->person));
    LK_TRY(lk_alloc(&t->photo, t->batch, sizeof *t->photo));
    LK_TRY(lk_alloc(&t->mine, numbers, sizeof *t->mine));
    LK_TRY(lk_alloc(&t->all, numbers, sizeof *t->all));
    LK_TRY(lk_alloc(&t->output_gradient, numbers, sizeof *t->output_gradient));
    return lk_alloc(&t->wide, numbers, sizeof *t->wide);
}

/* The batch at the position is there: enough people. Told before the network is made. */
static lk_status check_people(lk_trainer *t)
{
    return lk_sampler_get(t->photo, t->person, t->people, &t->run.options.sampler,
                          (lk_position){0, 0});
}

/* ---- a new run ---- */

/* One process writes into a run. Folders that are there are locked at once, so that
 * nobody waits for a network to be told; others are created last. */
static lk_status lock_directory(lk_trainer *t, const char *run, size_t rank, bool create)
{
    if (!run || rank != 0 || t->lock || (!create && access(run, F_OK) != 0))
        return LK_OK;
    return lk_lock_folder(&t->lock, run, 0);
}

static lk_status refuse_other_run(const lk_trainer *t)
{
    char *path;
    const lk_trainer_options *o = &t->run.options;
    if (!o->run || o->replace || t->parallel.rank != 0)
        return LK_OK;
    LK_TRY(lk_trainer_path(&path, o->run, "checkpoint.safetensors"));
    bool there = access(path, F_OK) == 0;
    free(path);
    LK_REQUIRE(!there, LK_ERROR_ARGUMENT,
               "%s: holds a run already: resume it, or choose another directory", o->run);
    return LK_OK;
}

/* After everything that can be wrong with the options has been found. */
static lk_status open_directory(lk_trainer *t)
{
    LK_TRY(lock_directory(t, t->run.options.run, t->parallel.rank, true));
    return refuse_other_run(t); /* of one who had the lock before */
}

static lk_status trainer_start(lk_trainer *t)
{
    trainer_settle(t);
    LK_TRY(lock_directory(t, t->run.options.run, t->parallel.rank, false));
    LK_TRY(refuse_other_run(t));
    LK_TRY(lk_trainer_open_schedule(t));
    LK_TRY(lk_trainer_open_people(t, &t->run.data));
    LK_TRY(trainer_allocate(t));
    LK_TRY(check_people(t));
    LK_TRY(lk_trainer_make_network(t, NULL));
    return open_directory(t);
}

lk_status lk_trainer_create(lk_trainer **out, const char *const *paths, size_t path_count,
                            const lk_trainer_options *options)
{
    LK_REQUIRE(out && paths && path_count && options, LK_ERROR_ARGUMENT,
               "lk_trainer_create: NULL or empty argument");
    lk_trainer_options taken;
    LK_TRY(lk_trainer_take_options(&taken, options));
    lk_trainer *t;
    LK_TRY(lk_alloc(&t, 1, sizeof *t));
    lk_status status = lk_trainer_copy_options(&t->run.options, &taken);
    if (status == LK_OK)
        status = lk_trainer_copy_paths(&t->run, paths, path_count);
    if (status == LK_OK)
        status = trainer_start(t);
    if (status == LK_OK)
        *out = t;
    else
        lk_trainer_destroy(t);
    return status;
}

/* ---- a run that goes on ---- */

static lk_status trainer_merge(lk_trainer_saved *run, lk_trainer_options *asked)
{
    if (!asked)
        return LK_OK;
    asked->width = lk_trainer_round_width(asked->width);
    return lk_trainer_merge_options(&run->options, asked);
}

static lk_status replace_paths(lk_trainer_saved *run, const char *const *paths, size_t count)
{
    if (!paths)
        return LK_OK;
    for (size_t i = 0; i < run->path_count; i++)
        free(run->paths[i]);
    free(run->paths);
    run->paths = NULL;
    run->path_count = 0;
    return lk_trainer_copy_paths(run, paths, count);
}

static lk_status check_data(const lk_trainer_data_id *then, const lk_trainer_data_id *now)
{
    LK_REQUIRE(then->people == now->people && then->photos == now->photos, LK_ERROR_ARGUMENT,
               "this run was started on %llu people with %llu photographs, found %llu with %llu: "
               "only a new run can take others",
               (unsigned long long)then->people, (unsigned long long)then->photos,
               (unsigned long long)now->people, (unsigned long long)now->photos);
    LK_REQUIRE(then->fingerprint == now->fingerprint, LK_ERROR_ARGUMENT,
               "the names of the people or of their photographs have changed since this run was "
               "started: only a new run can take others");
    return LK_OK;
}

static lk_status note_threads(lk_trainer *t, uint64_t then)
{
    char *note;
    if (then == t->run.threads)
        return LK_OK;
    LK_TRY(lk_format(&note,
                     "this run was made with %llu thread%s and goes on with %llu: its numbers will "
                     "differ in their last digits from an uninterrupted run's",
                     (unsigned long long)then, then == 1 ? "" : "s",
                     (unsigned long long)t->run.threads));
    lk_status status = lk_trainer_append_text(&t->notes, note);
    free(note);
    return status;
}

static lk_status restore_network(lk_trainer *t, lk_tensors *checkpoint)
{
    LK_TRY(lk_trainer_make_network(t, checkpoint));
    LK_TRY(lk_trainer_load_averages(t, checkpoint));
    return lk_trainer_load_moments(t, checkpoint);
}

static lk_status trainer_restore(lk_trainer *t)
{
    lk_trainer_data_id now;
    uint64_t threads = t->run.threads;
    trainer_settle(t);
    LK_TRY(note_threads(t, threads));
    LK_TRY(lk_trainer_open_schedule(t));
    LK_TRY(lk_trainer_open_people(t, &now));
    LK_TRY(trainer_allocate(t));
    LK_TRY(check_data(&t->run.data, &now));
    LK_TRY(check_people(t));
    lk_tensors *checkpoint = t->run.tensors;
    t->run.tensors = NULL;
    lk_status status = restore_network(t, checkpoint);
    lk_tensors_close(checkpoint);
    /* Before the first epoch is recorded, last.* and best.* may be another run's. */
    t->stands = t->run.step > 0 || t->run.epoch_count > 0;
    t->on_disk = t->stands;
    return status;
}

lk_status lk_trainer_resume(lk_trainer **out, const char *run, const char *const *paths,
                            size_t path_count, const lk_trainer_options *options)
{
    LK_REQUIRE(out && run && (!paths || path_count), LK_ERROR_ARGUMENT,
               "lk_trainer_resume: NULL or empty argument");
    lk_trainer *t;
    lk_trainer_saved *saved;
    lk_trainer_options asked = {0};
    if (options)
        LK_TRY(lk_trainer_take_options(&asked, options));
    LK_TRY(lk_alloc(&t, 1, sizeof *t));
    size_t rank = asked.parallel ? asked.parallel->rank : 0;
    lk_status status = lock_directory(t, run, rank, false);
    if (status == LK_OK)
        status = lk_trainer_saved_open(&saved, run);
    if (status == LK_OK) {
        t->run = *saved; /* moved */
        free(saved);
        status = trainer_merge(&t->run, options ? &asked : NULL);
    }
    if (status == LK_OK)
        status = replace_paths(&t->run, paths, path_count);
    if (status == LK_OK)
        status = trainer_restore(t);
    if (status == LK_OK)
        *out = t;
    else
        lk_trainer_destroy(t);
    return status;
}

/* ---- the end ---- */

static void clear_network(lk_trainer *t)
{
    lk_optimizer_destroy(t->optimizer);
    for (size_t i = 0; i < t->tensor_count; i++)
        free(t->tensors[i].average);
    free(t->tensors);
    free(t->gradients);
    free(t->gradient_sizes);
    free(t->plain);
    lk_trainer_clear_head(&t->head);
    lk_nn_train_destroy(t->pass);
    lk_nn_model_destroy(t->model);
}

void lk_trainer_destroy(lk_trainer *t)
{
    if (!t)
        return;
    lk_loader_destroy(t->loader);
    lk_people_destroy(t->people);
    lk_people_destroy(t->validation);
    lk_schedule_destroy(t->schedule);
    clear_network(t);
    free(t->chosen);
    free(t->chosen_person);
    free(t->person);
    free(t->photo);
    free(t->mine);
    free(t->all);
    free(t->output_gradient);
    free(t->wide);
    lk_trainer_clear_texts(&t->notes);
    lk_trainer_clear_texts(&t->bad);
    lk_trainer_clear_saved(&t->run);
    lk_lock_release(t->lock);
    free(t);
}

/* ---- what it tells ---- */

void lk_trainer_summarise(const lk_trainer *t, lk_trainer_summary *out)
{
    if (!t || !out)
        return;
    *out = (lk_trainer_summary){
        .people = lk_people_count(t->people),
        .photos = lk_people_photo_count(t->people),
        .validation_people = t->validation ? lk_people_count(t->validation) : 0,
        .validation_photos = t->chosen_count,
        .left_out = t->left_out,
        .steps_per_epoch = t->steps_per_epoch,
        .batch = t->batch,
        .bytes = lk_nn_train_bytes(t->pass),
        .steps_done = t->run.step,
    };
    for (size_t i = 0; i < t->tensor_count; i++) {
        const lk_trainer_tensor *tensor = &t->tensors[i];
        if (tensor->gradient)
            out->parameters += tensor->plain;
        else if (!strstr(tensor->name, ".running_"))
            out->frozen_parameters += tensor->plain;
    }
}

lk_trainer_history lk_trainer_get_history(const lk_trainer *t)
{
    if (!t)
        return (lk_trainer_history){0};
    return lk_trainer_saved_history(&t->run);
}

const lk_trainer_options *lk_trainer_get_options(const lk_trainer *t)
{
    return t ? &t->run.options : NULL;
}

size_t lk_trainer_note_count(const lk_trainer *t)
{
    if (!t)
        return 0;
    return t->notes.count;
}

const char *lk_trainer_note(const lk_trainer *t, size_t index)
{
    if (!t)
        return NULL;
    return index < t->notes.count ? t->notes.items[index] : NULL;
}

size_t lk_trainer_bad_photo_count(const lk_trainer *t)
{
    if (!t)
        return 0;
    return t->bad.count + (t->loader ? lk_loader_error_count(t->loader) : 0);
}

const char *lk_trainer_bad_photo(const lk_trainer *t, size_t index)
{
    if (!t)
        return NULL;
    if (index < t->bad.count)
        return t->bad.items[index];
    return t->loader ? lk_loader_error(t->loader, index - t->bad.count) : NULL;
}

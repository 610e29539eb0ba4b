/* The people of a run: who trains, who is held out, and which photographs those are. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "train/trainer.h"

/* With its end, so that two texts are not one. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    return lk_hash(hash, text, strlen(text) + 1);
}

static lk_trainer_data_id identify(const lk_people *people)
{
    lk_trainer_data_id id = {lk_people_count(people), lk_people_photo_count(people), LK_HASH_START};
    for (size_t person = 0; person < id.people; person++) {
        size_t first = 0, count = lk_people_photos(people, person, &first);
        id.fingerprint = hash_text(id.fingerprint, lk_people_name(people, person));
        for (size_t i = first; i < first + count; i++) {
            const char *path = lk_people_path(people, i), *slash = strrchr(path, '/');
            id.fingerprint = hash_text(id.fingerprint, slash ? slash + 1 : path);
        }
    }
    return id;
}

/* What is missing counts as photographs that could not be read. */
static lk_status note_missing(lk_trainer *t, const lk_file_list *files)
{
    for (size_t i = 0; i < lk_file_list_skipped_count(files) && t->parallel.rank == 0; i++) {
        const lk_skipped *skipped = lk_file_list_skipped(files, i);
        char *text;
        if (skipped->kind != LK_SKIP_UNREADABLE && skipped->kind != LK_SKIP_UNSUPPORTED)
            continue;
        LK_TRY(lk_format(&text, "%s: %s", skipped->path, skipped->reason));
        lk_status status = lk_trainer_append_text(&t->bad, text);
        free(text);
        LK_TRY(status);
    }
    return LK_OK;
}

static lk_status list_people(lk_people **out, lk_trainer *t)
{
    lk_file_list *files;
    const lk_trainer_saved *run = &t->run;
    lk_file_list_options options;
    lk_file_list_options_init(&options);
    options.label = run->options.label;
    LK_TRY(lk_file_list_create(&files, (const char *const *)run->paths, run->path_count, &options));
    lk_status status = note_missing(t, files);
    if (status == LK_OK)
        status = lk_people_create(out, files);
    if (status == LK_ERROR_MISSING && lk_file_list_count(files) == 0 && run->path_count)
        status = lk_fail_prefix(status, run->paths[0]);
    lk_file_list_destroy(files);
    return status;
}

/* The same number of photographs of each person, the first ones; where even two a
 * person are too many, fewer people. */
static lk_status choose_photos(lk_trainer *t)
{
    size_t people = lk_people_count(t->validation), most = t->run.options.validation_photos;
    size_t photos = lk_people_photo_count(t->validation);
    size_t each = most / people < 2 ? 2 : most / people;
    LK_TRY(lk_alloc(&t->chosen, photos, sizeof *t->chosen));
    LK_TRY(lk_alloc(&t->chosen_person, photos, sizeof *t->chosen_person));
    for (size_t person = 0; person < people && t->chosen_count + 2 <= most; person++) {
        size_t first = 0, count = lk_people_photos(t->validation, person, &first);
        for (size_t i = 0; i < count && i < each && t->chosen_count < most; i++) {
            t->chosen_person[t->chosen_count] = person;
            t->chosen[t->chosen_count++] = first + i;
        }
    }
    return LK_OK;
}

/* Nobody can be compared with a person of one photograph. */
static lk_status trainer_data_leave_out(lk_people **out, lk_trainer *t, const lk_people *all)
{
    char *note = NULL;
    LK_TRY(lk_people_with_photos(out, &t->left_out, &note, all, 2));
    lk_status status = note ? lk_trainer_append_text(&t->notes, note) : LK_OK;
    free(note);
    return status;
}

/* Too few people, because some were left out. */
static lk_status trainer_data_explain(const lk_trainer *t, lk_status status)
{
    if (status != LK_ERROR_MISSING || t->notes.count == 0)
        return status;
    char *text;
    LK_TRY(lk_strdup(&text, lk_error_text()));
    lk_fail(status, "%s; %s%s%s%s", text, t->notes.items[t->notes.count - 1],
            t->bad.count ? " (" : "", t->bad.count ? t->bad.items[0] : "", t->bad.count ? ")" : "");
    free(text);
    return status;
}

/* People in training are fewer than a batch has: where that is fine, it gets smaller. */
static lk_status fit_batch(lk_trainer *t)
{
    lk_trainer_options *o = &t->run.options;
    size_t people = lk_people_count(t->people);
    if (!o->fit_people || people >= o->sampler.people)
        return LK_OK;
    o->sampler.people = people;
    return lk_trainer_check_batch(o);
}

static lk_status trainer_data_cut(lk_trainer *t, const lk_people *all)
{
    lk_people *enough = NULL, *kept = NULL;
    const lk_trainer_options *o = &t->run.options;
    lk_status status = trainer_data_leave_out(&enough, t, all);
    if (status == LK_OK)
        status = lk_trainer_leave_unreadable(&kept, t, enough);
    if (status == LK_OK)
        status = trainer_data_explain(
            t, lk_people_split(&t->people, &t->validation, kept, o->validation, o->seed));
    lk_people_destroy(enough);
    lk_people_destroy(kept);
    LK_TRY(status);
    LK_TRY(fit_batch(t));
    return t->validation ? choose_photos(t) : LK_OK;
}

lk_status lk_trainer_open_people(lk_trainer *t, lk_trainer_data_id *id)
{
    lk_people *all;
    LK_TRY(list_people(&all, t));
    *id = identify(all);
    lk_status status = trainer_data_cut(t, all);
    lk_people_destroy(all);
    LK_TRY(status);
    t->steps_per_epoch = lk_sampler_batches(t->people, &t->run.options.sampler);
    return LK_OK;
}

lk_position lk_trainer_position(const lk_trainer *t)
{
    return (lk_position){t->run.step / t->steps_per_epoch, t->run.step % t->steps_per_epoch};
}

lk_status lk_trainer_open_loader(lk_trainer *t)
{
    const lk_trainer_options *o = &t->run.options;
    lk_loader_options options;
    lk_loader_options_init(&options);
    options.size = o->size;
    options.ahead = o->ahead;
    options.first = t->first;
    options.rows = t->rows;
    options.sampler = o->sampler;
    options.augment = o->augment;
    options.image = o->image;
    return lk_loader_create(&t->loader, t->people, &options, lk_trainer_position(t));
}

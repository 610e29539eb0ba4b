/* likeness train: a network that learns to tell people apart. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <likeness-program/clock.h>

#include "inputs.h"
#include "json.h"
#include "labels.h"
#include "needs.h"
#include "outputs.h"
#include "progress.h"
#include "signals.h"
#include "skipped.h"
#include "train_faces.h"

static const double PAGE_EVERY = 30; /* seconds */

typedef struct train_run {
    train_options o;
    lk_trainer *trainer;
    train_log log;
    size_t bad_told;        /* photographs that have been reported */
    lk_trainer_alarm alarm; /* the one that is on and has been reported */
    bool page_failed;       /* reported */
    double page_at;
    int status;
    char *faces;               /* the folder of --detect's, or NULL */
    char *face_paths[1];       /* the same, as the paths of the run */
    lk_trainer_parallel group; /* ranks 1 without mpirun */
    bool leads;                /* the one process that writes and prints */
} train_run;

static void fail_run(train_run *run, int status)
{
    run->status = cli_worse(run->status, status);
}

/* ---- while it runs ---- */

/* A page that cannot be written is told once; training goes on. */
static void train_write_page(train_run *run, lk_training_state state, const char *about,
                             double left)
{
    run->page_at = lk_clock();
    lk_status status = train_page_write(run->o.run, run->trainer, &run->log, state, about, left);
    if (status != LK_OK && !run->page_failed) {
        run->page_failed = true;
        fail_run(run, cli_fail(status));
    }
}

static void tell_bad_photos(train_run *run)
{
    size_t count = lk_trainer_bad_photo_count(run->trainer);
    for (; run->bad_told < count; run->bad_told++) {
        cli_error("%s", lk_trainer_bad_photo(run->trainer, run->bad_told));
        fail_run(run, CLI_SOME_FAILED);
    }
}

/* Told when it begins, and again after every epoch as long as it lasts. */
static bool tell_alarm(train_run *run, const lk_trainer_progress *p)
{
    bool began = p->alarm_text && run->alarm != p->alarm;
    run->alarm = p->alarm;
    if (began || (p->alarm_text && p->event == LK_TRAINER_VALIDATED))
        cli_error("ALARM at step %llu: %s", (unsigned long long)p->step.step, p->alarm_text);
    return !began || train_log_alarm(&run->log, p->step.step, p->alarm_text);
}

static bool follow_step(train_run *run, const lk_trainer_progress *p)
{
    bool written = train_log_step(&run->log, p);
    tell_bad_photos(run);
    train_show_step(p);
    return tell_alarm(run, p) && written;
}

static bool follow_epoch(train_run *run, const lk_trainer_progress *p)
{
    bool written = train_log_epoch(&run->log, &p->last, p->steps_per_epoch);
    tell_bad_photos(run);
    if (!run->o.json && !run->o.common.quiet)
        train_show_epoch(p);
    return tell_alarm(run, p) && written;
}

/* What a run started from is known when it begins; the log remembers it. */
static bool note_start(train_run *run)
{
    const char *init = lk_trainer_get_options(run->trainer)->init;
    bool begins = lk_trainer_get_history(run->trainer).step_count == 0;
    return !begins || !init || !cli_needs_is_unpublished(init) ||
           train_log_alarm(&run->log, 0,
                           "The training started from a model that is not the published file of "
                           "its name.");
}

static int open_log(train_run *run)
{
    lk_trainer_summary summary;
    lk_trainer_summarise(run->trainer, &summary);
    run->log.echo = run->o.json;
    int result = train_log_open(&run->log, run->o.run, lk_trainer_get_history(run->trainer),
                                summary.steps_per_epoch);
    return result != CLI_OK ? result : note_start(run) ? CLI_OK : CLI_ENVIRONMENT;
}

static bool begin_log(train_run *run)
{
    int result = open_log(run);
    fail_run(run, result);
    return result == CLI_OK;
}

static bool train_follow(void *user, const lk_trainer_progress *p)
{
    train_run *run = user;
    bool written = true;
    if (!run->leads)
        return !cli_interrupted();
    if (!run->log.stream && !begin_log(run))
        return false;
    if (p->event == LK_TRAINER_SAVED && !run->o.resume && run->faces)
        train_faces_drop_other(run->o.run, run->faces);
    if (p->event == LK_TRAINER_STEPPED)
        written = follow_step(run, p);
    else if (p->event == LK_TRAINER_VALIDATED)
        written = follow_epoch(run, p);
    if (p->event == LK_TRAINER_VALIDATED || lk_clock() - run->page_at >= PAGE_EVERY)
        train_write_page(run, LK_TRAINING_RUNNING, NULL, p->step.step ? p->seconds_left : NAN);
    if (!written)
        fail_run(run, CLI_ENVIRONMENT);
    return written && !cli_interrupted();
}

/* ---- opening ---- */

static char *checkpoint_of(const char *run)
{
    return cli_format("%s/checkpoint.safetensors", run);
}

/* A run takes a folder of its own: what lay in it would be taken for the run's, or the
 * run's files for photographs. */
static int train_check_outputs(const train_run *run, const lk_trainer_options *options)
{
    cli_outputs outputs = {0};
    for (size_t i = 0; i < run->o.paths.count; i++)
        cli_outputs_read(&outputs, run->o.paths.items[i]);
    if (run->o.detect_faces)
        cli_outputs_read_finder(&outputs, &run->o.detect);
    cli_outputs_read(&outputs, options->init);
    cli_outputs_read(&outputs, options->schedule.path);
    cli_outputs_own(&outputs, run->o.run);
    return cli_outputs_check(&outputs);
}

/* Several processes wait until the first has cut out the faces. */
static int share_status(const train_run *run, int status)
{
    double worst = status;
    if (run->group.ranks > 1) {
        lk_status shared = run->group.sum(run->group.user, &worst, 1);
        if (shared != LK_OK)
            return cli_fail(shared);
    }
    return worst > status && !run->leads ? (int)worst : status;
}

/* Puts the faces in the photographs' place. */
static int cut_faces_out(train_run *run, lk_trainer_options *options)
{
    int result = CLI_OK;
    if (run->leads)
        result = train_faces_make(&run->faces, &run->o, options);
    else
        run->faces = train_faces_folder(run->o.run);
    result = share_status(run, result);
    if (result > CLI_SOME_FAILED || !run->faces || cli_interrupted())
        return result;
    fail_run(run, result);
    run->face_paths[0] = run->faces;
    run->o.paths = (cli_paths){.items = run->face_paths, .count = 1};
    return train_options_fit(options, &run->o);
}

/* The models are there by now: what is missing is something in a file. */
static int fail_opening(lk_status status)
{
    return status == LK_ERROR_MISSING ? cli_fail_input(status) : cli_fail(status);
}

static int train_create(train_run *run)
{
    lk_trainer_options options;
    lk_trainer_options_init(&options);
    options.run = run->o.run;
    options.replace = run->o.force;
    options.parallel = run->group.ranks > 1 ? &run->group : NULL;
    train_options_apply(&options, &run->o);
    int result = train_options_complete(&options, &run->o);
    if (result == CLI_OK && run->leads)
        result = train_check_outputs(run, &options);
    if (result == CLI_OK && run->o.detect_faces)
        result = cut_faces_out(run, &options);
    if (result != CLI_OK || cli_interrupted())
        return cli_worse(result, run->status);
    lk_status status = lk_trainer_create(&run->trainer, (const char *const *)run->o.paths.items,
                                         run->o.paths.count, &options);
    return status == LK_OK ? CLI_OK : fail_opening(status);
}

/* Of a run that goes on, the photographs that it was begun with unless others are named. */
static void list_again(train_run *run, const lk_trainer_saved *saved)
{
    const cli_paths *given = &run->o.paths;
    size_t count = given->count;
    const char *const *paths =
        count ? (const char *const *)given->items : lk_trainer_saved_paths(saved, &count);
    lk_label_rule rule = lk_trainer_get_options(run->trainer)->label;
    if (train_options_list(&run->o, paths, count, rule) != LK_OK)
        cli_note("%s", lk_error_text()); /* the trainer could, a moment ago */
}

static int start(train_run *run)
{
    char *checkpoint = checkpoint_of(run->o.run);
    bool there = run->leads && access(checkpoint, F_OK) == 0;
    free(checkpoint);
    if (there && !run->o.force) {
        cli_error("%s: holds a run already: --resume continues it, --force begins anew",
                  run->o.run);
        return CLI_USAGE;
    }
    return train_create(run);
}

/* The weights are the checkpoint's, whatever file the run began from. */
static void warn_of_init(const lk_trainer_options *asked, const lk_trainer_saved *saved)
{
    const char *before = lk_trainer_saved_options(saved)->init;
    if (asked->init && (!before || strcmp(asked->init, before) != 0))
        cli_warn("--init %s has no effect: --resume continues from the run's checkpoint",
                 asked->init);
}

static int resume_with(train_run *run, const lk_trainer_saved *saved)
{
    lk_trainer_options options = *lk_trainer_saved_options(saved);
    options.parallel = run->group.ranks > 1 ? &run->group : NULL;
    train_options_apply(&options, &run->o);
    int result = train_options_complete(&options, &run->o);
    if (result != CLI_OK)
        return result;
    warn_of_init(&options, saved);
    cli_paths *paths = &run->o.paths;
    size_t count;
    const char *const *before = lk_trainer_saved_paths(saved, &count);
    run->faces = count == 1 && paths->count == 0 ? train_faces_find(run->o.run, before[0]) : NULL;
    run->face_paths[0] = run->faces;
    if (run->faces) /* wherever the run has been moved to */
        *paths = (cli_paths){.items = run->face_paths, .count = 1};
    lk_status status = lk_trainer_resume(&run->trainer, run->o.run,
                                         paths->count ? (const char *const *)paths->items : NULL,
                                         paths->count, &options);
    if (status == LK_OK)
        list_again(run, saved);
    return status == LK_OK ? CLI_OK : fail_opening(status);
}

static int train_resume(train_run *run)
{
    lk_trainer_saved *saved = NULL;
    lk_status status = lk_trainer_saved_open(&saved, run->o.run);
    if (status != LK_OK)
        return cli_fail_input(status);
    int result = resume_with(run, saved);
    lk_trainer_saved_close(saved);
    return result;
}

static void tell_notes(const train_run *run)
{
    if (run->o.files)
        cli_labels_tell(&run->o.files, 1, lk_trainer_get_options(run->trainer)->label);
    if (!run->o.resume && !run->faces)
        train_faces_warn(&run->o);
    for (size_t i = 0; i < lk_trainer_note_count(run->trainer); i++)
        cli_warn("%s", lk_trainer_note(run->trainer, i));
    if (run->o.nobody_held)
        cli_warn("so few people that nobody is held out: nothing will be known about people who "
                 "are not in training (--validation 0.5 holds half of them out)");
}

/* Cosine comes to its end with the epochs that the run was begun with. */
static void tell_schedule(const train_run *run)
{
    const lk_trainer_options *o = lk_trainer_get_options(run->trainer);
    if (o->schedule.kind == LK_SCHEDULE_COSINE && (double)o->epochs > o->schedule.epochs)
        cli_warn("the cosine schedule of this run ends after %g epochs: from there on the rate is "
                 "%g; a new run with --init %s/best.safetensors learns on",
                 o->schedule.epochs, o->schedule.least, run->o.run);
}

/* ---- the end ---- */

static void print_json_end(const train_run *run)
{
    lk_trainer_history history = lk_trainer_get_history(run->trainer);
    const lk_trainer_epoch_record *best = train_best(history);
    char *weights = cli_format("%s/%s.safetensors", run->o.run, best ? "best" : "last");
    char *page = cli_format("%s/index.html", run->o.run);
    bool validated = best && best->same_pairs > 0;
    lk_trainer_summary summary;
    lk_trainer_summarise(run->trainer, &summary);
    json_t *object = json_object();
    cli_json_set(object, "type", cli_json_text("end"));
    cli_json_set(object, "step", json_integer((json_int_t)history.step_count));
    cli_json_set(object, "best_epoch",
                 best ? train_epoch_json(best, summary.steps_per_epoch) : json_null());
    cli_json_set(object, "auc", cli_json_number(validated ? best->auc : NAN));
    cli_json_set(object, "eer", cli_json_number(validated ? best->eer : NAN));
    cli_json_set(object, "bad_photos",
                 json_integer((json_int_t)lk_trainer_bad_photo_count(run->trainer)));
    char *embed = train_faces_embed_options(run->trainer, run->faces);
    cli_json_set_path(object, "weights", weights);
    cli_json_set(object, "embed_options", cli_json_text(embed));
    free(embed);
    cli_json_set_path(object, "page", page);
    cli_json_print(stdout, object);
    free(weights);
    free(page);
}

static void end_well(train_run *run)
{
    train_write_page(run, LK_TRAINING_FINISHED, NULL, NAN);
    if (run->o.json)
        print_json_end(run);
    else
        train_show_end(run->trainer, run->o.run, run->faces);
}

static void end_early(train_run *run, lk_status status)
{
    char *why = cli_strdup(status == LK_ERROR_CANCELLED ? "It can be resumed." : lk_error_text());
    if (status != LK_ERROR_CANCELLED)
        fail_run(run, cli_fail(status));
    if (run->log.stream || !run->o.force) /* else the page is still the old run's */
        train_write_page(run, LK_TRAINING_STOPPED, why, NAN);
    cli_progress_end();
    if (status == LK_ERROR_CANCELLED)
        cli_line(stderr,
                 "stopped after step %zu, saved; continue with: likeness train --resume -o %s",
                 lk_trainer_get_history(run->trainer).step_count, run->o.run);
    free(why);
}

/* A process that follows: it takes its steps, and says nothing unless it fails. */
static void train_along(train_run *run)
{
    lk_status status = lk_trainer_run(run->trainer, train_follow, run);
    tell_bad_photos(run);
    if (status != LK_OK && status != LK_ERROR_CANCELLED)
        fail_run(run, cli_fail(status));
}

/* A run that goes on has its log and page already. A new one gets them when its first
 * checkpoint stands: until then they may be those of the run that it replaces. */
static int train_open_files(train_run *run)
{
    run->page_at = -INFINITY;
    if (!run->o.resume)
        return CLI_OK;
    int result = open_log(run);
    if (result == CLI_OK)
        train_write_page(run, LK_TRAINING_RUNNING, NULL, NAN);
    return result;
}

static void train_to_end(train_run *run)
{
    tell_notes(run);
    tell_schedule(run);
    int result = train_open_files(run);
    fail_run(run, result);
    if (result != CLI_OK)
        return;
    if (run->group.ranks == 1 && cli_interrupted())
        return; /* before anything has been replaced */
    if (!run->o.json && !run->o.common.quiet)
        train_show_begin(run->trainer);
    lk_status status = lk_trainer_run(run->trainer, train_follow, run);
    tell_bad_photos(run);
    cli_progress_end();
    if (status == LK_OK)
        end_well(run);
    else
        end_early(run, status);
}

/* Under mpirun the processes train one network together. */
static int join_group(train_run *run)
{
    run->group = (lk_trainer_parallel){.ranks = 1};
    run->leads = true;
    if (lk_parallel_started() < 2)
        return CLI_OK;
    lk_status status = lk_parallel_open(&run->group, !run->o.local_statistics);
    if (status != LK_OK)
        return cli_fail(status);
    run->leads = run->group.rank == 0;
    return CLI_OK;
}

int cmd_train(int argc, char **argv)
{
    train_run run = {0};
    train_options_parse(&run.o, argc, argv);
    run.status = join_group(&run);
    if (run.status != CLI_OK)
        return run.status;
    cli_signals_catch_to_save(); /* after MPI, which has handlers of its own */
    int opened = run.o.resume ? train_resume(&run) : start(&run);
    bool ready = opened == CLI_OK && run.trainer;
    fail_run(&run, opened);
    cli_signals_hold(ready);
    if (ready)
        (run.leads ? train_to_end : train_along)(&run);
    cli_signals_hold(false);
    if (run.leads && run.o.files)
        cli_skipped_tell(&run.o.files, 1, NULL);
    train_log_close(&run.log);
    lk_trainer_destroy(run.trainer); /* lets go of the run's lock */
    train_options_clear(&run.o);
    free(run.faces);
    if (run.group.user) /* photographs that could not be read fail nobody else */
        lk_parallel_close(&run.group, !ready || run.status > CLI_SOME_FAILED, run.status);
    return run.status;
}

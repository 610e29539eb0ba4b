/* What was learned from, and what was not: batches without a triplet, ends inside an
 * epoch, people of whom no photograph can be read. */
#include <likeness/files.h>

#include "scratch.h"
#include "train/trainer.h"
#include "trainer_people.h"

static char four[512]; /* four people with six photographs: three batches an epoch */

static int make_people(void **state)
{
    if (make_scratch(state) != 0)
        return -1;
    snprintf(four, sizeof four, "%s/four", scratch);
    make_faces(four, 4, 6);
    return 0;
}

/* A folder in the scratch directory; good for as long as the caller's room. */
static const char *name_run(char room[512], const char *name)
{
    snprintf(room, 512, "%s", join_path(scratch, name));
    return room;
}

static bool there(const char *run, const char *name)
{
    return access(join_path(run, name), F_OK) == 0;
}

/* ---- batches without a triplet ---- */

/* Semi-hard triplets are to be found within a margin of nothing. */
static lk_trainer_options idle_options(const char *run)
{
    lk_trainer_options options = small_options(run, 4);
    options.triplet.miner = LK_MINER_SEMI_HARD;
    options.triplet.margin = 0;
    options.epochs = 2;
    return options;
}

typedef struct listener {
    uint64_t first_alarm, records;
    lk_trainer_alarm alarm;
    char text[512];
} listener;

static bool listen_to(void *user, const lk_trainer_progress *p)
{
    listener *l = user;
    l->records += p->event == LK_TRAINER_VALIDATED;
    if (p->alarm && !l->first_alarm) {
        l->first_alarm = p->step.step;
        l->alarm = p->alarm;
        snprintf(l->text, sizeof l->text, "%s", p->alarm_text);
    }
    return true;
}

static void assert_idle_history(lk_trainer_history history)
{
    assert_int_equal(history.step_count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_true(history.steps[i].terms == 0 && isnan(history.steps[i].loss));
    for (size_t i = 0; i < history.epoch_count; i++)
        assert_true(history.epochs[i].step == 0 || isnan(history.epochs[i].loss));
}

static void a_run_without_triplets_says_that_it_learned_nothing(void **state)
{
    (void)state;
    char run[512];
    lk_trainer_options options = idle_options(name_run(run, "idle"));
    listener l = {0};
    lk_trainer *trainer = make_trainer(four, &options);
    assert_fails(lk_trainer_run(trainer, listen_to, &l), LK_ERROR_NUMBER,
                 "nothing was learned: in 6 steps no batch");
    assert_true(l.first_alarm == 3 && l.alarm == LK_TRAINER_IDLE && strstr(l.text, "batch-hard"));
    lk_trainer_history history = lk_trainer_get_history(trainer);
    assert_idle_history(history);
    assert_int_equal(history.epoch_count, 2);
    assert_false(history.epochs[0].best || history.epochs[1].best);
    lk_trainer_destroy(trainer);
    assert_true(there(run, "last.pt") && there(run, "checkpoint.safetensors"));
    assert_false(there(run, "best.pt") || there(run, "best.safetensors"));
    trainer = resume_trainer(run);
    assert_idle_history(lk_trainer_get_history(trainer));
    assert_fails(lk_trainer_run(trainer, listen_to, &l), LK_ERROR_NUMBER, "nothing was learned");
    assert_int_equal(l.records, 2);
    lk_trainer_destroy(trainer);
}

static void validation_makes_no_best_of_what_learned_nothing(void **state)
{
    (void)state;
    lk_trainer_options options = idle_options(NULL);
    options.sampler.people = 2;
    options.validation = 0.5;
    lk_trainer *trainer = make_trainer(four, &options);
    assert_fails(lk_trainer_run(trainer, NULL, NULL), LK_ERROR_NUMBER, "nothing was learned");
    lk_trainer_history history = lk_trainer_get_history(trainer);
    assert_true(history.epochs[0].step == 0 && history.epochs[0].best);
    for (size_t i = 1; i < history.epoch_count; i++)
        assert_true(history.epochs[i].auc > 0 && !history.epochs[i].best);
    lk_trainer_destroy(trainer);
}

/* Two steps without a triplet, and one with all: the epoch's loss is the third's. */
static void the_mean_is_over_the_steps_that_have_a_loss(void **state)
{
    (void)state;
    lk_trainer_options options = small_options(NULL, 4);
    options.epochs = 1;
    listener l = {0};
    lk_trainer *trainer = make_trainer(four, &options);
    for (uint64_t step = 1; step <= 2; step++) {
        lk_trainer_step_record record = {.step = step, .loss = NAN, .spread = 1};
        assert_ok(lk_trainer_append_step(&trainer->run, &record));
    }
    trainer->run.step = 2;
    assert_ok(lk_trainer_run(trainer, listen_to, &l));
    lk_trainer_history history = lk_trainer_get_history(trainer);
    assert_true(history.steps[2].terms > 0 && history.steps[2].loss > 0);
    assert_true(history.epochs[0].loss == history.steps[2].loss && history.epochs[0].best);
    assert_int_equal(l.first_alarm, 0);
    lk_trainer_destroy(trainer);
}

/* ---- ends inside an epoch ---- */

static void an_end_inside_an_epoch_is_recorded_and_may_be_best(void **state)
{
    (void)state;
    char run[512];
    lk_trainer_options options = small_options(name_run(run, "short"), 4);
    options.steps = 2;
    listener l = {0};
    lk_trainer *trainer = make_trainer(four, &options);
    assert_ok(lk_trainer_run(trainer, listen_to, &l));
    lk_trainer_history history = lk_trainer_get_history(trainer);
    assert_true(l.records == 1 && history.epoch_count == 1);
    const lk_trainer_epoch_record *record = &history.epochs[0];
    assert_true(record->step == 2 && record->epoch == 0 && record->best);
    assert_true(record->loss == (history.steps[0].loss + history.steps[1].loss) / 2);
    lk_trainer_destroy(trainer);
    assert_true(there(run, "best.pt") && there(run, "best.safetensors"));
    trainer = resume_trainer(run); /* is done: the record is on the disk */
    assert_ok(lk_trainer_run(trainer, listen_to, &l));
    assert_true(l.records == 1 && lk_trainer_get_history(trainer).epoch_count == 1);
    lk_trainer_destroy(trainer);
}

static bool stop_at_two(void *user, const lk_trainer_progress *p)
{
    (void)user;
    return p->step.step < 2;
}

/* Ctrl-C records no end; --steps to where it was does, later. */
static void a_stopped_run_may_be_said_to_be_at_its_end(void **state)
{
    (void)state;
    char run[512];
    lk_trainer_options options = small_options(name_run(run, "halted"), 4);
    lk_trainer *trainer = make_trainer(four, &options);
    assert_fails(lk_trainer_run(trainer, stop_at_two, NULL), LK_ERROR_CANCELLED, "after step 2");
    assert_int_equal(lk_trainer_get_history(trainer).epoch_count, 0);
    lk_trainer_destroy(trainer);
    assert_false(there(run, "best.pt"));
    options.steps = 2;
    assert_ok(lk_trainer_resume(&trainer, run, NULL, 0, &options));
    assert_ok(lk_trainer_run(trainer, NULL, NULL));
    lk_trainer_destroy(trainer);
    assert_true(there(run, "best.pt"));
    trainer = resume_trainer(run);
    assert_int_equal(lk_trainer_get_history(trainer).epochs[0].step, 2);
    lk_trainer_destroy(trainer);
}

/* ---- people who cannot be read ---- */

/* Person `person` of `folder` has text files for photographs. */
static void spoil(const char *folder, int person, int photos)
{
    for (int photo = 0; photo < photos; photo++) {
        char name[64];
        snprintf(name, sizeof name, "p%02d/%02d.png", person, photo);
        FILE *file = fopen(join_path(folder, name), "w");
        assert_non_null(file);
        fputs("no image", file);
        assert_int_equal(fclose(file), 0);
    }
}

static void assert_left_out(const lk_trainer *trainer, size_t people)
{
    lk_trainer_summary summary;
    lk_trainer_summarise(trainer, &summary);
    assert_int_equal(summary.left_out, 1);
    assert_int_equal(summary.people, people);
    assert_string_equal(lk_trainer_note(trainer, 0),
                        "1 person has no photograph that can be read and is left out: p02");
}

static void who_cannot_be_read_is_left_out_of_a_run_and_of_its_resumption(void **state)
{
    (void)state;
    char folder[512], whole_run[512], run[512];
    make_faces(name_run(folder, "five"), 5, 3);
    spoil(folder, 2, 3);
    spoil(folder, 4, 1); /* one of three: its place is taken, the person stays */
    lk_trainer_options options = small_options(name_run(whole_run, "five-whole"), 2);
    lk_trainer *whole = make_trainer(folder, &options);
    assert_left_out(whole, 4);
    assert_int_equal(lk_trainer_bad_photo_count(whole), 3);
    assert_non_null(strstr(lk_trainer_bad_photo(whole, 0), "p02/00.png: "));
    take_steps(whole, 8);
    options.run = name_run(run, "five-parts");
    lk_trainer *part = make_trainer(folder, &options);
    take_steps(part, 3);
    assert_ok(lk_trainer_save(part));
    lk_trainer_destroy(part);
    make_faces(folder, 5, 3); /* mended meanwhile: the run stays what it was */
    spoil(folder, 4, 1);
    part = resume_trainer(run);
    assert_left_out(part, 4);
    take_steps(part, 5);
    assert_memory_equal(lk_trainer_get_history(whole).steps, lk_trainer_get_history(part).steps,
                        8 * sizeof(lk_trainer_step_record));
    lk_trainer_destroy(part);
    lk_trainer_destroy(whole);
}

static void too_few_who_can_be_read_are_named(void **state)
{
    (void)state;
    char folder[512];
    const char *path = name_run(folder, "three");
    lk_trainer *trainer = NULL;
    lk_trainer_options options = small_options(NULL, 3);
    make_faces(folder, 3, 2);
    spoil(folder, 0, 2);
    assert_fails(lk_trainer_create(&trainer, &path, 1, &options), LK_ERROR_MISSING,
                 "2 people are too few for batches of 3");
    options.fit_people = true;
    trainer = make_trainer(folder, &options);
    assert_int_equal(lk_trainer_get_options(trainer)->sampler.people, 2);
    assert_true(take_steps(trainer, 1).terms > 0);
    lk_trainer_destroy(trainer);
    spoil(folder, 1, 2);
    assert_fails(lk_trainer_create(&trainer, &path, 1, &options), LK_ERROR_MISSING,
                 "1 person is too few: training needs at least 2, validation 0; 2 people have no "
                 "photograph that can be read and are left out: p00, p01 (");
    assert_non_null(strstr(lk_error_text(), "p00/00.png: "));
    spoil(folder, 2, 2);
    assert_fails(lk_trainer_create(&trainer, &path, 1, &options), LK_ERROR_MISSING,
                 "no photograph of anybody can be read: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_without_triplets_says_that_it_learned_nothing),
        cmocka_unit_test(validation_makes_no_best_of_what_learned_nothing),
        cmocka_unit_test(the_mean_is_over_the_steps_that_have_a_loss),
        cmocka_unit_test(an_end_inside_an_epoch_is_recorded_and_may_be_best),
        cmocka_unit_test(a_stopped_run_may_be_said_to_be_at_its_end),
        cmocka_unit_test(who_cannot_be_read_is_left_out_of_a_run_and_of_its_resumption),
        cmocka_unit_test(too_few_who_can_be_read_are_named),
    };
    lk_threads_set(1);
    return cmocka_run_group_tests(tests, make_people, remove_scratch);
}

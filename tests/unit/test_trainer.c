/* The training loop on a network so narrow that a step takes little: it learns, it is
 * resumed bit for bit, and what goes wrong leaves a run that can be resumed. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <likeness/embed.h>
#include <likeness/files.h>

#include "scratch.h"
#include "train/trainer.h"
#include "trainer_people.h"

static char four[512], eight[512]; /* folders of people */

static int make_people(void **state)
{
    if (make_scratch(state) != 0)
        return -1;
    snprintf(four, sizeof four, "%s/four", scratch);
    snprintf(eight, sizeof eight, "%s/eight", scratch);
    make_faces(four, 4, 6);
    make_faces(eight, 8, 4);
    return 0;
}

static const char *in_scratch(const char *name)
{
    return join_path(scratch, name);
}

/* ---- killed first: a child of fork must not inherit threads ---- */

/* Trains and saves at every step until it is killed. */
static void train_for_ever(const char *run)
{
    lk_trainer_options options = small_options(run, 4);
    options.save_steps = 1;
    options.epochs = 1000000;
    options.average = 0.9;
    lk_trainer *trainer;
    const char *folder = four;
    lk_status status = lk_trainer_resume(&trainer, run, NULL, 0, NULL);
    if (status == LK_ERROR_MISSING)
        status = lk_trainer_create(&trainer, &folder, 1, &options);
    if (status == LK_OK)
        status = lk_trainer_run(trainer, NULL, NULL);
    _exit(1);
}

static pid_t start_training(const char *run)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        train_for_ever(run);
    return child;
}

static void kill_training(pid_t child)
{
    int end;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &end, 0), child);
    assert_true(WIFSIGNALED(end)); /* it did not end by itself before */
}

static uint64_t saved_step(const char *run)
{
    lk_trainer_saved *saved;
    assert_ok(lk_trainer_saved_open(&saved, run));
    lk_trainer_history history = lk_trainer_saved_history(saved);
    uint64_t step = history.step_count;
    for (size_t i = 0; i < history.step_count; i++)
        assert_int_equal(history.steps[i].step, i + 1);
    lk_trainer_saved_close(saved);
    return step;
}

enum { PATH_SIZE = 600 };

static const char *run_file(char path[PATH_SIZE], const char *run, const char *name)
{
    snprintf(path, PATH_SIZE, "%s/%s", run, name);
    return path;
}

/* Weights that are there are whole. */
static void check_weights(const char *run)
{
    static const char *const names[] = {"best.safetensors", "best.pt", "last.safetensors",
                                        "last.pt"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        lk_tensors *weights;
        char path[PATH_SIZE];
        if (access(run_file(path, run, names[i]), F_OK) != 0)
            continue;
        assert_ok(lk_tensors_open(&weights, path));
        lk_tensors_close(weights);
    }
}

enum { NO_CHECKPOINT = -1 };

/* The steps of a run that was killed. */
static int64_t steps_left(const char *run)
{
    lk_trainer_saved *saved;
    char path[PATH_SIZE];
    check_weights(run);
    if (access(run_file(path, run, "checkpoint.safetensors"), F_OK) == 0)
        return (int64_t)saved_step(run);
    assert_fails(lk_trainer_saved_open(&saved, run), LK_ERROR_MISSING, "no run to resume");
    return NO_CHECKPOINT;
}

static ino_t file_number(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? info.st_ino : 0;
}

/* Until a child has written a checkpoint of its own. */
static void wait_for_checkpoint(pid_t child, const char *path, ino_t before)
{
    while (file_number(path) == before) {
        assert_int_equal(waitpid(child, NULL, WNOHANG), 0); /* it lives */
        usleep(1000);
    }
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

/* What it takes a process to get to its first checkpoint: the moments to kill at are
 * multiples of it, for the sanitizers make everything slow. Processor time, as a busy
 * machine would make the test a long one. */
static double measure_start(void)
{
    char path[PATH_SIZE];
    const char *run = in_scratch("measured");
    struct rusage usage; /* of the only child so far */
    pid_t child = start_training(run);
    wait_for_checkpoint(child, run_file(path, run, "checkpoint.safetensors"), 0);
    kill_training(child);
    assert_true(steps_left(run) >= 0);
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &usage), 0);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

enum { KILLED_RUNS = 10, KILLS_EACH = 5 };

/* Starts a run's process and kills it within `longest` seconds of the start, or of its
 * checkpoint; more often early than late. */
static void train_and_kill(const char *run, bool saves, double longest, lk_random *random)
{
    char path[PATH_SIZE];
    ino_t before = file_number(run_file(path, run, "checkpoint.safetensors"));
    double share = lk_random_unit(random);
    pid_t child = start_training(run);
    if (saves)
        wait_for_checkpoint(child, path, before);
    usleep((useconds_t)(1e6 * longest * share * share));
    kill_training(child);
}

/* Returns how many of a run's kills left no checkpoint; *steps are those in the last. */
static int kill_again_and_again(const char *run, int64_t *steps, double longest, lk_random *random)
{
    int early = 0;
    *steps = NO_CHECKPOINT;
    for (int i = 0; i < KILLS_EACH; i++) {
        bool saves = i % 2 == 1;
        train_and_kill(run, saves, longest, random);
        int64_t now = steps_left(run);
        /* A run that has done no step yet begins with the same checkpoint again. */
        assert_true(saves && *steps > 0 ? now > *steps : now >= *steps);
        early += now == NO_CHECKPOINT;
        *steps = now;
    }
    return early;
}

static const char *killed_run(int index)
{
    char name[32];
    snprintf(name, sizeof name, "killed-%d", index);
    return in_scratch(name);
}

static void killed_runs_can_be_resumed(void **state)
{
    (void)state;
    lk_random random;
    lk_random_init(&random, 1, 1);
    double longest = 6 * measure_start();
    int64_t steps[KILLED_RUNS], all = 0;
    int early = 0;
    for (int i = 0; i < KILLED_RUNS; i++) {
        early += kill_again_and_again(killed_run(i), &steps[i], longest, &random);
        all += steps[i];
    }
    print_message("  %d kills within %.2f s, %d before the first checkpoint; %d steps survived\n",
                  KILLED_RUNS * KILLS_EACH, longest, early, (int)all);
    for (int i = 0; i < KILLED_RUNS; i++) {
        lk_trainer *trainer = resume_trainer(killed_run(i));
        assert_int_equal(take_steps(trainer, 1).step, steps[i] + 1);
        lk_trainer_destroy(trainer);
    }
}

/* ---- learning ---- */

static void a_few_steps_lower_the_loss(void **state)
{
    (void)state;
    for (int loss = LK_TRAINER_TRIPLET; loss <= LK_TRAINER_ARCFACE; loss++) {
        lk_trainer_options options = small_options(NULL, 4);
        options.width = 8.0 / 256;
        options.sampler.photos = 4;
        options.loss = (lk_trainer_loss)loss;
        options.arcface.scale = 16;
        lk_augment_options_none(&options.augment);
        lk_trainer *trainer = make_trainer(four, &options);
        double first = 0, last = 0;
        for (int i = 0; i < 5; i++)
            first += take_steps(trainer, 1).loss / 5;
        take_steps(trainer, 25);
        for (int i = 0; i < 5; i++)
            last += take_steps(trainer, 1).loss / 5;
        print_message("  loss %d: %.3f, then %.3f\n", loss, first, last);
        assert_true(last < 0.6 * first);
        lk_trainer_destroy(trainer);
    }
}

/* ---- resumed bit for bit ---- */

static void assert_same_tensors(const lk_tensors *a, const lk_tensors *b)
{
    assert_int_equal(lk_tensors_count(a), lk_tensors_count(b));
    for (size_t i = 0; i < lk_tensors_count(a); i++) {
        const lk_tensor *x = lk_tensors_get(a, i), *y = lk_tensors_find(b, x->name);
        if (strcmp(x->name, "state.json") == 0 || strcmp(x->name, "history.epochs") == 0)
            continue; /* hold seconds */
        assert_non_null(y);
        assert_int_equal(x->count, y->count);
        if (memcmp(x->data, y->data, x->count * lk_dtype_size(x->dtype)) != 0)
            fail_msg("%s differs", x->name);
    }
}

static void assert_same_checkpoints(const char *run, const char *other)
{
    lk_tensors *a, *b;
    char *text, *other_text;
    assert_ok(lk_checkpoint_read(&a, &text, join_path(run, "checkpoint.safetensors")));
    assert_ok(lk_checkpoint_read(&b, &other_text, join_path(other, "checkpoint.safetensors")));
    assert_same_tensors(a, b);
    lk_tensors_close(a);
    lk_tensors_close(b);
    lk_free(text);
    lk_free(other_text);
}

static void compare_resumed(const char *name, lk_trainer_options options)
{
    char whole_run[512], run[512];
    snprintf(whole_run, sizeof whole_run, "%s/whole-%s", scratch, name);
    snprintf(run, sizeof run, "%s/parts-%s", scratch, name);
    options.run = whole_run;
    lk_trainer *whole = make_trainer(eight, &options);
    take_steps(whole, 9);
    assert_ok(lk_directory_create(whole_run));
    assert_ok(lk_trainer_save(whole));
    options.run = run;
    lk_trainer *first = make_trainer(eight, &options);
    take_steps(first, 5);
    assert_ok(lk_trainer_save(first));
    lk_trainer_destroy(first);
    lk_trainer *second = resume_trainer(run);
    take_steps(second, 4);
    assert_ok(lk_trainer_save(second));
    lk_trainer_history a = lk_trainer_get_history(whole), b = lk_trainer_get_history(second);
    assert_int_equal(a.step_count, 9);
    assert_int_equal(b.step_count, 9);
    assert_memory_equal(a.steps, b.steps, 9 * sizeof *a.steps);
    assert_same_checkpoints(whole_run, run);
    lk_trainer_destroy(whole);
    lk_trainer_destroy(second);
}

static void a_resumed_run_continues_bit_for_bit(void **state)
{
    (void)state;
    lk_trainer_options triplet = small_options(NULL, 4);
    triplet.triplet.miner = LK_MINER_RANDOM;
    triplet.dropout = true;
    triplet.average = 0.99;
    triplet.clip = 1;
    compare_resumed("triplet", triplet);
    lk_trainer_options softmax = small_options(NULL, 4);
    softmax.loss = LK_TRAINER_SOFTMAX;
    softmax.average = 0.9;
    lk_optimizer_options_init(&softmax.optimizer, LK_RMSPROP);
    softmax.optimizer.momentum = 0.9;
    softmax.width = 32.0 / 256; /* some tensors do not lie as they are published */
    compare_resumed("softmax", softmax);
    lk_trainer_options arcface = small_options(NULL, 4);
    arcface.loss = LK_TRAINER_ARCFACE;
    lk_optimizer_options_init(&arcface.optimizer, LK_SGD);
    arcface.optimizer.momentum = 0.9;
    arcface.schedule.kind = LK_SCHEDULE_COSINE;
    arcface.schedule.warmup = 2;
    compare_resumed("arcface", arcface);
}

/* What a progress callback saw, and when it asks to stop. */
typedef struct watcher {
    uint64_t stop_at;
    int steps, validations, saves;
    lk_trainer_progress last;
    uint64_t first_alarm;
} watcher;

static bool watch(void *user, const lk_trainer_progress *progress)
{
    watcher *w = user;
    w->steps += progress->event == LK_TRAINER_STEPPED;
    w->validations += progress->event == LK_TRAINER_VALIDATED;
    w->saves += progress->event == LK_TRAINER_SAVED;
    w->last = *progress;
    if (progress->alarm && !w->first_alarm)
        w->first_alarm = progress->step.step;
    return !w->stop_at || progress->step.step < w->stop_at;
}

static void assert_same_epochs(const lk_trainer *a, const lk_trainer *b)
{
    lk_trainer_history x = lk_trainer_get_history(a), y = lk_trainer_get_history(b);
    assert_int_equal(x.epoch_count, y.epoch_count);
    for (size_t i = 0; i < x.epoch_count; i++) {
        assert_memory_equal(&x.epochs[i], &y.epochs[i], offsetof(lk_trainer_epoch_record, best));
        assert_int_equal(x.epochs[i].best, y.epochs[i].best);
    }
}

static void a_stopped_run_ends_where_an_unbroken_one_does(void **state)
{
    (void)state;
    char whole_run[512], run[512];
    snprintf(whole_run, sizeof whole_run, "%s", in_scratch("unbroken"));
    snprintf(run, sizeof run, "%s", in_scratch("stopped"));
    lk_trainer_options options = small_options(whole_run, 3);
    options.epochs = 2;
    options.validation = 0.25;
    options.average = 0.5;
    options.save_epochs = 1;
    watcher all = {0}, part = {.stop_at = 2};
    lk_trainer *whole = make_trainer(eight, &options);
    assert_ok(lk_trainer_run(whole, watch, &all));
    assert_int_equal(all.validations, 3); /* before the first step, and twice */
    assert_int_equal(all.steps, 2 * (int)all.last.steps_per_epoch);
    assert_true(all.last.step.step == all.last.total_steps);
    assert_true(all.last.last.same_pairs == 12 && all.last.last.different_pairs == 16);
    assert_true(all.last.last.auc > 0 && all.last.last.auc <= 1);
    assert_true(all.last.last.far_floor == 1.0 / 16);
    options.run = run;
    lk_trainer *first = make_trainer(eight, &options);
    assert_fails(lk_trainer_run(first, watch, &part), LK_ERROR_CANCELLED, "stopped after step 2");
    assert_int_equal(part.steps, 2);
    lk_trainer_destroy(first);
    lk_trainer *second = resume_trainer(run);
    assert_ok(lk_trainer_run(second, NULL, NULL));
    assert_same_epochs(whole, second);
    assert_same_checkpoints(whole_run, run);
    assert_ok(lk_trainer_run(second, watch, &part)); /* is done: does nothing */
    assert_int_equal(part.steps, 2);
    lk_trainer_destroy(whole);
    lk_trainer_destroy(second);
}

/* ---- weights ---- */

static void exported_weights_are_the_averaged_ones(void **state)
{
    (void)state;
    char run[512];
    snprintf(run, sizeof run, "%s", in_scratch("exported"));
    lk_trainer_options options = small_options(run, 4);
    options.average = 0.9;
    options.epochs = 1;
    options.loss = LK_TRAINER_SOFTMAX;
    lk_trainer *trainer = make_trainer(four, &options);
    assert_ok(lk_trainer_run(trainer, NULL, NULL));
    lk_trainer_destroy(trainer);
    lk_tensors *checkpoint, *last, *pt;
    char *state_text;
    assert_ok(
        lk_checkpoint_read(&checkpoint, &state_text, join_path(run, "checkpoint.safetensors")));
    assert_ok(lk_tensors_open(&last, join_path(run, "last.safetensors")));
    assert_ok(lk_tensors_open(&pt, join_path(run, "last.pt")));
    assert_same_tensors(last, pt);
    assert_non_null(lk_tensors_find(last, "logits.weight"));
    int differ = 0;
    for (size_t i = 0; i < lk_tensors_count(last); i++) {
        const lk_tensor *tensor = lk_tensors_get(last, i);
        char name[256];
        snprintf(name, sizeof name, "average.%s", tensor->name);
        const lk_tensor *average = lk_tensors_find(checkpoint, name);
        const lk_tensor *value = lk_tensors_find(checkpoint, tensor->name);
        assert_memory_equal(tensor->data, average->data, tensor->count * sizeof(float));
        differ += memcmp(value->data, average->data, tensor->count * sizeof(float)) != 0;
    }
    assert_true(differ > 100);
    lk_tensors_close(checkpoint);
    lk_tensors_close(last);
    lk_tensors_close(pt);
    lk_free(state_text);
    lk_embedder *embedder;
    assert_ok(lk_embedder_create(&embedder, join_path(run, "best.pt"), NULL));
    lk_embedder_destroy(embedder);
}

static lk_tensors *weights_of(const lk_trainer *trainer)
{
    lk_tensors *weights;
    assert_ok(lk_trainer_weights(trainer, &weights));
    return weights;
}

static void frozen_layers_stay_bit_for_bit(void **state)
{
    (void)state;
    static const char *const frozen[] = {"conv2d_", "repeat_1", "mixed_6a"};
    lk_trainer_options options = small_options(NULL, 4);
    options.frozen = frozen;
    options.frozen_count = 3;
    options.optimizer.weight_decay = 0.1;
    lk_trainer *trainer = make_trainer(four, &options);
    lk_trainer_summary summary;
    lk_trainer_summarise(trainer, &summary);
    assert_true(summary.frozen_parameters > 0 && summary.parameters > 0);
    lk_tensors *before = weights_of(trainer);
    take_steps(trainer, 3);
    lk_tensors *after = weights_of(trainer);
    size_t kept = 0, moved = 0;
    for (size_t i = 0; i < lk_tensors_count(before); i++) {
        const lk_tensor *a = lk_tensors_get(before, i), *b = lk_tensors_get(after, i);
        bool held = false;
        for (int k = 0; k < 3; k++)
            held |= strncmp(a->name, frozen[k], strlen(frozen[k])) == 0;
        bool same = memcmp(a->data, b->data, a->count * sizeof(float)) == 0;
        assert_int_equal(same, held);
        kept += same;
        moved += !same;
    }
    assert_true(kept > 50 && moved > 50);
    lk_tensors_close(before);
    lk_tensors_close(after);
    lk_trainer_destroy(trainer);
    const char *nothing = "repeat_9", *folder = four;
    options.frozen = &nothing;
    options.frozen_count = 1;
    assert_fails(lk_trainer_create(&trainer, &folder, 1, &options), LK_ERROR_ARGUMENT, "repeat_9");
}

/* ---- alarms, NaN ---- */

/* Weights whose last batch norm gives every face the same vector. */
static void write_collapsed(const char *path)
{
    lk_trainer_options options = small_options(NULL, 4);
    lk_trainer *trainer = make_trainer(four, &options);
    lk_tensors *weights = weights_of(trainer), *changed;
    assert_ok(lk_tensors_create(&changed));
    for (size_t i = 0; i < lk_tensors_count(weights); i++) {
        const lk_tensor *tensor = lk_tensors_get(weights, i);
        static float ones[LK_EMBEDDING_SIZE], zeros[LK_EMBEDDING_SIZE];
        for (size_t k = 0; k < LK_EMBEDDING_SIZE; k++)
            ones[k] = 1;
        const void *data = strcmp(tensor->name, "last_bn.weight") == 0 ? zeros
                           : strcmp(tensor->name, "last_bn.bias") == 0 ? ones
                                                                       : tensor->data;
        assert_ok(lk_tensors_add(changed, tensor->name, LK_F32, data, tensor->shape, tensor->rank));
    }
    assert_ok(lk_tensors_write_safetensors(changed, path));
    lk_tensors_close(weights);
    lk_tensors_close(changed);
    lk_trainer_destroy(trainer);
}

static void a_collapsed_embedding_raises_the_alarm(void **state)
{
    (void)state;
    const char *path = in_scratch("collapsed.safetensors"), *last = "last_bn";
    write_collapsed(path);
    lk_trainer_options options = small_options(NULL, 4);
    options.width = 0; /* as the file says */
    options.init = path;
    options.frozen = &last;
    options.frozen_count = 1;
    options.steps = 22;
    options.epochs = 100;
    watcher w = {0};
    lk_trainer *trainer = make_trainer(four, &options);
    assert_true(lk_trainer_get_options(trainer)->width == 4.0 / 256);
    assert_ok(lk_trainer_run(trainer, watch, &w));
    assert_int_equal(w.steps, 22);
    assert_int_equal(w.first_alarm, 20);
    assert_int_equal(w.last.alarm, LK_TRAINER_COLLAPSED);
    assert_non_null(strstr(w.last.alarm_text, "learning rate"));
    assert_true(fabs(w.last.step.loss - 0.2) < 1e-6 && w.last.step.spread < 1e-6);
    lk_trainer_destroy(trainer);
    options.frozen_count = 0;
    options.init = NULL;
    options.width = 4.0 / 256;
    watcher healthy = {0};
    trainer = make_trainer(four, &options);
    assert_ok(lk_trainer_run(trainer, watch, &healthy));
    assert_int_equal(healthy.first_alarm, 0);
    lk_trainer_destroy(trainer);
}

/* Whether the alarm rings after 19 steps of this loss and spread and a collapsed one. */
static bool alarm_after(double loss, double spread)
{
    const char *last = "last_bn";
    lk_trainer_options options = small_options(NULL, 4);
    options.init = in_scratch("collapsed.safetensors");
    options.frozen = &last;
    options.frozen_count = 1;
    options.steps = 20;
    options.epochs = 100;
    watcher w = {0};
    lk_trainer *trainer = make_trainer(four, &options);
    for (uint64_t step = 1; step < 20; step++) {
        lk_trainer_step_record record = {
            .step = step, .loss = loss, .spread = spread, .terms = 9, .active = 1};
        assert_ok(lk_trainer_append_step(&trainer->run, &record));
    }
    trainer->run.step = 19;
    assert_ok(lk_trainer_run(trainer, watch, &w));
    lk_trainer_destroy(trainer);
    return w.first_alarm == 20;
}

static void only_a_small_spread_and_a_stuck_loss_raise_it(void **state)
{
    (void)state;
    assert_true(alarm_after(0.2, 0.009));
    assert_false(alarm_after(0.2, 0.011));
    assert_true(alarm_after(0.181, 0.009));
    assert_false(alarm_after(0.23, 0.009));
}

static void a_number_that_is_none_stops_the_run(void **state)
{
    (void)state;
    char run[512];
    snprintf(run, sizeof run, "%s", in_scratch("explodes"));
    lk_trainer_options options = small_options(run, 4);
    lk_optimizer_options_init(&options.optimizer, LK_SGD);
    options.schedule.rate = 1e38;
    options.save_steps = 1;
    options.steps = 50;
    lk_trainer *trainer = make_trainer(four, &options);
    lk_status status = lk_trainer_run(trainer, NULL, NULL);
    assert_int_equal(status, LK_ERROR_NUMBER);
    assert_non_null(strstr(lk_error_text(), "step "));
    lk_trainer_destroy(trainer);
    trainer = resume_trainer(run); /* the last good checkpoint: every number is one */
    uint64_t step = saved_step(run);
    for (size_t i = 0; i < trainer->tensor_count; i++)
        if (strcmp(trainer->tensors[i].name, "last_linear.weight") == 0)
            trainer->tensors[i].value[0] = NAN;
    assert_fails(lk_trainer_save(trainer), LK_ERROR_NUMBER, "last_linear.weight");
    char text[32];
    snprintf(text, sizeof text, "step %d: ", (int)step + 1);
    assert_fails(lk_trainer_step(trainer, NULL), LK_ERROR_NUMBER, text);
    assert_fails(lk_trainer_step(trainer, NULL), LK_ERROR_ARGUMENT, "resume");
    assert_fails(lk_trainer_save(trainer), LK_ERROR_ARGUMENT, "last checkpoint");
    assert_int_equal(saved_step(run), step);
    lk_trainer_destroy(trainer);
}

/* ---- photographs ---- */

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void bad_photographs_are_named_and_the_run_goes_on(void **state)
{
    (void)state;
    char folder[512];
    snprintf(folder, sizeof folder, "%s", in_scratch("mixed"));
    make_faces(folder, 8, 3);
    assert_ok(lk_directory_create(join_path(folder, "single")));
    lk_image image;
    draw_face(&image, 50, 0);
    assert_ok(lk_image_write_png(&image, join_path(folder, "single/only.png")));
    lk_image_clear(&image);
    for (int person = 0; person < 8; person++) {
        char name[64];
        snprintf(name, sizeof name, "p%02d/01.png", person);
        write_text(join_path(folder, name), "not an image");
    }
    lk_trainer_options options = small_options(NULL, 4);
    options.validation = 0.3;
    options.epochs = 3;
    watcher w = {0};
    lk_trainer *trainer = make_trainer(folder, &options);
    lk_trainer_summary summary;
    lk_trainer_summarise(trainer, &summary);
    assert_int_equal(summary.left_out, 1);
    assert_int_equal(summary.people + summary.validation_people, 8);
    assert_int_equal(lk_trainer_note_count(trainer), 1);
    assert_non_null(strstr(lk_trainer_note(trainer, 0), "single"));
    assert_ok(lk_trainer_run(trainer, watch, &w));
    size_t bad = lk_trainer_bad_photo_count(trainer);
    assert_in_range(bad, summary.validation_people + 1, 8);
    assert_int_equal(w.last.bad_photos, bad);
    for (size_t i = 0; i < bad; i++)
        assert_non_null(strstr(lk_trainer_bad_photo(trainer, i), "/01.png"));
    assert_null(lk_trainer_bad_photo(trainer, bad));
    assert_true(w.last.last.same_pairs == summary.validation_people);
    lk_trainer_destroy(trainer);
}

static void what_cannot_be_trained_on_is_refused(void **state)
{
    (void)state;
    lk_trainer *trainer = NULL;
    lk_trainer_options options = small_options(NULL, 4);
    const char *empty = in_scratch("empty"), *nowhere = "/nowhere/people", *folder = four;
    assert_ok(lk_directory_create(empty));
    assert_fails(lk_trainer_create(&trainer, &empty, 1, &options), LK_ERROR_MISSING, empty);
    assert_fails(lk_trainer_create(&trainer, &nowhere, 1, &options), LK_ERROR_IO, nowhere);
    options.sampler.people = 5;
    assert_fails(lk_trainer_create(&trainer, &folder, 1, &options), LK_ERROR_MISSING,
                 "4 people are too few");
    options = small_options(NULL, 4);
    options.sampler.photos = 1;
    assert_fails(lk_trainer_create(&trainer, &folder, 1, &options), LK_ERROR_ARGUMENT, "triplets");
    options = small_options(NULL, 4);
    options.size = 74;
    assert_fails(lk_trainer_create(&trainer, &folder, 1, &options), LK_ERROR_ARGUMENT,
                 "size takes a whole number from 75 to 4096, not '74'");
    options = small_options(NULL, 4);
    options.triplet.margin = -1;
    assert_fails(lk_trainer_create(&trainer, &folder, 1, &options), LK_ERROR_ARGUMENT, "-1");
    options = small_options(NULL, 2);
    options.validation = 0.9;
    assert_fails(lk_trainer_create(&trainer, &folder, 1, &options), LK_ERROR_MISSING, "too few");
    options = small_options(NULL, 4);
    options.init = "/nowhere/weights.pt";
    assert_fails(lk_trainer_create(&trainer, &folder, 1, &options), LK_ERROR_IO, "weights.pt");
    options = small_options("/dev/null/run", 4);
    assert_fails(lk_trainer_create(&trainer, &folder, 1, &options), LK_ERROR_IO, "/dev/null");
    assert_null(trainer);
}

/* ---- disk ---- */

static void a_full_disk_keeps_the_old_checkpoint(void **state)
{
    (void)state;
    char run[512];
    snprintf(run, sizeof run, "%s", in_scratch("full"));
    lk_trainer_options options = small_options(run, 4);
    lk_trainer *trainer = make_trainer(four, &options);
    take_steps(trainer, 1);
    assert_ok(lk_trainer_save(trainer));
    take_steps(trainer, 1);
    struct rlimit limit, before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 20000;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    lk_status status = lk_trainer_save(trainer);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, LK_ERROR_IO);
    assert_non_null(strstr(lk_error_text(), run));
    assert_int_equal(saved_step(run), 1);
    take_steps(trainer, 1); /* the trainer itself goes on, and can save later */
    assert_ok(lk_trainer_save(trainer));
    assert_int_equal(saved_step(run), 3);
    lk_trainer_destroy(trainer);
}

/* ---- resuming with something else ---- */

static void only_what_leaves_the_numbers_alone_may_change(void **state)
{
    (void)state;
    char run[512];
    snprintf(run, sizeof run, "%s", in_scratch("options"));
    lk_trainer_options options = small_options(run, 4);
    lk_trainer *trainer = make_trainer(four, &options);
    take_steps(trainer, 1);
    assert_ok(lk_trainer_save(trainer));
    lk_trainer_destroy(trainer);
    const char *folder = four;
    assert_fails(lk_trainer_create(&trainer, &folder, 1, &options), LK_ERROR_ARGUMENT,
                 "holds a run already");
    lk_trainer_saved *saved;
    assert_ok(lk_trainer_saved_open(&saved, run));
    size_t count;
    assert_string_equal(lk_trainer_saved_paths(saved, &count)[0], four);
    assert_int_equal(count, 1);
    lk_trainer_options changed = *lk_trainer_saved_options(saved);
    assert_true(changed.seed == options.seed && changed.schedule.rate == options.schedule.rate);
    changed.triplet.margin = 0.3;
    assert_fails(lk_trainer_resume(&trainer, run, NULL, 0, &changed), LK_ERROR_ARGUMENT,
                 "triplet.margin = 0.2, asked for 0.3");
    changed.triplet.margin = 0.2;
    changed.loss = LK_TRAINER_SOFTMAX;
    assert_fails(lk_trainer_resume(&trainer, run, NULL, 0, &changed), LK_ERROR_ARGUMENT,
                 "loss = triplet, asked for softmax");
    changed.loss = LK_TRAINER_TRIPLET;
    const char *prefix = "conv2d";
    changed.frozen = &prefix;
    changed.frozen_count = 1;
    assert_fails(lk_trainer_resume(&trainer, run, NULL, 0, &changed), LK_ERROR_ARGUMENT, "frozen");
    changed.frozen_count = 0;
    changed.epochs = 77;
    changed.save_steps = 5;
    assert_ok(lk_trainer_resume(&trainer, run, NULL, 0, &changed));
    assert_int_equal(lk_trainer_get_options(trainer)->epochs, 77);
    assert_int_equal(lk_trainer_get_options(trainer)->save_steps, 5);
    lk_trainer_destroy(trainer);
    lk_trainer_saved_close(saved);
    const char *other = eight;
    assert_fails(lk_trainer_resume(&trainer, run, &other, 1, NULL), LK_ERROR_ARGUMENT,
                 "4 people with 24 photographs, found 8 with 32");
    char renamed[512];
    snprintf(renamed, sizeof renamed, "%s", in_scratch("renamed"));
    make_faces(renamed, 4, 6);
    const char *moved = renamed; /* the same names below another folder: fine */
    assert_ok(lk_trainer_resume(&trainer, run, &moved, 1, NULL));
    lk_trainer_destroy(trainer);
    assert_int_equal(rename(join_path(renamed, "p01/03.png"), join_path(renamed, "p01/3.png")), 0);
    assert_fails(lk_trainer_resume(&trainer, run, &moved, 1, NULL), LK_ERROR_ARGUMENT,
                 "names of the people or of their photographs have changed");
    assert_fails(lk_trainer_resume(&trainer, in_scratch("none"), NULL, 0, NULL), LK_ERROR_MISSING,
                 "no run to resume");
}

static void a_schedule_from_a_file_survives_its_file(void **state)
{
    (void)state;
    char run[512];
    snprintf(run, sizeof run, "%s", in_scratch("scheduled"));
    const char *path = in_scratch("rates.txt");
    write_text(path, "0 0.001\n1 0.0005\n");
    lk_trainer_options options = small_options(run, 4);
    options.schedule.kind = LK_SCHEDULE_FILE;
    options.schedule.path = path;
    lk_trainer *trainer = make_trainer(four, &options);
    assert_true(take_steps(trainer, 1).rate == 0.001);
    assert_ok(lk_trainer_save(trainer));
    lk_trainer_destroy(trainer);
    assert_int_equal(unlink(path), 0);
    trainer = resume_trainer(run);
    assert_true(take_steps(trainer, 2).rate == 0.001);
    assert_true(take_steps(trainer, 1).rate == 0.0005);
    lk_trainer_destroy(trainer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_runs_can_be_resumed),
        cmocka_unit_test(a_few_steps_lower_the_loss),
        cmocka_unit_test(a_resumed_run_continues_bit_for_bit),
        cmocka_unit_test(a_stopped_run_ends_where_an_unbroken_one_does),
        cmocka_unit_test(exported_weights_are_the_averaged_ones),
        cmocka_unit_test(frozen_layers_stay_bit_for_bit),
        cmocka_unit_test(a_collapsed_embedding_raises_the_alarm),
        cmocka_unit_test(only_a_small_spread_and_a_stuck_loss_raise_it),
        cmocka_unit_test(a_number_that_is_none_stops_the_run),
        cmocka_unit_test(bad_photographs_are_named_and_the_run_goes_on),
        cmocka_unit_test(what_cannot_be_trained_on_is_refused),
        cmocka_unit_test(a_full_disk_keeps_the_old_checkpoint),
        cmocka_unit_test(only_what_leaves_the_numbers_alone_may_change),
        cmocka_unit_test(a_schedule_from_a_file_survives_its_file),
    };
    lk_threads_set(1);
    return cmocka_run_group_tests(tests, make_people, remove_scratch);
}

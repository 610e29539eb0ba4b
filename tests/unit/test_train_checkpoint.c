/* Checkpoints: bit for bit, whole whatever happens to the writer. */
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "scratch.h"

#include <likeness/train.h>

#include "base/random.h"

enum { NUMBERS = 300000 };

/* Tensors whose every number is `round`, and a state that says the same. */
static lk_status write_round(const char *path, int round, float *values)
{
    lk_tensors *tensors;
    char text[64];
    const size_t shape[] = {3, NUMBERS / 3};
    for (size_t i = 0; i < NUMBERS; i++)
        values[i] = (float)round;
    lk_status status = lk_tensors_create(&tensors);
    if (status != LK_OK)
        return status;
    snprintf(text, sizeof text, "{\"round\":%d}", round);
    status = lk_tensors_add(tensors, "weights", LK_F32, values, shape, 2);
    if (status == LK_OK)
        status = lk_checkpoint_write(path, tensors, text);
    lk_tensors_close(tensors);
    return status;
}

/* The round of a whole checkpoint; fails the test on one that is not. */
static int read_round(const char *path)
{
    lk_tensors *tensors;
    char *text;
    int round = -1;
    assert_ok(lk_checkpoint_read(&tensors, &text, path));
    assert_int_equal(sscanf(text, "{\"round\":%d}", &round), 1);
    const lk_tensor *weights = lk_tensors_find(tensors, "weights");
    assert_int_equal(weights->count, NUMBERS);
    for (size_t i = 0; i < NUMBERS; i++) {
        float value;
        memcpy(&value, (const char *)weights->data + i * sizeof value, sizeof value);
        assert_true(value == (float)round);
    }
    lk_free(text);
    lk_tensors_close(tensors);
    return round;
}

static size_t count_files(void)
{
    size_t count = 0;
    DIR *directory = opendir(scratch);
    struct dirent *entry;
    while ((entry = readdir(directory)))
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

/* Writes rounds until it is killed. */
static void write_for_ever(const char *path, int round)
{
    float *values = malloc(NUMBERS * sizeof *values);
    while (values && write_round(path, ++round, values) == LK_OK)
        continue;
    _exit(1);
}

static void fifty_killed_writers_leave_a_whole_checkpoint(void **state)
{
    (void)state;
    const char *path = join_path(scratch, "run.safetensors");
    static float values[NUMBERS];
    lk_random random;
    lk_random_init(&random, 1, 1);
    assert_ok(write_round(path, 0, values));
    int last = 0, grew = 0;
    for (int kill_number = 0; kill_number < 50; kill_number++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            write_for_ever(path, last);
        usleep((useconds_t)lk_random_below(&random, 20000));
        assert_int_equal(kill(child, SIGKILL), 0);
        int end;
        assert_int_equal(waitpid(child, &end, 0), child);
        assert_true(WIFSIGNALED(end));
        int round = read_round(path);
        assert_true(round >= last);
        grew += round > last;
        last = round;
    }
    assert_true(grew > 0);
    assert_ok(write_round(path, last + 1, values));
    assert_int_equal(count_files(), 1); /* what the killed ones left is gone */
    print_message("  %d of 50 writers got a checkpoint out before they were killed\n", grew);
}

static void a_failed_write_keeps_the_old_checkpoint(void **state)
{
    (void)state;
    static float values[NUMBERS];
    const char *path = join_path(scratch, "kept.safetensors");
    assert_ok(write_round(path, 7, values));
    /* Directories in the way of the temporary names: no write can succeed. */
    for (int i = 0; i < 8; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s/.kept.safetensors.lk-part%d", scratch, i);
        assert_int_equal(mkdir(name, 0777), 0);
    }
    assert_fails(write_round(path, 8, values), LK_ERROR_IO, "kept.safetensors");
    assert_int_equal(read_round(path), 7);
    assert_fails(write_round("/dev/null/run", 8, values), LK_ERROR_IO, "/dev/null");
}

/* A limit on the size of files fails writes half-way, as a full disk does. */
static void a_full_disk_keeps_the_old_checkpoint(void **state)
{
    (void)state;
    static float values[NUMBERS];
    const char *path = join_path(scratch, "full.safetensors");
    struct rlimit limit, before;
    assert_ok(write_round(path, 3, values));
    size_t files = count_files();
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = NUMBERS; /* a quarter of what is needed */
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    lk_status status = write_round(path, 4, values);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, LK_ERROR_IO);
    assert_non_null(strstr(lk_error_text(), "full.safetensors"));
    assert_int_equal(read_round(path), 3);
    assert_int_equal(count_files(), files);
}

static void a_file_without_state_is_no_checkpoint(void **state)
{
    (void)state;
    const char *path = join_path(scratch, "plain.safetensors");
    const size_t one = 1;
    const float value = 1;
    lk_tensors *tensors;
    char *text;
    assert_ok(lk_tensors_create(&tensors));
    assert_ok(lk_tensors_add(tensors, "weights", LK_F32, &value, &one, 1));
    assert_ok(lk_tensors_write_safetensors(tensors, path));
    lk_tensors_close(tensors);
    assert_fails(lk_checkpoint_read(&tensors, &text, path), LK_ERROR_FORMAT, "state.json");
    assert_non_null(strstr(lk_error_text(), path));
    assert_fails(lk_checkpoint_read(&tensors, &text, "/nowhere/run"), LK_ERROR_IO, "/nowhere/run");
}

enum { WIDTH = 5 };

/* A run of an optimiser: its weights follow made-up gradients. */
typedef struct run {
    float value[WIDTH], gradient[WIDTH];
    lk_optimizer *optimizer;
    int step;
} run;

static void start(run *r, lk_optimizer_kind kind)
{
    lk_parameter parameter = {"a.weight", r->value, r->gradient, WIDTH, true};
    lk_optimizer_options options;
    lk_optimizer_options_init(&options, kind);
    options.momentum = kind == LK_SGD || kind == LK_RMSPROP ? 0.9 : 0;
    for (size_t i = 0; i < WIDTH; i++)
        r->value[i] = (float)i;
    r->step = 0;
    assert_ok(lk_optimizer_create(&r->optimizer, &options, &parameter, 1));
}

static void advance(run *r, int steps)
{
    for (int s = 0; s < steps; s++, r->step++) {
        for (int i = 0; i < WIDTH; i++)
            r->gradient[i] = (float)sin(r->step + i * 1.7);
        lk_optimizer_step(r->optimizer, 0.01);
    }
}

static void save(const run *r, const char *path)
{
    lk_tensors *tensors;
    const size_t shape = WIDTH;
    assert_ok(lk_tensors_create(&tensors));
    assert_ok(lk_tensors_add(tensors, "a.weight", LK_F32, r->value, &shape, 1));
    assert_ok(lk_optimizer_save(r->optimizer, tensors));
    assert_ok(lk_checkpoint_write(path, tensors, "{}"));
    lk_tensors_close(tensors);
}

static void load(run *r, const char *path)
{
    lk_tensors *tensors;
    char *text;
    assert_ok(lk_checkpoint_read(&tensors, &text, path));
    lk_tensor_copy_f32(lk_tensors_find(tensors, "a.weight"), r->value);
    assert_ok(lk_optimizer_load(r->optimizer, tensors));
    lk_tensors_close(tensors);
    lk_free(text);
}

static void resumed_optimisers_continue_bit_for_bit(void **state)
{
    (void)state;
    const char *path = join_path(scratch, "optimizer.safetensors");
    for (int kind = LK_SGD; kind <= LK_ADAMW; kind++) {
        run whole, first, second;
        start(&whole, (lk_optimizer_kind)kind);
        start(&first, (lk_optimizer_kind)kind);
        start(&second, (lk_optimizer_kind)kind);
        advance(&whole, 20);
        advance(&first, 9);
        save(&first, path);
        load(&second, path);
        second.step = 9;
        advance(&second, 11);
        assert_memory_equal(whole.value, second.value, sizeof whole.value);
        lk_optimizer_destroy(whole.optimizer);
        lk_optimizer_destroy(first.optimizer);
        lk_optimizer_destroy(second.optimizer);
    }
}

static void moments_of_another_network_are_refused(void **state)
{
    (void)state;
    const char *path = join_path(scratch, "other.safetensors");
    run sgd, adam;
    start(&sgd, LK_SGD);
    start(&adam, LK_ADAM);
    advance(&sgd, 2);
    save(&sgd, path);
    lk_tensors *tensors;
    char *text;
    assert_ok(lk_checkpoint_read(&tensors, &text, path));
    assert_fails(lk_optimizer_load(adam.optimizer, tensors), LK_ERROR_MISSING,
                 "optimizer.a.weight.s");
    float value, gradient;
    lk_parameter narrow = {"a.weight", &value, &gradient, 1, true};
    lk_optimizer_options options;
    lk_optimizer_options_init(&options, LK_SGD);
    options.momentum = 0.9;
    lk_optimizer *other;
    assert_ok(lk_optimizer_create(&other, &options, &narrow, 1));
    assert_fails(lk_optimizer_load(other, tensors), LK_ERROR_SHAPE, "expected 1 x");
    lk_optimizer_destroy(other);
    lk_optimizer_destroy(sgd.optimizer);
    lk_optimizer_destroy(adam.optimizer);
    lk_tensors_close(tensors);
    lk_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifty_killed_writers_leave_a_whole_checkpoint),
        cmocka_unit_test(a_failed_write_keeps_the_old_checkpoint),
        cmocka_unit_test(a_full_disk_keeps_the_old_checkpoint),
        cmocka_unit_test(a_file_without_state_is_no_checkpoint),
        cmocka_unit_test(resumed_optimisers_continue_bit_for_bit),
        cmocka_unit_test(moments_of_another_network_are_refused),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}

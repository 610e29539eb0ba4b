/* What a run writes about itself: it reads back as it was, and what somebody has
 * tampered with is refused, never believed. */
#include <math.h>

#include "scratch.h"

#include <likeness/store.h>

#include "base/options.h"
#include "train/trainer.h"
#include "trainer_people.h"

/* Every field of the table away from its default, all within their ranges. */
static lk_trainer_options unusual_options(void)
{
    static const char *const frozen[] = {"conv2d_1a", "repeat_1.0"};
    lk_trainer_options o;
    lk_trainer_options_init(&o);
    const lk_options_table *table = lk_trainer_options_table();
    for (size_t i = 0; i < table->count; i++) {
        void *at = (char *)&o + table->rows[i].offset;
        switch (table->rows[i].type) {
        case LK_OPTION_REAL: *(double *)at = *(double *)at / 3 + 0.1; break;
        case LK_OPTION_WHOLE: *(int *)at += 3; break; /* the low half of a wider one */
        case LK_OPTION_FLAG: *(bool *)at = !*(bool *)at; break;
        case LK_OPTION_CHOICE: *(unsigned *)at = *(unsigned *)at == 1 ? 2 : 1; break;
        case LK_OPTION_TEXT: *(const char **)at = "some/\"path\""; break;
        case LK_OPTION_TEXTS: break;
        }
    }
    o.seed = UINT64_MAX - 1; /* all 64 bits */
    o.frozen = frozen;
    o.frozen_count = 2;
    return o;
}

static void assert_same_options(const lk_trainer_options *a, const lk_trainer_options *b)
{
    const lk_options_table *table = lk_trainer_options_table();
    for (size_t i = 0; i < table->count; i++) {
        char *x, *y;
        const char *name = table->rows[i].name;
        assert_ok(lk_option_get(&x, table, a, name));
        assert_ok(lk_option_get(&y, table, b, name));
        assert_string_equal(x, y);
        lk_free(x);
        lk_free(y);
    }
}

static char *unusual_state(lk_trainer_saved *saved)
{
    static char first[] = "people/a", second[] = "people/\xff", third[] = "b\n\xe2\x80\xae";
    static size_t unreadable[] = {2, 5};
    static char *paths[] = {first, second, third};
    *saved = (lk_trainer_saved){.options = unusual_options(),
                                .paths = paths,
                                .path_count = 3,
                                .data = {7, 70, UINT64_MAX - 5},
                                .unreadable = unreadable,
                                .unreadable_count = 2,
                                .threads = 3,
                                .step = 1234567890123,
                                .seconds = 1.0 / 3};
    char *text;
    assert_ok(lk_trainer_write_state(&text, saved));
    return text;
}

static void options_read_back_as_they_were(void **state)
{
    (void)state;
    lk_trainer_saved saved, read = {0};
    char *text = unusual_state(&saved);
    assert_ok(lk_trainer_read_state(&read, text, "here"));
    assert_same_options(&saved.options, &read.options);
    assert_int_equal(read.path_count, 3);
    assert_string_equal(read.paths[0], "people/a");
    assert_string_equal(read.paths[1], "people/\xef\xbf\xbd"); /* JSON knows UTF-8 only */
    assert_string_equal(read.paths[2], saved.paths[2]);
    assert_true(read.unreadable_known && read.unreadable_count == 2);
    assert_memory_equal(read.unreadable, saved.unreadable, 2 * sizeof *read.unreadable);
    assert_memory_equal(&read.data, &saved.data, sizeof saved.data);
    assert_true(read.step == saved.step && read.threads == 3 && read.seconds == saved.seconds);
    lk_trainer_clear_saved(&read);
    free(text);
}

/* The state with `from` replaced by `to`. */
static lk_status read_changed(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    char *changed = malloc(strlen(text) + strlen(to) + 1);
    sprintf(changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    lk_trainer_saved read = {0};
    lk_status status = lk_trainer_read_state(&read, changed, "here");
    lk_trainer_clear_saved(&read);
    free(changed);
    return status;
}

static void tampered_states_are_refused(void **state)
{
    (void)state;
    lk_trainer_saved saved;
    char *text = unusual_state(&saved);
    assert_ok(read_changed(text, "\"version\": 1", "\"version\": 1"));
    assert_fails(read_changed(text, "\"version\": 1", "\"version\": 2"), LK_ERROR_UNSUPPORTED,
                 "version 2");
    assert_ok(read_changed(text, "\"unreadable\"", "\"unused\"")); /* an earlier version's */
    assert_fails(read_changed(text, "\"unreadable\": [", "\"unreadable\": [2, "), LK_ERROR_FORMAT,
                 "unreadable");
    assert_fails(read_changed(text, "\"unreadable\": [", "\"unreadable\": [-1, "), LK_ERROR_FORMAT,
                 "unreadable");
    assert_fails(read_changed(text, "\"unreadable\": [", "\"unreadable\": 3, \"x\": ["),
                 LK_ERROR_FORMAT, "unreadable");
    assert_fails(read_changed(text, "likeness trainer", "other"), LK_ERROR_FORMAT,
                 "not the checkpoint");
    assert_fails(read_changed(text, "{", "["), LK_ERROR_FORMAT, "JSON");
    assert_fails(read_changed(text, "\"loss\": \"softmax\"", "\"loss\": \"hope\""), LK_ERROR_FORMAT,
                 "loss");
    assert_fails(read_changed(text, "\"loss\": \"softmax\"", "\"loss\": 99"), LK_ERROR_FORMAT,
                 "loss");
    assert_fails(read_changed(text, "\"size\": 163", "\"size\": -163"), LK_ERROR_FORMAT, "size");
    assert_fails(read_changed(text, "\"size\": 163", "\"size\": 1000000000000"), LK_ERROR_ARGUMENT,
                 "here: size takes a whole number from 75 to 4096, not '1000000000000'");
    assert_fails(read_changed(text, "\"dropout\": true", "\"dropout\": 1"), LK_ERROR_FORMAT,
                 "dropout");
    assert_fails(read_changed(text, "\"people/a\"", "17"), LK_ERROR_FORMAT, "paths");
    assert_fails(read_changed(text, "\"conv2d_1a\"", "{}"), LK_ERROR_FORMAT, "frozen");
    assert_fails(
        read_changed(text, "\"sampler.people\": 11", "\"sampler.people\": 9223372036854775807"),
        LK_ERROR_ARGUMENT, "here: sampler.people takes a whole number from 1 to 4096");
    assert_fails(read_changed(text, "\"step\": 1234567890123", "\"step\": -1"), LK_ERROR_FORMAT,
                 "step");
    for (size_t cut = 0; cut < strlen(text) - 1; cut += 97) {
        lk_trainer_saved read = {0};
        char *part = strndup(text, cut);
        assert_int_equal(lk_trainer_read_state(&read, part, "here"), LK_ERROR_FORMAT);
        lk_trainer_clear_saved(&read);
        free(part);
    }
    free(text);
}

/* Before there was a choice, a person was the innermost folder, and Pillow's the older. */
static void old_runs_keep_their_ways(void **state)
{
    (void)state;
    lk_trainer_saved saved, read = {0};
    char *text = unusual_state(&saved), *name = strstr(text, "\"label\"");
    assert_non_null(name);
    name[1] = 'x';
    assert_ok(lk_trainer_read_state(&read, text, "here"));
    assert_int_equal(read.options.label, LK_LABEL_LAST);
    assert_int_equal(read.options.augment.resize, LK_PILLOW_13);
    lk_trainer_clear_saved(&read);
    name = strstr(text, "\"augment.resize\"");
    assert_non_null(name);
    name[1] = 'x';
    assert_ok(lk_trainer_read_state(&read, text, "here"));
    assert_int_equal(read.options.augment.resize, LK_PILLOW_12);
    lk_trainer_clear_saved(&read);
    free(text);
}

/* What a version wrote that had no table: one line of the corpus of the fuzzer. */
static void states_of_earlier_versions_read(void **state)
{
    (void)state;
    char text[8192];
    FILE *file = fopen(test_file("fuzz/corpus/trainer_state/"
                                 "ad0a669af04b13bdf8583e11c6cc3c55400f269d"),
                       "rb");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    fclose(file);
    lk_trainer_saved read = {0};
    assert_ok(lk_trainer_read_state(&read, text, "here"));
    const lk_trainer_options *o = &read.options;
    assert_int_equal(o->loss, LK_TRAINER_ARCFACE);
    assert_int_equal(o->optimizer.kind, LK_SGD);
    assert_int_equal(o->seed, UINT64_MAX - 1); /* stored as -2 */
    assert_string_equal(o->schedule.path, "rates.txt");
    assert_true(o->width == 0.25 && o->schedule.epochs == 3 && o->augment.erase == 0.15);
    assert_int_equal(o->frozen_count, 1);
    assert_string_equal(o->frozen[0], "conv2d_1a");
    lk_trainer_clear_saved(&read);
}

/* JSON has no infinity, so that none may come as far as a checkpoint. */
static void infinite_options_are_refused(void **state)
{
    (void)state;
    lk_trainer *trainer = NULL;
    const char *folder = "nowhere";
    lk_trainer_options options;
    lk_trainer_options_init(&options);
    options.schedule.every = INFINITY;
    assert_fails(lk_trainer_create(&trainer, &folder, 1, &options), LK_ERROR_ARGUMENT,
                 "schedule.every takes a number above 0, not 'inf'");
    lk_trainer_options_init(&options);
    options.save_seconds = INFINITY;
    assert_fails(lk_trainer_create(&trainer, &folder, 1, &options), LK_ERROR_ARGUMENT,
                 "save_seconds takes a number from 0 on, not 'inf'");
}

/* RUN/checkpoint.safetensors again, without one tensor or with another in its place. */
static void rewrite(const char *run, const char *name, const size_t *shape, size_t rank)
{
    static const double zeros[4096];
    lk_tensors *tensors, *changed;
    char *text;
    const char *path = join_path(run, "checkpoint.safetensors");
    assert_ok(lk_checkpoint_read(&tensors, &text, path));
    assert_ok(lk_tensors_create(&changed));
    bool met = false;
    for (size_t i = 0; i < lk_tensors_count(tensors); i++) {
        const lk_tensor *x = lk_tensors_get(tensors, i);
        if (strcmp(x->name, "state.json") == 0)
            continue;
        met |= strcmp(x->name, name) == 0;
        if (strcmp(x->name, name) != 0)
            assert_ok(lk_tensors_add(changed, x->name, x->dtype, x->data, x->shape, x->rank));
        else if (shape)
            assert_ok(lk_tensors_add(changed, name, x->dtype, zeros, shape, rank));
    }
    assert_true(met);
    assert_ok(lk_checkpoint_write(path, changed, text));
    lk_tensors_close(changed);
    lk_tensors_close(tensors);
    lk_free(text);
}

static void assert_resume_fails(const char *run, const char *name, const size_t *shape, size_t rank,
                                lk_status expected)
{
    char command[1200], copy[512];
    lk_trainer *trainer = NULL;
    snprintf(copy, sizeof copy, "%s/copy", scratch);
    snprintf(command, sizeof command, "rm -rf '%s' && cp -r '%s' '%s'", copy, run, copy);
    assert_int_equal(system(command), 0);
    rewrite(copy, name, shape, rank);
    assert_fails(lk_trainer_resume(&trainer, copy, NULL, 0, NULL), expected, name);
    assert_non_null(strstr(lk_error_text(), "checkpoint.safetensors"));
    assert_null(trainer);
}

static void damaged_checkpoints_are_refused(void **state)
{
    (void)state;
    char run[512], folder[512];
    snprintf(folder, sizeof folder, "%s/people", scratch);
    snprintf(run, sizeof run, "%s/run", scratch);
    make_faces(folder, 4, 2);
    lk_trainer_options options = small_options(run, 4);
    options.average = 0.9;
    lk_trainer *trainer = make_trainer(folder, &options);
    take_steps(trainer, 2);
    assert_ok(lk_trainer_save(trainer));
    lk_trainer_destroy(trainer);
    const size_t small[] = {2, 2}, rows[] = {2, 7};
    assert_resume_fails(run, "conv2d_1a.conv.weight", NULL, 0, LK_ERROR_MISSING);
    assert_resume_fails(run, "optimizer.last_linear.weight.s", NULL, 0, LK_ERROR_MISSING);
    assert_resume_fails(run, "optimizer.last_linear.weight.m", small, 2, LK_ERROR_SHAPE);
    assert_resume_fails(run, "average.last_bn.running_var", small, 2, LK_ERROR_SHAPE);
    assert_resume_fails(run, "history.steps", small, 2, LK_ERROR_FORMAT);
    assert_resume_fails(run, "history.epochs", NULL, 0, LK_ERROR_FORMAT);
    assert_resume_fails(run, "history.steps", rows, 2, LK_ERROR_FORMAT); /* steps 0 and 0 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_read_back_as_they_were),
        cmocka_unit_test(old_runs_keep_their_ways),
        cmocka_unit_test(states_of_earlier_versions_read),
        cmocka_unit_test(infinite_options_are_refused),
        cmocka_unit_test(tampered_states_are_refused),
        cmocka_unit_test(damaged_checkpoints_are_refused),
    };
    lk_threads_set(1);
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}

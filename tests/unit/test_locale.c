/* What the library writes and reads is the same in every locale that a program may set.
 * Debian installs few locales: the two are built, into a folder of their own. */
#include <locale.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "scratch.h"

#include <likeness/files.h>
#include <likeness/plot.h>
#include <likeness/report.h>
#include <likeness/synth.h>
#include <likeness/train.h>
#include <likeness/weights.h>

#include "report/training/training.h"

/* localedef says 1 where it only warned. */
static bool build_locale(const char *name)
{
    char command[512];
    snprintf(command, sizeof command,
             "localedef -c -i %s -f UTF-8 '%s/locales/%s.UTF-8' >/dev/null 2>&1", name, scratch,
             name);
    int end = system(command);
    return WIFEXITED(end) && WEXITSTATUS(end) <= 1;
}

/* Whether the whole program is now in this locale. */
static bool enter(const char *name)
{
    char full[64];
    snprintf(full, sizeof full, "%s.UTF-8", name);
    setenv("LC_ALL", full, 1);
    return build_locale(name) && setlocale(LC_ALL, "");
}

static void leave(void)
{
    setlocale(LC_ALL, "C");
}

static int build_place(void **state)
{
    if (make_scratch(state) != 0)
        return -1;
    const char *place = join_path(scratch, "locales");
    return mkdir(place, 0700) != 0 || setenv("LOCPATH", place, 1) != 0;
}

static void write_text(const char *path, const char *text)
{
    lk_output *output;
    assert_ok(lk_output_open(&output, path));
    lk_output_printf(output, "%s", text);
    assert_ok(lk_output_commit(output));
}

static void write_figures(const char *folder)
{
    static const double points[] = {0.25, 1.5, -2.75, 1234.5}, ratio[] = {.625, .125};
    static const double x[] = {0.5, 1, 1.5, 2}, y[] = {0.125, 0.00025, 0.75, 0.5};
    lk_plot_scatter scatter = {.points = points, .count = 2, .ratio = ratio};
    lk_curve curve = {.name = "c", .x = x, .y = y, .count = 4};
    lk_plot_curves curves = {.curves = &curve, .curve_count = 1, .log_y = true};
    lk_plot_heatmap heatmap = {.values = points, .count = 2};
    lk_plot *plots[4];
    static const char *const names[] = {"scatter.svg", "curves.svg", "linear.svg", "heat.svg"};
    assert_ok(lk_plot_scatter_create(&plots[0], &scatter));
    assert_ok(lk_plot_curves_create(&plots[1], &curves));
    curves.log_y = false;
    assert_ok(lk_plot_curves_create(&plots[2], &curves));
    assert_ok(lk_plot_heatmap_create(&plots[3], &heatmap));
    for (size_t i = 0; i < 4; i++) {
        assert_ok(lk_plot_write(plots[i], join_path(folder, names[i])));
        lk_plot_destroy(plots[i]);
    }
}

static void write_lesson(const char *folder)
{
    static const float vectors[4][3] = {{1, 0, 0}, {.8f, .6f, 0}, {0, 1, 0}, {0, .6f, .8f}};
    lk_lesson_image people[4];
    for (size_t i = 0; i < 4; i++)
        people[i] = (lk_lesson_image){.path = "a/photo.jpg",
                                      .label = i < 2 ? "ann" : "bo",
                                      .width = 60,
                                      .height = 40,
                                      .probability = 0.75f,
                                      .box = {1.5f, 2.25f, 30, 35},
                                      .embedding = vectors[i]};
    lk_lesson lesson;
    lk_lesson_init(&lesson);
    lesson.people = people;
    lesson.people_count = 4;
    lesson.embedding_size = 3;
    assert_ok(lk_report_lesson(&lesson, folder, NULL));
}

static void write_training(const char *folder)
{
    lk_training_step steps[3];
    for (size_t i = 0; i < 3; i++)
        steps[i] = (lk_training_step){i + 1, 0.5 * (double)(i + 1), 0.25, 0.5, 0.5, 0.05, 1.5, 50};
    lk_training_epoch epoch = {1, 0.9375, 0.125, 0.75, 0.001, 0.5, 0.2, 61.5};
    lk_training t;
    lk_training_init(&t);
    t.title = "Run";
    t.loss_name = "triplet";
    t.collapsed_loss = 0.2;
    t.steps = steps;
    t.step_count = 3;
    t.epochs = &epoch;
    t.epoch_count = 1;
    assert_ok(lk_training_page_write(join_path(folder, "training.html"), &t));
}

static void write_album(const char *folder)
{
    lk_synth_album_options options;
    lk_synth_album_options_init(&options);
    options.people = options.photos = 1;
    options.size = 32;
    assert_ok(lk_synth_album_write(join_path(folder, "album"), NULL, 0, &options));
}

static void write_tensors(const char *folder)
{
    static const float values[2] = {0.5f, -1.25f};
    static const size_t shape[] = {2};
    lk_tensors *tensors;
    assert_ok(lk_tensors_create(&tensors));
    assert_ok(lk_tensors_add(tensors, "a", LK_F32, values, shape, 1));
    assert_ok(lk_tensors_write_safetensors(tensors, join_path(folder, "a.safetensors")));
    lk_tensors_close(tensors);
    assert_ok(lk_tensors_open(&tensors, join_path(folder, "a.safetensors")));
    lk_tensors_close(tensors);
    assert_ok(lk_npy_write(join_path(folder, "a.npy"), LK_F32, values, shape, 1));
}

/* JSON's numbers, and an error's. */
static void write_numbers(const char *folder)
{
    char numbers[] = "[0.10000000000000001, 1.5, 2.0e-7]", text[160];
    lk_json_shorten(numbers);
    lk_schedule_options options;
    lk_schedule_options_init(&options);
    options.every = -1.5;
    options.kind = LK_SCHEDULE_STEP;
    lk_schedule *schedule;
    assert_fails(lk_schedule_create(&schedule, &options), LK_ERROR_ARGUMENT, "-1.5");
    snprintf(text, sizeof text, "%s %d %s", numbers, lk_json_float(0.1f) == 0.1, lk_error_text());
    write_text(join_path(folder, "numbers.txt"), text);
}

static void read_schedule(void)
{
    const char *path = join_path(scratch, "schedule.txt");
    write_text(path, "0 0.5\n1.5: 0.25\n");
    lk_schedule_options options;
    lk_schedule_options_init(&options);
    options.kind = LK_SCHEDULE_FILE;
    options.path = path;
    lk_schedule *schedule;
    assert_ok(lk_schedule_create(&schedule, &options));
    assert_true(lk_schedule_rate(schedule, 0, 2) == 0.5);
    assert_true(lk_schedule_rate(schedule, 1.5, 2) == 0.25);
    lk_schedule_destroy(schedule);
}

static void write_all(const char *name)
{
    char folder[256];
    snprintf(folder, sizeof folder, "%s/%s", scratch, name);
    assert_ok(lk_directory_create(folder));
    write_figures(folder);
    write_lesson(folder);
    write_training(folder);
    write_album(folder);
    write_tensors(folder);
    write_numbers(folder);
    read_schedule();
}

static void files_do_not_depend_on_the_locale(void **state)
{
    (void)state;
    write_all("plain");
    if (!enter("de_DE")) {
        print_message("localedef made no de_DE.UTF-8: nothing compared\n");
        skip();
    }
    char number[16], command[512];
    snprintf(number, sizeof number, "%.1f", 1.5);
    assert_string_equal(number, "1,5"); /* it is a locale with a comma */
    write_all("german");
    snprintf(number, sizeof number, "%.1f", 1.5);
    assert_string_equal(number, "1,5"); /* and the program is still in it */
    leave();
    snprintf(command, sizeof command, "diff -r '%s/plain' '%s/german' | cut -c 1-300", scratch,
             scratch);
    FILE *differences = popen(command, "r");
    assert_non_null(differences);
    char line[400] = "";
    bool differ = fgets(line, sizeof line, differences);
    if (differ)
        print_message("%s", line);
    pclose(differences);
    assert_false(differ);
}

/* I is the capital of a letter without a dot there. */
static void endings_do_not_depend_on_the_locale(void **state)
{
    (void)state;
    lk_plot_format format;
    if (!enter("tr_TR")) {
        print_message("localedef made no tr_TR.UTF-8\n");
        skip();
    }
    lk_file_list *list;
    const char *folder = join_path(scratch, "endings");
    assert_ok(lk_directory_create(folder));
    write_text(join_path(folder, "A.GIF"), "");
    folder = join_path(scratch, "endings");
    assert_ok(lk_file_list_create(&list, &folder, 1, NULL));
    assert_int_equal(lk_file_list_count(list), 1);
    lk_file_list_destroy(list);
    assert_ok(lk_plot_format_from_path(&format, "A.SVG"));
    leave();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_do_not_depend_on_the_locale),
        cmocka_unit_test(endings_do_not_depend_on_the_locale),
    };
    return cmocka_run_group_tests(tests, build_place, remove_scratch);
}

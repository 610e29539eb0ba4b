/* The page of a training run: its state, curves, alarms; hostile names as text;
 * whole at every moment; odd runs explained rather than refused. */
#include <math.h>
#include <sys/stat.h>

#include "page_checks.h"

#include <likeness/report.h>

#include "report/training/training.h"

enum { STEPS = 400, EPOCHS = 4 };

static char directory[] = "/tmp/likeness-training-XXXXXX";
static lk_training_step steps[STEPS];
static lk_training_epoch epochs[EPOCHS];

static int prepare(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    for (size_t i = 0; i < STEPS; i++) {
        double t = (double)(i + 1) / 100, f = exp(-t);
        steps[i] = (lk_training_step){
            i + 1, t, 0.2 * f * (1 + 0.3 * sin((double)i)), f, 1 - f, 0.05, 1 + f, 50};
    }
    for (size_t i = 0; i < EPOCHS; i++) {
        double f = exp(-(double)(i + 1));
        epochs[i] = (lk_training_epoch){i + 1, 1 - f / 2, f, 1 - f, 0.01, 1 - f, f / 5, 61.5};
    }
    return 0;
}

static int tidy(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    return system(command);
}

static const lk_report_note settings[] = {
    {"Command", "likeness train 'a & b'"}, {"<b>", "<i>\xff"}, {NULL, NULL}};
static const lk_training_alarm alarms[] = {{0, "first <alarm>"}, {123, "second alarm"}};
static const char *const bad_photos[] = {"a/<img src=x>.jpg: cut off", NULL};

static lk_training example(void)
{
    lk_training t;
    lk_training_init(&t);
    t.title = "A run of <script>alert(1)</script>";
    t.state = LK_TRAINING_FINISHED;
    t.loss_name = "triplet <hard>";
    t.people = 40;
    t.photos = 480;
    t.validation_people = 10;
    t.validation_photos = 120;
    t.epochs_planned = 4;
    t.collapsed_loss = 0.2;
    t.best_epoch = 3;
    t.best_about = "Best <by> AUC.";
    t.steps = steps;
    t.step_count = STEPS;
    t.epochs = epochs;
    t.epoch_count = EPOCHS;
    t.alarms = alarms;
    t.alarm_count = 2;
    t.bad_photos = bad_photos;
    t.bad_photo_count = 2;
    t.settings = settings;
    t.setting_count = 3;
    return t;
}

static char *page_of(const lk_training *training)
{
    const char *path = join_path(directory, "index.html");
    assert_ok(lk_training_page_write(path, training));
    char *page = read_page(path);
    assert_well_formed(page);
    assert_nothing_from_outside(page);
    assert_int_equal(occurrences(page, "<svg"), occurrences(page, "</svg>"));
    assert_null(strstr(page, "nan"));
    assert_null(strstr(page, "inf"));
    return page;
}

static void the_page_shows_the_run(void **state)
{
    (void)state;
    lk_training t = example();
    char *page = page_of(&t), number[64];
    assert_holds(page, "<b>Finished</b> after 4 of 4 epochs (400 steps).");
    assert_holds(page, "<b>40</b><span>people in training, with 480 photographs");
    assert_holds(page, "<b>10</b>");
    snprintf(number, sizeof number, "<b>%.4f</b><span>AUC", epochs[2].auc);
    assert_holds(page, number);
    assert_int_equal(occurrences(page, "<svg"), 6);
    static const char *const titles[] = {"Training loss",
                                         "Active share",
                                         "Learning rate",
                                         "Gradient norm",
                                         "Spread of the embeddings",
                                         "Validation on unseen people"};
    for (size_t i = 0; i < 6; i++) {
        snprintf(number, sizeof number, "aria-label=\"%s\"", titles[i]);
        assert_holds(page, number);
    }
    assert_holds(page, ">margin = 0.2</text>");
    assert_holds(page, ">TAR at FAR 0.01</text>");
    assert_holds(page, ">mean of 11 steps</text>");
    assert_int_equal(occurrences(page, "<tr class=\"best\">"), 1);
    assert_holds(page, "<tr class=\"best\"><th class=\"n\" scope=\"row\">3 (best)</th>");
    assert_holds(page, "1 min 2 s");
    assert_holds(page, "<summary>How to read these curves</summary>");
    assert_true(strstr(page, "Alarm at step 123.") < strstr(page, "first &lt;alarm&gt;"));
    assert_true(strstr(page, "Alarm.") < strstr(page, "<svg"));
    free(page);
}

static void hostile_names_stay_text(void **state)
{
    (void)state;
    lk_training t = example();
    char *page = page_of(&t);
    assert_holds(page, "<h1>A run of &lt;script&gt;alert(1)&lt;/script&gt;</h1>");
    assert_holds(page, ">triplet &lt;hard&gt;</text>");
    assert_holds(page, "&lt;b&gt;</th><td class=\"mono\">&lt;i&gt;\xef\xbf\xbd</td>");
    assert_holds(page, "likeness train &#39;a &amp; b&#39;");
    assert_holds(page, "a/&lt;img src=x&gt;.jpg: cut off");
    assert_holds(page, "Best &lt;by&gt; AUC.");
    assert_null(strstr(page, "\xff"));
    free(page);
}

static void only_a_running_page_renews_itself(void **state)
{
    (void)state;
    lk_training t = example();
    t.state = LK_TRAINING_RUNNING;
    t.step_count = 150;
    t.seconds_left = 4000;
    char *page = page_of(&t);
    assert_int_equal(occurrences(page, "http-equiv=\"refresh\""), 1);
    assert_holds(page, "<b>Running.</b> 1.5 of 4 epochs done (150 steps). About 1 h 7 min left.");
    free(page);
    t.state = LK_TRAINING_STOPPED;
    t.state_about = "Ctrl-C & saved.";
    page = page_of(&t);
    assert_null(strstr(page, "refresh"));
    assert_holds(page, "<b>Stopped</b> after 1.5 of 4 epochs (150 steps). Ctrl-C &amp; saved.");
    free(page);
}

static void an_end_inside_an_epoch_is_a_fraction_of_it(void **state)
{
    (void)state;
    lk_training t = example();
    lk_training_epoch half = {0.5, 0.75, 0.25, 0.5, 0.01, 0.5, 1.5, 3};
    t.epochs = &half;
    t.epoch_count = t.epochs_planned = 1;
    t.step_count = 50;
    t.best_epoch = 0.5;
    char *page = page_of(&t);
    assert_holds(page, "after 0.5 of 1 epoch (50 steps)");
    assert_holds(page, "AUC on unseen people, best epoch (0.50)");
    assert_holds(page, "<tr class=\"best\"><th class=\"n\" scope=\"row\">0.50 (best)</th>");
    free(page);
}

static void what_was_not_measured_is_left_out(void **state)
{
    (void)state;
    lk_training t = example();
    lk_training_step few[3];
    lk_training_epoch one = {1, NAN, NAN, NAN, NAN, NAN, 5.5, INFINITY};
    for (size_t i = 0; i < 3; i++)
        few[i] = (lk_training_step){i + 1, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    t.steps = few;
    t.step_count = 3;
    t.epochs = &one;
    t.epoch_count = 1;
    t.collapsed_loss = NAN;
    char *page = page_of(&t);
    assert_int_equal(occurrences(page, "<svg"), 0);
    assert_holds(page, "<td class=\"n\">5.5000</td><td class=\"n\">–</td>");
    free(page);
    few[0].epoch = 0.5, few[0].loss = 9; /* softmax: no triplets, no spread yet */
    page = page_of(&t);
    assert_int_equal(occurrences(page, "<svg"), 1);
    assert_null(strstr(page, "stroke-dasharray"));
    free(page);
}

static void a_run_without_a_step_is_explained(void **state)
{
    (void)state;
    lk_training t;
    lk_training_init(&t);
    char *page = page_of(&t);
    assert_holds(page, "<h1>Training</h1>");
    assert_holds(page, "No step has been made yet.");
    assert_holds(page, "No epoch has ended yet.");
    free(page);
}

static void a_loss_at_ln_2_is_named(void **state)
{
    (void)state;
    lk_training t = example();
    t.collapsed_loss = log(2);
    char *page = page_of(&t);
    assert_holds(page, ">ln 2 = 0.693</text>");
    free(page);
}

static void long_lists_are_counted(void **state)
{
    (void)state;
    static lk_training_step many[100000];
    static const char *paths[70];
    lk_training_alarm list[9];
    for (size_t i = 0; i < 100000; i++) {
        many[i] = steps[i % STEPS];
        many[i].step = i + 1;
        many[i].epoch = (double)i / 1000;
    }
    for (size_t i = 0; i < 70; i++)
        paths[i] = "x.jpg";
    for (size_t i = 0; i < 9; i++)
        list[i] = (lk_training_alarm){i + 1, "again"};
    lk_training t = example();
    t.steps = many;
    t.step_count = 100000;
    t.alarms = list;
    t.alarm_count = 9;
    t.bad_photos = paths;
    t.bad_photo_count = 70;
    char *page = page_of(&t);
    assert_holds(page, "… and 4 earlier alarms.");
    assert_int_equal(occurrences(page, "again"), 5);
    assert_holds(page, "Alarm at step 9.");
    assert_holds(page, "and 20 more");
    assert_true(strlen(page) < 600000);
    free(page);
}

static void the_mean_follows_without_lag(void **state)
{
    (void)state;
    double out[7];
    const double line[] = {0, 1, 2, 3, 4, 5, 6}, gap[] = {1, NAN, 3, 5, INFINITY, 1, 1};
    lk_training_smooth(out, line, 7, 3);
    for (size_t i = 1; i < 6; i++)
        assert_true(out[i] == line[i]);
    assert_true(out[0] == 0.5 && out[6] == 5.5);
    lk_training_smooth(out, gap, 7, 3);
    assert_true(out[0] == 1 && isnan(out[1]) && out[2] == 4 && out[3] == 4 && isnan(out[4]));
}

static void the_old_page_stays_when_writing_fails(void **state)
{
    (void)state;
    lk_training t = example();
    free(page_of(&t));
    struct stat before, after;
    assert_int_equal(stat(join_path(directory, "index.html"), &before), 0);
    t.steps = NULL;
    assert_fails(lk_training_page_write(join_path(directory, "index.html"), &t), LK_ERROR_ARGUMENT,
                 "NULL");
    assert_int_equal(stat(join_path(directory, "index.html"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    t = example();
    t.step_count = (size_t)1 << 40;
    assert_fails(lk_training_page_write("x", &t), LK_ERROR_LIMIT, "steps");
    t = example();
    assert_fails(lk_training_page_write("/dev/null/x.html", &t), LK_ERROR_IO, "/dev/null");
    assert_fails(lk_training_page_write("", &t), LK_ERROR_ARGUMENT, "no path");
    char command[300];
    snprintf(command, sizeof command, "test \"$(ls '%s')\" = index.html", directory);
    assert_int_equal(system(command), 0); /* nothing half-made is left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_shows_the_run),
        cmocka_unit_test(hostile_names_stay_text),
        cmocka_unit_test(only_a_running_page_renews_itself),
        cmocka_unit_test(an_end_inside_an_epoch_is_a_fraction_of_it),
        cmocka_unit_test(what_was_not_measured_is_left_out),
        cmocka_unit_test(a_run_without_a_step_is_explained),
        cmocka_unit_test(a_loss_at_ln_2_is_named),
        cmocka_unit_test(long_lists_are_counted),
        cmocka_unit_test(the_mean_follows_without_lag),
        cmocka_unit_test(the_old_page_stays_when_writing_fails),
    };
    return cmocka_run_group_tests(tests, prepare, tidy);
}

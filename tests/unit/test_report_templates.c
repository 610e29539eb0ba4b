/* Every fragment of every template on some page, with no placeholder left over and none
 * without a value. */
#include <math.h>

#include "audit_pages.h"
#include "page_checks.h"

#include <likeness-program/experiment.h>
#include <likeness/report.h>

#include "report/frame/html.h"
#include "report/frame/parts.h"
#include "report/frame/template.h"

static char directory[] = "/tmp/likeness-templates-XXXXXX";
static char *pages; /* all of them, one after the other */

static int prepare(void **state)
{
    (void)state;
    return mkdtemp(directory) && (pages = calloc(1, 1)) ? 0 : -1;
}

static int tidy(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    free(pages);
    return system(command);
}

/* ---- the reader ---- */

static void keep_text(const char *text)
{
    size_t before = strlen(pages);
    pages = realloc(pages, before + strlen(text) + 1);
    assert_non_null(pages);
    strcpy(pages + before, text);
}

static void keep(const char *path)
{
    char *page = read_page(path);
    assert_well_formed(page);
    assert_nothing_from_outside(page);
    assert_null(strstr(page, "{{"));
    keep_text(page);
    free(page);
}

enum { WIDTH = 4, IMAGES = 640, BAD = 60 };
static float vectors[IMAGES][WIDTH];
static lk_lesson_image images[IMAGES];
static lk_image picture;

static void make_images(void)
{
    static const char *const labels[] = {"ann", "bo", "cy"};
    assert_ok(lk_image_create(&picture, 8, 8));
    for (size_t i = 0; i < IMAGES; i++) {
        for (size_t k = 0; k < WIDTH; k++)
            vectors[i][k] = (float)sin((double)(i * 5 + k * 3 + 1));
        images[i] = (lk_lesson_image){.path = "f/1.jpg",
                                      .label = labels[i * 7 % 3],
                                      .photo = picture,
                                      .crop = picture,
                                      .probability = 0.5f,
                                      .embedding = vectors[i]};
        if (i < BAD)
            images[i] = (lk_lesson_image){
                .path = "f/2.jpg", .status = i ? LK_ERROR_NO_FACE : LK_ERROR_IO, .photo = picture};
    }
    images[BAD].label = NULL;
}

static const char *language = "en";

static const lk_lesson_model *models; /* of the lessons that are kept */
static size_t model_count;

static void keep_lesson(const lk_lesson_image *people, size_t count, const lk_lesson_group *groups,
                        size_t group_count)
{
    static const lk_lesson_timing timing = {"embed", 1.5};
    static const lk_lesson_command commands[] = {
        {"crop", "likeness crop a"},        {"embedding", "likeness embed a"},
        {"pca", "likeness pca a"},          {"unlock", "likeness distances a"},
        {"matrix", "likeness distances g"}, {"spread", "likeness wss g"},
        {"threshold", "likeness audit g"},  {"models", "likeness embed m"}};
    lk_lesson lesson;
    lk_lesson_init(&lesson);
    lesson.people = people;
    lesson.people_count = count;
    lesson.groups = groups;
    lesson.group_count = group_count;
    lesson.embedding_size = WIDTH;
    lesson.weights = "w.pt";
    lesson.language = language;
    lesson.tutorial_people = group_count == 3;
    lesson.tutorial_groups = group_count == 3;
    lesson.weights_how = group_count == 3 ? "By somebody." : NULL;
    lesson.models = models;
    lesson.model_count = model_count;
    lesson.squeezed = model_count > 0;
    lesson.commands = commands;
    lesson.command_count = sizeof commands / sizeof *commands;
    lesson.timings = &timing;
    lesson.timing_count = 1;
    lesson.warning = group_count == 3 ? "A note." : NULL;
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    keep(join_path(directory, "lesson.html"));
}

/* Other models that say the same, the opposite, and nothing. */
static void keep_models(const lk_lesson_group *apart, const lk_lesson_group *alike)
{
    const lk_lesson_group turned[] = {apart[1], apart[0]};
    const lk_lesson_group *const seen[] = {apart, turned, alike};
    lk_lesson_model model = {.weights = "m.onnx",
                             .people = images,
                             .size = 112,
                             .embedding_size = WIDTH,
                             .metric = LK_METRIC_COSINE,
                             .threshold = 0.6};
    models = &model;
    model_count = 1;
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        model.groups = seen[i];
        keep_lesson(images, 100, apart, 2);
        model = (lk_lesson_model){.weights = "n.pt",
                                  .faces = "by landmarks",
                                  .people = images,
                                  .embedding_size = WIDTH,
                                  .threshold = i ? 0.5 : 0};
    }
    model.groups = alike;
    keep_lesson(NULL, 0, alike, 1);
    models = NULL;
    model_count = 0;
}

static void keep_lessons(void)
{
    const lk_lesson_group groups[] = {
        {"a", images + BAD, 5}, {"b", images + 100, 4}, {"none", images, 0}};
    const lk_lesson_group bad = {"bad", images, 2};
    make_images();
    keep_lesson(images, IMAGES, groups, 3);
    const lk_lesson_group alike[] = {{"a", images + 100, 20}, {"b", images + 130, 20}};
    const lk_lesson_group apart[] = {{"a", images + 100, 20}, {"b", images + 600, 20}};
    for (size_t i = 600; i < 620; i++)
        for (size_t k = 0; k < WIDTH; k++)
            vectors[i][k] *= 10;
    keep_lesson(NULL, 0, NULL, 0);
    keep_lesson(NULL, 0, alike, 2);
    keep_lesson(NULL, 0, apart, 2);
    keep_lesson(images, 1, &bad, 1);
    lk_lesson_image two[] = {images[BAD], images[BAD]};
    keep_lesson(two, 2, groups, 1);
    two[1].label = "somebody else";
    keep_lesson(two, 2, groups, 1);
    const lk_lesson_group strangers = {"strangers", two, 2};
    keep_lesson(two, 2, &strangers, 1);
    keep_models(apart, alike);
    const lk_lesson_group unit = {"unit", images + 400, 3};
    for (size_t i = 400; i < 403; i++)
        for (size_t k = 0; k < WIDTH; k++)
            vectors[i][k] = i % WIDTH == k;
    keep_lesson(NULL, 0, &unit, 1);
    lk_image_clear(&picture);
}

/* What no lesson here has: a rate with its interval, an experiment that settles nothing. */
static void keep_parts(void)
{
    const lk_part_rate rate = {1, 2, 0.1, 0.2, 1, 2};
    const double thresholds[] = {0.5, 1};
    const lk_part_rate rates[] = {rate, rate};
    const lk_threshold_row row = {"r", rates, rates, NULL, NULL};
    const lk_threshold_part part = {.id = "t",
                                    .thresholds = thresholds,
                                    .steps = 2,
                                    .rows = &row,
                                    .row_count = 1,
                                    .low = 0,
                                    .high = 2};
    lk_buffer html = {0};
    lk_part_threshold(&html, &part);
    const lk_part_rate bare = {1, 2, NAN, NAN, 1, 2}, bares[] = {bare, bare};
    const lk_threshold_row plain = {"r", bares, bares, NULL, NULL};
    lk_threshold_part other = part;
    other.rows = &plain;
    lk_part_threshold(&html, &other);
    lk_template_add(&html, "lesson/evidence#experiment_turns");
    lk_template_add(&html, "lesson/evidence#experiment_open");
    LK_FILL(&html, "audit/errors#more", lk_count("count", 2)); /* groups: 64 are shown */
    assert_ok(html.status);
    keep_text(html.data);
    lk_buffer_clear(&html);
}

static void keep_class(void)
{
    static const char *const texts[] = {
        "{\"kind\":\"likeness answers\",\"version\":1,\"page\":\"a\",\"answers\":[{\"key\":\"k\","
        "\"chosen\":\"c\",\"right\":true},{\"key\":\"l\"},{\"key\":\"m\",\"chosen\":\"c\","
        "\"feedback\":"
        "true}]}",
        "{\"kind\":\"likeness answers\",\"version\":1,\"page\":\"b\",\"answers\":[]}"};
    lk_answers *list[2];
    for (size_t i = 0; i < 2; i++) {
        const char *path = join_path(directory, "a.json");
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        fputs(texts[i], file);
        assert_int_equal(fclose(file), 0);
        assert_ok(lk_answers_read(&list[i], path));
    }
    for (size_t named = 0; named < 2; named++) {
        assert_ok(
            lk_report_class((const lk_answers *const *)list, 2, named, language, directory, NULL));
        keep(join_path(directory, "class.html"));
    }
    lk_answers_destroy(list[0]);
    lk_answers_destroy(list[1]);
}

static void keep_training(const lk_training *training)
{
    const char *path = join_path(directory, "training.html");
    assert_ok(lk_training_page_write(path, training));
    keep(path);
}

static void keep_trainings(void)
{
    enum { ALARMS = 7, PHOTOS = 60 };
    static lk_training_alarm alarms[ALARMS];
    static const char *photos[PHOTOS];
    const lk_training_step step = {1, 1, 0.2, 0.5, 0.6, 1e-3, 2, 30};
    const lk_training_epoch epochs[] = {{1, 0.9, 0.1, 0.5, 0.001, 0.7, 0.2, 9},
                                        {2, 0.8, 0.1, 0.5, NAN, 0.7, 0.2, 9}};
    for (size_t i = 0; i < ALARMS; i++)
        alarms[i].text = "hm";
    for (size_t i = 0; i < PHOTOS; i++)
        photos[i] = "bad.jpg";
    lk_training training;
    lk_training_init(&training);
    keep_training(&training);
    training.seconds_left = 60;
    training.people = training.validation_people = 2;
    training.steps = &step;
    training.step_count = 1;
    training.epochs = epochs;
    training.epoch_count = 2;
    training.best_epoch = 1;
    training.alarms = alarms;
    training.alarm_count = ALARMS;
    training.bad_photos = photos;
    training.bad_photo_count = PHOTOS;
    keep_training(&training);
    training.state = LK_TRAINING_FINISHED;
    training.epochs_planned = 2;
    training.collapsed_loss = 0.2;
    training.bad_photo_count = 1;
    keep_training(&training);
}

static lk_bias_mixture mixtures[2];

static void keep_experiment(lk_estimate first, lk_estimate last, lk_estimate change, size_t count)
{
    lk_bias_experiment e;
    lk_bias_experiment_init(&e);
    mixtures[0].share = 0.25;
    mixtures[1].share = 0.75;
    for (size_t m = 0; m < LK_BIAS_MEASURES; m++) {
        mixtures[0].differences[m] = first;
        mixtures[1].differences[m] = last;
        e.changes[0][m] = e.changes[1][m] = change;
    }
    e.tracking = change;
    e.mixtures = mixtures;
    e.mixture_count = count;
    e.seed_count = 2;
    e.training_people = e.test_people = 5;
    const char *path = join_path(directory, "experiment.html");
    assert_ok(lk_bias_page_write(path, &e));
    keep(path);
}

static void keep_experiments(void)
{
    const lk_estimate above = {2, 1, 3}, below = {-2, -3, -1}, open = {0, -1, 1},
                      unknown = {1, NAN, NAN};
    keep_experiment(above, below, above, 2);
    keep_experiment(open, unknown, below, 2);
    keep_experiment(open, open, open, 2);
    keep_experiment(above, open, unknown, 2);
    keep_experiment(above, open, unknown, 0);
    keep_experiment((lk_estimate){0, 0, 0.1}, open, open, 2);
}

static made_page audit;

static void keep_audit(void)
{
    const char *path = join_path(directory, "index.html");
    lk_output *output;
    assert_ok(lk_output_open(&output, path));
    assert_ok(lk_audit_page_write(output, &audit.page));
    assert_ok(lk_output_commit(output));
    keep(path);
}

static void keep_verdicts(void)
{
    static const lk_audit_verdict verdicts[] = {LK_AUDIT_CAN_TELL, LK_AUDIT_CANNOT_TELL,
                                                LK_AUDIT_TOO_FEW};
    audit.page.with_all = audit.page.matched = &audit.findings;
    for (size_t i = 0; i < 3; i++) {
        audit.level.verdict = verdicts[i];
        keep_audit();
    }
    audit.level.fmr_extremes.groups = 0;
    audit.findings.groups = 1;
    audit.page.face_count = 0;
    keep_audit();
}

/* All that a sample can lack. */
static void keep_poor_audit(void)
{
    made_page_init(&audit);
    audit.level.target = NAN;
    audit.level.omnibus.p = NAN;
    audit.level.fmr_extremes.groups = 0;
    audit.level.indices[LK_AUDIT_MAX_OVER_MEAN].value = NAN;
    for (size_t g = 0; g < PAGE_GROUPS; g++)
        audit.group[g].genuine = 0;
    for (size_t i = 0; i < PAGE_GROUPS * PAGE_GROUPS; i++)
        audit.spread[i].adjusted = NAN;
    audit.page.distances = NULL;
    audit.page.measure_count = audit.page.problem_count = 0;
    audit.page.no_match = "nobody is left";
    keep_audit();
}

static void keep_audits(void)
{
    lk_image crop;
    assert_ok(lk_image_create(&crop, 8, 8));
    made_page_init(&audit);
    audit.faces[0].crop = crop;
    audit.page.steps = audit.steps;
    audit.page.step_count = 1;
    keep_verdicts();
    made_page_init(&audit);
    audit.level.indices[LK_AUDIT_MAX_OVER_MEAN].null_median = NAN;
    audit.page.what_if = audit.settings;
    audit.page.what_if_count = 1;
    audit.page.problem_count = audit.page.near_count = PAGE_MANY;
    keep_audit();
    audit.findings.counts.impostor = audit.findings.counts.genuine = NULL;
    for (size_t g = 0; g < PAGE_GROUPS; g++)
        audit.fmr[g].high = NAN;
    keep_audit();
    keep_poor_audit();
    lk_image_clear(&crop);
}

/* A stretch of a fragment between two placeholders stands on some page. */
static void assert_drawn(const lk_template_file *file, const lk_fragment *f, size_t begin,
                         size_t end)
{
    char *text = strndup(f->text + begin, end - begin);
    if (!strstr(pages, text))
        fail_msg("%s#%.*s is on no page: \"%s\"", file->name, (int)f->name_length, f->name, text);
    free(text);
}

static void assert_fragment_drawn(const lk_template_file *file, const lk_fragment *f)
{
    lk_placeholder p;
    size_t at = 0, done = 0;
    while (lk_placeholder_next(&p, f, &at)) {
        assert_drawn(file, f, done, p.begin);
        done = at;
    }
    assert_drawn(file, f, done, f->length);
}

static void every_fragment_is_on_some_page(void **state)
{
    (void)state;
    size_t fragments = 0;
    keep_lessons();
    keep_parts();
    language = "de";
    keep_lessons();
    keep_class();
    lk_template_speak("de");
    keep_parts();
    lk_template_speak("en");
    language = "en";
    keep_class();
    keep_trainings();
    keep_experiments();
    keep_audits();
    for (size_t i = 0; i < lk_template_file_count; i++) {
        lk_fragment f;
        const char *name = lk_template_files[i].name;
        /* the program's own words are said in tests/cli/lesson_german.sh */
        bool other = strcmp(name, "docs/experiment") == 0 || strncmp(name, "frame/words.", 12) == 0;
        size_t at = other ? SIZE_MAX : 0;
        while (lk_fragment_next(&f, &lk_template_files[i], &at)) {
            assert_fragment_drawn(&lk_template_files[i], &f);
            fragments++;
        }
    }
    assert_true(fragments > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fragment_is_on_some_page),
    };
    return cmocka_run_group_tests(tests, prepare, tidy);
}

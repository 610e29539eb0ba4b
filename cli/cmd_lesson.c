/* likeness lesson: the whole tutorial, from photographs to one page. */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "labels.h"
#include "language.h"
#include "lesson.h"
#include "lesson_collect.h"
#include "lesson_commands.h"
#include "lesson_models.h"
#include "lesson_notes.h"
#include "lesson_say.h"
#include "needs.h"
#include "outputs.h"
#include "rows.h"
#include "signals.h"

enum { KEY_FACES = CLI_KEY_OWN, KEY_LANG, KEY_GROUP, KEY_SIZE, KEY_NOTE, KEY_JSON };

typedef struct lesson_options {
    cli_common common;
    cli_detect_options detect;
    cli_network_options network;
    const char *faces, *output, *note, *language;
    char *groups[LESSON_MOST_GROUPS]; /* NAME=GLOB; cut at the = when used */
    size_t group_count;
    size_t size;                /* of all crops; 0: the model's, or the tutorial's */
    lk_extract_options extract; /* for its resize alone */
    bool resize_given;
    cli_label_options labels;
    bool json;
} lesson_options;

static void take_group(struct argp_state *state, lesson_options *o, char *text)
{
    char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        cli_usage(state, "--group takes NAME=PATTERN, as 'A=photos/a*.jpg', not '%s'", text);
    if (o->group_count == LESSON_MOST_GROUPS)
        cli_usage(state, "at most %d groups", LESSON_MOST_GROUPS);
    for (size_t i = 0; i < o->group_count; i++)
        if (strncmp(o->groups[i], text, (size_t)(equals - text) + 1) == 0)
            cli_usage(state, "--group names '%.*s' twice", (int)(equals - text), text);
    o->groups[o->group_count++] = text;
}

static error_t lesson_take_row(struct argp_state *state, int key, const char *text,
                               lesson_options *o)
{
    error_t result = cli_rows_take(state, key, text, lk_extract_options_table(), &o->extract);
    o->resize_given |= result == 0;
    return result;
}

static error_t lesson_parse(int key, char *text, struct argp_state *state)
{
    lesson_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: lk_extract_options_init(&o->extract); break;
    case 'o': o->output = cli_folder_name(text); break;
    case KEY_FACES: o->faces = text; break;
    case KEY_LANG: o->language = cli_language_take(state, text); break;
    case KEY_GROUP: take_group(state, o, text); break;
    case KEY_SIZE: o->size = cli_parse_whole(state, "--size", text, 75, 1024); break;
    case KEY_NOTE:
        if (strlen(text) > LESSON_NOTE)
            cli_usage(state, "--note takes at most %d bytes", LESSON_NOTE);
        o->note = text;
        break;
    case KEY_JSON: o->json = true; break;
    case ARGP_KEY_ARG: cli_usage(state, "'%s': photographs are named by --faces DIR", text); break;
    case ARGP_KEY_END:
        if (o->network.given > CLI_MOST_WEIGHTS)
            cli_usage(state, "at most %d --weights", CLI_MOST_WEIGHTS);
        cli_need_folder(state, o->output);
        if (o->detect.keep_all)
            cli_usage(state, "the lesson takes one face a photograph: it has no --keep-all");
        break;
    default: return lesson_take_row(state, key, text, o);
    }
    return 0;
}

static struct argp_option options[] = {
    {"output", 'o', "DIR", 0, "Write DIR/lesson.html and DIR/lesson.json", 1},
    {"faces", KEY_FACES, "DIR", 0,
     "Photographs of people, one folder per person (default: the data set 'faces')", 0},
    {"group", KEY_GROUP, "NAME=GLOB", 0,
     "A group to compare with the others; quote the pattern, or name one folder. Repeat for "
     "each (default: two groups "
     "of the data set 'face-sample')",
     0},
    {"size", KEY_SIZE, "PIXELS", 0,
     "Crop all faces to this size, with an eighth of it as margin unless the model says another "
     "(default: as the model says, else the tutorial's, 256 for people and 150 for groups, margin "
     "32)",
     0},
    CLI_ROW("resize"),
    CLI_LANGUAGE_OPTION(KEY_LANG),
    {"note", KEY_NOTE, "TEXT", 0, "Show TEXT at the top of the page", 0},
    {"json", KEY_JSON, NULL, 0, "Print the main numbers as a JSON object", 0},
    {0},
};

static const char doc[] =
    "Walks through the tutorial on face recognition with your photographs or its own: finds and "
    "crops the faces, embeds them, shows them in a plane, finds each one's nearest neighbour, and "
    "compares the spread of groups. Writes one page that works offline, and a file with every "
    "number. The tutorial's own data sets are read as facenet-pytorch reads them, your photographs "
    "are turned upright by their EXIF tag; --compat says otherwise. With --weights given twice or "
    "more, the first model is the lesson's, and the groups are compared under each of them. What "
    "is answered on the page "
    "stays in the browser and can be saved from it: 'likeness lesson collect --help'."
    "\vExamples:\n"
    "  likeness lesson -o lesson/\n"
    "  likeness lesson --faces p/ --group 'A=g/a/*' --group 'B=g/b/*' -o lesson/\n"
    "  likeness lesson --weights dlib --weights sface -o lesson/\n";

/* The tutorial's two groups in its sample of UTKFace, whose names are
 * age_gender_race_date. */
static const struct {
    const char *name, *pattern;
} TUTORIAL[] = {{"black female", "??_1_1_*"}, {"white female", "??_1_0_*"}};

static int add_tutorial_groups(cli_lesson *lesson, const char *directory)
{
    int status = CLI_OK;
    for (size_t i = 0; i < sizeof TUTORIAL / sizeof *TUTORIAL && status == CLI_OK; i++) {
        char *pattern = cli_format("%s/%s", directory, TUTORIAL[i].pattern);
        status = cli_lesson_add_group(lesson, TUTORIAL[i].name, pattern);
        free(pattern);
    }
    return status;
}

/* A data set that nobody named. NULL: the lesson goes on without it, unless it is
 * needed, which has been told then. */
static char *find_data_set(const char *name, bool needed)
{
    char *found = NULL;
    if (lk_store_find(&found, name) != LK_OK && !needed)
        cli_warn("%s; the lesson goes on without it", lk_error_text());
    return found;
}

static int lesson_add_people(cli_lesson *lesson, const lesson_options *o)
{
    char *found = o->faces ? NULL : find_data_set("faces", o->group_count == 0);
    const char *directory = o->faces ? o->faces : found;
    lesson->people.inputs.label = lesson->label;
    if (directory) {
        lesson->people.pattern = cli_strdup(directory);
        cli_inputs_add(&lesson->people.inputs, directory);
    }
    cli_inputs_tell_labels(&lesson->people.inputs);
    lk_free(found);
    lesson->failed += lesson->people.inputs.failed;
    return o->faces && lesson->people.inputs.count == 0 ? CLI_SOME_FAILED : CLI_OK;
}

static int add_groups(cli_lesson *lesson, const lesson_options *o)
{
    int status = CLI_OK;
    if (o->group_count == 0) {
        char *directory = find_data_set("face-sample", !o->faces);
        if (directory)
            status = add_tutorial_groups(lesson, directory);
        lk_free(directory);
    }
    for (size_t i = 0; i < o->group_count && status == CLI_OK; i++) {
        char *equals = strchr(o->groups[i], '=');
        *equals = '\0';
        status = cli_lesson_add_group(lesson, o->groups[i], equals + 1);
    }
    return status;
}

/* The command line, to be pasted. argv[0] is words. */
static char *join_command(int argc, char **argv)
{
    char *line = cli_strdup(argv[0]);
    for (int i = 1; i < argc; i++) {
        char *word = cli_shell_word(argv[i]), *longer = cli_format("%s %s", line, word);
        free(word);
        free(line);
        line = longer;
    }
    return line;
}

static void fill_groups(lk_lesson *page, lk_lesson_group *groups, const cli_lesson *lesson)
{
    for (size_t g = 0; g < lesson->group_count; g++)
        groups[g] = (lk_lesson_group){
            .name = lesson->groups[g].name,
            .images = lesson->groups[g].images,
            .count = lesson->groups[g].inputs.count,
        };
    page->groups = groups;
    page->group_count = lesson->group_count;
}

/* What the page says of the models. */
static void fill_models(lk_lesson *page, const cli_lesson *lesson, const cli_lesson_models *models,
                        const cli_detect_options *detect)
{
    page->faces = cli_lesson_faces(lesson->align);
    page->metric = lesson->metric;
    page->threshold = lesson->threshold;
    page->threshold_source = lesson->threshold_source;
    page->models = models->models;
    page->model_count = models->count;
    page->squeezed = !detect->box_count && !cli_detector_is_yunet(detect->detector) &&
                     detect->mtcnn.border == LK_BORDER_SQUEEZE;
}

static void fill_page(lk_lesson *page, const cli_lesson *lesson, const lesson_options *o)
{
    lk_lesson_init(page);
    page->language = o->language ? o->language : cli_language_find();
    page->people = lesson->people.images;
    page->people_count = lesson->people.inputs.count;
    page->people_size = lesson->people_size;
    page->people_margin = lesson->people_margin;
    page->group_size = lesson->group_size;
    page->group_margin = lesson->group_margin;
    page->embedding_size = lesson->width;
    page->weights = o->network.weights;
    page->weights_about = cli_lesson_weights_about(o->network.weights);
    page->weights_how = cli_lesson_weights_how(o->network.weights);
    page->tutorial_people = !o->faces && lesson->people.inputs.count > 0;
    page->tutorial_groups = o->group_count == 0 && lesson->group_count > 0;
    page->detector = o->detect.box_count ? "none: boxes from a file" : o->detect.detector;
    page->compat = o->detect.facenet ? "facenet-pytorch" : NULL;
    page->device = "cpu";
    page->seed = o->common.seed;
    page->threads = lk_threads_get();
    page->timings = lesson->timings;
    page->timing_count = LESSON_TIMINGS - (o->network.given < 2);
}

/* The command line as it was given, whole and the words that other commands take. */
typedef struct lesson_line {
    char *whole;
    cli_lesson_words words;
} lesson_line;

static int lesson_write_page(const cli_lesson *lesson, const cli_lesson_models *models,
                             const lesson_options *o, const lesson_line *line)
{
    lk_lesson page;
    lk_lesson_group groups[LESSON_MOST_GROUPS];
    lk_wss spreads[LESSON_MOST_GROUPS] = {0};
    lk_lesson_summary summary = {
        .groups = spreads,
        .models = cli_alloc(models->count * lesson->group_count + 1, sizeof *summary.models)};
    cli_lesson_notes notes;
    cli_lesson_commands commands;
    fill_page(&page, lesson, o);
    fill_models(&page, lesson, models, &o->detect);
    cli_lesson_annotate(&page, &notes, lesson, &o->detect, &o->network, o->note);
    fill_groups(&page, groups, lesson);
    cli_lesson_commands_make(&commands, lesson, models, &line->words);
    page.command = line->whole;
    page.commands = commands.list;
    page.command_count = commands.count;
    lk_status status = lk_report_lesson(&page, o->output, &summary);
    cli_lesson_commands_clear(&commands);
    cli_lesson_say say = {&summary, lesson, models, o->network.weights, o->output};
    if (status == LK_OK)
        (o->json ? cli_lesson_say_json : cli_lesson_say_text)(&say);
    free(summary.models);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

/* Everything that the lesson cannot do without. The data sets are needed where nothing
 * else was named. */
static int find_needs(const lesson_options *o)
{
    bool tutorial = !o->faces && o->group_count == 0;
    const char *needs[3 + CLI_MOST_WEIGHTS] = {
        cli_needs_detector(&o->detect), tutorial ? "faces" : NULL, tutorial ? "face-sample" : NULL};
    for (size_t i = 1; i < o->network.given; i++)
        needs[2 + i] = o->network.all[i];
    return cli_needs_find(needs, sizeof needs / sizeof *needs, o->network.weights);
}

/* A group's photographs were named one by one: their folders count as named, too. */
static void read_group(cli_outputs *outputs, const cli_lesson_set *group)
{
    char *last = NULL;
    cli_outputs_read_photos(outputs, &group->inputs, &(cli_paths){0});
    for (size_t i = 0; i < group->inputs.count; i++) {
        char *folder = cli_place_folder(group->inputs.files[i].path);
        if (!last || strcmp(folder, last) != 0)
            cli_outputs_read(outputs, folder);
        free(last);
        last = folder;
    }
    free(last);
}

static int lesson_check_outputs(const cli_lesson *lesson, const lesson_options *o)
{
    cli_outputs outputs = {0};
    cli_outputs_read(&outputs, o->faces);
    cli_outputs_read_photos(&outputs, &lesson->people.inputs, &(cli_paths){0});
    for (size_t g = 0; g < lesson->group_count; g++)
        read_group(&outputs, &lesson->groups[g]);
    cli_outputs_read_model(&outputs, o->network.weights);
    for (size_t i = 1; i < o->network.given; i++)
        cli_outputs_read_model(&outputs, o->network.all[i]);
    cli_outputs_read_finder(&outputs, &o->detect);
    cli_outputs_read_predictor(&outputs, LK_ALIGN_DLIB);
    cli_outputs_write_in(&outputs, o->output, "lesson.html");
    cli_outputs_write_in(&outputs, o->output, "lesson.json");
    return cli_outputs_check(&outputs);
}

static int teach(cli_lesson *lesson, const lesson_options *o, const lesson_line *line)
{
    int status = find_needs(o);
    status = cli_worse(status, lesson_add_people(lesson, o));
    status = cli_worse(status, add_groups(lesson, o));
    if (status == CLI_OK)
        status = lesson_check_outputs(lesson, o);
    if (status == CLI_OK)
        status = cli_lesson_run(lesson, &o->detect, &o->network);
    cli_lesson_models models = {0};
    if (status == CLI_OK && o->network.given > 1)
        status = cli_lesson_models_run(&models, lesson, &o->detect, &o->network, o->network.all + 1,
                                       o->network.given - 1);
    if (status == CLI_OK && !cli_interrupted())
        status = lesson_write_page(lesson, &models, o, line);
    cli_lesson_models_clear(&models);
    return cli_worse(status, lesson->failed ? CLI_SOME_FAILED : CLI_OK);
}

static void lesson_tell_skipped(const cli_lesson *lesson)
{
    cli_inputs_tell_skipped(&lesson->people.inputs);
    for (size_t g = 0; g < lesson->group_count; g++)
        cli_inputs_tell_skipped(&lesson->groups[g].inputs);
}

int cmd_lesson(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "collect") == 0)
        return cli_lesson_collect(argc - 1, argv + 1);
    lesson_options o = {0};
    static const cli_part parts[] = {{&cli_network_argp, offsetof(lesson_options, network)},
                                     {&cli_detect_argp, offsetof(lesson_options, detect)},
                                     {&cli_labels_argp, offsetof(lesson_options, labels)},
                                     {&cli_common_argp, offsetof(lesson_options, common)},
                                     {0}};
    const struct argp argp = {.options = options,
                              .parser = lesson_parse,
                              .args_doc = "\ncollect NAME.answers.json...",
                              .doc = doc};
    lesson_line line = {.whole = join_command(argc, argv)}; /* before argp sorts the arguments */
    cli_lesson_words_read(&line.words, argc, argv);
    cli_parse(&argp, parts, argc, argv, &o);
    if (o.network.given)
        o.network.weights = o.network.all[0];
    cli_signals_catch();
    bool tutorial = !o.faces && o.group_count == 0;
    if (!o.detect.compat_given) /* the tutorial's figures are those of facenet-pytorch */
        cli_detect_set_facenet(&o.detect, tutorial);
    if (!o.detect.compat_given && tutorial)
        cli_lesson_words_add(&line.words, "--compat=facenet-pytorch");
    cli_lesson *lesson = cli_alloc(1, sizeof *lesson);
    lesson->size = o.size;
    lesson->resize = o.extract.resize;
    lesson->resize_given = o.resize_given;
    lesson->label = o.labels.rule;
    int status = teach(lesson, &o, &line);
    if (status != CLI_USAGE)
        lesson_tell_skipped(lesson);
    cli_lesson_clear(lesson);
    free(lesson);
    free(line.whole);
    cli_lesson_words_clear(&line.words);
    return status;
}

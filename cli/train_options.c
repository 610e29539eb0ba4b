/* The options of `likeness train`. What was given is kept as a list, because it goes
 * on top of the defaults in a new run, and of the run's own options in a resumed one. */
#include <stdlib.h>
#include <string.h>

#include "inputs.h"
#include "needs.h"
#include "rows.h"
#include "train_faces.h"

enum {
    KEY_PLAIN = CLI_KEY_OWN,
    KEY_AUGMENT,
    KEY_RESUME,
    KEY_FORCE,
    KEY_LOCAL_STATISTICS,
    KEY_JSON,
    KEY_DETECT,
    KEY_CROP_MARGIN
};

/* ---- arguments ---- */

static bool is(const train_given *given, const char *name)
{
    return given->row && strcmp(given->row->name, name) == 0;
}

/* Sets the row `name`, which the user knows by the word of the one that was given. */
static void train_options_set(struct argp_state *state, lk_trainer_options *o,
                              const train_given *given, const char *name)
{
    char *option = cli_format("--%s", given->row->word);
    cli_row_set(state, option, lk_trainer_options_table(), o, name,
                given->text ? given->text : "on");
    free(option);
}

static void take_optimizer(struct argp_state *state, lk_trainer_options *o,
                           const train_given *given)
{
    lk_optimizer_kind before = o->optimizer.kind;
    train_options_set(state, o, given, "optimizer.kind");
    if (o->optimizer.kind == before)
        return;
    lk_optimizer_options_init(&o->optimizer, o->optimizer.kind);
    o->optimizer.momentum = o->optimizer.kind == LK_SGD ? 0.9 : 0;
}

/* One of the schedules, or a file's name. */
static void take_schedule(lk_schedule_options *s, char *text)
{
    const lk_options_table *table = lk_schedule_options_table();
    s->path = NULL;
    if (strcmp(text, "file") == 0 || lk_option_set(table, s, "kind", text) != LK_OK) {
        s->kind = LK_SCHEDULE_FILE;
        s->path = text;
    }
}

/* What other options build on comes first. */
static bool is_first(const train_given *given)
{
    return is(given, "loss") || is(given, "optimizer.kind") || is(given, "schedule.kind");
}

static void apply_first(struct argp_state *state, lk_trainer_options *o, const train_given *given)
{
    if (is(given, "loss"))
        train_options_set(state, o, given, "loss");
    else if (is(given, "optimizer.kind"))
        take_optimizer(state, o, given);
    else
        take_schedule(&o->schedule, given->text);
}

static void apply(struct argp_state *state, lk_trainer_options *o, const train_given *given)
{
    if (given->key == KEY_PLAIN)
        o->triplet.squared = false;
    else if (given->key == KEY_AUGMENT)
        train_take_augment(state, &o->augment, given->text);
    else if (is(given, "triplet.margin") && o->loss == LK_TRAINER_ARCFACE)
        train_options_set(state, o, given, "arcface.margin");
    else if (!is_first(given) && !is(given, "init") && !is(given, "frozen"))
        train_options_set(state, o, given, given->row->name);
}

/* With a state wrong arguments are usage errors; afterwards there are none. */
static void apply_all(struct argp_state *state, lk_trainer_options *out, const train_options *o)
{
    for (size_t i = 0; i < o->given_count; i++)
        if (is_first(&o->given[i]))
            apply_first(state, out, &o->given[i]);
    for (size_t i = 0; i < o->given_count; i++)
        apply(state, out, &o->given[i]);
}

static void apply_frozen(lk_trainer_options *out, train_options *o)
{
    size_t count = 0;
    free(o->frozen);
    o->frozen = cli_alloc(o->given_count, sizeof *o->frozen);
    for (size_t i = 0; i < o->given_count; i++)
        if (is(&o->given[i], "frozen"))
            o->frozen[count++] = o->given[i].text;
    if (count == 0)
        return;
    out->frozen = o->frozen;
    out->frozen_count = count;
}

void train_options_apply(lk_trainer_options *out, train_options *options)
{
    apply_all(NULL, out, options);
    apply_frozen(out, options);
    if (!options->resume || options->common.seed)
        out->seed = options->common.seed;
}

/* ---- what follows from the rest ---- */

static const char *given(const train_options *o, const char *name)
{
    const char *text = NULL;
    for (size_t i = 0; i < o->given_count; i++)
        if (is(&o->given[i], name))
            text = o->given[i].text;
    return text;
}

static int find_init(lk_trainer_options *out, train_options *o)
{
    const char *name = given(o, "init");
    if (!name)
        return CLI_OK;
    int result = cli_needs_find(NULL, 0, name);
    if (result != CLI_OK)
        return result;
    lk_status status = lk_store_find_weights(&o->init, name);
    if (status != LK_OK)
        return cli_fail(status);
    out->init = o->init;
    return cli_check_input(o->init);
}

/* Faces as the model that the run starts from wants them, where nothing else was said. */
static int follow_init(lk_trainer_options *out, train_options *o)
{
    lk_model_traits *traits = NULL;
    lk_status status = lk_model_traits_find(&traits, o->init);
    if (status != LK_OK)
        return cli_fail_input(status);
    if (!given(o, "size"))
        out->size = traits->size;
    if (!given(o, "augment.resize"))
        out->augment.resize = traits->resize;
    out->face_margin = (traits->margin * out->size + traits->size / 2) / traits->size;
    if (!o->detect_faces)
        out->face_align = traits->align; /* --detect cuts out by boxes */
    lk_model_traits_destroy(traits);
    return CLI_OK;
}

/* Of crops that were made before nobody knows what is around the face. */
static int settle_faces(lk_trainer_options *out, train_options *o)
{
    int result = o->init ? follow_init(out, o) : CLI_OK;
    if (o->crop_margin_given)
        out->face_margin = o->crop_margin;
    o->crop_margin = out->face_margin;
    if (result == CLI_OK && out->face_margin >= out->size) {
        cli_error("--crop-margin %zu must be smaller than --size %zu", out->face_margin, out->size);
        return CLI_USAGE;
    }
    return result;
}

static double usual_rate(lk_optimizer_kind kind, bool from_weights)
{
    static const double rates[] = {[LK_SGD] = 0.05,
                                   [LK_ADAGRAD] = 0.02,
                                   [LK_RMSPROP] = 1e-3,
                                   [LK_ADAM] = 1e-3,
                                   [LK_ADAMW] = 1e-3};
    return rates[kind] * (from_weights ? 0.1 : 1);
}

lk_status train_options_list(train_options *o, const char *const *paths, size_t count,
                             lk_label_rule rule)
{
    lk_file_list_options options;
    lk_file_list_options_init(&options);
    options.label = rule;
    lk_file_list_destroy(o->files);
    o->files = NULL;
    return lk_file_list_create(&o->files, paths, count, &options);
}

/* How many people have two photographs or more. Returns an exit status. */
static int count_people(size_t *out, train_options *o, lk_label_rule rule)
{
    lk_people *all = NULL, *kept = NULL;
    const cli_paths *paths = &o->paths;
    lk_status status = train_options_list(o, (const char *const *)paths->items, paths->count, rule);
    if (status == LK_OK && lk_file_list_count(o->files) == 0) {
        cli_error(
            "%s: no photographs in this folder (.jpg, .png, .webp, .gif, .bmp, .tif, .heic, .avif)",
            paths->items[0]);
        return CLI_SOME_FAILED;
    }
    if (status == LK_OK)
        status = lk_people_create(&all, o->files);
    if (status == LK_OK)
        status = lk_people_with_photos(&kept, NULL, NULL, all, 2);
    if (status == LK_OK)
        *out = lk_people_count(kept);
    int result = status == LK_OK ? CLI_OK : cli_fail_input(status);
    lk_people_destroy(kept);
    lk_people_destroy(all);
    return result;
}

static void fit_to_people(lk_trainer_options *out, train_options *o, size_t people)
{
    enum { FEW = 8 };
    if (!given(o, "validation") && people < FEW) {
        o->nobody_held = true;
        out->validation = 0;
    }
    out->fit_people = !given(o, "sampler.people");
}

int train_options_fit(lk_trainer_options *out, train_options *o)
{
    size_t people = 0;
    int result = count_people(&people, o, out->label);
    if (result == CLI_OK)
        fit_to_people(out, o, people);
    return result;
}

int train_options_complete(lk_trainer_options *out, train_options *o)
{
    int result = find_init(out, o);
    if (o->resume)
        return result;
    if (result == CLI_OK)
        result = settle_faces(out, o);
    if (out->schedule.kind == LK_SCHEDULE_FILE)
        result = cli_worse(result, cli_check_input(out->schedule.path));
    result = cli_worse(result, train_options_fit(out, o));
    if (result == CLI_OK && !given(o, "schedule.rate"))
        out->schedule.rate = usual_rate(out->optimizer.kind, out->init != NULL);
    return result;
}

/* ---- parsing ---- */

static void train_options_keep(train_options *o, int key, char *text)
{
    o->given = cli_grow(o->given, &o->given_capacity, o->given_count + 1, sizeof *o->given);
    o->given[o->given_count++] = (train_given){key, cli_row_of(key, NULL), text};
}

static void train_options_check(struct argp_state *state, const train_options *o)
{
    lk_trainer_options trial;
    if (!o->run || !*o->run)
        cli_usage(state, "name the folder of the run: -o RUN");
    if (o->paths.count == 0 && !o->resume)
        cli_usage(state, "name a folder that holds a folder of face photographs per person");
    if (o->resume && o->force)
        cli_usage(state, "--resume continues a run, --force begins it anew: take one");
    lk_trainer_options_init(&trial);
    apply_all(state, &trial, o);
    train_faces_check(state, o, trial.size);
}

static error_t train_options_take_row(train_options *o, int key, char *text)
{
    const lk_options_table *table = NULL;
    if (!cli_row_of(key, &table) || table != lk_trainer_options_table())
        return ARGP_ERR_UNKNOWN;
    train_options_keep(o, key, text);
    return 0;
}

static error_t train_options_take(int key, char *text, struct argp_state *state)
{
    train_options *o = state->input;
    switch (key) {
    case 'o': o->run = cli_folder_name(text); break;
    case KEY_RESUME: o->resume = true; break;
    case KEY_FORCE: o->force = true; break;
    case KEY_LOCAL_STATISTICS: o->local_statistics = true; break;
    case KEY_JSON: o->json = true; break;
    case KEY_DETECT: o->detect_faces = true; break;
    case KEY_CROP_MARGIN:
        o->crop_margin = cli_parse_whole(state, "--crop-margin", text, 0, 1023);
        o->crop_margin_given = true;
        break;
    case ARGP_KEY_ARGS: cli_take_paths(state, &o->paths, 0, SIZE_MAX, "a folder"); break;
    case ARGP_KEY_SUCCESS: train_options_check(state, o); break;
    case KEY_PLAIN:
    case KEY_AUGMENT: train_options_keep(o, key, text); break;
    default: return train_options_take_row(o, key, text);
    }
    return 0;
}

/* Filled in before it is shown. */
static char augment_help[512];

static struct argp_option options[] = {
    {NULL, 0, NULL, 0, "The run:", 1},
    {"output", 'o', "RUN", 0, "The run's folder: weights, checkpoint, log and page", 0},
    {"resume", KEY_RESUME, NULL, 0,
     "Continue RUN, bit for bit; DIR can be left out. Options that would make it another run are "
     "refused; --epochs, --steps and --checkpoint may change",
     0},
    {"force", KEY_FORCE, NULL, 0, "Start over in a RUN that already holds a run", 0},
    {"local-statistics", KEY_LOCAL_STATISTICS, NULL, 0,
     "Under mpirun: batch norm takes each process's own rows, not the whole batch's; fewer "
     "messages, other numbers than one process gives",
     0},
    CLI_ROW("epochs"),
    CLI_ROW("steps"),
    CLI_ROW("checkpoint"),
    CLI_ROW("validation"),
    CLI_ROW("label-from"),
    {"json", KEY_JSON, NULL, 0, "Print each epoch as a JSON object", 0},
    {NULL, 0, NULL, 0, "Whole photographs:", 5},
    {"detect", KEY_DETECT, NULL, 0,
     "DIR holds whole photographs: cut a face out of each first, into RUN/faces", 0},
    {"crop-margin", KEY_CROP_MARGIN, "PIXELS", 0,
     "Added around the box, in pixels of --size, as --margin of 'crop' and 'embed' (default: "
     "as --init says, else 0)",
     0},
    {NULL, 0, NULL, 0, "The network:", 2},
    CLI_ROW("init"),
    CLI_ROW("width"),
    CLI_ROW("size"),
    CLI_ROW("resize"),
    CLI_ROW("freeze"),
    CLI_ROW("dropout"),
    {NULL, 0, NULL, 0, "The loss:", 3},
    CLI_ROW("loss"),
    CLI_ROW("miner"),
    CLI_ROW("margin"),
    CLI_ROW("soft"),
    CLI_ROW("squared"),
    {"plain-distance", KEY_PLAIN, NULL, 0, "Triplets of distances that are not squared", 0},
    CLI_ROW("scale"),
    CLI_ROW("people"),
    CLI_ROW("photos"),
    {"augment", KEY_AUGMENT, "LIST", 0, augment_help, 0},
    {NULL, 0, NULL, 0, "The update:", 4},
    CLI_ROW("optimizer"),
    CLI_ROW("rate"),
    CLI_ROW("momentum"),
    CLI_ROW("nesterov"),
    CLI_ROW("schedule"),
    CLI_ROW("every"),
    CLI_ROW("gamma"),
    CLI_ROW("warmup"),
    CLI_ROW("weight-decay"),
    CLI_ROW("clip"),
    CLI_ROW("average"),
    CLI_ROW("precision"),
    {0},
};

static const char doc[] =
    "Teaches a network to tell people apart. DIR holds one folder of face crops per person "
    "('likeness crop' makes them), or with --detect of whole photographs. Some people are held "
    "out, and the network is tested on them after every epoch. RUN/index.html shows the curves "
    "and refreshes itself; RUN/log.jsonl has every step; RUN/best.safetensors and .pt are the "
    "weights that did best, last.* the last ones; other commands and PyTorch load them. Ctrl-C "
    "saves before it stops; a second Ctrl-C stops at once."
    "\vExamples:\n"
    "  likeness train people/ --width 0.25 --size 96 -o run/\n"
    "  likeness train photos/ --detect --init vggface2 -o run/\n"
    "  likeness train --resume -o run/\n"
    "  likeness embed photos/ --weights run/best.safetensors -o E.npy\n";

void train_options_parse(train_options *out, int argc, char **argv)
{
    const cli_part parts[] = {{train_faces_argp(), 0},
                              {&cli_common_argp, offsetof(train_options, common)},
                              {&cli_paths_argp, offsetof(train_options, paths)},
                              {0}};
    const struct argp argp = {
        .options = options, .parser = train_options_take, .args_doc = "DIR", .doc = doc};
    train_augment_describe(augment_help, sizeof augment_help);
    cli_parse(&argp, parts, argc, argv, out);
}

void train_options_clear(train_options *o)
{
    for (size_t i = 0; i < o->face_option_count; i++)
        free(o->face_options[i]);
    free(o->face_options);
    free(o->given);
    free(o->frozen);
    lk_file_list_destroy(o->files);
    lk_free(o->init);
}

/* The options of `likeness train`. What was given is kept as a list, because it goes
 * on top of the defaults in a new run, and of the run's own options in a resumed one. */
#include <stdlib.h>
#include <string.h>

#include "inputs.h"
#include "labels.h"
#include "needs.h"
#include "train_faces.h"

enum {
    KEY_INIT = CLI_KEY_OWN,
    KEY_WIDTH,
    KEY_SIZE,
    KEY_FREEZE,
    KEY_LOSS,
    KEY_MINER,
    KEY_MARGIN,
    KEY_SOFT,
    KEY_SQUARED,
    KEY_PLAIN,
    KEY_SCALE,
    KEY_PEOPLE,
    KEY_PHOTOS,
    KEY_EPOCHS,
    KEY_STEPS,
    KEY_OPTIMIZER,
    KEY_MOMENTUM,
    KEY_NESTEROV,
    KEY_RATE,
    KEY_SCHEDULE,
    KEY_EVERY,
    KEY_GAMMA,
    KEY_WARMUP,
    KEY_DECAY,
    KEY_CLIP,
    KEY_AVERAGE,
    KEY_VALIDATION,
    KEY_AUGMENT,
    KEY_DROPOUT,
    KEY_CHECKPOINT,
    KEY_RESIZE,
    KEY_LABEL_FROM,
    KEY_RESUME,
    KEY_FORCE,
    KEY_LOCAL_STATISTICS,
    KEY_JSON,
    KEY_DETECT,
    KEY_CROP_MARGIN
};

/* ---- arguments ---- */

static int find_word(const char *const *words, const char *text)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    return -1;
}

static int choose(struct argp_state *state, const char *option, const char *const *words,
                  const char *text)
{
    int found = find_word(words, text);
    if (found >= 0)
        return found;
    char *list = cli_strdup(words[0]);
    for (int i = 1; words[i]; i++) {
        char *longer = cli_format("%s%s%s", list, words[i + 1] ? ", " : " or ", words[i]);
        free(list);
        list = longer;
    }
    cli_usage(state, "%s takes %s, not '%s'", option, list, text);
    return 0;
}

static void take_optimizer(struct argp_state *state, lk_optimizer_options *o, const char *text)
{
    lk_optimizer_kind kind =
        (lk_optimizer_kind)choose(state, "--optimizer", train_optimizers, text ? text : "");
    if (o->kind != kind) {
        lk_optimizer_options_init(o, kind);
        o->momentum = kind == LK_SGD ? 0.9 : 0;
    }
}

static void take_schedule(lk_schedule_options *s, char *text)
{
    int found = find_word(train_schedules, text);
    s->kind = found < 0 ? LK_SCHEDULE_FILE : (lk_schedule_kind)found;
    s->path = found < 0 ? text : NULL;
}

static void take_margin(struct argp_state *state, lk_trainer_options *o, const char *text)
{
    double margin = cli_parse_number(state, "--margin", text, 0, 4);
    if (o->loss == LK_TRAINER_ARCFACE)
        o->arcface.margin = margin;
    else
        o->triplet.margin = margin;
}

/* What other options build on comes first. */
static bool is_first(int key)
{
    return key == KEY_LOSS || key == KEY_OPTIMIZER || key == KEY_SCHEDULE;
}

static void apply_first(struct argp_state *state, lk_trainer_options *o, const train_given *g)
{
    if (g->key == KEY_LOSS)
        o->loss = (lk_trainer_loss)choose(state, "--loss", train_losses, g->text);
    else if (g->key == KEY_OPTIMIZER)
        take_optimizer(state, &o->optimizer, g->text);
    else
        take_schedule(&o->schedule, g->text);
}

static void apply_loss(struct argp_state *state, lk_trainer_options *o, const train_given *g)
{
    const char *text = g->text;
    switch (g->key) {
    case KEY_MINER:
        o->triplet.miner = (lk_miner)choose(state, "--miner", train_miners, text);
        break;
    case KEY_MARGIN: take_margin(state, o, text); break;
    case KEY_SOFT: o->triplet.soft = true; break;
    case KEY_SQUARED: o->triplet.squared = true; break;
    case KEY_PLAIN: o->triplet.squared = false; break;
    case KEY_SCALE: o->arcface.scale = cli_parse_number(state, "--scale", text, 1e-3, 1000); break;
    case KEY_PEOPLE: o->sampler.people = cli_parse_whole(state, "--people", text, 1, 4096); break;
    case KEY_PHOTOS: o->sampler.photos = cli_parse_whole(state, "--photos", text, 1, 4096); break;
    }
}

static void apply_update(struct argp_state *state, lk_trainer_options *o, const train_given *g)
{
    const char *text = g->text;
    switch (g->key) {
    case KEY_MOMENTUM:
        o->optimizer.momentum = cli_parse_number(state, "--momentum", text, 0, 0.99999);
        break;
    case KEY_NESTEROV: o->optimizer.nesterov = true; break;
    case KEY_RATE: o->schedule.rate = cli_parse_number(state, "--rate", text, 0, 1e30); break;
    case KEY_EVERY: o->schedule.every = cli_parse_number(state, "--every", text, 1e-3, 1e6); break;
    case KEY_GAMMA: o->schedule.gamma = cli_parse_number(state, "--gamma", text, 1e-6, 1); break;
    case KEY_WARMUP: o->schedule.warmup = cli_parse_number(state, "--warmup", text, 0, 1e6); break;
    case KEY_DECAY:
        o->optimizer.weight_decay = cli_parse_number(state, "--weight-decay", text, 0, 1e6);
        break;
    case KEY_CLIP: o->clip = cli_parse_number(state, "--clip", text, 0, 1e9); break;
    case KEY_AVERAGE: o->average = cli_parse_number(state, "--average", text, 0, 0.999999); break;
    }
}

static void apply_run(struct argp_state *state, lk_trainer_options *o, const train_given *g)
{
    const char *text = g->text;
    switch (g->key) {
    case KEY_WIDTH: o->width = cli_parse_number(state, "--width", text, 1.0 / 256, 4); break;
    case KEY_SIZE:
        o->size = cli_parse_whole(state, "--size", text, LK_EMBEDDER_MIN_INPUT, 1024);
        break;
    case KEY_EPOCHS: o->epochs = cli_parse_whole(state, "--epochs", text, 1, 1000000); break;
    case KEY_STEPS: o->steps = cli_parse_whole(state, "--steps", text, 1, 1000000000); break;
    case KEY_VALIDATION:
        o->validation = cli_parse_number(state, "--validation", text, 0, 0.95);
        break;
    case KEY_AUGMENT: train_take_augment(state, &o->augment, text); break;
    case KEY_RESIZE: o->augment.resize = cli_parse_resize(state, text); break;
    case KEY_DROPOUT: o->dropout = true; break;
    case KEY_LABEL_FROM: o->label = cli_parse_label_rule(state, text); break;
    case KEY_CHECKPOINT:
        o->save_steps = cli_parse_whole(state, "--checkpoint", text, 1, 1000000000);
        break;
    }
}

/* With a state wrong arguments are usage errors; afterwards there are none. */
static void apply_all(struct argp_state *state, lk_trainer_options *out, const train_options *o)
{
    for (size_t i = 0; i < o->given_count; i++)
        if (is_first(o->given[i].key))
            apply_first(state, out, &o->given[i]);
    for (size_t i = 0; i < o->given_count; i++) {
        apply_loss(state, out, &o->given[i]);
        apply_update(state, out, &o->given[i]);
        apply_run(state, out, &o->given[i]);
    }
}

static void apply_frozen(lk_trainer_options *out, train_options *o)
{
    size_t count = 0;
    free(o->frozen);
    o->frozen = cli_alloc(o->given_count, sizeof *o->frozen);
    for (size_t i = 0; i < o->given_count; i++)
        if (o->given[i].key == KEY_FREEZE)
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

static const char *given(const train_options *o, int key)
{
    const char *text = NULL;
    for (size_t i = 0; i < o->given_count; i++)
        if (o->given[i].key == key)
            text = o->given[i].text;
    return text;
}

static int find_init(lk_trainer_options *out, train_options *o)
{
    const char *name = given(o, KEY_INIT);
    if (!name)
        return CLI_OK;
    int result = cli_needs_find(&name, 1);
    if (result != CLI_OK)
        return result;
    lk_status status = lk_store_find(&o->init, name);
    if (status != LK_OK)
        return cli_fail(status);
    out->init = o->init;
    return cli_check_input(o->init);
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
    if (!given(o, KEY_VALIDATION) && people < FEW) {
        o->nobody_held = true;
        out->validation = 0;
    }
    out->fit_people = !given(o, KEY_PEOPLE);
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
    if (out->schedule.kind == LK_SCHEDULE_FILE)
        result = cli_worse(result, cli_check_input(out->schedule.path));
    result = cli_worse(result, train_options_fit(out, o));
    if (result == CLI_OK && !given(o, KEY_RATE))
        out->schedule.rate = usual_rate(out->optimizer.kind, out->init != NULL);
    return result;
}

/* ---- parsing ---- */

static void keep(train_options *o, int key, char *text)
{
    o->given = cli_grow(o->given, &o->given_capacity, o->given_count + 1, sizeof *o->given);
    o->given[o->given_count++] = (train_given){key, text};
}

static void check(struct argp_state *state, const train_options *o)
{
    lk_trainer_options trial;
    if (!o->run || !*o->run)
        cli_usage(state, "name the folder of the run: -o RUN");
    if (o->paths.count == 0 && !o->resume)
        cli_usage(state, "name a folder that holds a folder of face photographs a person");
    if (o->resume && o->force)
        cli_usage(state, "--resume continues a run, --force begins it anew: take one");
    lk_trainer_options_init(&trial);
    apply_all(state, &trial, o);
    train_faces_check(state, o, trial.size);
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    train_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = o;
        state->child_inputs[1] = &o->common;
        state->child_inputs[2] = &o->paths;
        break;
    case 'o': o->run = text; break;
    case KEY_RESUME: o->resume = true; break;
    case KEY_FORCE: o->force = true; break;
    case KEY_LOCAL_STATISTICS: o->local_statistics = true; break;
    case KEY_JSON: o->json = true; break;
    case KEY_DETECT: o->detect_faces = true; break;
    case KEY_CROP_MARGIN:
        o->crop_margin = cli_parse_whole(state, "--crop-margin", text, 0, 1023);
        break;
    case ARGP_KEY_ARGS: cli_take_paths(state, &o->paths, 0, SIZE_MAX, "a folder"); break;
    case ARGP_KEY_SUCCESS: check(state, o); break;
    default:
        if (key < KEY_INIT || key > KEY_LABEL_FROM)
            return ARGP_ERR_UNKNOWN;
        keep(o, key, text);
    }
    return 0;
}

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "The run:", 1},
    {"output", 'o', "RUN", 0, "The run's folder: weights, checkpoint, log and page", 0},
    {"resume", KEY_RESUME, NULL, 0,
     "Continue RUN, bit for bit; DIR can be left out. Options that would make it another run are "
     "refused; --epochs, --steps and --checkpoint may change",
     0},
    {"force", KEY_FORCE, NULL, 0, "Begin anew in a RUN that holds a run already", 0},
    {"local-statistics", KEY_LOCAL_STATISTICS, NULL, 0,
     "Under mpirun: batch norm takes each process's own rows, not the whole batch's; fewer "
     "messages, other numbers than one process gives",
     0},
    {"epochs", KEY_EPOCHS, "N", 0, "Passes over the photographs (default: 30)", 0},
    {"steps", KEY_STEPS, "N", 0, "End after N steps at the latest", 0},
    {"checkpoint", KEY_CHECKPOINT, "STEPS", 0,
     "Save every so many steps, too (default: every epoch and every 10 minutes)", 0},
    {"validation", KEY_VALIDATION, "SHARE", 0,
     "Share of the people who are held out, at least two; 0: none (default: 0.1; with fewer than 8 "
     "people none)",
     0},
    {"label-from", KEY_LABEL_FROM, "RULE", 0,
     "Whose photograph it is: first, the folder directly under DIR (default); last, the innermost "
     "folder; path, all folders below DIR",
     0},
    {"json", KEY_JSON, NULL, 0, "Print each epoch as a JSON object", 0},
    {NULL, 0, NULL, 0, "Whole photographs:", 5},
    {"detect", KEY_DETECT, NULL, 0,
     "DIR holds whole photographs: cut a face out of each first, into RUN/faces", 0},
    {"crop-margin", KEY_CROP_MARGIN, "PIXELS", 0,
     "Added around the box, in pixels of --size, as --margin of 'crop' and 'embed' (default: 0)",
     0},
    {NULL, 0, NULL, 0, "The network:", 2},
    {"init", KEY_INIT, "NAME|FILE", 0,
     "Start from these weights: a name of 'likeness models list', or a file (default: random)", 0},
    {"width", KEY_WIDTH, "W", 0,
     "Multiplies every channel count (default: 1, the published network, or as --init says)", 0},
    {"size", KEY_SIZE, "PIXELS", 0, "Resize faces to PIXELS, 75 or more (default: 160)", 0},
    {"resize", KEY_RESIZE, "RULE", 0, cli_resize_help, 0},
    {"freeze", KEY_FREEZE, "PREFIX", 0,
     "Layers whose names begin so do not learn; repeat it for more", 0},
    {"dropout", KEY_DROPOUT, NULL, 0, "The published network's dropout before the last layer", 0},
    {NULL, 0, NULL, 0, "The loss:", 3},
    {"loss", KEY_LOSS, "NAME", 0, "triplet, softmax or arcface (default: triplet)", 0},
    {"miner", KEY_MINER, "NAME", 0,
     "Which triplets: all, random, semi-hard or batch-hard (default: semi-hard)", 0},
    {"margin", KEY_MARGIN, "M", 0, "Of triplets (default: 0.2), or ArcFace's angle (0.5)", 0},
    {"soft", KEY_SOFT, NULL, 0, "Triplets with the soft margin ln(1 + e^x)", 0},
    {"squared", KEY_SQUARED, NULL, 0, "Triplets of squared distances (the default)", 0},
    {"plain-distance", KEY_PLAIN, NULL, 0, "Triplets of distances that are not squared", 0},
    {"scale", KEY_SCALE, "S", 0, "ArcFace's scale (default: 64)", 0},
    {"people", KEY_PEOPLE, "P", 0, "People a batch (default: 8, or as many as there are)", 0},
    {"photos", KEY_PHOTOS, "K", 0, "Photographs a person a batch (default: 4)", 0},
    {"augment", KEY_AUGMENT, "LIST", 0,
     "none; or these changes only: flip,shift=0.06,scale=0.12,colour=0.2,blur=1,jpeg=40,erase=0.15 "
     "(the default, all of them); or all but these: no-flip,no-erase",
     0},
    {NULL, 0, NULL, 0, "The update:", 4},
    {"optimizer", KEY_OPTIMIZER, "NAME", 0, "sgd, adagrad, rmsprop, adam or adamw (default: adamw)",
     0},
    {"rate", KEY_RATE, "R", 0,
     "Learning rate (default: sgd 0.05, adagrad 0.02, others 0.001; a tenth of it with --init)", 0},
    {"momentum", KEY_MOMENTUM, "M", 0, "Of sgd (default: 0.9) and rmsprop (default: 0)", 0},
    {"nesterov", KEY_NESTEROV, NULL, 0, "Nesterov's momentum, of sgd", 0},
    {"schedule", KEY_SCHEDULE, "NAME|FILE", 0,
     "constant, step, cosine, or a file of lines 'EPOCH RATE' (default: cosine)", 0},
    {"every", KEY_EVERY, "EPOCHS", 0, "Of step: how often the rate falls (default: 10)", 0},
    {"gamma", KEY_GAMMA, "G", 0, "Of step: the factor (default: 0.1)", 0},
    {"warmup", KEY_WARMUP, "EPOCHS", 0, "The rate rises over so long (default: 1)", 0},
    {"weight-decay", KEY_DECAY, "D", 0, "Not on batch norm (default: adamw 0.01, others 0)", 0},
    {"clip", KEY_CLIP, "NORM", 0, "Scale gradients down to this norm (default: no clipping)", 0},
    {"average", KEY_AVERAGE, "DECAY", 0,
     "Validate and keep the moving average of the weights, such as 0.99 (default: none)", 0},
    {0},
};

static const char doc[] =
    "Teaches a network to tell people apart. DIR holds a folder of face crops a person "
    "('crop' makes them), or with --detect of whole photographs. Some people are held out and "
    "tested on after every epoch. RUN/index.html shows the "
    "curves and renews itself; RUN/log.jsonl has every step; RUN/best.safetensors and .pt are the "
    "weights that did best, last.* the last ones; other commands and PyTorch load them. Ctrl-C "
    "saves "
    "first, a second one kills."
    "\vExample:\n"
    "  likeness train people/ --width 0.25 --size 96 -o run/\n"
    "  likeness train photos/ --detect --init vggface2 -o run/\n"
    "  likeness train --resume -o run/\n"
    "  likeness embed photos/ --weights run/best.safetensors -o E.npy\n";

void train_options_parse(train_options *out, int argc, char **argv)
{
    const struct argp_child children[] = {{train_faces_argp(), 0, NULL, 0},
                                          {&cli_common_argp, 0, NULL, 0},
                                          {&cli_paths_argp, 0, NULL, 0},
                                          {0}};
    const struct argp argp = {options, parse, "DIR", doc, children, NULL, NULL};
    cli_parse(&argp, argc, argv, out);
}

void train_options_clear(train_options *o)
{
    for (size_t i = 0; i < o->face_option_count; i++)
        free(o->face_options[i]);
    free(o->face_options);
    free(o->given);
    free(o->frozen);
    lk_file_list_destroy(o->files);
    lk_string_free(o->init);
}

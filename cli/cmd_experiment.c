/* likeness experiment: causes an effect, instead of looking at one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiment.h"
#include "rows.h"
#include "signals.h"

enum {
    KEY_SHARES = CLI_KEY_OWN,
    KEY_SEEDS,
    KEY_PEOPLE,
    KEY_PHOTOS,
    KEY_TEST_PEOPLE,
    KEY_TEST_PHOTOS,
    KEY_SIZE,
    KEY_EPOCHS,
    KEY_WIDTH,
    KEY_DIFFERENCE,
    KEY_FMR,
    KEY_REPLICATES,
    KEY_LOSS,
    KEY_QUICK
};

/* ---- options ---- */

/* "0.05,0.5,0.95", rising. */
static void parse_shares(struct argp_state *state, experiment_options *o, char *text)
{
    o->share_count =
        cli_parse_numbers(state, "--shares", text, 0, 1, o->shares, EXPERIMENT_MOST_SHARES);
    for (size_t i = 1; i < o->share_count; i++)
        if (o->shares[i] <= o->shares[i - 1])
            cli_usage(state, "--shares must rise: %g comes after %g", o->shares[i],
                      o->shares[i - 1]);
}

static void parse_loss(struct argp_state *state, experiment_options *o, const char *text)
{
    lk_trainer_options trainer;
    lk_trainer_options_init(&trainer);
    cli_row_set(state, "--loss", lk_trainer_options_table(), &trainer, "loss", text);
    o->loss = trainer.loss;
}

/* What was not said. The quick setting takes about an hour on two cores. */
static void fill_in(experiment_options *o)
{
    static const double shares[] = {0.05, 0.25, 0.5, 0.75, 0.95};
    const experiment_options quick = {.seeds = 3,
                                      .people = 1500,
                                      .photos = 8,
                                      .test_people = 300,
                                      .test_photos = 4,
                                      .size = 80,
                                      .epochs = 6};
    const experiment_options full = {.seeds = 5,
                                     .people = 3000,
                                     .photos = 10,
                                     .test_people = 500,
                                     .test_photos = 4,
                                     .size = 96,
                                     .epochs = 6};
    const experiment_options *from = o->quick ? &quick : &full;
    if (o->share_count == 0) {
        memcpy(o->shares, shares, sizeof shares);
        o->share_count = sizeof shares / sizeof *shares;
    }
    o->seeds = o->seeds ? o->seeds : from->seeds;
    o->people = o->people ? o->people : from->people;
    o->photos = o->photos ? o->photos : from->photos;
    o->test_people = o->test_people ? o->test_people : from->test_people;
    o->test_photos = o->test_photos ? o->test_photos : from->test_photos;
    o->size = o->size ? o->size : from->size;
    o->epochs = o->epochs ? o->epochs : from->epochs;
}

static error_t parse_number_option(int key, char *text, struct argp_state *state)
{
    experiment_options *o = state->input;
    switch (key) {
    case KEY_SEEDS: o->seeds = cli_parse_whole(state, "--seeds", text, 1, 1000); break;
    case KEY_PEOPLE: o->people = cli_parse_whole(state, "--people", text, 4, 1000000); break;
    case KEY_PHOTOS: o->photos = cli_parse_whole(state, "--photos", text, 2, 999); break;
    case KEY_TEST_PEOPLE:
        o->test_people = cli_parse_whole(state, "--test-people", text, 2, 1000);
        break;
    case KEY_TEST_PHOTOS:
        o->test_photos = cli_parse_whole(state, "--test-photos", text, 2, 20);
        break;
    case KEY_SIZE: o->size = cli_parse_whole(state, "--size", text, 75, 500); break;
    case KEY_EPOCHS: o->epochs = cli_parse_whole(state, "--epochs", text, 1, 100000); break;
    case KEY_WIDTH: o->width = cli_parse_number(state, "--width", text, 0.01, 4); break;
    case KEY_DIFFERENCE: o->difference = cli_parse_number(state, "--difference", text, 0, 3); break;
    case KEY_FMR: o->fmr = cli_parse_number(state, "--fmr", text, 1e-9, 1); break;
    case KEY_REPLICATES:
        o->replicates = cli_parse_whole(state, "--replicates", text, 0, 1000000);
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void take_name(struct argp_state *state, const char *text)
{
    if (state->arg_num > 0 || strcmp(text, "bias") != 0)
        cli_usage(state, "'%s': the one experiment is called bias", text);
}

static void check_end(struct argp_state *state, const experiment_options *o)
{
    if (state->arg_num == 0)
        cli_usage(state, "name the experiment: bias");
    if (!o->output || !*o->output)
        cli_usage(state, "name the folder to work in: -o DIR");
}

static error_t experiment_parse(int key, char *text, struct argp_state *state)
{
    experiment_options *o = state->input;
    switch (key) {
    case KEY_SHARES: parse_shares(state, o, text); break;
    case KEY_LOSS: parse_loss(state, o, text); break;
    case KEY_QUICK: o->quick = true; break;
    case 'o': o->output = cli_folder_name(text); break;
    case ARGP_KEY_ARG: take_name(state, text); break;
    case ARGP_KEY_END:
        check_end(state, o);
        fill_in(o);
        break;
    default: return parse_number_option(key, text, state);
    }
    return 0;
}

static const struct argp_option options[] = {
    {"output", 'o', "DIR", 0, "Work in DIR; the same command goes on where it was stopped", 1},
    {"quick", KEY_QUICK, NULL, 0,
     "Smaller models, fewer people and seeds: about an hour on two cores", 0},
    {"shares", KEY_SHARES, "S,S,...", 0,
     "Shares of population A in training, rising (default: 0.05,0.25,0.5,0.75,0.95)", 2},
    {"seeds", KEY_SEEDS, "N", 0,
     "Models per mixture, each seed with people of its own (default: 5, quick 3)", 0},
    {"people", KEY_PEOPLE, "N", 0, "People in a model's training (default: 3000, quick 1500)", 0},
    {"photos", KEY_PHOTOS, "N", 0, "Photographs of each (default: 10, quick 8)", 0},
    {"test-people", KEY_TEST_PEOPLE, "N", 0,
     "Unseen people of each population (default: 500, quick 300)", 0},
    {"test-photos", KEY_TEST_PHOTOS, "N", 0, "Photographs of each (default: 4)", 0},
    {"difference", KEY_DIFFERENCE, "D", 0,
     "How far the populations differ from the common one, 0 to 3 (default: 1)", 0},
    {"width", KEY_WIDTH, "W", 0, "Width of the network (default: 0.25)", 3},
    {"size", KEY_SIZE, "PIXELS", 0, "Side of a face, 75 or more (default: 96, quick 80)", 0},
    {"epochs", KEY_EPOCHS, "N", 0, "Epochs of a model's training (default: 6)", 0},
    {"loss", KEY_LOSS, "NAME", 0, "As of train (default: arcface)", 0},
    {"fmr", KEY_FMR, "RATE", 0,
     "False match rate, both populations pooled, at which a model's one threshold is set "
     "(default: 0.01)",
     4},
    {"replicates", KEY_REPLICATES, "N", 0, "Of the bootstrap (default: 2000)", 0},
    {0},
};

static const char doc[] =
    "Trains the same network on mixtures of two synthetic populations, measures all models on "
    "unseen people of both, and writes DIR/index.html and DIR/experiment.json: "
    "WSS/(n-1), mean cosine, false match and false non-match rate of each population at one "
    "threshold, with intervals over seeds and people. The populations stand for no real group."
    "\vIt can be stopped at any moment: the same command goes on. Example:\n"
    "  likeness experiment bias --quick -o bias/\n";

/* ---- the work ---- */

typedef struct experiment {
    experiment_options o;
    experiment_model *models; /* [shares, seeds] */
    size_t count;
    experiment_faces faces; /* of one seed, read when a model needs them */
    size_t trained;         /* finished by this process */
    double seconds;         /* that took, with what earlier ones did of it */
} experiment;

static int change_people(experiment *e, size_t seed)
{
    experiment_faces_clear(&e->faces);
    int status = experiment_people_make(&e->o, seed);
    if (status == CLI_OK && !cli_interrupted())
        status = experiment_faces_read(&e->faces, &e->o, seed);
    return status;
}

static int experiment_train(experiment *e, const experiment_model *model)
{
    double seconds = 0;
    int status = CLI_OK;
    if (e->faces.seed != model->seed)
        status = change_people(e, model->seed);
    if (status == CLI_OK && !cli_interrupted())
        status = experiment_model_train(&seconds, &e->o, model, &e->faces);
    e->trained += seconds > 0; /* 0: it only lacked its embeddings */
    e->seconds += seconds;
    return status;
}

static size_t models_left(const experiment *e)
{
    size_t left = 0;
    for (size_t i = 0; i < e->count; i++)
        left += !experiment_model_done(&e->o, &e->models[i]);
    return left;
}

static void experiment_tell(const experiment *e, size_t index, const experiment_model *model)
{
    size_t left = models_left(e);
    cli_print(stdout,
              "model %zu of %zu: share %g, seed %zu: AUC %.4f on unseen people, threshold %.4f",
              index + 1, e->count, e->o.shares[model->mixture], model->seed, model->auc,
              model->threshold);
    if (left && e->trained)
        cli_print(stdout, "; about %.0f min left",
                  ceil(e->seconds / (double)e->trained * (double)left / 60));
    cli_end_line(stdout);
    fflush(stdout);
}

/* Seed by seed, so that what is done early is a whole experiment with fewer seeds. */
static int make_models(experiment *e)
{
    int status = CLI_OK;
    for (size_t i = 0; i < e->count && status == CLI_OK && !cli_interrupted(); i++) {
        size_t mixture = i % e->o.share_count, seed = i / e->o.share_count;
        experiment_model *model = &e->models[mixture * e->o.seeds + seed];
        if (!experiment_model_done(&e->o, model))
            status = experiment_train(e, model);
        if (status == CLI_OK && !cli_interrupted())
            status = experiment_model_measure(model, &e->o);
        if (status == CLI_OK && !cli_interrupted())
            experiment_tell(e, i, model);
    }
    return status;
}

static lk_status experiment_find(lk_bias_findings *out, const experiment *e)
{
    const lk_pair_sums **sums = cli_alloc(e->count * EXPERIMENT_POPULATIONS, sizeof *sums);
    const lk_bias_cut **cuts = cli_alloc(e->count, sizeof *cuts);
    for (size_t i = 0; i < e->count; i++) {
        cuts[i] = e->models[i].cut;
        for (size_t p = 0; p < EXPERIMENT_POPULATIONS; p++)
            sums[i * EXPERIMENT_POPULATIONS + p] = e->models[i].sums[p];
    }
    lk_status status = lk_stats_bias(out, &(lk_bias_design){.mixtures = e->o.share_count,
                                                            .seeds = e->o.seeds,
                                                            .sums = sums,
                                                            .cuts = cuts,
                                                            .own_people = true,
                                                            .replicates = e->o.replicates,
                                                            .level = EXPERIMENT_LEVEL,
                                                            .seed = e->o.common.seed});
    free(cuts);
    free(sums);
    return status;
}

static int experiment_report(const experiment *e)
{
    lk_bias_findings findings;
    lk_status status = experiment_find(&findings, e);
    if (status != LK_OK)
        return cli_fail(status);
    int result = experiment_json_write(&e->o, e->models, &findings);
    if (result == CLI_OK)
        result = experiment_page_write(&e->o, e->models, &findings);
    if (result == CLI_OK)
        experiment_table_print(&e->o, &findings);
    lk_bias_findings_clear(&findings);
    return result;
}

static void prepare(experiment *e)
{
    e->count = e->o.share_count * e->o.seeds;
    e->models = cli_alloc(e->count, sizeof *e->models);
    for (size_t i = 0; i < e->count; i++) {
        e->models[i].mixture = i / e->o.seeds;
        e->models[i].seed = i % e->o.seeds + 1;
    }
}

int cmd_experiment(int argc, char **argv)
{
    experiment e = {.o = {.width = 0.25,
                          .difference = 1,
                          .fmr = 0.01,
                          .replicates = 2000,
                          .loss = LK_TRAINER_ARCFACE}};
    static const cli_part parts[] = {{&cli_common_argp, offsetof(experiment_options, common)}, {0}};
    const struct argp argp = {
        .options = options, .parser = experiment_parse, .args_doc = "bias", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &e.o);
    cli_signals_catch_to_save();
    prepare(&e);
    lk_lock *lock = NULL;
    lk_status locked = lk_lock_folder(&lock, e.o.output, 0);
    int status = locked == LK_OK ? experiment_setting_keep(&e.o) : cli_fail(locked);
    if (status == CLI_OK)
        status = make_models(&e);
    if (status == CLI_OK && !cli_interrupted())
        status = experiment_report(&e);
    if (cli_interrupted())
        cli_line(stderr, "stopped; the same command goes on");
    for (size_t i = 0; i < e.count; i++)
        experiment_model_clear(&e.models[i]);
    experiment_faces_clear(&e.faces);
    free(e.models);
    lk_lock_release(lock);
    return status;
}

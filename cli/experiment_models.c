/* One model of the experiment: trained on a mixture, then shown people whom it has
 * never seen. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "experiment.h"
#include "progress.h"
#include "signals.h"
#include "vectors.h"

size_t experiment_share_people(const experiment_options *o, size_t mixture)
{
    return (size_t)floor(o->shares[mixture] * (double)o->people + 0.5);
}

char *experiment_model_path(const experiment_options *o, const experiment_model *model,
                            const char *file)
{
    return cli_format("%s/models/share-%g-seed-%zu%s%s", o->output, o->shares[model->mixture],
                      model->seed, *file ? "/" : "", file);
}

bool experiment_model_done(const experiment_options *o, const experiment_model *model)
{
    char *path = experiment_model_path(o, model, "embeddings.npy");
    bool done = access(path, F_OK) == 0;
    free(path);
    return done;
}

/* ---- who is in training ---- */

/* The folders of a model's people, [people]. Mixtures of one seed take more or fewer of the
 * same row of people, so that they differ in the mixture and in little else. */
static char **choose_people(const experiment_options *o, const experiment_model *model)
{
    char **paths = cli_alloc(o->people, sizeof *paths);
    size_t first = experiment_share_people(o, model->mixture), count = 0;
    for (size_t p = 0; p < EXPERIMENT_POPULATIONS; p++) {
        const experiment_set set = {model->seed, false, p};
        for (size_t i = 0; i < (p ? o->people - first : first); i++)
            paths[count++] = experiment_person_path(o, set, i);
    }
    return paths;
}

static void free_paths(char **paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
    free(paths);
}

/* ---- training ---- */

const char *experiment_loss_name(const experiment_options *o)
{
    return lk_option_find(lk_trainer_options_table(), "loss")->choices[o->loss];
}

void experiment_trainer_options(lk_trainer_options *t, const experiment_options *o,
                                const experiment_model *model)
{
    lk_trainer_options_init(t);
    t->width = o->width;
    t->size = o->size;
    t->seed = o->common.seed + model->seed;
    t->epochs = o->epochs;
    t->loss = o->loss;
    t->arcface.scale = 24;
    t->arcface.margin = 0.15;
    t->sampler.people = o->people < 64 ? o->people : 64;
    t->sampler.photos = 2;
    t->schedule.rate = 0.002;
    t->schedule.warmup = 0.3;
    t->average = 0.999;
    t->augment.erase = 0;
    t->validation = 0; /* nothing is chosen by looking: the last weights count */
    t->save_seconds = 60;
}

typedef struct watching {
    const experiment_options *options;
    const experiment_model *model;
    double seconds; /* of training, all sittings together */
} watching;

static bool experiment_models_watch(void *user, const lk_trainer_progress *p)
{
    watching *w = user;
    w->seconds = p->seconds;
    if (p->event == LK_TRAINER_STEPPED) {
        unsigned long left = (unsigned long)p->seconds_left;
        char *loss = p->step.terms > 0 ? cli_format("%.3f", p->step.loss) : cli_strdup("-");
        char *line = cli_format(
            "share %g seed %zu: step %llu/%llu  loss %s  %.0f images/s  "
            "%lu:%02lu left for this model",
            w->options->shares[w->model->mixture], w->model->seed, (unsigned long long)p->step.step,
            (unsigned long long)p->total_steps, loss, p->images_per_second, left / 60, left % 60);
        free(loss);
        cli_progress_line(line);
        free(line);
    }
    return !cli_interrupted();
}

static lk_status open_trainer(lk_trainer **out, const experiment_options *o,
                              const experiment_model *model, char **paths)
{
    lk_trainer_options options;
    experiment_trainer_options(&options, o, model);
    char *run = experiment_model_path(o, model, "");
    char *checkpoint = experiment_model_path(o, model, "checkpoint.safetensors");
    const char *const *folders = (const char *const *)paths;
    options.run = run;
    lk_status status = access(checkpoint, F_OK) == 0
                           ? lk_trainer_resume(out, run, folders, o->people, &options)
                           : lk_trainer_create(out, folders, o->people, &options);
    free(checkpoint);
    free(run);
    return status;
}

/* ---- the people for testing ---- */

/* Its network, embedding all faces; written as one file. */
static lk_status write_embeddings(const lk_trainer *trainer, const experiment_options *o,
                                  const experiment_model *model, const experiment_faces *faces)
{
    lk_tensors *weights = NULL;
    lk_embedder *network = NULL;
    float *rows = NULL;
    lk_status status = lk_trainer_weights(trainer, &weights);
    if (status == LK_OK)
        status = lk_embedder_create_from(&network, weights, NULL);
    size_t width = lk_embedder_output_size(network);
    if (status == LK_OK) {
        rows = cli_alloc(faces->count, width * sizeof *rows);
        status = lk_embedder_run(network, rows, faces->images, faces->count);
    }
    if (status == LK_OK) {
        char *path = experiment_model_path(o, model, "embeddings.npy");
        const size_t shape[] = {faces->count, width};
        status = lk_npy_write(path, LK_F32, rows, shape, 2);
        free(path);
    }
    lk_embedder_destroy(network);
    lk_tensors_close(weights);
    free(rows);
    return status;
}

/* What only going on needed; last.safetensors stays. */
static void experiment_models_tidy(const experiment_options *o, const experiment_model *model)
{
    static const char *const files[] = {
        "checkpoint.safetensors", "best.safetensors", "best.pt",
        "best.pt.json",           "last.pt",          "last.pt.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = experiment_model_path(o, model, files[i]);
        unlink(path);
        free(path);
    }
}

static int report_failure(lk_status status, const lk_trainer *trainer)
{
    if (status == LK_ERROR_CANCELLED)
        return CLI_ENVIRONMENT; /* the signal says it all */
    if (status != LK_OK)
        return cli_fail(status);
    for (size_t i = 0; i < lk_trainer_bad_photo_count(trainer); i++)
        cli_error("%s", lk_trainer_bad_photo(trainer, i));
    return lk_trainer_bad_photo_count(trainer) ? CLI_ENVIRONMENT : CLI_OK;
}

int experiment_model_train(double *seconds, const experiment_options *o,
                           const experiment_model *model, const experiment_faces *faces)
{
    watching w = {o, model, 0};
    char **paths = choose_people(o, model);
    lk_trainer *trainer = NULL;
    lk_status status = open_trainer(&trainer, o, model, paths);
    if (status == LK_OK)
        status = lk_trainer_run(trainer, experiment_models_watch, &w);
    cli_progress_end();
    *seconds = w.seconds;
    int result = report_failure(status, trainer);
    if (result == CLI_OK) {
        status = write_embeddings(trainer, o, model, faces);
        result = status == LK_OK ? CLI_OK : cli_fail(status);
    }
    lk_trainer_destroy(trainer);
    free_paths(paths, o->people);
    return result;
}

/* ---- measuring ---- */

enum { AUC_PEOPLE = 400, AUC_PHOTOS = 4 }; /* of each population, at most */

/* All pairs of the first people and photographs, of both populations, so that memory
 * stays small: this figure only says whether the model has learned. */
static lk_status measure_auc(double *out, const cli_vectors *v, const experiment_options *o)
{
    size_t people = o->test_people < AUC_PEOPLE ? o->test_people : AUC_PEOPLE;
    size_t photos = o->test_photos < AUC_PHOTOS ? o->test_photos : AUC_PHOTOS;
    size_t *rows = cli_alloc(EXPERIMENT_POPULATIONS * people * photos, sizeof *rows), n = 0;
    size_t *group = cli_alloc(EXPERIMENT_POPULATIONS * people * photos, sizeof *group);
    for (size_t p = 0; p < EXPERIMENT_POPULATIONS; p++)
        for (size_t i = 0; i < people; i++)
            for (size_t k = 0; k < photos; k++) {
                group[n] = p * people + i;
                rows[n++] = (p * o->test_people + i) * o->test_photos + k;
            }
    double *x = cli_vectors_take(v, rows, n);
    lk_roc *roc = NULL;
    lk_status status = lk_stats_roc_of_rows(&roc, x, group, n, v->d);
    if (status == LK_OK)
        *out = lk_stats_roc_auc(roc);
    lk_stats_roc_destroy(roc);
    free(x);
    free(group);
    free(rows);
    return status;
}

static lk_status experiment_models_measure(experiment_model *model, const experiment_options *o,
                                           const cli_vectors *v)
{
    size_t n = o->test_people * o->test_photos;
    size_t *person = cli_alloc(n, sizeof *person);
    lk_bias_rows rows[EXPERIMENT_POPULATIONS];
    for (size_t i = 0; i < n; i++)
        person[i] = i / o->test_photos;
    for (size_t p = 0; p < EXPERIMENT_POPULATIONS; p++)
        rows[p] = (lk_bias_rows){v->x + p * n * v->d, person, n, v->d, o->test_people};
    lk_status status =
        lk_stats_threshold(&model->threshold, &model->fmr, rows, EXPERIMENT_POPULATIONS, o->fmr);
    for (size_t p = 0; p < EXPERIMENT_POPULATIONS && status == LK_OK; p++)
        status = lk_stats_pair_sums_create(&model->sums[p], &rows[p], model->threshold);
    if (status == LK_OK)
        status = lk_stats_bias_cut_create(&model->cut, rows, o->fmr);
    if (status == LK_OK)
        status = measure_auc(&model->auc, v, o);
    free(person);
    return status;
}

int experiment_model_measure(experiment_model *model, const experiment_options *o)
{
    char *path = experiment_model_path(o, model, "embeddings.npy");
    cli_vectors vectors;
    int result = cli_vectors_read(&vectors, path, NULL);
    if (result == CLI_OK) {
        size_t expected = EXPERIMENT_POPULATIONS * o->test_people * o->test_photos;
        if (vectors.n != expected) {
            cli_error("%s: %zu rows, expected %zu", path, vectors.n, expected);
            result = CLI_SOME_FAILED;
        } else {
            lk_status status = experiment_models_measure(model, o, &vectors);
            result = status == LK_OK ? CLI_OK : cli_fail_vectors(status, path);
        }
        cli_vectors_clear(&vectors);
        experiment_models_tidy(o, model);
    }
    free(path);
    return result;
}

void experiment_model_clear(experiment_model *model)
{
    for (size_t p = 0; p < EXPERIMENT_POPULATIONS; p++)
        lk_stats_pair_sums_destroy(model->sums[p]);
    lk_stats_bias_cut_destroy(model->cut);
}

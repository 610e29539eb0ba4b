/* The parts of `likeness experiment bias`: its setting, its people, its models, what
 * is measured, what is written. All of it lies in one folder:
 *
 *   setting.json              what the experiment was begun with
 *   album/seed-1/train-A-000/...   photographs as rendered; not needed any more once cut out
 *   people/seed-1/train-A-000/...  the faces, cut out, a folder per person
 *   models/share-0.05-seed-1  a run of the trainer, and when it is done embeddings.npy
 *   experiment.json, index.html
 *
 * Every step first looks whether its result is there, and a result appears whole or
 * not at all; that alone makes the experiment resumable. */
#ifndef LK_CLI_EXPERIMENT_H
#define LK_CLI_EXPERIMENT_H

#include <jansson.h>

#include "cli.h"

#define EXPERIMENT_LEVEL 0.95 /* of the intervals */
enum { EXPERIMENT_POPULATIONS = 2, EXPERIMENT_MOST_SHARES = 32 };

extern const char *const experiment_populations[EXPERIMENT_POPULATIONS]; /* "A", "B" */

typedef struct experiment_options {
    cli_common common;
    const char *output;
    double shares[EXPERIMENT_MOST_SHARES]; /* of A, rising */
    size_t share_count;
    size_t seeds;
    size_t people, photos;           /* of a model's training; 0 while not known */
    size_t test_people, test_photos; /* of each population */
    size_t size, epochs;
    double width, difference;
    double fmr; /* at which the global threshold is set */
    size_t replicates;
    lk_trainer_loss loss;
    bool quick;
} experiment_options;

/* Writes DIR/setting.json, or compares it with what is there. An exit status. */
int experiment_setting_keep(const experiment_options *options);

/* ---- people ---- */

/* One set of people. No person is in two, so that chance of people is in what the models of
 * several seeds differ by. */
typedef struct experiment_set {
    size_t seed; /* from 1 */
    bool test;
    size_t population;
} experiment_set;

/* Renders and cuts out whoever of a seed is not there yet: for training as many people of
 * each population as its mixtures need, and the people for testing. An exit status. */
int experiment_people_make(const experiment_options *options, size_t seed);
/* The folder of a person's faces; the caller frees it. */
char *experiment_person_path(const experiment_options *options, experiment_set set, size_t person);
/* The faces of a seed's people for testing: population by population, person by person. */
typedef struct experiment_faces {
    lk_image *images;
    size_t count, seed; /* seed 0: none have been read */
} experiment_faces;
int experiment_faces_read(experiment_faces *out, const experiment_options *options, size_t seed);
void experiment_faces_clear(experiment_faces *faces);

/* ---- models ---- */

/* One model and what it makes of the people for testing. */
typedef struct experiment_model {
    size_t mixture, seed; /* seed from 1 */
    lk_pair_sums *sums[EXPERIMENT_POPULATIONS];
    lk_bias_cut *cut;
    double threshold, fmr; /* what the threshold gives over both populations */
    double auc;
} experiment_model;

/* People of the first population in training. */
size_t experiment_share_people(const experiment_options *options, size_t mixture);
/* DIR/models/NAME/FILE; the caller frees it. */
char *experiment_model_path(const experiment_options *options, const experiment_model *model,
                            const char *file);
bool experiment_model_done(const experiment_options *options, const experiment_model *model);
/* Trains it, or goes on training it, and writes its embeddings. *seconds: how long its
 * training took, all sittings together. An exit status. */
int experiment_model_train(double *seconds, const experiment_options *options,
                           const experiment_model *model, const experiment_faces *faces);
/* As the options of train have it. */
const char *experiment_loss_name(const experiment_options *o);
/* What it is trained with. */
void experiment_trainer_options(lk_trainer_options *out, const experiment_options *options,
                                const experiment_model *model);
/* Reads the embeddings and fills in what is measured. An exit status. */
int experiment_model_measure(experiment_model *model, const experiment_options *options);
void experiment_model_clear(experiment_model *model);

/* ---- results ---- */

/* The setting as JSON: what must not change when the experiment goes on. The number of seeds
 * may, since they have nothing in common. */
json_t *experiment_setting_json(const experiment_options *options);
/* Writes a whole file, real numbers with so many significant digits (17 come back to
 * the bit); an exit status. */
int experiment_json_dump(const char *path, const json_t *value, size_t digits);
/* experiment.json; an exit status. */
int experiment_json_write(const experiment_options *options, const experiment_model *models,
                          const lk_bias_findings *findings);
/* index.html; an exit status. */
int experiment_page_write(const experiment_options *options, const experiment_model *models,
                          const lk_bias_findings *findings);
void experiment_table_print(const experiment_options *options, const lk_bias_findings *findings);

#endif

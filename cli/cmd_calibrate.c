/* likeness calibrate: what a threshold means, measured on people who are not enrolled. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/audit.h>

#include "json.h"
#include "known.h"
#include "labels.h"
#include "levels.h"
#include "photo_command.h"
#include "progress.h"
#include "signals.h"

typedef struct calibrate_options {
    cli_known_options known;
    cli_label_options labels;
} calibrate_options;

static error_t calibrate_parse(int key, char *text, struct argp_state *state)
{
    calibrate_options *o = state->input;
    (void)text;
    switch (key) {
    case ARGP_KEY_NO_ARGS:
    case ARGP_KEY_ARGS:
        cli_take_paths(state, &o->known.how.paths, 1, SIZE_MAX,
                       "at least one folder with one folder per person");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const char doc[] =
    "Measures on photographs of people who are not enrolled what thresholds mean with this model: "
    "how often two different people are taken for one (false matches), how often one person for "
    "two (false non-matches), each with an interval that counts people, not pairs. The gallery "
    "keeps what was found, and 'verify' and 'identify' judge by it. It holds for photographs like "
    "these of people like these, and for no others."
    "\vExample:\n"
    "  likeness calibrate others/\n";

static const double CALIBRATE_TARGETS[] = {0.1, 0.01, 0.001, 0.0001};
enum { CALIBRATE_LEVELS = sizeof CALIBRATE_TARGETS / sizeof *CALIBRATE_TARGETS };

typedef struct calibrate_run {
    const calibrate_options *options;
    cli_known known;
    double *rows;   /* [count, width] */
    size_t *person; /* [count] */
    size_t count, row_capacity, person_capacity;
    char **names; /* [people] */
    size_t people, name_capacity;
} calibrate_run;

/* ---- photographs ---- */

/* Files of a person follow each other, mostly. */
static size_t calibrate_person(calibrate_run *run, const char *name)
{
    for (size_t i = run->people; i-- > 0;)
        if (strcmp(run->names[i], name) == 0)
            return i;
    run->names = cli_grow(run->names, &run->name_capacity, run->people + 1, sizeof *run->names);
    run->names[run->people] = cli_strdup(name);
    return run->people++;
}

/* Under the cosine vectors of length 1, whose squared distance is twice that of the cosine. */
static void calibrate_take_row(calibrate_run *run, const float *row)
{
    size_t width = run->known.model.width;
    double squares = 0;
    run->rows =
        cli_grow(run->rows, &run->row_capacity, (run->count + 1) * width, sizeof *run->rows);
    double *to = run->rows + run->count * width;
    for (size_t i = 0; i < width; i++)
        squares += (double)row[i] * (double)row[i];
    double by = run->known.model.metric == LK_METRIC_COSINE ? 1 / sqrt(squares) : 1;
    for (size_t i = 0; i < width; i++)
        to[i] = (double)row[i] * by;
}

static int calibrate_faces(void *user, cli_faced *photos, size_t count)
{
    calibrate_run *run = user;
    int status = CLI_OK;
    for (size_t i = 0; i < count; i++) {
        if (photos[i].problem) {
            cli_error("%s", photos[i].problem);
            status = CLI_SOME_FAILED;
        } else if (photos[i].count != 1 || photos[i].found != 1) {
            cli_warn("%s: left out: %zu faces", photos[i].file->path, photos[i].found);
        } else {
            calibrate_take_row(run, photos[i].rows);
            run->person =
                cli_grow(run->person, &run->person_capacity, run->count + 1, sizeof *run->person);
            run->person[run->count++] = calibrate_person(run, photos[i].file->label);
        }
    }
    return status;
}

/* ---- rates ---- */

/* Pairs of photographs at a threshold, added up by pairs of people. */
typedef struct calibrate_pairs {
    double *wrong;                        /* [people, people], i < j: k_ij */
    double *photos;                       /* [people] */
    double *person_pairs, *person_errors; /* [people] */
    double *own_pairs, *own_wrong;        /* [people] */
} calibrate_pairs;

static double calibrate_square(const double *a, const double *b, size_t width)
{
    double sum = 0;
    for (size_t i = 0; i < width; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

static void calibrate_count(calibrate_pairs *pairs, const calibrate_run *run, double threshold)
{
    size_t width = run->known.model.width;
    for (size_t i = 0; i < run->count; i++)
        pairs->photos[run->person[i]]++;
    for (size_t i = 0; i < run->count; i++)
        for (size_t j = 0; j < i; j++) {
            size_t a = run->person[i], b = run->person[j];
            bool passes = sqrt(calibrate_square(run->rows + i * width, run->rows + j * width,
                                                width)) <= threshold;
            if (a == b) {
                pairs->own_pairs[a]++;
                pairs->own_wrong[a] += !passes;
            } else {
                pairs->wrong[(a < b ? a : b) * run->people + (a < b ? b : a)] += passes;
            }
        }
}

static lk_dyads calibrate_dyads(calibrate_pairs *pairs, size_t people)
{
    lk_dyads dyads = {.people = {people, 0},
                      .count = people,
                      .person_pairs = pairs->person_pairs,
                      .person_errors = pairs->person_errors};
    for (size_t i = 0; i < people; i++)
        for (size_t j = i + 1; j < people; j++) {
            double m = pairs->photos[i] * pairs->photos[j], k = pairs->wrong[i * people + j];
            dyads.pairs += m;
            dyads.errors += k;
            dyads.pairs_squared += m * m;
            dyads.errors_squared += k * k;
            dyads.product += k * m;
            pairs->person_pairs[i] += m;
            pairs->person_pairs[j] += m;
            pairs->person_errors[i] += k;
            pairs->person_errors[j] += k;
        }
    return dyads;
}

static lk_gallery_rate calibrate_keep(const lk_rate *rate)
{
    return (lk_gallery_rate){(int)rate->state, rate->rate, rate->low, rate->high};
}

/* `threshold` is Euclidean here; what is kept is the metric's. */
static void calibrate_level(lk_gallery_level *out, const calibrate_run *run, double target,
                            double threshold)
{
    size_t people = run->people;
    double *memory = cli_alloc(people * people + 5 * people, sizeof *memory);
    calibrate_pairs pairs = {.wrong = memory};
    double **parts[] = {&pairs.photos, &pairs.person_pairs, &pairs.person_errors, &pairs.own_pairs,
                        &pairs.own_wrong};
    for (size_t i = 0; i < 5; i++)
        *parts[i] = memory + people * people + i * people;
    calibrate_count(&pairs, run, threshold);
    lk_dyads dyads = calibrate_dyads(&pairs, people);
    lk_rate fmr, fnmr;
    lk_rate_of_dyads(&fmr, &dyads, target * dyads.pairs);
    lk_rate_of_people(&fnmr, pairs.own_pairs, pairs.own_wrong, people);
    bool cosine = run->known.model.metric == LK_METRIC_COSINE;
    *out = (lk_gallery_level){.target = target,
                              .threshold = cosine ? threshold * threshold / 2 : threshold,
                              .fmr = calibrate_keep(&fmr),
                              .fnmr = calibrate_keep(&fnmr),
                              .people = people,
                              .photos = run->count};
    free(memory);
}

static int calibrate_measure(calibrate_run *run, lk_gallery_level *levels)
{
    const lk_bias_rows rows = {run->rows, run->person, run->count, run->known.model.width,
                               run->people};
    for (size_t i = 0; i < CALIBRATE_LEVELS; i++) {
        double threshold;
        lk_status status = lk_stats_threshold(&threshold, NULL, &rows, 1, CALIBRATE_TARGETS[i]);
        if (status != LK_OK)
            return cli_fail(status);
        calibrate_level(&levels[i], run, CALIBRATE_TARGETS[i], threshold);
    }
    lk_status kept = lk_gallery_set_levels(run->known.gallery, levels, CALIBRATE_LEVELS);
    return kept == LK_OK ? CLI_OK : cli_fail(kept);
}

/* ---- all ---- */

static int calibrate_people(void *calibrate, const cli_inputs *inputs)
{
    enum { LEAST_PEOPLE = 5 };
    const calibrate_options *o = calibrate;
    calibrate_run run = {.options = o};
    lk_gallery_level levels[CALIBRATE_LEVELS];
    int status = cli_known_load(&run.known, &o->known, CLI_GALLERY_MAKE);
    if (status == CLI_OK)
        status = cli_faced_run(&run.known, inputs->files, inputs->count, false, "embedding",
                               calibrate_faces, &run);
    if (status < CLI_USAGE && !cli_interrupted() && run.people < LEAST_PEOPLE) {
        cli_error("faces of %zu people are too few to say how often strangers are alike: at least "
                  "%d",
                  run.people, LEAST_PEOPLE);
        status = CLI_SOME_FAILED;
    } else if (status < CLI_USAGE && !cli_interrupted()) {
        status = cli_worse(status, calibrate_measure(&run, levels));
        if (status < CLI_USAGE)
            cli_levels_tell(levels, CALIBRATE_LEVELS, o->known.json);
    }
    for (size_t i = 0; i < run.people; i++)
        free(run.names[i]);
    free(run.names);
    free(run.rows);
    free(run.person);
    cli_known_clear(&run.known);
    return status;
}

static int calibrate_check_files(void *calibrate, const cli_inputs *inputs)
{
    const calibrate_options *o = calibrate;
    return cli_known_check(&o->known, inputs, true);
}

int cmd_calibrate(int argc, char **argv)
{
    calibrate_options o = {0};
    static const cli_part parts[] = {{&cli_known_argp, offsetof(calibrate_options, known)},
                                     {&cli_labels_argp, offsetof(calibrate_options, labels)},
                                     {0}};
    const struct argp argp = {.parser = calibrate_parse, .args_doc = "DIR...", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_signals_catch();
    const cli_photo_command command = {.paths = &o.known.how.paths,
                                       .label = o.labels.rule,
                                       .labels = true,
                                       .json = o.known.json,
                                       .check = calibrate_check_files,
                                       .run = calibrate_people};
    return cli_photo_command_run(&command, &o);
}

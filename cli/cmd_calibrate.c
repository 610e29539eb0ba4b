/* likeness calibrate: what a threshold means, measured on people who are not enrolled. */
#include <stdlib.h>
#include <string.h>

#include <likeness/audit.h>

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
    float *rows;    /* [count, width] */
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

static void calibrate_take_row(calibrate_run *run, const float *row)
{
    size_t width = run->known.model.width;
    run->rows =
        cli_grow(run->rows, &run->row_capacity, (run->count + 1) * width, sizeof *run->rows);
    memcpy(run->rows + run->count * width, row, width * sizeof *row);
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

static lk_gallery_rate calibrate_keep(const lk_rate *rate)
{
    return (lk_gallery_rate){(int)rate->state, rate->rate, rate->low, rate->high};
}

/* An audit of one group, everybody. */
static int calibrate_measure(calibrate_run *run, lk_gallery_level *levels)
{
    lk_audit_findings found;
    lk_audit_options options;
    size_t *group = cli_alloc(run->count, sizeof *group);
    const lk_audit_rows rows = {.x32 = run->rows,
                                .n = run->count,
                                .d = run->known.model.width,
                                .person = run->person,
                                .people = run->people,
                                .group = group,
                                .groups = 1};
    lk_audit_options_init(&options);
    memcpy(options.fmr, CALIBRATE_TARGETS, sizeof CALIBRATE_TARGETS);
    options.fmr_count = CALIBRATE_LEVELS;
    options.metric = run->known.model.metric;
    options.draws = 0;
    lk_status status = lk_audit_run(&found, &rows, &options);
    free(group);
    if (status != LK_OK)
        return cli_fail(status);
    for (size_t i = 0; i < CALIBRATE_LEVELS; i++)
        levels[i] = (lk_gallery_level){.target = found.level[i].target,
                                       .threshold = found.level[i].threshold,
                                       .fmr = calibrate_keep(&found.level[i].fmr[0]),
                                       .fnmr = calibrate_keep(&found.level[i].fnmr[0]),
                                       .people = run->people,
                                       .photos = run->count};
    lk_audit_clear(&found);
    status = lk_gallery_set_levels(run->known.gallery, levels, CALIBRATE_LEVELS);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

/* ---- all ---- */

/* A photograph that cannot be read leaves the others to be measured. */
static int calibrate_look_and_measure(calibrate_run *run, const cli_inputs *inputs)
{
    enum { LEAST_PEOPLE = 5 };
    lk_gallery_level levels[CALIBRATE_LEVELS];
    int status = cli_faced_run(&run->known, inputs->files, inputs->count, false, "embedding",
                               calibrate_faces, run);
    if (status >= CLI_USAGE || cli_interrupted())
        return status;
    if (run->people < LEAST_PEOPLE) {
        cli_error("faces of %zu people are too few to say how often strangers are alike: at least "
                  "%d",
                  run->people, LEAST_PEOPLE);
        return CLI_SOME_FAILED;
    }
    status = cli_worse(status, calibrate_measure(run, levels));
    if (status < CLI_USAGE)
        cli_levels_tell(levels, CALIBRATE_LEVELS, run->options->known.json);
    return status;
}

static int calibrate_people(void *calibrate, const cli_inputs *inputs)
{
    const calibrate_options *o = calibrate;
    calibrate_run run = {.options = o};
    int status = cli_known_load(&run.known, &o->known, CLI_GALLERY_MAKE);
    if (status == CLI_OK)
        status = calibrate_look_and_measure(&run, inputs);
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

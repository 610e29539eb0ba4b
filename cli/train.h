/* The parts of `likeness train`: its options, its log, its page, its display. */
#ifndef LK_CLI_TRAIN_H
#define LK_CLI_TRAIN_H

#include "cli.h"
#include "json.h"
#include "photos.h"

/* An option that was given, with its argument. */
typedef struct train_given {
    int key;
    const lk_option *row; /* NULL: an option of the program's own */
    char *text;           /* NULL where it takes none */
} train_given;

typedef struct train_options {
    cli_common common;
    cli_paths paths;
    const char *run;
    bool resume, force, json;
    bool local_statistics; /* of each process, under mpirun */
    bool nobody_held;      /* because there are too few people */
    train_given *given;
    size_t given_count, given_capacity;
    const char **frozen; /* borrowed by the trainer's options */
    char *init;          /* the file that --init leads to */
    bool detect_faces;
    cli_detect_options detect; /* of --detect, as are the next */
    size_t crop_margin;
    bool crop_margin_given;
    char **face_options; /* [face_option_count], such as "--min-face-size", "40" */
    size_t face_option_count, face_option_capacity;
    lk_file_list *files; /* the photographs; NULL until they are listed */
} train_options;

/* Does not come back from wrong usage. */
void train_options_parse(train_options *out, int argc, char **argv);
/* Takes the argument of --augment, or leaves with a usage error. */
void train_take_augment(struct argp_state *state, lk_augment_options *out, const char *text);
/* What --help says of it. */
void train_augment_describe(char *out, size_t size);
void train_options_clear(train_options *options);

/* What was given, put on top of `out`: the defaults, or what a run was made with. */
void train_options_apply(lk_trainer_options *out, train_options *options);
/* What was not given and follows from the rest: the learning rate from the
 * optimiser, people per batch and the share held out from how many people there are.
 * Returns an exit status; a failure has been reported. */
int train_options_complete(lk_trainer_options *out, train_options *options);
/* The part of it that looks at the people, again for other folders. */
int train_options_fit(lk_trainer_options *out, train_options *options);
/* Lists the photographs into options->files. */
lk_status train_options_list(train_options *options, const char *const *paths, size_t count,
                             lk_label_rule rule) LK_MUST_USE;

/* A name and a value that the caller frees. */
typedef struct train_setting {
    const char *name;
    char *value;
} train_setting;

/* The options in words, for the page. Returns how many of settings[most]. */
size_t train_options_describe(train_setting *settings, size_t most,
                              const lk_trainer_options *options);
/* "triplet, semi-hard"; the caller frees it. */
char *train_loss_name(const lk_trainer_options *options);

/* ---- RUN/log.jsonl ---- */

typedef struct train_alarm {
    uint64_t step;
    char *text;
} train_alarm;

/* The file, and what it knows beyond the trainer's history. */
typedef struct train_log {
    char *path;
    FILE *stream;
    double *speeds; /* [speed_count], images/s of step i + 1; NaN: not known */
    size_t speed_count, speed_capacity;
    train_alarm *alarms;
    size_t alarm_count, alarm_capacity;
    bool echo; /* epochs on standard output, too */
} train_log;

/* Opens the log of a run whose history is `history`. Lines beyond it are cut off; a
 * log that lacks some of it is written anew. Returns an exit status. */
int train_log_open(train_log *log, const char *run, lk_trainer_history history,
                   uint64_t steps_per_epoch);
void train_log_close(train_log *log);
/* Each line reaches the disk's cache at once. false: could not be written; reported. */
bool train_log_step(train_log *log, const lk_trainer_progress *progress);
bool train_log_epoch(train_log *log, const lk_trainer_epoch_record *record,
                     uint64_t steps_per_epoch);
bool train_log_alarm(train_log *log, uint64_t step, const char *text);

/* ---- RUN/index.html ---- */

/* Writes the page. `about`: why it stopped, or NULL. */
lk_status train_page_write(const char *run, const lk_trainer *trainer, const train_log *log,
                           lk_training_state state, const char *about,
                           double seconds_left) LK_MUST_USE;

/* ---- the display ---- */

void train_show_begin(const lk_trainer *trainer);
/* The live line on a terminal. */
void train_show_step(const lk_trainer_progress *progress);
/* One line an epoch on standard output. */
void train_show_epoch(const lk_trainer_progress *progress);
/* `faces`: the folder of --detect's, or NULL. */
void train_show_end(const lk_trainer *trainer, const char *run, const char *faces);

/* Epochs done at a record: 2.5 where a run ended inside the third. */
double train_epoch(const lk_trainer_epoch_record *record, uint64_t steps_per_epoch);
/* The same as a number of JSON, a whole one where it is. */
json_t *train_epoch_json(const lk_trainer_epoch_record *record, uint64_t steps_per_epoch);
/* The best epoch so far, NULL before there is one. */
const lk_trainer_epoch_record *train_best(lk_trainer_history history);

#endif

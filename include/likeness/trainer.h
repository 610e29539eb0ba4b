/* likeness/trainer.h: the training loop: from folders of faces to a network that
 * tells people apart, with validation, checkpoints and a history.
 *
 * A run lives in a directory:
 *   checkpoint.safetensors       everything that continuing needs (lk_checkpoint_read)
 *   last.safetensors, last.pt    the weights after the last epoch, and at the run's end
 *   best.safetensors, best.pt    the weights that did best on validation, the first ones
 *                                included
 *   last.pt.json, best.pt.json   which faces they want (traits.h); the .safetensors say so
 *                                themselves
 *   schedule.txt                 a copy of the file of LK_SCHEDULE_FILE
 * Each of them is replaced as a whole. A trainer holds the lock of its directory
 * (lk_lock_folder) as long as it lives. The weights bear the published tensor names,
 * so that lk_embedder_create and facenet-pytorch load them (at width 1.0; another
 * width gives the same names with other channel counts).
 *
 *   lk_trainer_options options;
 *   lk_trainer_options_init(&options);
 *   options.run = "RUN";
 *   lk_trainer_create(&trainer, &folder, 1, &options);
 *   lk_trainer_run(trainer, show, NULL);
 *   lk_trainer_destroy(trainer);
 *
 * The same options, photographs, number of threads and machine give the same
 * numbers, bit for bit, however often a run was stopped and resumed.
 *
 * A trainer belongs to one thread at a time.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_TRAINER_H
#define LIKENESS_TRAINER_H

#include <string.h>

#include <likeness/base.h>
#include <likeness/detect.h>
#include <likeness/embed.h>
#include <likeness/files.h>
#include <likeness/image.h>
#include <likeness/options.h>
#include <likeness/train.h>
#include <likeness/weights.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What to do ---------------------------------------------------------- */

typedef enum lk_trainer_loss {
    LK_TRAINER_TRIPLET = 0,
    LK_TRAINER_SOFTMAX = 1, /* a linear layer "logits" from the vector before its
                             * normalisation to the people in training */
    LK_TRAINER_ARCFACE = 2  /* one centre a person in training */
} lk_trainer_loss;

/* Processes that train one network together, each on its share of every batch:
 * rank r of R has rows [n r / R, n (r + 1) / R) of the n = P*K, which R divides.
 * All are given the same options and photographs; only rank 0 writes and
 * validates. Each function below is entered by all ranks in the same order; a
 * status other than LK_OK ends the step with it. */
typedef struct lk_trainer_parallel {
    void *user;
    size_t rank, ranks;
    bool synchronised; /* batch norm takes the whole batch's statistics; otherwise
                        * those of the rank's own rows */
    /* numbers[count] become their sum over all ranks. */
    lk_status (*sum)(void *user, double *numbers, size_t count);
    /* all[ranks * count]: mine[count] of rank 0, of rank 1 and so on. */
    lk_status (*gather)(void *user, float *all, const float *mine, size_t count);
    /* Begins to make gradient[count] its sum over all ranks, in the order of
     * backward; may return before it is done. */
    lk_status (*reduce)(void *user, float *gradient, size_t count);
    /* Returns when everything that `reduce` began is done. */
    lk_status (*wait)(void *user);
} lk_trainer_parallel;

/* Whatever is said here is stored in the checkpoint and restored from it. What
 * may differ when a run is resumed is marked (free); a change of anything else
 * would not continue the same run and is refused. Strings and arrays are borrowed
 * during lk_trainer_create and _resume only. */
typedef struct lk_trainer_options {
    size_t struct_size;  /* set by lk_trainer_options_init */
    const char *run;     /* (free) the run's directory, made if need be; default NULL: no
                          * file is written, and the run cannot be resumed */
    bool replace;        /* (free) lk_trainer_create may be given a directory that holds a run,
                          * which stands, and can be resumed, until the first checkpoint of the
                          * new one replaces it; default false */
    const char *init;    /* a weight file to start from; default NULL: random weights.
                          * Only the network's tensors are taken; "logits" and centres
                          * are always random. A resumed run does not look at it. */
    lk_label_rule label; /* whose photograph a file is; default LK_LABEL_FIRST */
    double width;        /* multiplies every channel count, rounded to a multiple of 1/256;
                          * default 0: as the shapes of `init` say, or 1, the published
                          * network, from random weights */
    size_t size;         /* pixels of a face's side, 75 or more; default 160 */
    uint64_t seed;       /* of everything random; default 0. Those in `sampler` and
                          * `triplet` are not looked at: all follow from this one */

    lk_trainer_loss loss;       /* default LK_TRAINER_TRIPLET */
    lk_triplet_options triplet; /* with the miner */
    lk_arcface_options arcface;
    lk_sampler_options sampler; /* P people x K photographs per batch; triplets need 2 x 2 */
    bool fit_people; /* (free) lk_trainer_create takes fewer people per batch where there are
                      * fewer in training; default false: that is an error */
    lk_augment_options augment; /* of the photographs in training */
    lk_image_options image;     /* (free) limits against hostile files */
    bool dropout; /* the published network's, 0.6 before its last linear layer; default
                   * false: small sets learn better without */

    lk_optimizer_options optimizer; /* default: lk_optimizer_options_init(LK_ADAMW) */
    lk_schedule_options schedule;   /* default: cosine from 1e-3 to 0 over `epochs` with a
                                     * warm-up of 1 epoch */
    double clip;    /* the most that the norm of all gradients may be; default 0: no clipping */
    double average; /* decay of the exponential moving average of weights and running
                     * statistics, which then is what is validated and exported; default 0:
                     * none. After t steps the decay is min(average, (1 + t) / (10 + t)), so
                     * that the random start is soon forgotten */
    const char *const *frozen; /* layers whose names begin with one of these stay as they
                                * are, bit for bit, running statistics included */
    size_t frozen_count;

    size_t epochs;     /* (free) default 30; `schedule.epochs` is a thing apart: 0 there (the
                        * default) means as many as here when the run was created */
    size_t steps;      /* (free) the run ends after this many steps at the latest; default 0: no
                        * limit */
    double validation; /* share of the people that are held out; default 0.1, at least two
                        * people; 0: no validation. See lk_people_split */
    size_t validation_photos; /* at most so many photographs are compared, taken evenly
                               * from the people; default 2000 */

    size_t save_epochs;  /* (free) a checkpoint every so many epochs; default 1, 0: none */
    size_t save_steps;   /* (free) and every so many steps; default 0: none */
    double save_seconds; /* (free) and at the first step so long after the last one; default
                          * 600, 0: none */
    size_t ahead;        /* (free) batches that are decoded ahead; default 3 */

    const lk_trainer_parallel *parallel; /* (free) default NULL: one process */

    /* How the photographs were cut out, which the weights say further (traits.h): */
    size_t face_margin;  /* pixels of a face, default 0 */
    lk_align face_align; /* default LK_ALIGN_NONE; others have no margin */
    uint32_t reserved;

    lk_precision precision; /* LK_PRECISION_BF16: convolutions multiply bf16 in all directions;
                             * weights, moments, activations and sums stay float32. Default f32.
                             * No auto; lk_precision_resolve says whether the processor has it */
} lk_trainer_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_trainer_options_table(void);
static inline void lk_trainer_options_init(lk_trainer_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    options->triplet.struct_size = sizeof options->triplet;
    options->arcface.struct_size = sizeof options->arcface;
    options->sampler.struct_size = sizeof options->sampler;
    options->augment.struct_size = sizeof options->augment;
    options->image.struct_size = sizeof options->image;
    options->optimizer.struct_size = sizeof options->optimizer;
    options->schedule.struct_size = sizeof options->schedule;
    lk_options_defaults(lk_trainer_options_table(), options);
}

/* ---- What happened ------------------------------------------------------- */

/* One step. Everything in it is continued bit for bit by a resumed run. */
typedef struct lk_trainer_step_record {
    uint64_t step;        /* from 1: the step that was just done */
    double loss;          /* of the batch, before the update; NaN where the miner found no
                           * triplet (terms 0) */
    double active;        /* share of the triplets that still cost (semi-hard: of the pairs of
                           * anchor and positive that found a triplet), or of the rows that are
                           * not their person's (softmax, ArcFace): lk_loss.active */
    double terms;         /* triplets, or rows */
    double spread;        /* of the batch's unit embeddings, lk_stats_spread: 0 to 1 */
    double rate;          /* learning rate */
    double gradient_norm; /* of all gradients, before clipping */
} lk_trainer_step_record;

/* Verification on the people who were held out: every pair of their photographs,
 * unaugmented, in inference mode. */
typedef struct lk_trainer_epoch_record {
    uint64_t epoch;           /* whole epochs done */
    uint64_t step;            /* steps done; 0: before the first. A run that `steps` ends inside
                               * an epoch has a last record there */
    double loss;              /* mean over the last steps, as many as an epoch has, of those that
                               * have a loss; NaN: none has. 0 before the first step */
    double auc;               /* area under the ROC curve; 0.5 is chance */
    double eer;               /* equal error rate; 0.5 is chance */
    double tar;               /* true accept rate at a false accept rate of 1e-3 */
    double far_floor;         /* 1 / different_pairs: a smaller rate cannot be seen. Above 1e-3,
                               * `tar` says how many pass when no different pair does */
    double tar_floor;         /* true accept rate at far_floor */
    double spread;            /* of the validation embeddings */
    uint64_t same_pairs;      /* 0: no validation, and the figures above are 0 */
    uint64_t different_pairs; /* 0: no validation */
    bool best;                /* the best so far: highest AUC, then lowest EER; without
                               * validation the lowest training loss. Never where `loss` is NaN */
    double seconds;           /* the epoch took, with its validation (not bit for bit) */
} lk_trainer_epoch_record;

/* Borrowed until the next call on the trainer (or until the run is closed). */
typedef struct lk_trainer_history {
    const lk_trainer_step_record *steps;
    size_t step_count;
    const lk_trainer_epoch_record *epochs;
    size_t epoch_count;
} lk_trainer_history;

/* What goes wrong without an error. An alarm stays as long as its reason. */
typedef enum lk_trainer_alarm {
    LK_TRAINER_NO_ALARM = 0,
    LK_TRAINER_COLLAPSED = 1, /* for 20 steps all faces got nearly the same embedding: spread
                               * below 0.01, and the triplet loss within a tenth of the margin
                               * (soft: of ln 2), where it is stuck, or no triplet mined */
    LK_TRAINER_IDLE = 2       /* in a whole epoch, and since, no triplet was mined */
} lk_trainer_alarm;

typedef enum lk_trainer_event {
    LK_TRAINER_STEPPED = 0,   /* after every step */
    LK_TRAINER_VALIDATED = 1, /* after every record of an epoch: with validation one comes before
                               * the first step */
    LK_TRAINER_SAVED = 2      /* after a checkpoint */
} lk_trainer_event;

typedef struct lk_trainer_progress {
    lk_trainer_event event;
    lk_trainer_step_record step;  /* the last one; all zero before the first */
    lk_trainer_epoch_record last; /* of the last validation; meaningful if epoch_count > 0 */
    size_t epoch_count;           /* records so far */
    uint64_t epoch;               /* epochs done */
    uint64_t epoch_step;          /* steps done in the epoch that is under way */
    uint64_t steps_per_epoch;
    uint64_t total_steps;     /* at which the run ends */
    double images_per_second; /* of the last steps, waiting for photographs included */
    double seconds_left;      /* an estimate; 0 before the first step */
    double seconds;           /* spent on this run, all sessions together */
    size_t bad_photos;        /* see lk_trainer_bad_photo */
    lk_trainer_alarm alarm;
    const char *alarm_text; /* one sentence: what happened and what to do; NULL without alarm */
} lk_trainer_progress;

/* Returns false to ask the run to stop. May call any function below that takes a
 * const trainer. */
typedef bool (*lk_trainer_progress_fn)(void *user, const lk_trainer_progress *progress);

/* ---- The trainer --------------------------------------------------------- */

typedef struct lk_trainer lk_trainer;

/* Prepares a run on paths[path_count]: folders of face crops, a folder per person
 * (lk_file_list_create, lk_people_create). What is missing of them, LK_SKIP_UNREADABLE
 * and LK_SKIP_UNSUPPORTED, counts as photographs that could not be read. People with one
 * photograph, and people of whom no photograph can be read, are left out and named in a note; the
 * others are cut into training and validation. (One readable photograph a person is decoded for
 * that; a resumed run leaves out whom it left out when it began.) Random weights: convolutions
 * normal with variance 2 / (out * kh * kw) (He et al. 2015, fan-out), the last linear layer,
 * "logits" and centres normal with variance 1 / in, batch norm 1 and 0, biases 0; each tensor from
 * a stream of its own name. Ownership: *out is the caller's, lk_trainer_destroy releases it.
 * Errors: LK_ERROR_ARGUMENT (an option out of its range; a run directory that holds
 * a checkpoint already), LK_ERROR_BUSY (another process is training in that
 * directory), LK_ERROR_MISSING (no photographs, too few people, a tensor
 * that `init` lacks), LK_ERROR_IO, LK_ERROR_SHAPE, LK_ERROR_MEMORY, those of
 * lk_tensors_open and of the options' own modules. Threads: any. */
LK_API LK_MUST_USE lk_status lk_trainer_create(lk_trainer **out, const char *const *paths,
                                               size_t path_count,
                                               const lk_trainer_options *options);
LK_API void lk_trainer_destroy(lk_trainer *trainer);

/* Continues from run/checkpoint.safetensors. `paths` NULL: those of the run (as they
 * were given then); others are fine as long as they lead to the same photographs of the
 * same people: folder and file names are compared, not what is above them. `options`
 * NULL: those of the run; otherwise options->run is not looked at, (free) ones are
 * taken, and any other that differs is refused.
 * Errors: LK_ERROR_MISSING (no checkpoint there), LK_ERROR_BUSY (as above),
 * LK_ERROR_ARGUMENT (an option that
 * differs: the text names it, what the run has and what was asked for; photographs
 * that differ), LK_ERROR_FORMAT (not a checkpoint of a trainer), and those of
 * lk_trainer_create. Threads: any. */
LK_API LK_MUST_USE lk_status lk_trainer_resume(lk_trainer **out, const char *main_run,
                                               const char *const *paths, size_t path_count,
                                               const lk_trainer_options *options);

/* Steps until the options' epochs or steps are done; validates before the first step,
 * after every epoch and where `steps` ends the run inside one, writes checkpoints and
 * weights as asked. `progress` NULL: not wanted. A run that is done already does nothing.
 * Errors: LK_ERROR_CANCELLED (`progress` asked to stop: the checkpoint and last.* have
 * been written first), LK_ERROR_NUMBER (a NaN or infinity in the loss, a gradient or a
 * weight: the text names the step; the last checkpoint stays. Or the run came to its end
 * and no step had a triplet: everything has been written), LK_ERROR_IO (the disk
 * is full: the old checkpoint stays), LK_ERROR_FORMAT (a person none of whose
 * photographs can be read any more), LK_ERROR_MEMORY, LK_ERROR_INTERNAL. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_trainer_run(lk_trainer *trainer, lk_trainer_progress_fn progress,
                                            void *user);

/* One step, without validation or files, for loops of one's own. *record (NULL: not
 * wanted). After a step that failed the trainer neither steps nor saves again: what it
 * holds may be half a step; resume it. Errors: those of lk_trainer_run. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_trainer_step(lk_trainer *trainer, lk_trainer_step_record *record);

/* Validates the weights as they are; the history stays as it is. Errors:
 * LK_ERROR_MISSING (nobody was held out; no pair of readable photographs),
 * LK_ERROR_NUMBER, LK_ERROR_MEMORY. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_trainer_validate(lk_trainer *trainer,
                                                 lk_trainer_epoch_record *record);

/* Writes the checkpoint and last.*, each whole or not at all. Errors:
 * LK_ERROR_ARGUMENT (no run directory), LK_ERROR_IO, LK_ERROR_NUMBER (a weight is not
 * finite: nothing is written), LK_ERROR_MEMORY. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_trainer_save(lk_trainer *trainer);

/* The network's weights under their published names, averaged ones under `average`;
 * with "logits" under LK_TRAINER_SOFTMAX. The caller closes *out. Takes what
 * lk_embedder_create_from and lk_tensors_write_* take. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_trainer_weights(const lk_trainer *trainer, lk_tensors **out);

/* What a run is made of. */
typedef struct lk_trainer_summary {
    size_t people, photos;                       /* in training */
    size_t validation_people, validation_photos; /* 0: no validation */
    size_t left_out;               /* people with too few photographs, or none that can be read */
    size_t steps_per_epoch, batch; /* batch: P*K images */
    uint64_t parameters;           /* numbers that learn */
    uint64_t frozen_parameters;    /* numbers that do not, running statistics apart */
    uint64_t bytes;                /* of the network in training, lk_nn_train_bytes */
    uint64_t steps_done;           /* when it was created or resumed, or since */
} lk_trainer_summary;

/* Threads: one at a time. */
LK_API void lk_trainer_summarise(const lk_trainer *trainer, lk_trainer_summary *out);
LK_API lk_trainer_history lk_trainer_get_history(const lk_trainer *trainer);
/* The options in force, with every default filled in; borrowed. The struct is the
 * library's own: lk_option_get reads it by name whichever version the program was
 * compiled for. Threads: one at a time. */
LK_API const lk_trainer_options *lk_trainer_get_options(const lk_trainer *trainer);

/* What the user should know, a line each: people left out; a resumed run with another
 * number of threads. NULL when `index` is not below the count. Borrowed. Threads: one at a time. */
LK_API size_t lk_trainer_note_count(const lk_trainer *trainer);
LK_API const char *lk_trainer_note(const lk_trainer *trainer, size_t index);
/* Photographs that could not be read since the trainer was made, each once: the
 * reason, beginning with the path. Borrowed. Threads: one at a time. */
LK_API size_t lk_trainer_bad_photo_count(const lk_trainer *trainer);
LK_API const char *lk_trainer_bad_photo(const lk_trainer *trainer, size_t index);

/* ---- A run on the disk --------------------------------------------------- */

/* What a run's checkpoint says, without its network: for resuming with other (free)
 * options, and for reports. */
typedef struct lk_trainer_saved lk_trainer_saved;

/* Errors: LK_ERROR_MISSING (no checkpoint there), LK_ERROR_FORMAT, LK_ERROR_IO,
 * LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_trainer_saved_open(lk_trainer_saved **out, const char *run);
LK_API void lk_trainer_saved_close(lk_trainer_saved *saved);
/* All borrowed. Threads: any. */
LK_API const lk_trainer_options *lk_trainer_saved_options(const lk_trainer_saved *saved);
LK_API const char *const *lk_trainer_saved_paths(const lk_trainer_saved *saved, size_t *count);
LK_API lk_trainer_history lk_trainer_saved_history(const lk_trainer_saved *saved);

#ifdef __cplusplus
}
#endif

#endif

/* trainer.h: the inside of the training loop, shared by its files:
 *   trainer.c           making, resuming and releasing a trainer; what it tells
 *   trainer_options.c   defaults, checks, copies, comparing
 *   trainer_state.c     options and position as JSON
 *   trainer_data.c      people, split, loader
 *   trainer_readable.c  who has a photograph that can be read
 *   trainer_network.c   the network, its tensors, their first values
 *   trainer_head.c      the losses, and the layers that only they have
 *   trainer_step.c      one step
 *   trainer_validate.c  verification on people who were held out
 *   trainer_save.c      checkpoints and exported weights
 *   trainer_saved.c     a run on the disk without its network
 *   trainer_schedule.c  the learning rates, and the copy of their file
 *   trainer_run.c       the loop, progress, alarms */
#ifndef LK_TRAIN_TRAINER_H
#define LK_TRAIN_TRAINER_H

#include <likeness/files.h>
#include <likeness/trainer.h>

#include "nn/train/train.h"

/* Which photographs per run is about: folder and file names, nothing above them. */
typedef struct lk_trainer_data_id {
    uint64_t people, photos, fingerprint;
} lk_trainer_data_id;

/* What a checkpoint says beside its tensors. Owns every string. */
struct lk_trainer_saved {
    lk_trainer_options options;
    char **paths;
    size_t path_count;
    lk_trainer_data_id data;
    uint64_t threads;
    uint64_t step;      /* steps done */
    double seconds;     /* spent so far */
    size_t *unreadable; /* those without a readable photograph, in ascending order, among
                         * the people with two photographs or more */
    size_t unreadable_count;
    bool unreadable_known; /* false: a checkpoint of an earlier version */
    char *schedule;        /* the text of LK_SCHEDULE_FILE's file */
    lk_trainer_step_record *steps;
    size_t step_count, step_capacity;
    lk_trainer_epoch_record *epochs;
    size_t epoch_count, epoch_capacity;
    lk_tensors *tensors; /* the open file; NULL in a trainer that runs */
};

/* A tensor of the run: the network's, a slot of the pass, or the head's own. */
typedef struct lk_trainer_tensor {
    const char *name;
    float *value, *gradient; /* gradient NULL: does not learn */
    float *average;          /* NULL without averaging */
    size_t count;            /* as it lies in memory */
    size_t plain, rank, shape[4];
    size_t slot;      /* SIZE_MAX: the head's, which lies as it is published */
    size_t parameter; /* of the optimiser; SIZE_MAX when it does not learn */
} lk_trainer_tensor;

/* What the losses add: "logits" of softmax, centres of ArcFace. */
typedef struct lk_trainer_head {
    size_t classes;
    float *weight, *bias, *weight_gradient, *bias_gradient;
} lk_trainer_head;

typedef struct lk_trainer_texts {
    char **items;
    size_t count, capacity;
} lk_trainer_texts;

enum { LK_TRAINER_RECENT = 16, LK_TRAINER_ALARM_STEPS = 20 };

struct lk_trainer {
    lk_trainer_saved run;
    lk_trainer_parallel parallel; /* ranks 1, rank 0 without one */
    size_t width, first, rows;    /* width of a row; rows [first, first + rows) are ours */
    size_t batch, steps_per_epoch;

    lk_people *people, *validation;
    size_t left_out;
    size_t *chosen, *chosen_person, chosen_count; /* validation's photographs */
    lk_loader *loader;
    lk_schedule *schedule;

    lk_nn_model *model;
    lk_nn_train *pass;
    lk_trainer_head head;
    lk_trainer_tensor *tensors;
    size_t tensor_count;
    lk_optimizer *optimizer;
    float **gradients; /* of the tensors that learn, for clipping */
    size_t *gradient_sizes, gradient_count;
    float *plain; /* room for the largest tensor as published */

    size_t *person, *photo;       /* [batch], of the whole batch */
    float *mine;                  /* [rows, width] output of the network */
    float *all, *output_gradient; /* [batch, width] output, dL/doutput */
    double *wide;                 /* [batch, width], for working */

    lk_trainer_texts notes, bad;
    lk_lock *lock;                    /* of the run's directory; NULL: not ours to write */
    bool stands;                      /* a checkpoint on the disk is this run's own */
    bool failed;                      /* in a step: what is here may be half of one */
    bool on_disk;                     /* the checkpoint is of this step */
    double recent[LK_TRAINER_RECENT]; /* seconds of the last steps, a ring */
    size_t recent_count;
    double validation_seconds, last_saved, epoch_began;
};

/* ---- options, state ---- */

/* Refuses batches that are too small for the loss, or cannot be shared out. */
LK_MUST_USE lk_status lk_trainer_check_batch(const lk_trainer_options *options);
/* Copies a caller's options, refuses what is out of its range, too. Strings stay the
 * caller's. */
LK_MUST_USE lk_status lk_trainer_take_options(lk_trainer_options *out,
                                              const lk_trainer_options *given);
/* *out = from with its own strings. Without `run`: that is NULL. */
LK_MUST_USE lk_status lk_trainer_copy_options(lk_trainer_options *out,
                                              const lk_trainer_options *from);
void lk_trainer_clear_options(lk_trainer_options *options);
/* Takes the free options of `from` over; refuses others that differ. */
LK_MUST_USE lk_status lk_trainer_merge_options(lk_trainer_options *options,
                                               const lk_trainer_options *from);
LK_MUST_USE lk_status lk_trainer_copy_paths(lk_trainer_saved *saved, const char *const *paths,
                                            size_t count);
/* *text is the caller's. */
LK_MUST_USE lk_status lk_trainer_write_state(char **text, const lk_trainer_saved *saved);
/* `path` is for messages. */
LK_MUST_USE lk_status lk_trainer_read_state(lk_trainer_saved *saved, const char *text,
                                            const char *path);

/* ---- a run on the disk ---- */

/* "RUN/NAME", the caller's. */
LK_MUST_USE lk_status lk_trainer_path(char **out, const char *run, const char *name);
LK_MUST_USE lk_status lk_trainer_add_history(lk_tensors *tensors, const lk_trainer_saved *saved);
LK_MUST_USE lk_status lk_trainer_append_step(lk_trainer_saved *saved,
                                             const lk_trainer_step_record *record);
LK_MUST_USE lk_status lk_trainer_append_epoch(lk_trainer_saved *saved,
                                              const lk_trainer_epoch_record *record);
void lk_trainer_clear_saved(lk_trainer_saved *saved);

LK_MUST_USE lk_status lk_trainer_read_schedule(lk_trainer_saved *saved);
LK_MUST_USE lk_status lk_trainer_add_schedule(lk_tensors *tensors, const lk_trainer_saved *saved);

/* ---- parts of a trainer ---- */

LK_MUST_USE lk_status lk_trainer_open_schedule(lk_trainer *trainer);
/* RUN/schedule.txt, or none. */
LK_MUST_USE lk_status lk_trainer_copy_schedule(const lk_trainer *trainer);

LK_MUST_USE lk_status lk_trainer_append_text(lk_trainer_texts *list, const char *text);
void lk_trainer_clear_texts(lk_trainer_texts *list);
/* Leaves out, and names, the people none of whose photographs can be read. */
LK_MUST_USE lk_status lk_trainer_leave_unreadable(lk_people **out, lk_trainer *trainer,
                                                  const lk_people *people);
/* People, split, fingerprint, validation's photographs. */
LK_MUST_USE lk_status lk_trainer_open_people(lk_trainer *trainer, lk_trainer_data_id *id);
LK_MUST_USE lk_status lk_trainer_open_loader(lk_trainer *trainer);
lk_position lk_trainer_position(const lk_trainer *trainer);

/* From random numbers, options.init, or (not NULL) a checkpoint. */
LK_MUST_USE lk_status lk_trainer_make_network(lk_trainer *trainer, lk_tensors *checkpoint);
double lk_trainer_round_width(double width);
/* A tensor's first value when no file gives it. */
void lk_trainer_random_tensor(float *out, const char *name, const size_t *shape, size_t rank,
                              double deviation, uint64_t seed);
LK_MUST_USE lk_status lk_trainer_read_plain(const lk_trainer *trainer,
                                            const lk_trainer_tensor *tensor, float *plain,
                                            const float *numbers);
LK_MUST_USE lk_status lk_trainer_load_moments(lk_trainer *trainer, const lk_tensors *checkpoint);
LK_MUST_USE lk_status lk_trainer_load_averages(lk_trainer *trainer, const lk_tensors *checkpoint);

LK_MUST_USE lk_status lk_trainer_make_head(lk_trainer *trainer, const lk_tensors *checkpoint);
void lk_trainer_clear_head(lk_trainer_head *head);
/* The loss of the whole batch `all`, its gradient at the embeddings, the head's gradients. */
LK_MUST_USE lk_status lk_trainer_loss_of(lk_trainer *trainer, lk_loss *loss);

LK_MUST_USE lk_status lk_trainer_write_best(const lk_trainer *trainer);

#endif

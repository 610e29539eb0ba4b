/* likeness/report.h: self-contained HTML pages.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_REPORT_H
#define LIKENESS_REPORT_H

#include <likeness/base.h>
#include <likeness/image.h>
#include <likeness/stats.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A name and a value for a page's table of settings. */
typedef struct lk_report_note {
    const char *name, *value;
} lk_report_note;

/* One photograph of a lesson. Everything is borrowed for the call. */
typedef struct lk_lesson_image {
    const char *path;       /* as the user named it; never NULL */
    const char *label;      /* the person; NULL or "" for none (groups need none) */
    lk_status status;       /* LK_OK: it has a crop and an embedding */
    const char *problem;    /* why not, one line, when status is not LK_OK; or NULL */
    size_t width, height;   /* of the photograph, in pixels; 0: not known */
    lk_image photo;         /* the photograph or a smaller copy; rgb NULL: none */
    lk_image crop;          /* the face as it went into the network; rgb NULL: none */
    float probability;      /* of the detector, 0-1; below 0: not known */
    float box[4];           /* x1, y1, x2, y2 in pixels of the photograph */
    const float *embedding; /* [embedding_size]; NULL when status is not LK_OK */
} lk_lesson_image;

/* A group of photographs to be compared with the other groups. */
typedef struct lk_lesson_group {
    const char *name;
    const lk_lesson_image *images;
    size_t count;
} lk_lesson_group;

/* A stage of the run and how long it took. */
typedef struct lk_lesson_timing {
    const char *name; /* such as "detect" */
    double seconds;
} lk_lesson_timing;

/* How to do a step of the lesson by hand. */
typedef struct lk_lesson_command {
    const char *section; /* the id of the section that shows it: "crop", "embedding", "pca",
                            "unlock", "matrix", "spread", "threshold", "models" */
    const char *command; /* a line for a shell, shown as it is: paths are the caller's care */
} lk_lesson_command;

/* The same photographs under another model, which has faces cut out in its own way. */
typedef struct lk_lesson_model {
    const char *weights;       /* name or file; never NULL */
    const char *weights_about; /* one sentence: what they were trained on */
    const char *faces;         /* a few words: what its faces are cut out by; NULL: their boxes */
    const lk_lesson_image *people; /* [people_count of the lesson] */
    const lk_lesson_group *groups; /* [group_count of the lesson] */
    size_t size, margin;           /* of the groups' crops */
    size_t embedding_size;         /* numbers an embedding has */
    lk_metric metric;              /* of the threshold; rows that are compared by the
                                      cosine have been brought to length 1 */
    double threshold;              /* from which on two faces usually are taken for two
                                      people; 0: none is known */
    const char *threshold_source;  /* who says so, in words */
} lk_lesson_model;

/* Everything a lesson page is made of. lk_lesson_init fills in zeros and the
 * tutorial's settings; any string may be NULL (not shown then) unless it says
 * otherwise. Strings are UTF-8 and may be hostile: they are escaped. */
typedef struct lk_lesson {
    const char *title;    /* NULL: "Recognising faces" */
    const char *language; /* of the page: "en" or "de"; NULL, or another: "en" */

    const lk_lesson_image *people;     /* in the order shown; persons by label */
    size_t people_count;               /* 0: the page explains what is missing */
    size_t people_size, people_margin; /* of the crops: 256, 32 */

    const lk_lesson_group *groups;
    size_t group_count;              /* 0: the page explains what is missing */
    size_t group_size, group_margin; /* of the crops: 150, 32 */

    size_t embedding_size; /* numbers an embedding has: 512 */

    /* The photographs are the tutorial's own: the page names who is on them, and where they
     * come from. */
    bool tutorial_people, tutorial_groups;

    const char *weights;               /* the network's weights: name or file */
    const char *weights_about;         /* one sentence: what they were trained on */
    const char *weights_how;           /* one sentence: what they were trained to do; NULL: not
                                          known, and the page claims nothing */
    const char *detector;              /* "mtcnn", a folder, or how boxes were got */
    const char *warning;               /* shown at the top, in the user's words */
    const char *compat;                /* "facenet-pytorch" or NULL */
    const char *command;               /* the command line that made the page */
    const lk_lesson_command *commands; /* of the single steps, in order */
    size_t command_count;
    const char *device; /* "cpu" */
    const char *date;   /* when, as the caller likes it; NULL keeps the page
                           the same from run to run */
    uint64_t seed;
    size_t threads; /* 0: lk_threads_get() */

    const lk_report_note *settings; /* further settings, in order */
    size_t setting_count;
    const lk_report_note *versions; /* of libraries; ours is added */
    size_t version_count;
    const lk_lesson_timing *timings;
    size_t timing_count;

    /* What the lesson's own model is like, as of lk_lesson_model, and the other models. */
    const char *faces;
    lk_metric metric;
    double threshold;
    const char *threshold_source;
    const lk_lesson_model *models;
    size_t model_count;         /* 0: the page says how to ask another model */
    const char *const *remarks; /* sentences shown at the top, such as: made-up weights, true boxes
                                 * instead of a detector; those of the program itself in the
                                 * page's language */
    size_t remark_count;
    bool squeezed; /* landmarks of faces at the border lie beside them */
} lk_lesson;

/* Threads: any. */
LK_API void lk_lesson_init(lk_lesson *lesson);

/* The main numbers of a lesson, for a program to print. */
typedef struct lk_lesson_summary {
    size_t people_embedded; /* photographs of people with an embedding */
    size_t person_count;    /* different labels among them */
    size_t nearest_tried;   /* of them, those with another photo of their person */
    size_t nearest_same;    /* whose nearest other photo is of the same person */
    double silhouette;      /* mean over photos, -1 to 1; NaN when undefined */
    lk_wss *groups;         /* in: room for [group_count], or NULL; out: filled */
    lk_wss *models;         /* the same under each other model, [model_count, group_count] */
} lk_lesson_summary;

/* Writes DIRECTORY/lesson.html, one page with everything inside (no network, and one
 * script, by which questions, figures and thresholds can be tried; all is there to be read
 * and printed without it), and DIRECTORY/lesson.json with every number; creates the directory.
 * Images without an embedding are named on the page with their problem; too few
 * people or groups become an explanation on the page, not an error.
 * summary may be NULL. Ownership: nothing is kept.
 * Errors: LK_ERROR_ARGUMENT (a status of LK_OK without an embedding, a NULL
 * path), LK_ERROR_NUMBER (an embedding with NaN or infinity, naming its path),
 * LK_ERROR_IO, LK_ERROR_MEMORY, LK_ERROR_BUSY (somebody else has had the directory
 * locked for a minute). Each file appears whole or not at all, and both are of one
 * call, also where several processes write to one directory. Threads: any. */
LK_API LK_MUST_USE lk_status lk_report_lesson(const lk_lesson *lesson, const char *directory,
                                              lk_lesson_summary *summary);

/* ---- What a class answered ----------------------------------------------- */

/* What one student saved from a lesson's page: NAME.answers.json. */
typedef struct lk_answers lk_answers;

/* Reads one file, which may be hostile. Ownership: lk_answers_destroy releases *out. Errors:
 * LK_ERROR_IO, LK_ERROR_FORMAT (no such file of answers, or one of another version),
 * LK_ERROR_LIMIT (more than 8 MB, or 1000 answers), LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_answers_read(lk_answers **out, const char *path);
LK_API void lk_answers_destroy(lk_answers *answers);

/* The main numbers of a class, for a program to print. */
typedef struct lk_class_summary {
    size_t students;
    size_t questions;    /* of those with a right answer: how many anybody answered */
    size_t given, right; /* answers to them, of all students */
    size_t pages;        /* different lessons that the answers belong to */
} lk_class_summary;

/* Writes DIRECTORY/class.html, one page with everything inside (no network, no scripts): who
 * answered what, scores, answers by question, feedback by section; and
 * DIRECTORY/class.json with the numbers. named: with the names that the students gave;
 * else they are "Student 1" and so on, in an order that does not follow the files, also in
 * the numbers. What students wrote is shown as they wrote it. language: as of
 * lk_lesson. summary may be NULL.
 * Ownership: nothing is kept. Errors: LK_ERROR_ARGUMENT (no answers), LK_ERROR_IO,
 * LK_ERROR_MEMORY, LK_ERROR_BUSY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_report_class(const lk_answers *const *answers, size_t count,
                                             bool named, const char *language,
                                             const char *directory, lk_class_summary *summary);

/* ---- The page of a training run ------------------------------------------ */

typedef enum lk_training_state {
    LK_TRAINING_RUNNING = 0,
    LK_TRAINING_FINISHED = 1,
    LK_TRAINING_STOPPED = 2 /* before its planned end */
} lk_training_state;

/* One update of the weights. A number that was not measured is NaN: curves have
 * a gap there, tables a dash. */
typedef struct lk_training_step {
    size_t step;         /* from 1 */
    double epoch;        /* epochs done with this step: 3.5 in the middle of the 4th */
    double loss;         /* of the batch */
    double active_share; /* of its triplets (or rows) that still cost, 0-1 */
    double spread;       /* of its embeddings, see lk_stats_spread */
    double learning_rate;
    double gradient_norm; /* of all gradients together, before clipping */
    double images_per_second;
} lk_training_step;

/* One pass over the training photographs, and the validation after it. */
typedef struct lk_training_epoch {
    double epoch; /* from 1; 0: a validation before the first step; 2.5: the run ended
                   * inside the third */
    double auc;   /* of pairs of people who are not in training, 0-1 */
    double eer;   /* 0-1 */
    double tar;   /* 0-1, at a false accept rate of `far` at most */
    double far;
    double spread;    /* of the validation's embeddings */
    double mean_loss; /* over the epoch's steps */
    double seconds;
} lk_training_epoch;

/* Something that the reader must know, such as a collapse. */
typedef struct lk_training_alarm {
    size_t step;      /* 0: not at a step */
    const char *text; /* a sentence in plain words */
} lk_training_alarm;

/* All that a training run's page shows. lk_training_init fills in zeros and NaN.
 * Everything is borrowed for the call; strings are UTF-8, may be NULL (not shown
 * then) and may be hostile: they are escaped. */
typedef struct lk_training {
    const char *title; /* NULL: "Training" */
    lk_training_state state;
    const char *state_about; /* a sentence more, such as why it was stopped */
    const char *loss_name;   /* such as "triplet, batch-hard"; NULL: "loss" */
    const char *date;        /* when the page was written, as the caller likes it */
    size_t people, photos;   /* in training */
    size_t validation_people, validation_photos;
    size_t epochs_planned;  /* 0: not known */
    double seconds_left;    /* NaN: not known */
    double collapsed_loss;  /* the loss when all embeddings lie in one point: the
                               margin, or ln 2 with the soft margin; NaN: none */
    double best_epoch;      /* as in epochs[].epoch; 0: none yet */
    const char *best_about; /* what best means and where it is kept */
    const lk_training_step *steps;
    size_t step_count; /* in the order of their epochs */
    const lk_training_epoch *epochs;
    size_t epoch_count;
    const lk_training_alarm *alarms;
    size_t alarm_count;            /* the latest last */
    const char *const *bad_photos; /* paths and reasons of those left out */
    size_t bad_photo_count;
    const lk_report_note *settings;
    size_t setting_count;
} lk_training;

/* Threads: any. */
LK_API void lk_training_init(lk_training *training);

/* Writes the run's page, one HTML file with everything inside (no network, no
 * scripts). While the run is LK_TRAINING_RUNNING the page asks the browser to
 * load it again every 15 seconds. Takes some milliseconds for 1,000 steps, far
 * below a second for 100,000: meant to be called again and again; a reader never
 * sees half a page. Ownership: nothing is kept.
 * Errors: LK_ERROR_ARGUMENT (NULL arrays), LK_ERROR_LIMIT (more than 2^24
 * steps), LK_ERROR_IO, LK_ERROR_MEMORY. Threads: any; of one path one at a time. */
LK_API LK_MUST_USE lk_status lk_training_page_write(const char *path, const lk_training *training);

#ifdef __cplusplus
}
#endif

#endif

/* The data of a lesson: photographs of people, groups of photographs, their
 * faces and embeddings. */
#ifndef LK_CLI_LESSON_H
#define LK_CLI_LESSON_H

#include "network.h"
#include "photos.h"

/* The tutorial's crops. */
enum {
    LESSON_PEOPLE_SIZE = 256,
    LESSON_GROUP_SIZE = 150,
    LESSON_MARGIN = 32,
    LESSON_MOST_GROUPS = 64,
    LESSON_TIMINGS = 4,
    LESSON_PHOTO_SIDE = 320 /* larger photographs are shrunk for the page */
};

/* One collection: the people, or a group. */
typedef struct cli_lesson_set {
    const char *name;
    char *pattern; /* the folder or pattern that named the photographs; NULL: none */
    cli_inputs inputs;
    lk_lesson_image *images; /* [inputs.count] */
    char **problems;         /* [inputs.count] what images[i].problem points to; NULL: looked at
                                again */
    const struct cli_lesson_set *first; /* what is looked at again, or NULL */
    bool borrowed;                      /* the crops are another model's */
    float *rows;                        /* the embeddings of those that have a face */
} cli_lesson_set;

/* What padding would change where faces at the border were squeezed. */
typedef struct cli_lesson_border {
    size_t faces;  /* found either way; 0: not looked at */
    size_t moved;  /* of those, by more than a tenth of their side */
    double median; /* how far, in parts of the side */
} cli_lesson_border;

typedef struct cli_lesson {
    size_t size;       /* of all crops; 0: as the model says, or the tutorial */
    lk_pillow resize;  /* with resize_given */
    bool resize_given; /* else as the model says */
    size_t people_size, people_margin, group_size, group_margin; /* of the crops */
    lk_align align;
    const char *precision; /* that the network ran in */
    lk_metric metric;      /* of the rows, which for the cosine are brought to length 1 */
    size_t width;          /* numbers of a row; with what stands above known once it has run */
    double threshold;      /* the model's usual one, of the distance by its metric; 0: none known */
    char *threshold_source; /* who says so; or NULL */
    lk_label_rule label;
    cli_lesson_set people;
    cli_lesson_set groups[LESSON_MOST_GROUPS];
    size_t group_count;
    const struct cli_lesson *first, *before;  /* of a model that comes later: the lesson's, and the
                                                 one before it; else NULL */
    lk_lesson_timing timings[LESSON_TIMINGS]; /* the last: of the other models */
    size_t failed;
    cli_lesson_border border;
} cli_lesson;

/* Adds a group from NAME and a pattern; reports a problem and returns an exit
 * status. */
int cli_lesson_add_group(cli_lesson *lesson, const char *name, const char *pattern);

/* Reads, detects, crops and embeds everything that was added. */
int cli_lesson_run(cli_lesson *lesson, const cli_detect_options *detect,
                   const cli_network_options *network);
void cli_lesson_clear(cli_lesson *lesson);

/* Makes `out` look at the photographs of `first`, which has run, again: under another model.
 * `before`: the model that ran last. cli_lesson_run then borrows the crops of an earlier one
 * that has the same, and says nothing again; cli_lesson_clear leaves the inputs to `first`. */
void cli_lesson_begin_again(cli_lesson *out, const cli_lesson *first, const cli_lesson *before);

/* Where the detector squeezes, looks for all faces again, padded, and fills in
 * lesson->border. Returns an exit status. */
int cli_lesson_compare_border(cli_lesson *lesson, const cli_detect_options *options);

#endif

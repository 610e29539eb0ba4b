/* From files to faces: read, detect, cut out, on all threads. */
#ifndef LK_CLI_PHOTOS_H
#define LK_CLI_PHOTOS_H

#include "boxes.h"
#include "inputs.h"

enum { CLI_MOST_BOXES = 64 };

/* The model of the store that brings what LK_ALIGN_DLIB needs. */
#define CLI_PREDICTOR "dlib"

/* The options about reading and detecting; cli_detect_argp fills them in. */
typedef struct cli_detect_options {
    const char *detector;              /* "mtcnn" or a folder */
    const char *boxes[CLI_MOST_BOXES]; /* files of known boxes, in a detector's place */
    size_t box_count;
    lk_detector_options mtcnn;
    lk_image_options image;
    bool facenet;      /* --compat facenet-pytorch */
    bool compat_given; /* --compat was named */
    bool border_given; /* --border was, which --compat then leaves alone */
    bool keep_all;
} cli_detect_options;

extern const struct argp cli_detect_argp;

/* The options as they are where none was given. */
void cli_detect_init(cli_detect_options *options);

/* Behave as facenet-pytorch does, or not. */
void cli_detect_set_facenet(cli_detect_options *options, bool facenet);

/* A selection by the name that --selection takes, and what --border takes. */
const char *cli_selection_name(lk_selection selection);
const char *cli_border_name(lk_border border);

/* Parses --size, --margin and --resize of a crop; its input is an lk_extract_options. */
extern const struct argp cli_crop_argp;

/* An alignment by the name that --align takes. */
const char *cli_align_name(lk_align align);

/* A rule by the name that --resize takes. */
const char *cli_resize_name(lk_pillow version);

/* Where faces come from: a detector, or boxes that are known. */
typedef struct cli_finder {
    lk_detector *detector; /* NULL: `boxes` */
    cli_boxes boxes;
    lk_dlib_predictor *predictor; /* with cli_finder_align alone */
    char *nothing;                /* what to say of a photograph without a face; NULL: the usual */
} cli_finder;

enum { CLI_DETECTOR_FILES = 7 }; /* at most, of a detector */
/* The files of a detector that are there, to be freed each; their number. */
size_t cli_detector_files(char *paths[CLI_DETECTOR_FILES], const char *detector);
/* Whether it is YuNet, which has one threshold and no pyramid. */
bool cli_detector_is_yunet(const char *detector);

/* Loads what the options name. On failure reports it and returns an exit status. */
int cli_finder_load(cli_finder *out, const cli_detect_options *options);
/* Loads what an alignment needs beside it. Likewise. */
int cli_finder_align(cli_finder *finder, lk_align align);
void cli_finder_clear(cli_finder *finder);

/* What became of one file. */
typedef struct cli_photo {
    const lk_file *file;
    size_t index;         /* in the list of files */
    char *problem;        /* NULL, or why the file could not be used */
    lk_status status;     /* LK_OK, or what went wrong */
    size_t width, height; /* of the photograph */
    int orientation;      /* 2 to 8 where it was left on its side, or mirrored */
    lk_image image;       /* with keep_image */
    lk_faces faces;       /* all, or the selected one; empty without a finder */
    size_t found, taken;  /* how many faces there were, and which of them was selected */
    const char *nothing;  /* what to say where there is no face; the finder's */
    lk_image *crops;      /* [crop_count] */
    size_t crop_count;    /* of the faces; without a finder 1: the whole image */
} cli_photo;

/* Called once a file, in their order, by one thread at a time. May take things
 * out of the photo by setting them to zero there; the rest is released. */
typedef void (*cli_photo_fn)(void *user, cli_photo *photo);

typedef struct cli_photo_job {
    const cli_finder *finder; /* NULL: look for no face, crop the whole image */
    const lk_image_options *image;
    bool keep_all;           /* false: only the selected face */
    bool keep_image;         /* hand the photograph on, too */
    bool again;              /* the same files as before: do not count them twice */
    lk_extract_options crop; /* how faces are cut out; size 0: they are not */
    cli_photo_fn done;
    void *user;
    const char *what;          /* for the progress bar; NULL: none */
    size_t done_before, total; /* for the bar, where a job is part of a larger one */
} cli_photo_job;

/* How many photographs of all jobs so far lie on their side, or mirrored, since their
 * orientation was ignored. The first one is warned of. */
size_t cli_photos_turned(void);

/* Runs the job over the files. Stops early after a signal. */
void cli_photos_run(const cli_photo_job *job, const lk_file *files, size_t count);

/* The line about photographs of whose several faces one was taken; 0 says nothing. */
void cli_photos_tell_several(size_t count);

#endif

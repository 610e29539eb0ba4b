/* What enroll, verify and identify share: a gallery, and all that turns photographs into
 * the vectors that it holds. */
#ifndef LK_CLI_KNOWN_H
#define LK_CLI_KNOWN_H

#include "embedding.h"
#include "gallery_file.h"

typedef struct cli_known_options {
    cli_embedding_options how; /* photographs become vectors */
    cli_gallery_options gallery;
    bool json;
} cli_known_options;

/* All of these options but the arguments, which are the command's to take. */
extern const struct argp cli_known_argp;

/* --threshold and --by, of commands that compare. */
typedef struct cli_judge_options {
    double threshold; /* below 0: not given */
    lk_gallery_by by;
} cli_judge_options;

extern const struct argp cli_judge_argp;

/* The models are there, and the gallery and what lies beside it are no other files of the
 * command's. */
int cli_known_check(const cli_known_options *options, const cli_inputs *inputs, bool written);

/* All that is loaded. Zero-initialise. */
typedef struct cli_known {
    const cli_known_options *options;
    cli_finder finder;
    lk_embedder *network;
    lk_gallery *gallery;
    lk_extract_options crop; /* settled */
    lk_gallery_model model;
    char *fingerprint;
    lk_gallery_level levels[LK_GALLERY_LEVELS]; /* what was measured; [level_count] */
    size_t level_count;
} cli_known;

int cli_known_load(cli_known *out, const cli_known_options *options, cli_gallery_use use);
/* The same, to be written, whatever model the gallery is of. */
int cli_known_load_other(cli_known *out, const cli_known_options *options);
void cli_known_clear(cli_known *known);

/* What makes two vectors comparable: the weights, and how faces are cut out for them. The
 * caller frees it. On failure reports it and returns an exit status. */
int cli_known_fingerprint(char **out, const cli_network_options *weights,
                          const lk_embedder *network, const lk_extract_options *crop);

/* What photographs are judged by. */
typedef struct cli_threshold {
    double distance;
    const char *source;            /* "given", "calibrated", "model", or "none": it is NAN */
    const char *words;             /* the same for people */
    const lk_gallery_level *level; /* what was measured of it; NULL: nothing */
} cli_threshold;

/* CLI_USAGE after saying so where nobody knows one. */
int cli_threshold_require(const cli_threshold *threshold, const cli_known *known);
cli_threshold cli_known_threshold(const cli_known *known, const cli_judge_options *judge);
/* Lines of text about it. `faces`: with how many a photograph is compared. */
void cli_known_tell_threshold(const cli_threshold *threshold, size_t faces);

/* A photograph that has been through detector and network. */
typedef struct cli_faced {
    const lk_file *file;
    size_t width, height;
    char *problem;       /* why it could not be used, or NULL */
    const char *nothing; /* what to say where there is no face */
    lk_face *faces;      /* [count] */
    float *rows;         /* [count, width of the model] */
    size_t count, found; /* found: all that there were */
    lk_quality quality;  /* of the face, where one is taken of each; NaN: not known */
} cli_faced;

/* Is handed a few photographs at a time, in order. An exit status of CLI_USAGE or worse
 * stops the run. */
typedef int (*cli_faced_fn)(void *user, cli_faced *photos, size_t count);

/* Stops early after a signal. `all`: all faces of each. Returns the worst exit status. */
int cli_faced_run(const cli_known *known, const lk_file *files, size_t count, bool all,
                  const char *what, cli_faced_fn call, void *user);

#endif

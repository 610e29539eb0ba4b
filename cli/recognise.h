/* Who the faces in photographs are, as identify and watch tell it. */
#ifndef LK_CLI_RECOGNISE_H
#define LK_CLI_RECOGNISE_H

#include "known.h"

typedef struct cli_recognise_person {
    int64_t id;
    char *name;
} cli_recognise_person;

/* Zero-initialise; `options`, `judge` and `top` (people to name of each face) are the
 * caller's to say. */
typedef struct cli_recognise {
    const cli_known_options *options;
    const cli_judge_options *judge;
    size_t top;
    lk_gallery_search search;
    bool times; /* JSON says when */
    cli_known known;
    cli_threshold threshold;
    cli_recognise_person *people; /* in the order of their ids */
    size_t people_count, people_capacity;
    size_t faces, unknown; /* that were told */
} cli_recognise;

/* Loads all that is needed. On failure these report it and return an exit status. */
int cli_recognise_begin(cli_recognise *run);
/* Finds the faces of photographs among the people, and tells of each. */
int cli_recognise_photos(cli_recognise *run, const lk_file *files, size_t count, const char *what);
/* Reads the names anew: others may have changed them meanwhile. */
int cli_recognise_learn(cli_recognise *run);
void cli_recognise_tell_result(const cli_recognise *run);
void cli_recognise_clear(cli_recognise *run);

#endif

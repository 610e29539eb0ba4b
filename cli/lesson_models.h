/* The lesson's photographs under other models than its own. */
#ifndef LK_CLI_LESSON_MODELS_H
#define LK_CLI_LESSON_MODELS_H

#include "lesson.h"

enum { LESSON_MOST_OTHERS = CLI_MOST_WEIGHTS - 1 };

/* What the page is told of them. */
typedef struct cli_lesson_models {
    cli_lesson *others[LESSON_MOST_OTHERS];     /* [count] */
    lk_lesson_model models[LESSON_MOST_OTHERS]; /* [count], borrowed from the others */
    lk_lesson_group groups[LESSON_MOST_OTHERS][LESSON_MOST_GROUPS];
    size_t count;
} cli_lesson_models;

/* Runs the models one after the other on what `lesson` has found. weights[count]: names or
 * files. Faces that are cut out alike are cut out once. Returns an exit status; *out is to be
 * cleared in any case. */
int cli_lesson_models_run(cli_lesson_models *out, cli_lesson *lesson,
                          const cli_detect_options *detect, const cli_network_options *network,
                          const char *const *weights, size_t count);
void cli_lesson_models_clear(cli_lesson_models *models);

/* In words: what the faces are cut out by; NULL: their boxes. */
const char *cli_lesson_faces(lk_align align);
/* What is known of weights by their name. */
const char *cli_lesson_weights_about(const char *weights);
/* What they were trained to do; NULL: not known. */
const char *cli_lesson_weights_how(const char *weights);

#endif

/* What the lesson says when its page is written: the main numbers, of every model. */
#ifndef LK_CLI_LESSON_SAY_H
#define LK_CLI_LESSON_SAY_H

#include "lesson_models.h"

typedef struct cli_lesson_say {
    const lk_lesson_summary *summary;
    const cli_lesson *lesson;
    const cli_lesson_models *models; /* the others */
    const char *weights;             /* of the lesson's own */
    const char *directory;
} cli_lesson_say;

/* Onto standard output. */
void cli_lesson_say_text(const cli_lesson_say *say);
void cli_lesson_say_json(const cli_lesson_say *say);

#endif

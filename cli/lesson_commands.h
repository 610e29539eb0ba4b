/* The lesson's steps as commands, with the paths and settings of this run. */
#ifndef LK_CLI_LESSON_COMMANDS_H
#define LK_CLI_LESSON_COMMANDS_H

#include "lesson_models.h"

typedef struct cli_lesson_commands {
    lk_lesson_command *list; /* [count] */
    size_t count, room;
} cli_lesson_commands;

/* The options among argv that other commands take, too, as words for a shell. Before argp
 * sorts argv. */
typedef struct cli_lesson_words {
    char *photos;  /* how photographs are read and faces found */
    char *labels;  /* who is on them, which audit has another word for */
    char *weights; /* those given first */
    char *network; /* what else the network is told */
} cli_lesson_words;

void cli_lesson_words_read(cli_lesson_words *out, int argc, char **argv);
void cli_lesson_words_add(cli_lesson_words *words, const char *word);
void cli_lesson_words_clear(cli_lesson_words *words);

void cli_lesson_commands_make(cli_lesson_commands *out, const cli_lesson *lesson,
                              const cli_lesson_models *models, const cli_lesson_words *words);
void cli_lesson_commands_clear(cli_lesson_commands *commands);

/* A path for a shell to read: below the working directory from there, below the home from ~,
 * elsewhere its last part alone, for a page says nothing of a machine's folders. pattern:
 * what the shell is to expand stays as it is. */
char *cli_lesson_path(const char *path, bool pattern);

#endif

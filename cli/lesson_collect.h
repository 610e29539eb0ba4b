/* likeness lesson collect. */
#ifndef LK_CLI_LESSON_COLLECT_H
#define LK_CLI_LESSON_COLLECT_H

/* argv[0] is "collect". Returns an exit status. */
int cli_lesson_collect(int argc, char **argv);

#endif

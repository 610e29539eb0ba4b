/* What a lesson page says about how it was made: settings, system, date, warnings. */
#ifndef LK_CLI_LESSON_NOTES_H
#define LK_CLI_LESSON_NOTES_H

#include "lesson.h"

enum {
    LESSON_SETTINGS = 15,
    LESSON_REMARKS = 3,
    LESSON_NOTE = 400 /* bytes of a note of the user's */
};

/* The texts that a page borrows. */
typedef struct cli_lesson_notes {
    lk_report_note settings[LESSON_SETTINGS], system;
    char texts[LESSON_SETTINGS][160], system_text[256], date[32], turned[256];
    const char *remarks[LESSON_REMARKS];
} cli_lesson_notes;

/* Fills the notes and points the page to them. `note`: the user's own, or NULL. */
void cli_lesson_annotate(lk_lesson *page, cli_lesson_notes *notes, const cli_lesson *lesson,
                         const cli_detect_options *detect, const cli_network_options *network,
                         const char *note);

#endif

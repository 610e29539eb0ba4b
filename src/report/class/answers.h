/* One student's answers, as read from a file. */
#ifndef LK_REPORT_CLASS_ANSWERS_H
#define LK_REPORT_CLASS_ANSWERS_H

#include <jansson.h>

#include <likeness/report.h>

typedef enum lk_answer_kind {
    LK_ANSWER_TEXT,   /* written */
    LK_ANSWER_CHOICE, /* of a question with a right answer */
    LK_ANSWER_RATING, /* of a section: clear, partly, confusing */
    LK_ANSWER_REMARK  /* on a section */
} lk_answer_kind;

/* Texts belong to the file's JSON; "" where it has none. */
typedef struct lk_answer {
    lk_answer_kind kind;
    const char *key, *title, *question;
    const char *text; /* what was written, or the words of what was chosen */
    bool right;
    size_t place; /* in its file */
} lk_answer;

struct lk_answers {
    json_t *root;
    const char *page, *name;
    size_t asked; /* questions with a right answer on the page */
    lk_answer *list;
    size_t count;
    char *digest; /* of the file */
};

#endif

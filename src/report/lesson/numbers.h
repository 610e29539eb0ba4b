/* Everything a lesson counts. */
#ifndef LK_REPORT_LESSON_NUMBERS_H
#define LK_REPORT_LESSON_NUMBERS_H

#include <likeness/report.h>

#include "report/frame/parts.h"

/* Images that have an embedding, with all distances between them. */
typedef struct lk_embedded {
    const lk_lesson_image **images; /* [n] */
    size_t *group;                  /* [n] number of its person or group */
    double *x;                      /* [n, d] */
    double *distances;              /* [n, n] */
    size_t n;
} lk_embedded;

/* Two groups under one model. */
typedef struct lk_lesson_compared {
    lk_lesson_model model;              /* of the lesson's own without photographs */
    size_t nearest_tried, nearest_same; /* of the people */
    lk_wss wss[2];
    double ratio, low, high; /* of WSS / (n - 1), the first over the second; NaN: not known */
    lk_part_rate passing[2]; /* pairs of different people below the usual threshold; of no pairs
                                where none is known */
} lk_lesson_compared;

typedef struct lk_lesson_numbers {
    lk_embedded people;
    const char **persons; /* [person_count] labels in order of appearance */
    size_t *person_sizes; /* [person_count] embedded photographs */
    size_t person_count;
    double *pca; /* [people.n, 2]; NULL with fewer than 2 photographs */
    double variance[2], ratio[2];
    size_t *nearest;       /* [people.n] index of the nearest other photograph */
    double *nearest_own;   /* [people.n] distance to the nearest of the same
                              person; NaN: there is no other */
    double *nearest_other; /* [people.n] the same of other persons */
    size_t nearest_tried, nearest_same;
    double silhouette;

    lk_embedded grouped;    /* all groups, in order */
    size_t *grouped_person; /* [grouped.n] number of the person within its group: by label,
                               or each photograph a person where all labels are equal */
    size_t *group_people;   /* [group_count] */
    lk_wss *groups;         /* [group_count]; n 0 for one without embeddings */
    double *between;        /* [group_count, group_count] mean distance of pairs; NaN
                               where there are none */

    lk_wss *others;             /* [lesson's model_count, group_count] spreads under each of them */
    lk_lesson_compared *models; /* [model_count] the lesson's own first */
    size_t model_count;         /* 0: there is no other, or there are no two groups */
    size_t pair[2];             /* the groups that they are compared by */
} lk_lesson_numbers;

lk_status lk_lesson_compute(lk_lesson_numbers *numbers, const lk_lesson *lesson) LK_MUST_USE;
/* Whether every embedding has length 1. */
bool lk_lesson_is_unit(const lk_embedded *embedded, size_t size);
void lk_lesson_numbers_clear(lk_lesson_numbers *numbers);

#endif

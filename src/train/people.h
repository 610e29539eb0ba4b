/* people.h: who takes part, for the trainer. */
#ifndef LK_TRAIN_PEOPLE_H
#define LK_TRAIN_PEOPLE_H

#include <likeness/train.h>

/* Everybody but left_out[people]. *note (NULL: not wanted; the caller's) is one line
 * such as "2 people have WHAT and are left out: ann, bob", or NULL when nobody is. */
LK_MUST_USE lk_status lk_people_without(lk_people **out, char **note, const lk_people *people,
                                        const bool *left_out, const char *what);

#endif

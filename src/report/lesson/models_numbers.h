/* What every model says of the groups. */
#ifndef LK_REPORT_LESSON_MODELS_NUMBERS_H
#define LK_REPORT_LESSON_MODELS_NUMBERS_H

#include "report/lesson/numbers.h"

/* Fills in numbers->others, where there are other models, and numbers->models, where there are
 * two groups to compare, too. */
lk_status lk_lesson_compare(lk_lesson_numbers *numbers, const lk_lesson *lesson) LK_MUST_USE;

#endif

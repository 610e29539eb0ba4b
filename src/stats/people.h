/* Whose rows are whose, however people are numbered. */
#ifndef LK_STATS_PEOPLE_H
#define LK_STATS_PEOPLE_H

#include <likeness/base.h>

/* person[n]: the groups' numbers from 0 without a gap, in the order of their values;
 * *people of them. Errors: LK_ERROR_ARGUMENT, LK_ERROR_MEMORY. */
lk_status lk_people_number(uint32_t *person, size_t *people, const size_t *group,
                           size_t n) LK_MUST_USE;

#endif

/* Intervals of rates at every threshold. */
#ifndef LK_REPORT_LESSON_RATES_BOUNDS_H
#define LK_REPORT_LESSON_RATES_BOUNDS_H

#include "report/lesson/rates_set.h"

/* Fills in the intervals at all steps, which count people; of sets too large for it there
 * are none. */
lk_status lk_rates_bound(lk_part_rate *fmr, lk_part_rate *fnmr, const lk_rates_set *s,
                         const lk_threshold_part *p) LK_MUST_USE;

#endif

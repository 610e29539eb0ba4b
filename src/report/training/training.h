/* The parts of a training run's page. */
#ifndef LK_REPORT_TRAINING_H
#define LK_REPORT_TRAINING_H

#include <likeness/report.h>

#include "base/buffer.h"

/* All curves of the run; those of which nothing was measured are left out. */
void lk_training_figures(lk_buffer *html, const lk_training *training);

/* The mean of the `window` values around each, of those that are finite; NaN
 * where the value itself is not. `window` is odd; at the ends it is cut. */
void lk_training_smooth(double *out, const double *values, size_t count, size_t window);

#endif

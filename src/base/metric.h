/* What a metric is called, in options and in files. */
#ifndef LK_BASE_METRIC_H
#define LK_BASE_METRIC_H

#include <likeness/base.h>

/* By lk_metric; NULL at the end. */
extern const char *const lk_metric_names[];

#endif

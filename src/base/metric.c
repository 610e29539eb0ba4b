#include "base/metric.h"

#include <stddef.h>

const char *const lk_metric_names[] = {
    [LK_METRIC_EUCLIDEAN] = "euclidean",
    [LK_METRIC_COSINE] = "cosine",
    [LK_METRIC_COSINE + 1] = NULL,
};

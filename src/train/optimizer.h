/* The optimiser's inside, shared by its arithmetic and its saving. */
#ifndef LK_TRAIN_OPTIMIZER_H
#define LK_TRAIN_OPTIMIZER_H

#include <likeness/train.h>

struct lk_optimizer {
    lk_optimizer_options options;
    lk_parameter *parameters;
    size_t count;
    float **m, **s; /* an entry is NULL where the kind needs none */
    int64_t steps;
};

#endif

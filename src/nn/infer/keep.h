/* keep.h: writing down what a model has packed. */
#ifndef LK_NN_INFER_KEEP_H
#define LK_NN_INFER_KEEP_H

#include "nn/nn.h"

/* The model has packed what its file (lk_nn_model_set_kept) does not hold, or the file is
 * damaged. Not while its sessions run. */
bool lk_nn_keeps_less(const lk_nn_model *model);

/* Writes all that the model has packed, and what its file holds besides. Errors: those of
 * lk_nn_kept_write; LK_ERROR_LIMIT for more than `most` bytes. Threads: any. */
LK_MUST_USE lk_status lk_nn_model_keep(lk_nn_model *model, const char *path, const char *key,
                                       const char *note, uint64_t most);

#endif

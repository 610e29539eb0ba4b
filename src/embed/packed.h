/* packed.h: the file of laid out weights that an embedder takes and leaves. */
#ifndef LK_EMBED_PACKED_H
#define LK_EMBED_PACKED_H

#include <likeness/embed.h>

#include "nn/nn.h"

/* Zeros: nothing is kept. */
typedef struct lk_packed_place {
    char *folder, *path; /* of the file; NULL: none */
    char *key;           /* what it is for */
    char *weights;       /* the file of weights, by its path and SHA-256 */
    char *digest;
    uint64_t limit;
} lk_packed_place;

void lk_packed_place_clear(lk_packed_place *place);

/* Before the weights are read: their digest. Leaves zeros where the options name no folder or
 * this build has no number. Errors: LK_ERROR_IO (of the weights), LK_ERROR_ARGUMENT (a digest
 * that is none), LK_ERROR_MEMORY. */
LK_MUST_USE lk_status lk_packed_place_begin(lk_packed_place *place, const char *weights,
                                            const lk_embedder_options *options);
/* Opens the model's file and gives it to the model; *found: there is one. */
LK_MUST_USE lk_status lk_packed_place_find(bool *found, lk_packed_place *place, lk_nn_model *model,
                                           lk_precision precision);
/* lk_embedder_keep. */
LK_MUST_USE lk_status lk_packed_place_keep(const lk_packed_place *place, lk_nn_model *model);

#define LK_PACKED_ENDING ".packed"

#endif

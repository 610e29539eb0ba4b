/* What 'calibrate' measured, for a command that needs no gallery otherwise. */
#ifndef LK_CLI_MEASURED_H
#define LK_CLI_MEASURED_H

#include "known.h"

typedef struct cli_measured {
    lk_gallery_level levels[LK_GALLERY_LEVELS];
    size_t count; /* 0: nothing is known of this model */
} cli_measured;

/* Reads it from the gallery that was named; or from the usual one, where that is there, can be
 * read without a key, and is of this model. On failure reports it and returns an exit status. */
int cli_measured_read(cli_measured *out, const cli_gallery_options *options,
                      const cli_network_options *weights, const lk_embedder *network,
                      const lk_extract_options *crop);

#endif

/* From photographs to vectors: the options, the reading and the loading that compare, embed
 * and the commands of the gallery share. */
#ifndef LK_CLI_EMBEDDING_H
#define LK_CLI_EMBEDDING_H

#include "face_options.h"
#include "network.h"
#include "outputs.h"

typedef struct cli_embedding_options {
    cli_common common;
    cli_detect_options detect;
    cli_face_options faces;
    cli_network_options network;
    cli_paths paths; /* the command's to take, see cli_photographs_argp */
    bool no_detect;
} cli_embedding_options;

extern const struct argp cli_embedding_argp;

/* Looks for the models that it takes. Returns an exit status. */
int cli_embedding_needs(const cli_embedding_options *options);
/* Adds all that is read: photographs, networks, what an alignment needs. */
void cli_embedding_read(cli_outputs *outputs, const cli_embedding_options *options,
                        const cli_inputs *inputs);
/* Loads finder and network, which are the caller's whatever comes back, and settles how faces
 * are cut out: as the network wants them, unless the command line says otherwise. *crop may
 * be the options' own. On failure reports it and returns an exit status. */
int cli_embedding_load(cli_finder *finder, lk_embedder **network, lk_extract_options *crop,
                       const cli_embedding_options *options);

#endif

/* The folder where laid out weights are kept from one start to the next. */
#ifndef LK_CLI_PACKED_H
#define LK_CLI_PACKED_H

#include "cli.h"

/* Has the network with the weights at `path` take and leave what is laid out of it, unless
 * LIKENESS_CACHE=0 or the file is small. *folder and *digest are what `options` points at
 * then, the caller's. */
void cli_packed_use(lk_embedder_options *options, char **folder, char **digest, const char *path);

/* Keeps what the network has laid out; that it could not is a note. */
void cli_packed_keep(lk_embedder *network);

/* 'likeness models cache': lists the folder; `clear`, empties it; `limit` not NULL, has it
 * hold at most so much. Returns an exit status. */
int cli_packed_manage(bool clear, const char *limit, bool json);

#endif

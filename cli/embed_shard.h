/* Many machines embed one collection: each its share of the photographs, and then one table of
 * their tables. */
#ifndef LK_CLI_EMBED_SHARD_H
#define LK_CLI_EMBED_SHARD_H

#include <jansson.h>

#include "embed.h"
#include "inputs.h"

enum { EMBED_MOST_SHARDS = 100000 };

/* "2/8"; false where it is none. */
bool embed_shard_parse(embed_shard *out, const char *text);
/* Leaves the photographs of the share. Which one a photograph belongs to depends on its path
 * alone, as it is listed. */
void embed_shard_keep(cli_inputs *inputs, const embed_shard *shard);
/* {"number": 2, "of": 8}, or null. */
json_t *embed_shard_json(const embed_shard *shard);

/* Puts the shares' tables into those of `output`. All shares must be there, and be made in the
 * same way. Returns an exit status. */
int embed_join(const cli_paths *shares, const char *output);

#endif

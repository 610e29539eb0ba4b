/* The options of `embed`, and what they make of a table. */
#ifndef LK_CLI_EMBED_H
#define LK_CLI_EMBED_H

#include <jansson.h>

#include "embedding.h"
#include "labels.h"

/* Of so many shares of the photographs this one; of none: all. */
typedef struct embed_shard {
    size_t number, of;
} embed_shard;

typedef struct embed_options {
    cli_embedding_options how;
    const lk_model_traits *traits; /* of the network, once it is loaded */
    const char *precision;         /* that it runs in */
    const char *output;            /* E.npy; NULL: only JSON */
    bool spreadsheet, json, force;
    bool within; /* another command: which tells what has been done */
    cli_label_options labels;
    bool groups; /* --group-from first */
    embed_shard shard;
    bool join; /* the arguments are tables of shares */
} embed_options;

/* Embeds photographs into the three files of `output`, going on where an earlier run was
 * interrupted (embed_work.h), and sets `traits` and
 * `precision`. On failure reports it and returns an exit
 * status. */
int embed_files(embed_options *options, const cli_inputs *inputs);

/* The rule for labels: --label-from, or what --group-from makes of it. */
lk_label_rule embed_label_rule(const embed_options *options);
/* What E.json says. */
json_t *embed_describe(const embed_options *options, const float *rows, size_t count, size_t width,
                       const char *rows_digest, const char *model_digest);
/* What makes the same command of two, but for its photographs. On failure reports it and
 * returns an exit status. */
int embed_job(json_t **out, const embed_options *options, const char *model_digest);

#endif

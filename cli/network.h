/* The embedding network of a command line: --weights, --batch, --precision. */
#ifndef LK_CLI_NETWORK_H
#define LK_CLI_NETWORK_H

#include "cli.h"

enum { CLI_MOST_WEIGHTS = 8 };

typedef struct cli_network_options {
    const char *weights; /* a name of the store or a file; "vggface2". The last given */
    const char *all[CLI_MOST_WEIGHTS]; /* the first so many of those given, for the lesson */
    size_t given;                      /* how many were */
    lk_embedder_options embedder;      /* --batch: faces that go through the network together;
                                        * --precision */
} cli_network_options;

extern const struct argp cli_network_argp;

/* Finds and loads the network. On failure reports it and returns an exit
 * status. */
int cli_network_load(lk_embedder **out, const cli_network_options *options);

/* Ends a network that was loaded so, and keeps what was laid out of it. NULL does nothing. */
void cli_network_close(lk_embedder *network);

/* In what numbers it runs, as files and pages say it: "float32", "bfloat16" or "int8". */
const char *cli_network_precision(const lk_embedder *network);
/* The same of one that was not loaded yet, as far as its weights and the processor say. */
const char *cli_network_precision_to_be(const cli_network_options *options);

/* Whether the network takes crops of that side; says so where not. */
bool cli_network_takes(const lk_embedder *network, const cli_network_options *options, size_t size);

/* The SHA-256 of the file of weights, *out the caller's. Likewise. */
int cli_network_digest(char **out, const cli_network_options *options);

/* A growing table of embeddings whose crops arrive one by one and go through the
 * network in batches. */
typedef struct cli_embeddings {
    lk_embedder *network;
    size_t batch;
    size_t width; /* numbers of a row */
    float *rows;  /* [count, width] */
    size_t count, capacity;
    lk_image *waiting; /* [waiting_count], after the rows */
    size_t waiting_count, waiting_capacity;
} cli_embeddings;

/* Takes a crop over (the image is cleared in the caller's hands) and returns the
 * row that it will have. */
size_t cli_embeddings_push(cli_embeddings *embeddings, lk_image *crop);
/* Runs full batches, with `all` also the rest. Errors: those of the network. */
lk_status cli_embeddings_run(cli_embeddings *embeddings, bool all) LK_MUST_USE;
void cli_embeddings_clear(cli_embeddings *embeddings);

#endif

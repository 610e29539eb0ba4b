/* likeness models quantize: weights of whole numbers, and what they cost. */
#ifndef LK_CLI_QUANTIZE_H
#define LK_CLI_QUANTIZE_H

#include "cli.h"

typedef struct cli_quantize_options {
    cli_paths photographs; /* --calibrate, and what follows the weights */
    size_t capacity;
    const char *output; /* -o */
    bool no_detect;
    bool given; /* one of these */
} cli_quantize_options;

/* --calibrate, -o and --no-detect; its input is a cli_quantize_options. */
extern const struct argp cli_quantize_argp;

/* One path more to calibrate with. */
void cli_quantize_add(cli_quantize_options *options, char *path);
/* Reports failures and returns an exit status. */
int cli_quantize(const cli_quantize_options *options, const char *weights, bool json);
/* Frees what the options hold. */
void cli_quantize_clear(cli_quantize_options *options);

#endif

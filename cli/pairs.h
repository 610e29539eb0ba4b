/* A list of pairs as LFW has it: pairs.txt. */
#ifndef LK_CLI_PAIRS_H
#define LK_CLI_PAIRS_H

#include "vectors.h"

/* A pair of two rows of the vectors. */
typedef struct cli_pair {
    size_t row[2], person[2]; /* person: by name, numbered */
    size_t fold;
} cli_pair;

/* A pair that has no rows, and the photograph that is missing. */
typedef struct cli_pair_gap {
    size_t line;
    char *missing;
} cli_pair_gap;

typedef struct cli_pairs {
    cli_pair *items;
    size_t count, folds, listed; /* listed: in the file */
    cli_pair_gap *gaps;
    size_t gap_count, gap_capacity;
    size_t twice; /* photographs named that have more than one row, of which the first is taken */
} cli_pairs;

/* The first line says how many folds there are (left out: one) and how many pairs of either kind
 * each has; then each line is NAME N M, two photographs of one person, or NAME N NAME M. NAME's
 * photograph N is the row whose path ends in NAME_000N and an ending, or, in a list without
 * paths, the Nth row with that label. Pairs without rows keep their place, so that the others
 * stay in their folds. On failure reports it and returns an exit status. */
int cli_pairs_read(cli_pairs *out, const char *path, const cli_vectors *vectors);
void cli_pairs_clear(cli_pairs *pairs);

#endif

/* Embeddings from an .npy file, with labels from the CSV beside it, in groups. */
#ifndef LK_CLI_VECTORS_H
#define LK_CLI_VECTORS_H

#include <stdbool.h>

#include "cli.h"

typedef struct cli_vectors {
    double *x; /* [n, d] */
    size_t n, d;
    char **labels;    /* [n]; NULL without a list */
    char **names;     /* [n] paths; NULL without a list */
    lk_metric metric; /* as E.json beside them says; without one Euclidean */
} cli_vectors;

/* Reads [n, d] numbers of any float type, and where `labels` is not NULL a label
 * for every row from the columns row, label and path of that CSV. Where a list is
 * wanted and E.json stands beside the vectors, what does not belong together is
 * refused (sidecar.h). On failure reports it and returns an exit status. */
int cli_vectors_read(cli_vectors *out, const char *path, const char *labels);
/* Whether a file is a list of labels, by the columns of its first line. */
bool cli_vectors_is_list(const char *path);
/* Reports that an analysis of this file failed (in numbers that are not finite,
 * mostly) and returns an exit status. */
int cli_fail_vectors(lk_status status, const char *path);
void cli_vectors_clear(cli_vectors *vectors);

/* Rows by label. Groups are in the order in which their labels appear first;
 * without labels there is one, with the name "". */
typedef struct cli_groups {
    size_t count;
    const char **names; /* [count], borrowed from the vectors */
    size_t *sizes;      /* [count] */
    size_t *rows;       /* [n] row numbers, group by group, ascending in a group */
} cli_groups;

void cli_groups_make(cli_groups *out, const cli_vectors *vectors);
/* The place of its group for each of n rows, in new memory. */
size_t *cli_groups_number(const cli_groups *groups, size_t n);
void cli_groups_clear(cli_groups *groups);
/* The rows of `rows` copied into new memory [count, d]. */
double *cli_vectors_take(const cli_vectors *vectors, const size_t *rows, size_t count);

#endif

/* The three files of a table of embeddings in the making: locked, opened and committed
 * as one (sidecar.h says in which order, and why). */
#ifndef LK_CLI_EMBED_TABLE_H
#define LK_CLI_EMBED_TABLE_H

#include <jansson.h>

#include "cli.h"

typedef struct embed_table {
    lk_lock *lock;
    lk_output *vectors, *list, *about; /* E.npy, E.csv, E.json */
} embed_table;

/* Takes the name E.npy. On failure reports it and returns an exit status. */
int embed_table_open(embed_table *table, const char *path);
/* Writes the vectors [rows, width] and what is about them, and ends. The
 * list has been written to its stream. Returns `status`, or a worse one. */
int embed_table_commit(embed_table *table, const float *vectors, size_t rows, size_t width,
                       const json_t *about, int status);
/* Nothing is written; after a commit it does nothing. */
void embed_table_discard(embed_table *table);

#endif

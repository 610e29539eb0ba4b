/* E.json, which stands beside E.npy and E.csv and says what they are.
 *
 * A table of embeddings is three files, and nothing replaces three files in one step.
 * So they are told apart from others that only look like them:
 *
 *   - E.json holds the digest of the vectors, and one of who is in which row: the path
 *     and the number of the face of every row. Labels are not in it, for people correct
 *     them, and neither are the order of lines and the boxes.
 *   - `embed` writes all three under temporary names, flushes them, and renames E.json
 *     first, then E.csv, and E.npy last. Killed before, it leaves the old three. Killed
 *     in between, it leaves a new E.json with old vectors: refused, whatever the list.
 *     (Where the old and the new vectors are equal to the bit, the digest of the rows
 *     refuses a list of other faces; one of the same faces does no harm.) The next
 *     `embed` to that name writes all three anew.
 *   - Two that write to one name are kept apart by a lock (lk_lock_file).
 *
 * Tables that were made by hand, or taken out of others, have no E.json and need none.
 * A file of that name which says something else is neither read nor replaced.
 * docs/files.md describes the fields. */
#ifndef LK_CLI_SIDECAR_H
#define LK_CLI_SIDECAR_H

#include <jansson.h>

#include "csv.h"
#include "digest.h"

typedef struct cli_sidecar {
    char *path;     /* of E.json */
    json_t *object; /* NULL: there is none */
} cli_sidecar;

/* "E.npy" or "E.csv" and ".json" give "E.json"; the caller frees it. */
char *cli_sidecar_path(const char *path, const char *ending);
/* Reads what stands beside E.npy or E.csv, if it is there and one of ours. On failure
 * reports it and returns an exit status. */
int cli_sidecar_read(cli_sidecar *out, const char *beside);
void cli_sidecar_clear(cli_sidecar *sidecar);

/* Whether E.json is there and describes these vectors. */
bool cli_sidecar_describes(const cli_sidecar *sidecar, const lk_tensor *vectors);
/* How its rows are to be compared; *out stays where it does not say. An exit status,
 * reported: what it says may be no metric. */
int cli_sidecar_metric(lk_metric *out, const cli_sidecar *sidecar);
/* Refuses vectors that are not those described. An exit status, reported. */
int cli_sidecar_check_vectors(const cli_sidecar *sidecar, const lk_tensor *vectors,
                              const char *path);
/* Refuses a list that `embed` wrote for other rows, warns of one by hand that seems to
 * be. lines[rows]: the line of each row. An exit status, reported. */
int cli_sidecar_check_list(const cli_sidecar *sidecar, const cli_csv *list, const char *path,
                           const size_t *lines, size_t rows);

/* Who is in the next row, towards the digest of the list. */
void cli_sidecar_add_row(cli_digest *digest, const char *path, const char *face);
/* What every E.json begins with; the caller adds to it and releases it. `rows_digest`
 * as cli_digest_end gave it. */
json_t *cli_sidecar_make(const float *vectors, size_t rows, size_t dimensions,
                         const char *rows_digest);

#endif

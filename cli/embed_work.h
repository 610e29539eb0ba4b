/* The work that an interrupted `embed` leaves, for the next one to go on with.
 *
 * Beside E.npy lies, under its lock, the folder .E.npy.lk-work with two files that only
 * grow:
 *
 *   list   a line that says what the job is, then a record a photograph (embed_list.h)
 *   rows   the vectors as they lie in memory, always written before their records
 *
 * So whatever a kill cuts off is at the end of one of them: what counts are whole lines
 * whose rows are there. Records are checked, in order, against the photographs that are
 * there now: the first that differs, and all behind it, are done anew. So is what lies
 * behind the last whole batch, for the network is to see the same batches and to give
 * the same bits as without the interruption; of a photograph whose faces lie in two
 * batches the first rows may be kept and the others done anew. */
#ifndef LK_CLI_EMBED_WORK_H
#define LK_CLI_EMBED_WORK_H

#include <jansson.h>

#include "embed_list.h"
#include "inputs.h"

typedef struct embed_work {
    char *folder;
    FILE *list; /* NULL until something is saved or found */
    int rows;
    size_t width; /* numbers of a row */
    void *mapped;
    const json_t *job;
    size_t photo_count; /* that are saved */
    size_t face_count;  /* of these photographs */
    size_t row_count;   /* that are saved: no fewer */
    long end;           /* of the saved photographs' records */
} embed_work;

/* Looks for the work of the same job for `output`, of rows of `width` numbers; with `force`
 * removes any. Keeps `job`.
 * On failure reports it and returns an exit status. */
int embed_work_open(embed_work *work, const char *output, const json_t *job,
                    const cli_inputs *inputs, size_t width, size_t batch, bool force);
/* Puts what has been done behind what is there: rows[row_count, width] and
 * photographs whose rows are all there. Likewise. */
int embed_work_save(embed_work *work, const float *rows, size_t row_count,
                    const embed_photo *photos, size_t photo_count);
/* Reads `count` rows from row `first` on. Likewise. */
int embed_work_read_rows(const embed_work *work, float *rows, size_t first, size_t count);
/* All rows in memory, as long as the work is open; NULL where there are none. Likewise. */
int embed_work_map_rows(embed_work *work, const float **rows);

/* All saved photographs in order, with the number of their first row; stops where the
 * function returns an exit status other than CLI_OK, and returns it. */
typedef int (*embed_work_fn)(void *user, const embed_photo *photo, size_t row);
int embed_work_walk(const embed_work *work, const cli_inputs *inputs, embed_work_fn visit,
                    void *user);

/* The work is done, or there is none worth keeping. */
void embed_work_remove(embed_work *work);
/* What is saved stays. */
void embed_work_close(embed_work *work);

#endif

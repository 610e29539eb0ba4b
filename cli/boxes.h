/* Boxes that are known already, from CSV files: what `likeness synth` writes as
 * truth.csv and `likeness embed` beside its embeddings. */
#ifndef LK_CLI_BOXES_H
#define LK_CLI_BOXES_H

#include <sys/types.h>

#include "cli.h"

/* A face and the file of the photograph it is in, whatever its names. */
typedef struct cli_boxed {
    dev_t device;
    ino_t file;
    size_t row; /* of its list: faces of a photograph keep their order */
    lk_face face;
} cli_boxed;

typedef struct cli_boxes {
    cli_boxed *entries; /* by photograph */
    size_t count, capacity;
} cli_boxes;

/* The names of a table's columns for the five points of lk_face, x and y of each. */
enum { CLI_POINT_COLUMNS = 10 };
extern const char *const cli_point_columns[CLI_POINT_COLUMNS];
/* False for a face from a table that has no points: all of them are 0. */
bool cli_has_points(const lk_face *face);

/* Adds the faces of one file: columns path, x1, y1, x2, y2, and where they are
 * there prob and the landmarks. Paths count from the file's folder, or else from
 * the working directory; rows of photographs that do not exist and rows without a
 * box are passed over, other rows hold numbers. At most 500,000 rows a file and 2,000
 * faces of a photograph are taken. On failure reports it and returns an exit status. */
int cli_boxes_add(cli_boxes *boxes, const char *file);
/* The faces of a photograph: entries [*first, *first + returned count). */
size_t cli_boxes_find(const cli_boxes *boxes, size_t *first, const char *path);
void cli_boxes_clear(cli_boxes *boxes);

#endif

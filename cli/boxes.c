#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "boxes.h"
#include "csv.h"

enum { COORDINATES = 4 };

static const char *const box_names[COORDINATES] = {"x1", "y1", "x2", "y2"};
const char *const cli_point_columns[CLI_POINT_COLUMNS] = {
    "left_eye_x", "left_eye_y",   "right_eye_x",  "right_eye_y",   "nose_x",
    "nose_y",     "left_mouth_x", "left_mouth_y", "right_mouth_x", "right_mouth_y"};

bool cli_has_points(const lk_face *face)
{
    for (int i = 0; i < CLI_POINT_COLUMNS; i++)
        if (face->landmarks[i / 2][i % 2] != 0)
            return true;
    return false;
}

/* Which columns hold what; SIZE_MAX: none. */
typedef struct columns {
    size_t path, prob, box[COORDINATES], points[CLI_POINT_COLUMNS];
} columns;

static int find_columns(columns *out, const cli_csv *csv, const char *file)
{
    bool all = true;
    out->path = cli_csv_column(csv, "path");
    out->prob = cli_csv_column(csv, "prob");
    for (int i = 0; i < COORDINATES; i++) {
        out->box[i] = cli_csv_column(csv, box_names[i]);
        all = all && out->box[i] != SIZE_MAX;
    }
    for (int i = 0; i < CLI_POINT_COLUMNS; i++)
        out->points[i] = cli_csv_column(csv, cli_point_columns[i]);
    if (all && out->path != SIZE_MAX)
        return CLI_OK;
    cli_error("%s: no boxes in it: its first line lacks path, x1, y1, x2 or y2", file);
    return CLI_SOME_FAILED;
}

/* Reads a number that a pixel's place could be; `none` where the field is empty or not
 * there. False for anything else. */
static bool number(float *out, const cli_csv *csv, size_t row, size_t column, float none)
{
    const char *text = column == SIZE_MAX ? NULL : cli_csv_get(csv, row, column);
    char *end;
    *out = none;
    if (!text || !*text)
        return true;
    double value = strtod(text, &end);
    *out = (float)value;
    return *end == '\0' && fabs(value) <= 1e9;
}

/* False where a field holds something other than a number. */
static bool read_face(lk_face *face, const cli_csv *csv, size_t row, const columns *at)
{
    float box[COORDINATES];
    bool good = number(&face->probability, csv, row, at->prob, 1);
    for (int i = 0; i < COORDINATES; i++)
        good = number(&box[i], csv, row, at->box[i], NAN) && good;
    for (int i = 0; i < CLI_POINT_COLUMNS; i++)
        good = number(&face->landmarks[i / 2][i % 2], csv, row, at->points[i], 0) && good;
    face->box = (lk_box){box[0], box[1], box[2], box[3]};
    return good;
}

static bool has_box(const lk_face *face)
{
    return face->box.x2 > face->box.x1 && face->box.y2 > face->box.y1;
}

/* The real path of a photograph named in `file`; NULL when it is not there. */
static char *locate(const char *file, const char *name)
{
    const char *slash = strrchr(file, '/');
    char *beside = slash && name[0] != '/' ? cli_format("%.*s/%s", (int)(slash - file), file, name)
                                           : cli_strdup(name);
    char *path = realpath(beside, NULL);
    free(beside);
    return path ? path : realpath(name, NULL);
}

static int by_path(const void *a, const void *b)
{
    const cli_boxed *x = a, *y = b;
    int order = strcmp(x->path, y->path);
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

/* Adds one row; false where it is not what the columns promise. */
static bool add_row(cli_boxes *boxes, const cli_csv *csv, size_t row, const columns *at,
                    const char *file)
{
    cli_boxed entry = {.row = row};
    const char *name = cli_csv_get(csv, row, at->path);
    if (!name)
        return true;
    if (!read_face(&entry.face, csv, row, at)) {
        cli_error("%s: row %zu: expected numbers for the box, the points and prob", file, row + 1);
        return false;
    }
    entry.path = has_box(&entry.face) ? locate(file, name) : NULL;
    if (entry.path) {
        boxes->entries = cli_grow(boxes->entries, &boxes->capacity, boxes->count + 1, sizeof entry);
        boxes->entries[boxes->count++] = entry;
    }
    return true;
}

int cli_boxes_add(cli_boxes *boxes, const char *file)
{
    cli_csv csv;
    columns at;
    int status = cli_csv_read(&csv, file);
    if (status != CLI_OK)
        return status;
    status = find_columns(&at, &csv, file);
    for (size_t row = 1; status == CLI_OK && row < csv.row_count; row++)
        if (!add_row(boxes, &csv, row, &at, file))
            status = CLI_SOME_FAILED;
    cli_csv_clear(&csv);
    if (boxes->count)
        qsort(boxes->entries, boxes->count, sizeof *boxes->entries, by_path);
    return status;
}

size_t cli_boxes_find(const cli_boxes *boxes, size_t *first, const char *path)
{
    char *real = realpath(path, NULL);
    size_t low = 0, high = boxes->count, count = 0;
    if (!real)
        return 0;
    while (low < high) { /* the first entry that is not below `real` */
        size_t middle = low + (high - low) / 2;
        if (strcmp(boxes->entries[middle].path, real) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + count < boxes->count && strcmp(boxes->entries[low + count].path, real) == 0)
        count++;
    free(real);
    *first = low;
    return count;
}

void cli_boxes_clear(cli_boxes *boxes)
{
    for (size_t i = 0; i < boxes->count; i++)
        free(boxes->entries[i].path);
    free(boxes->entries);
    *boxes = (cli_boxes){0};
}

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "boxes.h"
#include "csv.h"

enum { COORDINATES = 4, POINTS = 10 };

static const char *const box_names[COORDINATES] = {"x1", "y1", "x2", "y2"};
static const char *const point_names[POINTS] = {
    "left_eye_x", "left_eye_y",   "right_eye_x",  "right_eye_y",   "nose_x",
    "nose_y",     "left_mouth_x", "left_mouth_y", "right_mouth_x", "right_mouth_y"};

/* Which columns hold what; SIZE_MAX: none. */
typedef struct columns {
    size_t path, prob, box[COORDINATES], points[POINTS];
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
    for (int i = 0; i < POINTS; i++)
        out->points[i] = cli_csv_column(csv, point_names[i]);
    if (all && out->path != SIZE_MAX)
        return CLI_OK;
    cli_error("%s: no boxes in it: its first line lacks path, x1, y1, x2 or y2", file);
    return CLI_SOME_FAILED;
}

/* A number in a field that a pixel's place could be, else `none`. */
static float number(const cli_csv *csv, size_t row, size_t column, float none)
{
    const char *text = column == SIZE_MAX ? NULL : cli_csv_get(csv, row, column);
    char *end;
    if (!text || !*text)
        return none;
    double value = strtod(text, &end);
    return *end == '\0' && fabs(value) <= 1e9 ? (float)value : none;
}

/* False for a row without a box. */
static bool read_face(lk_face *face, const cli_csv *csv, size_t row, const columns *at)
{
    float box[COORDINATES];
    for (int i = 0; i < COORDINATES; i++)
        box[i] = number(csv, row, at->box[i], NAN);
    face->box = (lk_box){box[0], box[1], box[2], box[3]};
    face->probability = number(csv, row, at->prob, 1);
    for (int i = 0; i < POINTS; i++)
        face->landmarks[i / 2][i % 2] = number(csv, row, at->points[i], 0);
    return box[2] > box[0] && box[3] > box[1];
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

int cli_boxes_add(cli_boxes *boxes, const char *file)
{
    cli_csv csv;
    columns at;
    int status = cli_csv_read(&csv, file);
    if (status != CLI_OK)
        return status;
    status = find_columns(&at, &csv, file);
    for (size_t row = 1; status == CLI_OK && row < csv.row_count; row++) {
        cli_boxed entry = {.row = row};
        const char *name = cli_csv_get(&csv, row, at.path);
        if (!name || !read_face(&entry.face, &csv, row, &at))
            continue;
        entry.path = locate(file, name);
        if (!entry.path)
            continue;
        boxes->entries = cli_grow(boxes->entries, &boxes->capacity, boxes->count + 1, sizeof entry);
        boxes->entries[boxes->count++] = entry;
    }
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

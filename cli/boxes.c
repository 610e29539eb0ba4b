#include "boxes.h"

#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
static bool boxes_number(float *out, const cli_csv *csv, size_t row, size_t column, float none)
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
static bool boxes_read_face(lk_face *face, const cli_csv *csv, size_t row, const columns *at)
{
    float box[COORDINATES];
    bool good = boxes_number(&face->probability, csv, row, at->prob, 1);
    for (int i = 0; i < COORDINATES; i++)
        good = boxes_number(&box[i], csv, row, at->box[i], NAN) && good;
    for (int i = 0; i < CLI_POINT_COLUMNS; i++)
        good = boxes_number(&face->landmarks[i / 2][i % 2], csv, row, at->points[i], 0) && good;
    face->box = (lk_box){box[0], box[1], box[2], box[3]};
    return good;
}

static bool has_box(const lk_face *face)
{
    return face->box.x2 > face->box.x1 && face->box.y2 > face->box.y1;
}

/* Where the photographs of a list are looked for: from its folder, or else from the
 * working directory. Looking is what a row costs. */
typedef struct place {
    int folder;       /* AT_FDCWD where it is the working directory */
    const char *name; /* the one looked for last: its faces stand together */
    bool found;
    struct stat info;
} place;

static int open_folder(const char *list)
{
    const char *slash = strrchr(list, '/');
    if (!slash)
        return AT_FDCWD;
    char *folder = cli_format("%.*s", (int)(slash - list) + 1, list);
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    return fd;
}

/* False when no such photograph is there. */
static bool boxes_locate(cli_boxed *entry, place *at, const char *name)
{
    bool elsewhere = at->folder != AT_FDCWD && name[0] != '/';
    if (!at->name || strcmp(at->name, name) != 0)
        at->found = fstatat(at->folder, name, &at->info, 0) == 0 ||
                    (elsewhere && stat(name, &at->info) == 0);
    at->name = name;
    entry->device = at->info.st_dev;
    entry->file = at->info.st_ino;
    return at->found;
}

static int by_photograph(const void *a, const void *b)
{
    const cli_boxed *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static bool same_photograph(const cli_boxed *a, const cli_boxed *b)
{
    return a->device == b->device && a->file == b->file;
}

/* Every face of a photograph is cut out before the first is used. */
static int check_crowds(const cli_boxes *boxes, const char *file)
{
    enum { MOST_FACES = 2000 };
    for (size_t i = MOST_FACES; i < boxes->count; i++)
        if (same_photograph(&boxes->entries[i], &boxes->entries[i - MOST_FACES])) {
            cli_error("%s: row %zu: more than %d boxes for one photograph", file,
                      boxes->entries[i].row + 1, MOST_FACES);
            return CLI_SOME_FAILED;
        }
    return CLI_OK;
}

/* Adds one row; false where it is not what the columns promise. */
static bool boxes_add_row(cli_boxes *boxes, const cli_csv *csv, size_t row, const columns *at,
                          place *where)
{
    cli_boxed entry = {.row = row};
    const char *name = cli_csv_get(csv, row, at->path);
    if (!name)
        return true;
    if (!boxes_read_face(&entry.face, csv, row, at))
        return false;
    if (has_box(&entry.face) && boxes_locate(&entry, where, name)) {
        boxes->entries = cli_grow(boxes->entries, &boxes->capacity, boxes->count + 1, sizeof entry);
        boxes->entries[boxes->count++] = entry;
    }
    return true;
}

static int boxes_add_rows(cli_boxes *boxes, const cli_csv *csv, const columns *at, const char *file)
{
    place where = {.folder = open_folder(file)};
    size_t row = 1;
    while (row < csv->row_count && boxes_add_row(boxes, csv, row, at, &where))
        row++;
    if (where.folder >= 0)
        close(where.folder);
    if (row >= csv->row_count)
        return CLI_OK;
    cli_error("%s: row %zu: expected numbers for the box, the points and prob", file, row + 1);
    return CLI_SOME_FAILED;
}

static int boxes_check_rows(const cli_csv *csv, const char *file)
{
    enum { MOST_ROWS = 500000 };
    if (csv->row_count <= MOST_ROWS + 1)
        return CLI_OK;
    cli_error("%s: %zu rows of boxes, at most %d are read from one file", file, csv->row_count - 1,
              MOST_ROWS);
    return CLI_SOME_FAILED;
}

int cli_boxes_add(cli_boxes *boxes, const char *file)
{
    cli_csv csv;
    columns at;
    int status = cli_csv_read(&csv, file);
    if (status != CLI_OK)
        return status;
    status = find_columns(&at, &csv, file);
    if (status == CLI_OK)
        status = boxes_check_rows(&csv, file);
    if (status == CLI_OK)
        status = boxes_add_rows(boxes, &csv, &at, file);
    cli_csv_clear(&csv);
    if (boxes->count)
        qsort(boxes->entries, boxes->count, sizeof *boxes->entries, by_photograph);
    return status == CLI_OK ? check_crowds(boxes, file) : status;
}

size_t cli_boxes_find(const cli_boxes *boxes, size_t *first, const char *path)
{
    struct stat info;
    size_t low = 0, high = boxes->count, count = 0;
    if (stat(path, &info) != 0)
        return 0;
    cli_boxed wanted = {.device = info.st_dev, .file = info.st_ino};
    while (low < high) { /* the first entry that is not below `wanted`, row 0 */
        size_t middle = low + (high - low) / 2;
        if (by_photograph(&boxes->entries[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + count < boxes->count && same_photograph(&boxes->entries[low + count], &wanted))
        count++;
    *first = low;
    return count;
}

void cli_boxes_clear(cli_boxes *boxes)
{
    free(boxes->entries);
    *boxes = (cli_boxes){0};
}

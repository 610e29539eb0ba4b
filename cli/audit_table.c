/* What E.csv says of the rows of E.npy, and of photographs that have none. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit_members.h"
#include "sidecar.h"

typedef struct table_reader {
    audit_data *data;
    const char *path;
    cli_csv csv;
    size_t row, name, label, file, face, status, found, age, prob, box[4],
        points[CLI_POINT_COLUMNS];
    size_t columns[AUDIT_MOST_COLUMNS], column_count; /* of groups; 0: not from here */
    size_t *lines;                                    /* [n] of each row; 0: none */
    audit_index *groups;
} table_reader;

static int table_columns(table_reader *r)
{
    static const char *const corners[] = {"x1", "y1", "x2", "y2"}, *const usual[] = {"group"};
    const audit_options *o = r->data->options;
    const cli_csv *csv = &r->csv;
    r->row = cli_csv_column(csv, "row");
    r->name = cli_csv_column(csv, "person");
    r->label = cli_csv_column(csv, "label");
    r->file = cli_csv_column(csv, "path");
    r->face = cli_csv_column(csv, "face");
    r->status = cli_csv_column(csv, "status");
    r->found = cli_csv_column(csv, "found");
    r->age = cli_csv_column(csv, "age");
    r->prob = cli_csv_column(csv, "prob");
    for (int i = 0; i < 4; i++)
        r->box[i] = cli_csv_column(csv, corners[i]);
    for (int i = 0; i < CLI_POINT_COLUMNS; i++)
        r->points[i] = cli_csv_column(csv, cli_point_columns[i]);
    if (r->row == SIZE_MAX) {
        cli_error("%s: its first line names no column 'row'", r->path);
        return CLI_SOME_FAILED;
    }
    if (o->glob_count || o->list) {
        if (r->file != SIZE_MAX)
            return CLI_OK;
        cli_error("%s: its first line names no column 'path', by which %s knows its photographs",
                  r->path, o->list ? "--groups" : "--group");
        return CLI_SOME_FAILED;
    }
    r->column_count = o->column_count ? o->column_count : 1;
    return audit_group_columns(r->columns, csv, r->path, o->column_count ? o->columns : usual,
                               r->column_count);
}

static const char *table_text(const table_reader *r, size_t line, size_t column)
{
    const char *text = column == SIZE_MAX ? NULL : cli_csv_get(&r->csv, line, column);
    return text ? text : "";
}

/* A face's box and points, where all of their numbers are there. */
static void table_face(audit_photo *photo, const table_reader *r, size_t line)
{
    double box[4], points[CLI_POINT_COLUMNS];
    double sum = 0, point_sum = 0;
    for (int i = 0; i < 4; i++)
        sum += box[i] = audit_number(table_text(r, line, r->box[i]));
    for (int i = 0; i < CLI_POINT_COLUMNS; i++)
        point_sum += points[i] = audit_number(table_text(r, line, r->points[i]));
    photo->has_box = isfinite(sum) && box[2] > box[0] && box[3] > box[1];
    photo->has_points = photo->has_box && isfinite(point_sum);
    photo->face.probability = (float)audit_number(table_text(r, line, r->prob));
    photo->face.box = (lk_box){(float)box[0], (float)box[1], (float)box[2], (float)box[3]};
    for (int i = 0; i < CLI_POINT_COLUMNS && photo->has_points; i++)
        photo->face.landmarks[i / 2][i % 2] = (float)points[i];
}

/* Whole and below `limit`, else SIZE_MAX. */
static size_t table_number(const char *text, size_t limit)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    bool good = *text >= '0' && *text <= '9' && !*end && !errno && value < limit;
    return good ? (size_t)value : SIZE_MAX;
}

/* False for a row that the vectors do not have, or that another line has, too. */
static bool table_row(audit_photo *photo, table_reader *r, size_t line)
{
    const char *text = table_text(r, line, r->row), *status = table_text(r, line, r->status);
    photo->row = SIZE_MAX;
    if (!*text) {
        photo->enrolment = strcmp(status, "failed") == 0 ? AUDIT_FAILED : AUDIT_NO_FACE;
        return true;
    }
    photo->row = table_number(text, r->data->vectors.n);
    if (photo->row == SIZE_MAX || r->lines[photo->row])
        return false;
    r->lines[photo->row] = line;
    return true;
}

static void table_group(audit_photo *photo, table_reader *r, size_t line)
{
    audit_data *data = r->data;
    char *group =
        r->column_count ? audit_group_of_line(&r->csv, line, r->columns, r->column_count) : NULL;
    photo->first = data->member_count;
    if (!group)
        return;
    data->member = cli_grow(data->member, &data->member_capacity, data->member_count + 1,
                            sizeof *data->member);
    data->member[data->member_count++] = audit_index_of(r->groups, group);
    photo->count = 1;
    free(group);
}

static bool table_line(table_reader *r, size_t line)
{
    audit_data *data = r->data;
    audit_photo photo = {.same_as = SIZE_MAX, .distance = NAN, .correlation = NAN};
    const char *name = table_text(r, line, r->name), *label = table_text(r, line, r->label);
    size_t face = table_number(table_text(r, line, r->face), UINT32_MAX);
    size_t found = table_number(table_text(r, line, r->found), UINT32_MAX);
    if (!table_row(&photo, r, line))
        return false;
    photo.path = cli_strdup(table_text(r, line, r->file));
    photo.name = *name ? audit_name(name) : NULL;
    photo.label = *label ? audit_name(label) : NULL;
    photo.print.face = face == SIZE_MAX ? 0 : (uint32_t)face;
    photo.found = found == SIZE_MAX ? 0 : found;
    photo.age = audit_number(table_text(r, line, r->age));
    table_face(&photo, r, line);
    table_group(&photo, r, line);
    data->photos = cli_grow(data->photos, &data->capacity, data->count + 1, sizeof photo);
    data->photos[data->count++] = photo;
    return true;
}

/* A last line that is empty is no line. */
static bool table_is_blank(const table_reader *r, size_t line)
{
    return !*table_text(r, line, 0) && !cli_csv_get(&r->csv, line, 1);
}

static int table_lines(table_reader *r)
{
    size_t n = r->data->vectors.n;
    for (size_t line = 1; line < r->csv.row_count; line++)
        if (!table_is_blank(r, line) && !table_line(r, line)) {
            cli_error("%s: line %zu: expected a row from 0 to %zu that no other line has, not '%s'",
                      r->path, line + 1, n - 1, table_text(r, line, r->row));
            return CLI_SOME_FAILED;
        }
    for (size_t i = 0; i < n; i++)
        if (!r->lines[i]) {
            cli_error("%s: no line for row %zu of %zu", r->path, i, n);
            return CLI_SOME_FAILED;
        }
    return CLI_OK;
}

static void table_finish_groups(table_reader *r)
{
    audit_data *data = r->data;
    size_t count = audit_index_count(r->groups);
    char **names = audit_index_finish(r->groups);
    data->groups = cli_alloc(count, sizeof *data->groups);
    data->group_count = count;
    for (size_t g = 0; g < count; g++)
        data->groups[g] = (audit_group){.name = names[g]};
    free(names);
}

static char *columns_reason(const table_reader *r)
{
    char *text = cli_strdup(r->column_count > 1 ? "columns" : "column");
    for (size_t i = 0; i < r->column_count; i++) {
        char *longer =
            cli_format("%s%s '%s'", text, i ? "," : "", cli_csv_get(&r->csv, 0, r->columns[i]));
        free(text);
        text = longer;
    }
    char *whole = cli_format("%s of %s", text, r->path);
    free(text);
    return whole;
}

int audit_table_read(audit_data *data, const char *path)
{
    table_reader r = {.data = data, .path = path};
    cli_sidecar sidecar = {0};
    int status = cli_csv_read(&r.csv, path);
    if (status != CLI_OK)
        return status;
    r.groups = audit_index_create();
    r.lines = cli_alloc(data->vectors.n, sizeof *r.lines);
    status = table_columns(&r);
    if (status == CLI_OK)
        status = table_lines(&r);
    if (status == CLI_OK)
        status = cli_sidecar_read(&sidecar, data->options->table);
    if (status == CLI_OK)
        status = cli_sidecar_check_list(&sidecar, &r.csv, path, r.lines, data->vectors.n);
    if (status == CLI_OK && r.column_count)
        data->group_reason = columns_reason(&r);
    data->has_person = r.name != SIZE_MAX;
    data->has_label = r.label != SIZE_MAX;
    cli_sidecar_clear(&sidecar);
    table_finish_groups(&r);
    cli_csv_clear(&r.csv);
    free(r.lines);
    return status;
}

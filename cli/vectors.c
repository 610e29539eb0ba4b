#include "vectors.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "csv.h"
#include "inputs.h"
#include "sidecar.h"

static int check_tensor(const lk_tensor *tensor, const char *path)
{
    if (tensor->rank != 2) {
        cli_error("%s: found %s with %zu %s, expected numbers with 2, [n, d]", path,
                  lk_dtype_name(tensor->dtype), tensor->rank,
                  cli_word(tensor->rank, "dimension", "dimensions"));
        return CLI_SOME_FAILED;
    }
    if (tensor->count == 0) {
        cli_error("%s: holds no numbers: [%zu, %zu]", path, tensor->shape[0], tensor->shape[1]);
        return CLI_SOME_FAILED;
    }
    return CLI_OK;
}

/* Vectors without a list are whole by themselves: they are not checked then, and what
 * describes others says nothing of these. */
static int read_array(cli_vectors *out, const char *path, const cli_sidecar *sidecar, bool listed)
{
    lk_tensors *file = NULL;
    lk_status status = lk_npy_open(&file, path);
    if (status != LK_OK)
        return cli_fail_input(status);
    const lk_tensor *tensor = lk_tensors_get(file, 0);
    int result = check_tensor(tensor, path);
    if (result == CLI_OK && listed)
        result = cli_sidecar_check_vectors(sidecar, tensor, path);
    if (result == CLI_OK && (listed || cli_sidecar_describes(sidecar, tensor)))
        result = cli_sidecar_metric(&out->metric, sidecar);
    if (result == CLI_OK) {
        out->n = tensor->shape[0];
        out->d = tensor->shape[1];
        out->x = cli_alloc(tensor->count, sizeof *out->x);
        lk_tensor_copy_f64(tensor, out->x);
    }
    lk_tensors_close(file);
    return result;
}

/* A row number, or `limit` for text that is none. */
static size_t parse_row(const char *text, size_t limit)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    bool good = *text >= '0' && *text <= '9' && !*end && !errno && value < limit;
    return good ? (size_t)value : limit;
}

/* Places one line's label; false for a row that the array does not have. */
static bool vectors_take_line(cli_vectors *out, size_t *lines, const cli_csv *csv, size_t line,
                              const size_t *columns)
{
    const char *row = cli_csv_get(csv, line, columns[0]);
    const char *label = cli_csv_get(csv, line, columns[1]);
    const char *path = columns[2] == SIZE_MAX ? "" : cli_csv_get(csv, line, columns[2]);
    if (!row || !*row)
        return true; /* a photograph without a face has no row */
    size_t index = parse_row(row, out->n);
    if (index == out->n || out->labels[index] || !label)
        return false;
    out->labels[index] = cli_strdup(label);
    out->names[index] = cli_strdup(path ? path : "");
    lines[index] = line;
    return true;
}

/* Lines that have a row; photographs without a face have none. */
static size_t count_rows(const cli_csv *csv, size_t column)
{
    size_t rows = 0;
    for (size_t line = 1; line < csv->row_count; line++) {
        const char *row = cli_csv_get(csv, line, column);
        rows += row && *row;
    }
    return rows;
}

/* lines[n]: becomes the line of each row. */
static int take_labels(cli_vectors *out, size_t *lines, const cli_csv *csv, const char *path,
                       const char *vectors)
{
    const size_t columns[] = {cli_csv_column(csv, "row"), cli_csv_column(csv, "label"),
                              cli_csv_column(csv, "path")};
    if (columns[0] == SIZE_MAX || columns[1] == SIZE_MAX) {
        cli_error("%s: the first line must name the columns 'row' and 'label'", path);
        return CLI_SOME_FAILED;
    }
    size_t rows = count_rows(csv, columns[0]);
    if (rows != out->n) {
        char *listed = cli_count(rows, "row", "rows");
        cli_error("%s: lists %s, %s holds %zu", path, listed, vectors, out->n);
        free(listed);
        return CLI_SOME_FAILED;
    }
    out->labels = cli_alloc(out->n, sizeof *out->labels);
    out->names = cli_alloc(out->n, sizeof *out->names);
    for (size_t line = 1; line < csv->row_count; line++)
        if (!vectors_take_line(out, lines, csv, line, columns)) {
            cli_error("%s: line %zu: expected a row from 0 to %zu that no other line has, and "
                      "a label",
                      path, line + 1, out->n - 1);
            return CLI_SOME_FAILED;
        }
    for (size_t i = 0; i < out->n; i++)
        if (!out->labels[i]) {
            cli_error("%s: no label for row %zu of %zu", path, i, out->n);
            return CLI_SOME_FAILED;
        }
    return CLI_OK;
}

static int read_labels(cli_vectors *out, const char *path, const char *vectors,
                       const cli_sidecar *sidecar)
{
    cli_csv csv = {0};
    size_t *lines = cli_alloc(out->n, sizeof *lines);
    int status = cli_csv_read(&csv, path);
    if (status == CLI_OK)
        status = take_labels(out, lines, &csv, path, vectors);
    if (status == CLI_OK)
        status = cli_sidecar_check_list(sidecar, &csv, path, lines, out->n);
    cli_csv_clear(&csv);
    free(lines);
    return status;
}

static int read_both(cli_vectors *out, const char *path, const char *labels)
{
    cli_sidecar sidecar = {0};
    int status = cli_sidecar_read(&sidecar, path);
    if (status == CLI_OK)
        status = read_array(out, path, &sidecar, labels != NULL);
    if (status == CLI_OK && labels)
        status = read_labels(out, labels, path, &sidecar);
    cli_sidecar_clear(&sidecar);
    return status;
}

int cli_vectors_read(cli_vectors *out, const char *path, const char *labels)
{
    cli_vectors vectors = {0};
    int status = read_both(&vectors, path, labels);
    if (status == CLI_OK)
        *out = vectors;
    else
        cli_vectors_clear(&vectors);
    return status;
}

/* Whether the first line, cut at what separates columns, has this name. */
static bool has_column(const char *line, const char *name)
{
    static const char between[] = ",;\t\r\n\" ";
    size_t length = strlen(name);
    for (line += strspn(line, between); *line; line += strspn(line, between)) {
        size_t field = strcspn(line, between);
        if (field == length && strncasecmp(line, name, length) == 0)
            return true;
        line += field;
    }
    return false;
}

bool cli_vectors_is_list(const char *path)
{
    char line[4096];
    FILE *file = fopen(path, "r");
    if (!file)
        return true; /* whoever reads it tells why that fails */
    bool read = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    const char *header = read && strncmp(line, "\xef\xbb\xbf", 3) == 0 ? line + 3 : line;
    return read && has_column(header, "row") && has_column(header, "label");
}

int cli_fail_vectors(lk_status status, const char *path)
{
    cli_error("%s: %s", path, lk_error_text());
    return status == LK_ERROR_ARGUMENT ? CLI_SOME_FAILED : cli_exit_of(status);
}

void cli_vectors_clear(cli_vectors *vectors)
{
    for (size_t i = 0; vectors->labels && i < vectors->n; i++) {
        free(vectors->labels[i]);
        free(vectors->names[i]);
    }
    free(vectors->labels);
    free(vectors->names);
    free(vectors->x);
    *vectors = (cli_vectors){0};
}

/* A row and its label, to be sorted. */
typedef struct labelled {
    const char *label;
    size_t row, first; /* first: the first row with this label */
} labelled;

static int vectors_by_label(const void *a, const void *b)
{
    const labelled *x = a, *y = b;
    int order = strcmp(x->label, y->label);
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

static int by_appearance(const void *a, const void *b)
{
    const labelled *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

void cli_groups_make(cli_groups *out, const cli_vectors *vectors)
{
    size_t n = vectors->n;
    cli_groups groups = {0};
    groups.names = cli_alloc(n, sizeof *groups.names);
    groups.sizes = cli_alloc(n, sizeof *groups.sizes);
    groups.rows = cli_alloc(n, sizeof *groups.rows);
    labelled *all = cli_alloc(n, sizeof *all);
    for (size_t i = 0; i < n; i++)
        all[i] = (labelled){vectors->labels ? vectors->labels[i] : "", i, i};
    qsort(all, n, sizeof *all, vectors_by_label);
    for (size_t i = 1; i < n; i++)
        if (strcmp(all[i].label, all[i - 1].label) == 0)
            all[i].first = all[i - 1].first;
    qsort(all, n, sizeof *all, by_appearance);
    for (size_t i = 0; i < n; i++) {
        if (all[i].row == all[i].first)
            groups.names[groups.count++] = all[i].label;
        groups.sizes[groups.count - 1]++;
        groups.rows[i] = all[i].row;
    }
    free(all);
    *out = groups;
}

size_t *cli_groups_number(const cli_groups *groups, size_t n)
{
    size_t *number = cli_alloc(n, sizeof *number);
    for (size_t g = 0, at = 0; g < groups->count; g++)
        for (size_t i = 0; i < groups->sizes[g]; i++)
            number[groups->rows[at++]] = g;
    return number;
}

void cli_groups_clear(cli_groups *groups)
{
    free(groups->names);
    free(groups->sizes);
    free(groups->rows);
    *groups = (cli_groups){0};
}

double *cli_vectors_take(const cli_vectors *vectors, const size_t *rows, size_t count)
{
    double *x = cli_alloc(count * vectors->d, sizeof *x);
    for (size_t i = 0; i < count; i++)
        memcpy(x + i * vectors->d, vectors->x + rows[i] * vectors->d, vectors->d * sizeof *x);
    return x;
}

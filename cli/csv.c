#include "csv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A cell, and a row, take four bytes beside those of the file; the first row's cells are
 * looked through for each name. */
enum { MAX_BYTES = 256 << 20, MAX_CELLS = 32 << 20, MAX_ROWS = 16 << 20, MAX_COLUMNS = 10000 };

static bool is_formula(const char *text)
{
    const char *first = text + strspn(text, " \t\r\n\v\f");
    return *first && strchr("=+-@", *first);
}

/* Also quoted is what a reader might take for a separator, for blanks beside one or
 * for a byte-order mark. */
static bool needs_quotes(const char *text)
{
    size_t length = strlen(text);
    return strpbrk(text, ",;\t\"\r\n") || *text == ' ' || *text == '\xef' ||
           (length && text[length - 1] == ' ');
}

void cli_csv_write(lk_output *output, const char *text, bool for_spreadsheet)
{
    bool guarded = for_spreadsheet && is_formula(text);
    if (!guarded && !needs_quotes(text)) {
        lk_output_printf(output, "%s", text);
        return;
    }
    lk_output_printf(output, "%s", guarded ? "\"'" : "\"");
    for (; *text; text++)
        lk_output_write(output, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
    lk_output_write(output, "\"", 1);
}

void cli_csv_write_row(lk_output *output, const char *const *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            lk_output_write(output, ",", 1);
        cli_csv_write(output, fields[i], false);
    }
    lk_output_write(output, "\n", 1);
}

typedef struct reader {
    cli_csv csv;
    size_t field_count, field_capacity, row_capacity;
    const char *at, *end;
    char *to; /* fields are unquoted in place: never longer than they were */
    char separator;
    bool blanks; /* those around a field are not part of it */
} reader;

/* Spreadsheets put a byte-order mark in front, separate by semicolons where a comma
 * is part of a number, or by tabs; people put blanks after their commas. The first
 * line shows it. */
static void look_at_header(reader *r)
{
    static const char separators[] = ",;\t";
    size_t counts[3] = {0};
    if (r->end - r->at >= 3 && memcmp(r->at, "\xef\xbb\xbf", 3) == 0)
        r->at += 3;
    bool quoted = false;
    for (const char *c = r->at; c < r->end && (quoted || (*c != '\n' && *c != '\r')); c++) {
        const char *found = quoted ? NULL : memchr(separators, *c, 3);
        quoted ^= *c == '"';
        if (found)
            counts[found - separators]++;
        if (found && c + 1 < r->end && c[1] == ' ')
            r->blanks = true;
    }
    size_t best = counts[1] > counts[0];
    r->separator = separators[counts[2] > counts[best] ? 2 : best];
}

/* Takes one field off the input; false when a quote is left open. */
static bool take_field(reader *r)
{
    while (r->blanks && r->at < r->end && *r->at == ' ')
        r->at++;
    r->csv.fields =
        cli_grow(r->csv.fields, &r->field_capacity, r->field_count + 1, sizeof *r->csv.fields);
    r->csv.fields[r->field_count++] = (uint32_t)(r->to - r->csv.bytes);
    bool quoted = r->at < r->end && *r->at == '"';
    r->at += quoted;
    const char *kept = r->to; /* blanks in quotes are */
    while (r->at < r->end) {
        char c = *r->at;
        if (quoted && c == '"') {
            r->at++;
            if (r->at >= r->end || *r->at != '"') {
                quoted = false;
                kept = r->to;
                continue;
            }
        } else if (!quoted && (c == r->separator || c == '\n' || c == '\r')) {
            break;
        }
        *r->to++ = c;
        r->at++;
    }
    while (r->blanks && r->to > kept && r->to[-1] == ' ')
        r->to--;
    return !quoted;
}

static void begin_row(reader *r)
{
    r->csv.row_starts = cli_grow(r->csv.row_starts, &r->row_capacity, r->csv.row_count + 2,
                                 sizeof *r->csv.row_starts);
    r->csv.row_starts[r->csv.row_count++] = (uint32_t)r->field_count;
}

/* Takes one row with its line end; NULL, or why it cannot be one. The zero that closes
 * its last field takes the place of the line end, so it is written once that has been
 * looked at. */
static const char *csv_take_row(reader *r)
{
    if (r->csv.row_count == MAX_ROWS)
        return "more rows than the 16,777,216 that are read";
    begin_row(r);
    for (;;) {
        if (r->field_count == MAX_CELLS)
            return "more cells than the 33,554,432 that are read";
        if (r->field_count - r->csv.row_starts[r->csv.row_count - 1] == MAX_COLUMNS)
            return "more columns than the 10,000 that are read";
        if (!take_field(r))
            return "a quote is never closed";
        char next = '\0';
        if (r->at < r->end)
            next = *r->at++;
        if (next == '\r' && r->at < r->end && *r->at == '\n')
            r->at++;
        *r->to++ = '\0';
        if (next != r->separator)
            return NULL;
    }
}

/* False, and reported, when the bytes are no table. */
static bool take_rows(reader *r, const char *path)
{
    if (memchr(r->at, '\0', (size_t)(r->end - r->at))) {
        cli_error("%s: not a CSV file: it holds zero bytes", path);
        return false;
    }
    look_at_header(r);
    while (r->at < r->end) {
        const char *problem = csv_take_row(r);
        if (problem) {
            cli_error("%s: %s (row %zu)", path, problem, r->csv.row_count);
            return false;
        }
    }
    begin_row(r);
    r->csv.row_count--;
    return true;
}

int cli_csv_read(cli_csv *out, const char *path)
{
    size_t size;
    reader r = {0};
    lk_status status = lk_input_read(&r.csv.bytes, &size, path, MAX_BYTES);
    if (status != LK_OK) {
        cli_error("%s", lk_error_text());
        return status == LK_ERROR_MEMORY ? CLI_ENVIRONMENT : CLI_SOME_FAILED;
    }
    r.at = r.to = r.csv.bytes;
    r.end = r.at + size;
    if (!take_rows(&r, path)) {
        cli_csv_clear(&r.csv);
        return CLI_SOME_FAILED;
    }
    *out = r.csv;
    return CLI_OK;
}

void cli_csv_clear(cli_csv *csv)
{
    lk_free(csv->bytes);
    free(csv->fields);
    free(csv->row_starts);
    *csv = (cli_csv){0};
}

const char *cli_csv_get(const cli_csv *csv, size_t row, size_t column)
{
    if (row >= csv->row_count || column >= csv->row_starts[row + 1] - csv->row_starts[row])
        return NULL;
    return csv->bytes + csv->fields[csv->row_starts[row] + column];
}

/* The same name but for capitals and blanks around it. */
static bool is_like(const char *field, const char *name)
{
    size_t length = strlen(name);
    field += strspn(field, " \t");
    return strncasecmp(field, name, length) == 0 &&
           field[length + strspn(field + length, " \t")] == '\0';
}

size_t cli_csv_column(const cli_csv *csv, const char *name)
{
    size_t like = SIZE_MAX;
    for (size_t column = 0; cli_csv_get(csv, 0, column); column++) {
        const char *field = cli_csv_get(csv, 0, column);
        if (strcmp(field, name) == 0)
            return column;
        if (like == SIZE_MAX && is_like(field, name))
            like = column;
    }
    return like;
}

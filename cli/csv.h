/* Comma-separated values with RFC 4180's quoting. */
#ifndef LK_CLI_CSV_H
#define LK_CLI_CSV_H

#include "cli.h"

/* Writes one field, in quotes where it needs them, without a separator. What
 * cli_csv_read makes of it is the same text, whatever that holds: a program is to
 * find the file that a cell names. A spreadsheet takes a cell that begins with =, +,
 * -, @ or white space and such a sign for a formula, in quotes or not; with
 * `for_spreadsheet` such a cell begins with an apostrophe, which every other program
 * takes for a part of it. */
void cli_csv_write(lk_output *output, const char *text, bool for_spreadsheet);

/* A row of such fields, with separators and its line end. */
void cli_csv_write_row(lk_output *output, const char *const *fields, size_t count);

/* A table in memory: rows may differ in length. */
typedef struct cli_csv {
    char *bytes;          /* all fields, each with a closing zero */
    uint32_t *fields;     /* where each begins in bytes */
    uint32_t *row_starts; /* [row_count + 1], indices into fields */
    size_t row_count;
} cli_csv;

/* Reads a whole file, or pipe (lk_input_read), of at most 256 MiB, 32 Mi cells,
 * 16 Mi rows and 10,000 columns: separated by commas, semicolons or tabs, whichever its
 * first line has most of, with or without a byte-order mark. Blanks around fields are
 * left out where the first line has them after its separators. On failure reports it and returns an
 * exit status. */
int cli_csv_read(cli_csv *out, const char *path);
void cli_csv_clear(cli_csv *csv);
/* A field, or NULL where the row is shorter. */
const char *cli_csv_get(const cli_csv *csv, size_t row, size_t column);
/* The index of the column with this name in the first row, or else of one that has
 * it but for capitals and blanks around it; SIZE_MAX if none. */
size_t cli_csv_column(const cli_csv *csv, const char *name);

#endif

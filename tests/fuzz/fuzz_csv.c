/* Any bytes as a CSV file, as --labels and --boxes read them. A table that is read is
 * written and read again as the same one; a file that is refused is named once. */
#include "fuzz.h"
#include "memory_file.h"

#include <string.h>

#include "csv.h"

/* What csv.c takes from the rest of the program, without its words on the screen. */
static size_t errors;

void cli_error(const char *format, ...)
{
    if (strcmp(format, "%s") != 0 && strncmp(format, "%s: ", 4) != 0)
        abort();
    errors++;
}

void *cli_grow(void *array, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity)
        return array;
    *capacity = 2 * needed;
    void *memory = reallocarray(array, *capacity, size);
    if (!memory)
        abort();
    return memory;
}

static bool read_table(cli_csv *out, const memory_file *file)
{
    size_t before = errors;
    int status = cli_csv_read(out, file->path);
    if (errors - before != (status == CLI_OK ? 0 : 1))
        abort();
    return status == CLI_OK;
}

static void write_row(lk_output *output, const cli_csv *csv, size_t row)
{
    const char *field;
    for (size_t column = 0; (field = cli_csv_get(csv, row, column)); column++) {
        if (column)
            lk_output_write(output, ",", 1);
        cli_csv_write(output, field, false);
    }
    lk_output_write(output, "\n", 1);
}

static void compare_rows(const cli_csv *a, const cli_csv *b, size_t row)
{
    const char *field, *other;
    size_t column = 0;
    while ((field = cli_csv_get(a, row, column))) {
        other = cli_csv_get(b, row, column++);
        if (!other || strcmp(field, other) != 0)
            abort();
    }
    if (column == 0 || cli_csv_get(b, row, column))
        abort();
}

static void write_and_read_again(const cli_csv *csv)
{
    cli_csv again;
    lk_output *output;
    memory_file file = memory_file_open("", 0);
    if (lk_output_open(&output, file.path) != LK_OK)
        abort();
    for (size_t row = 0; row < csv->row_count; row++)
        write_row(output, csv, row);
    if (lk_output_commit(output) != LK_OK)
        abort();
    if (!read_table(&again, &file) || again.row_count != csv->row_count)
        abort();
    for (size_t row = 0; row < csv->row_count; row++)
        compare_rows(csv, &again, row);
    cli_csv_clear(&again);
    memory_file_close(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    cli_csv csv;
    memory_file file = memory_file_open(bytes, count);
    bool good = read_table(&csv, &file);
    memory_file_close(&file);
    if (!good)
        return 0;
    const char *name = cli_csv_get(&csv, 0, 0);
    if (cli_csv_get(&csv, csv.row_count, 0) || (name && cli_csv_column(&csv, name) != 0))
        abort();
    write_and_read_again(&csv);
    cli_csv_clear(&csv);
    return 0;
}

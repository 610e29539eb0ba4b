/* The tables of all shares, one behind the other. */
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "embed_shard.h"
#include "embed_table.h"
#include "json.h"
#include "outputs.h"
#include "sidecar.h"

typedef struct join_run {
    const cli_paths *shares;
    char **order; /* [count] paths by the number of their share, borrowed */
    cli_sidecar first;
    const char *first_path;
    float *rows; /* [count, width] */
    size_t count, capacity, width;
    cli_digest *digest; /* of who is in which row */
    cli_csv header;     /* the first share's list, for its first line */
} join_run;

/* ---- which shares ---- */

static size_t join_shard_number(const json_t *about, const char *key)
{
    const json_t *shard = json_object_get(about, "shard");
    json_int_t value = json_integer_value(json_object_get(shard, key));
    return value > 0 && value <= EMBED_MOST_SHARDS ? (size_t)value : 0;
}

/* What must be equal for the rows to be comparable, and read in the same way. */
static int join_compare(const join_run *run, const cli_sidecar *share, const char *path)
{
    static const char *const keys[] = {"model", "faces", "labels", "compat"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!json_equal(json_object_get(run->first.object, keys[i]),
                        json_object_get(share->object, keys[i]))) {
            cli_error("%s: was not made like %s: they differ in \"%s\"", share->path,
                      run->first.path, keys[i]);
            return CLI_SOME_FAILED;
        }
    if (join_shard_number(run->first.object, "of") == join_shard_number(share->object, "of"))
        return CLI_OK;
    cli_error("%s: is one of %zu shares, and %s one of %zu", path,
              join_shard_number(share->object, "of"), run->first_path,
              join_shard_number(run->first.object, "of"));
    return CLI_SOME_FAILED;
}

static int join_place(join_run *run, const cli_sidecar *share, char *path)
{
    size_t number = join_shard_number(share->object, "number");
    size_t of = join_shard_number(share->object, "of");
    if (!share->object || !number || number > of) {
        cli_error("%s: is no share of a table: 'likeness embed --shard I/N' makes them", path);
        return CLI_SOME_FAILED;
    }
    if (run->order[number - 1]) {
        cli_error("%s and %s: are both share %zu of %zu", run->order[number - 1], path, number, of);
        return CLI_SOME_FAILED;
    }
    run->order[number - 1] = path;
    return CLI_OK;
}

/* The first share says of how many it is one. */
static int join_begin(join_run *run, cli_sidecar *share, const char *path)
{
    size_t of = join_shard_number(share->object, "of");
    run->order = cli_alloc(of ? of : 1, sizeof *run->order);
    run->first = *share;
    run->first_path = path;
    *share = (cli_sidecar){0};
    return CLI_OK;
}

static int join_look(join_run *run)
{
    for (size_t i = 0; i < run->shares->count; i++) {
        cli_sidecar share = {0};
        char *path = run->shares->items[i];
        int status = cli_sidecar_read(&share, path);
        if (status == CLI_OK && i > 0)
            status = join_compare(run, &share, path);
        if (status == CLI_OK && i == 0)
            status = join_begin(run, &share, path);
        if (status == CLI_OK)
            status = join_place(run, i == 0 ? &run->first : &share, path);
        cli_sidecar_clear(&share);
        if (status != CLI_OK)
            return status;
    }
    return CLI_OK;
}

static int join_check_all(const join_run *run)
{
    size_t of = join_shard_number(run->first.object, "of");
    for (size_t i = 0; i < of; i++)
        if (!run->order[i]) {
            cli_error("share %zu of %zu is missing: 'likeness embed --shard %zu/%zu' makes it",
                      i + 1, of, i + 1, of);
            return CLI_SOME_FAILED;
        }
    return CLI_OK;
}

/* ---- lists ---- */

static int join_fail_list(const char *path)
{
    cli_error("%s: is not the list that 'likeness embed' wrote: every row must be there once, and "
              "the columns be those of the first share",
              path);
    return CLI_SOME_FAILED;
}

static bool join_same_header(const join_run *run, const cli_csv *list)
{
    for (size_t column = 0;; column++) {
        const char *a = cli_csv_get(&run->header, 0, column), *b = cli_csv_get(list, 0, column);
        if (!a || !b)
            return !a && !b;
        if (strcmp(a, b) != 0)
            return false;
    }
}

/* lines[rows]: becomes the line of each row. */
static bool join_find_lines(size_t *lines, const cli_csv *list, size_t rows)
{
    size_t found = 0, column = cli_csv_column(list, "row");
    for (size_t line = 1; line < list->row_count; line++) {
        const char *row = cli_csv_get(list, line, column);
        char *end;
        if (!row || !*row)
            continue;
        unsigned long long number = strtoull(row, &end, 10);
        if (*row < '0' || *row > '9' || *end || number >= rows || lines[number])
            return false;
        lines[number] = line;
        found++;
    }
    return found == rows;
}

static void join_write_line(const join_run *run, lk_output *list, const cli_csv *csv, size_t line)
{
    size_t row = cli_csv_column(csv, "row"), count = 0;
    const char *number = cli_csv_get(csv, line, row);
    while (cli_csv_get(csv, line, count))
        count++;
    const char **fields = cli_alloc(count, sizeof *fields);
    for (size_t column = 0; column < count; column++)
        fields[column] = cli_csv_get(csv, line, column);
    char *moved = line && number && *number
                      ? cli_format("%zu", run->count + (size_t)strtoull(number, NULL, 10))
                      : NULL;
    if (moved)
        fields[row] = moved;
    cli_csv_write_row(list, fields, count);
    free(moved);
    free(fields);
}

static int join_take_list(join_run *run, lk_output *output, const cli_sidecar *share, cli_csv *list,
                          const char *path, size_t rows)
{
    size_t *lines = cli_alloc(rows, sizeof *lines);
    size_t name = cli_csv_column(list, "path"), face = cli_csv_column(list, "face");
    if (!run->header.bytes) {
        run->header = *list;
        join_write_line(run, output, list, 0);
    }
    int status = join_same_header(run, list) && name != SIZE_MAX && face != SIZE_MAX &&
                         join_find_lines(lines, list, rows)
                     ? CLI_OK
                     : join_fail_list(path);
    if (status == CLI_OK)
        status = cli_sidecar_check_list(share, list, path, lines, rows);
    for (size_t i = 0; i < rows && status == CLI_OK; i++)
        cli_sidecar_add_row(run->digest, cli_csv_get(list, lines[i], name),
                            cli_csv_get(list, lines[i], face));
    for (size_t line = 1; line < list->row_count && status == CLI_OK; line++)
        join_write_line(run, output, list, line);
    free(lines);
    if (run->header.bytes == list->bytes)
        *list = (cli_csv){0};
    return status;
}

/* ---- vectors ---- */

static int join_take_vectors(join_run *run, const cli_sidecar *share, const lk_tensor *vectors,
                             const char *path)
{
    int status = cli_sidecar_check_vectors(share, vectors, path);
    if (status != CLI_OK)
        return status;
    size_t width = vectors->rank == 2 ? vectors->shape[1] : 0;
    if (width == 0 || (run->width && run->width != width)) {
        cli_error("%s: vectors of %zu numbers, expected %zu", path, width, run->width);
        return CLI_SOME_FAILED;
    }
    run->width = width;
    run->rows = cli_grow(run->rows, &run->capacity, run->count + vectors->shape[0],
                         width * sizeof *run->rows);
    lk_tensor_copy_f32(vectors, run->rows + run->count * width);
    return CLI_OK;
}

static int join_add(join_run *run, lk_output *output, const char *path)
{
    cli_sidecar share = {0};
    cli_csv list = {0};
    lk_tensors *file = NULL;
    int status = cli_sidecar_read(&share, path);
    char *beside = cli_sidecar_path(path, ".csv");
    lk_status opened = status == CLI_OK ? lk_npy_open(&file, path) : LK_OK;
    if (opened != LK_OK)
        status = cli_fail_input(opened);
    if (status == CLI_OK)
        status = join_take_vectors(run, &share, lk_tensors_get(file, 0), path);
    if (status == CLI_OK)
        status = cli_csv_read(&list, beside);
    size_t rows = status == CLI_OK ? lk_tensors_get(file, 0)->shape[0] : 0;
    if (status == CLI_OK)
        status = join_take_list(run, output, &share, &list, beside, rows);
    run->count += rows;
    cli_csv_clear(&list);
    lk_tensors_close(file);
    free(beside);
    cli_sidecar_clear(&share);
    return status;
}

/* ---- all ---- */

static json_t *join_describe(const join_run *run, const float *rows, const char *digest)
{
    json_t *about = cli_sidecar_make(rows, run->count, run->width, digest);
    const char *key;
    json_t *value;
    json_object_foreach(run->first.object, key,
                        value) if (!json_object_get(about, key) && strcmp(key, "shard") != 0)
        json_object_set(about, key, value);
    return about;
}

static int join_write(join_run *run, embed_table *table)
{
    int status = CLI_OK;
    const float nothing = 0;
    size_t of = join_shard_number(run->first.object, "of");
    run->digest = cli_digest_begin();
    for (size_t i = 0; i < of && status == CLI_OK; i++)
        status = join_add(run, table->list, run->order[i]);
    char *digest = cli_digest_end(run->digest);
    if (status == CLI_OK) {
        const float *rows = run->rows ? run->rows : &nothing;
        json_t *about = join_describe(run, rows, digest);
        status = embed_table_commit(table, rows, run->count, run->width, about, CLI_OK);
        json_decref(about);
    }
    free(digest);
    return status;
}

static int join_check_outputs(const cli_paths *shares, const char *output)
{
    static const char *const endings[] = {".npy", ".csv", ".json"};
    cli_outputs outputs = {0};
    for (size_t e = 0; e < sizeof endings / sizeof *endings; e++) {
        for (size_t i = 0; i < shares->count; i++) {
            char *input = cli_sidecar_path(shares->items[i], endings[e]);
            cli_outputs_read(&outputs, input);
            free(input);
        }
        char *file = cli_sidecar_path(output, endings[e]);
        cli_outputs_write(&outputs, file);
        free(file);
    }
    return cli_outputs_check(&outputs);
}

int embed_join(const cli_paths *shares, const char *output)
{
    join_run run = {.shares = shares};
    embed_table table = {0};
    int status = join_check_outputs(shares, output);
    if (status == CLI_OK)
        status = join_look(&run);
    if (status == CLI_OK)
        status = join_check_all(&run);
    if (status == CLI_OK)
        status = embed_table_open(&table, output);
    if (status == CLI_OK)
        status = join_write(&run, &table);
    if (status == CLI_OK)
        cli_line(stdout, "%zu %s of %zu shares in %s", run.count,
                 cli_word(run.count, "face", "faces"), shares->count, output);
    embed_table_discard(&table);
    cli_csv_clear(&run.header);
    cli_sidecar_clear(&run.first);
    free(run.order);
    free(run.rows);
    return status;
}

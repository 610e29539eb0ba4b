/* --groups FILE.csv: path, group, and if they are known person and age. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit_members.h"

/* Photographs by their paths. Several rows of a table may have one path. */
typedef struct path_book {
    audit_index *names;
    size_t *first; /* of each name: 1 + the photograph, 0 none */
    size_t *next;  /* of each photograph: likewise the next of the same name */
    size_t count;
} path_book;

static path_book book_create(size_t count)
{
    return (path_book){audit_index_create(), cli_alloc(count, sizeof(size_t)),
                       cli_alloc(count, sizeof(size_t)), count};
}

static void book_add(path_book *book, const char *path, size_t photo)
{
    size_t name = audit_index_of(book->names, path);
    book->next[photo] = book->first[name];
    book->first[name] = photo + 1;
}

/* 1 + the first photograph of this path, or 0. Names that are asked for and not there cost
 * no more than those that are. */
static size_t book_find(path_book *book, const char *path)
{
    size_t known = audit_index_count(book->names);
    size_t name = audit_index_of(book->names, path);
    return name < known && name < book->count ? book->first[name] : 0;
}

static void book_clear(path_book *book)
{
    size_t count = audit_index_count(book->names);
    char **names = audit_index_finish(book->names);
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    free(book->first);
    free(book->next);
}

typedef struct list_reader {
    const char *file;
    char *folder; /* of the file, with its slash; "" for the working directory */
    cli_csv csv;
    size_t path, person, age, columns[AUDIT_MOST_COLUMNS], column_count;
    path_book given, real; /* as they are named, and where they lie */
    const char *const *paths;
    size_t count;
    size_t by_folder, as_given; /* rows that matched so */
    audit_pairs pairs;
    audit_index *names;
    audit_members *out;
} list_reader;

static int list_columns(list_reader *r, const char *const *columns, size_t count)
{
    static const char *const usual[] = {"group"};
    r->path = cli_csv_column(&r->csv, "path");
    r->person = cli_csv_column(&r->csv, "person");
    r->age = cli_csv_column(&r->csv, "age");
    r->column_count = count ? count : 1;
    if (r->path == SIZE_MAX) {
        cli_error("%s: its first line names no column 'path'", r->file);
        return CLI_SOME_FAILED;
    }
    return audit_group_columns(r->columns, &r->csv, r->file, count ? columns : usual,
                               r->column_count);
}

static void list_index(list_reader *r)
{
    char real[PATH_MAX];
    r->given = book_create(r->count);
    r->real = book_create(r->count);
    for (size_t i = 0; i < r->count; i++) {
        book_add(&r->given, r->paths[i], i);
        if (realpath(r->paths[i], real))
            book_add(&r->real, real, i);
    }
}

/* By its name as it is, and where it lies. */
static size_t list_find(list_reader *r, const char *path, path_book **book)
{
    char real[PATH_MAX];
    *book = &r->given;
    size_t found = book_find(&r->given, path);
    if (found || !realpath(path, real))
        return found;
    *book = &r->real;
    return book_find(&r->real, real);
}

/* From the folder of the file, or else from the working directory. */
static size_t list_photo(list_reader *r, const char *path, path_book **book)
{
    char *below = cli_format("%s%s", path[0] == '/' ? "" : r->folder, path);
    size_t found = list_find(r, below, book);
    free(below);
    r->by_folder += found != 0;
    if (found || !*r->folder)
        return found;
    found = list_find(r, path, book);
    r->as_given += found != 0;
    return found;
}

static void list_take_photo(list_reader *r, size_t line, size_t photo, const char *group)
{
    const char *person = r->person == SIZE_MAX ? NULL : cli_csv_get(&r->csv, line, r->person);
    if (group)
        audit_pairs_add(&r->pairs, photo, audit_index_of(r->names, group));
    if (person && *person && !r->out->persons[photo])
        r->out->persons[photo] = audit_name(person);
    if (r->age != SIZE_MAX)
        r->out->ages[photo] = audit_number(cli_csv_get(&r->csv, line, r->age));
}

static void list_take_line(list_reader *r, size_t line)
{
    path_book *book;
    const char *path = cli_csv_get(&r->csv, line, r->path);
    if (!path || !*path)
        return;
    size_t photo = list_photo(r, path, &book);
    char *group = audit_group_of_line(&r->csv, line, r->columns, r->column_count);
    /* What is in no group is not among the photographs any more, and is not missed. */
    if (!photo && group && r->out->unmatched++ == 0)
        r->out->first_unmatched = cli_strdup(path);
    for (; photo; photo = book->next[photo - 1])
        list_take_photo(r, line, photo - 1, group);
    free(group);
}

static char *list_reason(const list_reader *r)
{
    return cli_format("%s, whose paths count from %s", r->file,
                      r->as_given == 0    ? "its folder"
                      : r->by_folder == 0 ? "the working directory"
                                          : "its folder, or else from the working directory");
}

static int list_end(list_reader *r)
{
    if (r->pairs.count)
        return CLI_OK;
    char *rows = cli_count(r->csv.row_count > 1 ? r->csv.row_count - 1 : 0, "row", "rows");
    cli_error("%s: %s, and none puts one of the photographs into a group; paths count from its "
              "folder, or else from the working directory%s%s%s%s",
              r->file, rows, r->out->first_unmatched ? "; it names " : "",
              r->out->first_unmatched ? r->out->first_unmatched : "",
              r->out->first_unmatched && r->count ? ", a photograph is " : "",
              r->out->first_unmatched && r->count ? r->paths[0] : "");
    free(rows);
    return CLI_SOME_FAILED;
}

static int list_read(list_reader *r)
{
    list_index(r);
    for (size_t line = 1; line < r->csv.row_count; line++)
        list_take_line(r, line);
    int status = list_end(r);
    r->out->reason = list_reason(r);
    r->out->name_count = audit_index_count(r->names);
    r->out->names = audit_index_finish(r->names);
    audit_pairs_finish(r->out, &r->pairs, r->count);
    book_clear(&r->given);
    book_clear(&r->real);
    return status;
}

int audit_members_read(audit_members *out, const char *file, const char *const *columns,
                       size_t column_count, const char *const *paths, size_t count)
{
    const char *slash = strrchr(file, '/');
    list_reader r = {.file = file, .paths = paths, .count = count, .out = out};
    int status = cli_csv_read(&r.csv, file);
    if (status != CLI_OK)
        return status;
    r.folder = cli_format("%.*s", slash ? (int)(slash - file) + 1 : 0, file);
    out->count = count;
    out->persons = cli_alloc(count, sizeof *out->persons);
    out->ages = cli_alloc(count, sizeof *out->ages);
    for (size_t i = 0; i < count; i++)
        out->ages[i] = NAN;
    status = list_columns(&r, columns, column_count);
    if (status == CLI_OK) {
        r.names = audit_index_create();
        status = list_read(&r);
    }
    cli_csv_clear(&r.csv);
    free(r.folder);
    return status;
}

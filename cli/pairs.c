#include "pairs.h"

#include <stdlib.h>
#include <string.h>

#include "inputs.h"

enum { MOST_BYTES = 64 << 20, FIELDS = 4, MOST_FOLDS = LK_FOLDS_MOST };

/* A photograph as a pair names it: the text that is looked for, and its row. */
typedef struct named_row {
    char *name;
    size_t row;
} named_row;

typedef struct pair_reader {
    const char *path;
    cli_pairs *out;
    named_row *rows; /* sorted by name */
    size_t row_count;
    char **people; /* [count, 2]: whose the pairs are, within the file's bytes */
    size_t people_capacity;
    size_t each; /* pairs of either kind a fold; 0: the first line is still to come */
    size_t capacity, line;
} pair_reader;

/* ---- which row is whose photograph ---- */

/* "NAME_0001" of "lfw/NAME/NAME_0001.jpg". The caller frees it. */
static char *pairs_stem(const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    const char *dot = strrchr(name, '.');
    size_t length = dot && dot != name ? (size_t)(dot - name) : strlen(name);
    return cli_format("%.*s", (int)length, name);
}

static char *photograph_name(const char *person, size_t number)
{
    return cli_format("%s_%04zu", person, number);
}

static bool has_paths(const cli_vectors *v)
{
    for (size_t i = 0; i < v->n; i++)
        if (*v->names[i])
            return true;
    return false;
}

static int pairs_by_name(const void *a, const void *b)
{
    const named_row *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

static void name_by_label(named_row *rows, const cli_vectors *v)
{
    cli_groups groups;
    cli_groups_make(&groups, v);
    for (size_t g = 0, at = 0; g < groups.count; g++)
        for (size_t i = 0; i < groups.sizes[g]; i++, at++)
            rows[at] = (named_row){photograph_name(groups.names[g], i + 1), groups.rows[at]};
    cli_groups_clear(&groups);
}

static void name_rows(pair_reader *r, const cli_vectors *v)
{
    r->row_count = v->n;
    r->rows = cli_alloc(v->n, sizeof *r->rows);
    if (has_paths(v))
        for (size_t i = 0; i < v->n; i++)
            r->rows[i] = (named_row){pairs_stem(v->names[i]), i};
    else
        name_by_label(r->rows, v);
    qsort(r->rows, v->n, sizeof *r->rows, pairs_by_name);
}

/* The first row of that name, or SIZE_MAX. */
static size_t find_row(const pair_reader *r, const char *name)
{
    size_t low = 0, high = r->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(r->rows[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == r->row_count || strcmp(r->rows[low].name, name) != 0)
        return SIZE_MAX;
    if (low + 1 < r->row_count && strcmp(r->rows[low + 1].name, name) == 0)
        r->out->twice++;
    return r->rows[low].row;
}

/* ---- lines ---- */

static size_t split_fields(char *fields[FIELDS], char *line)
{
    static const char blank[] = " \t\r";
    size_t count = 0;
    for (line += strspn(line, blank); *line; line += strspn(line, blank)) {
        if (count == FIELDS)
            return FIELDS + 1;
        fields[count++] = line;
        line += strcspn(line, blank);
        if (*line)
            *line++ = '\0';
    }
    return count;
}

/* 1 to 99,999,999, or 0. */
static size_t pairs_whole_number(const char *text)
{
    size_t length = strspn(text, "0123456789");
    return *text && length <= 8 && !text[length] ? (size_t)strtoul(text, NULL, 10) : 0;
}

static int bad_line(const pair_reader *r, const char *expected)
{
    cli_error("%s: line %zu: expected %s", r->path, r->line, expected);
    return CLI_SOME_FAILED;
}

static int take_header(pair_reader *r, char *const *fields, size_t count)
{
    size_t last = count == 1 || count == 2 ? pairs_whole_number(fields[count - 1]) : 0;
    size_t folds = count == 2 ? pairs_whole_number(fields[0]) : 1;
    if (!last || !folds || folds > MOST_FOLDS)
        return bad_line(r, "the number of folds (at most 100) and of pairs of either kind in each, "
                           "such as '10 300'");
    r->each = last;
    r->out->folds = folds;
    return CLI_OK;
}

static void add_gap(cli_pairs *out, size_t line, char *missing)
{
    out->gaps = cli_grow(out->gaps, &out->gap_capacity, out->gap_count + 1, sizeof *out->gaps);
    out->gaps[out->gap_count++] = (cli_pair_gap){line, missing};
}

static int take_pair(pair_reader *r, char *const *fields, size_t count)
{
    size_t first = count >= 3 ? pairs_whole_number(fields[1]) : 0;
    size_t second = count == 3 || count == 4 ? pairs_whole_number(fields[count - 1]) : 0;
    cli_pairs *out = r->out;
    if (!first || !second)
        return bad_line(r, "a pair, 'NAME N M' of one person or 'NAME N NAME M' of two, numbers "
                           "from 1 on");
    char *names[2] = {photograph_name(fields[0], first),
                      photograph_name(fields[count == 4 ? 2 : 0], second)};
    size_t rows[2] = {find_row(r, names[0]), find_row(r, names[1])};
    size_t lost = rows[0] == SIZE_MAX ? 0 : rows[1] == SIZE_MAX ? 1 : 2;
    if (lost < 2) {
        add_gap(out, r->line, names[lost]);
        names[lost] = NULL;
    } else {
        size_t at = out->count++;
        out->items = cli_grow(out->items, &r->capacity, out->count, sizeof *out->items);
        r->people = cli_grow(r->people, &r->people_capacity, 2 * out->count, sizeof *r->people);
        out->items[at] = (cli_pair){{rows[0], rows[1]}, {0, 0}, out->listed / (2 * r->each)};
        r->people[2 * at] = fields[0];
        r->people[2 * at + 1] = fields[count == 4 ? 2 : 0];
    }
    out->listed++;
    free(names[0]);
    free(names[1]);
    return CLI_OK;
}

static int take_line(pair_reader *r, char *line)
{
    char *fields[FIELDS];
    size_t count = split_fields(fields, line);
    if (count == 0)
        return CLI_OK;
    return r->each ? take_pair(r, fields, count) : take_header(r, fields, count);
}

/* ---- people ---- */

typedef struct place_of_name {
    const char *name;
    size_t place;
} place_of_name;

static int pairs_by_person(const void *a, const void *b)
{
    const place_of_name *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static void number_people(pair_reader *r)
{
    size_t count = 2 * r->out->count, person = 0;
    place_of_name *all = cli_alloc(count, sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[i] = (place_of_name){r->people[i], i};
    qsort(all, count, sizeof *all, pairs_by_person);
    for (size_t i = 0; i < count; i++) {
        person += i > 0 && strcmp(all[i].name, all[i - 1].name) != 0;
        r->out->items[all[i].place / 2].person[all[i].place % 2] = person;
    }
    free(all);
}

/* ---- the file ---- */

static int take_lines(pair_reader *r, char *at, char *end)
{
    int status = CLI_OK;
    at += end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < end && status == CLI_OK) {
        char *next = memchr(at, '\n', (size_t)(end - at));
        r->line++;
        *(next ? next : end) = '\0';
        status = take_line(r, at);
        at = next ? next + 1 : end;
    }
    if (status == CLI_OK && !r->each) {
        cli_error("%s: the file is empty, expected a list of pairs", r->path);
        status = CLI_SOME_FAILED;
    }
    return status;
}

static int pairs_check_count(const pair_reader *r)
{
    const cli_pairs *out = r->out;
    if (out->listed != out->folds * 2 * r->each) {
        cli_error("%s: holds %zu %s, its first line announces %zu %s of %zu", r->path, out->listed,
                  cli_word(out->listed, "pair", "pairs"), out->folds,
                  cli_word(out->folds, "fold", "folds"), 2 * r->each);
        return CLI_SOME_FAILED;
    }
    if (out->count == 0) {
        cli_error("%s: for none of its %zu pairs are there rows; the first without is that of %s "
                  "(line %zu)",
                  r->path, out->listed, out->gaps[0].missing, out->gaps[0].line);
        return CLI_SOME_FAILED;
    }
    return CLI_OK;
}

static int read_pairs(pair_reader *r, char *bytes, size_t size)
{
    if (memchr(bytes, '\0', size)) {
        cli_error("%s: not a list of pairs: it holds zero bytes", r->path);
        return CLI_SOME_FAILED;
    }
    int status = take_lines(r, bytes, bytes + size);
    if (status == CLI_OK)
        status = pairs_check_count(r);
    if (status == CLI_OK)
        number_people(r);
    return status;
}

int cli_pairs_read(cli_pairs *out, const char *path, const cli_vectors *vectors)
{
    char *bytes;
    size_t size;
    cli_pairs pairs = {0};
    pair_reader r = {.path = path, .out = &pairs};
    lk_status read = lk_input_read(&bytes, &size, path, MOST_BYTES);
    if (read != LK_OK)
        return cli_fail_input(read);
    name_rows(&r, vectors);
    int status = read_pairs(&r, bytes, size);
    for (size_t i = 0; i < r.row_count; i++)
        free(r.rows[i].name);
    free(r.rows);
    free(r.people);
    lk_free(bytes);
    if (status == CLI_OK)
        *out = pairs;
    else
        cli_pairs_clear(&pairs);
    return status;
}

void cli_pairs_clear(cli_pairs *pairs)
{
    for (size_t i = 0; i < pairs->gap_count; i++)
        free(pairs->gaps[i].missing);
    free(pairs->gaps);
    free(pairs->items);
    *pairs = (cli_pairs){0};
}

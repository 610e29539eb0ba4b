/* What somebody who looked at the photographs says. */
#include <stdlib.h>
#include <string.h>

#include "cluster.h"
#include "csv.h"

/* The face that "PATH" or "PATH#NUMBER" names; SIZE_MAX after an error was told. */
static size_t links_find(const cluster_face *faces, size_t count, const char *name)
{
    size_t found = SIZE_MAX, several = 0;
    for (size_t i = 0; i < count; i++) {
        char *numbered = cli_format("%s#%zu", faces[i].source, faces[i].number);
        bool exact = strcmp(numbered, name) == 0;
        free(numbered);
        if (exact)
            return i;
        if (strcmp(faces[i].source, name) == 0) {
            found = i;
            several++;
        }
    }
    if (several == 1)
        return found;
    if (several)
        cli_error("%s: it has %zu faces: name one of them, %s#0 to %s#%zu", name, several, name,
                  name, several - 1);
    else
        cli_error("%s: no face of this photograph is known; clusters.csv lists them", name);
    return SIZE_MAX;
}

int cluster_links_add(cluster_links *links, const cluster_face *faces, size_t count, const char *a,
                      const char *b, bool same)
{
    size_t x = links_find(faces, count, a), y = links_find(faces, count, b);
    if (x == SIZE_MAX || y == SIZE_MAX)
        return CLI_SOME_FAILED;
    if (x == y) {
        cli_error("%s: is named twice in one correction", a);
        return CLI_USAGE;
    }
    links->items = cli_grow(links->items, &links->capacity, links->count + 1, sizeof *links->items);
    links->items[links->count++] = (lk_cluster_link){x, y, same};
    return CLI_OK;
}

static int links_read_row(cluster_links *links, const cluster_face *faces, size_t count,
                          const char *path, const cli_csv *csv, size_t row)
{
    const char *word = cli_csv_get(csv, row, 0), *a = cli_csv_get(csv, row, 1),
               *b = cli_csv_get(csv, row, 2);
    bool same = word && strcmp(word, "same") == 0;
    if (!word || (!*word && !a) || *word == '#')
        return CLI_OK;
    if (!a || !b || (!same && strcmp(word, "different") != 0)) {
        cli_error("%s: line %zu: expected 'same,A,B' or 'different,A,B'", path, row + 1);
        return CLI_SOME_FAILED;
    }
    return cluster_links_add(links, faces, count, a, b, same);
}

int cluster_links_read(cluster_links *links, const cluster_face *faces, size_t count,
                       const char *path)
{
    cli_csv csv;
    int status = cli_csv_read(&csv, path);
    if (status != CLI_OK)
        return status;
    for (size_t row = 0; row < csv.row_count; row++)
        status = cli_worse(status, links_read_row(links, faces, count, path, &csv, row));
    cli_csv_clear(&csv);
    return status;
}

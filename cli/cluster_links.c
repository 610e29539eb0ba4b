/* What somebody who looked at the photographs says. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cluster.h"
#include "csv.h"
#include "inputs.h"

/* The face that "PATH" or "PATH#NUMBER" names, SIZE_MAX where there is none; *several: how
 * many there are by that path. */
static size_t links_look(const cluster_face *faces, size_t count, const char *name, size_t *several)
{
    size_t found = SIZE_MAX;
    *several = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(faces[i].source);
        if (strncmp(faces[i].source, name, length) != 0)
            continue;
        char *number = cli_format("#%zu", faces[i].number);
        bool exact = strcmp(number, name + length) == 0;
        free(number);
        if (exact)
            return i;
        if (!name[length]) {
            found = i;
            ++*several;
        }
    }
    return *several == 1 ? found : SIZE_MAX;
}

/* The same, after an error was told where there is none. */
static size_t links_find(const cluster_face *faces, size_t count, const char *name)
{
    size_t several, found = links_look(faces, count, name, &several);
    if (found != SIZE_MAX)
        return found;
    if (several)
        cli_error("%s: it has %zu faces: name one of them, %s#0 to %s#%zu", name, several, name,
                  name, several - 1);
    else
        cli_error("%s: no face of this photograph is known; clusters.csv lists them", name);
    return SIZE_MAX;
}

static bool links_are_of(const lk_cluster_link *link, size_t x, size_t y)
{
    return (link->a == x && link->b == y) || (link->a == y && link->b == x);
}

/* What was said in an earlier run of the same two is forgotten. */
static void links_override(cluster_links *links, size_t x, size_t y)
{
    size_t left = 0, earlier = links->earlier;
    for (size_t i = 0; i < links->count; i++) {
        if (i < links->earlier && links_are_of(&links->items[i], x, y))
            earlier--;
        else
            links->items[left++] = links->items[i];
    }
    links->earlier = earlier;
    links->count = left;
}

static void links_append(cluster_links *links, size_t x, size_t y, bool same)
{
    for (size_t i = 0; i < links->count; i++)
        if (links_are_of(&links->items[i], x, y) && links->items[i].same == same)
            return; /* was said already */
    links->items = cli_grow(links->items, &links->capacity, links->count + 1, sizeof *links->items);
    links->items[links->count++] = (lk_cluster_link){x, y, same};
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
    links_override(links, x, y);
    links_append(links, x, y, same);
    return CLI_OK;
}

void cluster_links_clear(cluster_links *links)
{
    for (size_t i = 0; i < links->idle_count; i++) {
        free(links->idle[i].word);
        free(links->idle[i].a);
        free(links->idle[i].b);
    }
    free(links->idle);
    free(links->items);
    *links = (cluster_links){0};
}

/* ---- files ---- */

/* What cannot be applied is kept: the photograph may come again. */
static void links_take_earlier(cluster_links *links, const cluster_face *faces, size_t count,
                               const char *word, const char *a, const char *b)
{
    size_t several, x = links_look(faces, count, a, &several),
                    y = links_look(faces, count, b, &several);
    if (x != SIZE_MAX && y != SIZE_MAX && x != y) {
        links_append(links, x, y, strcmp(word, "same") == 0);
        return;
    }
    links->idle =
        cli_grow(links->idle, &links->idle_capacity, links->idle_count + 1, sizeof *links->idle);
    links->idle[links->idle_count++] =
        (cluster_idle){cli_strdup(word), cli_strdup(a), cli_strdup(b)};
}

static int links_read_row(cluster_links *links, const cluster_face *faces, size_t count,
                          const char *path, const cli_csv *csv, size_t row, bool said_before)
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
    if (said_before)
        links_take_earlier(links, faces, count, word, a, b);
    else
        return cluster_links_add(links, faces, count, a, b, same);
    return CLI_OK;
}

static int links_read(cluster_links *links, const cluster_face *faces, size_t count,
                      const char *path, bool said_before)
{
    cli_csv csv;
    int status = cli_csv_read(&csv, path);
    if (status != CLI_OK)
        return status;
    for (size_t row = 0; row < csv.row_count; row++)
        status =
            cli_worse(status, links_read_row(links, faces, count, path, &csv, row, said_before));
    cli_csv_clear(&csv);
    return status;
}

int cluster_links_read(cluster_links *links, const cluster_face *faces, size_t count,
                       const char *path)
{
    return links_read(links, faces, count, path, false);
}

char *cluster_links_path(const char *directory)
{
    return cli_format("%s/corrections.csv", directory);
}

bool cluster_links_is_own(const char *path, const char *directory)
{
    char *own = cluster_links_path(directory);
    struct stat a, b;
    bool same = path && stat(path, &a) == 0 && stat(own, &b) == 0 && a.st_dev == b.st_dev &&
                a.st_ino == b.st_ino;
    free(own);
    return same;
}

int cluster_links_take_earlier(cluster_links *links, const cluster_face *faces, size_t count,
                               const char *directory)
{
    char *path = cluster_links_path(directory);
    bool there = access(path, F_OK) == 0;
    int status = there ? links_read(links, faces, count, path, true) : CLI_OK;
    links->earlier = links->count;
    if (links->idle_count)
        cli_warn("%s: %zu %s about photographs that are not known: left aside", path,
                 links->idle_count, cli_word(links->idle_count, "line is", "lines are"));
    free(path);
    return status;
}

static void links_write(lk_output *output, const cluster_face *faces, const lk_cluster_link *link)
{
    char *a = cli_format("%s#%zu", faces[link->a].source, faces[link->a].number);
    char *b = cli_format("%s#%zu", faces[link->b].source, faces[link->b].number);
    const char *const fields[] = {link->same ? "same" : "different", a, b};
    cli_csv_write_row(output, fields, 3);
    free(a);
    free(b);
}

int cluster_links_keep(const cluster_links *links, const cluster_face *faces, const char *directory)
{
    lk_output *output;
    char *path = cluster_links_path(directory);
    bool there = access(path, F_OK) == 0;
    lk_status opened = links->count || links->idle_count || there ? lk_output_open(&output, path)
                                                                  : LK_ERROR_CANCELLED;
    free(path);
    if (opened != LK_OK)
        return opened == LK_ERROR_CANCELLED ? CLI_OK : cli_fail(opened);
    for (size_t i = 0; i < links->count; i++)
        links_write(output, faces, &links->items[i]);
    for (size_t i = 0; i < links->idle_count; i++) {
        const cluster_idle *idle = &links->idle[i];
        cli_csv_write_row(output, (const char *const[]){idle->word, idle->a, idle->b}, 3);
    }
    return cli_output_finish(output, true, CLI_OK);
}

/* ---- contradictions ---- */

static size_t links_root(const size_t *parent, size_t i)
{
    while (parent[i] != i)
        i = parent[i];
    return i;
}

int cluster_links_check(const cluster_links *links, const cluster_face *faces, size_t count,
                        const char *directory)
{
    size_t *parent = cli_alloc(count, sizeof *parent);
    int status = CLI_OK;
    for (size_t i = 0; i < count; i++)
        parent[i] = i;
    for (size_t i = 0; i < links->count; i++)
        if (links->items[i].same)
            parent[links_root(parent, links->items[i].a)] = links_root(parent, links->items[i].b);
    for (size_t i = 0; i < links->count && status == CLI_OK; i++) {
        const lk_cluster_link *link = &links->items[i];
        if (link->same || links_root(parent, link->a) != links_root(parent, link->b))
            continue;
        cli_error("%s and %s are said to be one person, and two; what was said before is in "
                  "%s/corrections.csv",
                  faces[link->a].source, faces[link->b].source, directory);
        status = CLI_USAGE;
    }
    free(parent);
    return status;
}
